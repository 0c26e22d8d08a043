//! The fact catalogue and the register of legal sources, built into the binary so that it runs alone.

use std::collections::BTreeMap;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../sdk/catalogue"]
#[include = "*.yaml"]
struct Embedded;

/// The files by path.
pub fn files() -> BTreeMap<String, Vec<u8>> {
    let content = |path: &str| Embedded::get(path).map(|file| file.data.into_owned());
    Embedded::iter().filter_map(|path| Some((path.to_string(), content(&path)?))).collect()
}
