//! The fact catalogue and the register of legal sources, as files that are kept by digest for replay.

use std::collections::BTreeMap;

use nuan_domain::schema::Schema;
use nuan_vocabulary::catalogue::Catalogue;
use nuan_vocabulary::citation::Instrument;
use nuan_vocabulary::diagnostic::Diagnostic;
use serde::de::DeserializeOwned;

/// Catalogue and register, read and numbered.
#[derive(Debug)]
pub struct Reference {
    /// The files as they were read, by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The catalogue with numbers.
    pub schema: Schema,
    /// Instruments by id.
    pub instruments: BTreeMap<String, Instrument>,
}

impl Reference {
    /// Reads `*.yaml` as catalogue and `law/*.yaml` as instruments. All mistakes come at once.
    pub fn from_files(files: BTreeMap<String, Vec<u8>>) -> Result<Self, Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let mut catalogue = Catalogue::default();
        let mut instruments = BTreeMap::new();
        for (path, content) in files.iter().filter(|(path, _)| path.ends_with(".yaml")) {
            if path.starts_with("law/") {
                if let Some(instrument) = read::<Instrument>(path, content, &mut mistakes) {
                    instruments.insert(instrument.id.clone(), instrument);
                }
            } else if let Some(part) = read::<Catalogue>(path, content, &mut mistakes)
                && let Err(conflict) = catalogue.merge(part)
            {
                mistakes.push(Diagnostic::new("NU3002", path.as_str(), conflict.to_string()));
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let schema =
            Schema::new(catalogue).map_err(|error| vec![Diagnostic::new("NU3003", "catalogue", error.to_string())])?;
        Ok(Self { files, schema, instruments })
    }
}

fn read<T: DeserializeOwned>(path: &str, content: &[u8], mistakes: &mut Vec<Diagnostic>) -> Option<T> {
    let text = std::str::from_utf8(content).ok();
    match text.map(serde_saphyr::from_str::<T>) {
        Some(Ok(read)) => Some(read),
        Some(Err(error)) => {
            mistakes.push(Diagnostic::new("NU3001", path, error.to_string()));
            None
        }
        None => {
            mistakes.push(Diagnostic::new("NU3001", path, "the file is not UTF-8"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_of_the_project_is_read_whole() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/catalogue");
        let mut files = BTreeMap::new();
        for (prefix, folder) in [("", folder.clone()), ("law/", folder.join("law"))] {
            for entry in
                std::fs::read_dir(folder).unwrap().filter_map(Result::ok).filter(|entry| entry.path().is_file())
            {
                files.insert(format!("{prefix}{}", entry.file_name().display()), std::fs::read(entry.path()).unwrap());
            }
        }
        let reference = Reference::from_files(files).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
        assert!(reference.schema.fact("member.birth_date").is_some());
        assert!(reference.instruments.contains_key("zhejiang-social-assistance-2020"));
    }

    #[test]
    fn mistakes_of_all_files_come_at_once() {
        let files = BTreeMap::from([
            ("a.yaml".to_owned(), b"version: x".to_vec()),
            ("law/b.yaml".to_owned(), b"id: 1".to_vec()),
        ]);
        assert_eq!(Reference::from_files(files).unwrap_err().len(), 2);
    }
}
