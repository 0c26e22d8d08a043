//! The files of golden cases: a background, cases over it, and properties.

mod shape;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use nuan_vocabulary::citation::Citation;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::parameter::Written;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use crate::folder;
use crate::mistakes::Mistakes;
use crate::properties::Property;

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, from the workspace.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One golden case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Where it stands.
    pub place: Place,
    /// A sentence that a caseworker would say.
    pub name: String,
    /// The place in the law that it is about.
    pub cites: Citation,
    /// Where it applies.
    pub division: DivisionCode,
    /// The date of the law and of the facts.
    pub as_of: Date,
    /// Facts that became known later do not count; all count where absent.
    pub known_at: Option<Timestamp>,
    /// What matters, over the background.
    pub given: BTreeMap<String, Value>,
    /// Numbers of the law that hold in this case alone.
    pub parameters: BTreeMap<String, Written>,
    /// What the rules have to answer.
    pub expect: BTreeMap<String, Value>,
    /// The household document that the case changes.
    pub background: Arc<Value>,
}

/// One file of cases. Its schema is that of the file as people write it.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(with = "FileText", description = "One file of golden cases, `cases/*.yaml`.")]
pub struct CaseFile {
    /// The file, from the workspace.
    pub path: Arc<str>,
    /// Its cases, in order.
    pub cases: Vec<Case>,
    /// What holds around every case of the file, with the line.
    pub properties: Vec<(Place, Property)>,
}

/// All cases of a plugin, file by file in the order of names.
pub fn cases(plugin: &Path) -> Result<Vec<Case>, Mistakes> {
    Ok(files(plugin)?.into_iter().flat_map(|file| file.cases).collect())
}

/// All files of cases of a plugin. All mistakes come at once; a plugin without any case has one.
pub fn files(plugin: &Path) -> Result<Vec<CaseFile>, Mistakes> {
    let folder = plugin.join("cases");
    let mut mistakes = Vec::new();
    let mut files = Vec::new();
    for path in folder::yaml_files(&folder) {
        match read(&path) {
            Ok(file) => files.push(file),
            Err(more) => mistakes.extend(more.0),
        }
    }
    if files.is_empty() && mistakes.is_empty() {
        let mistake = Diagnostic::new("NU3603", folder::shown(&folder), "the plugin has no golden case");
        mistakes.push(mistake.with_hint("write cases/<topic>.yaml; boundaries in pairs"));
    }
    mistakes.extend(named_twice(&files));
    if mistakes.is_empty() { Ok(files) } else { Err(Mistakes(mistakes)) }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FileText {
    /// The household that all cases begin with: a file of `backgrounds/` beside this one, without its ending.
    background: String,
    /// The cases.
    #[schemars(with = "Vec<CaseText>")]
    cases: Vec<Spanned<CaseText>>,
    /// What holds around every case of the file.
    #[serde(default)]
    #[schemars(with = "Vec<Property>")]
    properties: Vec<Spanned<Property>>,
}

/// One golden case.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Case")]
struct CaseText {
    /// A sentence that a caseworker would say; it stands once in a plugin.
    name: String,
    /// The place in the law that it is about.
    cites: Citation,
    /// Where it applies.
    division: DivisionCode,
    /// The date of the law and of the facts.
    as_of: Date,
    /// Facts that became known later do not count; all count where absent.
    #[serde(default)]
    #[schemars(extend("format" = "date-time"))]
    known_at: Option<String>,
    /// What matters, over the background.
    #[serde(default)]
    #[schemars(schema_with = "shape::given")]
    given: BTreeMap<String, Value>,
    /// Numbers of the law that hold in this case alone.
    #[serde(default)]
    parameters: BTreeMap<String, Written>,
    /// What the rules have to answer; what is not named is not checked.
    #[schemars(schema_with = "shape::expect")]
    expect: BTreeMap<String, Value>,
}

fn read(path: &Path) -> Result<CaseFile, Mistakes> {
    let text: FileText = folder::read_yaml(path)?;
    let file: Arc<str> = folder::shown(path).into();
    let background = path.with_file_name("backgrounds").join(format!("{}.yaml", text.background));
    let background: Arc<Value> = Arc::new(folder::read_yaml(&background)?);
    let mut mistakes = Vec::new();
    let mut cases = Vec::with_capacity(text.cases.len());
    for Spanned { value, referenced, .. } in text.cases {
        let place = Place { file: Arc::clone(&file), line: referenced.line() };
        match read_case(value, place, &background) {
            Ok(case) => cases.push(case),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    let located = |property: Spanned<Property>| {
        (Place { file: Arc::clone(&file), line: property.referenced.line() }, property.value)
    };
    let properties = text.properties.into_iter().map(located).collect();
    if mistakes.is_empty() { Ok(CaseFile { path: file, cases, properties }) } else { Err(Mistakes(mistakes)) }
}

fn read_case(text: CaseText, place: Place, background: &Arc<Value>) -> Result<Case, Diagnostic> {
    if text.expect.is_empty() {
        return Err(Diagnostic::new("NU3606", place.to_string(), "the case expects nothing"));
    }
    let known_at = text.known_at.map(|instant| instant.parse::<Timestamp>()).transpose();
    let known_at = known_at.map_err(|_| {
        Diagnostic::new("NU3602", place.to_string(), "`known_at` is no instant")
            .with_hint("write \"2021-05-20T08:00:00Z\"")
    })?;
    let CaseText { name, cites, division, as_of, given, parameters, expect, known_at: _ } = text;
    Ok(Case {
        place,
        name,
        cites,
        division,
        as_of,
        known_at,
        given,
        parameters,
        expect,
        background: Arc::clone(background),
    })
}

/// A name stands for one case in reports, so it stands once in a plugin.
fn named_twice(files: &[CaseFile]) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<&str, &Place> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for case in files.iter().flat_map(|file| &file.cases) {
        if let Some(first) = seen.insert(&case.name, &case.place) {
            mistakes.push(Diagnostic::new(
                "NU3611",
                case.place.to_string(),
                format!("the case at {first} has the same name"),
            ));
        }
    }
    mistakes
}
