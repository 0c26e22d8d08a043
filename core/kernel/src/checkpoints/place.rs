//! The file outside the database that holds the newest checkpoint, with what witnesses have signed under it.
//!
//! INVARIANT: it never goes back to an earlier checkpoint of the same log, whichever process writes it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nuan_domain::audit::checkpoint::Checkpoint;
use nuan_domain::audit::note::{Note, NoteKey};
use nuan_store::Transaction;
use nuan_store::audit;
use tokio::sync::{Mutex, MutexGuard};

use crate::error::KernelError;

/// Where the checkpoint lies, if anywhere; clones share it.
#[derive(Clone)]
pub struct Place(Arc<Shared>);

struct Shared {
    file: Option<PathBuf>,
    /// The log's key; only what it signed is compared with what is about to be written.
    key: Option<NoteKey>,
    /// The size of what was written last.
    newest: Mutex<i64>,
}

/// The place, while nobody else writes there.
pub struct Locked<'p> {
    shared: &'p Arc<Shared>,
    newest: MutexGuard<'p, i64>,
}

impl Place {
    /// A file, or none.
    pub fn new(file: Option<PathBuf>, key: Option<NoteKey>) -> Self {
        Self(Arc::new(Shared { file, key, newest: Mutex::new(0) }))
    }

    /// Whether there is a file.
    pub fn is_there(&self) -> bool {
        self.0.file.is_some()
    }

    /// The file with what lies there: an empty text where nothing does.
    pub async fn read(&self) -> Result<Option<(PathBuf, String)>, KernelError> {
        let Some(path) = self.0.file.clone() else { return Ok(None) };
        let read = tokio::task::spawn_blocking(move || (std::fs::read_to_string(&path), path)).await;
        match read.map_err(|_| KernelError::TaskLost)? {
            (Ok(text), path) => Ok(Some((path, text))),
            (Err(error), path) if error.kind() == ErrorKind::NotFound => Ok(Some((path, String::new()))),
            (Err(error), path) if error.kind() == ErrorKind::InvalidData => Err(KernelError::OutsideDiffers { path }),
            (Err(source), path) => Err(KernelError::Checkpoint { path, source }),
        }
    }

    /// Waits until nobody else writes.
    pub async fn lock(&self) -> Locked<'_> {
        Locked { shared: &self.0, newest: self.0.newest.lock().await }
    }
}

impl Locked<'_> {
    /// Whether nothing newer was written.
    pub fn is_newest(&self, size: i64) -> bool {
        size >= *self.newest
    }

    /// Writes a note, unless a newer one is there; it is durable when this returns.
    pub async fn write(mut self, size: i64, note: String) -> Result<(), KernelError> {
        let shared = Arc::clone(self.shared);
        let written = tokio::task::spawn_blocking(move || match &shared.file {
            Some(file) => replace(file, shared.key.as_ref(), size, &note).map_err(|error| (file.clone(), error)),
            None => Ok(()),
        });
        let written = written.await.map_err(|_| KernelError::TaskLost)?;
        written.map_err(|(path, source)| KernelError::Checkpoint { path, source })?;
        *self.newest = size.max(*self.newest);
        Ok(())
    }
}

/// A checkpoint with everything that witnesses have signed under it so far.
pub async fn cosigned(transaction: &mut Transaction, checkpoint: &audit::Checkpoint) -> Result<String, KernelError> {
    let lines = audit::cosignatures(transaction, checkpoint.size).await?;
    let mut note = checkpoint.note.clone();
    for cosignature in lines {
        note.push_str(&cosignature.line);
        note.push('\n');
    }
    Ok(note)
}

/// Written beside, synced and renamed: a reader sees the old checkpoint or the new one, whole.
fn replace(path: &Path, key: Option<&NoteKey>, size: i64, note: &str) -> std::io::Result<()> {
    let _alone = hold(path)?;
    // Another process over the same database may have been faster.
    if lies_there(path, key).is_some_and(|there| there > size) {
        return Ok(());
    }
    let next = beside(path, &format!(".{}.next", std::process::id()));
    let written = write_synced(&next, note).and_then(|()| std::fs::rename(&next, path));
    if written.is_err() {
        drop(std::fs::remove_file(&next));
    }
    written?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Waits until no other process looks and writes here. It ends with the file that is returned.
fn hold(path: &Path) -> std::io::Result<File> {
    let lock = File::options().create(true).truncate(false).write(true).open(beside(path, ".lock"))?;
    lock.lock()?;
    Ok(lock)
}

fn write_synced(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// The size of the checkpoint that lies there, if the log has signed it.
fn lies_there(path: &Path, key: Option<&NoteKey>) -> Option<i64> {
    let note = Note::parse(&std::fs::read(path).ok()?).ok()?;
    Checkpoint::open(&note, key?).ok().map(|checkpoint| crate::log::number(checkpoint.size))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use nuan_domain::audit::note::NoteSigner;
    use nuan_domain::crypto::CryptoSuite;

    use super::*;

    #[tokio::test]
    async fn a_newer_checkpoint_is_never_replaced_by_an_older_one() {
        let file = std::env::temp_dir().join(format!("nuan-place-{}.checkpoint", std::process::id()));
        let signer = NoteSigner::new("log.example", CryptoSuite::International.signer(&[1; 32])).unwrap();
        let note = |size| Checkpoint::new("log.example".to_owned(), size, [7; 32]).sign(&signer).unwrap().to_string();
        let place = || Place::new(Some(file.clone()), Some(signer.key().clone()));
        let one = place();
        assert_eq!(one.read().await.unwrap(), Some((file.clone(), String::new())));
        one.lock().await.write(5, note(5)).await.unwrap();
        assert!(!one.lock().await.is_newest(4) && one.lock().await.is_newest(5));
        place().lock().await.write(4, note(4)).await.unwrap();
        assert_eq!(one.read().await.unwrap().unwrap().1, note(5));
        place().lock().await.write(6, note(6)).await.unwrap();
        assert_eq!(one.read().await.unwrap().unwrap().1, note(6));
        std::fs::write(&file, "something else").unwrap();
        one.lock().await.write(7, note(7)).await.unwrap();
        assert_eq!(one.read().await.unwrap().unwrap().1, note(7));
        std::fs::remove_file(&file).unwrap();
        std::fs::remove_file(beside(&file, ".lock")).unwrap();
    }

    /// Another process has looked and is about to write: nobody looks meanwhile, so the older one does not come last.
    #[tokio::test]
    async fn two_processes_look_and_write_one_after_the_other() {
        let folder = std::env::temp_dir().join(format!("nuan-place-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("checkpoint");
        let signer = NoteSigner::new("log.example", CryptoSuite::International.signer(&[1; 32])).unwrap();
        let note = |size| Checkpoint::new("log.example".to_owned(), size, [7; 32]).sign(&signer).unwrap().to_string();
        let place = Place::new(Some(file.clone()), Some(signer.key().clone()));
        let other = hold(&file).unwrap();
        let (older, text) = (place.clone(), note(5));
        let writing = tokio::spawn(async move { older.lock().await.write(5, text).await });
        tokio::time::timeout(Duration::from_millis(200), std::future::pending::<()>()).await.unwrap_err();
        assert!(!writing.is_finished(), "it waits for the other process");
        write_synced(&file, &note(6)).unwrap();
        drop(other);
        writing.await.unwrap().unwrap();
        assert_eq!(place.read().await.unwrap().unwrap().1, note(6));

        let names = || std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert!(place.lock().await.write(7, note(7)).await.is_err(), "a folder is not replaced");
        assert_eq!(names().len(), 2, "what was written beside is gone again: {:?}", names());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
