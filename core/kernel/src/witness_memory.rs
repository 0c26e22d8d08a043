//! The memory of a witness belongs to its key: it is made with the key, and nothing is cosigned without it.
//!
//! A witness that begins with an empty memory, from a wrong folder or after a loss, would cosign whatever history it is shown
//! first, under a key that everybody trusts.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nuan_domain::audit::note::NoteKey;
use nuan_store::witness_store::{self, WitnessStore};

use crate::error::KernelError;

/// Why a memory is not made or not used.
#[derive(Debug, thiserror::Error)]
pub enum MemoryRefused {
    /// There is no file.
    #[error(
        "there is no memory of the witness {}; name it with `--state`, or, if it is lost, make another key with `nuan witness new-key`",
        .0.display()
    )]
    Missing(PathBuf),
    /// The file holds nothing and was made for no key.
    #[error("{} is the memory of no witness; make one together with its key: `nuan witness new-key`", .0.display())]
    OfNobody(PathBuf),
    /// The file was made for another key.
    #[error("{} is the memory of {owner}; name the memory of {key} with `--state`", path.display())]
    OfAnother {
        /// The file.
        path: PathBuf,
        /// The key that it was made for.
        owner: String,
        /// The key that was given.
        key: String,
    },
    /// A memory is never begun anew.
    #[error("{} is there already; a new key needs a memory of its own, which `--state` names", .0.display())]
    Exists(PathBuf),
}

/// Makes the memory of a new key, in a file that is not there yet.
pub async fn new_witness_memory(path: &Path, key: &NoteKey, at: Timestamp) -> Result<(), KernelError> {
    refuse_existing_memory(path)?;
    let store = opened(path).await?;
    let mut writing = store.begin_write().await?;
    witness_store::give_to(&mut writing, &key.to_string(), at).await?;
    writing.commit().await?;
    store.close().await;
    Ok(())
}

/// Refuses a file that is there.
pub fn refuse_existing_memory(path: &Path) -> Result<(), KernelError> {
    if path.exists() { Err(MemoryRefused::Exists(path.to_owned()).into()) } else { Ok(()) }
}

/// Opens the memory of a key. One that was filled by a program that did not write down its key becomes this key's.
pub async fn open_witness_memory(path: &Path, key: &NoteKey, at: Timestamp) -> Result<WitnessStore, KernelError> {
    if !path.is_file() {
        return Err(MemoryRefused::Missing(path.to_owned()).into());
    }
    let store = opened(path).await?;
    let mut writing = store.begin_write().await?;
    let (path, key) = (path.to_owned(), key.to_string());
    match witness_store::owner(&mut writing).await? {
        Some(owner) if owner == key => Ok(store),
        Some(owner) => Err(MemoryRefused::OfAnother { path, owner, key }.into()),
        None if witness_store::all_witnessed(&mut writing).await?.is_empty() => {
            Err(MemoryRefused::OfNobody(path).into())
        }
        None => {
            witness_store::give_to(&mut writing, &key, at).await?;
            writing.commit().await?;
            Ok(store)
        }
    }
}

async fn opened(path: &Path) -> Result<WitnessStore, KernelError> {
    Ok(WitnessStore::open(&format!("sqlite:{}", path.display())).await?)
}

#[cfg(test)]
mod tests {
    use nuan_domain::audit::note::Cosigner;
    use nuan_domain::crypto::CryptoSuite;
    use nuan_store::witness_store::{Witnessed, remember};

    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn key(name: &str) -> NoteKey {
        Cosigner::new(name, CryptoSuite::International.signer(&[7; 32])).unwrap().key().clone()
    }

    fn file(name: &str) -> PathBuf {
        let file = std::env::temp_dir().join(format!("nuan-memory-{name}-{}.sqlite", std::process::id()));
        remove(&file);
        file
    }

    fn remove(file: &Path) {
        for ending in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{}{ending}", file.display())));
        }
    }

    async fn refused(file: &Path, key: &NoteKey) -> MemoryRefused {
        match open_witness_memory(file, key, AT).await.unwrap_err() {
            KernelError::WitnessMemory(refused) => refused,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_memory_is_made_for_one_key_and_opened_with_it() {
        let (file, one, other) = (file("one"), key("w.example/one"), key("w.example/two"));
        assert!(matches!(refused(&file, &one).await, MemoryRefused::Missing(_)));
        assert!(!file.exists(), "nothing is made");
        new_witness_memory(&file, &one, AT).await.unwrap();
        open_witness_memory(&file, &one, AT).await.unwrap().close().await;
        assert!(matches!(refused(&file, &other).await, MemoryRefused::OfAnother { .. }));
        let again = new_witness_memory(&file, &other, AT).await.unwrap_err();
        assert!(matches!(again, KernelError::WitnessMemory(MemoryRefused::Exists(_))), "{again:?}");
        remove(&file);
    }

    #[tokio::test]
    async fn an_empty_file_is_nobodys_and_a_filled_one_becomes_the_keys() {
        let (file, one, other) = (file("old"), key("w.example/one"), key("w.example/two"));
        std::fs::write(&file, "").unwrap();
        assert!(matches!(refused(&file, &one).await, MemoryRefused::OfNobody(_)));
        let store = opened(&file).await.unwrap();
        let mut writing = store.begin_write().await.unwrap();
        let (origin, note) = ("log.example".to_owned(), "a note".to_owned());
        remember(&mut writing, &Witnessed { origin, size: 1, root: [1; 32], note, at: AT }).await.unwrap();
        writing.commit().await.unwrap();
        store.close().await;
        open_witness_memory(&file, &one, AT).await.unwrap().close().await;
        assert!(matches!(refused(&file, &other).await, MemoryRefused::OfAnother { .. }));
        remove(&file);
    }
}
