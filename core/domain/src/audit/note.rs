//! Signed notes (C2SP signed-note): a text, a blank line, and signatures in lines of their own.
//!
//! Not here: what a text means. INVARIANT: a text counts only if a key that the reader names has signed it; a signature
//! by a stranger is ignored, but a wrong one by a known key refuses the whole note.

mod cosignature;
mod key;

use std::fmt;
use std::str::Utf8Error;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use self::cosignature::Cosigner;
pub use self::key::{KeyError, KeyId, Kind, NoteKey, NoteSigner};

/// The longest note that is read.
const MOST_BYTES: usize = 1_000_000;

/// The most signatures that are read; the specification wants 16 at least.
const MOST_SIGNATURES: usize = 100;

/// What is wrong with a note.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is over 1 MB, or has over 100 signatures.
    #[error("the note is too large")]
    TooLarge,
    /// It is not UTF-8.
    #[error("the note is not text")]
    NotText(#[source] Utf8Error),
    /// It has a control character other than the line feed.
    #[error("the note has a control character")]
    ControlCharacter,
    /// The text does not end with a line feed.
    #[error("the text of the note has no end of line")]
    NoEndOfLine,
    /// There is no blank line, or no complete line after it.
    #[error("the note has no signature")]
    NoSignature,
    /// A line after the blank line is no signature; the first is 1.
    #[error("line {0} after the text of the note is not a signature")]
    NotASignature(usize),
    /// A known key has signed twice.
    #[error("the note has two signatures by `{0}`")]
    Repeated(String),
    /// A signature by a known key is not one over this text.
    #[error("the signature by `{0}` is not over this text")]
    WrongSignature(String),
    /// No key that the reader knows has signed.
    #[error("the note has no signature by a known key")]
    NoKnownKey,
}

/// One signature, with the name and the id of the key that it says it is by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    name: String,
    id: KeyId,
    signature: Vec<u8>,
}

impl SignatureLine {
    fn new(key: &NoteKey, signature: Vec<u8>) -> Self {
        Self { name: key.name().to_owned(), id: key.id(), signature }
    }

    /// Reads a line without its end.
    fn parse(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
        let bytes = STANDARD.decode(signature).ok()?;
        let (id, signature) = bytes.split_first_chunk()?;
        let is_signature = key::is_name(name) && !signature.is_empty();
        is_signature.then(|| Self { name: name.to_owned(), id: *id, signature: signature.to_vec() })
    }

    /// The name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it says that it is by this key.
    fn names(&self, key: &NoteKey) -> bool {
        self.name == key.name() && self.id == key.id()
    }
}

/// The line without its end.
impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.as_slice(), &self.signature].concat();
        write!(f, "— {} {}", self.name, STANDARD.encode(bytes))
    }
}

/// A text with at least one signature, none of them checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
}

impl Note {
    /// Reads a note; every line after its last blank line is a signature.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MOST_BYTES {
            return Err(NoteError::TooLarge);
        }
        let note = str::from_utf8(bytes).map_err(NoteError::NotText)?;
        refuse_control_characters(note)?;
        let (text, lines) = divide(note).ok_or(NoteError::NoSignature)?;
        let mut signatures = Vec::new();
        for (before, line) in lines.split('\n').enumerate() {
            if before == MOST_SIGNATURES {
                return Err(NoteError::TooLarge);
            }
            signatures.push(SignatureLine::parse(line).ok_or(NoteError::NotASignature(before + 1))?);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Signs a text, which ends with a line feed and has no other control character.
    pub fn sign(text: String, signer: &NoteSigner) -> Result<Self, NoteError> {
        refuse_control_characters(&text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::NoEndOfLine);
        }
        let signatures = vec![signer.sign(&text)];
        Ok(Self { text, signatures })
    }

    /// The text with its last line feed, and without the blank line.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in their order, strangers' too.
    pub fn signatures(&self) -> &[SignatureLine] {
        &self.signatures
    }

    /// Adds a signature at the end, in place of an earlier one by the same key.
    pub fn add(&mut self, line: SignatureLine) {
        self.signatures.retain(|other| other.name != line.name || other.id != line.id);
        self.signatures.push(line);
    }

    /// Those of these keys that have signed the text, in the order of their signatures; at least one.
    pub fn verify<'k>(&self, keys: &'k [NoteKey]) -> Result<Vec<&'k NoteKey>, NoteError> {
        let mut verified: Vec<&NoteKey> = Vec::new();
        for line in &self.signatures {
            let Some(key) = keys.iter().find(|key| line.names(key)) else { continue };
            if verified.contains(&key) {
                return Err(NoteError::Repeated(line.name.clone()));
            }
            if !key.accepts(&self.text, &line.signature) {
                return Err(NoteError::WrongSignature(line.name.clone()));
            }
            verified.push(key);
        }
        if verified.is_empty() { Err(NoteError::NoKnownKey) } else { Ok(verified) }
    }

    /// When a witness cosigned, in seconds since 1970; `None` where it has not, or where its line is not over this text.
    pub fn cosigned_at(&self, witness: &NoteKey) -> Option<u64> {
        let line = self.signatures.iter().find(|line| line.names(witness))?;
        cosignature::cosigned_at(witness, &self.text, &line.signature)
    }

    /// The note with the cosignature that a witness answered; lines by others in the answer are left out.
    pub fn cosigned(&self, answer: &[u8], witness: &NoteKey) -> Result<Self, NoteError> {
        let answered = Self::parse(&[self.text.as_bytes(), b"\n", answer].concat())?;
        if answered.text != self.text {
            return Err(NoteError::NotASignature(1)); // a blank line in the answer would lengthen the text
        }
        answered.verify(std::slice::from_ref(witness))?;
        let mut cosigned = self.clone();
        answered.signatures.into_iter().filter(|line| line.names(witness)).for_each(|line| cosigned.add(line));
        Ok(cosigned)
    }
}

/// The whole note, as it is stored and sent.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn refuse_control_characters(text: &str) -> Result<(), NoteError> {
    let is_control = |byte: u8| byte < b' ' && byte != b'\n';
    if text.bytes().any(is_control) { Err(NoteError::ControlCharacter) } else { Ok(()) }
}

/// The text with its last line feed, and the lines after the blank line without theirs.
fn divide(note: &str) -> Option<(&str, &str)> {
    let end = note.rfind("\n\n")?;
    Some((note.get(..=end)?, note.get(end + 2..)?.strip_suffix('\n')?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crypto::CryptoSuite;

    // The example of Go's note package, which the specification grew from.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SEED: &str = "gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM=";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\
        \n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn published_key() -> [NoteKey; 1] {
        [NoteKey::parse(KEY).unwrap()]
    }

    fn signer(name: &str, suite: CryptoSuite, seed: u8) -> NoteSigner {
        NoteSigner::new(name, suite.signer(&[seed; 32])).unwrap()
    }

    #[test]
    fn the_published_note_is_verified_and_made_again() {
        let note = Note::parse(NOTE.as_bytes()).unwrap();
        assert_eq!(note.verify(&published_key()).map(|keys| keys.len()), Ok(1));
        assert_eq!(note.to_string(), NOTE);
        let seed: [u8; 32] = STANDARD.decode(SEED).unwrap().try_into().unwrap();
        let signer = NoteSigner::new("PeterNeumann", CryptoSuite::International.signer(&seed)).unwrap();
        assert_eq!(signer.key().to_string(), KEY);
        assert_eq!(Note::sign(note.text().to_owned(), &signer).unwrap().to_string(), NOTE);
    }

    #[test]
    fn strangers_are_ignored_and_a_wrong_signature_by_a_known_key_is_not() {
        for suite in [CryptoSuite::International, CryptoSuite::GuoMi] {
            let (ours, other) = (signer("log.example", suite, 1), signer("log.example", suite, 2));
            let mut note = Note::sign("one\n\ntwo\n".to_owned(), &other).unwrap();
            let known = [ours.key().clone()];
            assert_eq!(note.verify(&known), Err(NoteError::NoKnownKey));
            note.add(ours.sign("one\n\ntwo\n"));
            let read = Note::parse(note.to_string().as_bytes()).unwrap();
            assert_eq!((read.text(), read.signatures().len()), ("one\n\ntwo\n", 2));
            assert_eq!(read.verify(&known), Ok(vec![ours.key()]));
            note.add(ours.sign("one\n"));
            assert_eq!(note.signatures().len(), 2);
            assert_eq!(note.verify(&known), Err(NoteError::WrongSignature("log.example".to_owned())));
            let doubled = format!("{read}{}\n", read.signatures()[1]);
            let doubled = Note::parse(doubled.as_bytes()).unwrap();
            assert_eq!(doubled.verify(&known), Err(NoteError::Repeated("log.example".to_owned())));
            assert_eq!(doubled.verify(&[other.key().clone()]), Ok(vec![other.key()]));
        }
    }

    #[test]
    fn what_is_no_note_is_refused() {
        #[track_caller]
        fn check(note: &str, expected: &NoteError) {
            assert_eq!(Note::parse(note.as_bytes()).as_ref(), Err(expected), "{note:?}");
        }
        let line = "— a AAAAAAE=\n";
        assert!(Note::parse(format!("t\n\n{line}").as_bytes()).is_ok());
        assert!(Note::parse(format!("\n\n{line}").as_bytes()).is_ok());
        check("", &NoteError::NoSignature);
        check("t\n", &NoteError::NoSignature);
        check("t\n\n", &NoteError::NoSignature);
        check(&format!("t\n{line}"), &NoteError::NoSignature);
        check("t\n\n— a AAAAAAE=", &NoteError::NoSignature);
        check(&format!("t\r\n\n{line}"), &NoteError::ControlCharacter);
        check(&format!("t\0\n\n{line}"), &NoteError::ControlCharacter);
        check("t\n\n— a  AAAAAAE=\n", &NoteError::NotASignature(1));
        check("t\n\n—  AAAAAAE=\n", &NoteError::NotASignature(1));
        check("t\n\n— a+b AAAAAAE=\n", &NoteError::NotASignature(1));
        check("t\n\n- a AAAAAAE=\n", &NoteError::NotASignature(1));
        check(&format!("t\n\n{line}— a AAAAAA==\n"), &NoteError::NotASignature(2));
        check("t\n\n— a AAAAAAF=\n", &NoteError::NotASignature(1));
        check("t\n\n— a AAAAAAE\n", &NoteError::NotASignature(1));
        check(&format!("t\n\n{}", line.repeat(101)), &NoteError::TooLarge);
        assert!(Note::parse(format!("t\n\n{}", line.repeat(100)).as_bytes()).is_ok());
        let filled = |length: usize| format!("{}\n\n{line}", "t".repeat(length - 2 - line.len()));
        assert!(Note::parse(filled(1_000_000).as_bytes()).is_ok());
        check(&filled(1_000_001), &NoteError::TooLarge);
        assert!(matches!(Note::parse(b"\xff\n\n"), Err(NoteError::NotText(_))));
    }

    #[test]
    fn only_a_text_is_signed() {
        let signer = signer("log.example", CryptoSuite::International, 1);
        assert_eq!(Note::sign("one".to_owned(), &signer), Err(NoteError::NoEndOfLine));
        assert_eq!(Note::sign("one\ttwo\n".to_owned(), &signer), Err(NoteError::ControlCharacter));
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_seen(place in 0..NOTE.len(), bit in 0..8_u8) {
            let mut bytes = NOTE.as_bytes().to_vec();
            bytes[place] ^= 1 << bit;
            prop_assert!(Note::parse(&bytes).and_then(|note| note.verify(&published_key()).map(drop)).is_err());
        }

        #[test]
        fn bytes_of_any_kind_are_read_without_a_fault(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(note) = Note::parse(&bytes) {
                prop_assert_eq!(note.to_string().into_bytes(), bytes);
            }
        }
    }
}
