//! Entitlements (应享待遇): what is due after a decision. They end, or another takes their place; they are never edited.
//!
//! Not here: the decision that grants one (`decisions`), and a payment. INVARIANT: a change of the household ends nothing by
//! itself; it is shown as a concern until an official decides.

mod body;
pub(crate) mod content;
mod correction;

use nuan_store::Transaction;
use nuan_store::entitlement::{self as entitlement_store, Entitlement, EntitlementEnd};
use nuan_store::sealed::Sealed;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::{EntitlementId, HouseholdId, PersonId};

use self::body::Known;
pub use self::body::{Concern, ConcernBody, CorrectionBody, EndBody, EntitlementBody, EntitlementStanding};
use self::content::{END, EndContent, of_end};
use crate::actor::Actor;
use crate::body::{Created, Page};
use crate::data_keys::DataKey;
use crate::entry::leaf;
use crate::error::KernelError;
use crate::idempotency::IdempotencyKey;
use crate::kernel::Kernel;
use crate::log::Act;
use crate::matches::sound_reason;
use crate::parts::{Held, Recorded, json};
use crate::surroundings::{instant_text, today};
use crate::writer::Needs;

/// The most entries of one page.
pub(crate) const MOST: u32 = 200;

/// The end of an entitlement, as an official asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndRequest {
    /// The first day on which nothing is due.
    pub ends_on: Date,
    /// Why, in 1 to 1000 characters.
    pub reason: String,
}

impl Kernel {
    /// An entitlement as it stands.
    pub async fn entitlement(&self, _actor: &Actor, id: EntitlementId) -> Result<EntitlementBody, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let row = stored_entitlement(&mut transaction, id).await?;
        let held = self.held(&mut transaction, row.household_id, None).await?;
        self.entitlement_body(&mut transaction, &row, &held).await
    }

    /// The entitlements of a household, oldest first.
    pub async fn entitlements(
        &self,
        _actor: &Actor,
        household: HouseholdId,
        after: Option<EntitlementId>,
        limit: u32,
    ) -> Result<Page<EntitlementBody>, KernelError> {
        let limit = limit.clamp(1, MOST);
        let mut transaction = self.0.store.begin_read().await?;
        let held = self.held(&mut transaction, household, None).await?;
        let rows = entitlement_store::entitlements_of_household(&mut transaction, household, after, limit).await?;
        let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows == limit);
        let next = rows.last().filter(|_| is_full).map(|row| row.id.to_string());
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            items.push(self.entitlement_body(&mut transaction, row, &held).await?);
        }
        Ok(Page { items, next })
    }

    /// Ends an entitlement from a day on, with a reason. It ends once.
    pub async fn end_entitlement(
        &self,
        actor: &Actor,
        id: EntitlementId,
        request: EndRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<EntitlementBody>, KernelError> {
        let reason = sound_reason(&request.reason)?;
        if let Some(body) = self.answered(actor, key.as_ref()).await? {
            return Ok(Created { body, replayed: true });
        }
        let (at, ends_on) = (self.now(), request.ends_on);
        let mut transaction = self.0.store.begin_read().await?;
        let row = stored_entitlement(&mut transaction, id).await?;
        if row.ends_on.is_some() {
            return Err(KernelError::EntitlementEnded);
        }
        if ends_on < row.starts_on {
            let mistake = Diagnostic::new("NU2604", "/ends_on", "the entitlement begins after this day");
            let hint = format!("it begins on {}; write that day, and nothing was ever due", row.starts_on);
            return Err(KernelError::Request(vec![mistake.with_hint(hint)]));
        }
        let held = self.held(&mut transaction, row.household_id, None).await?;
        let content = EndContent { reason, decision: None };
        let (end, act) = self.sealed_end(actor, &row, ends_on, &content, &held, at)?;
        let ended = Entitlement { ends_on: Some(ends_on), ..row };
        let mut body = self.entitlement_body(&mut transaction, &ended, &held).await?;
        body.ended = Some(end_body(&end, content));
        drop(transaction);
        let is_over = ends_on <= today(at);
        let (kernel, actor, data_key) = (self.clone(), actor.clone(), held.key);
        self.0
            .writer
            .write(Needs::county(act.county), move |writing| {
                Box::pin(async move {
                    let (transaction, answer) = (&mut writing.transaction, (&data_key, &body));
                    let earlier = kernel.claim_with(transaction, &actor, act.county, key.as_ref(), answer).await?;
                    if let Some(body) = earlier {
                        return Ok(Created { body, replayed: true });
                    }
                    write_end(transaction, &end, ends_on, is_over).await?;
                    writing.log(act);
                    Ok(Created { body, replayed: false })
                })
            })
            .await
    }

    /// The end of an entitlement, sealed, and its leaf.
    pub(crate) fn sealed_end(
        &self,
        actor: &Actor,
        row: &Entitlement,
        ends_on: Date,
        content: &EndContent,
        held: &Held,
        at: jiff::Timestamp,
    ) -> Result<(EntitlementEnd, Act), KernelError> {
        let mut end = EntitlementEnd {
            entitlement_id: row.id,
            ended_by: actor.name().to_owned(),
            ended_at: at,
            sealed: Sealed::default(),
        };
        let bytes = json(content, "the end of an entitlement")?;
        let key: &DataKey = &held.key;
        end.sealed = key.seal(&self.0.data_keys.nonce(), &of_end(&end, ends_on), &bytes)?;
        let commitment = key.commitment(&row.id.to_string(), &bytes);
        let recorded = Recorded { household: row.household_id, county: held.row.county, at };
        Ok((end, leaf(END, actor, recorded, row.id.to_string(), commitment, key)))
    }

    /// Releases what persons have from entitlements that are over, so that only what is due stands in the way of anything.
    pub(crate) async fn release_ended(&self, persons: Vec<PersonId>) -> Result<(), KernelError> {
        let on = today(self.now());
        self.0
            .writer
            .write(Needs::default(), move |writing| {
                Box::pin(async move {
                    for person in persons {
                        entitlement_store::release_ended_benefits(&mut writing.transaction, person, on).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// The entitlements of households that a change or a correction has left in need of a decision.
    pub(crate) async fn affected_entitlements(
        &self,
        transaction: &mut Transaction,
        households: &[HouseholdId],
    ) -> Result<Vec<EntitlementBody>, KernelError> {
        let mut affected = Vec::new();
        for household in households {
            let held = match self.held(transaction, *household, None).await {
                Err(KernelError::Erased) => continue, // nothing is due there
                held => held?,
            };
            for row in all_entitlements(transaction, *household).await? {
                let body = self.entitlement_body(transaction, &row, &held).await?;
                let differs = body.correction.as_ref().is_some_and(|correction| {
                    correction.difference_fen_monthly.is_none_or(|difference| difference != 0)
                });
                if differs || !body.concerns.is_empty() {
                    affected.push(body);
                }
            }
        }
        Ok(affected)
    }

    async fn entitlement_body(
        &self,
        transaction: &mut Transaction,
        row: &Entitlement,
        held: &Held,
    ) -> Result<EntitlementBody, KernelError> {
        let today = today(self.now());
        let content = self.entitlement_says(row).await?;
        let ended = self.end_says(transaction, row).await?.map(|(end, content)| end_body(&end, content));
        let correction = self.correction(transaction, row, &content, today).await?;
        let concerns = correction::concerns(row, &content, &held.part);
        Ok(body::shown(row, Known { content, ended, correction, concerns }, today))
    }
}

/// An entitlement's row.
async fn stored_entitlement(transaction: &mut Transaction, id: EntitlementId) -> Result<Entitlement, KernelError> {
    let found = entitlement_store::entitlement(transaction, id).await?;
    found.ok_or_else(|| KernelError::NotFound(id.to_string()))
}

/// Every entitlement of a household, oldest first.
pub(crate) async fn all_entitlements(
    transaction: &mut Transaction,
    household: HouseholdId,
) -> Result<Vec<Entitlement>, KernelError> {
    let mut all: Vec<Entitlement> = Vec::new();
    loop {
        let after = all.last().map(|row| row.id);
        let page = entitlement_store::entitlements_of_household(transaction, household, after, MOST).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// Writes the end of an entitlement. Benefits that are over are free at once; others once their last day has passed.
pub(crate) async fn write_end(
    transaction: &mut Transaction,
    end: &EntitlementEnd,
    ends_on: Date,
    is_over: bool,
) -> Result<(), KernelError> {
    if !entitlement_store::end_entitlement(transaction, end.entitlement_id, ends_on).await? {
        return Err(KernelError::EntitlementEnded);
    }
    entitlement_store::insert_entitlement_end(transaction, end).await?;
    if is_over {
        entitlement_store::release_benefits(transaction, end.entitlement_id).await?;
    }
    Ok(())
}

fn end_body(end: &EntitlementEnd, content: EndContent) -> EndBody {
    EndBody {
        by: end.ended_by.clone(),
        at: instant_text(end.ended_at),
        reason: content.reason,
        decision: content.decision,
    }
}
