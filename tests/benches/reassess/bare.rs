//! The yardstick: the rows that a reassessment wrote, copied with `insert … select` into empty tables of the same form, with
//! the same indexes and durability, a transaction for every batch. Nothing that stores these bytes durably is faster.

use std::time::Instant;

use anyhow::Result;
use nuan_store::Store;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

use crate::place::{On, Place};
use crate::run::AS_OF;

/// Households of one batch.
const BATCH: u64 = 2_048;

/// The rows of the reassessment, numbered. Of the tree as many nodes as leaves: about that many were written.
const SQLITE_SOURCES: [&str; 3] = [
    "create temp table determinations as select d.rowid as row from source.determination d where d.as_of = $1",
    "create temp table leaves as select l.rowid as row from source.audit_leaf l
     where l.subject in (select id from source.determination where as_of = $1)",
    "create temp table nodes as select n.county, n.level, n.position from source.audit_node n
     where $1 <> '' limit (select count(*) from leaves)",
];

const SQLITE_COPIES: [&str; 3] = [
    "insert into main.determination select d.* from determinations s join source.determination d on d.rowid = s.row
     where s.rowid > $1 and s.rowid <= $2",
    "insert into main.audit_leaf select l.* from leaves s join source.audit_leaf l on l.rowid = s.row
     where s.rowid > $1 and s.rowid <= $2",
    "insert into main.audit_node select n.* from nodes s join source.audit_node n
     on n.county = s.county and n.level = s.level and n.position = s.position where s.rowid > $1 and s.rowid <= $2",
];

const POSTGRES_SOURCES: [&str; 10] = [
    "create schema bare",
    "create table bare.determination (like public.determination including all)",
    "create table bare.audit_leaf (like public.audit_leaf including all)",
    "create table bare.audit_node (like public.audit_node including all)",
    "create table bare.determinations as select row_number() over (order by id) as n, d as r from public.determination d
     where d.as_of = '2025-10-01'",
    "create table bare.leaves as select row_number() over (order by l.county, l.seq) as n, l as r from public.audit_leaf l
     join public.determination d on d.id = l.subject where d.as_of = '2025-10-01'",
    "create table bare.nodes as select row_number() over () as n, a as r from public.audit_node a
     limit (select count(*) from bare.leaves)",
    "create index on bare.determinations (n)",
    "create index on bare.leaves (n)",
    "create index on bare.nodes (n)",
];

const POSTGRES_COPIES: [&str; 3] = [
    "insert into bare.determination select (r).* from bare.determinations where n > $1 and n <= $2",
    "insert into bare.audit_leaf select (r).* from bare.leaves where n > $1 and n <= $2",
    "insert into bare.audit_node select (r).* from bare.nodes where n > $1 and n <= $2",
];

/// Microseconds to copy the tables.
pub async fn insert(place: &Place, households: u64) -> Result<f64> {
    match place.on {
        On::Sqlite => on_sqlite(place, households).await,
        On::Postgres => on_postgres(place, households).await,
    }
}

async fn on_sqlite(place: &Place, households: u64) -> Result<f64> {
    let file = place.folder().join("bare.sqlite");
    Store::open(&format!("sqlite:{}", file.display())).await?.close().await;
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", "8000")
        .pragma("cache_size", "-32768")
        .foreign_keys(false);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query("attach $1 as source").bind(place.database()).execute(&mut connection).await?;
    for source in SQLITE_SOURCES {
        sqlx::query(source).bind(AS_OF).execute(&mut connection).await?;
    }
    let start = Instant::now();
    for first in (0..households).step_by(usize::try_from(BATCH)?) {
        let mut transaction = connection.begin().await?;
        let (after, last) = (i64::try_from(first)?, i64::try_from(first + BATCH)?);
        for copy in SQLITE_COPIES {
            sqlx::query(copy).bind(after).bind(last).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }
    Ok(start.elapsed().as_secs_f64() * 1_000_000.0)
}

async fn on_postgres(place: &Place, households: u64) -> Result<f64> {
    let mut connection = PgConnection::connect(&place.database()).await?;
    for source in POSTGRES_SOURCES {
        sqlx::query(source).execute(&mut connection).await?;
    }
    let start = Instant::now();
    for first in (0..households).step_by(usize::try_from(BATCH)?) {
        let mut transaction = connection.begin().await?;
        let (after, last) = (i64::try_from(first)?, i64::try_from(first + BATCH)?);
        for copy in POSTGRES_COPIES {
            sqlx::query(copy).bind(after).bind(last).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }
    Ok(start.elapsed().as_secs_f64() * 1_000_000.0)
}
