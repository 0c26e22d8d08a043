//! Who acts. Until people can sign in there is one actor, and it can only come from this machine.

/// Somebody who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor(String);

impl Actor {
    /// Whoever sits at this machine.
    pub fn local_operator() -> Self {
        Self("local-operator".to_owned())
    }

    /// The name that leaves of the audit log carry.
    pub fn name(&self) -> &str {
        &self.0
    }
}
