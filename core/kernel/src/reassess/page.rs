//! A page of households as the store keeps it, still sealed: read while the page before it is computed.

use std::collections::{BTreeSet, HashMap};

use nuan_store::determination::{self as determination_store, current_determinations_within};
use nuan_store::household::{self as household_store, documents_within};
use nuan_store::key_store;
use nuan_store::person::{self as person_store, person_documents_listed, person_documents_within};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{HouseholdId, PersonId};

use crate::error::KernelError;
use crate::job::micros;
use crate::kernel::Kernel;

/// The rows of some households.
pub(super) struct Page {
    /// The newest part of each household, in the order of ids.
    pub households: Vec<household_store::HouseholdDocument>,
    /// What was stated about persons with these households, by person and version.
    pub persons: HashMap<(PersonId, i64), person_store::PersonDocument>,
    /// The current determinations.
    pub current: HashMap<HouseholdId, determination_store::Determination>,
    /// The wrapped keys of all of them.
    pub keys: HashMap<String, key_store::DataKey>,
    /// How long it took to read, in microseconds.
    pub read: i64,
}

/// Whose households, and for which date.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    pub division: DivisionCode,
    pub as_of: Date,
}

impl Page {
    /// The last household.
    pub fn last(&self) -> Option<HouseholdId> {
        self.households.last().map(|row| row.household_id)
    }
}

impl Kernel {
    /// The next households of a division. None of them: everybody is done.
    pub(super) async fn reassessment_page(
        &self,
        scope: Scope,
        after: Option<HouseholdId>,
        limit: u32,
    ) -> Result<Page, KernelError> {
        let start = self.now();
        let mut transaction = self.0.store.begin_read().await?;
        let division = scope.division;
        let households = documents_within(&mut transaction, division, after, limit).await?;
        let persons = person_documents_within(&mut transaction, division, after, limit).await?;
        let within = (division, scope.as_of);
        let current = current_determinations_within(&mut transaction, within, after, limit).await?;
        drop(transaction);
        let of_households = households.iter().map(|row| &row.sealed.key_id);
        let all = of_households
            .chain(persons.iter().map(|row| &row.sealed.key_id))
            .chain(current.iter().map(|row| &row.sealed.key_id));
        let keys = self.wrapped_keys(all).await?;
        let persons = persons.into_iter().map(|row| ((row.person_id, row.version), row)).collect();
        let current = current.into_iter().map(|row| (row.household_id, row)).collect();
        Ok(Page { households, persons, current, keys, read: micros(start, self.now()) })
    }

    /// Adds what was stated about persons with other households: of those who moved and were not stated anew.
    pub(super) async fn add_stated_elsewhere(
        &self,
        page: &mut Page,
        wanted: &[(PersonId, i64)],
    ) -> Result<(), KernelError> {
        let rows = {
            let mut transaction = self.0.store.begin_read().await?;
            person_documents_listed(&mut transaction, wanted).await?
        };
        page.keys.extend(self.wrapped_keys(rows.iter().map(|row| &row.sealed.key_id)).await?);
        page.persons.extend(rows.into_iter().map(|row| ((row.person_id, row.version), row)));
        Ok(())
    }

    async fn wrapped_keys<'a>(
        &self,
        ids: impl Iterator<Item = &'a String>,
    ) -> Result<HashMap<String, key_store::DataKey>, KernelError> {
        let ids: BTreeSet<&String> = ids.collect();
        let ids: Vec<String> = ids.into_iter().cloned().collect();
        let rows = self.0.data_keys.wrapped(&ids).await?;
        Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
    }
}
