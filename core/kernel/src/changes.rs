//! Change requests (变更申请): one person submits, with the state before and after in view; another decides. What is approved is
//! written at once, and the determinations that it touches are computed again (`follow_up`).

mod body;
mod content;
mod follow_up;
mod plan;
mod recompute;

use nuan_domain::register::{self, ChangeProposal, Current, View, differences};
use nuan_store::change_request::{self as change_store, ChangeRequest, ChangeState, Decided};
use nuan_store::sealed::Sealed;
use nuan_store::{Transaction, membership as membership_store, recomputation as recomputation_store};
use nuan_vocabulary::id::{ChangeRequestId, HouseholdId, PersonId};

pub use self::body::{ChangeAction, ChangeDecision, ChangeRequestBody, DecidedChangeBody};
use self::content::{Submission, Verdict};
pub use self::recompute::{OutputChange, Recomputed};
use crate::actor::Actor;
use crate::body::{Created, Page};
use crate::entry::leaf;
use crate::error::KernelError;
use crate::idempotency::IdempotencyKey;
use crate::kernel::Kernel;
use crate::masking::masked;
use crate::parts::{Held, Recorded, json};
use crate::search::County;
use crate::writer::Needs;

/// The most entries of one page.
const MOST: u32 = 200;

/// The household that a change is about, and the other one that it needs.
struct Concerned {
    held: Held,
    other: Option<Held>,
}

/// A request that waits for a decision, with what it is about.
struct Waiting {
    row: ChangeRequest,
    submission: Submission,
    concerned: Concerned,
}

impl Concerned {
    fn current(&self) -> Current {
        current(&self.held)
    }

    fn other(&self) -> Option<Current> {
        self.other.as_ref().map(current)
    }
}

fn current(held: &Held) -> Current {
    let persons = held.persons.iter().map(|(id, person)| (*id, person.part.clone())).collect();
    Current { id: held.row.household_id, household: held.part.clone(), persons }
}

impl Kernel {
    /// Submits a change of a household. It is applied as a trial first: every conflict is named at once.
    pub async fn submit_change(
        &self,
        actor: &Actor,
        household: HouseholdId,
        proposal: ChangeProposal,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<ChangeRequestBody>, KernelError> {
        let at = self.now();
        let mut transaction = self.0.store.begin_read().await?;
        let concerned = self.concerned(&mut transaction, household, &proposal).await?;
        drop(transaction);
        let applied = self.applied(&proposal, &concerned, at)?;
        let after = applied.after(&concerned.current(), concerned.other().as_ref());
        let shown = |current: &Current| {
            masked(register::assemble(&current.household, &|person| current.persons.get(&person), View::All))
        };
        let differences = differences(&shown(&concerned.current()), &shown(&after));
        let held = concerned.held;
        let mut row = ChangeRequest {
            id: ChangeRequestId::from_uuid(self.new_uuid()),
            county: held.row.county,
            household_id: household,
            base_version: held.row.version,
            kind: proposal.change.kind().to_owned(),
            submitted_by: actor.name().to_owned(),
            submitted_at: at,
            sealed: Sealed::default(),
            decided: None,
        };
        let submission = Submission { proposal, differences };
        let content = json(&submission, "a change request")?;
        row.sealed = held.key.seal(&self.0.data_keys.nonce(), &content::of_submission(&row), &content)?;
        let commitment = held.key.commitment(&row.id.to_string(), &content);
        let recorded = Recorded { household, county: row.county, at };
        let act = leaf("change.submit", actor, recorded, row.id.to_string(), commitment, &held.key);
        let body = body::submitted(&row, &submission, actor);
        let (kernel, actor) = (self.clone(), actor.clone());
        let create = move |created: ChangeRequestBody| Created { body: created, replayed: true };
        self.0
            .writer
            .write(Needs::county(row.county), move |writing| {
                Box::pin(async move {
                    let (transaction, answer) = (&mut writing.transaction, (&held.key, &body));
                    let earlier = kernel.claim_with(transaction, &actor, row.county, key.as_ref(), answer).await?;
                    if let Some(earlier) = earlier {
                        return Ok(create(earlier));
                    }
                    change_store::insert_change_request(transaction, &row).await?;
                    writing.log(act);
                    Ok(Created { body, replayed: false })
                })
            })
            .await
    }

    /// A change request as it stands.
    pub async fn change_request(&self, actor: &Actor, id: ChangeRequestId) -> Result<ChangeRequestBody, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let row = self.stored_change(&mut transaction, id).await?;
        self.change_body(actor, &row).await
    }

    /// The change requests about a household, oldest first.
    pub async fn change_requests(
        &self,
        actor: &Actor,
        household: HouseholdId,
        after: Option<ChangeRequestId>,
        limit: u32,
    ) -> Result<Page<ChangeRequestBody>, KernelError> {
        self.county_of_household(household).await?;
        let limit = limit.clamp(1, MOST);
        let mut transaction = self.0.store.begin_read().await?;
        let rows = change_store::change_requests_of_household(&mut transaction, household, after, limit).await?;
        drop(transaction);
        self.change_page(actor, &rows, limit).await
    }

    /// The change requests that wait in a county, oldest first.
    pub async fn waiting_changes(
        &self,
        actor: &Actor,
        county: County,
        after: Option<ChangeRequestId>,
        limit: u32,
    ) -> Result<Page<ChangeRequestBody>, KernelError> {
        let (limit, state) = (limit.clamp(1, MOST), ChangeState::Submitted);
        let mut transaction = self.0.store.begin_read().await?;
        let county = county.code();
        let rows = change_store::change_requests_in_state(&mut transaction, county, state, after, limit).await?;
        drop(transaction);
        self.change_page(actor, &rows, limit).await
    }

    async fn change_page(
        &self,
        actor: &Actor,
        rows: &[ChangeRequest],
        limit: u32,
    ) -> Result<Page<ChangeRequestBody>, KernelError> {
        let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows == limit);
        let next = rows.last().filter(|_| is_full).map(|row| row.id.to_string());
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push(self.change_body(actor, row).await?);
        }
        Ok(Page { items, next })
    }

    /// Decides about a change request: somebody else approves or refuses it, or whoever submitted it takes it back.
    pub async fn decide_change(
        &self,
        actor: &Actor,
        id: ChangeRequestId,
        decision: ChangeDecision,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<DecidedChangeBody>, KernelError> {
        if let Some(body) = self.answered_or_finished(actor, id, key.as_ref()).await? {
            return Ok(Created { body, replayed: true });
        }
        let mut transaction = self.0.store.begin_read().await?;
        let row = self.stored_change(&mut transaction, id).await?;
        refuse_wrong_decider(actor, &row, decision.action)?;
        let submission = self.submission(&row).await?;
        let concerned = self.concerned(&mut transaction, row.household_id, &submission.proposal).await?;
        drop(transaction);
        let waiting = Waiting { row, submission, concerned };
        match decision.action {
            ChangeAction::Approve => self.approve(actor, waiting, decision.reason, key).await,
            ChangeAction::Refuse | ChangeAction::Withdraw => self.turn_down(actor, waiting, decision, key).await,
        }
    }

    /// Carries a change out, and brings about what follows from it.
    async fn approve(
        &self,
        actor: &Actor,
        waiting: Waiting,
        reason: String,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<DecidedChangeBody>, KernelError> {
        let Waiting { row, submission, concerned } = waiting;
        if concerned.held.row.version != row.base_version {
            return Err(KernelError::Overtaken);
        }
        let at = self.now();
        let mut plan = self.change_plan(actor, &submission.proposal, &concerned, at)?;
        let verdict = Verdict { reason, version: Some(plan.version), new_household: plan.new_household };
        let (decided, act) = self.decided(actor, &row, ChangeAction::Approve, at, &verdict, &concerned.held)?;
        let key = key.unwrap_or_else(|| IdempotencyKey::of_approval(row.id));
        let due = self.due_after(actor, &row, &concerned, plan.touched.clone(), &key)?;
        let (counties, keys) = (plan.counties.clone(), std::mem::take(&mut plan.keys));
        let (kernel, by, under) = (self.clone(), actor.clone(), key.clone());
        let (id, county) = (row.id, row.county);
        let earlier = self
            .0
            .writer
            .write(Needs { counties, keys, ..Needs::default() }, move |writing| {
                Box::pin(async move {
                    let transaction = &mut writing.transaction;
                    let earlier = kernel.claim(transaction, &by, county, Some(&under)).await?;
                    if earlier.is_some() {
                        return Ok(earlier);
                    }
                    if !change_store::decide_change_request(transaction, id, &decided).await? {
                        return Err(KernelError::Overtaken);
                    }
                    recomputation_store::insert_recomputation_due(transaction, &due).await?;
                    plan.carry_out(writing).await?;
                    writing.log(act);
                    Ok(None)
                })
            })
            .await?;
        match earlier {
            Some(body) => Ok(Created { body, replayed: true }),
            None => Ok(Created { body: self.follow_up(actor, id, &key).await?, replayed: false }),
        }
    }

    /// Ends a request with nothing changed.
    async fn turn_down(
        &self,
        actor: &Actor,
        waiting: Waiting,
        decision: ChangeDecision,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<DecidedChangeBody>, KernelError> {
        let Waiting { row, submission, concerned } = waiting;
        let (at, held) = (self.now(), concerned.held);
        let verdict = Verdict { reason: decision.reason, version: None, new_household: None };
        let (decided, act) = self.decided(actor, &row, decision.action, at, &verdict, &held)?;
        let row = ChangeRequest { decided: Some(decided.clone()), ..row };
        let request = body::decided(&row, &submission, &verdict, actor);
        let body = DecidedChangeBody { request, recomputed: Vec::new(), affected: Vec::new() };
        let (kernel, actor) = (self.clone(), actor.clone());
        self.0
            .writer
            .write(Needs::county(row.county), move |writing| {
                Box::pin(async move {
                    let (transaction, answer) = (&mut writing.transaction, (&held.key, &body));
                    let earlier = kernel.claim_with(transaction, &actor, row.county, key.as_ref(), answer).await?;
                    if let Some(body) = earlier {
                        return Ok(Created { body, replayed: true });
                    }
                    if !change_store::decide_change_request(transaction, row.id, &decided).await? {
                        return Err(KernelError::Overtaken);
                    }
                    writing.log(act);
                    Ok(Created { body, replayed: false })
                })
            })
            .await
    }

    /// How the request ended, sealed, and its leaf.
    fn decided(
        &self,
        actor: &Actor,
        row: &ChangeRequest,
        action: ChangeAction,
        at: jiff::Timestamp,
        verdict: &Verdict,
        held: &Held,
    ) -> Result<(Decided, crate::log::Act), KernelError> {
        let (state, name) = match action {
            ChangeAction::Approve => (ChangeState::Approved, "change.approve"),
            ChangeAction::Refuse => (ChangeState::Refused, "change.refuse"),
            ChangeAction::Withdraw => (ChangeState::Withdrawn, "change.withdraw"),
        };
        let mut decided = Decided { state, by: actor.name().to_owned(), at, outcome: None };
        let content = json(verdict, "a decision")?;
        let seal_for = content::of_verdict(row, &decided);
        decided.outcome = Some(held.key.seal(&self.0.data_keys.nonce(), &seal_for, &content)?);
        let commitment = held.key.commitment(&row.id.to_string(), &content);
        let recorded = Recorded { household: row.household_id, county: row.county, at };
        Ok((decided, leaf(name, actor, recorded, row.id.to_string(), commitment, &held.key)))
    }

    fn applied(
        &self,
        proposal: &ChangeProposal,
        concerned: &Concerned,
        at: jiff::Timestamp,
    ) -> Result<register::Applied, KernelError> {
        let schema = &self.0.installed.reference.schema;
        let new_person = || PersonId::from_uuid(self.new_uuid());
        register::apply(proposal, &concerned.current(), concerned.other().as_ref(), at, schema, new_person)
            .map_err(KernelError::Change)
    }

    /// The household of a change, and the one that is merged in or that the joining person belonged to last.
    async fn concerned(
        &self,
        transaction: &mut Transaction,
        household: HouseholdId,
        proposal: &ChangeProposal,
    ) -> Result<Concerned, KernelError> {
        let held = self.held(transaction, household, None).await?;
        let other = match (proposal.change.other_household(), proposal.change.joining_person()) {
            (Some(other), _) => Some(other),
            (None, Some(person)) => {
                let all = membership_store::memberships_of_person(transaction, person).await?;
                let latest = all.iter().find(|membership| membership.left_on.is_none()).or_else(|| all.last());
                let latest = latest.ok_or_else(|| KernelError::NotFound(person.to_string()))?;
                Some(latest.household_id)
            }
            (None, None) => None,
        };
        let other = match other {
            Some(id) if id != household => Some(self.held(transaction, id, None).await?),
            Some(_) | None => None,
        };
        Ok(Concerned { held, other })
    }
}

/// Whoever submitted may take it back and nothing else; everybody else may approve or refuse.
fn refuse_wrong_decider(actor: &Actor, row: &ChangeRequest, action: ChangeAction) -> Result<(), KernelError> {
    if row.decided.is_some() {
        return Err(KernelError::Overtaken);
    }
    let is_own = actor.name() == row.submitted_by;
    if is_own == (action == ChangeAction::Withdraw) { Ok(()) } else { Err(KernelError::OwnWork) }
}
