//! Numbers of the law that a case sets for itself: one value, everywhere and always.

use std::collections::BTreeMap;

use nuan_host::package::Package;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::parameter::{Confidence, Parameter, ParameterRow, Written};

use crate::mistakes::Mistakes;

/// The parameter with the case's value; with none, where the case says `unknown`. Bounds of the law stay.
pub fn overridden(parameter: &Parameter, value: &Written) -> Parameter {
    let row = ParameterRow {
        division: DivisionCode::NATION,
        covers: Vec::new(),
        from: Date::new(1800, 1, 1).unwrap_or(Date::from_days(0)),
        until: None,
        value: value.clone(),
        confidence: Confidence::Synthetic,
        cites: None,
        source: Some("a golden case".to_owned()),
        interpretation: None,
    };
    let is_unknown = *value == Written::Text("unknown".to_owned());
    let values = if is_unknown { Vec::new() } else { vec![row] };
    Parameter { stale_after_months: None, values, ..parameter.clone() }
}

/// Rewrites the parameter files of packages, so that an installation has the numbers of a case.
pub fn override_parameters(packages: &mut [Package], parameters: &BTreeMap<String, Written>) -> Result<(), Mistakes> {
    let mut mistakes = Vec::new();
    for (id, value) in parameters {
        let name = format!("parameters/{id}.yaml");
        let mut found = false;
        for file in packages.iter_mut().filter_map(|package| package.files.get_mut(&name)) {
            found = true;
            match rewritten(file, value) {
                Ok(bytes) => *file = bytes,
                Err(detail) => mistakes.push(Diagnostic::new("NU3608", &name, detail)),
            }
        }
        if !found {
            mistakes.push(no_such_parameter(id));
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(Mistakes(mistakes)) }
}

fn rewritten(file: &[u8], value: &Written) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(file).map_err(|error| error.to_string())?;
    let parameter: Parameter = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    serde_json::to_vec(&overridden(&parameter, value)).map_err(|error| error.to_string())
}

/// A case sets a parameter that no plugin declares.
pub fn no_such_parameter(id: &str) -> Diagnostic {
    Diagnostic::new("NU3608", format!("parameters/{id}"), "no plugin of the case has this parameter")
}
