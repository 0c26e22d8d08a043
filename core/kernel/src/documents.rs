//! How documents and determinations lie in the store: sealed, each for its own row.

use jiff::Timestamp;
use nuan_store::Transaction;
use nuan_store::determination as determination_store;
use nuan_store::household as household_store;
use nuan_store::sealed::Sealed;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DeterminationId, HouseholdId};

use crate::error::KernelError;
use crate::kernel::Kernel;

const DOCUMENT: &str = "household_document";
const DETERMINATION: &str = "determination";
const REASONS: &str = "determination_reasons";
const ANSWER: &str = "idempotency_key";

fn document_row(id: HouseholdId, version: i64) -> String {
    format!("{id}#{version}")
}

impl Kernel {
    fn seal(&self, table: &'static str, row: &str, content: &[u8]) -> Result<Sealed, KernelError> {
        let ciphertext = self.0.keys.seal(self.0.surroundings.as_ref(), table, row, content)?;
        Ok(Sealed { key_id: self.0.keys.id.clone(), ciphertext })
    }

    /// A document as its row keeps it.
    pub(crate) fn sealed_document(
        &self,
        id: HouseholdId,
        version: i64,
        county: DivisionCode,
        at: Timestamp,
        bytes: &[u8],
    ) -> Result<household_store::HouseholdDocument, KernelError> {
        let sealed = self.seal(DOCUMENT, &document_row(id, version), bytes)?;
        Ok(household_store::HouseholdDocument {
            household_id: id,
            version,
            county,
            received_at: at,
            known_at: at,
            sealed,
        })
    }

    /// The bytes of a stored document.
    pub(crate) fn open_document(&self, row: &household_store::HouseholdDocument) -> Result<Vec<u8>, KernelError> {
        Ok(self.0.keys.open(DOCUMENT, &document_row(row.household_id, row.version), &row.sealed.ciphertext)?)
    }

    /// The newest document of a household.
    pub(crate) async fn latest_document(
        &self,
        transaction: &mut Transaction,
        id: HouseholdId,
    ) -> Result<household_store::HouseholdDocument, KernelError> {
        let found = household_store::latest_document(transaction, id).await?;
        found.ok_or_else(|| KernelError::NotFound(id.to_string()))
    }

    /// A determination's stored bytes.
    pub(crate) fn determination_bytes(determination: &Determination) -> Result<Vec<u8>, KernelError> {
        serde_json::to_vec(determination).map_err(|source| KernelError::Json { what: "a determination", source })
    }

    /// A determination as its row keeps it.
    pub(crate) fn sealed_determination(
        &self,
        determination: &Determination,
        place: &Place,
        bytes: &[u8],
    ) -> Result<determination_store::Determination, KernelError> {
        let sealed = self.seal(DETERMINATION, &place.id.to_string(), bytes)?;
        Ok(determination_store::Determination {
            id: place.id,
            household_id: place.household,
            document_version: place.document_version,
            county: place.county,
            as_of: determination.as_of,
            known_at: place.known_at,
            created_at: place.created_at,
            sealed,
        })
    }

    /// The bytes of a stored determination.
    pub(crate) fn open_determination(&self, row: &determination_store::Determination) -> Result<Vec<u8>, KernelError> {
        Ok(self.0.keys.open(DETERMINATION, &row.id.to_string(), &row.sealed.ciphertext)?)
    }

    /// A stored determination.
    pub(crate) async fn stored_determination(
        &self,
        transaction: &mut Transaction,
        id: DeterminationId,
    ) -> Result<determination_store::Determination, KernelError> {
        let found = determination_store::determination(transaction, id).await?;
        found.ok_or_else(|| KernelError::NotFound(id.to_string()))
    }

    /// Reasons as their row keeps them.
    pub(crate) fn sealed_reasons(
        &self,
        id: DeterminationId,
        county: DivisionCode,
        bytes: &[u8],
    ) -> Result<determination_store::Reasons, KernelError> {
        Ok(determination_store::Reasons {
            determination_id: id,
            county,
            sealed: self.seal(REASONS, &id.to_string(), bytes)?,
        })
    }

    /// The bytes of stored reasons.
    pub(crate) fn open_reasons(&self, row: &determination_store::Reasons) -> Result<Vec<u8>, KernelError> {
        Ok(self.0.keys.open(REASONS, &row.determination_id.to_string(), &row.sealed.ciphertext)?)
    }

    /// The answer to a create as its key keeps it.
    pub(crate) fn sealed_answer(&self, actor: &str, key: &str, bytes: &[u8]) -> Result<Sealed, KernelError> {
        self.seal(ANSWER, &format!("{actor} {key}"), bytes)
    }

    /// The bytes of a kept answer.
    pub(crate) fn open_answer(&self, actor: &str, key: &str, sealed: &Sealed) -> Result<Vec<u8>, KernelError> {
        Ok(self.0.keys.open(ANSWER, &format!("{actor} {key}"), &sealed.ciphertext)?)
    }
}

/// Where a determination belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub id: DeterminationId,
    pub household: HouseholdId,
    pub document_version: i64,
    pub county: DivisionCode,
    pub known_at: Timestamp,
    pub created_at: Timestamp,
}
