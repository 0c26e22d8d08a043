//! The key store: the wrapped data keys of persons and households, in a database of its own with its own backup period.
//!
//! Not here: the wrap key, the wrapping, whose key it is (the register's rows name it), who may destroy. INVARIANT: a destroyed key never comes back; triggers refuse it.

use std::fmt;

use jiff::Timestamp;
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::insert::{AnyQuery, Insert, insert_rows};
use crate::migrations::Schema;
use crate::row::{blob_or_none, integer, parsed, parsed_or_none, text};
use crate::store::{Database, Store};
use crate::transaction::Transaction;

/// How many keys one query asks for.
const AT_ONCE: usize = 8_192;

/// The key of a person or a household, wrapped. The store cannot open it.
#[derive(Clone, PartialEq, Eq)]
pub struct DataKey {
    /// Its id, as sealed rows name it.
    pub id: String,
    /// The key under which it is wrapped.
    pub wrap_key_id: String,
    /// The wrapped key; none once it is destroyed.
    pub wrapped: Option<Vec<u8>>,
    /// When it was drawn.
    pub created_at: Timestamp,
    /// When it was destroyed.
    pub destroyed_at: Option<Timestamp>,
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.wrapped.is_some() { "wrapped under" } else { "destroyed, once under" };
        write!(f, "DataKey({}, {state} {})", self.id, self.wrap_key_id)
    }
}

/// A key that is wrapped anew.
#[derive(Clone, PartialEq, Eq)]
pub struct Rewrapped {
    /// Its id.
    pub id: String,
    /// The key under which it was wrapped until now.
    pub from: String,
    /// The key as it is wrapped now.
    pub wrapped: Vec<u8>,
}

impl fmt::Debug for Rewrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rewrapped({}, once under {})", self.id, self.from)
    }
}

/// An opened key store with an up-to-date schema. Clones share its connections.
#[derive(Clone, Debug)]
pub struct KeyStore(Store);

const INSERT: Insert = insert_rows!("insert into data_key (id, wrap_key_id, wrapped, created_at, destroyed_at)", 5);

/// The ids as one JSON array, since SQLite's driver looks up each `$n` among all the others.
const KEYS_ON_SQLITE: &str = "
select id, wrap_key_id, wrapped, created_at, destroyed_at
from data_key
where id in (select value from json_each($1))";

const KEYS_ON_POSTGRES: &str = "
select id, wrap_key_id, wrapped, created_at, destroyed_at
from data_key
where id = any (array(select json_array_elements_text(cast($1 as json))))";

const AFTER: &str = "
select id, wrap_key_id, wrapped, created_at, destroyed_at
from data_key
where id > $1
order by id
limit $2";

const WRAPPED_UNDER: &str = "
select id, wrap_key_id, wrapped, created_at, destroyed_at
from data_key
where wrap_key_id = $1 and destroyed_at is null and id > $2
order by id
limit $3";

/// Steps from wrap key to wrap key along their index, instead of reading every data key.
const WRAP_KEYS_IN_USE: &str = "
with recursive used (wrap_key_id) as (
  select min(wrap_key_id)
  from data_key
  where destroyed_at is null
  union all
  select (select min(k.wrap_key_id) from data_key k where k.destroyed_at is null and k.wrap_key_id > used.wrap_key_id)
  from used
  where used.wrap_key_id is not null
)
select wrap_key_id
from used
where wrap_key_id is not null";

const REWRAP: &str = "
update data_key
set wrap_key_id = $2, wrapped = $3
where id = $1 and wrap_key_id = $4 and destroyed_at is null";

const DESTROY: &str = "
update data_key
set wrapped = null, destroyed_at = $2
where id = $1 and destroyed_at is null";

/// What was overwritten still stands in the write-ahead log until that is emptied.
const EMPTY_WAL: &str = "
pragma wal_checkpoint(truncate)";

/// What was overwritten still stands in the table's pages until it is written anew.
const REWRITE_TABLE: &str = "
vacuum full data_key";

impl KeyStore {
    /// Opens `sqlite:PATH`, `sqlite::memory:` or `postgres://…` as `Store::open` does. Not the register's database.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        Store::open_schema(address, Schema::Keys).await.map(Self)
    }

    /// The same for whoever verifies what was just restored.
    pub async fn open_unverified(address: &str) -> Result<Self, StoreError> {
        Store::open_schema_unverified(address, Schema::Keys).await.map(Self)
    }

    /// The database itself: for its durability settings and its backup.
    pub const fn store(&self) -> &Store {
        &self.0
    }

    /// Ends all connections; waits for what is under way.
    pub async fn close(&self) {
        self.0.close().await;
    }

    async fn begin_write(&self) -> Result<Transaction, StoreError> {
        self.0.begin_write([]).await
    }
}

/// Inserts new keys, durably once this returns; one that is there already refuses all.
pub async fn insert_keys(store: &KeyStore, keys: &[DataKey]) -> Result<(), StoreError> {
    let mut writing = store.begin_write().await?;
    INSERT.all(writing.connection(), keys, bind_key).await.map_err(StoreError::WriteKeys)?;
    writing.commit().await
}

/// The keys with these ids, destroyed ones too, in no particular order. An id that is not there is left out.
pub async fn keys(store: &KeyStore, ids: &[String]) -> Result<Vec<DataKey>, StoreError> {
    let mut reading = store.0.begin_read().await?;
    let text = match store.0.database() {
        Database::Sqlite => KEYS_ON_SQLITE,
        Database::Postgres => KEYS_ON_POSTGRES,
    };
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let list = serde_json::Value::from(some).to_string();
        found.extend(listed(&mut reading, sqlx::query(text).bind(list)).await?);
    }
    Ok(found)
}

/// At most `limit` keys in the order of their ids after `after` (empty: from the first), destroyed ones too.
pub async fn keys_after(store: &KeyStore, after: &str, limit: u32) -> Result<Vec<DataKey>, StoreError> {
    let mut reading = store.0.begin_read().await?;
    listed(&mut reading, sqlx::query(AFTER).bind(after).bind(i64::from(limit))).await
}

/// At most `limit` keys that are wrapped under this key and not destroyed, in the order of their ids after `after`.
pub async fn keys_wrapped_under(
    store: &KeyStore,
    wrap_key_id: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<DataKey>, StoreError> {
    let mut reading = store.0.begin_read().await?;
    let query = sqlx::query(WRAPPED_UNDER).bind(wrap_key_id).bind(after).bind(i64::from(limit));
    listed(&mut reading, query).await
}

/// The wrap keys under which a key lies that is not destroyed, ascending.
pub async fn wrap_keys_in_use(store: &KeyStore) -> Result<Vec<String>, StoreError> {
    let mut reading = store.0.begin_read().await?;
    let rows = sqlx::query(WRAP_KEYS_IN_USE).fetch_all(reading.connection()).await.map_err(StoreError::ReadKeys)?;
    let id = |row| text(row, "wrap_key_id").map(str::to_owned);
    rows.iter().map(id).collect::<Result<_, _>>().map_err(StoreError::ReadKeys)
}

/// Puts keys under another wrap key, all or none; says how many. One that was destroyed or put under a third key in the
/// meantime stays so: whoever was slower must not undo a later rotation.
pub async fn rewrap(store: &KeyStore, wrap_key_id: &str, keys: &[Rewrapped]) -> Result<u64, StoreError> {
    let mut writing = store.begin_write().await?;
    let mut rewrapped = 0;
    for key in keys {
        let query = sqlx::query(REWRAP).bind(key.id.as_str()).bind(wrap_key_id).bind(key.wrapped.as_slice());
        let query = query.bind(key.from.as_str());
        rewrapped += query.execute(writing.connection()).await.map_err(StoreError::WriteKeys)?.rows_affected();
    }
    writing.commit().await?;
    Ok(rewrapped)
}

/// Destroys keys; says how many there were. `overwrite_destroyed` removes their traces.
pub async fn destroy(store: &KeyStore, ids: &[String], at: Timestamp) -> Result<u64, StoreError> {
    let mut writing = store.begin_write().await?;
    let mut destroyed = 0;
    for id in ids {
        let query = sqlx::query(DESTROY).bind(id.as_str()).bind(at.to_string());
        destroyed += query.execute(writing.connection()).await.map_err(StoreError::WriteKeys)?.rows_affected();
    }
    writing.commit().await?;
    Ok(destroyed)
}

/// Removes the bytes of destroyed keys from the files: the log on SQLite (pages are overwritten at once there), the table
/// on PostgreSQL (not its archived log, which has to expire). Says whether it was done; no: a reader was in the way.
pub async fn overwrite_destroyed(store: &KeyStore) -> Result<bool, StoreError> {
    match store.0.database() {
        Database::Sqlite => empty_wal(store).await.map_err(StoreError::WriteKeys),
        Database::Postgres => rewrite_table(store).await.map_err(StoreError::WriteKeys),
    }
}

async fn empty_wal(store: &KeyStore) -> sqlx::Result<bool> {
    let row = sqlx::query(EMPTY_WAL).fetch_one(store.0.writers()).await?;
    Ok(integer(&row, "busy")? == 0)
}

async fn rewrite_table(store: &KeyStore) -> sqlx::Result<bool> {
    sqlx::query(REWRITE_TABLE).execute(store.0.writers()).await?;
    Ok(true)
}

async fn listed(reading: &mut Transaction, query: AnyQuery<'_>) -> Result<Vec<DataKey>, StoreError> {
    let rows = query.fetch_all(reading.connection()).await.map_err(StoreError::ReadKeys)?;
    rows.iter().map(to_key).collect::<Result<_, _>>().map_err(StoreError::ReadKeys)
}

fn bind_key<'q>(query: AnyQuery<'q>, row: &'q DataKey) -> AnyQuery<'q> {
    query
        .bind(row.id.as_str())
        .bind(row.wrap_key_id.as_str())
        .bind(row.wrapped.as_deref())
        .bind(row.created_at.to_string())
        .bind(row.destroyed_at.map(|at| at.to_string()))
}

fn to_key(row: &AnyRow) -> sqlx::Result<DataKey> {
    Ok(DataKey {
        id: text(row, "id")?.to_owned(),
        wrap_key_id: text(row, "wrap_key_id")?.to_owned(),
        wrapped: blob_or_none(row, "wrapped")?.map(<[u8]>::to_vec),
        created_at: parsed(row, "created_at")?,
        destroyed_at: parsed_or_none(row, "destroyed_at")?,
    })
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;
    use crate::fixture::{at, on_both_key_stores, sqlite};

    on_both_key_stores! {
        keys_are_found_by_id,
        a_key_is_kept_once,
        a_destroyed_key_never_comes_back,
        a_slower_rewrap_does_not_undo_a_later_one,
        keys_are_put_under_another_wrap_key_page_by_page,
    }

    fn key(number: u8) -> DataKey {
        DataKey {
            id: format!("dk_{number:03}"),
            wrap_key_id: "w1".to_owned(),
            wrapped: Some(vec![number, 0, 255]),
            created_at: at("2026-01-01T00:00:00Z"),
            destroyed_at: None,
        }
    }

    fn ids(keys: &[DataKey]) -> Vec<String> {
        keys.iter().map(|key| key.id.clone()).collect()
    }

    fn rewrapped(key: &DataKey, from: &str, byte: u8) -> Rewrapped {
        Rewrapped { id: key.id.clone(), from: from.to_owned(), wrapped: vec![byte] }
    }

    /// Forty keys, of which tests destroy the even ones.
    async fn forty(store: &KeyStore) -> Vec<DataKey> {
        let all: Vec<DataKey> = (0..40).map(key).collect();
        insert_keys(store, &all).await.unwrap();
        all
    }

    async fn keys_are_found_by_id(store: &KeyStore) {
        let all = forty(store).await;
        let mut asked = ids(&all[..37]);
        asked.push("dk_999".to_owned());
        let mut found = keys(store, &asked).await.unwrap();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(found, all[..37]);
        assert_eq!(keys(store, &[]).await.unwrap(), []);
        assert_eq!(keys_after(store, "", 30).await.unwrap(), all[..30]);
        assert_eq!(keys_after(store, &all[29].id, 30).await.unwrap(), all[30..]);
    }

    async fn a_key_is_kept_once(store: &KeyStore) {
        insert_keys(store, &[key(1)]).await.unwrap();
        let again = insert_keys(store, &[key(2), DataKey { wrapped: Some(vec![9]), ..key(1) }]).await.unwrap_err();
        assert!(again.is_duplicate(), "{again:?}");
        assert_eq!(keys_after(store, "", 9).await.unwrap(), [key(1)]);
    }

    async fn a_destroyed_key_never_comes_back(store: &KeyStore) {
        let all = forty(store).await;
        let even: Vec<String> = ids(&all).into_iter().step_by(2).collect();
        let moment = at("2026-03-01T00:00:00Z");
        assert_eq!(destroy(store, &even, moment).await.unwrap(), 20);
        assert_eq!(destroy(store, &even, at("2026-03-02T00:00:00Z")).await.unwrap(), 0);
        let destroyed = DataKey { wrapped: None, destroyed_at: Some(moment), ..all[0].clone() };
        assert_eq!(keys(store, from_ref(&all[0].id)).await.unwrap(), [destroyed]);
        assert_eq!(keys(store, from_ref(&all[1].id)).await.unwrap(), [all[1].clone()]);
        assert_eq!(rewrap(store, "w2", &[rewrapped(&all[0], "w1", 1)]).await.unwrap(), 0);
        assert!(overwrite_destroyed(store).await.unwrap());
        for change in [
            "update data_key set wrapped = 'x', destroyed_at = null where id = 'dk_000'",
            "update data_key set id = 'dk_998' where id = 'dk_001'",
            "delete from data_key where id = 'dk_000'",
        ] {
            let mut writing = store.begin_write().await.unwrap();
            let refused = sqlx::query(change).execute(writing.connection()).await.unwrap_err();
            assert!(refused.to_string().contains("data_key is destroyed once"), "{change}: {refused}");
        }
    }

    async fn a_slower_rewrap_does_not_undo_a_later_one(store: &KeyStore) {
        insert_keys(store, &[key(1)]).await.unwrap();
        assert_eq!(rewrap(store, "w3", &[rewrapped(&key(1), "w1", 3)]).await.unwrap(), 1);
        assert_eq!(rewrap(store, "w2", &[rewrapped(&key(1), "w1", 2)]).await.unwrap(), 0);
        let later = DataKey { wrap_key_id: "w3".to_owned(), wrapped: Some(vec![3]), ..key(1) };
        assert_eq!(keys_after(store, "", 9).await.unwrap(), [later]);
    }

    async fn keys_are_put_under_another_wrap_key_page_by_page(store: &KeyStore) {
        let all = forty(store).await;
        assert_eq!(wrap_keys_in_use(store).await.unwrap(), ["w1"]);
        let page = keys_wrapped_under(store, "w1", "", 30).await.unwrap();
        assert_eq!(page, all[..30]);
        let wrapped: Vec<_> = page.iter().map(|key| rewrapped(key, "w1", 7)).collect();
        assert_eq!(rewrap(store, "w2", &wrapped).await.unwrap(), 30);
        assert_eq!(wrap_keys_in_use(store).await.unwrap(), ["w1", "w2"]);
        assert_eq!(keys_wrapped_under(store, "w1", "", 30).await.unwrap(), all[30..]);
        let moved = DataKey { wrap_key_id: "w2".to_owned(), wrapped: Some(vec![7]), ..all[3].clone() };
        assert_eq!(keys(store, from_ref(&all[3].id)).await.unwrap(), [moved]);
        destroy(store, &ids(&all[..30]).into_iter().step_by(2).collect::<Vec<_>>(), at("2026-03-01T00:00:00Z"))
            .await
            .unwrap();
        assert_eq!(keys_wrapped_under(store, "w2", "", 99).await.unwrap().len(), 15);
    }

    /// On SQLite the files are there to look at: a wrapped key is in one of them before it is destroyed, and in none after.
    #[tokio::test]
    async fn the_bytes_of_a_destroyed_key_are_gone_from_the_files() {
        let database = sqlite().await;
        let store = KeyStore::open(&database.address).await.unwrap();
        let marked = b"a wrapped key to look for in files".to_vec();
        insert_keys(&store, &[DataKey { wrapped: Some(marked.clone()), ..key(1) }, key(2)]).await.unwrap();
        let path = database.address.strip_prefix("sqlite:").unwrap().to_owned();
        let is_there = || {
            let files = [path.clone(), format!("{path}-wal")].map(|file| std::fs::read(file).unwrap_or_default());
            files.iter().any(|file| file.windows(marked.len()).any(|bytes| bytes == marked))
        };
        assert!(is_there());
        destroy(&store, &[key(1).id], at("2026-03-01T00:00:00Z")).await.unwrap();
        assert!(overwrite_destroyed(&store).await.unwrap());
        assert!(!is_there());
        store.close().await;
        database.remove().await;
    }
}
