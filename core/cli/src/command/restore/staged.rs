//! Where a restored database lies until it is verified: beside its place on SQLite, under a mark on PostgreSQL.
//!
//! INVARIANT: what is not verified is opened by nobody else. Whatever ends a restore, an error or a kill, leaves no database in
//! the place that `nuan serve` would open.

use std::fs::{DirBuilder, File};
use std::path::{Path, PathBuf};

use nuan_domain::crypto::CryptoSuite;
use nuan_kernel::KernelError;
use nuan_kernel::backup::{BackupRefused, copy_file, sync_folder};
use nuan_store::backup::{mark_unverified, remove_mark};

use crate::command::backup::io;
use crate::database_address::DatabaseAddress;
use crate::postgres_tools;

/// What the name of a SQLite file ends with until it is verified.
const RESTORING: &str = ".restoring";

/// A database that is not in its place yet. Dropped, its files go.
#[derive(Debug)]
pub struct Staged {
    place: DatabaseAddress,
    address: DatabaseAddress,
}

impl Staged {
    /// For a place. What a restore that was killed left beside it goes.
    pub fn of(place: &DatabaseAddress) -> Self {
        let beside = |file: PathBuf| DatabaseAddress::from(format!("sqlite:{}{RESTORING}", file.display()));
        let staged = Self { place: place.clone(), address: place.file().map_or_else(|| place.clone(), beside) };
        staged.remove();
        staged
    }

    /// Where it lies.
    pub const fn address(&self) -> &DatabaseAddress {
        &self.address
    }

    /// Copies it in, hashing what is copied: nothing is read a second time, after its digest was looked at. The length and the
    /// digest are right, or nothing is there.
    pub async fn fill(&self, from: &Path, suite: CryptoSuite, expected: (u64, &str)) -> Result<(), KernelError> {
        let private = match self.address.file() {
            Some(_) => None,
            None => Some(PrivateFolder::new()?),
        };
        let to = private.as_ref().map(|folder| folder.0.join("dump")).or(self.address.file()).unwrap_or_default();
        let (bytes, digest) = copy_file(from, &to, suite)?;
        if (bytes, digest.as_str()) != expected {
            let name = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Err(BackupRefused::File { name, what: "changed while it was copied" }.into());
        }
        if private.is_some() {
            mark_unverified(&self.address.full()).await?;
            postgres_tools::restore(&to, &self.address)?;
        }
        Ok(())
    }

    /// It is verified: puts it into its place.
    pub async fn take_its_place(self) -> Result<(), KernelError> {
        let (Some(from), Some(to)) = (self.address.file(), self.place.file()) else {
            return Ok(remove_mark(&self.address.full()).await?);
        };
        let [_, log, _] = files_of(&from);
        if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
            return Err(io("close", &from, std::io::Error::other("its log was not taken in")));
        }
        files_of(&to).iter().try_for_each(|file| refuse_existing(file))?;
        File::open(&from).and_then(|file| file.sync_all()).map_err(|source| io("sync", &from, source))?;
        std::fs::rename(&from, &to).map_err(|source| io("rename", &from, source))?;
        Ok(sync_folder(&to)?)
    }

    /// Only ever what this command made itself: the place is another name.
    fn remove(&self) {
        if self.address != self.place {
            for file in self.address.file().iter().flat_map(|file| files_of(file)) {
                drop(std::fs::remove_file(file));
            }
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        self.remove();
    }
}

/// A folder that only its owner can look into, for a dump that is about to be restored. Dropped, it goes.
struct PrivateFolder(PathBuf);

impl PrivateFolder {
    fn new() -> Result<Self, KernelError> {
        let folder = std::env::temp_dir().join(format!("nuan-restore-{}", std::process::id()));
        make_private(DirBuilder::new(), &folder).map_err(|source| io("make", &folder, source))?;
        Ok(Self(folder))
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Makes a folder that only its owner can look into.
#[cfg(unix)]
pub fn make_private(mut builder: DirBuilder, folder: &Path) -> std::io::Result<()> {
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes a folder.
#[cfg(not(unix))]
pub fn make_private(builder: DirBuilder, folder: &Path) -> std::io::Result<()> {
    builder.create(folder)
}

/// Refuses a place that is taken.
pub fn refuse_existing(file: &Path) -> Result<(), KernelError> {
    if file.exists() { Err(BackupRefused::NotEmpty(file.to_owned()).into()) } else { Ok(()) }
}

/// A SQLite database is up to three files: itself, its log, and the index of the log.
pub fn files_of(file: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|ending| PathBuf::from(format!("{}{ending}", file.display())))
}

#[cfg(test)]
mod tests {
    use nuan_kernel::backup::digest_of;

    use super::*;

    const SUITE: CryptoSuite = CryptoSuite::International;

    /// A folder of its own with a copy to restore.
    fn folder(name: &str) -> (PathBuf, PathBuf, DatabaseAddress) {
        let folder = std::env::temp_dir().join(format!("nuan-staged-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        let (copy, place) = (folder.join("copy"), folder.join("nuan.sqlite"));
        std::fs::write(&copy, "pages").unwrap();
        (folder, copy, DatabaseAddress::from(place.display().to_string()))
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn it_takes_its_place_once_it_is_verified() {
        let (folder, copy, place) = folder("verified");
        let (bytes, digest) = digest_of(&copy, SUITE).unwrap();
        std::fs::write(folder.join("nuan.sqlite.restoring-wal"), "of one that was killed").unwrap();
        let staged = Staged::of(&place);
        staged.fill(&copy, SUITE, (bytes, &digest)).await.unwrap();
        assert_eq!(names(&folder), ["copy", "nuan.sqlite.restoring"]);
        staged.take_its_place().await.unwrap();
        assert_eq!(names(&folder), ["copy", "nuan.sqlite"]);
        let taken = Staged::of(&place);
        taken.fill(&copy, SUITE, (bytes, &digest)).await.unwrap();
        let refused = taken.take_its_place().await.unwrap_err();
        assert_eq!((refused.code(), names(&folder)), ("NU7010", vec!["copy".to_owned(), "nuan.sqlite".to_owned()]));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn what_fails_half_way_leaves_nothing() {
        let (folder, copy, place) = folder("failed");
        let (bytes, digest) = digest_of(&copy, SUITE).unwrap();
        // It opens, and then cannot be read: a disk that is full fails at the same point.
        let failed = Staged::of(&place).fill(&folder, SUITE, (bytes, &digest)).await.unwrap_err();
        assert_eq!((failed.code(), names(&folder)), ("NU7016", vec!["copy".to_owned()]));
        let other = Staged::of(&place).fill(&copy, SUITE, (bytes, "another")).await.unwrap_err();
        assert_eq!((other.code(), names(&folder)), ("NU7012", vec!["copy".to_owned()]));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
