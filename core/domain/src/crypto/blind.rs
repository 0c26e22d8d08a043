//! Blind indexes: a value is found by a keyed token of it, and the token tells nothing to whoever has no key.
//!
//! Not here: what may be searched, and how a value is written before it is indexed (one form of one value is the caller's part).
//! Unkeyed hashes of document numbers are no protection: one province is reversed in minutes. So the key lies outside the database.

use std::fmt;

use super::{CryptoSuite, Key, Secret, first_half};

/// The key of an installation's indexes, with the suite that it is used in.
#[derive(Clone)]
pub struct BlindIndex {
    suite: CryptoSuite,
    key: Secret,
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlindIndex({}, [redacted])", self.suite.name())
    }
}

impl BlindIndex {
    /// An index under a secret key of its own.
    pub const fn new(suite: CryptoSuite, key: Key) -> Self {
        Self { suite, key: Secret::new(key) }
    }

    /// The token of a value of some kind (`document-number`) within a scope (a division, or the empty text for all of them).
    ///
    /// Equal for equal arguments. 16 bytes: among a hundred million values two meet by chance once in 10^22 such indexes.
    pub fn token(&self, kind: &str, scope: &str, value: &str) -> [u8; 16] {
        let parts = [kind.as_bytes(), scope.as_bytes(), value.as_bytes()];
        first_half(self.suite.mac(self.key.expose(), &parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::hex;

    const NUMBER: &str = "999999199001011234";

    #[test]
    fn a_token_depends_on_kind_scope_value_key_and_suite() {
        for (suite, other_suite) in
            [(CryptoSuite::International, CryptoSuite::GuoMi), (CryptoSuite::GuoMi, CryptoSuite::International)]
        {
            let index = BlindIndex::new(suite, [1; 32]);
            let token = index.token("document-number", "330106", NUMBER);
            assert_eq!(token, BlindIndex::new(suite, [1; 32]).token("document-number", "330106", NUMBER));
            for other in [
                index.token("mobile", "330106", NUMBER),
                index.token("document-number", "330108", NUMBER),
                index.token("document-number", "330106", "999999199001011235"),
                index.token("document-number", "330106999999", "199001011234"), // the same letters, cut elsewhere
                BlindIndex::new(suite, [2; 32]).token("document-number", "330106", NUMBER),
                BlindIndex::new(other_suite, [1; 32]).token("document-number", "330106", NUMBER),
            ] {
                assert_ne!(token, other);
            }
        }
    }

    #[test]
    fn a_token_is_the_first_half_of_the_mac() {
        let index = BlindIndex::new(CryptoSuite::International, [1; 32]);
        let mac = CryptoSuite::International.mac(&[1; 32], &[b"initials", b"", b"zs"]);
        assert_eq!(hex(&index.token("initials", "", "zs")), hex(&mac)[..32]);
    }

    #[test]
    fn an_index_does_not_show_its_key() {
        let shown = format!("{:?}", BlindIndex::new(CryptoSuite::GuoMi, [1; 32]));
        assert_eq!(shown, "BlindIndex(guo-mi, [redacted])");
    }
}
