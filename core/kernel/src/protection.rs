//! Encryption at rest under the keys of one file: AES-256-GCM-SIV for documents and determinations, HMAC for commitments.
//!
//! INVARIANT: what is sealed for one row and key opens for no other, and only beside the columns that it was sealed with; a
//! secret never shows in `Debug`.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use nuan_domain::audit::{CommitmentKey, hex};

use crate::surroundings::Surroundings;

const NONCE_BYTES: usize = 12;

/// Why nothing can be protected or opened.
#[derive(Debug, thiserror::Error)]
pub enum ProtectionError {
    /// The file cannot be read or made.
    #[error("failed to read the key file {}", .path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Others could read it.
    #[error("the key file {} can be read by others; run `chmod 600` on it", .0.display())]
    KeyFileOpen(PathBuf),
    /// It is not a key file.
    #[error("{} is not a key file", .0.display())]
    NotAKeyFile(PathBuf),
    /// The content was changed, belongs elsewhere, or was sealed under another key.
    #[error("the stored content of {table} {row} cannot be opened: changed, moved, or sealed under another key")]
    CannotOpen {
        /// The table.
        table: &'static str,
        /// The row's id.
        row: String,
    },
    /// The cipher refused to seal.
    #[error("the content is too large to be sealed")]
    CannotSeal,
}

/// The row that a content is sealed for. Every column that lies open beside it is bound with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedFor {
    /// The table.
    pub table: &'static str,
    /// The row's id.
    pub id: String,
    /// The other columns.
    pub columns: Vec<String>,
}

/// The keys of one installation.
pub struct Keys {
    /// The id that stored rows and leaves name.
    pub id: String,
    cipher: Aes256GcmSiv,
    commitment: CommitmentKey,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({}, [redacted])", self.id)
    }
}

impl Keys {
    /// Keys from 64 secret bytes.
    pub fn new(id: &str, secret: &[u8; 64]) -> Self {
        let half = |skip: usize| -> [u8; 32] { std::array::from_fn(|n| secret.get(skip + n).copied().unwrap_or(0)) };
        let cipher = Aes256GcmSiv::new(&half(0).into());
        Self { id: id.to_owned(), cipher, commitment: CommitmentKey::new(id.to_owned(), half(32)) }
    }

    /// Opens a development key file, or makes one that only its owner can read.
    pub fn open_or_create(path: &Path, surroundings: &dyn Surroundings) -> Result<Self, ProtectionError> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                refuse_readable_by_others(path)?;
                Self::parse(&text).ok_or_else(|| ProtectionError::NotAKeyFile(path.to_owned()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(path, surroundings),
            Err(source) => Err(ProtectionError::KeyFile { path: path.to_owned(), source }),
        }
    }

    /// `<id> <128 hexadecimal digits>`.
    fn parse(text: &str) -> Option<Self> {
        let (id, digits) = text.trim().split_once(' ')?;
        let digits = digits.as_bytes();
        let nibble = |n: usize| digits.get(n).and_then(|digit| char::from(*digit).to_digit(16));
        let byte = |n: usize| u8::try_from(nibble(2 * n)? * 16 + nibble(2 * n + 1)?).ok();
        let secret: Vec<u8> = (0..64).map(byte).collect::<Option<_>>()?;
        (digits.len() == 128).then(|| Some(Self::new(id, &secret.try_into().ok()?)))?
    }

    /// The key that proves a compiled artefact to be our own.
    pub fn artefact_key(&self) -> [u8; 32] {
        self.commitment.derive("compiled-artefacts")
    }

    /// The key of audit commitments.
    pub const fn commitment(&self) -> &CommitmentKey {
        &self.commitment
    }

    /// Seals content for one row.
    pub fn seal(
        &self,
        surroundings: &dyn Surroundings,
        row: &SealedFor,
        content: &[u8],
    ) -> Result<Vec<u8>, ProtectionError> {
        let mut nonce = [0; NONCE_BYTES];
        surroundings.fill_random(&mut nonce);
        let aad = self.associated(row);
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), Payload { msg: content, aad: &aad });
        let sealed = sealed.map_err(|_| ProtectionError::CannotSeal)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for this row, by the key of this id.
    pub fn open(&self, row: &SealedFor, key_id: &str, sealed: &[u8]) -> Result<Vec<u8>, ProtectionError> {
        let refuse = || ProtectionError::CannotOpen { table: row.table, row: row.id.clone() };
        if key_id != self.id {
            return Err(refuse());
        }
        let (nonce, content) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(refuse)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| refuse())?;
        let aad = self.associated(row);
        self.cipher.decrypt(&Nonce::from(nonce), Payload { msg: content, aad: &aad }).map_err(|_| refuse())
    }

    /// Table, id, columns and key id, each with its length, so that no two rows share it.
    fn associated(&self, row: &SealedFor) -> Vec<u8> {
        let mut aad = Vec::with_capacity(256);
        let columns = row.columns.iter().map(String::as_str);
        for part in [row.table, &row.id].into_iter().chain(columns).chain([self.id.as_str()]) {
            aad.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            aad.extend(part.as_bytes());
        }
        aad
    }
}

fn create(path: &Path, surroundings: &dyn Surroundings) -> Result<Keys, ProtectionError> {
    let mut secret = [0; 64];
    surroundings.fill_random(&mut secret);
    let mut id = [0; 4];
    surroundings.fill_random(&mut id);
    let id = format!("dev-{}", hex(&id));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        writeln!(file, "{id} {}", hex(&secret))?;
        file.sync_all()
    });
    written.map_err(|source| ProtectionError::KeyFile { path: path.to_owned(), source })?;
    Ok(Keys::new(&id, &secret))
}

#[cfg(unix)]
fn refuse_readable_by_others(path: &Path) -> Result<(), ProtectionError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata =
        std::fs::metadata(path).map_err(|source| ProtectionError::KeyFile { path: path.to_owned(), source })?;
    if metadata.permissions().mode() & 0o077 == 0 { Ok(()) } else { Err(ProtectionError::KeyFileOpen(path.to_owned())) }
}

#[cfg(not(unix))]
fn refuse_readable_by_others(_: &Path) -> Result<(), ProtectionError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);
    impl Surroundings for Counting {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
        fn fill_random(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    fn row(table: &'static str, id: &str, columns: &[&str]) -> SealedFor {
        SealedFor { table, id: id.to_owned(), columns: columns.iter().map(|column| (*column).to_owned()).collect() }
    }

    #[test]
    fn what_is_sealed_opens_in_its_own_row_only() {
        let world = Counting(0.into());
        let keys = Keys::new("k1", &[9; 64]);
        let home = row("household_document", "hh_1", &["330106", "2025-01-01"]);
        let sealed = keys.seal(&world, &home, "张三".as_bytes()).unwrap();
        assert_eq!(keys.open(&home, "k1", &sealed).unwrap(), "张三".as_bytes());
        for other in [
            row("household_document", "hh_2", &["330106", "2025-01-01"]),
            row("determination", "hh_1", &["330106", "2025-01-01"]),
            row("household_document", "hh_1", &["330106", "2025-01-02"]),
            row("household_document", "hh_1", &["3301062025-01-01"]),
        ] {
            assert!(keys.open(&other, "k1", &sealed).is_err(), "{other:?}");
        }
        assert!(Keys::new("k2", &[9; 64]).open(&home, "k2", &sealed).is_err());
        assert!(keys.open(&home, "k2", &sealed).is_err());
        for byte in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[byte] ^= 1;
            assert!(keys.open(&home, "k1", &flipped).is_err());
        }
        assert!(keys.open(&home, "k1", &[]).is_err());
    }

    #[test]
    fn a_key_file_is_made_once_and_never_shown() {
        let folder = std::env::temp_dir().join(format!("nuan-keys-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("nuan.key");
        let world = Counting(1.into());
        let made = Keys::open_or_create(&path, &world).unwrap();
        let opened = Keys::open_or_create(&path, &world).unwrap();
        assert_eq!(made.commitment().commit("a", b"b"), opened.commitment().commit("a", b"b"));
        assert!(!format!("{made:?}").contains("01"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(Keys::open_or_create(&path, &world), Err(ProtectionError::KeyFileOpen(_))));
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
