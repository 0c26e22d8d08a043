//! Determinations of households on the register: computed, stored with everything they rest on, logged, and explained.

use nuan_domain::audit::digest;
use nuan_domain::document::HouseholdDocument;
use nuan_host::fault::is_verdict;
use nuan_store::determination as determination_store;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::{Determination, Reason};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::{DeterminationId, HouseholdId};

use crate::actor::Actor;
use crate::answer::Selection;
use crate::body::{Created, DeterminationSummary, Page};
use crate::documents::Place;
use crate::error::KernelError;
use crate::evaluate::{self, Question};
use crate::idempotency::IdempotencyKey;
use crate::kernel::Kernel;
use crate::log::Act;
use crate::surroundings::instant_text;

/// The most entries of one page.
const MOST: u32 = 200;

/// When and as known when.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeterminationRequest {
    /// The date; the document's own or today where absent.
    pub as_of: Option<Date>,
    /// Facts that became known later do not count; all count where absent.
    pub known_at: Option<jiff::Timestamp>,
}

impl Kernel {
    /// Determines a household on the register and stores the result.
    pub async fn determine_household(
        &self,
        actor: &Actor,
        id: HouseholdId,
        request: DeterminationRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<Determination>, KernelError> {
        let row = {
            let mut transaction = self.0.store.begin_read().await?;
            self.latest_document(&mut transaction, id).await?
        };
        let mut transaction = self.0.store.begin_write([row.county]).await?;
        if let Some(body) = self.claim(&mut transaction, actor, row.county, key.as_ref()).await? {
            return Ok(Created { body, replayed: true });
        }
        let bytes = self.open_document(&row)?;
        let created_at = self.now();
        let known_at = request.known_at.unwrap_or(created_at);
        let new_id = DeterminationId::from_uuid(self.new_uuid());
        let place = Place {
            id: new_id,
            household: id,
            document_version: row.version,
            county: row.county,
            known_at,
            created_at,
        };
        let full = self.compute(move |kernel| kernel.full_determination(&bytes, request.as_of, &place)).await??;
        refuse_without_verdict(&full)?;
        let stored = stored_form(full.clone());
        let stored_bytes = Self::determination_bytes(&stored)?;
        let sealed = self.sealed_determination(&stored, &place, &stored_bytes)?;
        let snapshot = self.snapshot_of(&stored, known_at)?;
        let kept = self.keep(&mut transaction, &[&snapshot.archived]).await?;
        determination_store::insert_determinations(&mut transaction, &[sealed]).await?;
        let act = Act {
            county: row.county,
            act: "determination.compute",
            subject: new_id.to_string(),
            content: &stored_bytes,
        };
        let appended = self.0.log.append(&mut transaction, &self.0.keys, actor, created_at, &[act]).await?;
        self.answer(&mut transaction, actor, key.as_ref(), &full).await?;
        transaction.commit().await?;
        self.0.log.committed(appended);
        self.remember_kept(kept);
        Ok(Created { body: full, replayed: false })
    }

    /// Computes everything, reasons included.
    pub(crate) fn full_determination(
        &self,
        bytes: &[u8],
        as_of: Option<Date>,
        place: &Place,
    ) -> Result<Determination, KernelError> {
        let installed = &self.0.installed;
        let document = HouseholdDocument::parse(bytes, &installed.reference.schema)?;
        let question =
            Question { document: &document, inputs_digest: digest(bytes), as_of: self.as_of(as_of, &document) };
        let mut determination = evaluate::one(installed, &question, place.known_at, Selection::Determination)?;
        determination.id = Some(place.id);
        determination.household = Some(place.household);
        Ok(determination)
    }

    /// Determinations of a household, the oldest first.
    pub async fn determinations(
        &self,
        _actor: &Actor,
        household: HouseholdId,
        after: Option<DeterminationId>,
        limit: u32,
    ) -> Result<Page<DeterminationSummary>, KernelError> {
        let limit = limit.clamp(1, MOST);
        let mut transaction = self.0.store.begin_read().await?;
        self.latest_document(&mut transaction, household).await?;
        let rows = determination_store::determinations_of_household(&mut transaction, household, after, limit).await?;
        let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows == limit);
        let next = rows.last().filter(|_| is_full).map(|row| row.id.to_string());
        let summary = |row: &determination_store::Determination| DeterminationSummary {
            id: row.id,
            as_of: row.as_of,
            created_at: instant_text(row.created_at),
        };
        Ok(Page { items: rows.iter().map(summary).collect(), next })
    }

    /// A stored determination with its reasons. They are kept from the first time somebody reads them.
    pub async fn determination(&self, actor: &Actor, id: DeterminationId) -> Result<Determination, KernelError> {
        let (row, reasons) = {
            let mut transaction = self.0.store.begin_read().await?;
            let row = self.stored_determination(&mut transaction, id).await?;
            (row, determination_store::reasons(&mut transaction, id).await?)
        };
        let mut determination = self.read_determination(&row)?;
        determination.reasons = match reasons {
            Some(kept) => read_reasons(&self.open_reasons(&kept)?)?,
            None => self.keep_reasons(actor, &row).await?,
        };
        determination.parameters = self.parameters_of(&determination).await?;
        Ok(determination)
    }

    pub(crate) fn read_determination(
        &self,
        row: &determination_store::Determination,
    ) -> Result<Determination, KernelError> {
        let bytes = self.open_determination(row)?;
        serde_json::from_slice(&bytes).map_err(|source| KernelError::Json { what: "a determination", source })
    }

    /// Derives the reasons by repeating the determination with what it rested on, and keeps them.
    async fn keep_reasons(
        &self,
        actor: &Actor,
        row: &determination_store::Determination,
    ) -> Result<Vec<Reason>, KernelError> {
        let repeated = self.repeat(row.id).await?;
        let bytes =
            serde_json::to_vec(&repeated.reasons).map_err(|source| KernelError::Json { what: "reasons", source })?;
        let mut transaction = self.0.store.begin_write([row.county]).await?;
        if determination_store::keep_reasons(&mut transaction, &self.sealed_reasons(row.id, row.county, &bytes)?)
            .await?
        {
            let act =
                Act { county: row.county, act: "determination.explain", subject: row.id.to_string(), content: &bytes };
            let appended = self.0.log.append(&mut transaction, &self.0.keys, actor, self.now(), &[act]).await?;
            transaction.commit().await?;
            self.0.log.committed(appended);
        }
        Ok(repeated.reasons)
    }
}

/// A plugin that was late, set aside or never started has said nothing about the household: nothing may be recorded, and
/// the same question may be asked again.
pub(crate) fn refuse_without_verdict(determination: &Determination) -> Result<(), KernelError> {
    let hindrances = determination.outputs.iter().flat_map(|output| {
        let open = output.hindrances.iter().filter(|hindrance| !is_verdict(&hindrance.code));
        open.map(|hindrance| Diagnostic::new(&hindrance.code, format!("/outputs/{}", output.name), &hindrance.detail))
    });
    let open: Vec<Diagnostic> = hindrances.collect();
    if open.is_empty() { Ok(()) } else { Err(KernelError::NoVerdict(open)) }
}

/// The form that is stored and committed to: without reasons and without the values that a digest names.
pub(crate) fn stored_form(mut determination: Determination) -> Determination {
    determination.reasons.clear();
    determination.parameters.clear();
    determination
}

fn read_reasons(bytes: &[u8]) -> Result<Vec<Reason>, KernelError> {
    serde_json::from_slice(bytes).map_err(|source| KernelError::Json { what: "reasons", source })
}
