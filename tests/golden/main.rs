//! Every golden case of every plugin: natively, in the sandbox, and through the API on SQLite and on PostgreSQL.
//! Besides, its reasons have to name the law that it is about.
//!
//! A case is a test by its sentence; its kind says how it was run. `cargo test --test golden -- 边缘` runs those that name it.

mod api;
mod reasons;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use libtest_mimic::{Arguments, Trial};
use nuan_testkit::{Kind, Mistakes, Plugin, plugin_folders, trials, workspace};

/// Opens a plugin in Rust natively.
type Open = fn(&Path) -> Result<Plugin, Mistakes>;

/// The plugins in Rust, by folder.
const NATIVE: [(&str, Open); 2] = [
    ("plugins/basic-living", Plugin::native::<basic_living::Plugin>),
    ("examples/jiaxing-warm-nest", Plugin::native::<jiaxing_warm_nest::Plugin>),
];

fn main() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let runtime = tokio::runtime::Runtime::new()?;
    let mut all = vec![Trial::test("every plugin in Rust runs natively", every_rust_plugin_is_named)];
    for (name, open) in NATIVE {
        let folder = workspace().join(name);
        all.extend(trials(open(&folder), &folder, Kind::Native));
    }
    for folder in plugin_folders() {
        all.extend(trials(Plugin::open(&folder), &folder, Kind::Sandbox));
    }
    for database in [api::On::Sqlite, api::On::Postgres] {
        all.extend(api::trials(database, runtime.handle()));
    }
    Ok(libtest_mimic::run(&arguments, all).exit_code())
}

fn every_rust_plugin_is_named() -> Result<(), libtest_mimic::Failed> {
    let rust = plugin_folders().into_iter().filter(|folder| folder.join("Cargo.toml").is_file());
    let forgotten = rust.filter(|folder| !NATIVE.iter().any(|(name, _)| workspace().join(name) == *folder));
    let names: Vec<String> = forgotten.map(|folder| folder.display().to_string()).collect();
    if names.is_empty() { Ok(()) } else { Err(format!("not run natively: {}", names.join(", ")).into()) }
}
