//! Signing and verifying: Ed25519, or SM2 with SM3.
//!
//! Not here: the text that is signed, and the names and numbers of keys. A signature is a pure function of seed and message: SM2's
//! secret number is derived from both by RFC 6979 with HMAC-SM3, so a poor source of randomness cannot give the key away.
//! INVARIANT: a key has one encoding and verifies in its own suite only; the secret never shows in `Debug`.

use std::fmt;

use ed25519_dalek::{Signer as _, Verifier as _};
use sm2::elliptic_curve::sec1::ToSec1Point;

use super::{CryptoSuite, Key};

/// The signer's identity that SM2 hashes with the key, where none is agreed upon (GB/T 35276).
const SM2_IDENTITY: &str = "1234567812345678";

/// What an SM2 key is derived for. Nothing else is derived from a seed under this purpose.
const SM2_PURPOSE: &[u8] = b"sm2-signing-key";

/// The first byte of an uncompressed point (SEC 1, 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// Who can sign. Made by [`CryptoSuite::signer`].
pub struct Signer(SigningKey);

enum SigningKey {
    Ed25519(ed25519_dalek::SigningKey),
    Sm2(sm2::dsa::SigningKey),
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}, [redacted])", self.suite().name())
    }
}

impl Signer {
    pub(super) fn from_seed(suite: CryptoSuite, seed: &Key) -> Self {
        Self(match suite {
            CryptoSuite::International => SigningKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(seed)),
            CryptoSuite::GuoMi => SigningKey::Sm2(sm2_key(seed)),
        })
    }

    /// Its suite.
    pub const fn suite(&self) -> CryptoSuite {
        match self.0 {
            SigningKey::Ed25519(_) => CryptoSuite::International,
            SigningKey::Sm2(_) => CryptoSuite::GuoMi,
        }
    }

    /// The public half.
    pub fn verifier(&self) -> Verifier {
        Verifier(match &self.0 {
            SigningKey::Ed25519(key) => PublicKey::Ed25519(key.verifying_key()),
            SigningKey::Sm2(key) => PublicKey::Sm2(key.verifying_key().into()),
        })
    }

    /// The signature of a message, always the same: `R ‖ S` of Ed25519, `r ‖ s` of SM2.
    ///
    /// SM2 cannot sign about one message in 2^255. It then gets 64 zeros, which no key verifies.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        match &self.0 {
            SigningKey::Ed25519(key) => {
                let signature: ed25519_dalek::Signature = key.sign(message);
                signature.to_bytes()
            }
            SigningKey::Sm2(key) => {
                let signature: Result<sm2::dsa::Signature, _> = key.try_sign(message);
                signature.map_or([0; 64], |signature| signature.to_bytes().into())
            }
        }
    }
}

/// A private key between 1 and the curve's order less 2 (GB/T 32918.2, 6.1), by drawing until one is.
///
/// The first draw misses once in 2^32 seeds. The order less 1 passes for a key but cannot sign, hence the trial.
fn sm2_key(seed: &Key) -> sm2::dsa::SigningKey {
    let mut attempt = 0_u64;
    loop {
        let candidate = CryptoSuite::GuoMi.mac(seed, &[SM2_PURPOSE, &attempt.to_be_bytes()]);
        if let Ok(key) = sm2::dsa::SigningKey::from_slice(SM2_IDENTITY, &candidate) {
            let trial: Result<sm2::dsa::Signature, _> = key.try_sign(SM2_PURPOSE);
            if trial.is_ok() {
                return key;
            }
        }
        attempt = attempt.wrapping_add(1);
    }
}

/// Who can be verified: a public key and its suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier(PublicKey);

#[derive(Clone, Debug, PartialEq, Eq)]
enum PublicKey {
    Ed25519(ed25519_dalek::VerifyingKey),
    Sm2(sm2::PublicKey),
}

/// The bytes are no public key of the suite: wrong length, not on the curve, or a weak key for which anyone can sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these {length} bytes are not a public key of the suite `{}`", .suite.name())]
pub struct NotAPublicKey {
    /// The suite.
    pub suite: CryptoSuite,
    /// How many bytes there were.
    pub length: usize,
}

impl Verifier {
    /// Reads a public key: 32 bytes of Ed25519, or an uncompressed point of SM2 (`04 ‖ x ‖ y`, 65 bytes).
    pub fn from_bytes(suite: CryptoSuite, bytes: &[u8]) -> Result<Self, NotAPublicKey> {
        let key = match suite {
            CryptoSuite::International => ed25519_key(bytes).map(PublicKey::Ed25519),
            CryptoSuite::GuoMi => sm2_point(bytes).map(PublicKey::Sm2),
        };
        key.map(Self).ok_or(NotAPublicKey { suite, length: bytes.len() })
    }

    /// The bytes that [`Verifier::from_bytes`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.0 {
            PublicKey::Ed25519(key) => key.to_bytes().to_vec(),
            PublicKey::Sm2(key) => key.to_sec1_point(false).as_bytes().to_vec(),
        }
    }

    /// Its suite.
    pub const fn suite(&self) -> CryptoSuite {
        match self.0 {
            PublicKey::Ed25519(_) => CryptoSuite::International,
            PublicKey::Sm2(_) => CryptoSuite::GuoMi,
        }
    }

    /// Whether this key signed this message. Anything that is not a signature of 64 bytes did not.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            PublicKey::Ed25519(key) => ed25519_verifies(key, message, signature),
            PublicKey::Sm2(key) => sm2_verifies(*key, message, signature),
        }
    }
}

fn ed25519_key(bytes: &[u8]) -> Option<ed25519_dalek::VerifyingKey> {
    let key = ed25519_dalek::VerifyingKey::try_from(bytes).ok()?;
    (!key.is_weak()).then_some(key)
}

fn sm2_point(bytes: &[u8]) -> Option<sm2::PublicKey> {
    if bytes.first() != Some(&UNCOMPRESSED) {
        return None;
    }
    sm2::PublicKey::from_sec1_bytes(bytes).ok()
}

/// The strict rule: it refuses signatures that some verifiers accept and others do not.
fn ed25519_verifies(key: &ed25519_dalek::VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else {
        return false;
    };
    key.verify_strict(message, &signature).is_ok()
}

fn sm2_verifies(key: sm2::PublicKey, message: &[u8], signature: &[u8]) -> bool {
    let Ok(signature) = sm2::dsa::Signature::from_slice(signature) else {
        return false;
    };
    let key = sm2::dsa::VerifyingKey::new(SM2_IDENTITY, key);
    key.is_ok_and(|key| key.verify(message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::tests::from_hex;
    use super::*;
    use crate::audit::hex;

    const GBT_PRIVATE: &str = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
    const GBT_PUBLIC: &str = concat!(
        "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020",
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
    );

    /// The seed's public key and its signature of the message, both as published.
    #[track_caller]
    fn check(signer: &Signer, message: &[u8], public: &str, signature: &str) {
        assert_eq!(hex(&signer.verifier().to_bytes()), public);
        assert_eq!(hex(&signer.sign(message)), signature);
        let read = Verifier::from_bytes(signer.suite(), &from_hex(public)).unwrap();
        assert!(read.verify(message, &from_hex(signature)));
    }

    #[test]
    fn ed25519_has_the_values_of_rfc_8032_7_1() {
        let signer = |seed: &str| CryptoSuite::International.signer(&from_hex(seed).try_into().unwrap());
        let empty = signer("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let signature = concat!(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        );
        check(&empty, b"", public, signature);
        let two_bytes = signer("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
        let public = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
        let signature = concat!(
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac",
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        );
        check(&two_bytes, &[0xaf, 0x82], public, signature);
    }

    #[test]
    fn sm2_verifies_the_example_of_gbt_32918_5() {
        let verifier = Verifier::from_bytes(CryptoSuite::GuoMi, &from_hex(GBT_PUBLIC)).unwrap();
        let signature = from_hex(concat!(
            "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3",
            "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
        ));
        assert!(verifier.verify(b"message digest", &signature));
        assert!(!verifier.verify(b"message digests", &signature));
        assert_eq!(hex(&verifier.to_bytes()), GBT_PUBLIC);
    }

    #[test]
    fn sm2_signs_with_the_number_of_rfc_6979() {
        let key = sm2::dsa::SigningKey::from_slice(SM2_IDENTITY, &from_hex(GBT_PRIVATE)).unwrap();
        let signature = concat!(
            "24858ee71d63e687feefe41f5af80a59f0791eb1dabc2bbe71daf0e57f06c367",
            "3d15550de52785a435004c937256ac715c0e04176ac57062c6722fa692f7a491",
        ); // computed in Python from GB/T 32918.2 and RFC 6979, with integers alone
        check(&Signer(SigningKey::Sm2(key)), b"message digest", GBT_PUBLIC, signature);
    }

    #[test]
    fn a_seed_keeps_its_sm2_key() {
        let public = concat!(
            "0451781a3fa14ed34bdbb809ca1b3baf88791163ccda5513c313d27153727cbae1",
            "9b1e2153cf2d7e6c1afc2f0fc0a7c4e85445ba520fe1b0a3de2fd8fa334203a6",
        );
        let signature = concat!(
            "9aaa1e0352357e3a948d97b582bdf25bca7e5706f4de77778cc9a8e3b041c002",
            "78b1150ab82f78ad701075d72f3ee3b2f699917089fabc9e0d7f634160f12f8f",
        ); // computed in Python, as above
        check(&CryptoSuite::GuoMi.signer(&[7; 32]), b"nuan", public, signature);
    }

    #[test]
    fn a_changed_signature_message_or_key_is_refused() {
        for suite in CryptoSuite::ALL {
            let signer = suite.signer(&[7; 32]);
            let (verifier, signature) = (signer.verifier(), signer.sign(b"head"));
            assert!(verifier.verify(b"head", &signature));
            assert_eq!(signature, suite.signer(&[7; 32]).sign(b"head"));
            assert!(!verifier.verify(b"heae", &signature));
            assert!(!verifier.verify(b"", &signature));
            assert!(!suite.signer(&[8; 32]).verifier().verify(b"head", &signature));
            for place in 0..64 {
                let mut flipped = signature;
                flipped[place] ^= 1;
                assert!(!verifier.verify(b"head", &flipped), "{suite:?} {place}");
            }
            for length in [0, 1, 63] {
                assert!(!verifier.verify(b"head", &signature[..length]));
            }
            assert!(!verifier.verify(b"head", &[signature.as_slice(), &[0]].concat()));
            assert!(!verifier.verify(b"head", &[0; 64]));
            assert!(!verifier.verify(b"head", &[255; 64]));
        }
    }

    #[test]
    fn a_key_of_one_suite_is_none_of_the_other() {
        let [one, two] = CryptoSuite::ALL.map(|suite| suite.signer(&[7; 32]));
        assert!(!one.verifier().verify(b"head", &two.sign(b"head")));
        assert!(!two.verifier().verify(b"head", &one.sign(b"head")));
        assert_ne!(one.verifier(), two.verifier());
        for (signer, other) in [(&one, CryptoSuite::GuoMi), (&two, CryptoSuite::International)] {
            let bytes = signer.verifier().to_bytes();
            assert_eq!(Verifier::from_bytes(signer.suite(), &bytes), Ok(signer.verifier()));
            let refused = NotAPublicKey { suite: other, length: bytes.len() };
            assert_eq!(Verifier::from_bytes(other, &bytes), Err(refused));
        }
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        let refuses = |suite, bytes: &[u8]| assert!(Verifier::from_bytes(suite, bytes).is_err(), "{}", hex(bytes));
        let mut neutral = [0; 32];
        neutral[0] = 1;
        for weak in [[0; 32], neutral] {
            refuses(CryptoSuite::International, &weak); // of small order: signatures without a secret would verify
        }
        refuses(CryptoSuite::International, &[7; 31]);
        let point = from_hex(GBT_PUBLIC);
        let mut beside = point.clone();
        beside[64] ^= 1;
        refuses(CryptoSuite::GuoMi, &beside);
        refuses(CryptoSuite::GuoMi, &point[..64]);
        refuses(CryptoSuite::GuoMi, &[[3_u8].as_slice(), &point[1..33]].concat()); // the same point, compressed
        refuses(CryptoSuite::GuoMi, &[0]);
        let message = Verifier::from_bytes(CryptoSuite::GuoMi, &[]).unwrap_err().to_string();
        assert_eq!(message, "these 0 bytes are not a public key of the suite `guo-mi`");
    }

    #[test]
    fn a_signer_does_not_show_its_seed() {
        let shown = CryptoSuite::ALL.map(|suite| format!("{:?}", suite.signer(&[7; 32])));
        assert_eq!(shown, ["Signer(international, [redacted])", "Signer(guo-mi, [redacted])"]);
    }
}
