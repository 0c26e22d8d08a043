//! Wraps a core module as a component, and writes it with its digest.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasm_metadata::Producers;
use wit_component::ComponentEncoder;

use crate::BuildError;

/// A component on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// The package it was built from.
    pub package: String,
    /// `<folder>/<package>.wasm`.
    pub path: PathBuf,
    /// The SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: usize,
}

/// Wraps a core module that carries its world in a custom section, as `wit-bindgen` leaves it, and validates the result.
///
/// The compiler is recorded in the producers section, since stripping takes away the linker's own entry.
pub fn componentize(package: &str, module: &[u8], compiler: &str) -> Result<Vec<u8>, BuildError> {
    let encoded = ComponentEncoder::default().module(module).and_then(|encoder| encoder.validate(true).encode());
    let recorded = encoded.and_then(|component| {
        let (name, version) = compiler.split_once(' ').unwrap_or((compiler, ""));
        let mut producers = Producers::empty();
        producers.add("processed-by", name, version);
        producers.add_to_wasm(&component)
    });
    recorded.map_err(|source| BuildError::Componentize { package: package.to_owned(), source: source.into() })
}

/// Writes the component and its digest, in the form that `sha256sum --check` reads.
pub(crate) fn write(folder: &Path, package: &str, bytes: &[u8]) -> Result<Component, BuildError> {
    let file = format!("{package}.wasm");
    let sha256 = hexadecimal(&Sha256::digest(bytes));
    replace(&folder.join(&file), bytes)?;
    replace(&folder.join(format!("{file}.sha256")), format!("{sha256}  {file}\n").as_bytes())?;
    Ok(Component { package: package.to_owned(), path: folder.join(file), sha256, bytes: bytes.len() })
}

/// Replaces a file whole, so that a reader never sees half of it; a file that is right stays untouched.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    let part = path.with_added_extension("part");
    fs::write(&part, bytes).map_err(BuildError::file("write", &part))?;
    fs::rename(&part, path).map_err(BuildError::file("write", path))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPILER: &str = "rustc 1.95.0 (59807616e 2026-04-14)";

    /// The smallest core module: the magic number and the version. Without a world it is a component that exports nothing.
    const MODULE: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn a_module_becomes_a_component_that_names_its_compiler() {
        let component = componentize("small", MODULE, COMPILER).unwrap();
        assert_eq!(&component[..8], b"\0asm\x0d\0\x01\0", "the header of a component");
        let text = String::from_utf8_lossy(&component);
        assert!(text.contains("rustc") && text.contains("1.95.0 (59807616e 2026-04-14)"), "{text}");
        assert_eq!(component, componentize("small", MODULE, COMPILER).unwrap());
    }

    #[test]
    fn what_is_not_a_module_is_refused_with_the_package_name() {
        let error = componentize("broken", b"\0asm\x01\0\0\0\xff", COMPILER).unwrap_err();
        assert_eq!(error.to_string(), "failed to wrap the module of `broken` as a component");
        assert_eq!(error.code(), "NU1003");
    }

    #[test]
    fn the_digest_stands_beside_the_component() {
        let folder = std::env::temp_dir().join(format!("nuan-component-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let component = write(&folder, "abc", b"abc").unwrap();
        assert_eq!(component.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let line = fs::read_to_string(folder.join("abc.wasm.sha256")).unwrap();
        assert_eq!(line, format!("{}  abc.wasm\n", component.sha256));
        let written = fs::metadata(&component.path).unwrap().modified().unwrap();
        assert_eq!(write(&folder, "abc", b"abc").unwrap(), component);
        assert_eq!(
            fs::metadata(&component.path).unwrap().modified().unwrap(),
            written,
            "unchanged bytes are not rewritten"
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
