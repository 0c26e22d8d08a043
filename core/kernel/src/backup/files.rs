//! Files of a backup: read once, from beginning to end, with the digest of what was read.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use nuan_domain::crypto::CryptoSuite;

use super::BackupRefused;

/// How much is read at once.
const PART_BYTES: usize = 1024 * 1024;

/// The length and the digest of a file.
pub fn digest_of(path: &Path, suite: CryptoSuite) -> Result<(u64, String), BackupRefused> {
    let file = File::open(path).map_err(failed("read", path))?;
    pass(file, suite, path, |_| Ok(()))
}

/// Copies a file to a place where there is none, synced when this returns; the length and digest of what was copied.
pub fn copy_file(from: &Path, to: &Path, suite: CryptoSuite) -> Result<(u64, String), BackupRefused> {
    let file = File::open(from).map_err(failed("read", from))?;
    let mut copy = File::create_new(to).map_err(failed("write", to))?;
    let copied = pass(file, suite, from, |part| copy.write_all(part).map_err(failed("write", to)))?;
    copy.sync_all().map_err(failed("write", to))?;
    sync_folder(to)?;
    Ok(copied)
}

/// Syncs the folder of a file, or its name may be lost.
pub fn sync_folder(path: &Path) -> Result<(), BackupRefused> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("sync", folder))
}

fn pass(
    mut file: File,
    suite: CryptoSuite,
    path: &Path,
    mut each: impl FnMut(&[u8]) -> Result<(), BackupRefused>,
) -> Result<(u64, String), BackupRefused> {
    let (mut part, mut bytes, mut hash) = (vec![0; PART_BYTES], 0, suite.running_hash());
    loop {
        let length = file.read(&mut part).map_err(failed("read", path))?;
        let Some(read) = part.get(..length).filter(|read| !read.is_empty()) else { break };
        hash.update(read);
        each(read)?;
        bytes += u64::try_from(length).unwrap_or(0);
    }
    Ok((bytes, hash.digest()))
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> BackupRefused {
    let path = path.to_owned();
    move |source| BackupRefused::Io { what, path, source }
}
