//! Every file of the project fits the schema of its format, and so does what the machinery writes.

use std::collections::BTreeMap;
use std::path::Path;

use nuan_api::problem::Problem;
use nuan_domain::plan::producers;
use nuan_kernel::{Actor, CalculationRequest};
use nuan_testkit::plugin_folders;
use nuan_tests::installation::{Database, kernel, packages, reference};
use nuan_tests::{kept_files, root, text};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::manifest::Manifest;
use nuan_vocabulary::parameter::Parameter;
use nuan_vocabulary::resolved::{Names, resolve};
use serde_json::Value;

use super::{generated, validator};

const FOLDERS: [&str; 6] = ["core", "docs", "examples", "plugins", "sdk", "tests"];

/// A format with what says whether a file of this name is of it.
type Files = (&'static str, fn(&str) -> bool);

/// Which files are of a format.
const FILES: [Files; 8] = [
    ("case", |name| is_yaml_in("cases", name)),
    ("catalogue", |name| is_yaml_in("catalogue", name) || name.ends_with("/catalogue.yaml")),
    ("codes", |name| name == "docs/src/reference/codes.yaml"),
    ("determination", |name| name == "core/api/src/description/calculate_response.json"),
    ("household", |name| name.ends_with("/household.json")),
    ("law", |name| is_yaml_in("law", name)),
    ("parameter", |name| is_yaml_in("parameters", name)),
    ("plugin", |name| name.ends_with("/plugin.toml")),
];

/// Whether a file lies directly in a folder of this name.
fn is_yaml_in(folder: &str, name: &str) -> bool {
    let path = Path::new(name);
    path.extension().is_some_and(|ending| ending == "yaml")
        && path.parent().is_some_and(|parent| parent.ends_with(folder))
}

/// A file as an editor sees it.
fn parsed(name: &str, text: &str) -> Value {
    let read = match name.rsplit_once('.') {
        Some((_, "toml")) => toml::from_str(text).map_err(|error| error.to_string()),
        Some((_, "json")) => serde_json::from_str(text).map_err(|error| error.to_string()),
        _ => serde_saphyr::from_str(text).map_err(|error| error.to_string()),
    };
    read.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What does not fit. Values are masked, as they would be of a real household.
fn misfits(format: &str, name: &str, value: &Value) -> Vec<String> {
    let validator = validator(&generated(format));
    let misfit =
        |error: jsonschema::ValidationError<'_>| format!("{name}#{}: {}", error.instance_path(), error.masked());
    validator.iter_errors(value).map(misfit).collect()
}

#[test]
fn every_file_fits_the_schema_of_its_format() {
    let kept: Vec<_> = FOLDERS.into_iter().flat_map(|folder| kept_files(folder).unwrap()).collect();
    let from_root = |path: &Path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    let mut found = Vec::new();
    for (format, is_of_format) in FILES {
        let files: Vec<_> = kept.iter().filter(|path| is_of_format(&from_root(path))).collect();
        assert!(!files.is_empty(), "there is no file of the format {format}");
        for path in files {
            let (name, text) = text(path).unwrap();
            found.extend(misfits(format, &name, &parsed(&name, &text)));
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_household_that_the_api_shows_fits() {
    let name = "core/api/src/description/calculate_request.json";
    let (_, text) = text(&root().join(name)).unwrap();
    assert_eq!(misfits("household", name, &parsed(name, &text)["household"]), Vec::<String>::new());
}

#[tokio::test]
async fn a_determination_fits() {
    let database = Database::sqlite("schemas").await.unwrap();
    let kernel = kernel(packages().unwrap(), &database).await.unwrap();
    let name = "tests/fixtures/household.json";
    let household = parsed(name, &text(&root().join(name)).unwrap().1);
    let as_of = Date::parse("2022-09-01").ok();
    let request = CalculationRequest { household, as_of, known_at: None, outputs: None };
    let determination = kernel.calculate(&Actor::local_operator(), request).await.unwrap();
    assert!(!determination.reasons.is_empty() && !determination.parameters.is_empty());
    let written = serde_json::to_value(&determination).unwrap();
    assert_eq!(misfits("determination", name, &written), Vec::<String>::new());
}

#[test]
fn resolved_manifests_fit() {
    let read = |path: &Path| text(path).unwrap().1;
    let folders = plugin_folders();
    let manifests: Vec<Manifest> =
        folders.iter().map(|folder| toml::from_str(&read(&folder.join("plugin.toml"))).unwrap()).collect();
    let outputs = producers(&manifests.iter().collect::<Vec<_>>()).unwrap();
    let reference = reference().unwrap();
    for (folder, manifest) in folders.iter().zip(&manifests) {
        let entries = std::fs::read_dir(folder.join("parameters")).unwrap().map(|entry| entry.unwrap().path());
        let files = entries.filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
        let parameters: BTreeMap<String, Parameter> = files
            .map(|path| serde_saphyr::from_str::<Parameter>(&read(&path)).unwrap())
            .map(|parameter| (parameter.id.clone(), parameter))
            .collect();
        let names = Names { catalogue: reference.schema.catalogue(), parameters: &parameters, outputs: &outputs };
        let resolved = serde_json::to_value(resolve(manifest, &names).unwrap()).unwrap();
        assert_eq!(misfits("resolved-manifest", &manifest.id, &resolved), Vec::<String>::new());
    }
}

#[test]
fn a_problem_fits() {
    let mistake =
        Diagnostic::new("NU2110", "/as_of", "this is not a date of the calendar").with_hint("write YYYY-MM-DD");
    let mut problem = Problem::new("NU2103", 422, "The household document has 1 mistake.".to_owned(), vec![mistake]);
    problem.request_id = "1".to_owned();
    let written = serde_json::to_value(&problem).unwrap();
    assert_eq!(misfits("problem", "problem", &written), Vec::<String>::new());
}
