//! Reads the files of a package: manifest, parameters and the law that it brings. Mistakes carry file, line and column, and
//! come at once.

use std::collections::BTreeMap;

use nuan_vocabulary::citation::Instrument;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::manifest::Manifest;
use nuan_vocabulary::parameter::Parameter;
use serde::de::DeserializeOwned;

use super::{MANIFEST, Package};

const PARAMETERS: &str = "parameters/";
const LAW: &str = "law/";

/// What the files of a package say. Whether their names fit together is for `resolve` to say.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The manifest.
    pub manifest: Manifest,
    /// The parameters by id.
    pub parameters: BTreeMap<String, Parameter>,
    /// The instruments by id that the plugin brings beside those of the register: a notice of its city.
    pub instruments: BTreeMap<String, Instrument>,
}

impl Package {
    /// Reads manifest, parameters and instruments.
    pub fn parse(&self) -> Result<Contents, Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let manifest = self.manifest().map_err(|mistake| mistakes.push(mistake)).ok();
        let parameters = self.read_all(PARAMETERS, |parameter: &Parameter| &parameter.id, &mut mistakes);
        let instruments = self.read_all(LAW, |instrument: &Instrument| &instrument.id, &mut mistakes);
        match manifest {
            Some(manifest) if mistakes.is_empty() => Ok(Contents { manifest, parameters, instruments }),
            _ => Err(mistakes),
        }
    }

    /// Every file of a folder, by the id that it names itself; a file is called as its id.
    fn read_all<T: DeserializeOwned>(
        &self,
        folder: &str,
        id_of: impl Fn(&T) -> &String,
        mistakes: &mut Vec<Diagnostic>,
    ) -> BTreeMap<String, T> {
        let mut found = BTreeMap::new();
        for (path, content) in self.files.iter().filter(|(path, _)| path.starts_with(folder)) {
            let read = match read_yaml::<T>(path, content) {
                Ok(read) => read,
                Err(mistake) => {
                    mistakes.push(mistake);
                    continue;
                }
            };
            let id = id_of(&read).clone();
            if *path != format!("{folder}{id}.yaml") {
                let detail = format!("the file holds `{id}`");
                mistakes.push(Diagnostic::new("NU3507", path, detail).with_hint("name the file as the id in it"));
            }
            found.insert(id, read);
        }
        found
    }

    fn manifest(&self) -> Result<Manifest, Diagnostic> {
        let content =
            self.files.get(MANIFEST).ok_or_else(|| Diagnostic::new("NU3501", MANIFEST, "there is no manifest"))?;
        let text = std::str::from_utf8(content).map_err(|_| not_utf8(MANIFEST))?;
        toml::from_str(text).map_err(|error| {
            let (line, column) = error.span().map_or((1, 1), |span| position(text, span.start));
            Diagnostic::new("NU3505", format!("{MANIFEST}:{line}:{column}"), error.message().trim())
        })
    }
}

/// Reads a YAML file of one document.
fn read_yaml<T: DeserializeOwned>(path: &str, content: &[u8]) -> Result<T, Diagnostic> {
    let text = std::str::from_utf8(content).map_err(|_| not_utf8(path))?;
    serde_saphyr::from_str(text).map_err(|error| {
        let place = error
            .location()
            .map_or_else(|| path.to_owned(), |place| format!("{path}:{}:{}", place.line(), place.column()));
        let said = error.without_snippet().to_string();
        Diagnostic::new("NU3506", place, said.lines().next().unwrap_or_default())
    })
}

fn not_utf8(path: &str) -> Diagnostic {
    Diagnostic::new("NU3508", path, "the file is not UTF-8")
}

/// Line and column of a byte, both counted from one.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}
