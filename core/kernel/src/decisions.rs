//! Decisions (审核确认决定): an official adopts a determination, or departs from it with a reason; what is due follows at once.
//!
//! Not here: what the rules say (`benefits`), and what is due afterwards (`entitlements`). INVARIANT: nobody decides on what
//! they had computed themselves, and what nobody knows is never adopted.

mod body;
mod items;
mod plan;
mod request;
mod subject;

use nuan_domain::audit::Leaf;
use nuan_domain::crypto::sealed_for::SealedFor;
use nuan_store::Transaction;
use nuan_store::decision::{self as decision_store, Decision};
use nuan_vocabulary::id::{DecisionId, DeterminationId, HouseholdId};

use self::body::DecisionContent;
pub use self::body::{BenefitOutcome, DecidedBenefitBody, DecisionBody};
pub use self::request::{DecidedInstead, DecisionAction, DecisionRequest};
use crate::actor::Actor;
use crate::body::{Created, Page};
use crate::data_keys::DataKey;
use crate::error::KernelError;
use crate::idempotency::IdempotencyKey;
use crate::kernel::Kernel;
use crate::parts::read;
use crate::surroundings::today;
use crate::writer::Needs;

/// The act of a leaf about an adoption.
const ADOPT: &str = "decision.adopt";
/// The act of a leaf about a departure.
const DEPART: &str = "decision.depart";

/// The most entries of one page.
const MOST: u32 = 200;

impl Kernel {
    /// Decides on a determination: the newest of the household as it is now, once, by somebody else than who had it computed.
    pub async fn decide(
        &self,
        actor: &Actor,
        id: DeterminationId,
        request: DecisionRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<DecisionBody>, KernelError> {
        let request = request.sound(today(self.now()))?;
        if let Some(body) = self.answered(actor, key.as_ref()).await? {
            return Ok(Created { body, replayed: true });
        }
        let subject = self.decidable(actor, id).await?;
        let items = self.items(&subject, &request).await?;
        let plan = self.decision_plan(actor, &subject, &request, items)?;
        // The reasons that the official had in view are kept from here on.
        self.determination(actor, id).await?;
        let body = body::shown(&plan.decision, plan.content.clone());
        let (kernel, actor, data_key) = (self.clone(), actor.clone(), subject.held.key);
        self.0
            .writer
            .write(Needs::county(plan.decision.county), move |writing| {
                Box::pin(async move {
                    let (county, answer) = (plan.decision.county, (&data_key, &body));
                    let transaction = &mut writing.transaction;
                    let earlier = kernel.claim_with(transaction, &actor, county, key.as_ref(), answer).await?;
                    if let Some(body) = earlier {
                        return Ok(Created { body, replayed: true });
                    }
                    plan.carry_out(writing).await?;
                    Ok(Created { body, replayed: false })
                })
            })
            .await
    }

    /// A decision with everything that was decided.
    pub async fn decision(&self, _actor: &Actor, id: DecisionId) -> Result<DecisionBody, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let row = stored_decision(&mut transaction, id).await?;
        self.decision_body(&row).await
    }

    /// The decisions about a household, oldest first.
    pub async fn decisions(
        &self,
        _actor: &Actor,
        household: HouseholdId,
        after: Option<DecisionId>,
        limit: u32,
    ) -> Result<Page<DecisionBody>, KernelError> {
        self.county_of_household(household).await?;
        let limit = limit.clamp(1, MOST);
        let mut transaction = self.0.store.begin_read().await?;
        let rows = decision_store::decisions_of_household(&mut transaction, household, after, limit).await?;
        let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows == limit);
        let next = rows.last().filter(|_| is_full).map(|row| row.id.to_string());
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            items.push(self.decision_body(row).await?);
        }
        Ok(Page { items, next })
    }

    /// What the leaf of a decision commits to.
    pub(crate) async fn decision_content(
        &self,
        transaction: &mut Transaction,
        leaf: &Leaf,
    ) -> Result<(DataKey, Vec<u8>), KernelError> {
        let lost = || KernelError::NotFound(leaf.subject.clone());
        let row = stored_decision(transaction, leaf.subject.parse().map_err(|_| lost())?).await?;
        self.opened_decision(&row).await
    }

    async fn decision_body(&self, row: &Decision) -> Result<DecisionBody, KernelError> {
        let content: DecisionContent = read(&self.opened_decision(row).await?.1, "a decision")?;
        Ok(body::shown(row, content))
    }

    async fn opened_decision(&self, row: &Decision) -> Result<(DataKey, Vec<u8>), KernelError> {
        let key = self.0.data_keys.of(&row.sealed).await?;
        let bytes = key.open(&of_decision(row), &row.sealed)?;
        Ok((key, bytes))
    }
}

async fn stored_decision(transaction: &mut Transaction, id: DecisionId) -> Result<Decision, KernelError> {
    let found = decision_store::decision(transaction, id).await?;
    found.ok_or_else(|| KernelError::NotFound(id.to_string()))
}

fn of_decision(row: &Decision) -> SealedFor {
    let columns = vec![
        row.determination_id.to_string(),
        row.household_id.to_string(),
        row.county.to_string(),
        row.outcome.word().to_owned(),
        row.decided_by.clone(),
        row.decided_at.to_string(),
    ];
    SealedFor { table: "decision", id: row.id.to_string(), columns }
}
