//! A register with acts in two counties, checkpoints over them, and the last one outside; closed, so that it can be copied.

use std::path::{Path, PathBuf};

use nuan_kernel::{Actor, Finding, Kernel, Outside};
use nuan_tests::installation::{Database, ORIGIN, kernel_outside};
use serde_json::json;

use crate::verifiers::Scratch;

/// The two counties of the acts, in turn.
pub const COUNTIES: [&str; 2] = ["330106", "330402"];

/// The register as it was, and its checkpoint outside.
pub struct Ground {
    database: Database,
    /// The checkpoint outside.
    pub outside: Scratch,
    kernel: Option<Kernel>,
}

impl Ground {
    pub async fn new(name: &str) -> Self {
        let database = Database::sqlite(name).await.unwrap();
        let outside = Scratch::new("outside");
        let place = Outside { origin: ORIGIN.to_owned(), file: Some(outside.0.clone()), ..Outside::default() };
        let kernel = kernel_outside(place, &database).await.unwrap();
        Self { database, outside, kernel: Some(kernel) }
    }

    /// Records households, in both counties by turns, with a checkpoint after every so many.
    pub async fn record(&self, acts: usize, checkpoint_after: usize) {
        let kernel = self.kernel.as_ref().unwrap();
        for n in 0..acts {
            let document = json!({ "division": COUNTIES[n % 2], "members": [{ "ref": "a" }] });
            kernel.record_household(&Actor::local_operator(), document, None).await.unwrap();
            if n % checkpoint_after == checkpoint_after - 1 {
                kernel.publish_checkpoint().await.unwrap();
            }
        }
        kernel.publish_checkpoint().await.unwrap();
    }

    /// Closes it; nothing but the files is left.
    pub async fn close(&mut self) {
        self.kernel.take().unwrap().finish().await.unwrap();
    }

    /// The register's file.
    pub fn file(&self) -> &Path {
        self.database.file().unwrap()
    }

    /// A copy of the files as they are now, the log that is written ahead included.
    pub fn copy(&self, name: &str) -> Copy {
        // What is copied here is not removed with the copy that it is copied from.
        let here = std::mem::ManuallyDrop::new(Copy(self.file().to_owned()));
        here.again(name)
    }
}

/// A copy of a register, removed at the end.
pub struct Copy(pub PathBuf);

const ENDINGS: [&str; 6] = ["", "-wal", "-shm", ".keys", ".keys-wal", ".keys-shm"];

/// A file beside another.
pub fn with_ending(file: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", file.display()))
}

impl Copy {
    /// Another copy.
    pub fn again(&self, name: &str) -> Self {
        let copy = Self(Scratch::new(name).0.clone());
        for ending in ENDINGS {
            let from = with_ending(&self.0, ending);
            if from.is_file() {
                std::fs::copy(from, with_ending(&copy.0, ending)).unwrap();
            }
        }
        copy
    }

    /// What is found in it, against a checkpoint from outside; and its export. Whatever cannot be opened is an error.
    pub async fn verify(&self, outside: Option<&str>) -> anyhow::Result<(Vec<Finding>, anyhow::Result<String>)> {
        let database = Database::at(&self.0).await?;
        let verified = async {
            let kernel = kernel_outside(Outside { origin: ORIGIN.to_owned(), ..Outside::default() }, &database).await?;
            let seen = kernel.verify_audit(outside, |_| {}).await?;
            let export = crate::verifiers::exported(&kernel).await.map_err(anyhow::Error::from);
            anyhow::Ok((seen.findings, export))
        };
        let verified = verified.await;
        database.key_store.close().await;
        database.store.close().await;
        verified
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        for ending in ENDINGS {
            drop(std::fs::remove_file(with_ending(&self.0, ending)));
        }
    }
}
