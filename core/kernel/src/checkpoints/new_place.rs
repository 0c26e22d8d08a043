//! A place outside that somebody says is new: after a move, a disk that was lost, a restore without a checkpoint.
//!
//! Where nothing lies, an old copy of the register looks like the newest; so the kernel begins no place by itself once it has
//! signed a checkpoint.

use std::path::PathBuf;

use nuan_store::audit;

use super::{Place, cosigned};
use crate::backup::BackupRefused;
use crate::error::KernelError;
use crate::kernel::Kernel;

impl Kernel {
    /// Takes the last checkpoint of the database to a place where nothing lies. Where none was signed yet, there is none to take.
    pub async fn begin_place(&self, file: PathBuf) -> Result<(), KernelError> {
        let place = Place::new(Some(file.clone()), None);
        if place.read().await?.is_some_and(|(_, text)| !text.is_empty()) {
            return Err(BackupRefused::NotEmpty(file).into());
        }
        let mut transaction = self.0.store.begin_read().await?;
        let Some(last) = audit::last_checkpoint(&mut transaction).await? else { return Ok(()) };
        let note = cosigned(&mut transaction, &last).await?;
        place.lock().await.write(last.size, note).await
    }
}
