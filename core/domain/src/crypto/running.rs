//! A hash over bytes that come in parts, such as those of a file that is larger than memory.

use sha2::{Digest, Sha256};
use sm3::Sm3;

use super::{CryptoSuite, Hash};
use crate::audit::hex;

/// A hash that is not finished.
#[derive(Clone, Debug)]
pub struct RunningHash {
    suite: CryptoSuite,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Sha256(Box<Sha256>),
    Sm3(Box<Sm3>),
}

impl CryptoSuite {
    /// Begins a hash.
    pub fn running_hash(self) -> RunningHash {
        let state = match self {
            Self::International => State::Sha256(Box::default()),
            Self::GuoMi => State::Sm3(Box::default()),
        };
        RunningHash { suite: self, state }
    }
}

impl RunningHash {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Sha256(hash) => hash.update(bytes),
            State::Sm3(hash) => hash.update(bytes),
        }
    }

    /// `sha256:<hex>` or `sm3:<hex>` of all bytes.
    pub fn digest(self) -> String {
        let hash: Hash = match self.state {
            State::Sha256(hash) => hash.finalize().into(),
            State::Sm3(hash) => hash.finalize().into(),
        };
        format!("{}:{}", self.suite.hash_name(), hex(&hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hash_as_the_whole() {
        let whole: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        for suite in CryptoSuite::ALL {
            for size in [1, 63, 64, 4_096] {
                let mut running = suite.running_hash();
                whole.chunks(size).for_each(|part| running.update(part));
                assert_eq!(running.digest(), suite.digest(&whole));
            }
            assert_eq!(suite.running_hash().digest(), suite.digest(b""));
        }
    }
}
