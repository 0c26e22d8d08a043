//! Checkpoints: the signed head of the log of heads, written outside the database, where whoever changes the database cannot
//! change it too. The log of heads stands under division 000000 and has a leaf for every head of a county's log.

use std::io::Write;
use std::path::{Path, PathBuf};

use nuan_domain::audit::checkpoint;
use nuan_domain::audit::hex;
use nuan_domain::audit::note::{NoteKey, NoteSigner};
use nuan_store::audit::{self, AuditHead};
use nuan_vocabulary::division::DivisionCode;
use tokio::sync::watch;

use crate::error::KernelError;
use crate::keys::Keys;
use crate::log::Act;

/// The act of a leaf in the log of heads.
pub const HEAD: &str = "audit.head";

/// Where checkpoints go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// The name of the log, as its checkpoints and its key carry it.
    pub origin: String,
    /// The file, in another folder than the database in production; none for a kernel that only reads, or lives in a test.
    pub file: Option<PathBuf>,
}

/// The newest checkpoint, as soon as it is published.
pub type Latest = watch::Receiver<Option<audit::Checkpoint>>;

/// Signs checkpoints and takes them outside.
pub struct Publisher {
    origin: String,
    signer: Option<NoteSigner>,
    file: Option<PathBuf>,
    latest: watch::Sender<Option<audit::Checkpoint>>,
}

impl Publisher {
    /// A publisher, and where to hear of what it publishes.
    pub fn new(outside: Outside, keys: &Keys) -> (Self, Latest) {
        let (latest, heard) = watch::channel(None);
        let signer = NoteSigner::new(&outside.origin, keys.signer()).ok();
        (Self { origin: outside.origin, signer, file: outside.file, latest }, heard)
    }

    /// Whether checkpoints leave the process. Where they do not, heads that others left are not gathered either.
    pub const fn has_a_place(&self) -> bool {
        self.file.is_some()
    }

    /// The signed checkpoint of a head of the log of heads.
    pub fn sign(&self, head: &AuditHead) -> Result<audit::Checkpoint, KernelError> {
        let signer = self.signer.as_ref().ok_or_else(|| KernelError::Origin(self.origin.clone()))?;
        let size = u64::try_from(head.size).unwrap_or(0);
        let signed =
            checkpoint::Checkpoint { origin: self.origin.clone(), size, root: head.root, extensions: Vec::new() };
        let note = signed.sign(signer).map_err(|_| KernelError::Origin(self.origin.clone()))?;
        Ok(audit::Checkpoint { size: head.size, note: note.to_string(), at: head.at })
    }

    /// Takes a checkpoint outside; it is durable there when this returns.
    pub async fn publish(&self, checkpoint: audit::Checkpoint) -> Result<(), KernelError> {
        if let Some(file) = self.file.clone() {
            let note = checkpoint.note.clone();
            let written = tokio::task::spawn_blocking(move || replace(&file, &note).map_err(|error| (file, error)));
            written
                .await
                .map_err(|_| KernelError::TaskLost)?
                .map_err(|(path, source)| KernelError::Checkpoint { path, source })?;
        }
        self.latest.send_replace(Some(checkpoint));
        Ok(())
    }
}

/// The leaf that gathers a county's head.
pub fn head_act(head: &AuditHead) -> Act {
    Act {
        county: DivisionCode::NATION,
        act: HEAD,
        actor: "kernel".to_owned(),
        at: head.at,
        subject: head_subject(head),
        commitment: format!("root:{}", hex(&head.root)),
        key: String::new(),
    }
}

/// What the leaf of a head is about.
pub fn head_subject(head: &AuditHead) -> String {
    format!("{}#{}", head.county, head.size)
}

impl Keys {
    /// The public key that checkpoints are verified with, as citizens and witnesses are given it.
    pub fn checkpoint_key(&self, origin: &str) -> Result<NoteKey, KernelError> {
        let signer = NoteSigner::new(origin, self.signer());
        signer.map(|signer| signer.key().clone()).map_err(|_| KernelError::Origin(origin.to_owned()))
    }
}

/// Written beside, synced and renamed: a reader sees the old checkpoint or the new one, whole.
fn replace(path: &Path, note: &str) -> std::io::Result<()> {
    let beside = path.with_extension("next");
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(note.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}
