//! The installation's own keys, read from one file that only its owner can read. Persons and households have data keys of
//! their own (`data_keys`), which lie wrapped under a key of this file in a store beside the database.
//!
//! INVARIANT: a secret never shows in `Debug`, an error or a log; whoever holds the database alone can open nothing.

pub mod rotation;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use nuan_domain::audit::hex;
use nuan_domain::crypto::blind::BlindIndex;
use nuan_domain::crypto::{self, CipherError, CryptoSuite, Key, Nonce, Signer};

use crate::surroundings::Surroundings;

/// What a key file begins with.
const TITLE: &str = "nuan-keys-1";

/// Keys of development are told from real ones by their ids.
const DEVELOPMENT: &str = "dev-";

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or written.
    #[error("failed to read or write the key file {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Others could read it.
    #[error("the key file {} can be read by others; run `chmod 600` on it", .0.display())]
    OpenToOthers(PathBuf),
    /// It is not a key file.
    #[error("{} is not a key file", .0.display())]
    NotAKeyFile(PathBuf),
    /// A key that somebody typed, not one that was drawn.
    #[error("the key file {} holds a weak key; make a new one with `nuan keys new`", .0.display())]
    Weak(PathBuf),
}

/// The keys of one installation.
#[derive(Clone)]
pub struct Keys {
    suite: CryptoSuite,
    root: Key,
    wraps: BTreeMap<String, Key>,
    current: String,
    file: Option<PathBuf>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({}, {}, [redacted])", self.suite.name(), self.current)
    }
}

impl Keys {
    /// Keys from a root and the first key to wrap others under.
    pub fn new(suite: CryptoSuite, root: Key, wrap_id: &str, wrap: Key) -> Self {
        let wraps = BTreeMap::from([(wrap_id.to_owned(), wrap)]);
        Self { suite, root, wraps, current: wrap_id.to_owned(), file: None }
    }

    /// Opens a key file, or makes one for development that only its owner can read.
    pub fn open_or_create(
        path: &Path,
        suite: CryptoSuite,
        surroundings: &dyn Surroundings,
    ) -> Result<Self, KeyFileError> {
        match Self::open(path) {
            Err(KeyFileError::File { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                let keys = Self { file: Some(path.to_owned()), ..Self::draw(suite, DEVELOPMENT, surroundings) };
                keys.write(path, true)?;
                Ok(keys)
            }
            opened => opened,
        }
    }

    /// Opens a key file, and never makes one.
    pub fn open(path: &Path) -> Result<Self, KeyFileError> {
        let (keys, wrong) = Self::examine(path);
        match (keys, wrong.into_iter().next()) {
            (_, Some(first)) => Err(first),
            (None, None) => Err(KeyFileError::NotAKeyFile(path.to_owned())),
            (Some(keys), None) => Ok(keys),
        }
    }

    /// The keys of a file as far as they can be read, and everything that is wrong with it.
    pub fn examine(path: &Path) -> (Option<Self>, Vec<KeyFileError>) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(source) => return (None, vec![KeyFileError::File { path: path.to_owned(), source }]),
        };
        let mut wrong: Vec<KeyFileError> = refuse_readable_by_others(path).err().into_iter().collect();
        let keys = Self::parse(&text).map(|keys| Self { file: Some(path.to_owned()), ..keys });
        match &keys {
            None => wrong.push(KeyFileError::NotAKeyFile(path.to_owned())),
            Some(keys) if keys.is_weak() => wrong.push(KeyFileError::Weak(path.to_owned())),
            Some(_) => {}
        }
        (keys, wrong)
    }

    /// The keys as their file has them now; none where nothing is new. Another process may rotate them while this one serves.
    ///
    /// What this process knew stays known to it: a data key may have been read a moment before it was wrapped anew.
    pub(crate) fn newer(&self) -> Result<Option<Self>, KeyFileError> {
        let Some(path) = &self.file else { return Ok(None) };
        let mut now = Self::open(path)?;
        if now.root != self.root || now.current == self.current {
            return Ok(None);
        }
        for (id, key) in &self.wraps {
            now.wraps.entry(id.clone()).or_insert(*key);
        }
        Ok(Some(now))
    }

    /// New keys; the id of the wrap key begins with `prefix`.
    pub fn draw(suite: CryptoSuite, prefix: &str, surroundings: &dyn Surroundings) -> Self {
        let (mut root, mut wrap) = ([0; 32], [0; 32]);
        surroundings.fill_random(&mut root);
        surroundings.fill_random(&mut wrap);
        Self::new(suite, root, &new_id(prefix, surroundings), wrap)
    }

    /// Writes keys to a file that is not there yet, for its owner alone.
    pub fn write_new(&self, path: &Path) -> Result<(), KeyFileError> {
        self.write(path, true)
    }

    /// Title and suite, the root, and a line for each wrap key, the current one last.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let suite = lines.next()?.strip_prefix(TITLE)?.trim().parse().ok()?;
        let root = key_of_hex(lines.next()?.strip_prefix("root ")?)?;
        let mut keys = Self { suite, root, wraps: BTreeMap::new(), current: String::new(), file: None };
        for line in lines {
            let (id, digits) = line.strip_prefix("wrap ")?.split_once(' ')?;
            keys.wraps.insert(id.to_owned(), key_of_hex(digits)?);
            id.clone_into(&mut keys.current);
        }
        (!keys.wraps.is_empty()).then_some(keys)
    }

    fn text(&self) -> String {
        let mut text = format!("{TITLE} {}\nroot {}\n", self.suite.name(), hex(&self.root));
        let old = self.wraps.iter().filter(|(id, _)| **id != self.current);
        for (id, key) in old.chain(self.wraps.get_key_value(&self.current)) {
            text.push_str(&format!("wrap {id} {}\n", hex(key)));
        }
        text
    }

    /// Written beside and renamed, so that a power cut leaves the old file or the new one; and the folder is synced, so that
    /// nothing is wrapped under a key that a power cut takes back.
    fn write(&self, path: &Path, is_new: bool) -> Result<(), KeyFileError> {
        let failed = |source| KeyFileError::File { path: path.to_owned(), source };
        let target = if is_new { path.to_owned() } else { path.with_extension("key-next") };
        if !is_new {
            remove_leftover(&target).map_err(failed)?;
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&target).and_then(|mut file| {
            file.write_all(self.text().as_bytes())?;
            file.sync_all()
        });
        written.map_err(failed)?;
        if !is_new {
            std::fs::rename(&target, path).map_err(failed)?;
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    /// Which cryptography the installation uses.
    pub const fn suite(&self) -> CryptoSuite {
        self.suite
    }

    /// The id of the wrap key in use.
    pub fn current(&self) -> &str {
        &self.current
    }

    /// Whether what is wrapped under this key can be opened.
    pub(crate) fn has(&self, wrap_id: &str) -> bool {
        self.wraps.contains_key(wrap_id)
    }

    /// Whether the keys were made by a command that found none: good for a laptop, refused in production.
    pub fn is_for_development(&self) -> bool {
        self.current.starts_with(DEVELOPMENT)
    }

    fn is_weak(&self) -> bool {
        !is_drawn(&self.root) || !self.wraps.values().all(is_drawn)
    }

    /// The key that proves a compiled artefact to be our own.
    pub fn artefact_key(&self) -> Key {
        self.derived("compiled-artefacts")
    }

    /// What identity numbers and names are searched by.
    pub fn blind_index(&self) -> BlindIndex {
        BlindIndex::new(self.suite, self.derived("blind-index"))
    }

    /// The key that proves a backup to be our own, and whole.
    pub(crate) fn backup_key(&self) -> Key {
        self.derived("backup-manifest")
    }

    /// Who signs the checkpoints.
    pub fn signer(&self) -> Signer {
        self.suite.signer(&self.derived("checkpoint-signature"))
    }

    fn derived(&self, purpose: &str) -> Key {
        self.suite.mac(&self.root, &[b"derive", purpose.as_bytes()])
    }

    /// A data key as it is kept: wrapped under the current key, bound to its id.
    pub(crate) fn wrap(&self, id: &str, key: &Key, nonce: &Nonce) -> Result<Vec<u8>, CipherError> {
        let wrap = self.wraps.get(&self.current).ok_or(CipherError::CannotOpen)?;
        self.suite.seal(wrap, nonce, &wrapped_for(id, &self.current), key)
    }

    /// Opens a wrapped data key.
    pub(crate) fn unwrap_key(&self, id: &str, wrap_id: &str, wrapped: &[u8]) -> Result<Key, CipherError> {
        let wrap = self.wraps.get(wrap_id).ok_or(CipherError::CannotOpen)?;
        let opened = crypto::open(wrap, &wrapped_for(id, wrap_id), wrapped)?;
        opened.try_into().map_err(|_| CipherError::CannotOpen)
    }
}

/// What a rotation left that was cut off before its file took its place.
fn remove_leftover(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn wrapped_for(id: &str, wrap_id: &str) -> Vec<u8> {
    crypto::sealed_for::SealedFor { table: "data_key", id: id.to_owned(), columns: Vec::new() }.associated(wrap_id)
}

fn new_id(prefix: &str, surroundings: &dyn Surroundings) -> String {
    let mut id = [0; 8];
    surroundings.fill_random(&mut id);
    format!("{prefix}{}", hex(&id))
}

/// A key in which few bytes differ was typed, not drawn: of 32 drawn bytes some 30 differ.
pub(crate) fn is_drawn(key: &Key) -> bool {
    key.iter().collect::<std::collections::BTreeSet<_>>().len() >= 16
}

pub(crate) fn key_of_hex(digits: &str) -> Option<Key> {
    let digits = digits.trim().as_bytes();
    let nibble = |digit: &u8| char::from(*digit).to_digit(16);
    let (pairs, rest) = digits.as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| u8::try_from(nibble(high)? * 16 + nibble(low)?).ok();
    let key: Vec<u8> = pairs.iter().map(byte).collect::<Option<_>>()?;
    if rest.is_empty() { key.try_into().ok() } else { None }
}

#[cfg(unix)]
pub(crate) fn refuse_readable_by_others(path: &Path) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path).map_err(|source| KeyFileError::File { path: path.to_owned(), source })?;
    if metadata.permissions().mode() & 0o077 == 0 { Ok(()) } else { Err(KeyFileError::OpenToOthers(path.to_owned())) }
}

#[cfg(not(unix))]
pub(crate) fn refuse_readable_by_others(_: &Path) -> Result<(), KeyFileError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    pub struct Counting(pub std::sync::atomic::AtomicU8);
    impl Surroundings for Counting {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
        fn fill_random(&self, bytes: &mut [u8]) {
            bytes.fill_with(|| self.0.fetch_add(7, std::sync::atomic::Ordering::Relaxed));
        }
    }

    pub fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("nuan-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_key_file_is_made_once_and_never_shown() {
        let folder = folder("keys");
        let path = folder.join("nuan.key");
        let world = Counting(1.into());
        let made = Keys::open_or_create(&path, CryptoSuite::GuoMi, &world).unwrap();
        let opened = Keys::open_or_create(&path, CryptoSuite::International, &world).unwrap();
        assert_eq!(opened.suite(), CryptoSuite::GuoMi, "the file says which suite it is for");
        assert_eq!(made.artefact_key(), opened.artefact_key());
        assert!(made.is_for_development());
        assert!(!format!("{made:?}").contains(&hex(&made.root)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
            let refused = Keys::open_or_create(&path, CryptoSuite::GuoMi, &world);
            assert!(matches!(refused, Err(KeyFileError::OpenToOthers(_))));
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn weak_and_broken_files_are_refused() {
        let folder = folder("weak");
        let path = folder.join("nuan.key");
        let zeros = "0".repeat(64);
        let good: String = hex(&std::array::from_fn::<u8, 32, _>(|n| u8::try_from(n).unwrap()));
        let world = Counting(0.into());
        let read = |text: String| {
            std::fs::remove_file(&path).ok();
            let mut options = std::fs::OpenOptions::new();
            std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), 0o600);
            options.open(&path).unwrap().write_all(text.as_bytes()).unwrap();
            Keys::open_or_create(&path, CryptoSuite::International, &world)
        };
        assert!(read(format!("{TITLE} international\nroot {good}\nwrap k1 {good}\n")).is_ok());
        let weak = read(format!("{TITLE} international\nroot {good}\nwrap k1 {zeros}\n"));
        assert!(matches!(weak, Err(KeyFileError::Weak(_))));
        for broken in ["", "nuan-keys-2 international", &format!("{TITLE} international\nroot {good}\n")] {
            assert!(matches!(read(broken.to_owned()), Err(KeyFileError::NotAKeyFile(_))), "{broken}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
