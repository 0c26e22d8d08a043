//! The conditions of a programme side by side, each with the sentence that says why it fails.

use nuan_sdk::prelude::*;

/// Conditions in the order of the law. All of them have to hold.
#[derive(Debug)]
pub struct Conditions<const N: usize>(pub [(Known<bool>, &'static str); N]);

impl<const N: usize> Conditions<N> {
    /// Whether all hold; one that is known to fail settles it.
    pub fn hold(&self) -> Known<bool> {
        every(self.0.iter().map(|(holds, _)| holds.clone()))
    }

    /// The sentence for the result: the first condition that fails, or that something is open, or that all hold.
    pub fn says(&self, all_hold: &'static str) -> &'static str {
        self.failing().unwrap_or(if self.is_open() { "open" } else { all_hold })
    }

    /// The conditions that the result rests on: the first that fails, else those that are open, else all of them. A
    /// condition goes by its sentence.
    pub fn deciding(&self) -> Vec<&'static str> {
        if let Some(failing) = self.failing() {
            return vec![failing];
        }
        let is_open = self.is_open();
        self.0.iter().filter(|(holds, _)| holds.is_err() == is_open).map(|(_, says)| *says).collect()
    }

    fn failing(&self) -> Option<&'static str> {
        self.0.iter().find(|(holds, _)| *holds == Ok(false)).map(|(_, says)| *says)
    }

    fn is_open(&self) -> bool {
        self.0.iter().any(|(holds, _)| holds.is_err())
    }
}

/// The sentence for an amount that is due where a status holds.
pub fn says_amount(status: &Known<bool>, amount: &Known<Fen>, due: &'static str) -> &'static str {
    match (status, amount) {
        (_, Err(_)) => "open",
        (Ok(true), Ok(_)) => due,
        _ => "nothing-due",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(conditions: [Known<bool>; 3], says: &str, deciding: &[&str]) {
        let [a, b, c] = conditions;
        let conditions = Conditions([(a, "a"), (b, "b"), (c, "c")]);
        assert_eq!((conditions.says("all"), conditions.deciding().as_slice()), (says, deciding));
    }

    #[test]
    fn what_decides_is_the_first_that_fails_or_what_is_open_or_all() {
        let open = || Err(Unknown::missing(0, 0));
        check([open(), Ok(false), Ok(false)], "b", &["b"]);
        check([open(), Ok(true), open()], "open", &["a", "c"]);
        check([Ok(true), Ok(true), Ok(true)], "all", &["a", "b", "c"]);
    }
}
