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
        let failing = self.0.iter().find(|(holds, _)| *holds == Ok(false)).map(|(_, says)| *says);
        let open = self.0.iter().any(|(holds, _)| holds.is_err());
        failing.unwrap_or(if open { "open" } else { all_hold })
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
