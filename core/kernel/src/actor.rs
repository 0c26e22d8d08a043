//! Who acts. Until people can sign in, whoever reaches the server is at this machine, and says which of its operators it is.

/// Somebody who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor(String);

/// The name cannot stand in a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an operator's name has 1 to 64 letters, digits, `-`, `_`, `.` or `@`")]
pub struct NotAName;

impl Actor {
    /// Whoever sits at this machine and gives no name.
    pub fn local_operator() -> Self {
        Self("local-operator".to_owned())
    }

    /// An operator by name: a second person, where the law wants two.
    pub fn named(name: &str) -> Result<Self, NotAName> {
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
        let is_name = (1..=64).contains(&name.len()) && name.bytes().all(is_fit);
        if is_name { Ok(Self(name.to_owned())) } else { Err(NotAName) }
    }

    /// The name that leaves of the audit log carry.
    pub fn name(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_plain() {
        for good in ["a", "li.si@hz-2", &"x".repeat(64)] {
            assert_eq!(Actor::named(good).map(|actor| actor.name().to_owned()), Ok(good.to_owned()));
        }
        for bad in ["", "li si", "李四", "a\n", &"x".repeat(65)] {
            assert_eq!(Actor::named(bad), Err(NotAName), "{bad}");
        }
    }
}
