//! Two records become one: the older one remains and takes up what the other one states, and its place.
//!
//! Not here: a move. Where both belong to a household now, and not to the same, one of them has to leave by a change request
//! first, since a merge must not decide where somebody lives. INVARIANT: the other record and all its versions stay.

use std::collections::BTreeSet;

use jiff::Timestamp;
use nuan_domain::audit::hex;
use nuan_domain::register::{Membership, PersonPart, RecordedAt};
use nuan_store::Transaction;
use nuan_store::entitlement::{self as entitlement_store, ActiveBenefit};
use nuan_store::membership::Membership as IndexedMembership;
use nuan_store::person_index::{self, Identity, Term};
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{HouseholdId, PersonId};

use super::content::{Merge, Place};
use super::plan::{Direction, Edit, Edits, Plan, end_as_never};
use super::union::united;
use crate::actor::Actor;
use crate::data_keys::DataKey;
use crate::entry::name_tokens;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::parts::Recorded;
use crate::persons::Record;
use crate::surroundings::today;

impl Kernel {
    /// Prepares to put two records together.
    pub(super) async fn planned_merge(
        &self,
        transaction: &mut Transaction,
        actor: &Actor,
        pair: [PersonId; 2],
        at: Timestamp,
    ) -> Result<(Plan, Merge), KernelError> {
        let [one, two] = pair;
        let (one, two) = (self.record(transaction, one).await?, self.record(transaction, two).await?);
        let is_older = (one.row.created_at, one.row.id) <= (two.row.created_at, two.row.id);
        let (kept, other) = if is_older { (one, two) } else { (two, one) };
        for record in [&kept, &other] {
            stands_alone(record)?;
        }
        let ((key, kept_part), (_, other_part)) = (opened(&kept)?, opened(&other)?);
        let mut plan = Plan::new(Direction::Together, &kept, &other);
        self.plan_benefits(transaction, &mut plan).await?;

        let home = one_home(&kept, &other)?;
        let mut edits = Edits::default();
        let edit = self.edited(transaction, &mut edits, home).await?;
        let (county, household_version) = (edit.held.row.county, edit.held.row.version);
        let (version, recorded) = (kept.version + 1, Recorded { household: home, county, at });
        let part = united(kept_part, other_part, RecordedAt::of(at));
        let sealed = self.sealed_person(key, kept.row.id, version, recorded, &part)?;
        plan.person_documents.push(sealed.row);
        edit.part.refer(kept.row.id, version, &sealed.commitment);
        let is_taken = kept.current().is_none();
        if let Some(membership) = other.current() {
            let own = (kept.row.id, version, sealed.commitment);
            replace(edit, other.row.id, is_taken.then_some(own), RecordedAt::of(at))?;
            plan.taken_out.push(membership.clone());
            plan.put_in.extend(is_taken.then(|| succeeding(membership, &kept, at)));
        }
        self.seal_edits(actor, edits, at, &mut plan)?;

        let identities = person_index::identities_of(transaction, other.row.id).await?;
        let given = |identity: &Identity| Identity {
            person_id: kept.row.id,
            county: kept.row.county,
            token: identity.token.clone(),
        };
        plan.identities = identities.iter().map(|identity| (other.row.id, given(identity))).collect();
        plan.terms = self.terms([kept_part, other_part], kept.row.id, home, county);
        let place = other.current().map(|membership| Place {
            household: membership.household_id,
            version: household_version,
            joined_on: membership.joined_on,
            is_taken,
        });
        let merge = Merge {
            kept: kept.row.id,
            other: other.row.id,
            before: kept.version,
            after: version,
            tokens: identities.iter().map(|identity| hex(&identity.token)).collect(),
            benefits: plan.given_benefits.iter().map(|(benefit, _)| benefit.entitlement_id).collect(),
            place,
        };
        Ok((plan, merge))
    }

    /// The active benefits of the other record go to the one that remains; two of one kind are an overpayment to be ended first.
    async fn plan_benefits(&self, transaction: &mut Transaction, plan: &mut Plan) -> Result<(), KernelError> {
        let own = entitlement_store::active_benefits_of(transaction, plan.kept).await?;
        let others = entitlement_store::active_benefits_of(transaction, plan.other).await?;
        let is_twice = |benefit: &&ActiveBenefit| own.iter().any(|had| had.kind == benefit.kind);
        if let Some(benefit) = others.iter().find(is_twice) {
            return Err(KernelError::BothBenefit { kind: benefit.kind.clone() });
        }
        plan.given_benefits = others.iter().map(|benefit| (benefit.clone(), plan.kept)).collect();
        plan.benefits = vec![(plan.kept, own), (plan.other, others)];
        Ok(())
    }

    /// What a person is found by in a county: the names of these parts, each term once.
    pub(super) fn terms<const N: usize>(
        &self,
        parts: [&PersonPart; N],
        person: PersonId,
        household: HouseholdId,
        county: DivisionCode,
    ) -> Vec<Term> {
        let index = &self.0.blind_index;
        let tokens: BTreeSet<[u8; 16]> = parts.into_iter().flat_map(|part| name_tokens(part, county, index)).collect();
        let term = |token: [u8; 16]| Term { county, token: token.to_vec(), person_id: person, household_id: household };
        tokens.into_iter().map(term).collect()
    }
}

/// A record's key and part; nothing can be done with an erased one.
pub(super) fn opened(record: &Record) -> Result<&(DataKey, PersonPart), KernelError> {
    record.opened.as_ref().ok_or(KernelError::Erased)
}

/// Refuses a record that stands for nobody any more.
pub(super) fn stands_alone(record: &Record) -> Result<(), KernelError> {
    record.row.merged_into.map_or(Ok(()), |into| Err(KernelError::PersonMerged { into }))
}

/// The household in which the person goes on.
fn one_home(kept: &Record, other: &Record) -> Result<HouseholdId, KernelError> {
    let household = |membership: &IndexedMembership| membership.household_id;
    match (kept.current().map(household), other.current().map(household)) {
        (Some(kept), Some(other)) if kept != other => Err(KernelError::TwoHouseholds { kept, other }),
        (Some(home), _) | (None, Some(home)) => Ok(home),
        (None, None) => {
            let last = kept.home().map(household);
            last.ok_or_else(|| KernelError::NotFound(kept.row.id.to_string()))
        }
    }
}

/// In the household part, the other record was never a member; who takes the place, with a version and its commitment, was.
fn replace(
    edit: &mut Edit,
    other: PersonId,
    successor: Option<(PersonId, i64, String)>,
    at: RecordedAt,
) -> Result<(), KernelError> {
    let before = end_as_never(&mut edit.part, other, at).ok_or(KernelError::Malformed)?;
    if let Some((person, version, commitment)) = successor {
        edit.part.members.push(Membership { person, version, commitment, known_at: Some(at), ..before });
    }
    Ok(())
}

/// The index row of whoever takes a place; a person who came on that day before, and left, comes today.
fn succeeding(membership: &IndexedMembership, kept: &Record, at: Timestamp) -> IndexedMembership {
    let is_same =
        |own: &IndexedMembership| own.household_id == membership.household_id && own.joined_on == membership.joined_on;
    let joined_on = if kept.memberships.iter().any(is_same) { today(at) } else { membership.joined_on };
    IndexedMembership { person_id: kept.row.id, joined_on, ..membership.clone() }
}
