//! How households, persons and determinations lie in the store: in parts, each sealed under its owner's data key for its own
//! row, and put together again for whoever may read them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use nuan_domain::crypto::sealed_for::SealedFor;
use nuan_domain::register::{HouseholdPart, PersonPart, View, assemble};
use nuan_store::Transaction;
use nuan_store::determination as determination_store;
use nuan_store::household as household_store;
use nuan_store::person as person_store;
use nuan_store::sealed::Sealed;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DeterminationId, HouseholdId, PersonId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::data_keys::{DataKey, Opened};
use crate::error::KernelError;
use crate::kernel::Kernel;

fn of_household(row: &household_store::HouseholdDocument) -> SealedFor {
    SealedFor {
        table: "household_document",
        id: format!("{}#{}", row.household_id, row.version),
        columns: vec![row.county.to_string(), row.received_at.to_string(), row.known_at.to_string()],
    }
}

fn of_person(row: &person_store::PersonDocument) -> SealedFor {
    let columns = vec![
        row.household_id.to_string(),
        row.county.to_string(),
        row.received_at.to_string(),
        row.known_at.to_string(),
    ];
    SealedFor { table: "person_document", id: format!("{}#{}", row.person_id, row.version), columns }
}

fn of_determination(row: &determination_store::Determination) -> SealedFor {
    let columns = vec![
        row.household_id.to_string(),
        row.document_version.to_string(),
        row.county.to_string(),
        row.as_of.to_string(),
        row.known_at.to_string(),
        row.created_at.to_string(),
        row.corrects.map(String::from).unwrap_or_default(),
    ];
    SealedFor { table: "determination", id: row.id.to_string(), columns }
}

fn of_reasons(row: &determination_store::Reasons) -> SealedFor {
    SealedFor {
        table: "determination_reasons",
        id: row.determination_id.to_string(),
        columns: vec![row.county.to_string()],
    }
}

/// The row of an answer that an idempotency key keeps.
pub(crate) fn of_answer(actor: &str, key: &str) -> SealedFor {
    SealedFor { table: "idempotency_key", id: format!("{actor} {key}"), columns: Vec::new() }
}

/// A household as one version of it states it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub row: household_store::HouseholdDocument,
    pub key: DataKey,
    pub part: HouseholdPart,
    /// The part of each person that is not erased, with its key.
    pub persons: BTreeMap<PersonId, HeldPerson>,
}

/// A person as one version of their part states it.
#[derive(Clone, Debug)]
pub(crate) struct HeldPerson {
    pub version: i64,
    pub key: DataKey,
    pub part: PersonPart,
}

impl Held {
    /// The document of a view.
    pub fn document(&self, view: View) -> Value {
        assemble(&self.part, &|person| self.persons.get(&person).map(|held| &held.part), view)
    }
}

/// A person part, sealed.
pub(crate) struct SealedPerson {
    pub row: person_store::PersonDocument,
    pub commitment: String,
}

/// Where and when a part is recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recorded {
    pub household: HouseholdId,
    pub county: DivisionCode,
    pub at: Timestamp,
}

impl Kernel {
    /// A person part as its row keeps it, with what the household part says of it.
    pub(crate) fn sealed_person(
        &self,
        key: &DataKey,
        person: PersonId,
        version: i64,
        recorded: Recorded,
        part: &PersonPart,
    ) -> Result<SealedPerson, KernelError> {
        let content = json(part, "a person part")?;
        let mut row = person_store::PersonDocument {
            household_id: recorded.household,
            person_id: person,
            version,
            county: recorded.county,
            received_at: recorded.at,
            known_at: recorded.at,
            sealed: Sealed::default(),
        };
        let seal_for = of_person(&row);
        row.sealed = key.seal(&self.0.data_keys.nonce(), &seal_for, &content)?;
        Ok(SealedPerson { row, commitment: key.commitment(&seal_for.id, &content) })
    }

    /// A household part as its row keeps it, with the commitment of its leaf.
    pub(crate) fn sealed_household(
        &self,
        key: &DataKey,
        version: i64,
        recorded: Recorded,
        part: &HouseholdPart,
    ) -> Result<(household_store::HouseholdDocument, String), KernelError> {
        let content = json(part, "a household part")?;
        let mut row = household_store::HouseholdDocument {
            household_id: recorded.household,
            version,
            county: recorded.county,
            received_at: recorded.at,
            known_at: recorded.at,
            sealed: Sealed::default(),
        };
        let seal_for = of_household(&row);
        row.sealed = key.seal(&self.0.data_keys.nonce(), &seal_for, &content)?;
        Ok((row, key.commitment(&seal_for.id, &content)))
    }

    /// A household at a version, or at its newest.
    pub(crate) async fn held(
        &self,
        transaction: &mut Transaction,
        id: HouseholdId,
        version: Option<i64>,
    ) -> Result<Held, KernelError> {
        let row = match version {
            Some(version) => household_store::document(transaction, id, version).await?,
            None => household_store::latest_document(transaction, id).await?,
        };
        let row = row.ok_or_else(|| KernelError::NotFound(id.to_string()))?;
        let key = self.0.data_keys.of(&row.sealed).await?;
        let part: HouseholdPart = read(&key.open(&of_household(&row), &row.sealed)?, "a household part")?;
        let listed: Vec<(PersonId, i64)> =
            part.latest_memberships().map(|membership| (membership.person, membership.version)).collect();
        let rows = person_store::person_documents_listed(transaction, &listed).await?;
        let keys = self.0.data_keys.find(rows.iter().map(|row| row.sealed.key_id.as_str())).await?;
        let mut persons = BTreeMap::new();
        for row in &rows {
            if let Some((key, part)) = opened_person(row, &keys)? {
                persons.insert(row.person_id, HeldPerson { version: row.version, key, part });
            }
        }
        Ok(Held { row, key, part, persons })
    }

    /// The data key of a person or household: each has one, under which all its versions are sealed.
    pub(crate) async fn key_of(
        &self,
        transaction: &mut Transaction,
        owner: &str,
    ) -> Result<Option<String>, KernelError> {
        if let Ok(person) = owner.parse() {
            let row = person_store::latest_person_document(transaction, person).await?;
            return Ok(row.map(|row| row.sealed.key_id));
        }
        let household = owner.parse().map_err(|_| KernelError::NotFound(owner.to_owned()))?;
        let row = household_store::latest_document(transaction, household).await?;
        Ok(row.map(|row| row.sealed.key_id))
    }

    /// A determination's stored bytes.
    pub(crate) fn determination_bytes(determination: &Determination) -> Result<Vec<u8>, KernelError> {
        json(determination, "a determination")
    }

    /// A determination as its row keeps it, with the commitment of its leaf.
    pub(crate) fn sealed_determination(
        &self,
        key: &DataKey,
        place: &Place,
        determination: &Determination,
    ) -> Result<(determination_store::Determination, String), KernelError> {
        let content = Self::determination_bytes(determination)?;
        let mut row = determination_store::Determination {
            id: place.id,
            household_id: place.household,
            document_version: place.document_version,
            county: place.county,
            as_of: determination.as_of,
            known_at: place.known_at,
            created_at: place.created_at,
            corrects: place.corrects,
            sealed: Sealed::default(),
        };
        row.sealed = key.seal(&self.0.data_keys.nonce(), &of_determination(&row), &content)?;
        Ok((row, key.commitment(&place.id.to_string(), &content)))
    }

    /// Reasons as their row keeps them, with the commitment of their leaf.
    pub(crate) fn sealed_reasons(
        &self,
        key: &DataKey,
        id: DeterminationId,
        county: DivisionCode,
        content: &[u8],
    ) -> Result<(determination_store::Reasons, String), KernelError> {
        let mut row = determination_store::Reasons { determination_id: id, county, sealed: Sealed::default() };
        row.sealed = key.seal(&self.0.data_keys.nonce(), &of_reasons(&row), content)?;
        Ok((row, key.commitment(&id.to_string(), content)))
    }

    /// The bytes of stored reasons, and the key that opened them.
    pub(crate) async fn open_reasons(
        &self,
        row: &determination_store::Reasons,
    ) -> Result<(DataKey, Vec<u8>), KernelError> {
        let key = self.0.data_keys.of(&row.sealed).await?;
        let bytes = key.open(&of_reasons(row), &row.sealed)?;
        Ok((key, bytes))
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

    /// The bytes of a stored determination, and the key that opened them.
    pub(crate) async fn open_determination(
        &self,
        row: &determination_store::Determination,
    ) -> Result<(DataKey, Vec<u8>), KernelError> {
        let key = self.0.data_keys.of(&row.sealed).await?;
        let bytes = key.open(&of_determination(row), &row.sealed)?;
        Ok((key, bytes))
    }
}

/// The bytes of a household part.
pub(crate) fn open_household(row: &household_store::HouseholdDocument, key: &DataKey) -> Result<Vec<u8>, KernelError> {
    key.open(&of_household(row), &row.sealed)
}

/// The bytes of a determination.
pub(crate) fn open_determination_row(
    row: &determination_store::Determination,
    key: &DataKey,
) -> Result<Vec<u8>, KernelError> {
    key.open(&of_determination(row), &row.sealed)
}

/// The bytes of a person part.
pub(crate) fn open_person(row: &person_store::PersonDocument, key: &DataKey) -> Result<Vec<u8>, KernelError> {
    key.open(&of_person(row), &row.sealed)
}

/// A person part, unless the person is erased.
pub(crate) fn opened_person(
    row: &person_store::PersonDocument,
    keys: &Opened,
) -> Result<Option<(DataKey, PersonPart)>, KernelError> {
    let Some(key) = keys.get(&row.sealed.key_id) else { return Ok(None) };
    let part = read(&open_person(row, key)?, "a person part")?;
    Ok(Some((key.clone(), part)))
}

/// Something of our own as JSON.
pub(crate) fn json<T: Serialize>(value: &T, what: &'static str) -> Result<Vec<u8>, KernelError> {
    serde_json::to_vec(value).map_err(|source| KernelError::Json { what, source })
}

/// Something of our own, read back.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<T, KernelError> {
    serde_json::from_slice(bytes).map_err(|source| KernelError::Json { what, source })
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
    pub corrects: Option<DeterminationId>,
}
