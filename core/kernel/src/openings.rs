//! The opening of a leaf: with it and the content, anyone checks alone that the content is what the leaf commits to.
//!
//! INVARIANT: nothing is given out that is not shown to the same caller elsewhere. An opening lets its holder try contents until
//! one fits, so there is none where a content has a name or a document number, which are masked everywhere.

use nuan_domain::audit::{Leaf, hex};
use nuan_store::Transaction;
use nuan_store::audit::leaves;
use nuan_store::change_request;
use nuan_vocabulary::division::DivisionCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::places::LeafPlace;

/// Proposals of these kinds have names and document numbers in the clear.
const WITH_NAMES: [&str; 2] = ["identify", "join"];

/// A leaf with what it commits to. `opening` is the key of the keyed hash in `commitment`: `<name>:<hexadecimal digits>` over
/// the length of `content` in 8 bytes, the most significant first, and `content` in UTF-8.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpeningBody {
    /// `international` (HMAC with SHA-256) or `guo-mi` (HMAC with SM3).
    pub suite: String,
    /// The log: a county.
    pub log: DivisionCode,
    /// The number of the leaf.
    pub seq: u64,
    /// The leaf as it was hashed; it has the `commitment`.
    pub leaf: String,
    /// 32 bytes, hexadecimal. It opens the leaves about this subject and no others.
    pub opening: String,
    /// The content that the leaf commits to, to the byte.
    pub content: String,
}

impl std::fmt::Debug for OpeningBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpeningBody({}-{}, [redacted])", self.log, self.seq)
    }
}

impl Kernel {
    /// The opening of a leaf and the content that it commits to, after both were found to fit. That it was given out is logged.
    pub async fn opening(&self, actor: &Actor, place: LeafPlace) -> Result<OpeningBody, KernelError> {
        let LeafPlace { log, seq } = place;
        let mut transaction = self.0.store.begin_read().await?;
        let lost = || KernelError::NotFound(format!("an opening of leaf {seq} of log {log}"));
        let number = i64::try_from(seq).map_err(|_| lost())?;
        let row = leaves(&mut transaction, log, number, 1).await?.into_iter().find(|leaf| leaf.seq == number);
        let row = row.ok_or_else(lost)?;
        let leaf: Leaf = serde_json::from_str(&row.leaf).map_err(|_| KernelError::NotCommitted)?;
        match leaf.act.as_str() {
            // A head commits to its root, which the leaf says.
            "audit.head" => return Err(lost()),
            "household.erase" | "person.erase" => return Err(KernelError::Erased),
            _ => self.refuse_hidden(&mut transaction, &leaf).await?,
        }
        let (key, content) = self.content_of(&mut transaction, &leaf).await?;
        if key.commitment(&leaf.subject, &content) != leaf.commitment || *key.id != *leaf.key {
            return Err(KernelError::NotCommitted);
        }
        let opening = hex(&key.opening(&leaf.subject));
        let content = String::from_utf8(content).map_err(|_| KernelError::NotCommitted)?;
        tracing::info!(leaf = %place, act = %leaf.act, actor = actor.name(), "Gave out the opening of leaf {place}.");
        Ok(OpeningBody { suite: self.0.keys.suite().name().to_owned(), log, seq, leaf: row.leaf, opening, content })
    }

    /// Refuses leaves whose content has what is masked everywhere else. All leaves about a subject have one opening.
    async fn refuse_hidden(&self, transaction: &mut Transaction, leaf: &Leaf) -> Result<(), KernelError> {
        let is_hidden = match leaf.act.split('.').next().unwrap_or_default() {
            "household" | "determination" | "decision" | "entitlement" => false,
            "change" => {
                let lost = || KernelError::NotFound(leaf.subject.clone());
                let id = leaf.subject.parse().map_err(|_| lost())?;
                let row = change_request::change_request(transaction, id).await?.ok_or_else(lost)?;
                WITH_NAMES.contains(&row.kind.as_str())
            }
            // The contents of matches have what persons are found by.
            _ => true,
        };
        if is_hidden { Err(KernelError::OpeningHidden) } else { Ok(()) }
    }
}
