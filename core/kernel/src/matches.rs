//! Matches: two records that may be of one person. The machine proposes and shows the weights; two people decide, one who asks
//! for the comparison and another one who looks.
//!
//! INVARIANT: nothing is merged by a machine, and a merge can be undone.

mod body;
mod candidates;
mod content;
mod merge;
mod plan;
mod undo;
mod union;

use nuan_domain::register::RecordedAt;
use nuan_store::Transaction;
use nuan_store::person_match::{self as match_store, MatchState, PersonMatch};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::{MatchId, PersonId};
use nuan_vocabulary::text::normalized;

pub use self::body::{MatchAction, MatchBody, MatchDecision, MatchDecisionBody, MatchStanding, MatchesBody};
use self::candidates::Alike;
use self::content::{Decided, MatchContent, Outcome, Proposed, decision_leaf, proposal_leaf};
use self::merge::{opened, stands_alone};
pub(crate) use self::plan::BEGINNING;
use self::plan::Plan;
use crate::actor::Actor;
use crate::body::Created;
use crate::data_keys::DataKey;
use crate::error::KernelError;
use crate::idempotency::IdempotencyKey;
use crate::kernel::Kernel;
use crate::log::Act;
use crate::persons::Record;
use crate::surroundings::instant_text;
use crate::writer::Needs;

/// A proposal that is sealed and ready to be stored.
struct MadeProposal {
    row: PersonMatch,
    act: Act,
}

/// A decision that is sealed and ready to be stored.
struct MadeDecision {
    from: MatchState,
    row: PersonMatch,
    by: String,
    at: jiff::Timestamp,
    plan: Option<Plan>,
    act: Act,
    key: DataKey,
}

impl Kernel {
    /// Compares a person with others of such a name, and proposes those who may be the same. A pair is proposed once, whatever
    /// comes of it. Gives all matches of the person.
    pub async fn propose_matches(
        &self,
        actor: &Actor,
        id: PersonId,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<MatchesBody>, KernelError> {
        if let Some(body) = self.answered(actor, key.as_ref()).await? {
            return Ok(Created { body, replayed: true });
        }
        let (made, county, data_key) = {
            let mut transaction = self.0.store.begin_read().await?;
            let subject = self.record(&mut transaction, id).await?;
            stands_alone(&subject)?;
            let (data_key, _) = opened(&subject)?;
            let alike = self.alike(&mut transaction, &subject).await?;
            let made = alike.into_iter().map(|alike| self.made_proposal(actor, &subject, alike));
            (made.collect::<Result<Vec<_>, _>>()?, subject.row.county, data_key.clone())
        };
        let (kernel, actor) = (self.clone(), actor.clone());
        self.0
            .writer
            .write(Needs::county(county), move |writing| {
                Box::pin(async move {
                    if let Some(body) = kernel.claim(&mut writing.transaction, &actor, county, key.as_ref()).await? {
                        return Ok(Created { body, replayed: true });
                    }
                    for MadeProposal { row, act } in made {
                        if match_store::propose_match(&mut writing.transaction, &row).await? {
                            writing.log(act);
                        }
                    }
                    let body = kernel.match_bodies(&mut writing.transaction, id).await?;
                    kernel.answer(&mut writing.transaction, &actor, key.as_ref(), &data_key, &body).await?;
                    Ok(Created { body, replayed: false })
                })
            })
            .await
    }

    /// A match with what speaks for it.
    pub async fn person_match(&self, _actor: &Actor, id: MatchId) -> Result<MatchBody, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let row = self.stored_match(&mut transaction, id).await?;
        self.match_body(&mut transaction, &row).await
    }

    /// Every match of a person.
    pub async fn matches_of_person(&self, _actor: &Actor, id: PersonId) -> Result<MatchesBody, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        self.record(&mut transaction, id).await?;
        self.match_bodies(&mut transaction, id).await
    }

    /// Decides a match: merge and reject by somebody else than who proposed it, undo by somebody else than who merged.
    pub async fn decide_match(
        &self,
        actor: &Actor,
        id: MatchId,
        decision: MatchDecision,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<MatchBody>, KernelError> {
        let reason = sound_reason(&decision.reason)?;
        if let Some(body) = self.answered(actor, key.as_ref()).await? {
            return Ok(Created { body, replayed: true });
        }
        self.release_ended_of(id, decision.action).await?;
        let made = {
            let mut transaction = self.0.store.begin_read().await?;
            self.made_decision(&mut transaction, actor, id, decision.action, reason).await?
        };
        let households = made.plan.iter().flat_map(|plan| plan.acts.iter().map(|act| act.county));
        let needs = Needs { counties: households.chain([made.row.county]).collect(), ..Needs::default() };
        let (kernel, actor) = (self.clone(), actor.clone());
        self.0
            .writer
            .write(needs, move |writing| {
                Box::pin(async move {
                    let MadeDecision { from, row, by, at, plan, act, key: data_key } = made;
                    let county = row.county;
                    if let Some(body) = kernel.claim(&mut writing.transaction, &actor, county, key.as_ref()).await? {
                        return Ok(Created { body, replayed: true });
                    }
                    let (id, to) = (row.id, row.state);
                    let transaction = &mut writing.transaction;
                    if !match_store::decide_match(transaction, id, from, to, &by, at, &row.sealed).await? {
                        return Err(KernelError::MatchDecided);
                    }
                    if let Some(plan) = plan {
                        plan.carry_out(writing).await?;
                    }
                    writing.log(act);
                    let body = kernel.match_body(&mut writing.transaction, &row).await?;
                    kernel.answer(&mut writing.transaction, &actor, key.as_ref(), &data_key, &body).await?;
                    Ok(Created { body, replayed: false })
                })
            })
            .await
    }

    /// Seals a proposal under the key of the first of the two.
    fn made_proposal(&self, actor: &Actor, subject: &Record, alike: Alike) -> Result<MadeProposal, KernelError> {
        let Alike { record, comparison } = alike;
        let (first, second) = if subject.row.id < record.row.id { (subject, &record) } else { (&record, subject) };
        let (key, _) = opened(first)?;
        let mut row = PersonMatch {
            id: MatchId::from_uuid(self.new_uuid()),
            county: subject.row.county,
            person_a: first.row.id,
            person_b: second.row.id,
            state: MatchState::Proposed,
            proposed_at: self.now(),
            decided_by: None,
            decided_at: None,
            sealed: nuan_store::sealed::Sealed::default(),
        };
        let proposed = Proposed { by: actor.name().to_owned(), comparison };
        let content = MatchContent { proposed, decisions: Vec::new() };
        self.seal_match(key, &mut row, &content)?;
        let act = proposal_leaf(actor, &row, key, &content.proposed)?;
        Ok(MadeProposal { row, act })
    }

    /// Before two records become one: what either has from an entitlement that is over stands in nobody's way.
    async fn release_ended_of(&self, id: MatchId, action: MatchAction) -> Result<(), KernelError> {
        if action != MatchAction::Merge {
            return Ok(());
        }
        let row = {
            let mut transaction = self.0.store.begin_read().await?;
            self.stored_match(&mut transaction, id).await?
        };
        self.release_ended(vec![row.person_a, row.person_b]).await
    }

    /// Prepares a decision, if this actor may take it now.
    async fn made_decision(
        &self,
        transaction: &mut Transaction,
        actor: &Actor,
        id: MatchId,
        action: MatchAction,
        reason: String,
    ) -> Result<MadeDecision, KernelError> {
        let mut row = self.stored_match(transaction, id).await?;
        let (key, mut content) = self.open_match(&row).await?;
        let from = row.state;
        if !actions(from).contains(&action) {
            return Err(KernelError::MatchDecided);
        }
        if whose_work(&content) == actor.name() {
            return Err(KernelError::OwnWork);
        }
        let at = self.now();
        let (plan, outcome) = match action {
            MatchAction::Reject => (None, Outcome::Rejected),
            MatchAction::Merge => {
                let pair = [row.person_a, row.person_b];
                let (plan, merge) = self.planned_merge(transaction, actor, pair, at).await?;
                (Some(plan), Outcome::Merged(merge))
            }
            MatchAction::Undo => {
                let merge = content.merge().ok_or(KernelError::NotCommitted)?;
                (Some(self.planned_undo(transaction, actor, merge, at).await?), Outcome::Undone)
            }
        };
        let by = actor.name().to_owned();
        row.state = outcome.state();
        (row.decided_by, row.decided_at) = (Some(by.clone()), Some(at));
        content.decisions.push(Decided { by: by.clone(), at: RecordedAt::of(at), reason, outcome });
        self.seal_match(&key, &mut row, &content)?;
        let act = decision_leaf(&row, &key, &content)?;
        Ok(MadeDecision { from, row, by, at, plan, act, key })
    }

    /// Every match of a person that was not erased with one of the two.
    async fn match_bodies(&self, transaction: &mut Transaction, id: PersonId) -> Result<MatchesBody, KernelError> {
        let mut items = Vec::new();
        for row in match_store::matches_of_person(transaction, id).await? {
            match self.match_body(transaction, &row).await {
                Ok(body) => items.push(body),
                Err(KernelError::Erased) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(MatchesBody { items })
    }

    async fn match_body(&self, transaction: &mut Transaction, row: &PersonMatch) -> Result<MatchBody, KernelError> {
        let (_, content) = self.open_match(row).await?;
        let mut persons = Vec::with_capacity(2);
        for person in [row.person_a, row.person_b] {
            persons.push(self.person_summary(transaction, person).await?);
        }
        let kept = content.merge().filter(|_| row.state == MatchState::Merged).map(|merge| merge.kept);
        let allowed = actions(row.state).iter().map(|action| action.word().to_owned());
        Ok(MatchBody {
            id: row.id,
            county: row.county,
            state: row.state.into(),
            persons,
            band: content.proposed.comparison.band(),
            comparison: content.proposed.comparison,
            proposed_by: content.proposed.by,
            proposed_at: instant_text(row.proposed_at),
            kept,
            decisions: content.decisions.into_iter().map(decision_body).collect(),
            allowed_actions: allowed.collect(),
        })
    }
}

/// What may be decided about a match that stands so.
const fn actions(state: MatchState) -> &'static [MatchAction] {
    match state {
        MatchState::Proposed => &[MatchAction::Merge, MatchAction::Reject],
        MatchState::Merged => &[MatchAction::Undo],
        MatchState::Rejected | MatchState::Undone => &[],
    }
}

/// Who did what is to be decided about: the last decision, or the proposal.
fn whose_work(content: &MatchContent) -> &str {
    content.decisions.last().map_or(content.proposed.by.as_str(), |decided| decided.by.as_str())
}

fn decision_body(decided: Decided) -> MatchDecisionBody {
    MatchDecisionBody {
        outcome: decided.outcome.state().into(),
        by: decided.by,
        at: instant_text(decided.at.0),
        reason: decided.reason,
    }
}

/// A reason that says something, in the form in which text is kept.
pub(crate) fn sound_reason(reason: &str) -> Result<String, KernelError> {
    match normalized(reason.trim()) {
        Ok(reason) if !reason.is_empty() => Ok(reason),
        _ => {
            let mistake = Diagnostic::new("NU2519", "/reason", "the text is empty or cannot be kept");
            Err(KernelError::Request(vec![mistake.with_hint("write 1 to 1000 characters without NUL")]))
        }
    }
}

#[cfg(test)]
mod tests {
    use nuan_domain::identity::matching::{Particulars, compare};

    use super::*;

    #[test]
    fn what_is_decided_is_decided_once_and_a_merge_can_be_undone() {
        assert_eq!(actions(MatchState::Proposed), [MatchAction::Merge, MatchAction::Reject]);
        assert_eq!(actions(MatchState::Merged), [MatchAction::Undo]);
        assert!(actions(MatchState::Rejected).is_empty() && actions(MatchState::Undone).is_empty());
    }

    #[test]
    fn a_reason_says_something() {
        assert_eq!(sound_reason(" 同一人 ").unwrap(), "同一人");
        assert!(sound_reason(&"暖".repeat(1000)).is_ok());
        for empty in ["", "  ", "a\0", &"暖".repeat(1001)] {
            assert!(matches!(sound_reason(empty), Err(KernelError::Request(_))), "{empty}");
        }
    }

    #[test]
    fn nobody_decides_about_their_own_work() {
        let comparison = compare(&Particulars::default(), &Particulars::default());
        let mut content =
            MatchContent { proposed: Proposed { by: "first".to_owned(), comparison }, decisions: Vec::new() };
        assert_eq!((whose_work(&content), content.state()), ("first", MatchState::Proposed));
        let at = RecordedAt::of("2024-07-01T00:00:00Z".parse().unwrap());
        let (by, reason) = ("second".to_owned(), "r".to_owned());
        content.decisions.push(Decided { by, at, reason, outcome: Outcome::Rejected });
        assert_eq!((whose_work(&content), content.state()), ("second", MatchState::Rejected));
    }
}
