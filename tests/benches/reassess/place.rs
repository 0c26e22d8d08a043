//! An installation for one measurement: a folder, and a database that is removed with it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use nuan_tests::installation::{components, postgres};
use sqlx::any::Any;
use sqlx::migrate::MigrateDatabase;

/// The date that the population is made for, and determined for when it is put on the register.
pub const ENTERED: &str = "2025-09-01";

/// The database of the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

impl On {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// Where the register lies.
pub struct Place {
    pub on: On,
    folder: PathBuf,
    postgres: Option<String>,
}

/// A file of household documents.
pub struct Population(pub PathBuf);

impl Place {
    /// An empty one.
    pub fn new(on: On) -> Result<Self> {
        let name = format!("nuan_bench_{}", std::process::id());
        let folder = std::env::temp_dir().join(&name);
        // What an earlier measurement of this process left.
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).context("failed to make a folder for the register")?;
        let postgres = match on {
            On::Sqlite => None,
            On::Postgres => Some(fresh_database(&name)?),
        };
        Ok(Self { on, folder, postgres })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The address of the database; a path on SQLite.
    pub fn database(&self) -> String {
        self.postgres.clone().unwrap_or_else(|| self.folder.join("nuan.sqlite").display().to_string())
    }

    /// The binary that `cargo xtask bench` has built, with this installation.
    pub fn nuan(&self, command: &str) -> Result<Command> {
        let mut nuan = nuan(command)?;
        nuan.args(["--plugins", "plugins", "--plugins", "examples"]);
        nuan.arg("--components").arg(components()?).arg("--database").arg(self.database());
        nuan.arg("--key-file").arg(self.folder.join("nuan.key"));
        nuan.arg("--key-store").arg(self.folder.join("keys.sqlite"));
        nuan.arg("--cache").arg(self.folder.join("cache"));
        Ok(nuan)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed stays in the temporary folder, or on the server that the run ends.
        drop(std::fs::remove_dir_all(&self.folder));
        if let (Some(address), Ok(runtime)) = (&self.postgres, tokio::runtime::Runtime::new()) {
            drop(runtime.block_on(Any::force_drop_database(address)));
        }
    }
}

impl Population {
    /// Lets the binary invent it.
    pub fn sample(place: &Place, households: u64) -> Result<Self> {
        let file = place.folder().join("population.jsonl");
        let mut sample = nuan("sample")?;
        sample.args(["--seed", "1", "--as-of", ENTERED, "--households", &households.to_string(), "--out"]);
        ensure!(sample.arg(&file).status()?.success(), "`nuan sample` failed");
        Ok(Self(file))
    }
}

fn nuan(command: &str) -> Result<Command> {
    let binary = std::env::var_os("NUAN_BINARY");
    let binary = binary.context("NUAN_BINARY names no binary; run `cargo xtask bench reassess`")?;
    let mut nuan = Command::new(binary);
    nuan.arg(command).current_dir(nuan_tests::root());
    Ok(nuan)
}

fn fresh_database(name: &str) -> Result<String> {
    sqlx::any::install_default_drivers();
    let cluster = postgres()?;
    let (server, _database) = cluster.rsplit_once('/').context("the address of PostgreSQL names no database")?;
    let address = format!("{server}/{name}");
    tokio::runtime::Runtime::new()?.block_on(async {
        Any::force_drop_database(&address).await?;
        Any::create_database(&address).await
    })?;
    Ok(address)
}
