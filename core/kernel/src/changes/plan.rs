//! What an approved change writes: further parts, the indexes that follow from them, and a leaf for each household.

use std::collections::BTreeMap;

use jiff::Timestamp;
use nuan_domain::register::{ChangeProposal, Current, HouseholdPart, PersonPart, Touched, touched};
use nuan_store::household::{self as household_store, Household};
use nuan_store::membership::{self as membership_store, Membership};
use nuan_store::person::{self as person_store, Person};
use nuan_store::person_index::{self, Identity, Term};
use nuan_store::{StoreError, Transaction, key_store};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{HouseholdId, PersonId};

use super::Concerned;
use crate::actor::Actor;
use crate::data_keys::DataKey;
use crate::entry::{EntryRows, identity_token, leaf, name_tokens};
use crate::error::KernelError;
use crate::kernel::{Kernel, county_of};
use crate::log::Act;
use crate::parts::{Held, Recorded};
use crate::surroundings::today;
use crate::writer::Writing;

/// An approved change, sealed and ready to be written.
pub(super) struct ChangePlan {
    pub counties: Vec<DivisionCode>,
    pub keys: Vec<key_store::DataKey>,
    pub version: i64,
    pub new_household: Option<HouseholdId>,
    pub touched: Touched,
    rows: EntryRows,
    moved: Option<(HouseholdId, DivisionCode, DivisionCode)>,
    ended: Vec<HouseholdId>,
    left: Vec<(PersonId, HouseholdId, Date)>,
    joined: Vec<Membership>,
    found_by: Vec<FoundBy>,
    acts: Vec<Act>,
    at: Timestamp,
}

/// What a person is found by after the change.
struct FoundBy {
    person: PersonId,
    county: DivisionCode,
    terms: Vec<Term>,
    released: Option<[u8; 16]>,
    claimed: Option<Identity>,
}

/// A person part that the change makes, with the version and commitment that household parts name.
struct Made {
    version: i64,
    commitment: String,
}

impl Kernel {
    /// Applies an approved proposal, and prepares everything that follows from it.
    pub(super) fn change_plan(
        &self,
        actor: &Actor,
        proposal: &ChangeProposal,
        concerned: &Concerned,
        at: Timestamp,
    ) -> Result<ChangePlan, KernelError> {
        let mut applied = self.applied(proposal, concerned, at)?;
        let after = applied.after(&concerned.current(), concerned.other().as_ref());
        let held = &concerned.held;
        let household = held.row.household_id;
        let division = division_of(&applied.household, held.row.county);
        let county = county_of(division);
        let recorded = Recorded { household, county, at };
        let mut plan = ChangePlan {
            counties: vec![held.row.county, county],
            keys: Vec::new(),
            version: held.row.version + 1,
            new_household: None,
            touched: touched(&concerned.current(), &after, &self.0.installed.reference.schema),
            rows: EntryRows::default(),
            moved: (division_of(&held.part, held.row.county) != division).then_some((household, county, division)),
            ended: Vec::new(),
            left: Vec::new(),
            joined: Vec::new(),
            found_by: Vec::new(),
            acts: Vec::new(),
            at,
        };
        let made = self.new_parts(&mut plan, concerned, &applied.persons, recorded)?;
        let refer = |part: &mut HouseholdPart| {
            made.iter().for_each(|(person, made)| part.refer(*person, made.version, &made.commitment));
        };
        refer(&mut applied.household);
        self.further_household(&mut plan, actor, held, recorded, &applied.household)?;
        if let (Some(mut part), Some(other)) = (applied.ended_other, &concerned.other) {
            refer(&mut part);
            let recorded = Recorded { household: other.row.household_id, county: other.row.county, at };
            plan.counties.push(other.row.county);
            self.further_household(&mut plan, actor, other, recorded, &part)?;
        }
        if let Some(mut part) = applied.new_household {
            refer(&mut part);
            self.split_household(&mut plan, actor, &part, at)?;
        }
        self.find_by(&mut plan, concerned, &after, recorded);
        Ok(plan)
    }

    /// Seals the parts of persons that the change made, under their own keys, or new ones for who is new.
    fn new_parts(
        &self,
        plan: &mut ChangePlan,
        concerned: &Concerned,
        persons: &BTreeMap<PersonId, PersonPart>,
        recorded: Recorded,
    ) -> Result<BTreeMap<PersonId, Made>, KernelError> {
        let mut made = BTreeMap::new();
        for (person, part) in persons {
            let before = known(concerned, *person);
            let (key, version): (DataKey, i64) = match before {
                Some(before) => (before.key.clone(), before.version + 1),
                None => {
                    let new = self.0.data_keys.draw()?;
                    plan.keys.extend(new.row);
                    let (county, at) = (recorded.county, recorded.at);
                    plan.rows.persons.push(Person { id: *person, county, created_at: at, merged_into: None });
                    (new.key, 1)
                }
            };
            let sealed = self.sealed_person(&key, *person, version, recorded, part)?;
            plan.rows.person_documents.push(sealed.row);
            made.insert(*person, Made { version, commitment: sealed.commitment });
        }
        Ok(made)
    }

    /// A further version of a household, and who joined or left by it.
    fn further_household(
        &self,
        plan: &mut ChangePlan,
        actor: &Actor,
        held: &Held,
        recorded: Recorded,
        part: &HouseholdPart,
    ) -> Result<(), KernelError> {
        let (household, version, on) = (recorded.household, held.row.version + 1, today(recorded.at));
        let (row, commitment) = self.sealed_household(&held.key, version, recorded, part)?;
        plan.rows.documents.push(row);
        let subject = format!("{household}#{version}");
        plan.acts.push(leaf("household.change", actor, recorded, subject, commitment, &held.key));
        for membership in part.latest_memberships() {
            let person = membership.person;
            match (belongs(&held.part, person), belongs(part, person)) {
                (true, false) => plan.left.push((person, household, membership.until.unwrap_or(on))),
                (false, true) => plan.joined.push(current_membership(membership.from, person, recorded, on)),
                (true, true) | (false, false) => {}
            }
        }
        if part.ended.is_some() && held.part.ended.is_none() {
            plan.ended.push(household);
        }
        Ok(())
    }

    /// The household that a split makes: a record of its own, with a key of its own.
    fn split_household(
        &self,
        plan: &mut ChangePlan,
        actor: &Actor,
        part: &HouseholdPart,
        at: Timestamp,
    ) -> Result<(), KernelError> {
        let id = HouseholdId::from_uuid(self.new_uuid());
        let division = part.division.parse().map_err(|_| KernelError::Malformed)?;
        let recorded = Recorded { household: id, county: county_of(division), at };
        let new = self.0.data_keys.draw()?;
        plan.keys.extend(new.row);
        plan.counties.push(recorded.county);
        let (row, commitment) = self.sealed_household(&new.key, 1, recorded, part)?;
        let (county, created_at) = (recorded.county, at);
        plan.rows.households.push(Household { id, county, division, created_at, ended_at: None });
        plan.rows.documents.push(row);
        let joined = part.members.iter().filter(|membership| membership.until.is_none());
        let joined =
            joined.map(|membership| current_membership(membership.from, membership.person, recorded, today(at)));
        plan.joined.extend(joined);
        plan.acts.push(leaf("household.record", actor, recorded, format!("{id}#1"), commitment, &new.key));
        plan.new_household = Some(id);
        Ok(())
    }

    /// Everybody whose name, number, household or county is another one now is found by it from now on.
    fn find_by(&self, plan: &mut ChangePlan, concerned: &Concerned, after: &Current, recorded: Recorded) {
        let index = &self.0.blind_index;
        for (person, part) in &after.persons {
            let joined = plan.joined.iter().find(|membership| membership.person_id == *person);
            let left = plan.left.iter().any(|(left, _, _)| left == person);
            let (household, county) =
                joined.map_or((recorded.household, recorded.county), |to| (to.household_id, to.county));
            let before = known(concerned, *person).map(|before| &before.part);
            let is_the_same = before.is_some_and(|before| before == part);
            // Whoever left before does not move with the household, and may belong to another one.
            let moves = plan.moved.is_some() && belongs(&after.household, *person);
            if is_the_same && joined.is_none() && !moves && !left {
                continue;
            }
            let term =
                |token: [u8; 16]| Term { county, token: token.to_vec(), person_id: *person, household_id: household };
            let (old, new) = (before.and_then(|part| identity_token(part, index)), identity_token(part, index));
            let claimed = new.filter(|new| old.as_ref() != Some(new));
            plan.found_by.push(FoundBy {
                person: *person,
                county,
                terms: name_tokens(part, county, index).into_iter().map(term).collect(),
                released: old.filter(|old| new.as_ref() != Some(old)),
                claimed: claimed.map(|token| Identity { token: token.to_vec(), person_id: *person, county }),
            });
        }
    }
}

impl ChangePlan {
    /// Writes everything, in the transaction of the decision.
    pub async fn carry_out(self, writing: &mut Writing) -> Result<(), KernelError> {
        let transaction = &mut writing.transaction;
        // What the change makes, a version or a membership, was made by another change since.
        let overtaken = |error: StoreError| if error.is_duplicate() { KernelError::Overtaken } else { error.into() };
        self.rows.insert(transaction).await.map_err(overtaken)?;
        for (person, household, on) in &self.left {
            leave(transaction, *person, *household, *on).await?;
        }
        let joined = in_free_places(transaction, self.joined, today(self.at)).await?;
        membership_store::insert_memberships(transaction, &joined).await.map_err(overtaken)?;
        for household in &self.ended {
            household_store::end_household(transaction, *household, self.at).await?;
        }
        if let Some((household, county, division)) = self.moved {
            household_store::move_household(transaction, household, county, division).await?;
            membership_store::move_memberships(transaction, household, county).await?;
        }
        for found in &self.found_by {
            found.write(transaction).await?;
        }
        self.acts.into_iter().for_each(|act| writing.log(act));
        Ok(())
    }
}

impl FoundBy {
    async fn write(&self, transaction: &mut Transaction) -> Result<(), KernelError> {
        person_store::move_person(transaction, self.person, self.county).await?;
        if let Some(token) = &self.released {
            person_index::release_identity(transaction, token, self.person).await?;
        }
        if let Some(identity) = &self.claimed
            && let Some(known) = person_index::claim_identity(transaction, identity).await?
        {
            return Err(KernelError::PersonKnown { person: known.person_id });
        }
        person_index::give_identities(transaction, self.person, self.person, self.county).await?;
        person_index::delete_terms_of(transaction, self.person).await?;
        Ok(person_index::insert_terms(transaction, &self.terms).await?)
    }
}

/// The index knows a membership from the day on which it was recorded; one that ended before ends on that day.
async fn leave(
    transaction: &mut Transaction,
    person: PersonId,
    household: HouseholdId,
    on: Date,
) -> Result<(), KernelError> {
    let current = membership_store::current_membership(transaction, person).await?;
    let Some(current) = current.filter(|current| current.household_id == household) else { return Ok(()) };
    membership_store::leave(transaction, person, household, on.max(current.joined_on)).await?;
    Ok(())
}

/// Whoever came to a household on the same day before, and left, comes today: the index has one row for each coming.
async fn in_free_places(
    transaction: &mut Transaction,
    mut joined: Vec<Membership>,
    today: Date,
) -> Result<Vec<Membership>, KernelError> {
    for membership in &mut joined {
        let earlier = membership_store::memberships_of_person(transaction, membership.person_id).await?;
        let is_same = |other: &Membership| {
            other.household_id == membership.household_id && other.joined_on == membership.joined_on
        };
        if earlier.iter().any(is_same) {
            membership.joined_on = today;
        }
    }
    Ok(joined)
}

fn current_membership(from: Option<Date>, person: PersonId, recorded: Recorded, on: Date) -> Membership {
    let Recorded { household, county, .. } = recorded;
    let joined_on = from.unwrap_or(on);
    Membership { person_id: person, household_id: household, county, joined_on, left_on: None }
}

fn belongs(part: &HouseholdPart, person: PersonId) -> bool {
    part.members.iter().any(|membership| membership.person == person && membership.until.is_none())
}

/// A person as the register knew them before the change.
fn known(concerned: &Concerned, person: PersonId) -> Option<&crate::parts::HeldPerson> {
    let others = concerned.other.iter().flat_map(|other| other.persons.get(&person));
    concerned.held.persons.get(&person).into_iter().chain(others).max_by_key(|held| held.version)
}

fn division_of(part: &HouseholdPart, county: DivisionCode) -> DivisionCode {
    part.division.parse().unwrap_or(county)
}
