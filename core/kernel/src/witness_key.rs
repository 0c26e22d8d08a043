//! The key of a witness, in a file that only its operator can read. It is used for nothing else and never leaves the machine.

use std::io::Write;
use std::path::Path;

use nuan_domain::audit::hex;
use nuan_domain::audit::note::Cosigner;
use nuan_domain::crypto::{CryptoSuite, Key};

use crate::error::KernelError;
use crate::keys::{KeyFileError, is_drawn, key_of_hex, refuse_readable_by_others};
use crate::surroundings::Surroundings;

/// What the file begins with.
const TITLE: &str = "nuan-witness-key-1";

/// Draws a key and writes it to a file that is not there yet, for its owner alone.
pub fn new_witness_key(
    path: &Path,
    name: &str,
    suite: CryptoSuite,
    surroundings: &dyn Surroundings,
) -> Result<Cosigner, KernelError> {
    let mut seed = [0; 32];
    surroundings.fill_random(&mut seed);
    let cosigner = cosigner(name, suite, &seed)?;
    let failed = |source| KeyFileError::File { path: path.to_owned(), source };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        write!(file, "{TITLE} {}\nname {name}\nseed {}\n", suite.name(), hex(&seed))?;
        file.sync_all()
    });
    written.map_err(failed)?;
    Ok(cosigner)
}

/// Opens the file.
pub fn open_witness_key(path: &Path) -> Result<Cosigner, KernelError> {
    let read = std::fs::read_to_string(path);
    let text = read.map_err(|source| KeyFileError::File { path: path.to_owned(), source })?;
    refuse_readable_by_others(path)?;
    let (suite, name, seed) = parse(&text).ok_or_else(|| KeyFileError::NotAKeyFile(path.to_owned()))?;
    if !is_drawn(&seed) {
        return Err(KeyFileError::Weak(path.to_owned()).into());
    }
    cosigner(name, suite, &seed)
}

fn parse(text: &str) -> Option<(CryptoSuite, &str, Key)> {
    let mut lines = text.lines();
    let suite = lines.next()?.strip_prefix(TITLE)?.trim().parse().ok()?;
    let name = lines.next()?.strip_prefix("name ")?;
    Some((suite, name, key_of_hex(lines.next()?.strip_prefix("seed ")?)?))
}

fn cosigner(name: &str, suite: CryptoSuite, seed: &Key) -> Result<Cosigner, KernelError> {
    Cosigner::new(name, suite.signer(seed)).map_err(|_| KernelError::Origin(name.to_owned()))
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
            bytes.fill_with(|| self.0.fetch_add(7, std::sync::atomic::Ordering::Relaxed));
        }
    }

    #[test]
    fn a_key_is_written_once_and_read_again() {
        let folder = std::env::temp_dir().join(format!("nuan-witness-key-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (path, world) = (folder.join("w1.key"), Counting(1.into()));
        let new = |path: &Path, name| new_witness_key(path, name, CryptoSuite::International, &world);
        let drawn = new(&path, "witness.example/w1").unwrap();
        assert_eq!(open_witness_key(&path).unwrap().key(), drawn.key());
        assert!(matches!(new(&path, "witness.example/w1"), Err(KernelError::Keys(_))), "it is there already");
        assert!(matches!(new(&folder.join("w2.key"), "a b"), Err(KernelError::Origin(_))));
        assert!(!folder.join("w2.key").exists());
        for broken in ["", "nuan-keys-1 international", &format!("{TITLE} international\nname w\nseed 00\n")] {
            std::fs::write(&path, broken).unwrap();
            assert!(matches!(open_witness_key(&path), Err(KernelError::Keys(KeyFileError::NotAKeyFile(_)))));
        }
        std::fs::write(&path, format!("{TITLE} international\nname w\nseed {}\n", "0".repeat(64))).unwrap();
        assert!(matches!(open_witness_key(&path), Err(KernelError::Keys(KeyFileError::Weak(_)))));
        #[cfg(unix)]
        {
            let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
            std::fs::set_permissions(&path, open).unwrap();
            assert!(matches!(open_witness_key(&path), Err(KernelError::Keys(KeyFileError::OpenToOthers(_)))));
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
