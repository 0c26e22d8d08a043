//! The index of the register against the parts that leaves commit to: where a household lives and who belongs to it, by which
//! numbers and names a person is found. Whoever takes a number out of the index could have one person counted twice.
//!
//! Not here: the parts themselves (`contents`). What was erased cannot be compared, and is left out. INVARIANT: a page of
//! households or persons is in memory at a time, whatever the size of the register.

mod households;
mod persons;

use nuan_store::Transaction;
use nuan_store::indexed::{self, Indexed};
use nuan_vocabulary::division::DivisionCode;

use super::{Verification, Walk};
use crate::data_keys::Opened;
use crate::error::KernelError;
use crate::kernel::Kernel;

/// How many households or persons are read at once.
const PAGE: u32 = 500;

impl Kernel {
    /// Every household and every person, and no row of the index beyond theirs.
    pub(super) async fn verify_register(
        &self,
        transaction: &mut Transaction,
        walk: &Walk,
        seen: &mut Verification,
    ) -> Result<(), KernelError> {
        let mut met = Indexed::default();
        for read in [
            self.verify_households(transaction, walk, &mut met, seen).await,
            self.verify_persons(transaction, walk, &mut met, seen).await,
        ] {
            match read {
                Ok(()) => {}
                Err(KernelError::Store(error)) => {
                    let what = format!("a row of the register cannot be read: {error}");
                    seen.add(DivisionCode::NATION, None, "register", &what);
                }
                Err(error) => return Err(error),
            }
        }
        let kept = indexed::indexed(transaction).await?;
        for (subject, rows, met) in [
            ("memberships", kept.memberships, met.memberships),
            ("document numbers", kept.identities, met.identities),
            ("search terms", kept.terms, met.terms),
        ] {
            if rows > met {
                let what = format!("there are {subject} of nobody on the register");
                seen.add(DivisionCode::NATION, None, subject, &what);
            }
        }
        Ok(())
    }

    /// The keys with these ids that open. Who was erased has none; what is wrong with a key, its leaf has said.
    async fn openable(&self, ids: impl Iterator<Item = &str>, walk: &Walk) -> Result<Opened, KernelError> {
        let ids: Vec<&str> = ids.filter(|id| !walk.erased.contains(*id)).collect();
        match self.0.data_keys.find(ids.iter().copied()).await {
            Err(KernelError::CannotOpen { .. }) => {}
            found => return found,
        }
        let mut opened = Opened::new();
        for id in ids {
            match self.0.data_keys.find([id]).await {
                Ok(found) => opened.extend(found),
                Err(KernelError::CannotOpen { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(opened)
    }
}

/// How many there are, as the database counts.
fn count<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}
