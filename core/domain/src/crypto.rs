//! The two sets of cryptography under one name: the international one and the Chinese commercial one (国密).
//!
//! Not here: randomness, key files, data keys, rows. Keys, nonces and seeds arrive as arguments; every function is pure.
//! The sets answer the same calls in the same lengths, so an installation chooses one in its configuration and no caller asks which.
//! INVARIANT: what was sealed names its suite and opens by it, whatever the suite of today; no secret shows in `Debug`.

pub mod blind;
mod cipher;
mod running;
pub mod sealed_for;
mod secret;
mod signature;

use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sm3::Sm3;

pub use self::blind::BlindIndex;
pub use self::cipher::{CipherError, open};
pub use self::running::RunningHash;
pub use self::sealed_for::SealedFor;
pub use self::secret::Secret;
pub use self::signature::{NotAPublicKey, Signer, Verifier};
use crate::audit::hex;

/// The 32 bytes of a symmetric key, or of a signer's seed.
pub type Key = [u8; 32];

/// The 12 bytes of a nonce. One is used once under a key: SM4-GCM loses its secrecy otherwise.
pub type Nonce = [u8; 12];

/// The 32 bytes of a hash or of a keyed hash, in either suite.
pub type Hash = [u8; 32];

/// Which algorithms an installation uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CryptoSuite {
    /// AES-256-GCM-SIV (RFC 8452), SHA-256 (FIPS 180-4), Ed25519 (RFC 8032).
    #[default]
    International,
    /// SM4-GCM (RFC 8998), SM3 (GB/T 32905), SM2 (GB/T 32918). The crates are not certified: a 密评 needs a certified module.
    GuoMi,
}

/// The text names no suite.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a cryptographic suite; `international` and `guo-mi` are")]
pub struct NotASuite(pub String);

impl FromStr for CryptoSuite {
    type Err = NotASuite;

    fn from_str(name: &str) -> Result<Self, NotASuite> {
        let found = Self::ALL.into_iter().find(|suite| suite.name() == name);
        found.ok_or_else(|| NotASuite(name.to_owned()))
    }
}

impl CryptoSuite {
    /// Both suites.
    pub const ALL: [Self; 2] = [Self::International, Self::GuoMi];

    /// The name in configuration and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::International => "international",
            Self::GuoMi => "guo-mi",
        }
    }

    /// The name of its hash, as digests begin with it.
    pub const fn hash_name(self) -> &'static str {
        match self {
            Self::International => "sha256",
            Self::GuoMi => "sm3",
        }
    }

    /// The name of its keyed hash, as commitments begin with it.
    pub const fn mac_name(self) -> &'static str {
        match self {
            Self::International => "hmac-sha256",
            Self::GuoMi => "hmac-sm3",
        }
    }

    /// The hash of the parts, one after the other without lengths: the caller keeps them apart, as RFC 6962 does by a prefix.
    pub fn hash(self, parts: &[&[u8]]) -> Hash {
        match self {
            Self::International => {
                parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize().into()
            }
            Self::GuoMi => parts.iter().fold(Sm3::new(), |hash, part| hash.chain_update(part)).finalize().into(),
        }
    }

    /// `sha256:<hex>` or `sm3:<hex>` of some bytes.
    pub fn digest(self, bytes: &[u8]) -> String {
        format!("{}:{}", self.hash_name(), hex(&self.hash(&[bytes])))
    }

    /// The keyed hash (RFC 2104) of the parts, each after its length in 8 bytes, so that no two lists of parts share it.
    pub fn mac(self, key: &Key, parts: &[&[u8]]) -> Hash {
        match self {
            Self::International => absorb(hmac_sha256(key), parts).finalize().into_bytes().into(),
            Self::GuoMi => absorb(hmac_sm3(key), parts).finalize().into_bytes().into(),
        }
    }

    /// Seals content under a key: one byte for the suite, the nonce, then ciphertext and tag.
    ///
    /// `associated` is bound and not kept: [`open`] needs the same again. The nonce is new for every call under this key.
    pub fn seal(self, key: &Key, nonce: &Nonce, associated: &[u8], content: &[u8]) -> Result<Vec<u8>, CipherError> {
        cipher::seal(self, key, nonce, associated, content)
    }

    /// The signer that grows from a secret seed, always the same one.
    pub fn signer(self, seed: &Key) -> Signer {
        Signer::from_seed(self, seed)
    }
}

fn hmac_sha256(key: &Key) -> Hmac<Sha256> {
    <Hmac<Sha256> as KeyInit>::new(&block(key).into())
}

fn hmac_sm3(key: &Key) -> Hmac<Sm3> {
    <Hmac<Sm3> as KeyInit>::new(&block(key).into())
}

/// The key as a block of either hash: RFC 2104 pads it with zeros.
fn block(key: &Key) -> [u8; 64] {
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(place, byte)| *place = *byte);
    block
}

fn absorb<M: Mac>(mut mac: M, parts: &[&[u8]]) -> M {
    for part in parts {
        mac.update(&length(part));
        mac.update(part);
    }
    mac
}

/// The length of a part as it stands before the part.
fn length(part: &[u8]) -> [u8; 8] {
    u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes()
}

/// The first 16 bytes of a hash; the pattern is checked when it is compiled, so there is no length to get wrong.
const fn first_half(hash: Hash) -> [u8; 16] {
    let [half @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = hash;
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that a published vector writes as hexadecimal digits.
    pub(in crate::crypto) fn from_hex(text: &str) -> Vec<u8> {
        let digits: Vec<u32> = text.chars().filter_map(|letter| letter.to_digit(16)).collect();
        assert!(digits.len().is_multiple_of(2), "{text}");
        digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
    }

    /// A published key that is shorter than ours: RFC 2104 pads both with the same zeros.
    fn short_key(bytes: &[u8]) -> Key {
        std::array::from_fn(|n| bytes.get(n).copied().unwrap_or(0))
    }

    #[test]
    fn sha_256_has_the_values_of_fips_180() {
        let suite = CryptoSuite::International;
        let abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(suite.digest(b"abc"), abc);
        let two_blocks = "sha256:248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
        assert_eq!(suite.digest(b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), two_blocks);
    }

    #[test]
    fn sm3_has_the_values_of_gbt_32905() {
        let suite = CryptoSuite::GuoMi;
        let abc = "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        assert_eq!(suite.digest(b"abc"), abc);
        let sixty_four = "sm3:debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732";
        assert_eq!(suite.digest("abcd".repeat(16).as_bytes()), sixty_four);
    }

    #[test]
    fn hmac_sha_256_has_the_values_of_rfc_4231() {
        let counting: Vec<u8> = (1..=25).collect();
        let cases: [(&[u8], &[u8], &str); 4] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (&counting, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        ];
        for (key, message, expected) in cases {
            let mac = hmac_sha256(&short_key(key)).chain_update(message).finalize().into_bytes();
            assert_eq!(hex(&mac), expected);
        }
    }

    #[test]
    fn hmac_sm3_has_the_values_of_gmt_0042() {
        let counting: Vec<u8> = (1..=32).collect();
        let long = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".repeat(2);
        let cases: [(&[u8], &[u8], &str); 3] = [
            (&counting, long.as_bytes(), "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"),
            (&[0x0b; 32], b"Hi There", "c0ba18c68b90c88bc07de794bfc7d2c8d19ec31ed8773bc2b390c9604e0be11e"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882",
            ),
        ];
        for (key, message, expected) in cases {
            let mac = hmac_sm3(&short_key(key)).chain_update(message).finalize().into_bytes();
            assert_eq!(hex(&mac), expected);
        }
    }

    #[test]
    fn a_mac_takes_each_part_after_its_length() {
        let parts: &[&[u8]] = &[b"a", b"bc"]; // the values were computed in Python, from the hash alone
        let international = CryptoSuite::International.mac(&[1; 32], parts);
        assert_eq!(hex(&international), "ce606bc2256cd890f3a8c3811752e761ee15d77ca1ff10e18410049f7bf6f34f");
        let guo_mi = CryptoSuite::GuoMi.mac(&[1; 32], parts);
        assert_eq!(hex(&guo_mi), "2c03747ea9d5815167a78db9e55b99a4a3b291fdea4fe96319a191d8d3bbfea9");
        for suite in CryptoSuite::ALL {
            let mac = suite.mac(&[1; 32], parts);
            assert_ne!(mac, suite.mac(&[1; 32], &[b"ab", b"c"]));
            assert_ne!(mac, suite.mac(&[1; 32], &[b"a", b"bc", b""]));
            assert_ne!(mac, suite.mac(&[2; 32], parts));
        }
    }

    #[test]
    fn a_hash_joins_its_parts() {
        for suite in CryptoSuite::ALL {
            assert_eq!(suite.hash(&[b"a", b"bc"]), suite.hash(&[b"abc"]));
            assert_ne!(suite.hash(&[b"abc"]), suite.hash(&[b"abd"]));
        }
        assert_ne!(CryptoSuite::International.hash(&[b"abc"]), CryptoSuite::GuoMi.hash(&[b"abc"]));
    }

    #[test]
    fn a_suite_is_written_as_it_is_read() {
        for (suite, name) in CryptoSuite::ALL.into_iter().zip(["international", "guo-mi"]) {
            assert_eq!((suite.name(), name.parse::<CryptoSuite>()), (name, Ok(suite)));
            assert_eq!(serde_json::to_value(suite).unwrap(), name);
        }
        let refused = "GuoMi".parse::<CryptoSuite>().unwrap_err();
        assert_eq!(refused.to_string(), "`GuoMi` is not a cryptographic suite; `international` and `guo-mi` are");
        assert_eq!(CryptoSuite::default(), CryptoSuite::International);
        assert_eq!(CryptoSuite::ALL.map(CryptoSuite::mac_name), ["hmac-sha256", "hmac-sm3"]);
    }
}
