//! An installation of its own for a test: a folder with database and keys, and the commands of `nuan` over them. Every
//! flag of the program that these tests use stands in this file.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, ensure};
use nuan_tests::installation::components;
use nuan_tests::program::program;
use nuan_tests::root;
use serde_json::Value;

use crate::databases;

/// The database below the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A folder, and what of an installation is not in it.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    /// An address on PostgreSQL; none: the file beside the keys.
    postgres: Option<String>,
    /// The compiled-artefact cache is authenticated by the installation's key, so copies of one place share it.
    cache: PathBuf,
    program: PathBuf,
    is_copy: bool,
}

impl Place {
    /// A place where nothing has been recorded yet.
    pub fn new(on: On) -> Result<Self> {
        let postgres = match on {
            On::Sqlite => None,
            On::Postgres => Some(databases::fresh_database(&fresh_name())?),
        };
        let folder = std::env::temp_dir().join(fresh_name());
        let place = Self { cache: folder.join("cache"), folder, postgres, program: program()?, is_copy: false };
        std::fs::create_dir_all(place.records()).context("failed to make a folder for the test")?;
        Ok(place)
    }

    /// The same installation over other records: those in `folder`, which the copy owns from now on.
    pub fn over(&self, folder: PathBuf) -> Self {
        let (cache, program) = (self.cache.clone(), self.program.clone());
        Self { folder, postgres: self.postgres.clone(), cache, program, is_copy: true }
    }

    /// The same installation with this parameter in the address of its PostgreSQL database.
    pub fn with_parameter(mut self, parameter: &str) -> Self {
        let with = |address: String| {
            let mark = if address.contains('?') { '&' } else { '?' };
            format!("{address}{mark}{parameter}")
        };
        self.postgres = self.postgres.take().map(with);
        self
    }

    /// The folder of all that has to survive: database, key store, keys, and checkpoints if they lie beside them.
    pub fn records(&self) -> PathBuf {
        self.folder.join("records")
    }

    /// The SQLite file.
    pub fn database_file(&self) -> PathBuf {
        self.records().join("nuan.sqlite")
    }

    /// A file beside the records, for what a test writes itself.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The program with its arguments: a server on a port of this machine.
    pub fn serve(&self, port: u16) -> Result<Vec<String>> {
        self.with_plugins(&["serve", "--listen", &format!("127.0.0.1:{port}")])
    }

    /// A command with all plugins.
    pub fn with_plugins(&self, words: &[&str]) -> Result<Vec<String>> {
        let (root, components) = (root(), components()?);
        let mut words = self.nuan(words);
        for folder in ["plugins", "examples"] {
            words.extend(["--plugins".to_owned(), root.join(folder).display().to_string()]);
        }
        words.extend(["--components".to_owned(), components.display().to_string()]);
        Ok(words)
    }

    /// Recomputes the audit log; what it finds, each as JSON. An installation that cannot be opened is an error.
    pub fn verify(&self) -> Result<Vec<Value>> {
        let words = self.nuan(&["audit", "verify", "--format", "json"]);
        let output = command(&words, &self.folder)?.output().context("failed to run `nuan audit verify`")?;
        let said = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let seen: Value = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("`nuan audit verify` ended with {}: {}", output.status, said()))?;
        let findings = seen.get("findings").and_then(Value::as_array).context("the answer names no findings")?;
        ensure!(output.status.success() == findings.is_empty(), "`nuan audit verify` ended with {}", output.status);
        Ok(findings.clone())
    }

    /// Runs a command of the program to its end.
    pub fn run(&self, words: &[&str]) -> Result<Output> {
        command(&self.nuan(words), &self.folder)?
            .output()
            .with_context(|| format!("failed to run `nuan {}`", words.join(" ")))
    }

    /// On which database.
    pub const fn on(&self) -> On {
        if self.postgres.is_some() { On::Postgres } else { On::Sqlite }
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The key file.
    pub fn key_file(&self) -> PathBuf {
        self.records().join("nuan.key")
    }

    /// A command without an installation that ends with a file.
    pub fn plain(&self, words: &[&str], file: &Path) -> Vec<String> {
        let words = words.iter().map(|word| (*word).to_owned());
        [self.program.display().to_string()].into_iter().chain(words).chain([file.display().to_string()]).collect()
    }

    /// The address of the database.
    pub fn address(&self) -> String {
        self.postgres.clone().unwrap_or_else(|| format!("sqlite:{}", self.database_file().display()))
    }

    fn nuan(&self, words: &[&str]) -> Vec<String> {
        let database = self.postgres.clone().unwrap_or_else(|| self.database_file().display().to_string());
        let (key_file, cache) = (self.key_file(), self.cache.clone());
        let mut all = vec![self.program.display().to_string()];
        all.extend(words.iter().map(|word| (*word).to_owned()));
        all.extend(["--database".to_owned(), database]);
        all.extend(["--key-file".to_owned(), key_file.display().to_string()]);
        all.extend(["--cache".to_owned(), cache.display().to_string()]);
        all
    }

    /// The folder in which commands run; a configuration file elsewhere is not theirs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed stays in the temporary folder, or on the server that the run ends.
        drop(std::fs::remove_dir_all(&self.folder));
        if let (Some(address), false) = (&self.postgres, self.is_copy) {
            drop(databases::drop_database(address));
        }
    }
}

/// A command from its words, run in a folder.
pub fn command(words: &[String], folder: &Path) -> Result<Command> {
    let (program, arguments) = words.split_first().context("a command has no words")?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    Ok(command)
}

fn fresh_name() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    format!("nuan_durability_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}
