//! Everything a plugin consists of, as one value: the files that decide what it does, and its component.
//!
//! INVARIANT: two packages have one digest exactly if they have the same files and the same component.

mod folder;
mod parse;

use std::collections::BTreeMap;

pub use parse::Contents;

use crate::compiler::sha256_hex;

/// The manifest.
pub const MANIFEST: &str = "plugin.toml";
/// The script, where the runtime is one for scripts.
pub const SCRIPT: &str = "rules.rhai";
/// The readings of the law that the plugin rests on.
pub const INTERPRETATIONS: &str = "interpretations.yaml";

/// What an archive begins with.
const HEADER: &[u8] = b"nuan package 1\n";

/// A plugin's files by path, and its component. Source code and golden cases are no part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// Contents by path, with `/` between folders.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The component: the plugin's own, or the script runtime.
    pub component: Vec<u8>,
}

/// The bytes are no package, or not in the one form that a package has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a package")]
pub struct NotAPackage;

impl Package {
    /// The SHA-256 of the archived package, in hexadecimal.
    pub fn digest(&self) -> String {
        sha256_hex(&self.to_bytes())
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// The one archived form: every name and every content after its length, files in the order of names.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = HEADER.to_vec();
        push_length(&mut bytes, self.files.len());
        for (name, content) in &self.files {
            push_part(&mut bytes, name.as_bytes());
            push_part(&mut bytes, content);
        }
        push_part(&mut bytes, &self.component);
        bytes
    }

    /// Reads an archived package.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAPackage> {
        let mut rest = bytes.strip_prefix(HEADER).ok_or(NotAPackage)?;
        let count = take_length(&mut rest)?;
        let mut files = BTreeMap::new();
        for _ in 0..count {
            let name = String::from_utf8(take_part(&mut rest)?.to_vec()).map_err(|_| NotAPackage)?;
            let content = take_part(&mut rest)?.to_vec();
            let is_in_order = files.last_key_value().is_none_or(|(last, _)| *last < name);
            if !is_in_order {
                return Err(NotAPackage);
            }
            files.insert(name, content);
        }
        let component = take_part(&mut rest)?.to_vec();
        if rest.is_empty() { Ok(Self { files, component }) } else { Err(NotAPackage) }
    }
}

fn push_length(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend(u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes());
}

fn push_part(bytes: &mut Vec<u8>, part: &[u8]) {
    push_length(bytes, part.len());
    bytes.extend(part);
}

fn take_length(rest: &mut &[u8]) -> Result<usize, NotAPackage> {
    let (length, after) = rest.split_first_chunk::<8>().ok_or(NotAPackage)?;
    *rest = after;
    usize::try_from(u64::from_be_bytes(*length)).map_err(|_| NotAPackage)
}

fn take_part<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], NotAPackage> {
    let length = take_length(rest)?;
    let (part, after) = rest.split_at_checked(length).ok_or(NotAPackage)?;
    *rest = after;
    Ok(part)
}

#[cfg(test)]
mod tests;
