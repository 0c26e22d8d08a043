//! Where plugins, components and the catalogue lie, and how their files are read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use nuan_domain::schema::Schema;
use nuan_host::package::{Contents, MANIFEST, Package};
use nuan_vocabulary::catalogue::Catalogue;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::manifest::Manifest;
use nuan_vocabulary::parameter::Parameter;
use serde::de::DeserializeOwned;

use crate::mistakes::Mistakes;

/// The folders of the workspace in which plugins lie.
const ROOTS: [&str; 2] = ["plugins", "examples"];

/// The workspace that this crate belongs to.
pub fn workspace() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    folder.canonicalize().unwrap_or(folder)
}

/// The folder of built components: `NUAN_COMPONENTS`, else where `cargo xtask guests` puts them.
pub fn components() -> PathBuf {
    std::env::var_os("NUAN_COMPONENTS").map_or_else(|| workspace().join("target/components"), PathBuf::from)
}

/// Every plugin below `plugins/` and `examples/`, in the order of names.
pub fn plugin_folders() -> Vec<PathBuf> {
    ROOTS.into_iter().flat_map(|root| plugins_in(&workspace().join(root))).collect()
}

fn plugins_in(root: &Path) -> Vec<PathBuf> {
    entries(root).into_iter().filter(|folder| folder.join(MANIFEST).is_file()).collect()
}

/// What lies in a folder, in the order of names; nothing, if there is no such folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The YAML files that lie directly in a folder, in the order of names.
pub fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let is_yaml = |path: &PathBuf| path.is_file() && path.extension().is_some_and(|extension| extension == "yaml");
    entries(folder).into_iter().filter(is_yaml).collect()
}

/// A path as messages name it: from the workspace, where it lies inside.
pub fn shown(path: &Path) -> String {
    let full = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    full.strip_prefix(workspace()).unwrap_or(&full).display().to_string()
}

/// Reads a YAML file of one document.
pub fn read_yaml<T: DeserializeOwned>(path: &Path) -> Result<T, Diagnostic> {
    let unreadable =
        |error: std::io::Error| Diagnostic::new("NU3601", shown(path), format!("the file cannot be read: {error}"));
    let text = fs::read_to_string(path).map_err(unreadable)?;
    serde_saphyr::from_str(&text).map_err(|error| {
        let place = error.location().map(|place| format!(":{}:{}", place.line(), place.column()));
        let said = error.without_snippet().to_string();
        let path = format!("{}{}", shown(path), place.unwrap_or_default());
        Diagnostic::new("NU3602", path, said.lines().next().unwrap_or_default())
    })
}

/// The fact catalogue of the workspace, numbered.
pub fn schema() -> Result<Schema, Mistakes> {
    let mut catalogue = Catalogue::default();
    let mut mistakes = Vec::new();
    for path in yaml_files(&workspace().join("sdk/catalogue")) {
        match read_yaml::<Catalogue>(&path).map(|part| catalogue.merge(part)) {
            Ok(Ok(())) => {}
            Ok(Err(conflict)) => mistakes.push(Diagnostic::new("NU3002", shown(&path), conflict.to_string())),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if !mistakes.is_empty() {
        return Err(Mistakes(mistakes));
    }
    Schema::new(catalogue).map_err(|error| Diagnostic::new("NU3003", "sdk/catalogue", error.to_string()).into())
}

/// What a plugin declares, as far as no component is needed for it.
pub struct Declared {
    /// Its folder.
    pub folder: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// Its parameters by id.
    pub parameters: BTreeMap<String, Parameter>,
}

/// A plugin with all that it requires, itself first.
pub fn declared(folder: &Path) -> Result<Vec<Declared>, Mistakes> {
    let mut found = vec![declared_in(folder)?];
    let mut next = 0;
    while let Some(plugin) = found.get(next) {
        let wanted: Vec<String> = plugin.manifest.requires.keys().cloned().collect();
        for id in wanted {
            if !found.iter().any(|other| other.manifest.id == id) {
                let required = required(&id, folder)?;
                found.push(required);
            }
        }
        next += 1;
    }
    Ok(found)
}

/// A required plugin: beside the one that requires it, else in the workspace.
fn required(id: &str, by: &Path) -> Result<Declared, Mistakes> {
    let beside = by.parent().map(plugins_in).unwrap_or_default();
    let all = beside.into_iter().chain(plugin_folders());
    let folder = all.into_iter().find(|folder| id_of(folder).as_deref() == Some(id));
    let place = format!("{}#/requires/{id}", shown(&by.join(MANIFEST)));
    let missing = || Diagnostic::new("NU3609", place, "no plugin beside this one or in the workspace has this id");
    declared_in(&folder.ok_or_else(missing)?)
}

fn id_of(folder: &Path) -> Option<String> {
    let manifest: toml::Table = fs::read_to_string(folder.join(MANIFEST)).ok()?.parse().ok()?;
    Some(manifest.get("id")?.as_str()?.to_owned())
}

fn declared_in(folder: &Path) -> Result<Declared, Mistakes> {
    let mut package = Package::default();
    for path in yaml_files(&folder.join("parameters")).into_iter().chain([folder.join(MANIFEST)]) {
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        let unreadable = |error: std::io::Error| {
            Diagnostic::new("NU3601", shown(&path), format!("the file cannot be read: {error}"))
        };
        package.files.insert(name, fs::read(&path).map_err(unreadable)?);
    }
    let contents = package.parse().map_err(|mistakes| Mistakes(mistakes).inside(&shown(folder)))?;
    let Contents { manifest, parameters, .. } = contents;
    Ok(Declared { folder: folder.to_path_buf(), manifest, parameters })
}
