//! Persons found by name, pinyin, initials, document number or household, and households by division.
//!
//! Not here: what a name is filed under (`domain::identity`), and the tokens' store. What is asked for becomes keyed tokens.
//! INVARIANT: nothing of a record outside the division that was named is shown; of a document number that is known elsewhere
//! only the county is.

mod page;
mod question;

use std::collections::{BTreeMap, BTreeSet};

use nuan_domain::register::{HouseholdPart, Membership, PersonPart};
use nuan_store::Transaction;
use nuan_store::household as household_store;
use nuan_store::person as person_store;
use nuan_store::person_index;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{HouseholdId, PersonId};

pub use self::page::{FoundPersons, HouseholdCursor};
pub use self::question::{
    County, DocumentQuery, NameQuery, NoDocumentNumber, NotACounty, PersonSearch, ScopeTooWide, SearchBy, SearchScope,
};
use crate::actor::Actor;
use crate::body::{HouseholdSummary, Page};
use crate::entry::{identity_token, term_token};
use crate::error::KernelError;
use crate::households::{MOST, household_summary};
use crate::kernel::Kernel;
use crate::parts::{Held, open_household, opened_person, read};
use crate::persons::{PersonSummary, Shown, shown};

/// How often one request looks for further candidates when few of those it met live in the division.
const ROUNDS: usize = 8;

impl Kernel {
    /// Persons within a division, in the order of their ids.
    pub async fn search_persons(&self, _actor: &Actor, search: &PersonSearch) -> Result<FoundPersons, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        match &search.by {
            SearchBy::Name(name) => self.by_name(&mut transaction, search, name).await,
            SearchBy::Document(document) => self.by_document(&mut transaction, search.scope, document).await,
            SearchBy::Household(id) => self.by_household(&mut transaction, search, *id).await,
        }
    }

    /// Households in a division and in all that belongs to it, by division and id.
    pub async fn households_in(
        &self,
        _actor: &Actor,
        division: DivisionCode,
        after: Option<HouseholdCursor>,
        limit: u32,
    ) -> Result<Page<HouseholdSummary>, KernelError> {
        let limit = limit.clamp(1, MOST);
        let after = after.map(|cursor| (cursor.division, cursor.id));
        let mut transaction = self.0.store.begin_read().await?;
        let rows = household_store::households_within(&mut transaction, division, after, limit).await?;
        let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows == limit);
        let cursor = |row: &household_store::Household| HouseholdCursor { division: row.division, id: row.id };
        let next = rows.last().filter(|_| is_full).map(|row| cursor(row).to_string());
        Ok(Page { items: rows.iter().map(household_summary).collect(), next })
    }

    async fn by_name(
        &self,
        transaction: &mut Transaction,
        search: &PersonSearch,
        name: &NameQuery,
    ) -> Result<FoundPersons, KernelError> {
        let county = search.scope.county();
        let index = &self.0.blind_index;
        let terms = name.terms().iter();
        let tokens: Vec<[u8; 16]> = terms.map(|(kind, term)| term_token(*kind, term, county, index)).collect();
        let limit = search.limit.clamp(1, MOST);
        let (mut after, mut items) = (search.after, Vec::new());
        for _ in 0..ROUNDS {
            let candidates = candidates(transaction, county, &tokens, after, limit).await?;
            let are_all = candidates.len() < count(limit);
            let mut within = self.within(transaction, search.scope, &candidates).await?;
            for (person, _) in candidates {
                after = Some(person);
                items.extend(within.remove(&person));
                if items.len() == count(limit) {
                    return Ok(FoundPersons { items, next: Some(person.to_string()), elsewhere: None });
                }
            }
            if are_all {
                return Ok(FoundPersons { items, next: None, elsewhere: None });
            }
        }
        Ok(FoundPersons { items, next: after.map(String::from), elsewhere: None })
    }

    /// Those of the candidates whose household lives in the division and who were not erased. Read together: a page of a search
    /// costs a few queries, however many households it meets.
    async fn within(
        &self,
        transaction: &mut Transaction,
        scope: SearchScope,
        candidates: &[(PersonId, HouseholdId)],
    ) -> Result<BTreeMap<PersonId, PersonSummary>, KernelError> {
        let households: BTreeSet<HouseholdId> = candidates.iter().map(|(_, household)| *household).collect();
        let households: Vec<HouseholdId> = households.into_iter().collect();
        let mut rows = household_store::latest_documents_listed(transaction, &households).await?;
        rows.retain(|(division, _)| scope.division().contains(division));
        let keys = self.0.data_keys.find(rows.iter().map(|(_, row)| row.sealed.key_id.as_str())).await?;
        let mut homes = BTreeMap::new();
        for (division, row) in &rows {
            if let Some(key) = keys.get(&row.sealed.key_id) {
                let part: HouseholdPart = read(&open_household(row, key)?, "a household part")?;
                homes.insert(row.household_id, (*division, part));
            }
        }
        let member = |(person, household): &(PersonId, HouseholdId)| {
            let (division, part) = homes.get(household)?;
            let membership = part.latest_memberships().find(|membership| membership.person == *person)?;
            Some((*person, (*household, *division, membership)))
        };
        let members: BTreeMap<_, _> = candidates.iter().filter_map(member).collect();
        let listed: Vec<_> = members.iter().map(|(person, (_, _, membership))| (*person, membership.version)).collect();
        let rows = person_store::person_documents_listed(transaction, &listed).await?;
        let keys = self.0.data_keys.find(rows.iter().map(|row| row.sealed.key_id.as_str())).await?;
        let mut found = BTreeMap::new();
        for row in &rows {
            if let Some((_, part)) = opened_person(row, &keys)?
                && let Some((household, division, membership)) = members.get(&row.person_id)
            {
                found.insert(row.person_id, summary(*household, *division, membership, &part));
            }
        }
        Ok(found)
    }

    async fn by_document(
        &self,
        transaction: &mut Transaction,
        scope: SearchScope,
        document: &DocumentQuery,
    ) -> Result<FoundPersons, KernelError> {
        let part = PersonPart { document: serde_json::to_value(document.document()).ok(), ..PersonPart::default() };
        let Some(token) = identity_token(&part, &self.0.blind_index) else { return Ok(FoundPersons::default()) };
        let Some(known) = person_index::person_with(transaction, &token).await? else {
            return Ok(FoundPersons::default());
        };
        let record = self.record(transaction, known.person_id).await?;
        let household = record.home().map(|membership| membership.household_id);
        let division = self.division_of(transaction, household).await?.unwrap_or(known.county);
        if !scope.division().contains(&division) {
            let elsewhere = division.county().or(Some(known.county));
            return Ok(FoundPersons { elsewhere, ..FoundPersons::default() });
        }
        let summary = self.person_summary(transaction, known.person_id).await?;
        Ok(FoundPersons { items: vec![summary], ..FoundPersons::default() })
    }

    /// Everybody who belongs or belonged to a household, if it lives in the division.
    async fn by_household(
        &self,
        transaction: &mut Transaction,
        search: &PersonSearch,
        id: HouseholdId,
    ) -> Result<FoundPersons, KernelError> {
        let Some(home) = self.open_home(transaction, search.scope, id).await? else {
            return Ok(FoundPersons::default());
        };
        let mut persons: Vec<PersonId> = home.memberships().map(|membership| membership.person).collect();
        persons.retain(|person| search.after.is_none_or(|after| after < *person));
        persons.sort_unstable();
        let (limit, mut items) = (count(search.limit.clamp(1, MOST)), Vec::new());
        for person in persons {
            let row = person_store::person(transaction, person).await?;
            if row.is_some_and(|row| row.merged_into.is_some()) {
                continue; // whoever remains of the two stands for both
            }
            items.extend(home.summary(person));
            if items.len() == limit {
                return Ok(FoundPersons { items, next: Some(person.to_string()), elsewhere: None });
            }
        }
        Ok(FoundPersons { items, next: None, elsewhere: None })
    }

    /// A household that lives in the division and was not erased.
    async fn open_home(
        &self,
        transaction: &mut Transaction,
        scope: SearchScope,
        id: HouseholdId,
    ) -> Result<Option<Home>, KernelError> {
        let division = self.division_of(transaction, Some(id)).await?;
        let Some(division) = division.filter(|division| scope.division().contains(division)) else { return Ok(None) };
        match self.held(transaction, id, None).await {
            Ok(held) => Ok(Some(Home { division, held })),
            Err(KernelError::Erased) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A household that was opened, and where it lives.
struct Home {
    division: DivisionCode,
    held: Held,
}

impl Home {
    fn memberships(&self) -> impl Iterator<Item = &Membership> {
        self.held.part.latest_memberships()
    }

    /// A person of this household as a list shows it; nobody where the person was erased.
    fn summary(&self, person: PersonId) -> Option<PersonSummary> {
        let held = self.held.persons.get(&person)?;
        let membership = self.memberships().find(|membership| membership.person == person)?;
        Some(summary(self.held.row.household_id, self.division, membership, &held.part))
    }
}

/// A person of a household as a list shows it.
fn summary(
    household: HouseholdId,
    division: DivisionCode,
    membership: &Membership,
    part: &PersonPart,
) -> PersonSummary {
    let Shown { name, document, birth_year } = shown(Some(part));
    PersonSummary {
        person: membership.person,
        household: Some(household),
        reference: Some(membership.reference.clone()),
        division,
        name,
        document,
        birth_year,
    }
}

/// The next `limit` persons with any of the tokens, each once, in the order of their ids.
async fn candidates(
    transaction: &mut Transaction,
    county: DivisionCode,
    tokens: &[[u8; 16]],
    after: Option<PersonId>,
    limit: u32,
) -> Result<Vec<(PersonId, HouseholdId)>, KernelError> {
    let mut found = BTreeMap::new();
    for token in tokens {
        let terms = person_index::persons_by_term(transaction, county, token, after, limit).await?;
        found.extend(terms.into_iter().map(|term| (term.person_id, term.household_id)));
    }
    Ok(found.into_iter().take(count(limit)).collect())
}

fn count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
