//! Compiled components on disk. Loading compiled code means trusting it, so each file carries an HMAC under our own key.
//!
//! INVARIANT: a file that we did not write, or that has changed, is compiled again and never loaded.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wasmtime::component::Component;
use zeroize::Zeroizing;

use crate::engine::Engine;
use crate::load_compiled::load_compiled;

/// The length of an HMAC-SHA256.
const MAC_BYTES: usize = 32;

/// A folder of compiled components.
pub struct Artefacts {
    folder: PathBuf,
    key: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for Artefacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Artefacts").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Artefacts {
    /// Opens the folder, and makes it if there is none. The key is the operator's and lives elsewhere.
    pub fn open(folder: impl Into<PathBuf>, key: [u8; 32]) -> io::Result<Self> {
        let folder = folder.into();
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(Self { folder, key: Zeroizing::new(key) })
    }

    /// The component, if the file is there and is ours.
    pub(crate) fn load(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let path = self.path(engine, digest);
        let mut bytes = Vec::new();
        File::open(&path).and_then(|mut file| file.read_to_end(&mut bytes)).ok()?;
        let verified = bytes.split_at_checked(MAC_BYTES).and_then(|(mac, compiled)| {
            self.mac(engine, digest, compiled)?.verify_slice(mac).ok()?;
            Some(compiled)
        });
        let Some(compiled) = verified else {
            tracing::warn!(
                component.digest = digest,
                "A compiled component is not what was stored; it is compiled again."
            );
            return None;
        };
        load_compiled(engine.wasm(), compiled).ok()
    }

    /// Keeps a compiled component. A cache that cannot be written costs time and nothing else.
    pub(crate) fn store(&self, engine: &Engine, digest: &str, compiled: &[u8]) {
        let path = self.path(engine, digest);
        let written = self.mac(engine, digest, compiled).map_or_else(
            || Err(io::Error::other("no key")),
            |mac| replace(&path, &[&mac.finalize().into_bytes(), compiled]),
        );
        if let Err(error) = written {
            tracing::warn!(reason = %error, "A compiled component could not be stored; it will be compiled again.");
        }
        self.remove_oldest(engine.limits().artefacts);
    }

    fn path(&self, engine: &Engine, digest: &str) -> PathBuf {
        let engine = engine.digest().replace('/', "-");
        self.folder.join(format!("{digest}-{engine}.compiled"))
    }

    /// Everything is preceded by its length, so that no two inputs read alike.
    fn mac(&self, engine: &Engine, digest: &str, compiled: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&*self.key).ok()?;
        for part in [b"nuan compiled component", digest.as_bytes(), engine.digest().as_bytes(), compiled] {
            mac.update(&u64::try_from(part.len()).ok()?.to_be_bytes());
            mac.update(part);
        }
        Some(mac)
    }

    /// Removes the files that were written longest ago.
    fn remove_oldest(&self, keep: usize) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut files: Vec<(SystemTime, PathBuf)> = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "compiled"))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        files.sort();
        for (_, path) in files.iter().rev().skip(keep) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Writes a file whole or not at all, for its owner's eyes only.
fn replace(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.part", process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::limits::Limits;

    struct Cache {
        artefacts: Artefacts,
        engine: Engine,
        compiled: Vec<u8>,
    }

    impl Cache {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("nuan-artefacts-{name}-{}", process::id()));
            let engine = Engine::new(Limits { artefacts: 3, ..Limits::START }).unwrap();
            let compiled = engine.wasm().precompile_component(&wat::parse_str("(component)").unwrap());
            Self { artefacts: Artefacts::open(folder, [7; 32]).unwrap(), engine, compiled: compiled.unwrap() }
        }

        fn loads(&self, digest: &str) -> bool {
            self.artefacts.load(&self.engine, digest).is_some()
        }
    }

    impl Drop for Cache {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.artefacts.folder);
        }
    }

    #[test]
    fn what_we_stored_loads_and_is_for_its_owner_alone() {
        let cache = Cache::new("stored");
        assert!(!cache.loads("aa"));
        cache.artefacts.store(&cache.engine, "aa", &cache.compiled);
        assert!(cache.loads("aa"));
        let mode = fs::metadata(cache.artefacts.path(&cache.engine, "aa")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_changed_file_is_never_loaded() {
        let cache = Cache::new("changed");
        cache.artefacts.store(&cache.engine, "aa", &cache.compiled);
        let path = cache.artefacts.path(&cache.engine, "aa");
        let stored = fs::read(&path).unwrap();
        for place in [0, 31, 32, stored.len() - 1] {
            let mut changed = stored.clone();
            changed[place] ^= 1;
            fs::write(&path, changed).unwrap();
            assert!(!cache.loads("aa"), "{place}");
        }
        fs::write(&path, &stored[..20]).unwrap();
        assert!(!cache.loads("aa"));
        fs::write(cache.artefacts.path(&cache.engine, "bb"), &stored).unwrap();
        assert!(!cache.loads("bb"), "the file of another component");
        let stranger = Artefacts::open(cache.artefacts.folder.clone(), [8; 32]).unwrap();
        fs::write(&path, &stored).unwrap();
        assert!(cache.loads("aa") && stranger.load(&cache.engine, "aa").is_none());
    }

    #[test]
    fn only_the_newest_are_kept() {
        let cache = Cache::new("newest");
        for digest in ["aa", "bb", "cc", "dd"] {
            cache.artefacts.store(&cache.engine, digest, &cache.compiled);
        }
        let kept = ["aa", "bb", "cc", "dd"].map(|digest| cache.loads(digest));
        assert_eq!(kept.iter().filter(|kept| **kept).count(), 3);
        assert!(kept[3]);
    }

    #[test]
    fn the_key_is_never_shown() {
        assert!(!format!("{:?}", Cache::new("shown").artefacts).contains("key"));
    }
}
