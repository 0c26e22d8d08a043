//! Erasing a person or a household: the data key is destroyed, and with it everything that it sealed, in every backup of the
//! register. The leaves stay, and so does every proof.

use nuan_store::change_request as change_store;
use nuan_store::entitlement as entitlement_store;
use nuan_store::{Transaction, person_index};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::{HouseholdId, PersonId};
use serde::Serialize;

use crate::actor::Actor;
use crate::entry::leaf;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::parts::{Held, Recorded, json};
use crate::writer::Needs;

/// How many open requests are looked for; one is enough.
const PAGE: u32 = 200;

/// What was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Erasure {
    /// The household.
    pub household: HouseholdId,
    /// The persons, who belong to no other household.
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
    /// Erases a household with everybody who belongs to it. Active benefits and open requests hold it (法定保存).
    pub async fn erase_household(&self, actor: &Actor, id: HouseholdId, reason: &str) -> Result<Erasure, KernelError> {
        if reason.trim().is_empty() {
            let mistake = Diagnostic::new("NU6021", "/reason", "an erasure says why");
            return Err(KernelError::Request(vec![mistake]));
        }
        let mut transaction = self.0.store.begin_read().await?;
        let held = self.held(&mut transaction, id, None).await?;
        self.refuse_held(&mut transaction, &held).await?;
        let persons: Vec<PersonId> = held.persons.keys().copied().collect();
        let mut keys = vec![held.key.id.to_string()];
        keys.extend(held.persons.values().map(|person| person.key.id.to_string()));
        drop(transaction);
        let at = self.now();
        let recorded = Recorded { household: id, county: held.row.county, at };
        let subjects: Vec<String> =
            std::iter::once(id.to_string()).chain(persons.iter().map(PersonId::to_string)).collect();
        let mut acts = Vec::with_capacity(subjects.len());
        for (number, subject) in subjects.iter().enumerate() {
            // The leaf outlives the key, so its content is nothing that anybody has to keep secret.
            let content = json(&Ground { reason, subject }, "a ground")?;
            let commitment = nuan_domain::audit::digest(&content);
            let name = if number == 0 { "household.erase" } else { "person.erase" };
            acts.push(leaf(name, actor, recorded, subject.clone(), commitment, &held.key));
        }
        let forgotten = persons.clone();
        self.0
            .writer
            .write(Needs::county(recorded.county), move |writing| {
                Box::pin(async move {
                    for person in &forgotten {
                        forget(&mut writing.transaction, *person).await?;
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

    /// What is due or under way is not erased.
    async fn refuse_held(&self, transaction: &mut Transaction, held: &Held) -> Result<(), KernelError> {
        for person in held.persons.keys() {
            if !entitlement_store::active_benefits_of(transaction, *person).await?.is_empty() {
                return Err(KernelError::LegalHold);
            }
        }
        let requests =
            change_store::change_requests_of_household(transaction, held.row.household_id, None, PAGE).await?;
        let is_open = requests.iter().any(|request| request.decided.is_none());
        if is_open { Err(KernelError::LegalHold) } else { Ok(()) }
    }
}

/// Nobody is found by what was erased.
async fn forget(transaction: &mut Transaction, person: PersonId) -> Result<(), KernelError> {
    for identity in person_index::identities_of(transaction, person).await? {
        person_index::release_identity(transaction, &identity.token, person).await?;
    }
    person_index::delete_terms_of(transaction, person).await?;
    Ok(())
}
