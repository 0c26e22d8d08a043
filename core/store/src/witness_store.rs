//! The memory of a witness: of each log the last checkpoint that it cosigned, and the requests that may prove that a log has
//! shown two faces. A database of its own, on the machine of the witness.
//!
//! Not here: what is accepted, and signing. INVARIANT: what is held only grows; triggers refuse anything else.

use jiff::Timestamp;
use nuan_vocabulary::division::DivisionCode;
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::migrations::Schema;
use crate::row::{bytes, integer, parsed, text};
use crate::store::Store;
use crate::transaction::Transaction;

/// An opened memory with an up-to-date schema. Clones share its connections.
#[derive(Clone, Debug)]
pub struct WitnessStore(Store);

/// The last checkpoint that was cosigned for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// The log.
    pub origin: String,
    /// Its size.
    pub size: i64,
    /// Its root.
    pub root: [u8; 32],
    /// The checkpoint as the log signed it.
    pub note: String,
    /// When it was cosigned.
    pub at: Timestamp,
}

/// A request that was refused although the log had signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The log.
    pub origin: String,
    /// The digest of what the log signed: the same is kept once for each kind.
    pub digest: String,
    /// Why it was refused.
    pub kind: String,
    /// The size that was held then.
    pub held_size: i64,
    /// The signed checkpoint that was held then; empty where none was.
    pub held_note: String,
    /// The whole request.
    pub request: String,
    /// When it came.
    pub at: Timestamp,
}

const ONE: &str = "
select origin, size, root, note, at
from witnessed
where origin = $1";

const ALL: &str = "
select origin, size, root, note, at
from witnessed
order by origin";

const REMEMBER: &str = "
insert into witnessed (origin, size, root, note, at)
values ($1, $2, $3, $4, $5)
on conflict (origin) do update
set size = excluded.size, root = excluded.root, note = excluded.note, at = excluded.at";

const KEEP: &str = "
insert into evidence (origin, digest, kind, held_size, held_note, request, at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (origin, digest, kind) do nothing";

const COUNT: &str = "
select count(*) as kept
from evidence
where origin = $1 and kind = $2";

const EVIDENCE: &str = "
select origin, digest, kind, held_size, held_note, request, at
from evidence
order by at, origin, digest, kind";

const OWNER: &str = "
select key
from witness_key";

const GIVE_TO: &str = "
insert into witness_key (key, made_at)
values ($1, $2)";

impl WitnessStore {
    /// Opens `sqlite:PATH`, `sqlite::memory:` or `postgres://…` as `Store::open` does.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        Store::open_schema(address, Schema::Witness).await.map(Self)
    }

    /// Begins to compare and remember, alone: a second request waits, so that none is compared with what is old by then.
    pub async fn begin_write(&self) -> Result<Transaction, StoreError> {
        self.0.begin_write([DivisionCode::NATION]).await
    }

    /// Begins to read.
    pub async fn begin_read(&self) -> Result<Transaction, StoreError> {
        self.0.begin_read().await
    }

    /// Ends all connections; waits for what is under way.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

/// The key that the memory was made for.
pub async fn owner(transaction: &mut Transaction) -> Result<Option<String>, StoreError> {
    let row = sqlx::query(OWNER).fetch_optional(transaction.connection()).await.map_err(StoreError::ReadWitness)?;
    let key = row.as_ref().map(|row| text(row, "key").map(str::to_owned));
    key.transpose().map_err(StoreError::ReadWitness)
}

/// Gives the memory to a key, once.
pub async fn give_to(transaction: &mut Transaction, key: &str, at: Timestamp) -> Result<(), StoreError> {
    let query = sqlx::query(GIVE_TO).bind(key).bind(at.to_string());
    query.execute(transaction.connection()).await.map_err(StoreError::WriteWitness)?;
    Ok(())
}

/// What is held of a log.
pub async fn witnessed(transaction: &mut Transaction, origin: &str) -> Result<Option<Witnessed>, StoreError> {
    let query = sqlx::query(ONE).bind(origin);
    let row = query.fetch_optional(transaction.connection()).await.map_err(StoreError::ReadWitness)?;
    row.as_ref().map(to_witnessed).transpose().map_err(StoreError::ReadWitness)
}

/// What is held of all logs.
pub async fn all_witnessed(transaction: &mut Transaction) -> Result<Vec<Witnessed>, StoreError> {
    let rows = sqlx::query(ALL).fetch_all(transaction.connection()).await.map_err(StoreError::ReadWitness)?;
    rows.iter().map(to_witnessed).collect::<Result<_, _>>().map_err(StoreError::ReadWitness)
}

/// Replaces what is held of a log; a smaller size, or another root for the same size, is refused.
pub async fn remember(transaction: &mut Transaction, held: &Witnessed) -> Result<(), StoreError> {
    let query = sqlx::query(REMEMBER).bind(held.origin.as_str()).bind(held.size).bind(held.root.as_slice());
    let query = query.bind(held.note.as_str()).bind(held.at.to_string());
    query.execute(transaction.connection()).await.map_err(StoreError::WriteWitness)?;
    Ok(())
}

/// Keeps evidence, once for each kind: who is suspected of a note may be convicted with the same one.
pub async fn keep_evidence(transaction: &mut Transaction, evidence: &Evidence) -> Result<(), StoreError> {
    let query = sqlx::query(KEEP).bind(evidence.origin.as_str()).bind(evidence.digest.as_str());
    let query = query.bind(evidence.kind.as_str()).bind(evidence.held_size).bind(evidence.held_note.as_str());
    let query = query.bind(evidence.request.as_str()).bind(evidence.at.to_string());
    query.execute(transaction.connection()).await.map_err(StoreError::WriteWitness)?;
    Ok(())
}

/// How much evidence of a kind is kept about a log.
pub async fn count_evidence(transaction: &mut Transaction, origin: &str, kind: &str) -> Result<i64, StoreError> {
    let query = sqlx::query(COUNT).bind(origin).bind(kind);
    let row = query.fetch_one(transaction.connection()).await.map_err(StoreError::ReadWitness)?;
    integer(&row, "kept").map_err(StoreError::ReadWitness)
}

/// All evidence, the oldest first.
pub async fn evidence(transaction: &mut Transaction) -> Result<Vec<Evidence>, StoreError> {
    let rows = sqlx::query(EVIDENCE).fetch_all(transaction.connection()).await.map_err(StoreError::ReadWitness)?;
    rows.iter().map(to_evidence).collect::<Result<_, _>>().map_err(StoreError::ReadWitness)
}

fn to_witnessed(row: &AnyRow) -> sqlx::Result<Witnessed> {
    Ok(Witnessed {
        origin: text(row, "origin")?.to_owned(),
        size: integer(row, "size")?,
        root: bytes(row, "root")?,
        note: text(row, "note")?.to_owned(),
        at: parsed(row, "at")?,
    })
}

fn to_evidence(row: &AnyRow) -> sqlx::Result<Evidence> {
    Ok(Evidence {
        origin: text(row, "origin")?.to_owned(),
        digest: text(row, "digest")?.to_owned(),
        kind: text(row, "kind")?.to_owned(),
        held_size: integer(row, "held_size")?,
        held_note: text(row, "held_note")?.to_owned(),
        request: text(row, "request")?.to_owned(),
        at: parsed(row, "at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, on_both_witness_stores};

    on_both_witness_stores! {
        what_is_held_only_grows,
        evidence_is_kept_once_and_stays,
        a_memory_is_given_to_one_key,
        requests_at_once_are_compared_one_after_the_other,
    }

    fn held(size: i64, root: u8) -> Witnessed {
        let note = format!("log.example\n{size}\nroot\n\n— a signature\n");
        Witnessed { origin: "log.example".to_owned(), size, root: [root; 32], note, at: at("2026-01-01T00:00:00Z") }
    }

    async fn what_is_held_only_grows(store: &WitnessStore) {
        let mut writing = store.begin_write().await.unwrap();
        assert_eq!(witnessed(&mut writing, "log.example").await.unwrap(), None);
        for next in [held(0, 1), held(7, 2), held(7, 2), held(12, 3)] {
            remember(&mut writing, &next).await.unwrap();
        }
        writing.commit().await.unwrap();
        for refused in [held(11, 3), held(12, 4), held(0, 1)] {
            let mut writing = store.begin_write().await.unwrap();
            let error = remember(&mut writing, &refused).await.unwrap_err();
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.contains("witnessed only grows"), "{source}");
        }
        let mut writing = store.begin_write().await.unwrap();
        assert!(sqlx::query("delete from witnessed").execute(writing.connection()).await.is_err());
        drop(writing);
        let mut reading = store.begin_read().await.unwrap();
        assert_eq!(all_witnessed(&mut reading).await.unwrap(), [held(12, 3)]);
        assert_eq!(witnessed(&mut reading, "other.example").await.unwrap(), None);
    }

    async fn evidence_is_kept_once_and_stays(store: &WitnessStore) {
        let one = Evidence {
            origin: "log.example".to_owned(),
            digest: "d1".to_owned(),
            kind: "other-root".to_owned(),
            held_size: 7,
            held_note: held(7, 2).note,
            request: "old 7\n".to_owned(),
            at: at("2026-01-01T00:00:00Z"),
        };
        let other = Evidence { digest: "d2".to_owned(), kind: "not-proved".to_owned(), ..one.clone() };
        let mut writing = store.begin_write().await.unwrap();
        let convicted = Evidence { kind: "other-root".to_owned(), held_size: 9, ..other.clone() };
        for kept in [&one, &other, &one, &convicted] {
            keep_evidence(&mut writing, kept).await.unwrap();
        }
        assert_eq!(count_evidence(&mut writing, "log.example", "other-root").await.unwrap(), 2);
        assert_eq!(count_evidence(&mut writing, "other.example", "other-root").await.unwrap(), 0);
        writing.commit().await.unwrap();
        for change in ["update evidence set request = ''", "delete from evidence"] {
            let mut writing = store.begin_write().await.unwrap();
            let refused = sqlx::query(change).execute(writing.connection()).await.unwrap_err();
            assert!(refused.to_string().contains("evidence is append-only"), "{change}: {refused}");
        }
        assert_eq!(evidence(&mut store.begin_read().await.unwrap()).await.unwrap(), [one, other, convicted]);
    }

    async fn a_memory_is_given_to_one_key(store: &WitnessStore) {
        let mut writing = store.begin_write().await.unwrap();
        assert_eq!(owner(&mut writing).await.unwrap(), None);
        give_to(&mut writing, "w.example/one+1+A", at("2026-01-01T00:00:00Z")).await.unwrap();
        assert_eq!(owner(&mut writing).await.unwrap().as_deref(), Some("w.example/one+1+A"));
        writing.commit().await.unwrap();
        let mut writing = store.begin_write().await.unwrap();
        assert!(give_to(&mut writing, "w.example/two+2+B", at("2026-01-01T00:00:00Z")).await.is_err());
        drop(writing);
        for change in ["update witness_key set key = ''", "delete from witness_key"] {
            let mut writing = store.begin_write().await.unwrap();
            let refused = sqlx::query(change).execute(writing.connection()).await.unwrap_err();
            assert!(refused.to_string().contains("witness_key is written once"), "{change}: {refused}");
        }
    }

    async fn requests_at_once_are_compared_one_after_the_other(store: &WitnessStore) {
        let grow = async |store: WitnessStore| {
            for _ in 0..10 {
                let mut writing = store.begin_write().await.unwrap();
                let size = witnessed(&mut writing, "log.example").await.unwrap().map_or(0, |held| held.size);
                remember(&mut writing, &held(size + 1, 1)).await.unwrap();
                writing.commit().await.unwrap();
            }
        };
        let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(grow(store.clone()))).collect();
        for task in tasks {
            task.await.unwrap();
        }
        let mut reading = store.begin_read().await.unwrap();
        assert_eq!(witnessed(&mut reading, "log.example").await.unwrap().map(|held| held.size), Some(80));
    }
}
