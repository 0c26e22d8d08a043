//! The databases from beneath the program: fresh ones on the PostgreSQL server that `cargo xtask test` starts, the
//! processes of that server, and the rows of a SQLite file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use nuan_tests::installation;
use sqlx::any::Any;
use sqlx::migrate::MigrateDatabase;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};
use tokio::runtime::{Builder, Runtime};

/// The bytes of one row of filling.
const MEGABYTE: u64 = 1_000_000;

/// Makes an empty database; its address.
pub fn fresh_database(name: &str) -> Result<String> {
    sqlx::any::install_default_drivers();
    let cluster = installation::postgres()?;
    let (server, options) = cluster.split_once('?').unwrap_or((&cluster, ""));
    let (server, _database) = server.rsplit_once('/').context("the address of PostgreSQL names no database")?;
    let mark = if options.is_empty() { "" } else { "?" };
    let address = format!("{server}/{name}{mark}{options}");
    runtime()?.block_on(async {
        Any::force_drop_database(&address).await?;
        Any::create_database(&address).await
    })?;
    Ok(address)
}

/// A copy of a database to which nobody is connected; an earlier one of this name is removed.
pub fn copy_database(template: &str, name: &str) -> Result<String> {
    let (server, options) = template.split_once('?').unwrap_or((template, ""));
    let (server, from) = server.rsplit_once('/').context("the address names no database")?;
    let mark = if options.is_empty() { "" } else { "?" };
    let address = format!("{server}/{name}{mark}{options}");
    let maintenance = installation::postgres()?;
    runtime()?.block_on(async {
        Any::force_drop_database(&address).await?;
        let mut connection = AnyConnection::connect(&maintenance).await?;
        let copy = format!("create database {name} template {from}");
        sqlx::query(AssertSqlSafe(copy)).execute(&mut connection).await?;
        connection.close().await
    })?;
    Ok(address)
}

/// Notes a migration in a SQLite register that no program of today has.
pub fn note_a_later_migration(file: &Path) -> Result<()> {
    let note = "insert into store_migration (version, description, success, checksum, execution_time)
      select version + 1000, 'later', success, checksum, execution_time from store_migration where version = 1";
    let address = format!("sqlite:{}", file.display());
    let noted = runtime()?.block_on(async {
        let mut connection = AnyConnection::connect(&address).await?;
        sqlx::query(note).execute(&mut connection).await?;
        connection.close().await
    });
    noted.context("failed to note a migration")
}

/// Runs what the databases are asked from a test that is not async itself.
pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    runtime()?.block_on(work)
}

/// Removes a database and ends whoever is still connected to it.
pub fn drop_database(address: &str) -> Result<()> {
    runtime()?.block_on(Any::force_drop_database(address))?;
    Ok(())
}

/// The processes of the server: the first one, which starts all others, and those that it has started.
pub fn processes() -> Result<Vec<u32>> {
    sqlx::any::install_default_drivers();
    let address = installation::postgres()?;
    let own = runtime()?.block_on(async {
        let mut connection = AnyConnection::connect(&address).await?;
        let row = sqlx::query("select pg_backend_pid() as pid").fetch_one(&mut connection).await?;
        let number: i32 = row.try_get("pid")?;
        // Read while the connection holds the process.
        let own = std::fs::read_to_string(format!("/proc/{number}/stat"));
        connection.close().await?;
        Ok::<_, sqlx::Error>(own)
    })?;
    let own = own.context("PostgreSQL runs on another machine; its processes cannot be watched from here")?;
    ensure!(own.contains("(postgres)"), "the process of that number here is not PostgreSQL: it runs elsewhere");
    let first = parent(&own).context("the process table cannot be read")?;
    let mut all = vec![first];
    all.extend(children(first)?);
    Ok(all)
}

/// The processes that a process has started and that are still there.
pub fn children(process: u32) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").context("there is no process table")? {
        let Ok(stat) = std::fs::read_to_string(entry?.path().join("stat")) else { continue };
        if parent(&stat) == Some(process) {
            found.extend(stat.split_whitespace().next().and_then(|number| number.parse::<u32>().ok()));
        }
    }
    Ok(found)
}

/// The number after the name, which may hold anything, and the state.
fn parent(stat: &str) -> Option<u32> {
    let (_, after) = stat.rsplit_once(')')?;
    after.split_whitespace().nth(1)?.parse().ok()
}

/// The ids of all households in a database.
pub fn households_at(address: &str) -> Result<BTreeSet<String>> {
    sqlx::any::install_default_drivers();
    let full = if address.contains(':') { address.to_owned() } else { format!("sqlite:{address}") };
    let read = runtime()?.block_on(async {
        let mut connection = AnyConnection::connect(&full).await?;
        let rows = sqlx::query("select id from household").fetch_all(&mut connection).await?;
        let ids = rows.iter().map(|row| row.try_get::<String, _>("id")).collect::<sqlx::Result<BTreeSet<_>>>()?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(ids)
    });
    read.context("failed to read the households of a database")
}

/// Keeps so many random megabytes in the archive, each under its digest, after `make` has made the database; how many bytes.
pub fn fill(address: &str, megabytes: u64, make: impl FnOnce() -> Result<()>) -> Result<u64> {
    make()?;
    sqlx::any::install_default_drivers();
    let filled = runtime()?.block_on(async {
        let mut connection = AnyConnection::connect(address).await?;
        for number in 0..megabytes {
            let words =
                (0..MEGABYTE.div_euclid(8)).map(|word| installation::scrambled((number << 32) | word).to_le_bytes());
            let content: Vec<u8> = words.flatten().collect();
            let insert = sqlx::query("insert into archive (digest, kind, content) values ($1, 'plugin', $2)");
            insert.bind(nuan_domain::audit::digest(&content)).bind(content).execute(&mut connection).await?;
        }
        connection.close().await
    });
    filled.context("failed to fill the archive")?;
    Ok(megabytes * MEGABYTE)
}

/// Changes the actor of one leaf in a SQLite file, as whoever holds the file could.
pub fn change_a_leaf(file: &Path) -> Result<()> {
    sqlx::any::install_default_drivers();
    let address = format!("sqlite:{}", file.display());
    let changed = runtime()?.block_on(async {
        let mut connection = AnyConnection::connect(&address).await?;
        for statement in [
            "drop trigger audit_leaf_update_refused",
            "update audit_leaf set leaf = replace(leaf, 'local-operator', 'other-operator') where county = '330106' and seq = 1",
        ] {
            sqlx::query(statement).execute(&mut connection).await?;
        }
        connection.close().await
    });
    changed.context("failed to change a leaf")
}

/// The ids of all households in a SQLite file, and what its own check finds.
pub fn households_in_file(file: &Path) -> Result<(BTreeSet<String>, String)> {
    sqlx::any::install_default_drivers();
    let address = format!("sqlite:{}", file.display());
    let read = runtime()?.block_on(async {
        let mut connection = AnyConnection::connect(&address).await?;
        let rows = sqlx::query("select id from household").fetch_all(&mut connection).await?;
        let ids = rows.iter().map(|row| row.try_get::<String, _>("id")).collect::<sqlx::Result<BTreeSet<_>>>()?;
        let check = "select cast(integrity_check as text) as found from pragma_integrity_check";
        let found = sqlx::query(check).fetch_one(&mut connection).await?.try_get::<String, _>("found")?;
        connection.close().await?;
        Ok::<_, sqlx::Error>((ids, found))
    });
    read.with_context(|| format!("failed to read {}", file.display()))
}

/// How many determinations each household has.
pub fn determinations_of_each(address: &str) -> Result<BTreeMap<String, i64>> {
    let count = "select household_id as name, count(*) as found from determination group by household_id";
    counted(address, count).context("failed to count determinations")
}

/// How many reassessments are finished.
pub fn finished_reassessments(address: &str) -> Result<i64> {
    let count = "select 'all' as name, count(*) as found from reassessment where finished_at is not null";
    Ok(counted(address, count)?.get("all").copied().unwrap_or_default())
}

/// How many approvals wait for what follows from them.
pub fn unfinished_approvals(address: &str) -> Result<i64> {
    let count = "select 'all' as name, count(*) as found from recomputation_due";
    Ok(counted(address, count)?.get("all").copied().unwrap_or_default())
}

fn counted(address: &str, query: &'static str) -> Result<BTreeMap<String, i64>> {
    sqlx::any::install_default_drivers();
    let read = runtime()?.block_on(async {
        let mut connection = AnyConnection::connect(address).await?;
        let rows = sqlx::query(query).fetch_all(&mut connection).await?;
        let one = |row: &sqlx::any::AnyRow| Ok((row.try_get("name")?, row.try_get("found")?));
        let counts = rows.iter().map(one).collect::<sqlx::Result<BTreeMap<_, _>>>()?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(counts)
    });
    Ok(read?)
}

fn runtime() -> Result<Runtime> {
    Builder::new_current_thread().enable_all().build().context("failed to start a runtime")
}
