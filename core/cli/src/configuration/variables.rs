//! The variables of the environment: `NUAN__STORAGE__DATABASE` for `storage.database`, and the short names, which clap reads.

use std::ffi::{OsStr, OsString};

use nuan_vocabulary::diagnostic::Diagnostic;

use super::Given;
use super::origin::Origin;
use super::settings::{SETTINGS, Setting};

/// What the long names begin with.
const PREFIX: &str = "NUAN__";

/// Between table and key.
const SEPARATOR: &str = "__";

type Variables = [(OsString, OsString)];

/// The value of one variable.
pub fn value(variables: &Variables, name: &str) -> Option<OsString> {
    let found = variables.iter().find(|(other, value)| other == name && !value.is_empty());
    found.map(|(_, value)| value.clone())
}

/// What the long names give, and what is wrong with variables of either kind.
pub fn read(variables: &Variables) -> (Vec<Given>, Vec<Diagnostic>) {
    let (mut given, mut mistakes) = (Vec::new(), Vec::new());
    let mut sorted: Vec<&(OsString, OsString)> = variables.iter().collect();
    sorted.sort();
    for (name, value) in sorted {
        let Some(name) = name.to_str() else { continue };
        let is_long = name.starts_with(PREFIX);
        let found = SETTINGS.iter().find(|setting| name == long_name(setting) || name == setting.variable);
        let Some(setting) = found else {
            if is_long {
                let names: Vec<String> = SETTINGS.iter().map(long_name).collect();
                let mistake = Diagnostic::new("NU1103", name, "there is no setting of this name");
                mistakes.push(mistake.with_suggestion(name, names.iter().map(String::as_str)));
            }
            continue;
        };
        let Some(values) = values(setting, value) else {
            mistakes.push(Diagnostic::new("NU1105", name, "the value is not UTF-8"));
            continue;
        };
        let wrong: Vec<String> = values.iter().filter_map(|value| setting.mistake(value)).collect();
        if is_long && self::value(variables, setting.variable).is_some() {
            let what = format!("{} gives the same setting; keep one of the two", setting.variable);
            mistakes.push(Diagnostic::new("NU1106", name, what));
        }
        if is_long && wrong.is_empty() {
            given.push(Given { setting, values, origin: Origin::Variable { name: name.to_owned() } });
        }
        mistakes.extend(wrong.into_iter().map(|what| Diagnostic::new("NU1105", name, what)));
    }
    (given, mistakes)
}

fn values(setting: &Setting, value: &OsStr) -> Option<Vec<String>> {
    let value = value.to_str()?;
    Some(match setting.kind.separator() {
        Some(separator) => value.split(separator).map(str::to_owned).collect(),
        None => vec![value.to_owned()],
    })
}

fn long_name(setting: &Setting) -> String {
    format!("{PREFIX}{}", setting.key.replace('.', SEPARATOR).to_uppercase())
}
