//! The schemas of all formats that people and partners write or read: generated from the types that read and write them,
//! committed in `sdk/schemas`, true to those types, and fitting every file of the project.

mod files;
mod refused;
mod types;

use jsonschema::Validator;
use nuan_api::document::household_schema;
use nuan_api::problem::Problem;
use nuan_kernel::configuration::Configuration;
use nuan_testkit::CaseFile;
use nuan_tests::installation::reference;
use nuan_tests::{kept_files, root};
use nuan_vocabulary::catalogue::Catalogue;
use nuan_vocabulary::citation::Instrument;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::manifest::Manifest;
use nuan_vocabulary::parameter::Parameter;
use nuan_vocabulary::resolved::ResolvedManifest;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use crate::codes::Register;

const FOLDER: &str = "sdk/schemas";

/// A format with the function that generates its schema.
type Format = (&'static str, fn() -> Schema);

/// Every format with its schema. A number of an id counts the versions of a format that are not compatible.
const FORMATS: [Format; 11] = [
    ("case", as_read::<CaseFile>),
    ("catalogue", as_read::<Catalogue>),
    ("codes", as_read::<Register>),
    ("config", as_read::<Configuration>),
    ("determination", as_written::<Determination>),
    ("household", household),
    ("law", as_read::<Instrument>),
    ("parameter", as_read::<Parameter>),
    ("plugin", as_read::<Manifest>),
    ("problem", as_written::<Problem>),
    ("resolved-manifest", as_written::<ResolvedManifest>),
];

/// What people and partners write.
fn as_read<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>()
}

/// What they read.
fn as_written<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// Household documents under the fact catalogue of the project.
fn household() -> Schema {
    household_schema(reference().unwrap().schema.catalogue())
}

fn generated(format: &str) -> Value {
    let (_, schema) = FORMATS.iter().find(|(name, _)| *name == format).unwrap();
    let mut schema = schema().to_value();
    schema["$id"] = json!(format!("urn:nuan:schema:{format}:1"));
    schema
}

/// A schema at work. Formats count, as they do in editors.
fn validator(schema: &Value) -> Validator {
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(schema).unwrap_or_else(|error| panic!("{}: {error}", schema["$id"]))
}

/// `NUAN_WRITE=1 cargo test -p nuan-tests --test all schemas` writes the copies anew.
#[test]
fn the_committed_copies_are_current() {
    let mut stale = Vec::new();
    for (format, _) in FORMATS {
        let file = format!("{format}.schema.json");
        let path = root().join(FOLDER).join(&file);
        let current = format!("{}\n", serde_json::to_string_pretty(&generated(format)).unwrap());
        if std::env::var_os("NUAN_WRITE").is_some() {
            std::fs::write(&path, &current).unwrap();
        }
        if std::fs::read_to_string(&path).ok().as_ref() != Some(&current) {
            stale.push(file);
        }
    }
    let command = "NUAN_WRITE=1 cargo test -p nuan-tests --test all schemas";
    assert!(stale.is_empty(), "out of date in {FOLDER}: {stale:?}; run `{command}` and review the change");
}

#[test]
fn no_schema_is_kept_that_nothing_generates() {
    for path in kept_files(FOLDER).unwrap() {
        let file = path.file_name().unwrap().to_str().unwrap();
        let format = file.strip_suffix(".schema.json");
        let is_generated = format.is_some_and(|format| FORMATS.iter().any(|(name, _)| *name == format));
        assert!(is_generated || file == "README.md", "{file}");
    }
}

#[test]
fn every_schema_is_one_and_says_what_it_is_about() {
    for (format, _) in FORMATS {
        let schema = generated(format);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{format}");
        jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|error| panic!("{format}: {error}"));
        let is_said = |key: &str| schema[key].as_str().is_some_and(|text| !text.is_empty());
        assert!(is_said("title") && is_said("description"), "{format}");
        // Building it follows every reference; none may lead to another document.
        validator(&schema);
        let text = schema.to_string();
        assert!(!text.replace("\"$ref\":\"#", "").contains("\"$ref\":\""), "{format}");
    }
}
