//! Packages: the one archived form, and mistakes with their place.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::*;
use crate::limits::Limits;

fn package() -> Package {
    let files = [("plugin.toml", "id = 1"), ("parameters/a.yaml", "id: a")];
    let files = files.map(|(name, content)| (name.to_owned(), content.as_bytes().to_vec()));
    Package { files: BTreeMap::from(files), component: vec![0, 1, 2] }
}

#[test]
fn a_package_comes_back_from_its_bytes() {
    let package = package();
    assert_eq!(Package::from_bytes(&package.to_bytes()), Ok(package.clone()));
    assert_eq!(package.digest().len(), 64);
}

#[test]
fn every_byte_counts() {
    let package = package();
    let bytes = package.to_bytes();
    for cut in 0..bytes.len() {
        assert_eq!(Package::from_bytes(&bytes[..cut]), Err(NotAPackage));
    }
    let mut moved = package.clone();
    moved.files.insert("plugin.toml".to_owned(), b"id = ".to_vec());
    moved.component = vec![1, 0, 1, 2];
    assert_ne!(moved.digest(), package.digest());
    assert_eq!(Package::from_bytes(&[&bytes[..], b"x"].concat()), Err(NotAPackage));
}

#[test]
fn files_out_of_order_are_no_package() {
    let mut bytes = HEADER.to_vec();
    push_length(&mut bytes, 2);
    for part in ["b", "", "a", "", ""] {
        push_part(&mut bytes, part.as_bytes());
    }
    assert_eq!(Package::from_bytes(&bytes), Err(NotAPackage));
}

#[test]
fn mistakes_come_at_once_and_say_where() {
    let mut package = package();
    package.files.insert("plugin.toml".to_owned(), b"manifest_version = 1\nid = 7\n".to_vec());
    package.files.insert(
        "parameters/b.yaml".to_owned(),
        b"id: c\ntitle: { zh-CN: x, en: x }\ntype: money\nvalues: []\n".to_vec(),
    );
    let wrong = "id: d\ntitle: { zh-CN: x, en: x }\ntype: money\nvalues: []\nvaluez: []\n";
    package.files.insert("parameters/d.yaml".to_owned(), wrong.as_bytes().to_vec());
    package.files.insert("law/notice.yaml".to_owned(), INSTRUMENT.replace("notice", "other").into_bytes());
    let mistakes = package.parse().unwrap_err();
    let said: Vec<String> = mistakes.iter().map(|mistake| format!("{} {}", mistake.code, mistake.path)).collect();
    assert_eq!(
        said,
        [
            "NU3505 plugin.toml:2:6",
            "NU3506 parameters/a.yaml:1:1",
            "NU3507 parameters/b.yaml",
            "NU3506 parameters/d.yaml:5:1",
            "NU3507 law/notice.yaml"
        ],
        "{mistakes:#?}"
    );
}

const INSTRUMENT: &str = "id: notice\ntitle: x\nshort: x\nrank: normative\nin_force: { from: 2024-01-01 }\n";

#[test]
fn a_plugin_brings_the_law_that_it_cites() {
    let manifest = include_str!("../test_plugin/plugin.toml");
    let files = [("plugin.toml", manifest), ("law/notice.yaml", INSTRUMENT)];
    let files = files.map(|(name, content)| (name.to_owned(), content.as_bytes().to_vec()));
    let package = Package { files: BTreeMap::from(files), component: Vec::new() };
    let contents = package.parse().unwrap();
    assert_eq!(contents.instruments.keys().collect::<Vec<_>>(), ["notice"]);
    assert!(contents.parameters.is_empty());
}

/// A folder of its own for one test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("nuan-package-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_folder_gives_what_decides_and_nothing_else() {
    let folder = Folder::new("folder");
    let manifest = "runtime = \"rhai\"\n[settings]\nschema = \"settings.schema.json\"\n";
    for (path, content) in [
        ("milk/plugin.toml", manifest),
        ("milk/rules.rhai", "// nothing"),
        ("milk/settings.schema.json", "{}"),
        ("milk/parameters/a.yaml", "id: a"),
        ("milk/law/notice.yaml", "id: notice"),
        ("milk/parameters/README.md", "for people"),
        ("milk/locales/en/milk.ftl", "a = b"),
        ("milk/cases/a.yaml", "[]"),
        ("milk/src/lib.rs", "//! x"),
        ("components/nuan-rhai-runtime.wasm", "component"),
    ] {
        folder.write(path, content);
    }
    let package = Package::read(&folder.0.join("milk"), &folder.0.join("components"), &Limits::START).unwrap();
    let names: Vec<&str> = package.files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "law/notice.yaml",
            "locales/en/milk.ftl",
            "parameters/a.yaml",
            "plugin.toml",
            "rules.rhai",
            "settings.schema.json"
        ]
    );
    assert_eq!(package.component, b"component");
}

#[test]
fn what_is_not_there_is_said_at_once() {
    let folder = Folder::new("nothing");
    folder.write("warm/Cargo.toml", "[package]\nname = \"warm-nest\"\n");
    let mistakes = Package::read(&folder.0.join("warm"), &folder.0, &Limits::START).unwrap_err();
    let said: Vec<(&str, &str)> =
        mistakes.iter().map(|mistake| (mistake.code.as_str(), mistake.path.as_str())).collect();
    assert_eq!(said, [("NU3501", "plugin.toml"), ("NU3502", "warm-nest.wasm")]);
}
