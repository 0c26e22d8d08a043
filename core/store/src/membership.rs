//! Who belongs to which household: an index over what the documents say. Not here: the dated truth, which is sealed there.
//!
//! INVARIANT: a person belongs to one household at a time; a unique index holds it.

use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{HouseholdId, PersonId};
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::insert::{AnyQuery, Insert, insert_rows};
use crate::row::{civil_date, civil_date_or_none, parsed};
use crate::transaction::Transaction;

/// A person's time in a household: from the first day on and until the last, which is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The person.
    pub person_id: PersonId,
    /// The household.
    pub household_id: HouseholdId,
    /// The household's county.
    pub county: DivisionCode,
    /// The first day.
    pub joined_on: Date,
    /// The day from which the person does not belong to it; none: belongs to it now.
    pub left_on: Option<Date>,
}

const INSERT: Insert = insert_rows!("insert into membership (person_id, household_id, county, joined_on, left_on)", 5);

const OF_HOUSEHOLD: &str = "
select person_id, household_id, county, joined_on, left_on
from membership
where household_id = $1
order by person_id, joined_on";

const OF_PERSON: &str = "
select person_id, household_id, county, joined_on, left_on
from membership
where person_id = $1
order by joined_on, household_id";

const CURRENT: &str = "
select person_id, household_id, county, joined_on, left_on
from membership
where person_id = $1 and left_on is null";

const LEAVE: &str = "
update membership
set left_on = $3
where person_id = $1 and household_id = $2 and left_on is null";

const TAKE_OUT: &str = "
delete from membership
where person_id = $1 and household_id = $2 and joined_on = $3";

const MOVE: &str = "
update membership
set county = $2
where household_id = $1";

/// Inserts memberships of persons and households that are there. A person who belongs to a household already refuses all.
pub async fn insert_memberships(transaction: &mut Transaction, memberships: &[Membership]) -> Result<(), StoreError> {
    INSERT.all(transaction.connection(), memberships, bind_membership).await.map_err(StoreError::WriteMemberships)
}

/// Everybody who belongs or belonged to a household, by person and first day.
pub async fn memberships_of_household(
    transaction: &mut Transaction,
    id: HouseholdId,
) -> Result<Vec<Membership>, StoreError> {
    listed(transaction, sqlx::query(OF_HOUSEHOLD).bind(id.to_string())).await
}

/// Every household to which a person belongs or belonged, the earliest first.
pub async fn memberships_of_person(transaction: &mut Transaction, id: PersonId) -> Result<Vec<Membership>, StoreError> {
    listed(transaction, sqlx::query(OF_PERSON).bind(id.to_string())).await
}

/// The household to which a person belongs now.
pub async fn current_membership(transaction: &mut Transaction, id: PersonId) -> Result<Option<Membership>, StoreError> {
    Ok(listed(transaction, sqlx::query(CURRENT).bind(id.to_string())).await?.pop())
}

/// Ends the membership that a person has in a household; says whether there was one.
pub async fn leave(
    transaction: &mut Transaction,
    person_id: PersonId,
    household_id: HouseholdId,
    left_on: Date,
) -> Result<bool, StoreError> {
    let query = sqlx::query(LEAVE).bind(person_id.to_string()).bind(household_id.to_string()).bind(left_on.to_string());
    let left = query.execute(transaction.connection()).await.map_err(StoreError::WriteMemberships)?;
    Ok(left.rows_affected() == 1)
}

/// Takes out a membership that, as is known now, there never was; says whether it stood here. The documents keep it.
pub async fn take_out(transaction: &mut Transaction, membership: &Membership) -> Result<bool, StoreError> {
    let query = sqlx::query(TAKE_OUT)
        .bind(membership.person_id.to_string())
        .bind(membership.household_id.to_string())
        .bind(membership.joined_on.to_string());
    let taken = query.execute(transaction.connection()).await.map_err(StoreError::WriteMemberships)?;
    Ok(taken.rows_affected() == 1)
}

/// Gives all memberships of a household to a county; says how many there are.
pub async fn move_memberships(
    transaction: &mut Transaction,
    household_id: HouseholdId,
    county: DivisionCode,
) -> Result<u64, StoreError> {
    let query = sqlx::query(MOVE).bind(household_id.to_string()).bind(county.to_string());
    let moved = query.execute(transaction.connection()).await.map_err(StoreError::WriteMemberships)?;
    Ok(moved.rows_affected())
}

async fn listed(transaction: &mut Transaction, query: AnyQuery<'_>) -> Result<Vec<Membership>, StoreError> {
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadMemberships)?;
    rows.iter().map(to_membership).collect::<Result<_, _>>().map_err(StoreError::ReadMemberships)
}

fn bind_membership<'q>(query: AnyQuery<'q>, row: &'q Membership) -> AnyQuery<'q> {
    query
        .bind(row.person_id.to_string())
        .bind(row.household_id.to_string())
        .bind(row.county.to_string())
        .bind(row.joined_on.to_string())
        .bind(row.left_on.map(|day| day.to_string()))
}

pub(crate) fn to_membership(row: &AnyRow) -> sqlx::Result<Membership> {
    Ok(Membership {
        person_id: parsed(row, "person_id")?,
        household_id: parsed(row, "household_id")?,
        county: parsed(row, "county")?,
        joined_on: civil_date(row, "joined_on")?,
        left_on: civil_date_or_none(row, "left_on")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{county, day, household_no, membership_of, on_both_databases, person_no};
    use crate::household::insert_households;
    use crate::person::insert_persons;
    use crate::store::Store;

    on_both_databases! {
        a_person_belongs_to_one_household_at_a_time,
        a_membership_does_not_end_before_it_begins,
        the_memberships_of_a_household_move_with_it,
        a_membership_that_never_was_is_taken_out,
    }

    async fn registered(store: &Store) -> Transaction {
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_households(&mut writing, &[1, 2].map(household_no)).await.unwrap();
        insert_persons(&mut writing, &[1, 2, 3].map(person_no)).await.unwrap();
        writing
    }

    async fn a_person_belongs_to_one_household_at_a_time(store: &Store) {
        let (first, second) = (household_no(1), household_no(2));
        let mover = person_no(1);
        let before = membership_of(&mover, &first, "2025-01-01");
        let after = membership_of(&mover, &second, "2026-02-01");
        let stays = membership_of(&person_no(2), &first, "2025-01-01");
        let mut writing = registered(store).await;
        insert_memberships(&mut writing, &[before.clone(), stays.clone()]).await.unwrap();
        writing.savepoint().await.unwrap();
        let refused = insert_memberships(&mut writing, std::slice::from_ref(&after)).await.unwrap_err();
        assert!(refused.is_duplicate(), "{refused:?}");
        writing.roll_back_to_savepoint().await.unwrap();

        assert!(!leave(&mut writing, mover.id, second.id, day("2026-02-01")).await.unwrap());
        assert!(leave(&mut writing, mover.id, first.id, day("2026-02-01")).await.unwrap());
        assert!(!leave(&mut writing, mover.id, first.id, day("2026-03-01")).await.unwrap());
        assert_eq!(current_membership(&mut writing, mover.id).await.unwrap(), None);
        insert_memberships(&mut writing, std::slice::from_ref(&after)).await.unwrap();
        assert_eq!(current_membership(&mut writing, mover.id).await.unwrap(), Some(after.clone()));
        let ended = Membership { left_on: Some(day("2026-02-01")), ..before };
        assert_eq!(memberships_of_person(&mut writing, mover.id).await.unwrap(), [ended.clone(), after]);
        assert_eq!(memberships_of_household(&mut writing, first.id).await.unwrap(), [ended, stays]);
    }

    async fn a_membership_does_not_end_before_it_begins(store: &Store) {
        let (home, member) = (household_no(1), person_no(1));
        let mut writing = registered(store).await;
        insert_memberships(&mut writing, &[membership_of(&member, &home, "2025-01-02")]).await.unwrap();
        writing.savepoint().await.unwrap();
        assert!(leave(&mut writing, member.id, home.id, day("2025-01-01")).await.is_err());
        writing.roll_back_to_savepoint().await.unwrap();
        assert!(leave(&mut writing, member.id, home.id, day("2025-01-02")).await.unwrap());
    }

    async fn the_memberships_of_a_household_move_with_it(store: &Store) {
        let home = household_no(1);
        let there = "999902".parse().unwrap();
        let members = [1, 2].map(|n| membership_of(&person_no(n), &home, "2025-01-01"));
        let elsewhere = membership_of(&person_no(3), &household_no(2), "2025-01-01");
        let mut writing = registered(store).await;
        insert_memberships(&mut writing, &members).await.unwrap();
        insert_memberships(&mut writing, std::slice::from_ref(&elsewhere)).await.unwrap();
        assert_eq!(move_memberships(&mut writing, home.id, there).await.unwrap(), 2);
        let moved = members.map(|member| Membership { county: there, ..member });
        assert_eq!(memberships_of_household(&mut writing, home.id).await.unwrap(), moved);
        assert_eq!(memberships_of_household(&mut writing, household_no(2).id).await.unwrap(), [elsewhere]);
    }

    async fn a_membership_that_never_was_is_taken_out(store: &Store) {
        let (home, other) = (household_no(1), household_no(2));
        let [wrong, right] = [1, 2].map(|n| membership_of(&person_no(n), &home, "2025-01-01"));
        let mut writing = registered(store).await;
        insert_memberships(&mut writing, &[wrong.clone(), right.clone()]).await.unwrap();
        assert!(!take_out(&mut writing, &membership_of(&person_no(1), &home, "2025-01-02")).await.unwrap());
        assert!(!take_out(&mut writing, &membership_of(&person_no(1), &other, "2025-01-01")).await.unwrap());
        assert!(take_out(&mut writing, &wrong).await.unwrap());
        assert_eq!(memberships_of_household(&mut writing, home.id).await.unwrap(), [right]);
        insert_memberships(&mut writing, std::slice::from_ref(&wrong)).await.unwrap();
        assert_eq!(current_membership(&mut writing, wrong.person_id).await.unwrap(), Some(wrong));
    }
}
