//! One key for each person and each household, kept wrapped in a store of its own: destroying a key erases what it sealed, in
//! every backup of the database, and leaves every proof.
//!
//! INVARIANT: what is sealed for one row and key opens for no other, and only beside the columns it was sealed with.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nuan_domain::audit::hex;
use nuan_domain::crypto::sealed_for::SealedFor;
use nuan_domain::crypto::{self, CryptoSuite, Key, Nonce};
use nuan_store::key_store::{self, KeyStore, Rewrapped};
use nuan_store::sealed::Sealed;

use crate::error::KernelError;
use crate::halt::Halt;
use crate::keys::Keys;
use crate::surroundings::{self, Shared};

/// So many keys are kept ahead at once, and again once no more than a few are left.
const MANY_AHEAD: usize = 1_024;
const FEW_AHEAD: usize = 256;

/// How many opened keys are remembered; beyond this the memory starts afresh.
const REMEMBERED: usize = 50_000;

/// How long they are remembered: so long this process still opens what another one has erased.
const REMEMBERED_FOR: Duration = Duration::from_secs(5);

/// What the ids of data keys begin with: of persons and households, and of what has a key for itself alone.
const OF_A_RECORD: &str = "dk_";
const OF_AN_ANSWER: &str = "ak_";

/// A data key, opened.
#[derive(Clone)]
pub struct DataKey {
    /// Its id, as sealed rows and leaves name it.
    pub id: Arc<str>,
    suite: CryptoSuite,
    key: Key,
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({}, [redacted])", self.id)
    }
}

impl DataKey {
    /// Seals content for one row.
    pub fn seal(&self, nonce: &Nonce, row: &SealedFor, content: &[u8]) -> Result<Sealed, KernelError> {
        let ciphertext = self.suite.seal(&self.key, nonce, &row.associated(&self.id), content);
        let ciphertext = ciphertext.map_err(|_| KernelError::CannotSeal)?;
        Ok(Sealed { key_id: self.id.to_string(), ciphertext })
    }

    /// Opens what was sealed for this row.
    pub fn open(&self, row: &SealedFor, sealed: &Sealed) -> Result<Vec<u8>, KernelError> {
        let refuse = || KernelError::CannotOpen { table: row.table, row: row.id.clone() };
        if sealed.key_id != *self.id {
            return Err(refuse());
        }
        crypto::open(&self.key, &row.associated(&self.id), &sealed.ciphertext).map_err(|_| refuse())
    }

    /// What a leaf says of a content: whoever is given the opening can check it, nobody else can guess.
    pub fn commitment(&self, subject: &str, content: &[u8]) -> String {
        let mac = self.suite.mac(&self.opening(subject), &[content]);
        format!("{}:{}", self.suite.mac_name(), hex(&mac))
    }

    /// The key of one commitment.
    pub fn opening(&self, subject: &str) -> Key {
        self.suite.mac(&self.key, &[b"commitment", subject.as_bytes()])
    }
}

/// A new data key.
pub struct NewKey {
    /// The key, ready to seal.
    pub key: DataKey,
    /// What the key store has yet to keep; nothing, where the key was kept ahead.
    pub row: Option<key_store::DataKey>,
}

/// The opened keys of some rows.
pub type Opened = HashMap<String, DataKey>;

/// Opened keys, and since when the oldest of them may be there.
struct Remembered {
    keys: Opened,
    since: Instant,
}

impl Remembered {
    fn nothing() -> Self {
        Self { keys: Opened::new(), since: Instant::now() }
    }

    /// What is still remembered.
    fn recent(&mut self) -> &mut Opened {
        if REMEMBERED_FOR <= self.since.elapsed() {
            *self = Self::nothing();
        }
        &mut self.keys
    }
}

/// Makes, finds and remembers data keys.
pub struct DataKeys {
    store: KeyStore,
    keys: Mutex<Arc<Keys>>,
    surroundings: Shared,
    remembered: Mutex<Remembered>,
    ahead: Mutex<Vec<DataKey>>,
    halt: Halt,
}

impl DataKeys {
    /// Data keys in a store, wrapped under the keys of an installation. A commit to the store that fails stops the writer.
    pub fn new(store: KeyStore, keys: Arc<Keys>, surroundings: Shared, halt: Halt) -> Self {
        let (keys, remembered) = (Mutex::new(keys), Mutex::new(Remembered::nothing()));
        Self { store, keys, surroundings, remembered, ahead: Mutex::default(), halt }
    }

    /// Where the wrapped keys lie.
    pub const fn store(&self) -> &KeyStore {
        &self.store
    }

    /// Random bytes for one sealing. With a key of its own, no person is sealed for often enough to repeat one.
    pub fn nonce(&self) -> Nonce {
        let mut nonce = [0; 12];
        self.surroundings.fill_random(&mut nonce);
        nonce
    }

    /// A key for a person or household: one that is kept ahead, or a new one, which is kept with the act that uses it first.
    pub fn draw(&self) -> Result<NewKey, KernelError> {
        match self.ahead.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            Some(key) => Ok(NewKey { key, row: None }),
            None => self.draw_new(OF_A_RECORD).map(|(key, row)| NewKey { key, row: Some(row) }),
        }
    }

    /// A key for one answer that is about no household. Its id says so: it goes when the answer is forgotten.
    pub fn draw_for_answer(&self) -> Result<NewKey, KernelError> {
        self.draw_new(OF_AN_ANSWER).map(|(key, row)| NewKey { key, row: Some(row) })
    }

    /// Destroys those of the keys that sealed one answer each; all others seal what is not forgotten. Nobody's data was under
    /// them, so their traces are not overwritten, for which every act would have to wait.
    pub async fn destroy_those_of_answers(&self, mut ids: Vec<String>) -> Result<u64, KernelError> {
        ids.retain(|id| id.starts_with(OF_AN_ANSWER));
        if ids.is_empty() {
            return Ok(0);
        }
        let now = self.surroundings.now();
        Ok(self.halt.heed(self.store.store(), key_store::destroy(&self.store, &ids, now).await)?)
    }

    /// Keeps keys ahead where few are left: one sync of the key store for many acts. Those of a process that ends are never used.
    pub async fn keep_ahead(&self) -> Result<(), KernelError> {
        let left = self.ahead.lock().unwrap_or_else(PoisonError::into_inner).len();
        if left > FEW_AHEAD {
            return Ok(());
        }
        let (mut keys, mut rows) = (Vec::with_capacity(MANY_AHEAD), Vec::with_capacity(MANY_AHEAD));
        for _ in 0..MANY_AHEAD {
            let (key, row) = self.draw_new(OF_A_RECORD)?;
            keys.push(key);
            rows.push(row);
        }
        self.keep(&rows).await?;
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner).extend(keys);
        Ok(())
    }

    fn draw_new(&self, of: &str) -> Result<(DataKey, key_store::DataKey), KernelError> {
        let id = format!("{of}{}", surroundings::new_uuid(self.surroundings.as_ref()).simple());
        let mut key = [0; 32];
        self.surroundings.fill_random(&mut key);
        let keys = self.keys();
        let wrapped = keys.wrap(&id, &key, &self.nonce()).map_err(|_| KernelError::CannotSeal)?;
        let row = key_store::DataKey {
            id: id.clone(),
            wrap_key_id: keys.current().to_owned(),
            wrapped: Some(wrapped),
            created_at: self.surroundings.now(),
            destroyed_at: None,
        };
        Ok((DataKey { id: id.into(), suite: keys.suite(), key }, row))
    }

    /// Keeps new keys: what they seal may be written after this and not before.
    ///
    /// The key file is looked at once they are kept. Whoever rotated it since they were drawn may not have seen them, and
    /// forgets what they are wrapped under; so they are wrapped anew, whoever else in this process noticed the rotation first.
    /// The last look finds all of them under the key of the file: a rotation that begins after it sees them. A process that
    /// ends before that has begun no act with them.
    pub async fn keep(&self, rows: &[key_store::DataKey]) -> Result<(), KernelError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.halt.heed(self.store.store(), key_store::insert_keys(&self.store, rows).await)?;
        let mut kept = rows.to_vec();
        loop {
            self.take_up_rotation()?;
            let keys = self.keys();
            kept.retain(|row| row.wrapped.is_some() && row.wrap_key_id != keys.current());
            if kept.is_empty() {
                return Ok(());
            }
            self.rewrap_rows(&kept).await?;
            let ids: Vec<String> = kept.into_iter().map(|row| row.id).collect();
            kept = key_store::keys(&self.store, &ids).await?;
        }
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the key file, a few hundred bytes, and takes up what another process has rotated.
    fn take_up_rotation(&self) -> Result<(), KernelError> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(newer) = keys.newer()? {
            tracing::info!(key.id = newer.current(), "The key file has a new wrap key.");
            *keys = Arc::new(newer);
        }
        Ok(())
    }

    /// The keys with these ids that are not destroyed. A key that is not there, or that cannot be opened, is an error.
    pub async fn find(&self, ids: impl IntoIterator<Item = &str>) -> Result<Opened, KernelError> {
        let mut found = Opened::new();
        let mut asked = HashSet::new();
        let mut wanted: Vec<String> = Vec::new();
        {
            let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            let remembered = remembered.recent();
            for id in ids {
                match remembered.get(id) {
                    Some(key) => drop(found.insert(id.to_owned(), key.clone())),
                    None if asked.insert(id) => wanted.push(id.to_owned()),
                    None => {}
                }
            }
        }
        if wanted.is_empty() {
            return Ok(found);
        }
        let mut opened = Opened::new();
        let rows = key_store::keys(&self.store, &wanted).await?;
        if rows.len() < wanted.len() {
            let lost = wanted.into_iter().find(|id| !rows.iter().any(|row| row.id == *id)).unwrap_or_default();
            return Err(KernelError::CannotOpen { table: "data_key", row: lost });
        }
        for row in rows {
            let key = match self.opened(&row) {
                Err(_) => self.opened_as_it_is_now(&row.id).await?,
                key => key?,
            };
            if let Some(key) = key {
                opened.insert(row.id, key);
            }
        }
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = remembered.recent();
        if remembered.len() + opened.len() > REMEMBERED {
            remembered.clear();
        }
        remembered.extend(opened.iter().map(|(id, key)| (id.clone(), key.clone())));
        found.extend(opened);
        Ok(found)
    }

    /// The wrapped keys with these ids, for one pass over many rows: nothing is opened and nothing remembered.
    pub async fn wrapped(&self, ids: &[String]) -> Result<Vec<key_store::DataKey>, KernelError> {
        Ok(key_store::keys(&self.store, ids).await?)
    }

    /// Opens what `wrapped` found. Nothing: it is destroyed.
    pub fn open(&self, row: &key_store::DataKey) -> Result<Option<DataKey>, KernelError> {
        self.opened(row)
    }

    /// The key of one row.
    pub async fn of(&self, sealed: &Sealed) -> Result<DataKey, KernelError> {
        let mut found = self.find([sealed.key_id.as_str()]).await?;
        found.remove(&sealed.key_id).ok_or(KernelError::Erased)
    }

    /// Reads a key once more: since it was read, another process may have wrapped it anew and forgotten what it lay under.
    async fn opened_as_it_is_now(&self, id: &str) -> Result<Option<DataKey>, KernelError> {
        let rows = key_store::keys(&self.store, &[id.to_owned()]).await?;
        let lost = || KernelError::CannotOpen { table: "data_key", row: id.to_owned() };
        self.opened(rows.first().ok_or_else(lost)?)
    }

    fn opened(&self, row: &key_store::DataKey) -> Result<Option<DataKey>, KernelError> {
        let Some(wrapped) = &row.wrapped else { return Ok(None) };
        if !self.keys().has(&row.wrap_key_id) {
            self.take_up_rotation()?;
        }
        let keys = self.keys();
        let key = keys.unwrap_key(&row.id, &row.wrap_key_id, wrapped);
        let key = key.map_err(|_| KernelError::CannotOpen { table: "data_key", row: row.id.clone() })?;
        Ok(Some(DataKey { id: row.id.as_str().into(), suite: keys.suite(), key }))
    }

    /// Destroys keys for good; says how many there were.
    pub async fn destroy(&self, ids: &[String]) -> Result<u64, KernelError> {
        let now = self.surroundings.now();
        let destroyed = self.halt.heed(self.store.store(), key_store::destroy(&self.store, ids, now).await)?;
        if !key_store::overwrite_destroyed(&self.store).await? {
            tracing::warn!(
                "Destroyed keys still stand in the key store's log: a reader is in the way. Erase once more."
            );
        }
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).keys.clear();
        tracing::info!(keys = destroyed, "Destroyed {destroyed} data keys.");
        Ok(destroyed)
    }

    /// Wraps every key anew that is wrapped under another key than the current one. `progress` hears of every page.
    ///
    /// Readers and writers go on meanwhile. One that was cut off is begun again, and goes on with what is left. At the end
    /// nothing lies under another key, unless a process that knows only the old one keeps new ones right then; it wraps those
    /// anew itself (`keep`).
    pub async fn rewrap(&self, mut progress: impl FnMut(u64)) -> Result<u64, KernelError> {
        let mut done = 0;
        loop {
            let in_use = key_store::wrap_keys_in_use(&self.store).await?;
            let keys = self.keys();
            // A process that was killed right after it had kept keys may leave some under a key that was forgotten. Nobody uses
            // them, and nobody can open them.
            let Some(old) = in_use.iter().find(|id| **id != keys.current() && keys.has(id)) else { return Ok(done) };
            let mut after = String::new();
            loop {
                let page = key_store::keys_wrapped_under(&self.store, old, &after, 1_000).await?;
                let Some(last) = page.last() else { break };
                after.clone_from(&last.id);
                done += self.rewrap_rows(&page).await?;
                progress(done);
            }
        }
    }

    async fn rewrap_rows(&self, rows: &[key_store::DataKey]) -> Result<u64, KernelError> {
        let keys = self.keys();
        let mut rewrapped = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(key) = self.opened(row)? else { continue };
            let wrapped = keys.wrap(&row.id, &key.key, &self.nonce()).map_err(|_| KernelError::CannotSeal)?;
            rewrapped.push(Rewrapped { id: row.id.clone(), from: row.wrap_key_id.clone(), wrapped });
        }
        let current = keys.current();
        Ok(self.halt.heed(self.store.store(), key_store::rewrap(&self.store, current, &rewrapped).await)?)
    }
}

#[cfg(test)]
mod tests;
