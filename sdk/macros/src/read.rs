//! Reads the files of a plugin and resolves its manifest. All mistakes of a file set come at once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use nuan_vocabulary::catalogue::Catalogue;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::manifest::Manifest;
use nuan_vocabulary::parameter::Parameter;
use nuan_vocabulary::resolved::{Names, ResolvedManifest, resolve};

/// Everything that the view is written from.
pub struct Sources {
    /// The plugin's manifest.
    pub manifest: Manifest,
    /// The fact catalogue.
    pub catalogue: Catalogue,
    /// The plugin's parameters by id.
    pub parameters: BTreeMap<String, Parameter>,
    /// The manifest with every name looked up.
    pub resolved: ResolvedManifest,
    /// Every file that was read, so that cargo builds again when one changes.
    pub files: Vec<PathBuf>,
}

type Read<T> = Result<T, Vec<Diagnostic>>;

/// Reads a manifest, the catalogue and the parameters beside the manifest.
pub fn sources(manifest_file: &Path, catalogue_folder: &Path) -> Read<Sources> {
    let mut files = vec![manifest_file.to_path_buf()];
    let manifest = manifest(manifest_file);
    let catalogue = catalogue(catalogue_folder, &mut files);
    let parameters = parameters(&manifest_file.with_file_name("parameters"), &mut files);
    let (manifest, catalogue, parameters) = match (manifest, catalogue, parameters) {
        (Ok(manifest), Ok(catalogue), Ok(parameters)) => (manifest, catalogue, parameters),
        (manifest, catalogue, parameters) => {
            return Err([manifest.err(), catalogue.err(), parameters.err()].into_iter().flatten().flatten().collect());
        }
    };
    let names = Names { catalogue: &catalogue, parameters: &parameters, outputs: &BTreeMap::new() };
    let resolved = resolve(&manifest, &names)?;
    Ok(Sources { manifest, catalogue, parameters, resolved, files })
}

fn manifest(file: &Path) -> Read<Manifest> {
    let text = text(file)?;
    toml::from_str(&text).map_err(|error| {
        let (line, column) = error.span().map_or((1, 1), |span| position(&text, span.start));
        vec![mistake(file, Some((line, column)), error.message())]
    })
}

fn catalogue(folder: &Path, files: &mut Vec<PathBuf>) -> Read<Catalogue> {
    let mut catalogue = Catalogue::default();
    let mut mistakes = Vec::new();
    for file in yaml_files(folder)? {
        match yaml::<Catalogue>(&file) {
            Ok(part) => {
                mistakes.extend(catalogue.merge(part).err().map(|error| mistake(&file, None, &error.to_string())))
            }
            Err(more) => mistakes.extend(more),
        }
        files.push(file);
    }
    if mistakes.is_empty() {
        mistakes.extend(catalogue.check().err().map(|error| mistake(folder, None, &error.to_string())));
    }
    if mistakes.is_empty() { Ok(catalogue) } else { Err(mistakes) }
}

fn parameters(folder: &Path, files: &mut Vec<PathBuf>) -> Read<BTreeMap<String, Parameter>> {
    let mut parameters: BTreeMap<String, Parameter> = BTreeMap::new();
    let mut mistakes = Vec::new();
    if !folder.is_dir() {
        return Ok(parameters);
    }
    for file in yaml_files(folder)? {
        match yaml::<Parameter>(&file) {
            Ok(parameter) => {
                let id = parameter.id.clone();
                if parameters.insert(id.clone(), parameter).is_some() {
                    mistakes.push(mistake(&file, None, &format!("the parameter `{id}` stands in two files")));
                }
            }
            Err(more) => mistakes.extend(more),
        }
        files.push(file);
    }
    if mistakes.is_empty() { Ok(parameters) } else { Err(mistakes) }
}

/// The YAML files that lie directly in a folder, in the order of names.
fn yaml_files(folder: &Path) -> Read<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| vec![mistake(folder, None, &error.to_string())])?;
    let files = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut files: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|end| end == "yaml")).collect();
    files.sort();
    Ok(files)
}

fn yaml<T: for<'de> serde::Deserialize<'de>>(file: &Path) -> Read<T> {
    let text = text(file)?;
    serde_saphyr::from_str(&text).map_err(|error| {
        let place = error.location().map(|place| (place.line(), place.column()));
        vec![mistake(file, place, &error.to_string())]
    })
}

fn text(file: &Path) -> Read<String> {
    fs::read_to_string(file).map_err(|error| vec![mistake(file, None, &error.to_string())])
}

fn mistake(file: &Path, place: Option<(u64, u64)>, detail: &str) -> Diagnostic {
    let path = match place {
        Some((line, column)) => format!("{}:{line}:{column}", file.display()),
        None => file.display().to_string(),
    };
    Diagnostic::new("NU3101", path, detail)
}

/// Line and column of a byte, both counted from 1.
fn position(text: &str, byte: usize) -> (u64, u64) {
    let before = text.get(..byte).unwrap_or(text);
    let (lines, last) =
        before.rsplit_once('\n').map_or((0, before), |(lines, last)| (lines.matches('\n').count() + 1, last));
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    (count(lines + 1), count(last.chars().count() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_lines_and_characters() {
        assert_eq!(position("abc", 0), (1, 1));
        assert_eq!(position("暖\nabc\nx = ", 8), (3, 1));
        assert_eq!(position("暖x", 3), (1, 2));
    }

    #[test]
    fn the_mistakes_of_all_files_come_at_once() {
        let nowhere = Path::new("nowhere");
        let Err(mistakes) = sources(&nowhere.join("plugin.toml"), &nowhere.join("catalogue")) else {
            panic!("no such files")
        };
        assert_eq!(mistakes.iter().map(|mistake| mistake.code.as_str()).collect::<Vec<_>>(), ["NU3101", "NU3101"]);
    }
}
