//! The rotation of a key file: a new wrap key enters it, and the old ones leave it once nothing lies under them.
//!
//! Not here: the wrapping of data keys (`data_keys`). INVARIANT: one command at a time rotates a key file, and no wrap key
//! leaves it under which a data key still lies.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::{DEVELOPMENT, KeyFileError, Keys, new_id};
use crate::surroundings::Surroundings;

/// Why keys are not rotated, or an old one is not forgotten.
#[derive(Debug, thiserror::Error)]
pub enum RotationRefused {
    /// One at a time: the later of two would forget the key of the earlier, and everything under it.
    #[error("another command is rotating the keys of {}", .0.display())]
    UnderWay(PathBuf),
    /// Somebody put another file there.
    #[error("the key file {} was changed during the rotation; no wrap key was forgotten", .0.display())]
    Changed(PathBuf),
    /// The key file cannot be used.
    #[error("the key file cannot be used")]
    KeyFile(#[source] KeyFileError),
}

impl RotationRefused {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnderWay(_) => "NU6006",
            Self::Changed(_) => "NU6007",
            Self::KeyFile(_) => "NU6001",
        }
    }
}

/// A rotation under way; until it is dropped, every other one of the same key file is refused.
#[derive(Debug)]
pub struct Rotation {
    keys: Keys,
    path: PathBuf,
    /// The operating system gives it back, whatever becomes of the process.
    _lock: File,
}

impl Rotation {
    /// Adds a wrap key under which everything is wrapped from now on, and writes the file anew.
    pub fn begin(path: &Path, surroundings: &dyn Surroundings) -> Result<Self, RotationRefused> {
        let lock = locked(path)?;
        let mut keys = Keys::open(path).map_err(RotationRefused::KeyFile)?;
        let prefix = if keys.is_for_development() { DEVELOPMENT } else { "" };
        let mut wrap = [0; 32];
        surroundings.fill_random(&mut wrap);
        keys.current = new_id(prefix, surroundings);
        keys.wraps.insert(keys.current.clone(), wrap);
        keys.write(path, false).map_err(RotationRefused::KeyFile)?;
        Ok(Self { keys, path: path.to_owned(), _lock: lock })
    }

    /// The id of the new wrap key.
    pub fn current(&self) -> &str {
        self.keys.current()
    }

    /// Forgets every old wrap key that is not among those in use; says how many stay. The file is read again: what another
    /// process wrote in spite of the lock is never overwritten.
    pub fn forget_old(&self, in_use: &[String]) -> Result<usize, RotationRefused> {
        let mut now = Keys::open(&self.path).map_err(RotationRefused::KeyFile)?;
        if now.root != self.keys.root || now.current != self.keys.current {
            return Err(RotationRefused::Changed(self.path.clone()));
        }
        let current = now.current.clone();
        now.wraps.retain(|id, _| *id == current || in_use.contains(id));
        now.write(&self.path, false).map_err(RotationRefused::KeyFile)?;
        Ok(now.wraps.len() - 1)
    }
}

/// The lock lies beside the key file, which itself is replaced by every rotation. It stays there: whoever removed it would
/// let two processes lock two files of one name.
fn locked(path: &Path) -> Result<File, RotationRefused> {
    let beside = path.with_extension("key-lock");
    let failed = |source| RotationRefused::KeyFile(KeyFileError::File { path: beside.clone(), source });
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let lock = options.open(&beside).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(RotationRefused::UnderWay(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use nuan_domain::crypto::CryptoSuite;

    use super::super::tests::{Counting, folder};
    use super::*;

    const SUITE: CryptoSuite = CryptoSuite::International;

    #[test]
    fn what_was_wrapped_before_a_rotation_opens_after_it() {
        let folder = folder("rotation");
        let path = folder.join("nuan.key");
        let world = Counting(1.into());
        let keys = Keys::open_or_create(&path, SUITE, &world).unwrap();
        let (first, data) = (keys.current().to_owned(), [5; 32]);
        let wrapped = keys.wrap("dk", &data, &[1; 12]).unwrap();
        let rotation = Rotation::begin(&path, &world).unwrap();
        assert_ne!(rotation.current(), first);
        let opened = Keys::open_or_create(&path, SUITE, &world).unwrap();
        assert_eq!(opened.current(), rotation.current());
        assert_eq!(opened.unwrap_key("dk", &first, &wrapped), Ok(data));
        assert!(opened.unwrap_key("other", &first, &wrapped).is_err());
        assert!(opened.unwrap_key("dk", opened.current(), &wrapped).is_err());
        std::fs::write(path.with_extension("key-next"), "cut off").unwrap();
        let in_use = [first.clone(), rotation.current().to_owned()];
        assert_eq!(rotation.forget_old(&in_use).unwrap(), 1, "something still lies under the old one");
        assert_eq!(Keys::open(&path).unwrap().unwrap_key("dk", &first, &wrapped), Ok(data));
        assert_eq!(rotation.forget_old(&in_use[1..]).unwrap(), 0);
        let opened = Keys::open(&path).unwrap();
        assert!(opened.unwrap_key("dk", &first, &wrapped).is_err());
        assert!(opened.newer().unwrap().is_none());
        let wraps = BTreeMap::from([(first.clone(), keys.wraps[&first])]);
        let serving = Keys { wraps, current: first.clone(), ..opened };
        let newer = serving.newer().unwrap().unwrap();
        assert_eq!((newer.current(), newer.unwrap_key("dk", &first, &wrapped)), (rotation.current(), Ok(data)));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn of_two_rotations_at_once_the_second_is_refused_and_loses_nothing() {
        let folder = folder("two-rotations");
        let path = folder.join("nuan.key");
        let world = Counting(1.into());
        Keys::open_or_create(&path, SUITE, &world).unwrap();
        let first = Rotation::begin(&path, &world).unwrap();
        let before = std::fs::read_to_string(&path).unwrap();
        assert!(matches!(Rotation::begin(&path, &world), Err(RotationRefused::UnderWay(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), before);

        // On a file system without locks both begin: then the slower one forgets nothing.
        std::fs::remove_file(path.with_extension("key-lock")).unwrap();
        let second = Rotation::begin(&path, &world).unwrap();
        let in_use = [second.current().to_owned()];
        assert!(matches!(first.forget_old(&in_use), Err(RotationRefused::Changed(_))));
        assert_eq!(second.forget_old(&in_use).unwrap(), 0);
        assert_eq!(Keys::open(&path).unwrap().current(), second.current());
        drop((first, second));
        assert!(Rotation::begin(&path, &world).is_ok(), "a rotation that is over is in nobody's way");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
