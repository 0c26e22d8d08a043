//! A PostgreSQL server of one's own for a test run, from the programs Debian installs.
//!
//! The server listens on 127.0.0.1 alone and trusts every connection: it is for invented households only. A run that was
//! killed leaves its server behind; the next run stops it.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, test_kill_process};

use crate::{Attempt, BuildError, Progress, Step, apt, process};

pub(crate) const PACKAGES: &[&str] = &["postgresql"];

/// The unprivileged account that Debian's package makes; `initdb` refuses to run as root.
const ACCOUNT: &str = "postgres";

/// Folders of clusters begin so, followed by the number of the process that owns them.
const PREFIX: &str = "nuan-postgres-";

/// The programs of one PostgreSQL version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postgres {
    programs: PathBuf,
}

impl Postgres {
    /// The folder of `initdb` and `pg_ctl`.
    pub fn programs(&self) -> &Path {
        &self.programs
    }
}

/// A running server; dropping it stops the server and removes everything it wrote.
#[derive(Debug)]
pub struct TestCluster {
    postgres: Postgres,
    folder: PathBuf,
    port: u16,
}

/// Finds the newest server programs: Debian's folders first, then the path.
pub fn find_postgres() -> Option<Postgres> {
    let debian = newest(Path::new("/usr/lib/postgresql")).map(|folder| folder.join("bin"));
    let on_path = || process::on_path("initdb").and_then(|file| Some(file.parent()?.to_path_buf()));
    let programs = debian.filter(|folder| folder.join("initdb").is_file()).or_else(on_path)?;
    Some(Postgres { programs })
}

/// Finds the server programs, installing Debian's package where that is possible and needed.
pub fn ensure_postgres(progress: &Progress) -> Result<Postgres, BuildError> {
    if let Some(postgres) = find_postgres() {
        return Ok(postgres);
    }
    let mut tried = vec![Attempt::new("/usr/lib/postgresql and PATH", "there is no initdb")];
    let step = progress.step("Installing PostgreSQL");
    match apt::install(PACKAGES, &step) {
        Ok(()) => step.done(),
        Err(attempt) => tried.push(attempt),
    }
    find_postgres().ok_or(BuildError::NoPostgres { tried })
}

impl TestCluster {
    /// Makes a cluster in a new folder under `parent` and starts it on a free port.
    ///
    /// As root the server runs as `postgres`, so every folder above `parent` must be open to that account.
    pub fn start(postgres: &Postgres, parent: &Path, progress: &Progress) -> Result<Self, BuildError> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let step = progress.step("Starting PostgreSQL for the tests");
        sweep(postgres, parent, &step);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("{PREFIX}{}-{number}", std::process::id()));
        create_private(&folder, &step)?;
        let cluster = Self { postgres: postgres.clone(), folder, port: free_port(parent)? };
        cluster.initialise(&step)?;
        process::run(cluster.control("start").arg("--wait").arg("--log").arg(cluster.folder.join("log")), &step)?;
        step.done();
        Ok(cluster)
    }

    /// The address of its maintenance database, for a superuser; tests create databases of their own through it.
    pub fn url(&self) -> String {
        format!("postgres://{ACCOUNT}@127.0.0.1:{}/postgres", self.port)
    }

    fn initialise(&self, step: &Step) -> Result<(), BuildError> {
        let mut command = unprivileged(&self.postgres, "initdb", &self.folder);
        command
            .args(["--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--username", ACCOUNT])
            .arg("--pgdata")
            .arg(self.cluster_folder());
        process::run(&mut command, step)?;
        let configuration = self.cluster_folder().join("postgresql.conf");
        let shipped = fs::read_to_string(&configuration).map_err(BuildError::file("read", &configuration))?;
        let settings = settings(self.port, &self.folder);
        fs::write(&configuration, shipped + &settings).map_err(BuildError::file("write", &configuration))
    }

    fn control(&self, act: &str) -> Command {
        control(&self.postgres, &self.folder, act)
    }

    fn cluster_folder(&self) -> PathBuf {
        self.folder.join("cluster")
    }
}

impl Drop for TestCluster {
    fn drop(&mut self) {
        remove(&self.postgres, &self.folder, &Progress::silent().step("Stopping PostgreSQL"));
    }
}

/// Durability stays on, as in production; only the address and the number of connections differ from the defaults.
fn settings(port: u16, socket_folder: &Path) -> String {
    let folder = socket_folder.display();
    format!(
        "\nlisten_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{folder}'\nmax_connections = 200\n"
    )
}

fn control(postgres: &Postgres, folder: &Path, act: &str) -> Command {
    let mut command = unprivileged(postgres, "pg_ctl", folder);
    command.arg(act).arg("--pgdata").arg(folder.join("cluster"));
    command
}

/// A program of the server, as a user that the server accepts.
fn unprivileged(postgres: &Postgres, program: &str, folder: &Path) -> Command {
    let program = postgres.programs.join(program);
    let mut command = if apt::is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", ACCOUNT, "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    command
}

fn create_private(folder: &Path, step: &Step) -> Result<(), BuildError> {
    fs::create_dir(folder).map_err(BuildError::file("create", folder))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(BuildError::file("protect", folder))?;
    if !apt::is_root() {
        return Ok(());
    }
    let id = |option: &str| process::run(Command::new("id").args([option, ACCOUNT]), step);
    let (user, group) = (id("-u")?.trim().parse().ok(), id("-g")?.trim().parse().ok());
    chown(folder, user, group).map_err(BuildError::file("hand over", folder))
}

/// The port is free now and taken a moment later; on a machine of one's own nobody steps in between.
fn free_port(place: &Path) -> Result<u16, BuildError> {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| Ok(listener.local_addr()?.port()));
    port.map_err(BuildError::file("find a free port for", place))
}

/// Stops the servers of runs that are no longer there.
fn sweep(postgres: &Postgres, parent: &Path, step: &Step) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for folder in entries.flatten().map(|entry| entry.path()).filter(|folder| is_abandoned(folder)) {
        remove(postgres, &folder, step);
    }
}

fn is_abandoned(folder: &Path) -> bool {
    let owner =
        folder.file_name().and_then(|name| name.to_str()?.strip_prefix(PREFIX)?.split('-').next()?.parse().ok());
    owner.and_then(Pid::from_raw).is_some_and(|owner| test_kill_process(owner) == Err(rustix::io::Errno::SRCH))
}

/// What cannot be stopped or removed is left for the next run to sweep.
fn remove(postgres: &Postgres, folder: &Path, step: &Step) {
    let _ = process::run(control(postgres, folder, "stop").args(["--mode", "fast"]), step);
    let _ = fs::remove_dir_all(folder);
}

/// The folder with the highest number as its name.
fn newest(folder: &Path) -> Option<PathBuf> {
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).max_by_key(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_is_the_highest_number_not_the_last_word() {
        let folder = std::env::temp_dir().join(format!("nuan-versions-{}", std::process::id()));
        for version in ["9", "15", "17", "common"] {
            fs::create_dir_all(folder.join(version)).unwrap();
        }
        assert_eq!(newest(&folder), Some(folder.join("17")));
        assert_eq!(newest(&folder.join("nowhere")), None);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_cluster_is_abandoned_when_its_owner_is_gone() {
        assert!(!is_abandoned(Path::new(&format!("/t/{PREFIX}{}-0", std::process::id()))));
        assert!(is_abandoned(Path::new(&format!("/t/{PREFIX}{}-0", i32::MAX))));
        assert!(!is_abandoned(Path::new("/t/some-other-folder")));
    }

    #[test]
    fn a_cluster_answers_and_leaves_nothing_behind() {
        let postgres = find_postgres().expect("PostgreSQL is missing; install it with: apt-get install -y postgresql");
        let cluster = TestCluster::start(&postgres, &std::env::temp_dir(), &Progress::silent()).unwrap();
        let (folder, port) = (cluster.folder.clone(), cluster.port);
        assert_eq!(cluster.url(), format!("postgres://postgres@127.0.0.1:{port}/postgres"));
        let asked =
            "select current_setting('data_checksums') || current_setting('fsync') || datcollate from pg_database";
        let mut psql = Command::new(postgres.programs.join("psql"));
        psql.args(["-tAc", &format!("{asked} where datname = 'postgres'"), &cluster.url()]);
        let answer = process::run(&mut psql, &Progress::silent().step("Asking")).unwrap();
        assert_eq!(answer.trim(), "ononC.UTF-8");
        drop(cluster);
        assert!(!folder.exists());
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}
