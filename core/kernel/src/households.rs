//! The register, as far as it goes: households with their documents, sealed and logged.

use nuan_domain::document::HouseholdDocument;
use nuan_store::household::{self as household_store, Household};
use nuan_vocabulary::id::HouseholdId;

use crate::actor::Actor;
use crate::body::{Created, HouseholdBody, HouseholdSummary, Page};
use crate::error::KernelError;
use crate::idempotency::IdempotencyKey;
use crate::kernel::{Kernel, county_of};
use crate::log::Act;
use crate::surroundings::instant_text;

/// The most entries of one page.
const MOST: u32 = 200;

fn actions() -> Vec<String> {
    vec!["determine".to_owned()]
}

impl Kernel {
    /// Records a household with its first document.
    pub async fn record_household(
        &self,
        actor: &Actor,
        document: serde_json::Value,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<HouseholdBody>, KernelError> {
        let parsed = HouseholdDocument::from_value(&document, &self.0.installed.reference.schema)?;
        let county = county_of(parsed.division);
        let bytes = serde_json::to_vec(&document)
            .map_err(|source| KernelError::Json { what: "a household document", source })?;
        let mut transaction = self.0.store.begin_write([county]).await?;
        if let Some(body) = self.claim(&mut transaction, actor, county, key.as_ref()).await? {
            return Ok(Created { body, replayed: true });
        }
        let (id, at) = (HouseholdId::from_uuid(self.new_uuid()), self.now());
        household_store::insert_households(&mut transaction, &[Household { id, county, created_at: at }]).await?;
        let sealed = self.sealed_document(id, 1, county, at, &bytes)?;
        household_store::insert_documents(&mut transaction, &[sealed]).await?;
        let act = Act { county, act: "household.record", subject: format!("{id}#1"), content: &bytes };
        let appended = self.0.log.append(&mut transaction, &self.0.keys, actor, at, &[act]).await?;
        let (division, received_at) = (parsed.division, instant_text(at));
        let body = HouseholdBody { id, division, version: 1, received_at, document, allowed_actions: actions() };
        self.answer(&mut transaction, actor, key.as_ref(), &body).await?;
        transaction.commit().await?;
        self.0.log.committed(appended);
        Ok(Created { body, replayed: false })
    }

    /// A household with its newest document.
    pub async fn household(&self, _actor: &Actor, id: HouseholdId) -> Result<HouseholdBody, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let row = self.latest_document(&mut transaction, id).await?;
        let bytes = self.open_document(&row)?;
        let document: serde_json::Value = serde_json::from_slice(&bytes)
            .map_err(|source| KernelError::Json { what: "a household document", source })?;
        let division = document
            .get("division")
            .and_then(|code| code.as_str())
            .and_then(|code| code.parse().ok())
            .unwrap_or(row.county);
        let received_at = instant_text(row.received_at);
        Ok(HouseholdBody { id, division, version: row.version, received_at, document, allowed_actions: actions() })
    }

    /// Households in the order in which they came.
    pub async fn households(
        &self,
        _actor: &Actor,
        after: Option<HouseholdId>,
        limit: u32,
    ) -> Result<Page<HouseholdSummary>, KernelError> {
        let limit = limit.clamp(1, MOST);
        let mut transaction = self.0.store.begin_read().await?;
        let rows = household_store::households_after(&mut transaction, after, limit).await?;
        let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows == limit);
        let next = rows.last().filter(|_| is_full).map(|row| row.id.to_string());
        let summary = |row: &Household| HouseholdSummary {
            id: row.id,
            division: row.county,
            received_at: instant_text(row.created_at),
        };
        Ok(Page { items: rows.iter().map(summary).collect(), next })
    }
}
