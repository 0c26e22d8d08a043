//! Reads a package from the folder that its author writes. Only what a plugin consists of is taken; the rest is the
//! author's own business.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use nuan_vocabulary::diagnostic::Diagnostic;

use super::{INTERPRETATIONS, MANIFEST, Package, SCRIPT};
use crate::limits::Limits;

/// The component of every plugin that is a script.
const SCRIPT_RUNTIME: &str = "nuan-rhai-runtime";

impl Package {
    /// Reads the folder of a plugin, and its component from the folder of built components. All mistakes come at once;
    /// paths in them are those inside the folder.
    pub fn read(folder: &Path, components: &Path, limits: &Limits) -> Result<Self, Vec<Diagnostic>> {
        let mut reading = Reading { folder, limits, files: BTreeMap::new(), mistakes: Vec::new() };
        reading.take(Path::new(MANIFEST));
        for name in [SCRIPT, INTERPRETATIONS] {
            if folder.join(name).is_file() {
                reading.take(Path::new(name));
            }
        }
        reading.take_all(Path::new("parameters"), "yaml");
        reading.take_all(Path::new("law"), "yaml");
        for language in reading.entries(Path::new("locales")) {
            if language.file_type().is_ok_and(|kind| kind.is_dir()) {
                reading.take_all(&Path::new("locales").join(language.file_name()), "ftl");
            }
        }
        let Reading { files, mut mistakes, .. } = reading;
        let mut package = Self { files, component: Vec::new() };
        package.take_settings_schema(folder, limits, &mut mistakes);
        match read_component(&package, folder, components) {
            Ok(component) => package.component = component,
            Err(mistake) => mistakes.push(mistake),
        }
        if mistakes.is_empty() { Ok(package) } else { Err(mistakes) }
    }

    /// What the manifest says under a key, whether the rest of it can be read or not.
    fn of_manifest(&self, table: Option<&str>, key: &str) -> Option<String> {
        let manifest: toml::Table = self.text(MANIFEST)?.parse().ok()?;
        let value = match table {
            Some(table) => manifest.get(table)?.get(key)?,
            None => manifest.get(key)?,
        };
        value.as_str().map(str::to_owned)
    }

    fn take_settings_schema(&mut self, folder: &Path, limits: &Limits, mistakes: &mut Vec<Diagnostic>) {
        let Some(name) = self.of_manifest(Some("settings"), "schema") else { return };
        if name.contains(['/', '\\']) || name.starts_with('.') {
            mistakes.push(Diagnostic::new("NU3504", MANIFEST, "the schema of the settings lies beside the manifest"));
            return;
        }
        let mut reading = Reading { folder, limits, files: BTreeMap::new(), mistakes: Vec::new() };
        reading.take(Path::new(&name));
        self.files.append(&mut reading.files);
        mistakes.append(&mut reading.mistakes);
    }
}

/// What has been read of a folder so far.
struct Reading<'a> {
    folder: &'a Path,
    limits: &'a Limits,
    files: BTreeMap<String, Vec<u8>>,
    mistakes: Vec<Diagnostic>,
}

impl Reading<'_> {
    /// Every file of a folder that has this extension. A folder that is not there is empty.
    fn take_all(&mut self, within: &Path, extension: &str) {
        for entry in self.entries(within) {
            let name = entry.file_name();
            let path = within.join(&name);
            if entry.file_type().is_ok_and(|kind| kind.is_file())
                && path.extension().is_some_and(|found| found == extension)
            {
                self.take(&path);
            }
        }
    }

    fn entries(&mut self, within: &Path) -> Vec<DirEntry> {
        match fs::read_dir(self.folder.join(within)).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Ok(mut entries) => {
                entries.sort_by_key(DirEntry::file_name);
                entries
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                self.mistakes.push(unreadable(within, &error));
                Vec::new()
            }
        }
    }

    fn take(&mut self, path: &Path) {
        let name = path.to_string_lossy().replace('\\', "/");
        match fs::read(self.folder.join(path)) {
            Err(error) => self.mistakes.push(unreadable(path, &error)),
            Ok(content) if content.len() > self.limits.package_file_bytes => {
                let detail = format!(
                    "the file has {} bytes where {} are allowed",
                    content.len(),
                    self.limits.package_file_bytes
                );
                self.mistakes.push(Diagnostic::new("NU3503", name, detail));
            }
            Ok(_) if self.files.len() >= self.limits.package_files => {
                let detail = format!("a plugin has at most {} files", self.limits.package_files);
                self.mistakes.push(Diagnostic::new("NU3503", name, detail));
            }
            Ok(content) => drop(self.files.insert(name, content)),
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::new("NU3501", path.to_string_lossy(), format!("the file cannot be read: {error}"))
}

/// A script runs in the script runtime; any other component has the name of its crate, or of the folder.
fn read_component(package: &Package, folder: &Path, components: &Path) -> Result<Vec<u8>, Diagnostic> {
    let is_script = package.of_manifest(None, "runtime").as_deref() == Some("rhai");
    let name =
        if is_script { Some(SCRIPT_RUNTIME.to_owned()) } else { crate_name(folder).or_else(|| folder_name(folder)) };
    let path: PathBuf = components.join(format!("{}.wasm", name.unwrap_or_default()));
    fs::read(&path).map_err(|error| {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let hint = "`cargo xtask demo` builds every component";
        Diagnostic::new("NU3502", file, format!("the component cannot be read: {error}")).with_hint(hint)
    })
}

fn crate_name(folder: &Path) -> Option<String> {
    let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).ok()?.parse().ok()?;
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}

fn folder_name(folder: &Path) -> Option<String> {
    Some(folder.canonicalize().ok()?.file_name()?.to_string_lossy().into_owned())
}
