//! Cosignatures of witnesses (C2SP tlog-cosignature, v1): a time, and a signature over the time and a checkpoint.
//!
//! Not here: whether a checkpoint may be cosigned. INVARIANT: the second line of what is signed is no size, so that it is
//! never a checkpoint: a cosignature does not pass for the signature of a log, nor the other way round.

use super::{KeyError, Kind, NoteKey, SignatureLine};
use crate::crypto::Signer;

/// The latest time that the specification allows, in seconds since 1970.
const LATEST: u64 = u64::MAX >> 1;

/// A witness: whoever cosigns checkpoints.
#[derive(Debug)]
pub struct Cosigner {
    key: NoteKey,
    signer: Signer,
}

impl Cosigner {
    /// Cosigns under a name. The message does not hold it, so a witness has a key that is used for nothing else.
    pub fn new(name: &str, signer: Signer) -> Result<Self, KeyError> {
        Ok(Self { key: NoteKey::new(name, Kind::Cosignature, signer.verifier())?, signer })
    }

    /// The key that others check with.
    pub const fn key(&self) -> &NoteKey {
        &self.key
    }

    /// A cosignature over the text of a checkpoint at a time, in seconds since 1970.
    pub fn cosign(&self, time: u64, text: &str) -> SignatureLine {
        let signature = self.signer.sign(message(time, text).as_bytes());
        SignatureLine::new(&self.key, [time.to_be_bytes().as_slice(), &signature].concat())
    }
}

/// When this key cosigned this text, in seconds since 1970; `None` if it did not.
pub(super) fn cosigned_at(key: &NoteKey, text: &str, signature: &[u8]) -> Option<u64> {
    let (time, signature) = signature.split_first_chunk()?;
    let time = u64::from_be_bytes(*time);
    let is_cosigned = key.kind() == Kind::Cosignature
        && time <= LATEST
        && key.verifier().verify(message(time, text).as_bytes(), signature);
    is_cosigned.then_some(time)
}

fn message(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

#[cfg(test)]
mod tests {
    use super::super::{Note, NoteError, NoteSigner};
    use super::*;
    use crate::crypto::CryptoSuite;

    const TEXT: &str = "log.example\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_message_is_the_published_one() {
        let body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let expected = "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n\
            CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        assert_eq!(message(1_679_315_147, body), expected);
    }

    #[test]
    fn a_cosignature_holds_for_its_text_its_time_and_its_key() {
        for suite in [CryptoSuite::International, CryptoSuite::GuoMi] {
            let witness = Cosigner::new("witness.example", suite.signer(&[3; 32])).unwrap();
            let line = witness.cosign(1_760_000_000, TEXT);
            let at = |text: &str, signature: &[u8]| cosigned_at(witness.key(), text, signature);
            assert_eq!(at(TEXT, &line.signature), Some(1_760_000_000));
            assert_eq!(at("other\n", &line.signature), None);
            assert_eq!(at(TEXT, &line.signature[1..]), None);
            assert_eq!(at(TEXT, &[]), None);
            for place in 0..line.signature.len() {
                let mut other = line.signature.clone();
                other[place] ^= 1;
                assert_eq!(at(TEXT, &other), None, "{suite:?}, byte {place}");
            }
            let stranger = Cosigner::new("witness.example", suite.signer(&[4; 32])).unwrap();
            assert_eq!(cosigned_at(stranger.key(), TEXT, &line.signature), None);
        }
    }

    #[test]
    fn the_time_has_a_latest() {
        let witness = Cosigner::new("witness.example", CryptoSuite::International.signer(&[3; 32])).unwrap();
        let at = |time| cosigned_at(witness.key(), TEXT, &witness.cosign(time, TEXT).signature);
        assert_eq!(at(LATEST), Some(LATEST));
        assert_eq!(at(LATEST + 1), None);
    }

    #[test]
    fn an_answer_is_taken_into_the_note() {
        let suite = CryptoSuite::International;
        let log = NoteSigner::new("log.example", suite.signer(&[1; 32])).unwrap();
        let (ours, other) = (
            Cosigner::new("witness.example", suite.signer(&[3; 32])).unwrap(),
            Cosigner::new("other.example", suite.signer(&[4; 32])).unwrap(),
        );
        let note = Note::sign(TEXT.to_owned(), &log).unwrap();
        let answer = format!("{}\n{}\n", other.cosign(5, TEXT), ours.cosign(6, TEXT));
        let cosigned = note.cosigned(answer.as_bytes(), ours.key()).unwrap();
        assert_eq!(cosigned.signatures().len(), 2);
        assert_eq!(cosigned.cosigned_at(ours.key()), Some(6));
        assert_eq!(cosigned.cosigned_at(other.key()), None);
        assert_eq!(cosigned.verify(&[log.key().clone(), ours.key().clone()]).map(|keys| keys.len()), Ok(2));
        let again = cosigned.cosigned(format!("{}\n", ours.cosign(9, TEXT)).as_bytes(), ours.key()).unwrap();
        assert_eq!((again.signatures().len(), again.cosigned_at(ours.key())), (2, Some(9)));
        let stranger = note.cosigned(format!("{}\n", other.cosign(5, TEXT)).as_bytes(), ours.key());
        assert_eq!(stranger, Err(NoteError::NoKnownKey));
        let elsewhere = note.cosigned(format!("{}\n", ours.cosign(5, "other\n")).as_bytes(), ours.key());
        assert_eq!(elsewhere, Err(NoteError::WrongSignature("witness.example".to_owned())));
        assert_eq!(note.cosigned(b"", ours.key()), Err(NoteError::NoSignature));
        let longer = format!("more\n\n{}\n", ours.cosign(5, &format!("{TEXT}\nmore\n")));
        assert_eq!(note.cosigned(longer.as_bytes(), ours.key()), Err(NoteError::NotASignature(1)));
    }
}
