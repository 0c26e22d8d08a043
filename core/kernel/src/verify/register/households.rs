//! The row of each household, and who belongs to it, against its newest part.

use std::collections::{BTreeMap, HashMap};

use nuan_domain::register::{Ending, HouseholdPart, Membership, RecordedAt};
use nuan_store::Transaction;
use nuan_store::household::{self as household_store, Household, HouseholdDocument};
use nuan_store::indexed::{self, Indexed};
use nuan_store::membership::Membership as IndexedMembership;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::HouseholdId;

use super::{PAGE, Verification, Walk, count};
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::matches::BEGINNING;
use crate::parts::{open_household, read};
use crate::surroundings::today;

const LOST: &str = "the household has no part";
const ELSEWHERE: &str = "the register has the household in another place than its newest part says";
const ENDED: &str = "the register and the newest part of the household differ in whether and when it ended";
const OTHERS: &str = "the register has others in the household, or for other days, than its newest part says";

impl Kernel {
    pub(super) async fn verify_households(
        &self,
        transaction: &mut Transaction,
        walk: &Walk,
        met: &mut Indexed,
        seen: &mut Verification,
    ) -> Result<(), KernelError> {
        let mut after = None;
        loop {
            let page = household_store::households_after(transaction, after, PAGE).await?;
            let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(()) };
            let documents = household_store::documents_after(transaction, after, Some(last.id), PAGE).await?;
            let documents: HashMap<HouseholdId, HouseholdDocument> =
                documents.into_iter().map(|document| (document.household_id, document)).collect();
            let mut members: HashMap<HouseholdId, Vec<IndexedMembership>> = HashMap::new();
            for row in indexed::memberships_of_households(transaction, first.id, last.id).await? {
                members.entry(row.household_id).or_default().push(row);
            }
            let ids = documents.values().map(|document| document.sealed.key_id.as_str());
            let keys = self.openable(ids, walk).await?;
            for row in &page {
                let members = members.remove(&row.id).unwrap_or_default();
                met.memberships += count(&members);
                let Some(document) = documents.get(&row.id) else {
                    seen.add(row.county, None, &row.id.to_string(), LOST);
                    continue;
                };
                let Some(key) = keys.get(&document.sealed.key_id) else { continue };
                // A part that does not open was named with its leaf.
                let Ok(content) = open_household(document, key) else { continue };
                let part: HouseholdPart = read(&content, "a household part")?;
                for what in differences(row, document, &part, &members) {
                    seen.add(document.county, None, &row.id.to_string(), what);
                }
            }
            after = Some(last.id);
        }
    }
}

fn differences(
    row: &Household,
    document: &HouseholdDocument,
    part: &HouseholdPart,
    members: &[IndexedMembership],
) -> Vec<&'static str> {
    let lives_there = part.division.parse::<DivisionCode>().is_ok_and(|division| division == row.division);
    let ended = row.ended_at.map(RecordedAt::of);
    let is_so = [
        (ELSEWHERE, lives_there && row.county == document.county),
        (ENDED, ended == part.ended.map(|ended| ended.known_at)),
        (OTHERS, members.iter().all(|member| member.county == row.county) && agree(row, part, members)),
    ];
    is_so.into_iter().filter(|(_, is_so)| !is_so).map(|(what, _)| what).collect()
}

/// Whether every membership of the part has its row and every row its membership. One that, as is known now, never was has
/// none (`matches`).
fn agree(household: &Household, part: &HouseholdPart, rows: &[IndexedMembership]) -> bool {
    let mut stated: BTreeMap<_, Vec<&Membership>> = BTreeMap::new();
    for membership in &part.members {
        stated.entry(membership.person).or_default().push(membership);
    }
    let was_merged = part.members.iter().any(never_was);
    let times: BTreeMap<_, usize> = stated.iter().map(|(person, stated)| (*person, stated.len())).collect();
    for row in rows {
        let of_person = stated.get_mut(&row.person_id);
        let came_again = times.get(&row.person_id).is_some_and(|times| *times > 1);
        let is_this = |stated: &&Membership| {
            let known_on = stated.known_at.map(|at| today(at.0));
            let was_given = was_merged && known_on.is_some_and(|on| row.joined_on <= on);
            let is_later = was_given || (came_again && known_on == Some(row.joined_on));
            !never_was(stated) && is_indexed(household, stated, row, is_later)
        };
        let Some(of_person) = of_person else { return false };
        let Some(place) = of_person.iter().position(is_this) else { return false };
        of_person.remove(place);
    }
    stated.values().flatten().all(|membership| never_was(membership))
}

/// Whether a row is that of a membership. Who came with the document came on its day. Who took the place of another record, or
/// got an own one back, kept the day that the row had, or came on the day of the decision: it is no later than that. Who came
/// again on a day that a row has already came on the day of the decision.
fn is_indexed(household: &Household, stated: &Membership, row: &IndexedMembership, is_later: bool) -> bool {
    let joined_on = stated.from.unwrap_or(today(household.created_at));
    let is_left = match (stated.until, row.left_on) {
        (None, None) => true,
        (Some(until), Some(left_on)) => left_on == until.max(row.joined_on),
        (None, Some(_)) | (Some(_), None) => false,
    };
    is_left && (row.joined_on == joined_on || is_later)
}

/// Whether a merge of two records, or its undoing, ended the membership before its first day.
fn never_was(membership: &Membership) -> bool {
    let beginning = membership.from.unwrap_or(BEGINNING);
    membership.ended == Some(Ending::Other) && membership.until == Some(beginning)
}

#[cfg(test)]
mod tests {
    use nuan_vocabulary::date::Date;
    use nuan_vocabulary::id::PersonId;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn household() -> Household {
        let (county, id) = ("330106".parse().unwrap(), HouseholdId::from_uuid(Uuid::from_u128(9)));
        let created_at = "2024-01-31T17:00:00Z".parse().unwrap(); // the first of February in China
        Household { id, county, division: county, created_at, ended_at: None }
    }

    fn stated(person: u128, from: Option<&str>, until: Option<&str>) -> Membership {
        let id = PersonId::from_uuid(Uuid::from_u128(person));
        let mut membership = Membership::stated(id, 1, String::new(), "a".to_owned(), None);
        (membership.from, membership.until) = (from.map(day), until.map(day));
        membership
    }

    fn row(person: u128, joined_on: &str, left_on: Option<&str>) -> IndexedMembership {
        let Household { id, county, .. } = household();
        let (person_id, left_on) = (PersonId::from_uuid(Uuid::from_u128(person)), left_on.map(day));
        IndexedMembership { person_id, household_id: id, county, joined_on: day(joined_on), left_on }
    }

    #[track_caller]
    fn check(members: &[Membership], rows: &[IndexedMembership], expected: bool) {
        let mut part: HouseholdPart = serde_json::from_value(json!({ "division": "330106" })).unwrap();
        part.members = members.to_vec();
        assert_eq!(agree(&household(), &part, rows), expected);
    }

    #[test]
    fn who_came_with_the_document_came_on_its_day() {
        check(&[stated(1, None, None)], &[row(1, "2024-02-01", None)], true);
        check(&[stated(1, None, None)], &[row(1, "2024-01-31", None)], false);
        check(&[stated(1, None, None)], &[], false);
        check(&[], &[row(1, "2024-02-01", None)], false);
        check(&[stated(1, None, None)], &[row(2, "2024-02-01", None)], false);
    }

    #[test]
    fn who_left_and_came_back_has_a_row_for_each_time() {
        let members = [stated(1, None, Some("2024-03-01")), stated(1, Some("2024-05-01"), None)];
        let rows = [row(1, "2024-02-01", Some("2024-03-01")), row(1, "2024-05-01", None)];
        check(&members, &rows, true);
        check(&members, &rows[..1], false);
        check(&members, &[row(1, "2024-02-01", Some("2024-03-02")), row(1, "2024-05-01", None)], false);
        check(&members, &[row(1, "2024-02-01", Some("2024-03-01")), row(1, "2024-05-01", Some("2024-06-01"))], false);
        // Who comes again on a day that has a row comes on the day of the decision.
        let mut again = stated(1, Some("2024-02-01"), None);
        again.known_at = Some(RecordedAt("2024-06-01T00:00:00Z".parse().unwrap()));
        let members = [stated(1, None, Some("2020-01-01")), again];
        let before = row(1, "2024-02-01", Some("2024-02-01"));
        check(&members, &[before.clone(), row(1, "2024-06-01", None)], true);
        check(&members, &[before, row(1, "2024-06-02", None)], false);
        // Who had left before the register heard of the household left on the day on which it did.
        check(&[stated(1, None, Some("2020-01-01"))], &[row(1, "2024-02-01", Some("2024-02-01"))], true);
    }

    #[test]
    fn who_never_was_a_member_has_no_row_and_the_successor_has_the_day_of_the_row() {
        let mut never = stated(1, None, Some("1800-01-01"));
        never.ended = Some(Ending::Other);
        let mut successor = stated(2, None, None);
        successor.known_at = Some(RecordedAt("2024-06-01T00:00:00Z".parse().unwrap()));
        check(&[never.clone(), successor.clone()], &[row(2, "2024-05-05", None)], true);
        check(&[never.clone(), successor.clone()], &[row(2, "2024-06-02", None)], false);
        check(&[never, successor.clone()], &[row(1, "2024-02-01", None), row(2, "2024-05-05", None)], false);
        check(&[successor], &[row(2, "2024-05-05", None)], false);
    }
}
