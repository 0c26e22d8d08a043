//! What a witness does (C2SP tlog-witness): it cosigns a checkpoint only if the log has grown from the one it last saw.
//!
//! Not here: the server, and where a witness remembers. INVARIANT: what it accepts begins with what it accepted before,
//! so two readers that ask for its cosignature see one log. Its memory is read and written in one transaction.

use crate::audit::checkpoint::{Checkpoint, CheckpointError, read_hash, read_size, written_hash};
use crate::audit::note::{Note, NoteError, NoteKey};
use crate::audit::proof::{empty_root, verify_consistency};
use crate::crypto::{CryptoSuite, Hash};

/// The content type of the answer that names the size which the witness holds.
pub const SIZE_CONTENT_TYPE: &str = "text/x.tlog.size";

/// The most hashes of a proof: a tree of 63 levels has no longer one.
const MOST_HASHES: usize = 63;

/// A request to cosign: what the log believes the witness holds, the proof of growth from there, and the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size of the checkpoint that the witness cosigned last, 0 if none.
    pub old: u64,
    /// That the tree of `old` leaves is the beginning of the new one.
    pub proof: Vec<Hash>,
    /// The checkpoint as it was signed.
    pub note: Note,
    /// What its text says.
    pub checkpoint: Checkpoint,
}

impl AddCheckpoint {
    /// A request about a signed checkpoint.
    pub fn new(old: u64, proof: Vec<Hash>, note: Note) -> Result<Self, CheckpointError> {
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self { old, proof, note, checkpoint })
    }

    /// Reads the body of a request.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let text = str::from_utf8(body).map_err(|_| Refusal::Malformed)?;
        let (lines, note) = text.split_once("\n\n").ok_or(Refusal::Malformed)?;
        let mut lines = lines.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(read_size);
        let proof: Option<Vec<Hash>> = lines.map(read_hash).collect();
        let (Some(old), Some(proof)) = (old, proof) else { return Err(Refusal::Malformed) };
        if proof.len() > MOST_HASHES {
            return Err(Refusal::Malformed);
        }
        let note = Note::parse(note.as_bytes()).map_err(|_| Refusal::Malformed)?;
        Self::new(old, proof, note).map_err(|_| Refusal::Malformed)
    }

    /// The body of the request.
    pub fn body(&self) -> String {
        let proof: String = self.proof.iter().map(|hash| format!("{}\n", written_hash(hash))).collect();
        format!("old {}\n{proof}\n{}", self.old, self.note)
    }
}

/// What a witness answered to a log that asked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It cosigned: lines of signatures, not checked yet.
    Cosigned(Vec<u8>),
    /// It holds so many leaves; the next proof begins there.
    Holds(u64),
    /// It holds another root for as many leaves: the log has two faces.
    OtherRoot,
    /// The proof did not show it that the log has only grown.
    NotProved,
    /// It does not cosign for another reason, with this status.
    Refused(u16),
}

impl Answer {
    /// Reads an answer of HTTP.
    pub fn read(status: u16, content_type: &str, body: &[u8]) -> Self {
        let held = || read_size(str::from_utf8(body).ok()?.strip_suffix('\n')?);
        match status {
            200 => Self::Cosigned(body.to_vec()),
            409 if content_type == SIZE_CONTENT_TYPE => held().map_or(Self::Refused(status), Self::Holds),
            409 => Self::OtherRoot,
            422 => Self::NotProved,
            _ => Self::Refused(status),
        }
    }
}

/// A log that a witness watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedLog {
    /// The first line of its checkpoints.
    pub origin: String,
    /// The suite of its tree.
    pub suite: CryptoSuite,
    /// The keys it signs with: one, or two while one takes over from the other.
    pub keys: Vec<NoteKey>,
}

/// Why a witness does not cosign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request is not one, or names a size larger than that of its checkpoint.
    #[error("the request is malformed")]
    Malformed,
    /// It does not watch this log.
    #[error("the log is not watched")]
    UnknownLog,
    /// No key of the log has signed the checkpoint.
    #[error("the log has not signed the checkpoint")]
    NotSigned(#[source] NoteError),
    /// It holds another size than the log believes.
    #[error("the checkpoint that is held has {held} leaves")]
    OtherSize {
        /// The size that it holds, 0 if none.
        held: u64,
    },
    /// It holds another root for this size: the log has shown two faces.
    #[error("the checkpoint that is held has another root for as many leaves")]
    OtherRoot,
    /// The proof does not show that the log has only grown.
    #[error("the proof does not show that the log has only grown")]
    NotProved,
}

impl Refusal {
    /// The HTTP status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::UnknownLog => 404,
            Self::NotSigned(_) => 403,
            Self::OtherSize { .. } | Self::OtherRoot => 409,
            Self::NotProved => 422,
        }
    }

    /// The body that goes with [`SIZE_CONTENT_TYPE`]: the size that is held, for the log to begin its next proof from.
    pub fn size_body(&self) -> Option<String> {
        if let Self::OtherSize { held } = self { Some(format!("{held}\n")) } else { None }
    }

    /// Whether the log signed what it may not have been allowed to: the request is worth keeping as evidence.
    pub const fn is_evidence(&self) -> bool {
        matches!(self, Self::OtherRoot | Self::NotProved)
    }
}

/// What the witness now holds, once it is stored, and may cosign then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    /// The checkpoint that replaces the one it held.
    pub checkpoint: Checkpoint,
}

/// Decides about a request from what the witness holds of this log: the size and root that it last cosigned, if any.
///
/// The checks come in the order of the specification, so that a stranger learns no size.
pub fn consider(held: Option<(u64, Hash)>, request: &AddCheckpoint, log: &WatchedLog) -> Result<Accept, Refusal> {
    let new = &request.checkpoint;
    if new.origin != log.origin {
        return Err(Refusal::UnknownLog);
    }
    request.note.verify(&log.keys).map_err(Refusal::NotSigned)?;
    if request.old > new.size {
        return Err(Refusal::Malformed);
    }
    let (held_size, held_root) = held.unwrap_or_else(|| (0, empty_root(log.suite)));
    if request.old != held_size {
        return Err(Refusal::OtherSize { held: held_size });
    }
    if new.size == held_size && new.root != held_root {
        return Err(Refusal::OtherRoot);
    }
    if !verify_consistency(log.suite, held_size, &held_root, new.size, &new.root, &request.proof) {
        return Err(Refusal::NotProved);
    }
    Ok(Accept { checkpoint: new.clone() })
}

#[cfg(test)]
mod tests;
