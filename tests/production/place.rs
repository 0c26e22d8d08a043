//! An installation that production accepts, and how a test spoils it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use nuan_tests::installation::{components, postgres};
use nuan_tests::program::{Running, program};
use nuan_tests::{kept_files, root};
use sqlx::migrate::MigrateDatabase;

/// The plugin that the installation has, with numbers that somebody states.
const PLUGIN: &str = "plugins/basic-living";

/// A folder with everything in its place.
pub struct Place {
    folder: PathBuf,
    settings: BTreeMap<&'static str, String>,
    variables: Vec<(String, String)>,
    flags: Vec<String>,
    /// The permissions of the configuration file.
    pub mode: u32,
}

impl Place {
    /// Everything as production wants it.
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("nuan-production-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        for below in ["register", "keys", "secret", "outside"] {
            std::fs::create_dir_all(folder.join(below)).unwrap();
        }
        let mut place =
            Self { folder, settings: BTreeMap::new(), variables: Vec::new(), flags: Vec::new(), mode: 0o600 };
        mend_plugin(&place.folder.join("plugins"));
        for (key, value) in [
            ("profile", "production"),
            ("storage.database", "register/nuan.sqlite"),
            ("storage.key_store", "keys/keys.sqlite"),
            ("keys.file", "secret/nuan.key"),
            ("audit.checkpoint", "outside/checkpoint"),
            ("audit.origin", "nuan.example/production"),
        ] {
            place.set(key, value);
        }
        let made = place.command(&["keys", "new"]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        place
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn key_file(&self) -> PathBuf {
        self.folder.join(&self.settings["keys.file"])
    }

    /// Puts the key file somewhere else, and names it there.
    pub fn move_keys(&mut self, to: &str) {
        let from = self.key_file();
        self.set("keys.file", to);
        std::fs::rename(from, self.key_file()).unwrap();
    }

    /// Sets a text in the configuration file.
    pub fn set(&mut self, key: &'static str, value: &str) {
        self.settings.insert(key, value.to_owned());
    }

    /// Leaves a setting out of the configuration file.
    pub fn unset(&mut self, key: &str) {
        assert!(self.settings.remove(key).is_some(), "{key}");
    }

    pub fn variable(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub fn flag(&mut self, name: &str, value: &str) {
        self.flags.extend([name.to_owned(), value.to_owned()]);
    }

    /// Changes the key file, which keeps its permissions.
    pub fn edit_keys(&self, edit: impl FnOnce(&str) -> String) {
        let text = std::fs::read_to_string(self.key_file()).unwrap();
        std::fs::write(self.key_file(), edit(&text)).unwrap();
    }

    /// Marks the rows of one parameter.
    pub fn spoil_parameter(&self, confidence: &str) {
        let file = self.folder.join("plugins/basic-living/parameters/dibao_standard.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("confidence: high"), "{text}");
        std::fs::write(file, text.replacen("confidence: high", &format!("confidence: {confidence}"), 1)).unwrap();
    }

    /// A command of the program over this installation.
    pub fn command(&self, words: &[&str]) -> Command {
        self.write_configuration();
        let mut command = Command::new(program().unwrap());
        command.args(words).args(&self.flags).current_dir(&self.folder).envs(self.variables.iter().cloned());
        // What the test itself was told is not this installation's.
        for variable in ["NUAN_COMPONENTS", "NUAN_PLUGINS", "NUAN_TEST_POSTGRES"] {
            command.env_remove(variable);
        }
        command
    }

    /// The server, which should refuse to start: its exit code and what it said.
    pub fn serve_until_it_ends(&self) -> (Option<i32>, String) {
        let log = self.folder.join("log");
        let mut command = self.command(&["serve"]);
        let mut server = Running::start(command.env("NUAN_DRAIN_SECONDS", "0"), &log).unwrap();
        let ended = server.wait().ok().and_then(|status| status.code());
        drop(server);
        (ended, std::fs::read_to_string(log).unwrap())
    }

    fn write_configuration(&self) {
        let mut text = String::new();
        let quoted = |value: &str| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
        for (key, value) in self.settings.iter().filter(|(key, _)| !key.contains('.')) {
            text.push_str(&format!("{key} = {}\n", quoted(value)));
        }
        for (key, value) in self.settings.iter().filter(|(key, _)| key.contains('.')) {
            text.push_str(&format!("{key} = {}\n", quoted(value)));
        }
        let components = components().unwrap();
        let (components, cache) = (components.display().to_string(), self.folder.join("cache").display().to_string());
        text.push_str(&format!("plugins.folders = [\"plugins\"]\nplugins.components = {}\n", quoted(&components)));
        text.push_str(&format!("plugins.cache = {}\n", quoted(&cache)));
        let file = self.folder.join("nuan.toml");
        std::fs::write(&file, text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(self.mode);
        std::fs::set_permissions(file, mode).unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed stays in the temporary folder.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// The project's plugin below a folder, as if every number had a source.
pub fn mend_plugin(plugins: &Path) {
    for file in kept_files(PLUGIN).unwrap() {
        let inside = file.strip_prefix(root().join("plugins")).unwrap();
        let to = plugins.join(inside);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        let bytes = std::fs::read(&file).unwrap();
        let is_parameter = inside.parent().is_some_and(|folder| folder.ends_with("parameters"));
        let mended = || {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let marks = ["assumed", "synthetic", "medium", "low"].map(|mark| format!("confidence: {mark}"));
            marks.iter().fold(text, |text, mark| text.replace(mark, "confidence: high")).into_bytes()
        };
        std::fs::write(to, if is_parameter { mended() } else { bytes.clone() }).unwrap();
    }
}

/// The codes of findings, each once.
pub fn codes(said: &str) -> Vec<String> {
    let findings = said.lines().map(|line| line.trim_start().trim_start_matches("production · "));
    let codes = findings.filter(|line| line.starts_with("NU")).filter_map(|line| line.get(..6)).map(str::to_owned);
    let mut codes: Vec<String> = codes.collect();
    codes.sort();
    codes.dedup();
    codes
}

/// An empty database on the server for tests.
pub fn fresh_postgres(name: &str) -> String {
    sqlx::any::install_default_drivers();
    let cluster = postgres().unwrap();
    let (server, options) = cluster.split_once('?').unwrap_or((&cluster, ""));
    let (server, _) = server.rsplit_once('/').unwrap();
    let mark = if options.is_empty() { "" } else { "?" };
    let address = format!("{server}/nuan_production_{name}_{}{mark}{options}", std::process::id());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        sqlx::Any::force_drop_database(&address).await.unwrap();
        sqlx::Any::create_database(&address).await.unwrap();
    });
    address
}
