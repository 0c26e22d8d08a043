//! How many acts go into one commit: those that wait, and those that come back within a part of the time of a commit.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::{MOST, Message, Submission};
use crate::error::KernelError;

/// Acts of a crowd wait no longer than this for each other.
const LONGEST_WAIT: Duration = Duration::from_millis(5);

/// How many act at once, as the last commit saw it, and how long it took: what is worth waiting for.
#[derive(Default)]
pub(super) struct Crowd {
    acts: usize,
    took: Duration,
}

impl Crowd {
    /// The acts that wait, up to the most of one commit. Where many acted a moment ago they are given a part of the time of a
    /// commit to come back, so that one sync carries them all; a single writer never waits.
    pub async fn together(
        &self,
        first: Submission,
        waiting: &mut mpsc::Receiver<Message>,
    ) -> (Vec<Submission>, Vec<oneshot::Sender<Result<(), KernelError>>>) {
        let (mut batch, mut asked) = (vec![first], Vec::new());
        let until = Instant::now() + self.took.min(LONGEST_WAIT);
        while batch.len() < MOST {
            let next = match waiting.try_recv() {
                Ok(next) => Some(next),
                Err(_) if batch.len() < self.acts => {
                    tokio::time::timeout_at(until, waiting.recv()).await.ok().flatten()
                }
                Err(_) => None,
            };
            match next {
                Some(Message::Act(next)) => batch.push(next),
                Some(Message::Checkpoint(done)) => asked.push(done),
                None => break,
            }
        }
        (batch, asked)
    }

    pub fn remember(&mut self, done: usize, waiting: usize, took: Duration) {
        (self.acts, self.took) = (done + waiting, took);
    }
}
