//! Everything that putting two records together, or taking them apart, writes: prepared and sealed outside, and carried out in
//! one act if nothing of what it was made from has changed since.

use std::collections::BTreeMap;

use jiff::Timestamp;
use nuan_domain::register::{Ending, HouseholdPart, Membership, RecordedAt};
use nuan_store::Transaction;
use nuan_store::entitlement::{self as entitlement_store, ActiveBenefit};
use nuan_store::household as household_store;
use nuan_store::membership::{self as membership_store, Membership as IndexedMembership};
use nuan_store::person as person_store;
use nuan_store::person_index::{self, Identity, Term};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::{HouseholdId, PersonId};

use crate::actor::Actor;
use crate::entry::leaf;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::log::Act;
use crate::parts::{Held, Recorded};
use crate::persons::Record;
use crate::writer::Writing;

/// Before this day nobody was a member of anything: 1 January 1800, the first that a `Date` is read for.
pub(crate) const BEGINNING: Date = Date::from_days(-62_091);

/// What happens to the two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Together,
    Apart,
}

/// What an act writes beside the decision itself.
pub(super) struct Plan {
    pub direction: Direction,
    pub kept: PersonId,
    pub other: PersonId,
    /// To which household each belonged when this was prepared.
    pub standing: Vec<(PersonId, Option<HouseholdId>)>,
    /// The active benefits of each then.
    pub benefits: Vec<(PersonId, Vec<ActiveBenefit>)>,
    pub person_documents: Vec<person_store::PersonDocument>,
    pub households: Vec<household_store::HouseholdDocument>,
    /// The leaves about the households.
    pub acts: Vec<Act>,
    /// Tokens that change hands: whose they were, and as they are then.
    pub identities: Vec<(PersonId, Identity)>,
    /// Benefits that change hands, with whose they will be.
    pub given_benefits: Vec<(ActiveBenefit, PersonId)>,
    pub taken_out: Vec<IndexedMembership>,
    pub put_in: Vec<IndexedMembership>,
    /// What the two are found by.
    pub terms: Vec<Term>,
}

impl Plan {
    /// A plan that moves nothing yet.
    pub fn new(direction: Direction, kept: &Record, other: &Record) -> Self {
        let standing = |record: &Record| (record.row.id, record.current().map(|membership| membership.household_id));
        Self {
            direction,
            kept: kept.row.id,
            other: other.row.id,
            standing: vec![standing(kept), standing(other)],
            benefits: Vec::new(),
            person_documents: Vec::new(),
            households: Vec::new(),
            acts: Vec::new(),
            identities: Vec::new(),
            given_benefits: Vec::new(),
            taken_out: Vec::new(),
            put_in: Vec::new(),
            terms: Vec::new(),
        }
    }

    /// Writes it all, or finds that something has changed meanwhile.
    pub async fn carry_out(self, writing: &mut Writing) -> Result<(), KernelError> {
        let transaction = &mut writing.transaction;
        self.is_still_so(transaction).await?;
        let is_pointed = match self.direction {
            Direction::Together => person_store::merge(transaction, self.other, self.kept).await?,
            Direction::Apart => person_store::take_apart(transaction, self.other, self.kept).await?,
        };
        hold(is_pointed)?;
        person_store::insert_person_documents(transaction, &self.person_documents).await?;
        household_store::insert_documents(transaction, &self.households).await?;
        for membership in &self.taken_out {
            hold(membership_store::take_out(transaction, membership).await?)?;
        }
        membership_store::insert_memberships(transaction, &self.put_in).await.map_err(|error| {
            // Somebody else put the person there since.
            if error.is_duplicate() { KernelError::Overtaken } else { error.into() }
        })?;
        for (owner, identity) in &self.identities {
            hold(person_index::release_identity(transaction, &identity.token, *owner).await?)?;
            hold(person_index::claim_identity(transaction, identity).await?.is_none())?;
        }
        for (benefit, to) in &self.given_benefits {
            let (id, from) = (benefit.entitlement_id, benefit.person_id);
            hold(entitlement_store::give_benefit(transaction, id, from, *to).await?)?;
        }
        for person in [self.kept, self.other] {
            person_index::delete_terms_of(transaction, person).await?;
        }
        person_index::insert_terms(transaction, &self.terms).await?;
        self.acts.into_iter().for_each(|act| writing.log(act));
        Ok(())
    }

    async fn is_still_so(&self, transaction: &mut Transaction) -> Result<(), KernelError> {
        for document in &self.households {
            let newest = household_store::latest_document(transaction, document.household_id).await?;
            hold(newest.is_some_and(|newest| newest.version + 1 == document.version))?;
        }
        for (person, household) in &self.standing {
            let current = membership_store::current_membership(transaction, *person).await?;
            hold(current.map(|membership| membership.household_id) == *household)?;
        }
        for (person, benefits) in &self.benefits {
            hold(entitlement_store::active_benefits_of(transaction, *person).await? == *benefits)?;
        }
        let kept = person_store::person(transaction, self.kept).await?;
        hold(kept.is_some_and(|kept| kept.merged_into.is_none()))
    }
}

/// A household that gets a further part.
pub(super) struct Edit {
    pub held: Held,
    pub part: HouseholdPart,
}

/// The households that get a further part.
#[derive(Default)]
pub(super) struct Edits(BTreeMap<HouseholdId, Edit>);

impl Kernel {
    /// The household as it is so far edited.
    pub(super) async fn edited<'e>(
        &self,
        transaction: &mut Transaction,
        edits: &'e mut Edits,
        id: HouseholdId,
    ) -> Result<&'e mut Edit, KernelError> {
        let edit = match edits.0.remove(&id) {
            Some(edit) => edit,
            None => {
                let held = self.held(transaction, id, None).await?;
                Edit { part: held.part.clone(), held }
            }
        };
        Ok(edits.0.entry(id).or_insert(edit))
    }

    /// Seals the further parts into the plan, each with its leaf.
    pub(super) fn seal_edits(
        &self,
        actor: &Actor,
        edits: Edits,
        at: Timestamp,
        plan: &mut Plan,
    ) -> Result<(), KernelError> {
        for (household, Edit { held, part }) in edits.0 {
            let (version, county) = (held.row.version + 1, held.row.county);
            let recorded = Recorded { household, county, at };
            let (row, commitment) = self.sealed_household(&held.key, version, recorded, &part)?;
            plan.households.push(row);
            let subject = format!("{household}#{version}");
            plan.acts.push(leaf("household.change", actor, recorded, subject, commitment, &held.key));
        }
        Ok(())
    }
}

/// Ends the open membership of a person as one that, as is known from now on, never was. Gives it back as it stood.
pub(super) fn end_as_never(part: &mut HouseholdPart, person: PersonId, at: RecordedAt) -> Option<Membership> {
    let membership = open_membership(part, person)?;
    let before = membership.clone();
    membership.until = Some(membership.from.unwrap_or(BEGINNING));
    membership.ended_known_at = Some(at);
    membership.ended = Some(Ending::Other);
    Some(before)
}

/// The membership of a person that has not ended.
pub(super) fn open_membership(part: &mut HouseholdPart, person: PersonId) -> Option<&mut Membership> {
    let mut members = part.members.iter_mut().rev();
    members.find(|membership| membership.person == person && membership.until.is_none())
}

/// What was prepared does not hold any more, unless this is so.
fn hold(is_so: bool) -> Result<(), KernelError> {
    if is_so { Ok(()) } else { Err(KernelError::Overtaken) }
}

#[cfg(test)]
mod tests {
    use nuan_vocabulary::id::PersonId;
    use serde_json::json;

    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn who_never_was_a_member_still_was_one_as_it_was_known_before() {
        let person = PersonId::from_uuid(uuid::Uuid::from_u128(1));
        let mut part: HouseholdPart = serde_json::from_value(json!({ "division": "999901" })).unwrap();
        part.members.push(Membership::stated(person, 1, "c".to_owned(), "a".to_owned(), None));
        let before = end_as_never(&mut part, person, RecordedAt(instant("2024-07-01T00:00:00Z"))).unwrap();
        assert_eq!((before.until, before.reference.as_str()), (None, "a"));
        for day in ["1800-01-01", "2024-06-30", "2030-01-01"] {
            let day = Date::parse(day).unwrap();
            let was_member = |known_at: &str| part.members_on(day, instant(known_at)).next().is_some();
            assert!(was_member("2024-06-30T23:59:59Z"));
            assert!(!was_member("2024-07-01T00:00:00Z"));
        }
        assert!(end_as_never(&mut part, person, RecordedAt(instant("2024-07-01T00:00:00Z"))).is_none());
    }

    #[test]
    fn the_beginning_is_the_first_day_that_is_read() {
        assert_eq!(Date::parse("1800-01-01"), Ok(BEGINNING));
        assert!(Date::parse("1799-12-31").is_err());
    }
}
