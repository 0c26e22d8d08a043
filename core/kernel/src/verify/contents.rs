//! What a leaf commits to, as it is stored now: opened with its owner's key and compared.

use nuan_domain::audit::Leaf;
use nuan_domain::register::{HouseholdPart, View};
use nuan_store::Transaction;
use nuan_store::determination as determination_store;
use nuan_store::household as household_store;
use nuan_store::person as person_store;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::id::{DeterminationId, HouseholdId, PersonId};

use super::{COMPUTE, Walk};
use crate::checkpoints::HEAD;
use crate::data_keys::DataKey;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::parts::{json, open_household, open_person, read};

impl Kernel {
    /// Whether what is stored is what the leaf commits to.
    pub(super) async fn verify_content(
        &self,
        transaction: &mut Transaction,
        leaf: &Leaf,
        walk: &mut Walk,
    ) -> Result<(), KernelError> {
        let (key, content) = match leaf.act.as_str() {
            HEAD => return Ok(()), // compared with the county's heads once all are known
            "household.erase" | "person.erase" => {
                walk.erased.extend(self.key_of(transaction, &leaf.subject).await?);
                return Ok(());
            }
            COMPUTE => self.determination_content(transaction, leaf, walk).await?,
            _ => self.content_of(transaction, leaf).await?,
        };
        if key.commitment(&leaf.subject, &content) == leaf.commitment && *key.id == *leaf.key {
            Ok(())
        } else {
            Err(KernelError::NotCommitted)
        }
    }

    /// The content that a leaf of a county's log commits to, as it is stored, and the key that opened it.
    pub(crate) async fn content_of(
        &self,
        transaction: &mut Transaction,
        leaf: &Leaf,
    ) -> Result<(DataKey, Vec<u8>), KernelError> {
        match leaf.act.as_str() {
            "household.record" | "household.change" => self.household_content(transaction, leaf).await,
            "determination.explain" => {
                let id: DeterminationId = parsed(&leaf.subject)?;
                let row = determination_store::reasons(transaction, id).await?.ok_or_else(|| lost(leaf))?;
                self.open_reasons(&row).await
            }
            COMPUTE => {
                let row = self.stored_determination(transaction, parsed(&leaf.subject)?).await?;
                self.open_determination(&row).await
            }
            _ => self.other_content(transaction, leaf).await,
        }
    }

    /// The household part, after every person part that it names was found as it says.
    async fn household_content(
        &self,
        transaction: &mut Transaction,
        leaf: &Leaf,
    ) -> Result<(DataKey, Vec<u8>), KernelError> {
        let (id, version) = leaf.subject.split_once('#').ok_or_else(|| lost(leaf))?;
        let (id, version): (HouseholdId, i64) = (parsed(id)?, version.parse().map_err(|_| lost(leaf))?);
        let row = household_store::document(transaction, id, version).await?.ok_or_else(|| lost(leaf))?;
        let key = self.0.data_keys.of(&row.sealed).await?;
        let content = open_household(&row, &key)?;
        let part: HouseholdPart = read(&content, "a household part")?;
        let listed: Vec<(PersonId, i64)> =
            part.members.iter().map(|membership| (membership.person, membership.version)).collect();
        let persons = person_store::person_documents_listed(transaction, &listed).await?;
        let keys = self.0.data_keys.find(persons.iter().map(|row| row.sealed.key_id.as_str())).await?;
        for membership in &part.members {
            let found = |row: &&person_store::PersonDocument| {
                row.person_id == membership.person && row.version == membership.version
            };
            let row = persons.iter().find(found).ok_or_else(|| KernelError::NotFound(membership.person.to_string()))?;
            let Some(key) = keys.get(&row.sealed.key_id) else { continue }; // erased, which an act must say
            let subject = format!("{}#{}", row.person_id, row.version);
            if key.commitment(&subject, &open_person(row, key)?) != membership.commitment {
                return Err(KernelError::NotCommitted);
            }
        }
        Ok((key, content))
    }

    /// A determination, after the parts that it read, the numbers, packages and catalogue were found as it names them.
    async fn determination_content(
        &self,
        transaction: &mut Transaction,
        leaf: &Leaf,
        walk: &Walk,
    ) -> Result<(DataKey, Vec<u8>), KernelError> {
        let id: DeterminationId = parsed(&leaf.subject)?;
        let row = self.stored_determination(transaction, id).await?;
        let (key, bytes) = self.open_determination(&row).await?;
        let determination: Determination = read(&bytes, "a determination")?;
        let held = self.held(transaction, row.household_id, Some(row.document_version)).await?;
        let is_whole = held.persons.len() == held.part.latest_memberships().count();
        let view = View::At { as_of: row.as_of, known_at: row.known_at };
        let inputs = nuan_domain::audit::digest(&json(&held.document(view), "a household document")?);
        let digests = determination.digests;
        if is_whole && inputs != digests.inputs {
            return Err(KernelError::NotArchived(digests.inputs));
        }
        let rests_on = [digests.catalogue, digests.parameters].into_iter().chain(digests.plugins.into_values());
        match rests_on.into_iter().find(|digest| !walk.kept.contains(digest)) {
            Some(lost) => Err(KernelError::NotArchived(lost)),
            None => Ok((key, bytes)),
        }
    }
}

fn parsed<T: std::str::FromStr>(id: &str) -> Result<T, KernelError> {
    id.parse().map_err(|_| KernelError::NotFound(id.to_owned()))
}

fn lost(leaf: &Leaf) -> KernelError {
    KernelError::NotFound(leaf.subject.clone())
}
