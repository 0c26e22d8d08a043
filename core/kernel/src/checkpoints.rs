//! Checkpoints: the signed head of the log of heads, written outside the database, where whoever changes the database cannot
//! change it too. The log of heads stands under division 000000 and has a leaf for every head of a county's log.

mod new_place;
mod place;

use std::path::PathBuf;

use nuan_domain::audit::checkpoint::Checkpoint;
use nuan_domain::audit::hex;
use nuan_domain::audit::note::{Note, NoteKey, NoteSigner};
use nuan_domain::audit::proof::{Range, empty_root};
use nuan_domain::crypto::Hash;
use nuan_store::Store;
use nuan_store::audit::{self, AuditHead};
use nuan_vocabulary::division::DivisionCode;
use tokio::sync::watch;

pub use self::place::{Place, cosigned};
use crate::error::KernelError;
use crate::keys::Keys;
use crate::log::Act;
use crate::proofs;
use crate::witnessing::Witnesses;

/// The act of a leaf in the log of heads.
pub const HEAD: &str = "audit.head";

/// Where checkpoints go.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// The name of the log, as its checkpoints and its key carry it.
    pub origin: String,
    /// The file, in another folder than the database in production; none for a kernel that only reads, or lives in a test.
    pub file: Option<PathBuf>,
    /// Who is asked to cosign them.
    pub witnesses: Witnesses,
}

/// The newest checkpoint, as soon as it is published.
pub type Latest = watch::Receiver<Option<audit::Checkpoint>>;

/// Signs checkpoints and takes them outside.
pub struct Publisher {
    origin: String,
    signer: Option<NoteSigner>,
    place: Place,
    latest: watch::Sender<Option<audit::Checkpoint>>,
}

impl Publisher {
    /// A publisher, and where to hear of what it publishes.
    pub fn new(origin: &str, place: Place, keys: &Keys) -> (Self, Latest) {
        let (latest, heard) = watch::channel(None);
        let signer = NoteSigner::new(origin, keys.signer()).ok();
        (Self { origin: origin.to_owned(), signer, place, latest }, heard)
    }

    /// Whether checkpoints leave the process. Where they do not, heads that others left are not gathered either.
    pub fn has_a_place(&self) -> bool {
        self.place.is_there()
    }

    fn signer(&self) -> Result<&NoteSigner, KernelError> {
        self.signer.as_ref().ok_or_else(|| KernelError::Origin(self.origin.clone()))
    }

    /// The signed checkpoint of a head of the log of heads.
    pub fn sign(&self, head: &AuditHead) -> Result<audit::Checkpoint, KernelError> {
        let size = u64::try_from(head.size).unwrap_or(0);
        Ok(audit::Checkpoint { size: head.size, note: self.note(size, head.root)?, at: head.at })
    }

    fn note(&self, size: u64, root: Hash) -> Result<String, KernelError> {
        let signed = Checkpoint::new(self.origin.clone(), size, root).sign(self.signer()?);
        Ok(signed.map_err(|_| KernelError::Origin(self.origin.clone()))?.to_string())
    }

    /// The size of the checkpoint that lies outside, once the log of heads was found to have grown from it.
    ///
    /// A place where nothing lies begins with the checkpoint of the empty log, before anything is signed in the database. So
    /// once something was signed, there is always something outside, and where there is not, it was taken away.
    ///
    /// INVARIANT: what the log has not grown from is never replaced, and what is missing neither. It may be all that shows that
    /// an old copy was put in the database's place, or that its history was rewritten while nobody ran.
    pub async fn compare(&self, store: &Store) -> Result<i64, KernelError> {
        // Read before the database is: then what lies there is never ahead of it.
        let Some((path, text)) = self.place.read().await? else { return Ok(0) };
        let mut transaction = store.begin_read().await?;
        if text.is_empty() {
            let is_new = audit::last_checkpoint(&mut transaction).await?.is_none();
            drop(transaction);
            return if is_new { self.begin().await } else { Err(KernelError::OutsideMissing { path }) };
        }
        let differs = || KernelError::OutsideDiffers { path: path.clone() };
        let key = self.signer()?.key();
        let note = Note::parse(text.as_bytes()).map_err(|_| differs())?;
        let outside = Checkpoint::open(&note, key).map_err(|_| differs())?;
        let roots = match outside.size {
            0 => Ok(vec![empty_root(key.suite())]),
            until => {
                let whole = Range { from: 0, until };
                proofs::hashes(key.suite(), &mut transaction, DivisionCode::NATION, vec![whole]).await
            }
        };
        match roots {
            Ok(roots) if roots == [outside.root] => Ok(crate::log::number(outside.size)),
            Ok(_) | Err(KernelError::LogCut { .. }) => Err(differs()),
            Err(error) => Err(error),
        }
    }

    async fn begin(&self) -> Result<i64, KernelError> {
        let note = self.note(0, empty_root(self.signer()?.key().suite()))?;
        self.place.lock().await.write(0, note).await?;
        Ok(0)
    }

    /// Takes a checkpoint outside; it is durable there when this returns.
    pub async fn publish(&self, checkpoint: audit::Checkpoint) -> Result<(), KernelError> {
        self.place.lock().await.write(checkpoint.size, checkpoint.note.clone()).await?;
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
