//! Sealing and opening: authenticated encryption of some content, bound to associated bytes that lie open beside it.
//!
//! Not here: where keys and nonces come from, and which row a content belongs to (`sealed_for`).
//! INVARIANT: a sealed content opens under its key and beside its associated bytes only, and by the suite that its first byte names;
//! that byte is bound too, so it cannot be changed to have the content read by another cipher.

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::Aes256GcmSiv;
use sm4::Sm4;

use super::{CryptoSuite, Key, Nonce, first_half};

type Sm4Gcm = AesGcm<Sm4, U12>;

/// What the key of SM4 is derived for. Nothing else is derived from a key under this purpose.
const SM4_PURPOSE: &[u8] = b"sm4-gcm-key";

/// Why nothing was sealed or opened. It never says which byte was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CipherError {
    /// More than the cipher takes at once, some 64 GiB.
    #[error("the content is too large to be sealed")]
    TooLarge,
    /// The tag does not fit, or something is missing.
    #[error("the sealed content cannot be opened: changed, moved, or sealed under another key")]
    CannotOpen,
    /// Sealed by a later version, or not sealed at all.
    #[error("the sealed content names suite `{0}`, which is not known")]
    UnknownSuite(u8),
}

/// Opens what [`CryptoSuite::seal`] sealed, by the suite that it names: content of both can be read after a change of suite.
pub fn open(key: &Key, associated: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
    let (tag, rest) = sealed.split_first().ok_or(CipherError::CannotOpen)?;
    let suite = suite_of(*tag)?;
    let (nonce, content) = rest.split_first_chunk().ok_or(CipherError::CannotOpen)?;
    let bound = bound(suite, associated);
    match suite {
        CryptoSuite::International => decrypt(&aes_256_gcm_siv(key), nonce, &bound, content),
        CryptoSuite::GuoMi => decrypt(&sm4_gcm(&sm4_key(key)), nonce, &bound, content),
    }
}

pub(super) fn seal(
    suite: CryptoSuite,
    key: &Key,
    nonce: &Nonce,
    associated: &[u8],
    content: &[u8],
) -> Result<Vec<u8>, CipherError> {
    let bound = bound(suite, associated);
    let encrypted = match suite {
        CryptoSuite::International => encrypt(&aes_256_gcm_siv(key), nonce, &bound, content)?,
        CryptoSuite::GuoMi => encrypt(&sm4_gcm(&sm4_key(key)), nonce, &bound, content)?,
    };
    Ok([[tag(suite)].as_slice(), nonce.as_slice(), &encrypted].concat())
}

/// The byte that a sealed content begins with. A byte once given is never given to another suite.
const fn tag(suite: CryptoSuite) -> u8 {
    match suite {
        CryptoSuite::International => 1,
        CryptoSuite::GuoMi => 2,
    }
}

const fn suite_of(tag: u8) -> Result<CryptoSuite, CipherError> {
    match tag {
        1 => Ok(CryptoSuite::International),
        2 => Ok(CryptoSuite::GuoMi),
        unknown => Err(CipherError::UnknownSuite(unknown)),
    }
}

/// The suite's byte, then the caller's associated bytes.
fn bound(suite: CryptoSuite, associated: &[u8]) -> Vec<u8> {
    [[tag(suite)].as_slice(), associated].concat()
}

/// SM4 takes 16 bytes. They are derived, because half of a key is no key of its own.
fn sm4_key(key: &Key) -> [u8; 16] {
    first_half(CryptoSuite::GuoMi.mac(key, &[SM4_PURPOSE]))
}

fn aes_256_gcm_siv(key: &Key) -> Aes256GcmSiv {
    Aes256GcmSiv::new(key.into())
}

fn sm4_gcm(key: &[u8; 16]) -> Sm4Gcm {
    Sm4Gcm::new(key.into())
}

fn encrypt(
    cipher: &impl Aead<NonceSize = U12>,
    nonce: &Nonce,
    associated: &[u8],
    content: &[u8],
) -> Result<Vec<u8>, CipherError> {
    let payload = Payload { msg: content, aad: associated };
    cipher.encrypt(nonce.into(), payload).map_err(|_| CipherError::TooLarge)
}

fn decrypt(
    cipher: &impl Aead<NonceSize = U12>,
    nonce: &Nonce,
    associated: &[u8],
    content: &[u8],
) -> Result<Vec<u8>, CipherError> {
    let payload = Payload { msg: content, aad: associated };
    cipher.decrypt(nonce.into(), payload).map_err(|_| CipherError::CannotOpen)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sm4::cipher::{Block, BlockCipherEncrypt};

    use super::super::tests::from_hex;
    use super::*;
    use crate::audit::hex;

    const KEY: Key = [9; 32];
    const NONCE: Nonce = [5; 12];

    /// The cipher gives the published text, and takes it back.
    #[track_caller]
    fn check(cipher: &impl Aead<NonceSize = U12>, nonce: &str, associated: &str, content: &str, expected: &str) {
        let nonce: Nonce = from_hex(nonce).try_into().unwrap();
        let (associated, content) = (from_hex(associated), from_hex(content));
        let encrypted = encrypt(cipher, &nonce, &associated, &content).unwrap();
        assert_eq!(hex(&encrypted), expected);
        assert_eq!(decrypt(cipher, &nonce, &associated, &encrypted), Ok(content));
    }

    #[test]
    fn aes_256_gcm_siv_has_the_values_of_rfc_8452_c_2() {
        let mut key = [0; 32];
        key[0] = 1;
        let cipher = aes_256_gcm_siv(&key);
        let nonce = "030000000000000000000000";
        check(&cipher, nonce, "", "", "07f5f4169bbf55a8400cd47ea6fd400f");
        check(&cipher, nonce, "", "0100000000000000", "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28");
        check(&cipher, nonce, "01", "0200000000000000", "1de22967237a813291213f267e3b452f02d01ae33e4ec854");
    }

    #[test]
    fn sm4_gcm_has_the_values_of_rfc_8998_a_1() {
        let key = from_hex("0123456789abcdeffedcba9876543210").try_into().unwrap();
        let content = concat!(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd",
            "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        );
        let expected = concat!(
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735",
            "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d",
            "83de3541e4c2b58177e065a9bf7b62ec",
        );
        let associated = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
        check(&sm4_gcm(&key), "00001234567800000000abcd", associated, content, expected);
    }

    #[test]
    fn sm4_has_the_value_of_gbt_32907() {
        let key: [u8; 16] = from_hex("0123456789abcdeffedcba9876543210").try_into().unwrap();
        let mut block = Block::<Sm4>::from(key); // the example encrypts its own key
        Sm4::new(&key.into()).encrypt_block(&mut block);
        assert_eq!(hex(&block), "681edf34d206965e86b3e94f536e4246");
    }

    #[test]
    fn the_sealed_form_stays_as_it_is() {
        let sealed = |suite: CryptoSuite| hex(&suite.seal(&KEY, &NONCE, b"row", b"999999").unwrap());
        let international = "010505050505050505050505051d2b3f15371975fe33a5bb9e071d3f1a216fd35c9c68";
        let guo_mi = "02050505050505050505050505ec27d1443e06271592121256eb6584241adfaae8743f";
        assert_eq!(sealed(CryptoSuite::International), international); // both computed in Python, with its own derivation
        assert_eq!(sealed(CryptoSuite::GuoMi), guo_mi);
    }

    #[test]
    fn a_flipped_bit_refuses_to_open() {
        for suite in CryptoSuite::ALL {
            let sealed = suite.seal(&KEY, &NONCE, b"row", "张三".as_bytes()).unwrap();
            assert_eq!(open(&KEY, b"row", &sealed).unwrap(), "张三".as_bytes());
            for (place, bit) in (0..sealed.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
                let mut flipped = sealed.clone();
                flipped[place] ^= 1 << bit;
                assert!(open(&KEY, b"row", &flipped).is_err(), "{suite:?} {place} {bit}");
            }
            for end in 0..sealed.len() {
                assert!(open(&KEY, b"row", &sealed[..end]).is_err(), "{suite:?} {end}");
            }
            for associated in [b"".as_slice(), b"ro", b"rov", b"row "] {
                assert_eq!(open(&KEY, associated, &sealed), Err(CipherError::CannotOpen));
            }
            let mut other = KEY;
            other[31] ^= 1; // the last byte: a key that was cut to 16 bytes would not notice
            assert_eq!(open(&other, b"row", &sealed), Err(CipherError::CannotOpen));
        }
    }

    #[test]
    fn a_content_opens_by_the_suite_that_it_names() {
        let [one, two] = CryptoSuite::ALL.map(|suite| suite.seal(&KEY, &NONCE, b"row", b"same").unwrap());
        assert_ne!(one[13..], two[13..]);
        for sealed in [&one, &two] {
            assert_eq!(open(&KEY, b"row", sealed).unwrap(), b"same");
        }
        let relabelled = [[2_u8].as_slice(), &one[1..]].concat();
        assert_eq!(open(&KEY, b"row", &relabelled), Err(CipherError::CannotOpen));
        for unknown in [0_u8, 3, 255] {
            let relabelled = [[unknown].as_slice(), &one[1..]].concat();
            assert_eq!(open(&KEY, b"row", &relabelled), Err(CipherError::UnknownSuite(unknown)));
        }
        for suite in CryptoSuite::ALL {
            assert_eq!(suite_of(tag(suite)), Ok(suite));
        }
    }

    #[test]
    fn the_suites_byte_is_bound_with_the_associated_bytes() {
        let unbound = encrypt(&aes_256_gcm_siv(&KEY), &NONCE, b"row", b"same").unwrap();
        let sealed = [[1_u8].as_slice(), &NONCE, &unbound].concat();
        assert_eq!(open(&KEY, b"row", &sealed), Err(CipherError::CannotOpen));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_length_comes_back(
            content in proptest::collection::vec(any::<u8>(), 0..5000),
            associated in proptest::collection::vec(any::<u8>(), 0..100),
            key in any::<Key>(),
            nonce in any::<Nonce>(),
        ) {
            for suite in CryptoSuite::ALL {
                let sealed = suite.seal(&key, &nonce, &associated, &content).unwrap();
                prop_assert_eq!(sealed.len(), 1 + 12 + content.len() + 16);
                prop_assert_eq!(open(&key, &associated, &sealed), Ok(content.clone()));
            }
        }
    }
}
