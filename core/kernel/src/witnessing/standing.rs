//! How far each witness has come, and since when the newest checkpoint waits for its quorum.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

/// A checkpoint waits so long for its quorum before the log is behind.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came of the last request to a witness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WitnessState {
    /// Nothing yet.
    #[default]
    Asked,
    /// It cosigned.
    Cosigned,
    /// It did not answer, or does not know this log; it is asked again.
    Silent,
    /// It has seen another history of this log.
    Refused,
}

/// How far a witness has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WitnessStanding {
    /// The name of its key.
    pub name: String,
    /// The size of the last checkpoint that it cosigned.
    pub cosigned: i64,
    /// What came of the last request.
    pub state: WitnessState,
}

/// All witnesses.
pub(super) struct Progress {
    pub witnesses: Vec<WitnessStanding>,
    quorum: usize,
}

impl Progress {
    pub fn new(names: Vec<String>, quorum: usize) -> Self {
        let standing = |name| WitnessStanding { name, cosigned: 0, state: WitnessState::Asked };
        Self { witnesses: names.into_iter().map(standing).collect(), quorum }
    }

    /// The size that a quorum has cosigned; where nobody is asked, any.
    pub fn cosigned(&self) -> i64 {
        let mut sizes: Vec<i64> = self.witnesses.iter().map(|witness| witness.cosigned).collect();
        sizes.sort_unstable_by(|one, other| other.cmp(one));
        match self.quorum.checked_sub(1) {
            None => i64::MAX,
            Some(last) => sizes.get(last).copied().unwrap_or(0),
        }
    }

    /// Whether fewer than a quorum answer.
    pub fn is_hopeless(&self) -> bool {
        let answers = |state| matches!(state, WitnessState::Asked | WitnessState::Cosigned);
        self.witnesses.iter().filter(|witness| answers(witness.state)).count() < self.quorum
    }
}

/// Since when the quorum has not come further although there is something to sign.
#[derive(Default)]
pub(super) struct Waiting {
    cosigned: i64,
    since: Option<Instant>,
}

impl Waiting {
    pub fn is_behind(&mut self, newest: i64, cosigned: i64) -> bool {
        if cosigned >= newest {
            self.since = None;
        } else if self.since.is_none() || cosigned > self.cosigned {
            self.since = Some(Instant::now());
        }
        self.cosigned = cosigned;
        self.since.is_some_and(|since| since.elapsed() > PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quorum_is_as_far_as_its_last() {
        let mut progress = Progress::new(["a", "b", "c"].map(str::to_owned).to_vec(), 2);
        assert_eq!(progress.cosigned(), 0);
        for (witness, size) in progress.witnesses.iter_mut().zip([9, 3, 7]) {
            witness.cosigned = size;
        }
        assert_eq!(progress.cosigned(), 7);
        assert!(!progress.is_hopeless());
        for witness in progress.witnesses.iter_mut().take(2) {
            witness.state = WitnessState::Silent;
        }
        assert!(progress.is_hopeless());
        assert_eq!(Progress::new(Vec::new(), 0).cosigned(), i64::MAX);
        assert_eq!(Progress::new(Vec::new(), 1).cosigned(), 0, "a quorum that nobody can give is never reached");
    }

    #[tokio::test(start_paused = true)]
    async fn the_log_is_behind_once_the_quorum_stands_still_for_too_long() {
        let mut waiting = Waiting::default();
        assert!(!waiting.is_behind(0, 0) && !waiting.is_behind(5, 0));
        tokio::time::advance(PATIENCE).await;
        assert!(!waiting.is_behind(6, 4), "it has come further");
        tokio::time::advance(PATIENCE).await;
        assert!(!waiting.is_behind(7, 4));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(waiting.is_behind(7, 4));
        assert!(!waiting.is_behind(7, 7));
    }
}
