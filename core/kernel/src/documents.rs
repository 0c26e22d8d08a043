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
use crate::protection::SealedFor;

const DOCUMENT: &str = "household_document";
const DETERMINATION: &str = "determination";
const REASONS: &str = "determination_reasons";
const ANSWER: &str = "idempotency_key";

fn of_document(row: &household_store::HouseholdDocument) -> SealedFor {
    SealedFor {
        table: DOCUMENT,
        id: format!("{}#{}", row.household_id, row.version),
        columns: vec![row.county.to_string(), row.received_at.to_string(), row.known_at.to_string()],
    }
}

fn of_determination(row: &determination_store::Determination) -> SealedFor {
    let columns = vec![
        row.household_id.to_string(),
        row.document_version.to_string(),
        row.county.to_string(),
        row.as_of.to_string(),
        row.known_at.to_string(),
        row.created_at.to_string(),
    ];
    SealedFor { table: DETERMINATION, id: row.id.to_string(), columns }
}

fn of_reasons(row: &determination_store::Reasons) -> SealedFor {
    SealedFor { table: REASONS, id: row.determination_id.to_string(), columns: vec![row.county.to_string()] }
}

fn of_answer(actor: &str, key: &str) -> SealedFor {
    SealedFor { table: ANSWER, id: format!("{actor} {key}"), columns: Vec::new() }
}

impl Kernel {
    fn seal(&self, row: &SealedFor, content: &[u8]) -> Result<Sealed, KernelError> {
        let ciphertext = self.0.keys.seal(self.0.surroundings.as_ref(), row, content)?;
        Ok(Sealed { key_id: self.0.keys.id.clone(), ciphertext })
    }

    fn open(&self, row: &SealedFor, sealed: &Sealed) -> Result<Vec<u8>, KernelError> {
        Ok(self.0.keys.open(row, &sealed.key_id, &sealed.ciphertext)?)
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
        let mut row = household_store::HouseholdDocument {
            household_id: id,
            version,
            county,
            received_at: at,
            known_at: at,
            sealed: Sealed::default(),
        };
        row.sealed = self.seal(&of_document(&row), bytes)?;
        Ok(row)
    }

    /// The bytes of a stored document.
    pub(crate) fn open_document(&self, row: &household_store::HouseholdDocument) -> Result<Vec<u8>, KernelError> {
        self.open(&of_document(row), &row.sealed)
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
        let mut row = determination_store::Determination {
            id: place.id,
            household_id: place.household,
            document_version: place.document_version,
            county: place.county,
            as_of: determination.as_of,
            known_at: place.known_at,
            created_at: place.created_at,
            sealed: Sealed::default(),
        };
        row.sealed = self.seal(&of_determination(&row), bytes)?;
        Ok(row)
    }

    /// The bytes of a stored determination.
    pub(crate) fn open_determination(&self, row: &determination_store::Determination) -> Result<Vec<u8>, KernelError> {
        self.open(&of_determination(row), &row.sealed)
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
        let mut row = determination_store::Reasons { determination_id: id, county, sealed: Sealed::default() };
        row.sealed = self.seal(&of_reasons(&row), bytes)?;
        Ok(row)
    }

    /// The bytes of stored reasons.
    pub(crate) fn open_reasons(&self, row: &determination_store::Reasons) -> Result<Vec<u8>, KernelError> {
        self.open(&of_reasons(row), &row.sealed)
    }

    /// The answer to a create as its key keeps it.
    pub(crate) fn sealed_answer(&self, actor: &str, key: &str, bytes: &[u8]) -> Result<Sealed, KernelError> {
        self.seal(&of_answer(actor, key), bytes)
    }

    /// The bytes of a kept answer.
    pub(crate) fn open_answer(&self, actor: &str, key: &str, sealed: &Sealed) -> Result<Vec<u8>, KernelError> {
        self.open(&of_answer(actor, key), sealed)
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
