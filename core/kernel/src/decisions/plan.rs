//! What a decision writes: itself, the entitlements that follow, the ends of earlier ones, and the benefits that persons have
//! from then on; all of it in one act, if nothing of what it was made from has changed since.
//!
//! INVARIANT: one active benefit of a kind for one person, across all counties.

use nuan_store::decision::{self as decision_store, Decision};
use nuan_store::entitlement::{self as entitlement_store, ActiveBenefit, Entitlement, EntitlementEnd};
use nuan_store::sealed::Sealed;
use nuan_store::{Transaction, determination as determination_store, household as household_store};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::{DecisionId, DeterminationId, EntitlementId, HouseholdId};

use super::body::{BenefitOutcome, DecidedBenefitBody, DecisionContent, outcome};
use super::items::Item;
use super::request::{DecisionAction, DecisionRequest};
use super::subject::{Running, Subject};
use super::{ADOPT, DEPART, of_decision};
use crate::actor::Actor;
use crate::benefits::sum;
use crate::entitlements::content::{EndContent, EntitlementContent, GRANT, SUPERSEDE, of_entitlement, superseded};
use crate::entitlements::{all_entitlements, write_end};
use crate::entry::leaf;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::log::Act;
use crate::parts::{Recorded, json};
use crate::writer::Writing;

/// A decision, sealed and ready to be written.
pub(super) struct DecisionPlan {
    pub decision: Decision,
    pub content: DecisionContent,
    prepared: Prepared,
    entitlements: Vec<Entitlement>,
    /// The benefits that persons have from them, with the day on which they begin.
    claims: Vec<(ActiveBenefit, Date)>,
    superseded: Vec<(EntitlementId, Date, EntitlementId)>,
    ended: Vec<(EntitlementEnd, Date)>,
    today: Date,
    acts: Vec<Act>,
}

/// How things stood when the decision was prepared.
struct Prepared {
    household: HouseholdId,
    version: i64,
    determination: DeterminationId,
    running: Vec<EntitlementId>,
}

impl Kernel {
    /// Prepares a decision.
    pub(super) fn decision_plan(
        &self,
        actor: &Actor,
        subject: &Subject,
        request: &DecisionRequest,
        items: Vec<Item>,
    ) -> Result<DecisionPlan, KernelError> {
        let id = DecisionId::from_uuid(self.new_uuid());
        let row = &subject.row;
        let decision = Decision {
            id,
            determination_id: row.id,
            household_id: row.household_id,
            county: subject.held.row.county,
            outcome: outcome(request.action),
            decided_by: actor.name().to_owned(),
            decided_at: subject.at,
            sealed: Sealed::default(),
        };
        let mut plan = DecisionPlan {
            content: DecisionContent {
                as_of: row.as_of,
                reason: request.reason.clone(),
                applied_on: request.applied_on,
                benefits: Vec::with_capacity(items.len()),
            },
            prepared: Prepared {
                household: row.household_id,
                version: row.document_version,
                determination: row.id,
                running: subject.running.iter().map(|running| running.row.id).collect(),
            },
            decision,
            entitlements: Vec::new(),
            claims: Vec::new(),
            superseded: Vec::new(),
            ended: Vec::new(),
            today: subject.today(),
            acts: Vec::new(),
        };
        for item in items {
            self.plan_item(actor, subject, &mut plan, item)?;
        }
        let content = json(&plan.content, "a decision")?;
        let key = &subject.held.key;
        plan.decision.sealed = key.seal(&self.0.data_keys.nonce(), &of_decision(&plan.decision), &content)?;
        let name = if request.action == DecisionAction::Adopt { ADOPT } else { DEPART };
        let commitment = key.commitment(&id.to_string(), &content);
        plan.acts.insert(0, leaf(name, actor, plan.recorded(), id.to_string(), commitment, key));
        Ok(plan)
    }

    /// A granted benefit takes the place of the running one; a refused one ends it.
    fn plan_item(
        &self,
        actor: &Actor,
        subject: &Subject,
        plan: &mut DecisionPlan,
        item: Item,
    ) -> Result<(), KernelError> {
        let earlier: Vec<&Running> = subject.running.iter().filter(|running| is_of(running, &item)).collect();
        if earlier.iter().any(|running| subject.row.as_of < running.as_of) {
            return Err(KernelError::LaterDecided);
        }
        let mut decided = DecidedBenefitBody {
            kind: item.kind.clone(),
            title: item.benefit.title.clone(),
            member: item.member.as_ref().map(|member| member.reference.clone()),
            outcome: BenefitOutcome::Refused,
            from: item.from,
            amount_fen_monthly: None,
            entitlement: None,
            ends: earlier.iter().map(|running| running.row.id).collect(),
        };
        let from = item.from;
        let last = |running: &Running| from.max(running.row.starts_on);
        if let Some(amounts) = item.amounts.clone() {
            let fen = sum(&amounts).ok_or(KernelError::Malformed)?;
            let granted = self.plan_grant(actor, subject, plan, item, fen)?;
            (decided.outcome, decided.amount_fen_monthly) = (BenefitOutcome::Granted, Some(fen));
            decided.entitlement = Some(granted);
            for running in earlier {
                self.plan_superseded(actor, subject, plan, &running.row, (last(running), granted))?;
            }
        } else {
            let reason = plan.content.reason.clone().unwrap_or_default();
            for running in earlier {
                let content = EndContent { reason: reason.clone(), decision: Some(plan.decision.id) };
                let (ends_on, held) = (last(running), &subject.held);
                let (end, act) = self.sealed_end(actor, &running.row, ends_on, &content, held, subject.at)?;
                plan.ended.push((end, ends_on));
                plan.acts.push(act);
            }
        }
        plan.content.benefits.push(decided);
        Ok(())
    }

    fn plan_grant(
        &self,
        actor: &Actor,
        subject: &Subject,
        plan: &mut DecisionPlan,
        item: Item,
        amount_fen_monthly: i64,
    ) -> Result<EntitlementId, KernelError> {
        let id = EntitlementId::from_uuid(self.new_uuid());
        let decision = &plan.decision;
        let mut row = Entitlement {
            id,
            decision_id: decision.id,
            determination_id: decision.determination_id,
            household_id: decision.household_id,
            county: decision.county,
            kind: item.kind,
            starts_on: item.from,
            ends_on: None,
            superseded_by: None,
            sealed: Sealed::default(),
        };
        let has = |person| ActiveBenefit {
            person_id: person,
            kind: row.kind.clone(),
            entitlement_id: id,
            household_id: row.household_id,
            county: row.county,
        };
        plan.claims.extend(item.persons.iter().map(|covered| (has(covered.person), item.from)));
        let content = EntitlementContent {
            title: item.benefit.title,
            amounts: item.amounts.unwrap_or_default(),
            amount_fen_monthly,
            per: "month".to_owned(),
            payee: item.payee,
            member: item.member.map(|member| member.reference),
            persons: item.persons,
            cites: item.benefit.cites,
        };
        let (content, key) = (json(&content, "an entitlement")?, &subject.held.key);
        row.sealed = key.seal(&self.0.data_keys.nonce(), &of_entitlement(&row), &content)?;
        let commitment = key.commitment(&id.to_string(), &content);
        plan.acts.push(leaf(GRANT, actor, plan.recorded(), id.to_string(), commitment, key));
        plan.entitlements.push(row);
        Ok(id)
    }

    fn plan_superseded(
        &self,
        actor: &Actor,
        subject: &Subject,
        plan: &mut DecisionPlan,
        row: &Entitlement,
        (ends_on, by): (Date, EntitlementId),
    ) -> Result<(), KernelError> {
        let (content, key) = (superseded(row.id, ends_on, by)?, &subject.held.key);
        let commitment = key.commitment(&row.id.to_string(), &content);
        plan.acts.push(leaf(SUPERSEDE, actor, plan.recorded(), row.id.to_string(), commitment, key));
        plan.superseded.push((row.id, ends_on, by));
        Ok(())
    }
}

/// Whether a running entitlement is the one that an item decides on.
fn is_of(running: &Running, item: &Item) -> bool {
    let member = item.member.as_ref().map(|member| member.person);
    let has = running.content.member.is_some().then(|| running.content.persons.first()).flatten();
    running.row.kind == item.kind && has.map(|covered| covered.person) == member
}

impl DecisionPlan {
    fn recorded(&self) -> Recorded {
        let Decision { household_id, county, decided_at, .. } = self.decision;
        Recorded { household: household_id, county, at: decided_at }
    }

    /// Writes it all, or finds that something has changed meanwhile.
    pub async fn carry_out(self, writing: &mut Writing) -> Result<(), KernelError> {
        let transaction = &mut writing.transaction;
        self.prepared.is_still_so(transaction).await?;
        decision_store::insert_decision(transaction, &self.decision)
            .await
            .map_err(|error| if error.is_duplicate() { KernelError::Overtaken } else { error.into() })?;
        entitlement_store::insert_entitlements(transaction, &self.entitlements).await?;
        for (id, ends_on, by) in self.superseded {
            hold(entitlement_store::end_entitlement(transaction, id, ends_on).await?)?;
            hold(entitlement_store::supersede_entitlement(transaction, id, by).await?)?;
        }
        for (end, ends_on) in &self.ended {
            write_end(transaction, end, *ends_on, *ends_on <= self.today).await?;
        }
        claim(transaction, &self.claims).await?;
        self.acts.into_iter().for_each(|act| writing.log(act));
        Ok(())
    }
}

impl Prepared {
    async fn is_still_so(&self, transaction: &mut Transaction) -> Result<(), KernelError> {
        let newest = household_store::latest_document(transaction, self.household).await?;
        hold(newest.is_some_and(|newest| newest.version == self.version))?;
        // An erasure ends the household and makes no further version.
        let household = household_store::household(transaction, self.household).await?;
        hold(household.is_some_and(|household| household.ended_at.is_none()))?;
        hold(determination_store::corrections_of(transaction, self.determination).await?.is_empty())?;
        let all = all_entitlements(transaction, self.household).await?;
        let running: Vec<EntitlementId> = all.iter().filter(|row| row.ends_on.is_none()).map(|row| row.id).collect();
        hold(running == self.running)
    }
}

/// Claims the benefits of everybody at once. One that is over by the day on which the new one begins gives its place up; any
/// other stands in the way, whatever county it is of.
async fn claim(transaction: &mut Transaction, claims: &[(ActiveBenefit, Date)]) -> Result<(), KernelError> {
    let benefits: Vec<ActiveBenefit> = claims.iter().map(|(benefit, _)| benefit.clone()).collect();
    for held in entitlement_store::claim_benefits(transaction, &benefits).await? {
        let is_same =
            |(benefit, _): &&(ActiveBenefit, Date)| (benefit.person_id, &benefit.kind) == (held.person_id, &held.kind);
        let taken = || KernelError::BenefitTaken { kind: held.kind.clone() };
        let (benefit, starts_on) = claims.iter().find(is_same).ok_or_else(taken)?;
        let earlier = entitlement_store::entitlement(transaction, held.entitlement_id).await?;
        let is_over = earlier.is_some_and(|earlier| is_over(&earlier, *starts_on));
        if !is_over || !entitlement_store::take_over_benefit(transaction, held.entitlement_id, benefit).await? {
            return Err(taken());
        }
    }
    Ok(())
}

/// Whether nothing is due from an entitlement on a day or later; from one that was replaced before it began, nothing ever was.
fn is_over(entitlement: &Entitlement, on: Date) -> bool {
    entitlement.ends_on.is_some_and(|ends_on| ends_on <= on.max(entitlement.starts_on))
}

fn hold(is_so: bool) -> Result<(), KernelError> {
    if is_so { Ok(()) } else { Err(KernelError::Overtaken) }
}
