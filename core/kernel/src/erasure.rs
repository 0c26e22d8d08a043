//! Erasing a person or a household: the data key is destroyed, and with it everything that it sealed, in every backup of the
//! register. The leaves stay, and so does every proof.

use std::collections::{BTreeMap, BTreeSet};

use nuan_store::change_request as change_store;
use nuan_store::entitlement as entitlement_store;
use nuan_store::household as household_store;
use nuan_store::key_store;
use nuan_store::membership as membership_store;
use nuan_store::person as person_store;
use nuan_store::person_match as match_store;
use nuan_store::recomputation as recomputation_store;
use nuan_store::{Transaction, person_index};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::{HouseholdId, PersonId};
use serde::Serialize;

use crate::actor::Actor;
use crate::entry::leaf;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::log::Act;
use crate::parts::{Held, Recorded, json};
use crate::writer::Needs;

/// How many requests are looked at together.
const PAGE: u32 = 200;

/// What was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Erasure {
    /// The household.
    pub household: HouseholdId,
    /// The persons, who belong to no other household, with the records that were merged into theirs.
    pub persons: Vec<PersonId>,
    /// How many keys were destroyed.
    pub keys: u64,
}

/// What the leaf commits to: why, and whom.
#[derive(Serialize)]
struct Ground<'a> {
    reason: &'a str,
    subject: &'a str,
}

impl Kernel {
    /// Erases a household with everybody who ever belonged to it and belongs to no other one. Active benefits and open requests
    /// hold it (法定保存).
    pub async fn erase_household(&self, actor: &Actor, id: HouseholdId, reason: &str) -> Result<Erasure, KernelError> {
        if reason.trim().is_empty() {
            let mistake = Diagnostic::new("NU6021", "/reason", "an erasure says why");
            return Err(KernelError::Request(vec![mistake]));
        }
        let mut transaction = self.0.store.begin_read().await?;
        let held = self.held(&mut transaction, id, None).await?;
        let members: Vec<PersonId> = held.persons.keys().copied().collect();
        let erased = self.who_is_erased(&mut transaction, id, &members).await?;
        drop(transaction);
        let persons: Vec<PersonId> = erased.keys().copied().collect();
        self.release_ended(persons.clone()).await?;
        let keys: Vec<String> = std::iter::once(held.key.id.to_string()).chain(erased.values().cloned()).collect();
        let at = self.now();
        let recorded = Recorded { household: id, county: held.row.county, at };
        let acts = erasure_leaves(actor, recorded, reason, &persons, &held)?;
        let (kernel, version) = (self.clone(), held.row.version);
        self.0
            .writer
            .write(Needs::county(recorded.county), move |writing| {
                Box::pin(async move {
                    let transaction = &mut writing.transaction;
                    // Everything that it rests on is looked at where nothing can change any more before it is written.
                    let newest = household_store::latest_document(transaction, id).await?;
                    hold(newest.is_some_and(|newest| newest.version == version))?;
                    hold(kernel.who_is_erased(transaction, id, &members).await? == erased)?;
                    refuse_held(transaction, id, &erased).await?;
                    // Nobody belongs to it any more, which also tells whoever decides on it right now.
                    household_store::end_household(transaction, id, at).await?;
                    for person in erased.keys() {
                        forget(transaction, *person).await?;
                    }
                    acts.into_iter().for_each(|act| writing.log(act));
                    Ok(())
                })
            })
            .await?;
        let keys = self.0.data_keys.destroy(&keys).await?;
        Ok(Erasure { household: id, persons, keys })
    }

    /// Wraps every data key under the current wrap key. `progress` hears of every page.
    pub async fn rewrap_keys(&self, progress: impl FnMut(u64)) -> Result<u64, KernelError> {
        self.0.data_keys.rewrap(progress).await
    }

    /// The wrap keys under which a data key lies.
    pub async fn wrap_keys_in_use(&self) -> Result<Vec<String>, KernelError> {
        Ok(key_store::wrap_keys_in_use(self.0.data_keys.store()).await?)
    }

    /// The persons that go with a household, each with the key of its data. Who moved on to another household stays, and with
    /// them every record that was found to be of the same person.
    async fn who_is_erased(
        &self,
        transaction: &mut Transaction,
        household: HouseholdId,
        members: &[PersonId],
    ) -> Result<BTreeMap<PersonId, String>, KernelError> {
        let mut erased = BTreeMap::new();
        for person in members {
            let stands = stands_for(transaction, *person).await?;
            let place = membership_store::current_membership(transaction, stands).await?;
            if place.is_some_and(|place| place.household_id != household) {
                continue;
            }
            let mut records = vec![stands];
            while let Some(record) = records.pop() {
                if let Some(key) = self.key_of(transaction, &record.to_string()).await? {
                    erased.insert(record, key);
                }
                records.extend(merged_into(transaction, record).await?);
            }
        }
        Ok(erased)
    }
}

/// A leaf for the household, and one for each person. It outlives the key, so its content is nothing that anybody has to keep
/// secret.
fn erasure_leaves(
    actor: &Actor,
    recorded: Recorded,
    reason: &str,
    persons: &[PersonId],
    held: &Held,
) -> Result<Vec<Act>, KernelError> {
    let household = ("household.erase", recorded.household.to_string());
    let subjects = std::iter::once(household).chain(persons.iter().map(|person| ("person.erase", person.to_string())));
    let leaf_about = |(name, subject): (&'static str, String)| {
        let content = json(&Ground { reason, subject: &subject }, "a ground")?;
        let commitment = nuan_domain::audit::digest(&content);
        Ok(leaf(name, actor, recorded, subject, commitment, &held.key))
    };
    subjects.map(leaf_about).collect()
}

/// What is due or under way is not erased.
async fn refuse_held(
    transaction: &mut Transaction,
    household: HouseholdId,
    erased: &BTreeMap<PersonId, String>,
) -> Result<(), KernelError> {
    for person in erased.keys() {
        if !entitlement_store::active_benefits_of(transaction, *person).await?.is_empty() {
            return Err(KernelError::LegalHold);
        }
    }
    if !recomputation_store::recomputations_due_for(transaction, household).await?.is_empty() {
        return Err(KernelError::LegalHold);
    }
    let mut after = None;
    loop {
        let requests = change_store::change_requests_of_household(transaction, household, after, PAGE).await?;
        if requests.iter().any(|request| request.decided.is_none()) {
            return Err(KernelError::LegalHold);
        }
        after = requests.last().map(|request| request.id);
        if after.is_none() {
            return Ok(());
        }
    }
}

/// What was prepared does not hold any more, unless this is so.
fn hold(is_so: bool) -> Result<(), KernelError> {
    if is_so { Ok(()) } else { Err(KernelError::Overtaken) }
}

/// The record that stands for a person, after all merges. Records that point to each other in a circle were made to, and end
/// where the circle closes.
pub(crate) async fn stands_for(transaction: &mut Transaction, mut person: PersonId) -> Result<PersonId, KernelError> {
    let mut met = BTreeSet::new();
    while met.insert(person) {
        match person_store::person(transaction, person).await?.and_then(|row| row.merged_into) {
            Some(into) => person = into,
            None => break,
        }
    }
    Ok(person)
}

/// The records that were merged into this one: each has a copy of the person's data under a key of its own.
pub(crate) async fn merged_into(transaction: &mut Transaction, person: PersonId) -> Result<Vec<PersonId>, KernelError> {
    let mut merged = Vec::new();
    for pair in match_store::matches_of_person(transaction, person).await? {
        for other in [pair.person_a, pair.person_b] {
            let row = person_store::person(transaction, other).await?;
            if row.is_some_and(|row| row.merged_into == Some(person)) {
                merged.push(other);
            }
        }
    }
    Ok(merged)
}

/// Nobody is found by what was erased.
async fn forget(transaction: &mut Transaction, person: PersonId) -> Result<(), KernelError> {
    for identity in person_index::identities_of(transaction, person).await? {
        person_index::release_identity(transaction, &identity.token, person).await?;
    }
    person_index::delete_terms_of(transaction, person).await?;
    Ok(())
}
