//! What an approved change brings about after it is in force: the determinations that it touches are stored anew, and whoever
//! approved it is answered.
//!
//! INVARIANT: what is due is noted with the approval itself, and the note goes with what is stored for it. Whatever is cut off
//! in between is taken up by the same request, or by a server; of two who do it at once one stores, and both have one answer.

use nuan_domain::crypto::sealed_for::SealedFor;
use nuan_domain::register::Touched;
use nuan_store::change_request::ChangeRequest;
use nuan_store::recomputation::{self as recomputation_store, RecomputationDue};
use nuan_store::sealed::Sealed;
use nuan_store::{Transaction, determination as determination_store, household as household_store};
use nuan_vocabulary::id::{ChangeRequestId, HouseholdId};
use serde::{Deserialize, Serialize};

use super::Concerned;
use super::body::DecidedChangeBody;
use crate::actor::Actor;
use crate::determinations::MadeDetermination;
use crate::error::KernelError;
use crate::idempotency::IdempotencyKey;
use crate::kernel::Kernel;
use crate::parts::{json, read};
use crate::writer::Needs;

/// How often it is computed again since somebody else was faster.
const ATTEMPTS: usize = 5;

/// How many that were cut off are read at once.
const PAGE: u32 = 200;

/// What is sealed of what is due.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reach {
    touched: Touched,
    /// The household of the change, and the one that it takes from or takes in: their entitlements are looked at.
    households: Vec<HouseholdId>,
}

impl Kernel {
    /// What an approval leaves due, as it is noted with the approval.
    pub(super) fn due_after(
        &self,
        actor: &Actor,
        row: &ChangeRequest,
        concerned: &Concerned,
        touched: Touched,
        key: &IdempotencyKey,
    ) -> Result<RecomputationDue, KernelError> {
        let other = concerned.other.as_ref().map(|other| other.row.household_id);
        let households = std::iter::once(row.household_id).chain(other).collect();
        let mut due = RecomputationDue {
            change_request_id: row.id,
            household_id: row.household_id,
            county: row.county,
            actor: actor.name().to_owned(),
            answer_key: key.key.clone(),
            due_since: self.now(),
            sealed: Sealed::default(),
        };
        let content = json(&Reach { touched, households }, "what a change touches")?;
        due.sealed = concerned.held.key.seal(&self.0.data_keys.nonce(), &of_due(&due), &content)?;
        Ok(due)
    }

    /// The answer to an earlier request under this key. One that was cut off after the approval is finished now.
    pub(super) async fn answered_or_finished(
        &self,
        actor: &Actor,
        id: ChangeRequestId,
        key: Option<&IdempotencyKey>,
    ) -> Result<Option<DecidedChangeBody>, KernelError> {
        let answered = self.answered(actor, key).await;
        let (Err(KernelError::IdempotencyKeyInFlight), Some(key)) = (&answered, key) else { return answered };
        let due = recomputation_store::recomputation_due(&mut self.0.store.begin_read().await?, id).await?;
        match due.filter(|due| due.actor == actor.name() && due.answer_key == key.key) {
            Some(_) => self.follow_up(actor, id, key).await.map(Some),
            None => self.answered(actor, Some(key)).await,
        }
    }

    /// Brings about what is due after an approval, and answers it; or gives the answer of whoever was faster.
    pub(super) async fn follow_up(
        &self,
        actor: &Actor,
        id: ChangeRequestId,
        key: &IdempotencyKey,
    ) -> Result<DecidedChangeBody, KernelError> {
        for _ in 0..ATTEMPTS {
            let due = recomputation_store::recomputation_due(&mut self.0.store.begin_read().await?, id).await?;
            let Some(due) = due else {
                return self.answered(actor, Some(key)).await?.ok_or(KernelError::Overtaken);
            };
            match self.brought_about(due).await {
                Err(KernelError::Overtaken) => {}
                ended => return ended,
            }
        }
        Err(KernelError::Overtaken)
    }

    /// Finishes every approval that was cut off; says how many. What cannot be finished now stays due.
    pub async fn finish_approved_changes(&self) -> Result<u64, KernelError> {
        let (mut finished, mut after) = (0, None);
        loop {
            let mut transaction = self.0.store.begin_read().await?;
            let page = recomputation_store::recomputations_due(&mut transaction, after, PAGE).await?;
            drop(transaction);
            let Some(last) = page.last() else { return Ok(finished) };
            after = Some(last.change_request_id);
            for due in page {
                let id = due.change_request_id;
                match self.brought_about(due).await {
                    Ok(_) => finished += 1,
                    // Whoever approved it was faster, or the household has changed once more: the next look finds it.
                    Err(KernelError::Overtaken) => {}
                    Err(error) => tracing::error!(
                        change_request.id = %id,
                        code = error.code(),
                        "Determinations are not as an approved change has them; the server tries again."
                    ),
                }
            }
        }
    }

    /// Computes what is due, and stores it with the answer in one act.
    async fn brought_about(&self, due: RecomputationDue) -> Result<DecidedChangeBody, KernelError> {
        let data_key = self.0.data_keys.of(&due.sealed).await?;
        let reach: Reach = read(&data_key.open(&of_due(&due), &due.sealed)?, "what a change touches")?;
        let foreign =
            |_| KernelError::CannotOpen { table: "recomputation_due", row: due.change_request_id.to_string() };
        let actor = Actor::named(&due.actor).map_err(foreign)?;
        let request = self.change_request(&actor, due.change_request_id).await?;
        let (recomputed, all) = self.recomputed(&actor, &due, &reach.touched).await?;
        let kept: Vec<String> = all.iter().map(|made| made.snapshot.archived.digest.clone()).collect();
        let needs = Needs { counties: all.iter().map(|made| made.act.county).collect(), ..Needs::default() };
        let kernel = self.clone();
        let body = self
            .0
            .writer
            .write(needs, move |writing| {
                Box::pin(async move {
                    let transaction = &mut writing.transaction;
                    if !recomputation_store::settle_recomputation(transaction, due.change_request_id).await? {
                        return Err(KernelError::Overtaken);
                    }
                    kernel.store_corrections(transaction, &all).await?;
                    let affected = kernel.affected_entitlements(transaction, &reach.households).await?;
                    let body = DecidedChangeBody { request, recomputed, affected };
                    kernel.answer_under(transaction, &actor, &due.answer_key, &data_key, &body).await?;
                    all.into_iter().for_each(|made| writing.log(made.act));
                    Ok(body)
                })
            })
            .await?;
        self.remember_kept(kept);
        Ok(body)
    }

    /// Stores determinations that correct others. They are inserted at once, since what they say of entitlements is asked next.
    async fn store_corrections(
        &self,
        transaction: &mut Transaction,
        all: &[MadeDetermination],
    ) -> Result<(), KernelError> {
        for made in all {
            refuse_outdated(transaction, &made.row).await?;
        }
        let snapshots: Vec<_> = all.iter().map(|made| &made.snapshot.archived).collect();
        self.keep(transaction, &snapshots).await?;
        let rows: Vec<_> = all.iter().map(|made| made.row.clone()).collect();
        Ok(determination_store::insert_determinations(transaction, &rows).await?)
    }
}

/// Another change of the household may have come in between: then this one is computed once more, from what holds now.
async fn refuse_outdated(
    transaction: &mut Transaction,
    row: &determination_store::Determination,
) -> Result<(), KernelError> {
    let newest = household_store::latest_document(transaction, row.household_id).await?;
    let is_newest = newest.is_some_and(|newest| newest.version == row.document_version);
    let is_corrected = match row.corrects {
        Some(corrects) => !determination_store::corrections_of(transaction, corrects).await?.is_empty(),
        None => false,
    };
    if is_newest && !is_corrected { Ok(()) } else { Err(KernelError::Overtaken) }
}

fn of_due(due: &RecomputationDue) -> SealedFor {
    let columns = vec![
        due.household_id.to_string(),
        due.county.to_string(),
        due.actor.clone(),
        due.answer_key.clone(),
        due.due_since.to_string(),
    ];
    SealedFor { table: "recomputation_due", id: due.change_request_id.to_string(), columns }
}
