//! What the tests of this topic share: the project's catalogue, and the spreadsheet of an invented township.

use nuan_domain::schema::Schema;
use nuan_vocabulary::catalogue::Catalogue;

use super::{Mapping, Table};

/// Twelve persons in five households, in UTF-8; two rows are wrong.
pub const TOWNSHIP: &str = include_str!("../../../../tests/fixtures/township.csv");

/// The mapping of it.
pub const MAPPING: &str = include_str!("../../../../tests/fixtures/township.mapping.yaml");

/// The catalogue of the project.
pub fn schema() -> Schema {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/catalogue");
    let mut catalogue = Catalogue::default();
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        catalogue.merge(serde_saphyr::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()).unwrap();
    }
    Schema::new(catalogue).unwrap()
}

/// The township's spreadsheet with one text in place of another.
pub fn township(from: &str, to: &str) -> Table {
    assert!(TOWNSHIP.contains(from), "{from}");
    Table::read(TOWNSHIP.replacen(from, to, 1).as_bytes()).unwrap()
}

/// The township's mapping.
pub fn mapping() -> Mapping {
    Mapping::from_yaml("township.mapping.yaml", MAPPING).unwrap()
}
