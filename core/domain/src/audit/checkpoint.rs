//! Checkpoints (C2SP tlog-checkpoint): the signed head of a log, three lines in a note that is kept outside the database.
//!
//! Not here: when one is due, and who keeps it. INVARIANT: a head has one text, so that a signature is over one head.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::audit::note::{Note, NoteError, NoteKey, NoteSigner};
use crate::crypto::Hash;

/// The most leaves: sizes and numbers of leaves are kept in columns of 63 bits.
const MOST_LEAVES: u64 = u64::MAX >> 1;

/// What is wrong with a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is no note, or not signed by the key that is asked for.
    #[error("the checkpoint is not a note that the log has signed")]
    Note(#[source] NoteError),
    /// The text is not an origin, a size and a root, a line each.
    #[error("the text is not an origin, a size and a root in a line each")]
    Form,
    /// It is the head of another log.
    #[error("the checkpoint is of the log `{0}`")]
    OtherLog(String),
}

/// The head of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log it is: the name of its key.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Further lines. We write none: nobody can check them.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A head without further lines.
    pub const fn new(origin: String, size: u64, root: Hash) -> Self {
        Self { origin, size, root, extensions: Vec::new() }
    }

    /// Reads the text of a note; every line is there, is not empty, and is written in the one way it can be.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let read = || {
            let mut lines = text.strip_suffix('\n')?.split('\n');
            let origin = lines.next().filter(|origin| !origin.is_empty())?.to_owned();
            let (size, root) = (read_size(lines.next()?)?, read_hash(lines.next()?)?);
            let extensions: Vec<String> = lines.map(str::to_owned).collect();
            let is_whole = !extensions.iter().any(String::is_empty);
            is_whole.then_some(Self { origin, size, root, extensions })
        };
        read().ok_or(CheckpointError::Form)
    }

    /// The text that is signed.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, written_hash(&self.root));
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Signs it; refused where its text would be read as another head.
    pub fn sign(&self, signer: &NoteSigner) -> Result<Note, CheckpointError> {
        let text = self.text();
        if Self::parse(&text)? != *self {
            return Err(CheckpointError::Form);
        }
        Note::sign(text, signer).map_err(CheckpointError::Note)
    }

    /// Reads a checkpoint that the log has signed: the name of its key is the origin.
    pub fn open(note: &Note, key: &NoteKey) -> Result<Self, CheckpointError> {
        note.verify(std::slice::from_ref(key)).map_err(CheckpointError::Note)?;
        let checkpoint = Self::parse(note.text())?;
        if checkpoint.origin == key.name() { Ok(checkpoint) } else { Err(CheckpointError::OtherLog(checkpoint.origin)) }
    }
}

/// Digits without a leading zero, 0 alone excepted.
pub(super) fn read_size(text: &str) -> Option<u64> {
    let is_written_so = text == "0" || !text.starts_with('0');
    let is_number = is_written_so && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten().filter(|size| *size <= MOST_LEAVES)
}

/// 32 bytes in standard base64 with padding.
pub(super) fn read_hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// What [`read_hash`] reads.
pub(super) fn written_hash(hash: &Hash) -> String {
    STANDARD.encode(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::hex;
    use crate::audit::note::Kind;
    use crate::crypto::CryptoSuite;

    // The example of the specification.
    const PUBLISHED: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    fn signer(name: &str, seed: u8) -> NoteSigner {
        NoteSigner::new(name, CryptoSuite::International.signer(&[seed; 32])).unwrap()
    }

    #[test]
    fn the_published_checkpoint_is_read_and_written() {
        let checkpoint = Checkpoint::parse(PUBLISHED).unwrap();
        assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
        assert_eq!(hex(&checkpoint.root), "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62");
        assert_eq!(checkpoint.text(), PUBLISHED);
        let extended = format!("{PUBLISHED}one\ntwo\n");
        let checkpoint = Checkpoint::parse(&extended).unwrap();
        assert_eq!(checkpoint.extensions, ["one", "two"]);
        assert_eq!(checkpoint.text(), extended);
    }

    #[test]
    fn what_is_no_checkpoint_is_refused() {
        #[track_caller]
        fn check(text: &str) {
            assert_eq!(Checkpoint::parse(text), Err(CheckpointError::Form), "{text:?}");
        }
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        let with_size = |size: &str| format!("log.example\n{size}\n{root}\n");
        let most = MOST_LEAVES.to_string();
        for size in ["0", "1", most.as_str()] {
            assert_eq!(Checkpoint::parse(&with_size(size)).map(|read| read.size.to_string()), Ok(size.to_owned()));
        }
        for size in ["", "00", "01", "-1", "+1", " 1", "1 ", "1.0", "１", "9223372036854775808", "99999999999999999999"]
        {
            check(&with_size(size));
        }
        check("");
        check("\n");
        check(&format!("\n1\n{root}\n"));
        check("log.example\n1\n");
        check(&format!("log.example\n1\n{root}"));
        check(&format!("log.example\n1\n{root}\n\n"));
        check(&format!("log.example\n1\n{root}\n\none\n"));
        check("log.example\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n");
        check("log.example\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n");
        check("log.example\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n");
    }

    #[test]
    fn a_checkpoint_counts_under_the_key_of_its_log() {
        let (log, other, another) = (signer("log.example", 1), signer("log.example", 2), signer("other.example", 1));
        let checkpoint = Checkpoint::new("log.example".to_owned(), 3, [7; 32]);
        let note = checkpoint.sign(&log).unwrap();
        let note = Note::parse(note.to_string().as_bytes()).unwrap();
        assert_eq!(Checkpoint::open(&note, log.key()), Ok(checkpoint.clone()));
        let unknown = Err(CheckpointError::Note(NoteError::NoKnownKey));
        assert_eq!(Checkpoint::open(&note, other.key()), unknown);
        assert_eq!(Checkpoint::open(&note, another.key()), unknown);
        let stranger = checkpoint.sign(&another).unwrap();
        let expected = Err(CheckpointError::OtherLog("log.example".to_owned()));
        assert_eq!(Checkpoint::open(&stranger, another.key()), expected);
        assert_eq!(log.key().kind(), Kind::Text);
    }

    #[test]
    fn what_would_be_read_as_another_head_is_not_signed() {
        let log = signer("log.example", 1);
        let sign = |checkpoint: &Checkpoint| checkpoint.sign(&log).map(drop);
        let head = Checkpoint::new("log.example".to_owned(), 3, [7; 32]);
        let longer = Checkpoint { extensions: vec!["one\ntwo".to_owned()], ..head.clone() };
        let blank = Checkpoint { extensions: vec![String::new()], ..head.clone() };
        let nameless = Checkpoint { origin: String::new(), ..head.clone() };
        let large = Checkpoint { size: MOST_LEAVES + 1, ..head.clone() };
        assert_eq!(sign(&head), Ok(()));
        for refused in [longer, blank, nameless, large] {
            assert_eq!(sign(&refused), Err(CheckpointError::Form), "{refused:?}");
        }
        let control = Checkpoint { origin: "log\texample".to_owned(), ..head };
        assert_eq!(sign(&control), Err(CheckpointError::Note(NoteError::ControlCharacter)));
    }
}
