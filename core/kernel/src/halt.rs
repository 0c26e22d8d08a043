//! Whether writing has stopped: after a commit that failed on a file, what the operating system still holds is not known, and
//! only a restart reads it again from the disk.
//!
//! INVARIANT: every commit of the kernel, to the register or to the key store, is heeded here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nuan_store::{Store, StoreError};

/// Stops the writer of one kernel; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Halt(Arc<AtomicBool>);

impl Halt {
    /// Whether nothing is written any more until a restart.
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// What came of a commit to this store, as it came. A server's database knows by itself what it holds; a file does not.
    pub fn heed<T>(&self, store: &Store, committed: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(committed, Err(StoreError::Commit(_))) && store.is_embedded() {
            self.0.store(true, Ordering::Release);
            tracing::error!(code = "NU1013", "Writing has stopped; restart after the storage is sound again.");
        }
        committed
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Every commit stands in one statement with the halt that heeds it. The witness has a memory of its own and no writer.
    #[test]
    fn no_commit_goes_unheeded() {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut commits = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                if path.ends_with("tests.rs") {
                    continue;
                }
                let source = std::fs::read_to_string(&path).unwrap();
                let source = source.split("#[cfg(test)]").next().unwrap();
                let is_elsewhere = path.ends_with("src/witness.rs") || path.ends_with("src/witness_memory.rs");
                for (at, called) in COMMITS.iter().flat_map(|call| source.match_indices(call)) {
                    let statement = source[..at].rsplit([';', '{']).next().unwrap();
                    assert!(is_elsewhere || statement.contains("halt.heed("), "{}: {called}", path.display());
                    commits += 1;
                }
            }
        }
        assert_eq!(commits, 12, "a commit was added or has gone: look at each");
    }

    const COMMITS: [&str; 4] = [".commit()", "key_store::insert_keys(", "key_store::rewrap(", "key_store::destroy("];
}
