//! Keys of notes: a name, what is signed, and the public key, written `<name>+<id>+<type and key>` (C2SP vkey).
//!
//! Not here: where a secret key is kept. The id only finds a key; what is trusted is the whole public key.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{SignatureLine, cosignature};
use crate::audit::hex;
use crate::crypto::{CryptoSuite, Signer, Verifier};

/// The first four bytes of the hash of a key with its name and type.
pub type KeyId = [u8; 4];

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The text of a note.
    Text,
    /// The text and a time before it: the cosignature of a witness.
    Cosignature,
}

/// The bytes before a public key that say what it is. SM2 has no number of its own, so it follows `0xff` with a name.
const TYPES: [(&[u8], CryptoSuite, Kind); 4] = [
    (b"\x01", CryptoSuite::International, Kind::Text),
    (b"\x04", CryptoSuite::International, Kind::Cosignature),
    (b"\xffnuan/sm2", CryptoSuite::GuoMi, Kind::Text),
    (b"\xffnuan/cosignature-sm2", CryptoSuite::GuoMi, Kind::Cosignature),
];

/// What is wrong with a key of notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A name is not empty and has no white space, control character or plus sign.
    #[error("the name of the key is empty or has a space, a control character or a plus sign")]
    Name,
    /// It is not `<name>+<id>+<key>`.
    #[error("the key is not written as a name, an id and a key with plus signs between")]
    Form,
    /// The type is none of ours, or the bytes are no key of that type.
    #[error("the key has a type that is not known, or is not a key of its type")]
    Key,
    /// The id is not that of the key: a slip in the name or in the key.
    #[error("the id is not that of the key and its name")]
    Id,
}

/// A public key that signs notes under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    kind: Kind,
    verifier: Verifier,
    id: KeyId,
}

impl NoteKey {
    /// A key under a name, which is best that of the log or the witness.
    pub fn new(name: &str, kind: Kind, verifier: Verifier) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        // SHA-256 in both suites, as the specification has it: the id finds a key and protects nothing.
        let bytes = typed(kind, &verifier);
        let [a, b, c, d, ..] = CryptoSuite::International.hash(&[name.as_bytes(), b"\n", &bytes]);
        Ok(Self { name: name.to_owned(), kind, verifier, id: [a, b, c, d] })
    }

    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Form);
        };
        let bytes = STANDARD.decode(encoded).map_err(|_| KeyError::Form)?;
        let (kind, verifier) = read(&bytes).ok_or(KeyError::Key)?;
        let key = Self::new(name, kind, verifier)?;
        if id == hex(&key.id) { Ok(key) } else { Err(KeyError::Id) }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What it signs.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The suite that its signatures, and the hashes of its log, are of.
    pub const fn suite(&self) -> CryptoSuite {
        self.verifier.suite()
    }

    /// Whether a signature is by this key, over this text.
    pub(super) fn accepts(&self, text: &str, signature: &[u8]) -> bool {
        match self.kind {
            Kind::Text => self.verifier.verify(text.as_bytes(), signature),
            Kind::Cosignature => cosignature::cosigned_at(self, text, signature).is_some(),
        }
    }

    pub(super) const fn verifier(&self) -> &Verifier {
        &self.verifier
    }
}

/// The key as people pass it on: `<name>+<id>+<type and key>`.
impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = typed(self.kind, &self.verifier);
        write!(f, "{}+{}+{}", self.name, hex(&self.id), STANDARD.encode(bytes))
    }
}

/// Whoever signs notes: a log.
#[derive(Debug)]
pub struct NoteSigner {
    key: NoteKey,
    signer: Signer,
}

impl NoteSigner {
    /// Signs under a name, for a log its origin.
    pub fn new(name: &str, signer: Signer) -> Result<Self, KeyError> {
        Ok(Self { key: NoteKey::new(name, Kind::Text, signer.verifier())?, signer })
    }

    /// The key that others check with.
    pub const fn key(&self) -> &NoteKey {
        &self.key
    }

    /// A signature over the text of a note.
    pub fn sign(&self, text: &str) -> SignatureLine {
        SignatureLine::new(&self.key, self.signer.sign(text.as_bytes()).to_vec())
    }
}

/// Whether a key may have this name.
pub(super) fn is_name(name: &str) -> bool {
    let is_refused = |c: char| c.is_whitespace() || c < ' ' || c == '+';
    !name.is_empty() && !name.chars().any(is_refused)
}

/// The public key after the bytes that say what it is.
fn typed(kind: Kind, verifier: &Verifier) -> Vec<u8> {
    let suite = verifier.suite();
    let found = TYPES.iter().find(|(_, of, signs)| *of == suite && *signs == kind);
    let prefix = found.map_or(b"".as_slice(), |(prefix, _, _)| *prefix);
    [prefix, &verifier.to_bytes()].concat()
}

/// The key behind its type; only in the one encoding in which it is written.
fn read(bytes: &[u8]) -> Option<(Kind, Verifier)> {
    TYPES.iter().find_map(|(prefix, suite, kind)| {
        let key = bytes.strip_prefix(*prefix)?;
        let verifier = Verifier::from_bytes(*suite, key).ok()?;
        (verifier.to_bytes() == key).then_some((*kind, verifier))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn a_key_is_read_as_it_is_written() {
        assert_eq!(NoteKey::parse(PUBLISHED).unwrap().to_string(), PUBLISHED);
        for suite in [CryptoSuite::International, CryptoSuite::GuoMi] {
            for kind in [Kind::Text, Kind::Cosignature] {
                let key = NoteKey::new("log.example/暖", kind, suite.signer(&[5; 32]).verifier()).unwrap();
                assert_eq!(NoteKey::parse(&key.to_string()), Ok(key.clone()));
                assert_eq!((key.kind(), key.suite(), key.name()), (kind, suite, "log.example/暖"));
            }
        }
    }

    #[test]
    fn name_type_and_key_all_count_for_the_id() {
        let id = |name, kind, seed| {
            let verifier = CryptoSuite::International.signer(&[seed; 32]).verifier();
            NoteKey::new(name, kind, verifier).unwrap().id()
        };
        let base = id("a", Kind::Text, 1);
        assert_eq!(base, id("a", Kind::Text, 1));
        assert_ne!(base, id("b", Kind::Text, 1));
        assert_ne!(base, id("a", Kind::Cosignature, 1));
        assert_ne!(base, id("a", Kind::Text, 2));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        #[track_caller]
        fn check(text: &str, expected: KeyError) {
            assert_eq!(NoteKey::parse(text), Err(expected), "{text}");
        }
        check("", KeyError::Form);
        check("PeterNeumann+c74f20a3", KeyError::Form);
        check("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq", KeyError::Form);
        check(&PUBLISHED.replacen("c74f20a3", "C74F20A3", 1), KeyError::Id);
        check(&PUBLISHED.replacen("c74f20a3", "c74f20a4", 1), KeyError::Id);
        check(&PUBLISHED.replacen("Peter", "peter", 1), KeyError::Id);
        check(&PUBLISHED.replacen("PeterNeumann", "", 1), KeyError::Name);
        check(&PUBLISHED.replacen("Peter", "Peter ", 1), KeyError::Name);
        check(&PUBLISHED.replacen("+AR", "+Ah", 1), KeyError::Key);
        check("a+00000000+AQ==", KeyError::Key);
        check("a+00000000+", KeyError::Key);
    }
}
