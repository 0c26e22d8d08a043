//! Checks of what was taken elsewhere, an export of all logs or the proof of one leaf, with public keys alone.
//!
//! Not here: a database, a secret, a file. INVARIANT: trust comes from the keys that the reader brings, never from what the
//! text says of itself; what can be written in two ways is read in one, so that no byte changes unseen.

mod export;
mod fields;
mod leaf_proof;

use std::fmt;

pub use self::export::{CheckedExport, check_export};
pub use self::leaf_proof::{Grown, ProvenLeaf, check_opening, check_proof};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::note::{Note, NoteError, NoteKey};
use crate::crypto::Hash;

/// The log whose leaves are the heads of all others.
const HEADS: &str = "000000";

/// The act of a leaf in the log of heads.
const HEAD: &str = "audit.head";

/// What is not as it must be; the line of an export, 0 where the file as a whole is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// Whom a reader trusts: the log, and each of some witnesses.
#[derive(Clone, Debug)]
pub struct Trusted {
    log: NoteKey,
    witnesses: Vec<NoteKey>,
}

impl Trusted {
    /// The key of the log, and those of the witnesses that have to have cosigned, every one of them.
    pub const fn new(log: NoteKey, witnesses: Vec<NoteKey>) -> Self {
        Self { log, witnesses }
    }

    /// The log.
    pub const fn log(&self) -> &NoteKey {
        &self.log
    }

    /// Reads a checkpoint that the log and each witness have signed. Lines by others are ignored.
    fn open(&self, note: &str) -> Result<Checkpoint, String> {
        let keys: Vec<NoteKey> = [&self.log].into_iter().chain(&self.witnesses).cloned().collect();
        let note = Note::parse(note.as_bytes()).map_err(|error| error.to_string())?;
        let signed = match note.verify(&keys) {
            Ok(signed) => signed,
            Err(NoteError::NoKnownKey) => Vec::new(),
            Err(NoteError::WrongSignature(name)) => return Err(format!("the signature by `{name}` is wrong")),
            Err(NoteError::Repeated(name)) => return Err(format!("there is a second signature by `{name}`")),
            Err(error) => return Err(error.to_string()),
        };
        if let Some(missing) = keys.iter().find(|key| !signed.contains(key)) {
            return Err(format!("`{}` has not signed the checkpoint", missing.name()));
        }
        let checkpoint = Checkpoint::parse(note.text()).map_err(|error| error.to_string())?;
        require(checkpoint.origin == self.log.name(), "the checkpoint is of another log")?;
        Ok(checkpoint)
    }
}

fn require(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

/// 64 lower-case hexadecimal digits.
fn read_hex(text: &str) -> Result<Hash, String> {
    let wrong = || "not a hash".to_owned();
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?)).collect();
    let hash = bytes.filter(|_| rest.is_empty()).and_then(|bytes| bytes.try_into().ok());
    hash.ok_or_else(wrong)
}

#[cfg(test)]
mod tests;
