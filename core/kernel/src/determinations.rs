//! Determinations of households on the register: computed, stored with everything they rest on, logged, and explained.

use std::sync::Arc;

use nuan_domain::audit::digest;
use nuan_domain::document::HouseholdDocument;
use nuan_domain::register::View;
use nuan_host::fault::is_verdict;
use nuan_store::{decision as decision_store, determination as determination_store, household as household_store};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::{Determination, Reason};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DeterminationId, HouseholdId};
use serde_json::Value;

use crate::actor::Actor;
use crate::answer::Selection;
use crate::body::{Created, DeterminationSummary, Page};
use crate::data_keys::DataKey;
use crate::entry::{EntryRows, leaf};
use crate::error::KernelError;
use crate::evaluate::{self, Question};
use crate::idempotency::IdempotencyKey;
use crate::kernel::Kernel;
use crate::log::Act;
use crate::parts::{Place, Recorded, json, read};
use crate::snapshot::Snapshot;
use crate::surroundings::instant_text;
use crate::writer::{Needs, Writing};

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
        let county = self.county_of_household(id).await?;
        if let Some(body) = self.answered(actor, key.as_ref()).await? {
            return Ok(Created { body, replayed: true });
        }
        let made = self.new_determination(actor, id, request, None).await?;
        let kept = made.snapshot.archived.digest.clone();
        let (kernel, actor) = (self.clone(), actor.clone());
        let created = self
            .0
            .writer
            .write(Needs::county(county), move |writing| {
                Box::pin(async move {
                    let county = made.row.county;
                    let answer = (&made.key, &made.full);
                    let earlier =
                        kernel.claim_with(&mut writing.transaction, &actor, county, key.as_ref(), answer).await?;
                    if let Some(body) = earlier {
                        return Ok(Created { body, replayed: true });
                    }
                    kernel.store_determination(writing, &made).await?;
                    Ok(Created { body: made.full, replayed: false })
                })
            })
            .await?;
        self.remember_kept(vec![kept]);
        Ok(created)
    }

    /// Computes a determination of a household as it is known now, and prepares what is stored of it.
    pub(crate) async fn new_determination(
        &self,
        actor: &Actor,
        id: HouseholdId,
        request: DeterminationRequest,
        corrects: Option<DeterminationId>,
    ) -> Result<MadeDetermination, KernelError> {
        let held = {
            let mut transaction = self.0.store.begin_read().await?;
            self.held(&mut transaction, id, None).await?
        };
        let created_at = self.now();
        let place = Place {
            id: DeterminationId::from_uuid(self.new_uuid()),
            household: id,
            document_version: held.row.version,
            county: held.row.county,
            known_at: request.known_at.unwrap_or(created_at),
            created_at,
            corrects,
        };
        let as_of = self.as_of(request.as_of, held.part.as_of);
        let document = held.document(View::At { as_of, known_at: place.known_at });
        let full = self.compute(move |kernel| kernel.full_determination(&document, as_of, &place)).await??;
        refuse_without_verdict(&full)?;
        let stored = stored_form(full.clone());
        let (row, commitment) = self.sealed_determination(&held.key, &place, &stored)?;
        let snapshot = self.snapshot_of(&stored, place.known_at)?;
        let recorded = Recorded { household: id, county: place.county, at: created_at };
        let act = leaf("determination.compute", actor, recorded, place.id.to_string(), commitment, &held.key);
        Ok(MadeDetermination { full, row, snapshot, act, key: held.key })
    }

    /// Stores a determination and what it rests on, in an act's transaction.
    pub(crate) async fn store_determination(
        &self,
        writing: &mut Writing,
        made: &MadeDetermination,
    ) -> Result<(), KernelError> {
        self.keep(&mut writing.transaction, &[&made.snapshot.archived]).await?;
        writing.enter(EntryRows { determinations: vec![made.row.clone()], ..EntryRows::default() });
        writing.log(made.act.clone());
        Ok(())
    }

    /// Computes everything, reasons included.
    pub(crate) fn full_determination(
        &self,
        document: &Value,
        as_of: Date,
        place: &Place,
    ) -> Result<Determination, KernelError> {
        let installed = &self.0.installed;
        let inputs_digest = digest(&json(document, "a household document")?);
        let document = HouseholdDocument::from_value(document, &installed.reference.schema)?;
        let question = Question { document: &document, inputs_digest, as_of };
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
        self.county_of_household(household).await?;
        let mut transaction = self.0.store.begin_read().await?;
        let rows = determination_store::determinations_of_household(&mut transaction, household, after, limit).await?;
        let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows == limit);
        let next = rows.last().filter(|_| is_full).map(|row| row.id.to_string());
        let newest = household_store::latest_document(&mut transaction, household).await?;
        let newest = newest.map(|row| (row.version, row.known_at));
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            let decision = decision_store::decision_on(&mut transaction, row.id).await?.map(|decision| decision.id);
            let is_corrected = !determination_store::corrections_of(&mut transaction, row.id).await?.is_empty();
            let is_open = decision.is_none()
                && !is_corrected
                && newest
                    .is_some_and(|(version, known_at)| version == row.document_version && known_at <= row.known_at);
            items.push(DeterminationSummary {
                id: row.id,
                as_of: row.as_of,
                created_at: instant_text(row.created_at),
                corrects: row.corrects,
                decision,
                allowed_actions: if is_open { vec!["decide".to_owned()] } else { Vec::new() },
            });
        }
        Ok(Page { items, next })
    }

    /// A stored determination with its reasons. They are kept from the first time somebody reads them.
    pub async fn determination(&self, actor: &Actor, id: DeterminationId) -> Result<Determination, KernelError> {
        let (row, reasons) = {
            let mut transaction = self.0.store.begin_read().await?;
            let row = self.stored_determination(&mut transaction, id).await?;
            (row, determination_store::reasons(&mut transaction, id).await?)
        };
        let (key, bytes) = self.open_determination(&row).await?;
        let mut determination: Determination = read(&bytes, "a determination")?;
        determination.reasons = match reasons {
            Some(kept) => read(&self.open_reasons(&kept).await?.1, "reasons")?,
            None => self.keep_reasons(actor, &row, key).await?,
        };
        determination.parameters = self.parameters_of(&determination).await?;
        Ok(determination)
    }

    /// The county that keeps a household now.
    pub(crate) async fn county_of_household(&self, id: HouseholdId) -> Result<DivisionCode, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let found = nuan_store::household::household(&mut transaction, id).await?;
        found.map(|household| household.county).ok_or_else(|| KernelError::NotFound(id.to_string()))
    }

    /// Derives the reasons by repeating the determination with what it rested on, and keeps them.
    async fn keep_reasons(
        &self,
        actor: &Actor,
        row: &determination_store::Determination,
        key: DataKey,
    ) -> Result<Vec<Reason>, KernelError> {
        let repeated = self.repeat(row.id).await?;
        let bytes = json(&repeated.reasons, "reasons")?;
        let (reasons, commitment) = self.sealed_reasons(&key, row.id, row.county, &bytes)?;
        let recorded = Recorded { household: row.household_id, county: row.county, at: self.now() };
        let explained = leaf("determination.explain", actor, recorded, row.id.to_string(), commitment, &key);
        self.0
            .writer
            .write(Needs::county(row.county), move |writing| {
                Box::pin(async move {
                    if determination_store::keep_reasons(&mut writing.transaction, &reasons).await? {
                        writing.log(explained);
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(repeated.reasons)
    }
}

/// A determination that is computed, sealed and ready to be stored.
pub(crate) struct MadeDetermination {
    /// With its reasons.
    pub full: Determination,
    /// As its row keeps it.
    pub row: determination_store::Determination,
    /// The numbers of the law.
    pub snapshot: Arc<Snapshot>,
    /// Its leaf.
    pub act: Act,
    /// The household's key.
    pub key: DataKey,
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
