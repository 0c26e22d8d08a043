//! The arrows of the house: who may use whom. `cargo metadata` is the witness.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// What each crate may use of ours; dev-dependencies of plugins and examples may add the testkit.
const ARROWS: [(&str, &[&str]); 13] = [
    ("nuan-vocabulary", &[]),
    ("nuan-domain", &["nuan-vocabulary"]),
    ("nuan-store", &["nuan-vocabulary", "nuan-domain"]),
    ("nuan-host", &["nuan-vocabulary", "nuan-domain"]),
    ("nuan-kernel", &["nuan-vocabulary", "nuan-domain", "nuan-store", "nuan-host"]),
    ("nuan-api", &["nuan-vocabulary", "nuan-domain", "nuan-kernel"]),
    (
        "nuan",
        &[
            "nuan-vocabulary",
            "nuan-domain",
            "nuan-store",
            "nuan-host",
            "nuan-kernel",
            "nuan-api",
            "nuan-build",
            "nuan-testkit",
        ],
    ),
    ("nuan-xtask", &["nuan-build"]),
    ("nuan-build", &[]),
    ("nuan-sdk-macros", &["nuan-vocabulary"]),
    ("nuan-sdk", &["nuan-vocabulary", "nuan-sdk-macros"]),
    ("nuan-rhai-runtime", &["nuan-vocabulary"]),
    ("nuan-testkit", &["nuan-vocabulary", "nuan-domain", "nuan-host", "nuan-sdk"]),
];

/// Libraries that one crate alone may know, so that everything else stays free of them.
const ALONE: [(&str, &[&str]); 8] = [
    ("wasmtime", &["nuan-host"]),
    ("sqlx", &["nuan-store"]),
    ("axum", &["nuan-api", "nuan-tests"]),
    ("aide", &["nuan-api"]),
    ("reqwest", &["nuan-api", "nuan-tests"]),
    ("rhai", &["nuan-rhai-runtime", "nuan-tests"]),
    ("wit-bindgen", &["nuan-sdk", "nuan-rhai-runtime"]),
    ("datafusion", &["nuan-batch"]),
];

/// What `domain` and `vocabulary` must not bring in: clocks, chance, async, databases.
const NOT_PURE: [&str; 6] = ["tokio", "sqlx", "rand", "getrandom", "reqwest", "chrono"];

struct Package {
    name: String,
    folder: String,
    /// Names with whether they are only for tests.
    uses: BTreeSet<(String, bool)>,
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(nuan_tests::root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let package = |package: &Value| Package {
        name: package["name"].as_str().unwrap().to_owned(),
        folder: package["manifest_path"].as_str().unwrap().to_owned(),
        uses: package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|used| (used["name"].as_str().unwrap().to_owned(), used["kind"] == "dev"))
            .collect(),
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

/// Everything that breaks the arrows, as sentences.
fn broken_arrows(packages: &[Package]) -> Vec<String> {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut broken = Vec::new();
    for package in packages.iter().filter(|package| package.name != "nuan-tests") {
        let is_plugin = package.folder.contains("/plugins/") || package.folder.contains("/examples/");
        let may: &[&str] =
            if is_plugin { &["nuan-sdk"] } else { arrows.get(package.name.as_str()).copied().unwrap_or(&[]) };
        for (used, for_tests) in package.uses.iter().filter(|(used, _)| ours.contains(used.as_str())) {
            let testkit = is_plugin && *for_tests && used == "nuan-testkit";
            if !may.contains(&used.as_str()) && !testkit {
                broken.push(format!("{} may not use {used}", package.name));
            }
        }
        for (library, knowers) in ALONE {
            if package.uses.iter().any(|(used, _)| used == library) && !knowers.contains(&package.name.as_str()) {
                broken.push(format!("{} may not know {library}", package.name));
            }
        }
    }
    broken
}

#[test]
fn arrows_point_downwards_only() {
    assert_eq!(broken_arrows(&packages()), Vec::<String>::new());
}

#[test]
fn an_arrow_that_points_upwards_is_seen() {
    let mut packages = packages();
    let domain = packages.iter_mut().find(|package| package.name == "nuan-domain").unwrap();
    domain.uses.insert(("nuan-store".to_owned(), false));
    domain.uses.insert(("sqlx".to_owned(), true));
    let expected = ["nuan-domain may not use nuan-store", "nuan-domain may not know sqlx"];
    assert_eq!(broken_arrows(&packages), expected);
}

#[test]
fn the_nouns_and_the_machinery_stay_pure() {
    for package in
        packages().iter().filter(|package| ["nuan-vocabulary", "nuan-domain"].contains(&package.name.as_str()))
    {
        let impure = package.uses.iter().find(|(used, for_tests)| !for_tests && NOT_PURE.contains(&used.as_str()));
        assert_eq!(impure, None, "{}", package.name);
    }
}
