//! Files kept by digest, so that a determination can be computed again after a rebuild: packages, catalogue, parameters.

use std::collections::BTreeMap;

use nuan_domain::audit::digest;

/// Something that is kept for replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    /// `sha256:…` of the content.
    pub digest: String,
    /// `plugin`, `catalogue` or `parameters`.
    pub kind: &'static str,
    /// The bytes.
    pub content: Vec<u8>,
}

/// Files as one archive: every name and content with its length, in the order of names.
pub fn archived(kind: &'static str, files: &BTreeMap<String, Vec<u8>>) -> Archived {
    let mut content = Vec::new();
    for (name, bytes) in files {
        for part in [name.as_bytes(), bytes] {
            content.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            content.extend(part);
        }
    }
    Archived { digest: digest(&content), kind, content }
}

/// The files of an archive; `None` if it is damaged.
pub fn files(mut content: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut part = || -> Option<Vec<u8>> {
        let (length, rest) = content.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
        let (part, rest) = rest.split_at_checked(length)?;
        content = rest;
        Some(part.to_vec())
    };
    while let Some(name) = part() {
        files.insert(String::from_utf8(name).ok()?, part()?);
    }
    content.is_empty().then_some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_read_back_and_a_damaged_one_refused() {
        let kept = BTreeMap::from([("a.yaml".to_owned(), b"one".to_vec()), ("law/b.yaml".to_owned(), Vec::new())]);
        let archive = archived("catalogue", &kept);
        assert_eq!(files(&archive.content), Some(kept));
        assert_eq!(files(&archive.content[..archive.content.len() - 1]), None);
        assert!(archive.digest.starts_with("sha256:"));
    }
}
