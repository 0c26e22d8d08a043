//! Who may be the same person: records that share a name or its sound, compared field by field.
//!
//! Not here: the weights (`domain::identity::matching`), and any decision. A number that two records share needs no comparison:
//! it cannot be recorded twice.

use std::collections::BTreeSet;

use nuan_domain::identity::matching::{Band, Comparison, Particulars, compare};
use nuan_domain::identity::name_key::{TermKind, search_terms};
use nuan_store::{Transaction, audit, person_index};
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::PersonId;
use nuan_vocabulary::person_name::PersonName;

use crate::entry::term_token;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::persons::{Record, birth_date_of, document_of, name_of};

/// How many persons of one term are looked at; a name that more have says little about a person.
const MOST_OF_TERM: u32 = 200;

/// How many records are compared at most; those with the whole name come first.
const MOST_COMPARED: usize = 500;

/// A record that is worth a person's time.
pub(super) struct Alike {
    pub record: Record,
    pub comparison: Comparison,
}

impl Kernel {
    /// The records that may be of the same person as this one.
    pub(super) async fn alike(
        &self,
        transaction: &mut Transaction,
        subject: &Record,
    ) -> Result<Vec<Alike>, KernelError> {
        let Some(own) = self.particulars(transaction, subject).await? else { return Err(KernelError::Erased) };
        let Some(name) = &own.name else { return Ok(Vec::new()) };
        let mut alike = Vec::new();
        for id in self.with_such_a_name(transaction, subject, name).await? {
            let record = match self.record(transaction, id).await {
                Ok(record) if record.row.merged_into.is_none() => record,
                Ok(_) | Err(KernelError::NotFound(_)) => continue,
                Err(error) => return Err(error),
            };
            let Some(theirs) = self.particulars(transaction, &record).await? else { continue };
            let comparison = compare(&own, &theirs);
            if Band::Possible <= comparison.band() {
                alike.push(Alike { record, comparison });
            }
        }
        Ok(alike)
    }

    /// Others with the name or its sound in the counties of the city, and with its initials in the county.
    async fn with_such_a_name(
        &self,
        transaction: &mut Transaction,
        subject: &Record,
        name: &PersonName,
    ) -> Result<Vec<PersonId>, KernelError> {
        let county = subject.row.county;
        let counties = neighbours(county, &audit::counties(transaction).await?);
        let (mut met, mut found) = (BTreeSet::from([subject.row.id]), Vec::new());
        for (kind, term) in telling_terms(name) {
            for searched in counties.iter().filter(|other| kind != TermKind::Initials || **other == county) {
                let token = term_token(kind, &term, *searched, &self.0.blind_index);
                let terms = person_index::persons_by_term(transaction, *searched, &token, None, MOST_OF_TERM).await?;
                found.extend(terms.into_iter().map(|term| term.person_id).filter(|id| met.insert(*id)));
            }
        }
        found.truncate(MOST_COMPARED);
        Ok(found)
    }

    /// What is compared of a person; none of one who was erased.
    async fn particulars(
        &self,
        transaction: &mut Transaction,
        record: &Record,
    ) -> Result<Option<Particulars>, KernelError> {
        let Some((_, part)) = &record.opened else { return Ok(None) };
        let household = record.home().map(|membership| membership.household_id);
        let division = self.division_of(transaction, household).await?.unwrap_or(record.row.county);
        let stated = document_of(part).map(|document| Particulars::of_document(&document)).unwrap_or_default();
        Ok(Some(Particulars {
            name: name_of(part),
            birth_date: birth_date_of(part),
            division: Some(division),
            ..stated
        }))
    }
}

/// The name, its pinyin, and its initials where none is left out: two letters alone would stop at strangers.
fn telling_terms(name: &PersonName) -> Vec<(TermKind, String)> {
    let mut terms = search_terms(name);
    let is_initials = |(kind, _): &&(TermKind, String)| *kind == TermKind::Initials;
    let longest = terms.iter().filter(is_initials).map(|(_, letters)| letters.len()).max().unwrap_or(0);
    terms.retain(|(kind, term)| *kind != TermKind::Initials || term.len() == longest);
    terms
}

/// The county, and the others of its city that have a log.
fn neighbours(county: DivisionCode, logs: &[String]) -> Vec<DivisionCode> {
    let city = county.city();
    let others = logs.iter().filter_map(|log| log.parse::<DivisionCode>().ok());
    let is_near = |other: &DivisionCode| *other != county && city.is_some() && other.city() == city;
    std::iter::once(county).chain(others.filter(is_near)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_of_a_surname_is_looked_up_and_no_short_initials() {
        let name: PersonName = "单雄信".parse().unwrap();
        let mut terms: Vec<String> = telling_terms(&name).into_iter().map(|(_, term)| term).collect();
        terms.sort();
        assert_eq!(terms, ["danxiongxin", "dxx", "shanxiongxin", "sxx", "单雄信"]);
    }

    #[test]
    fn a_city_is_searched_and_no_other() {
        let logs = ["000000", "330106", "330108", "330205", "460003", "nonsense"].map(str::to_owned);
        let near = |county: &str| {
            let counties = neighbours(county.parse().unwrap(), &logs);
            counties.into_iter().map(String::from).collect::<Vec<_>>()
        };
        assert_eq!(near("330106"), ["330106", "330108"]);
        assert_eq!(near("330205"), ["330205"]);
        assert_eq!(near("460003"), ["460003"], "a county under its province has no city to share");
    }
}
