//! The benefits that are active now, one row for each person who profits.
//!
//! INVARIANT: one active benefit of a kind for one person, across all counties; the primary key holds it.

use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{EntitlementId, HouseholdId, PersonId};
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::row::{parsed, text};
use crate::transaction::Transaction;

/// A benefit that a person has now.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActiveBenefit {
    /// The person.
    pub person_id: PersonId,
    /// The kind of benefit, as the kernel calls it.
    pub kind: String,
    /// The entitlement it comes from.
    pub entitlement_id: EntitlementId,
    /// The household that is entitled.
    pub household_id: HouseholdId,
    /// The household's county.
    pub county: DivisionCode,
}

const CLAIM: &str = "
insert into active_benefit (person_id, kind, entitlement_id, household_id, county)
values ($1, $2, $3, $4, $5)
on conflict (person_id, kind) do nothing";

const HELD: &str = "
select person_id, kind, entitlement_id, household_id, county
from active_benefit
where person_id = $1 and kind = $2";

const OF_PERSON: &str = "
select person_id, kind, entitlement_id, household_id, county
from active_benefit
where person_id = $1
order by kind";

const RELEASE: &str = "
delete from active_benefit
where entitlement_id = $1";

const RELEASE_ENDED: &str = "
delete from active_benefit
where person_id = $1
  and entitlement_id in (select id from entitlement where ends_on <= $2)";

const TAKE_OVER: &str = "
update active_benefit
set entitlement_id = $4, household_id = $5, county = $6
where person_id = $1 and kind = $2 and entitlement_id = $3";

const GIVE: &str = "
update active_benefit
set person_id = $3
where entitlement_id = $1 and person_id = $2";

/// Claims benefits for persons. What comes back stands in the way: benefits of the same kind that come from another
/// entitlement. None: all were claimed. Some: the rest was, so the caller undoes its act.
///
/// While another transaction is claiming the same, this waits for its end; all go in one order, so that none wait for each
/// other.
pub async fn claim_benefits(
    transaction: &mut Transaction,
    benefits: &[ActiveBenefit],
) -> Result<Vec<ActiveBenefit>, StoreError> {
    let mut in_order: Vec<&ActiveBenefit> = benefits.iter().collect();
    in_order.sort_unstable();
    let mut in_the_way = Vec::new();
    for benefit in in_order {
        in_the_way.extend(claim(transaction, benefit).await?);
    }
    Ok(in_the_way)
}

/// The benefits that a person has now, by kind.
pub async fn active_benefits_of(transaction: &mut Transaction, id: PersonId) -> Result<Vec<ActiveBenefit>, StoreError> {
    let query = sqlx::query(OF_PERSON).bind(id.to_string());
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadEntitlements)?;
    rows.iter().map(to_benefit).collect::<Result<_, _>>().map_err(StoreError::ReadEntitlements)
}

/// Releases what comes from an entitlement that ends or is superseded; says how many there were.
pub async fn release_benefits(transaction: &mut Transaction, id: EntitlementId) -> Result<u64, StoreError> {
    let query = sqlx::query(RELEASE).bind(id.to_string());
    let released = query.execute(transaction.connection()).await.map_err(StoreError::WriteEntitlements)?;
    Ok(released.rows_affected())
}

/// Releases what a person has from entitlements from which nothing is due any more on a day; says how many there were.
pub async fn release_ended_benefits(transaction: &mut Transaction, id: PersonId, on: Date) -> Result<u64, StoreError> {
    let query = sqlx::query(RELEASE_ENDED).bind(id.to_string()).bind(on.to_string());
    let released = query.execute(transaction.connection()).await.map_err(StoreError::WriteEntitlements)?;
    Ok(released.rows_affected())
}

/// Puts a benefit in the place of the one of its kind that the person has from another entitlement; says whether that one
/// was there.
pub async fn take_over_benefit(
    transaction: &mut Transaction,
    from: EntitlementId,
    benefit: &ActiveBenefit,
) -> Result<bool, StoreError> {
    let query = sqlx::query(TAKE_OVER)
        .bind(benefit.person_id.to_string())
        .bind(benefit.kind.as_str())
        .bind(from.to_string())
        .bind(benefit.entitlement_id.to_string())
        .bind(benefit.household_id.to_string())
        .bind(benefit.county.to_string());
    let taken = query.execute(transaction.connection()).await.map_err(StoreError::WriteEntitlements)?;
    Ok(taken.rows_affected() == 1)
}

/// Gives what one person has from an entitlement to another person: the one that remains of two records. Says whether there
/// was something. A person who has a benefit of the kind already refuses.
pub async fn give_benefit(
    transaction: &mut Transaction,
    id: EntitlementId,
    from: PersonId,
    to: PersonId,
) -> Result<bool, StoreError> {
    let query = sqlx::query(GIVE).bind(id.to_string()).bind(from.to_string()).bind(to.to_string());
    let given = query.execute(transaction.connection()).await.map_err(StoreError::WriteEntitlements)?;
    Ok(given.rows_affected() == 1)
}

/// Claims one benefit. `None`: it was free, or comes from this entitlement already.
async fn claim(transaction: &mut Transaction, benefit: &ActiveBenefit) -> Result<Option<ActiveBenefit>, StoreError> {
    loop {
        if insert(transaction, benefit).await.map_err(StoreError::WriteEntitlements)? {
            return Ok(None);
        }
        if let Some(held) = held(transaction, benefit).await.map_err(StoreError::ReadEntitlements)? {
            return Ok(Some(held).filter(|held| held.entitlement_id != benefit.entitlement_id));
        }
        // It was released between the two statements, and so is free now.
    }
}

/// Whether it was free.
async fn insert(transaction: &mut Transaction, benefit: &ActiveBenefit) -> sqlx::Result<bool> {
    let query = sqlx::query(CLAIM)
        .bind(benefit.person_id.to_string())
        .bind(benefit.kind.as_str())
        .bind(benefit.entitlement_id.to_string())
        .bind(benefit.household_id.to_string())
        .bind(benefit.county.to_string());
    Ok(query.execute(transaction.connection()).await?.rows_affected() == 1)
}

async fn held(transaction: &mut Transaction, benefit: &ActiveBenefit) -> sqlx::Result<Option<ActiveBenefit>> {
    let query = sqlx::query(HELD).bind(benefit.person_id.to_string()).bind(benefit.kind.as_str());
    query.fetch_optional(transaction.connection()).await?.as_ref().map(to_benefit).transpose()
}

fn to_benefit(row: &AnyRow) -> sqlx::Result<ActiveBenefit> {
    Ok(ActiveBenefit {
        person_id: parsed(row, "person_id")?,
        kind: text(row, "kind")?.to_owned(),
        entitlement_id: parsed(row, "entitlement_id")?,
        household_id: parsed(row, "household_id")?,
        county: parsed(row, "county")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entitlement::{end_entitlement, insert_entitlements};
    use crate::fixture::{county, day, decided_household, entitlement_no, household_no, on_both_databases, person_no};
    use crate::person::insert_persons;
    use crate::store::Store;

    on_both_databases! {
        a_person_has_one_benefit_of_a_kind_across_counties,
        of_claims_at_once_one_succeeds,
        a_benefit_is_given_to_the_record_that_remains,
        a_benefit_is_taken_over_and_released_once_it_has_ended,
    }

    fn benefit(person: u32, kind: &str, entitlement: u32) -> ActiveBenefit {
        ActiveBenefit {
            person_id: person_no(person).id,
            kind: kind.to_owned(),
            entitlement_id: entitlement_no(entitlement).id,
            household_id: household_no(1).id,
            county: county(),
        }
    }

    async fn entitled(store: &Store) -> Transaction {
        let mut writing = decided_household(store).await;
        insert_persons(&mut writing, &[1, 2, 3].map(person_no)).await.unwrap();
        let all: Vec<_> = (0..8).map(entitlement_no).collect();
        insert_entitlements(&mut writing, &all).await.unwrap();
        writing
    }

    async fn a_person_has_one_benefit_of_a_kind_across_counties(store: &Store) {
        let mut writing = entitled(store).await;
        let first = [benefit(2, "allowance", 0), benefit(1, "allowance", 0)];
        assert_eq!(claim_benefits(&mut writing, &first).await.unwrap(), []);
        assert_eq!(claim_benefits(&mut writing, &first).await.unwrap(), [], "they come from this entitlement");
        let elsewhere = |person| ActiveBenefit { county: "999902".parse().unwrap(), ..benefit(person, "allowance", 1) };
        writing.savepoint().await.unwrap();
        let in_the_way = claim_benefits(&mut writing, &[elsewhere(3), elsewhere(2)]).await.unwrap();
        assert_eq!(in_the_way, [benefit(2, "allowance", 0)]);
        writing.roll_back_to_savepoint().await.unwrap();
        assert_eq!(active_benefits_of(&mut writing, person_no(3).id).await.unwrap(), []);
        assert_eq!(claim_benefits(&mut writing, &[benefit(2, "another", 1)]).await.unwrap(), []);
        let both = [benefit(2, "allowance", 0), benefit(2, "another", 1)];
        assert_eq!(active_benefits_of(&mut writing, person_no(2).id).await.unwrap(), both);

        assert_eq!(release_benefits(&mut writing, entitlement_no(0).id).await.unwrap(), 2);
        assert_eq!(claim_benefits(&mut writing, &[elsewhere(2), elsewhere(3)]).await.unwrap(), []);
    }

    async fn of_claims_at_once_one_succeeds(store: &Store) {
        entitled(store).await.commit().await.unwrap();
        let ask = async |store: Store, entitlement: u32| {
            let mut writing = store.begin_write([]).await.unwrap();
            let wanted = [3, 1, 2].map(|person| benefit(person, "allowance", entitlement));
            if claim_benefits(&mut writing, &wanted).await.unwrap().is_empty() {
                writing.commit().await.unwrap();
                return 1;
            }
            0
        };
        let tasks: Vec<_> = (0..8).map(|entitlement| tokio::spawn(ask(store.clone(), entitlement))).collect();
        let mut winners = 0;
        for task in tasks {
            winners += task.await.unwrap();
        }
        assert_eq!(winners, 1);
    }

    async fn a_benefit_is_given_to_the_record_that_remains(store: &Store) {
        let mut writing = entitled(store).await;
        let (one, two, three) = (person_no(1).id, person_no(2).id, person_no(3).id);
        let first = [benefit(1, "allowance", 0), benefit(2, "allowance", 0), benefit(3, "another", 1)];
        assert_eq!(claim_benefits(&mut writing, &first).await.unwrap(), []);
        let entitlement = entitlement_no(0).id;
        assert!(!give_benefit(&mut writing, entitlement, three, one).await.unwrap());
        assert!(give_benefit(&mut writing, entitlement, one, three).await.unwrap());
        assert_eq!(active_benefits_of(&mut writing, one).await.unwrap(), []);
        assert_eq!(active_benefits_of(&mut writing, two).await.unwrap(), [benefit(2, "allowance", 0)]);
        let both = [benefit(3, "allowance", 0), benefit(3, "another", 1)];
        assert_eq!(active_benefits_of(&mut writing, three).await.unwrap(), both);
        writing.savepoint().await.unwrap();
        assert!(give_benefit(&mut writing, entitlement, two, three).await.is_err(), "one of a kind");
        writing.roll_back_to_savepoint().await.unwrap();
    }

    async fn a_benefit_is_taken_over_and_released_once_it_has_ended(store: &Store) {
        let mut writing = entitled(store).await;
        let (old, new) = (entitlement_no(0).id, entitlement_no(1).id);
        let both = [benefit(1, "allowance", 0), benefit(2, "allowance", 0)];
        assert_eq!(claim_benefits(&mut writing, &both).await.unwrap(), []);
        assert!(!take_over_benefit(&mut writing, new, &benefit(1, "allowance", 1)).await.unwrap());
        assert!(take_over_benefit(&mut writing, old, &benefit(1, "allowance", 1)).await.unwrap());
        let taken = active_benefits_of(&mut writing, person_no(1).id).await.unwrap();
        assert_eq!(taken, [benefit(1, "allowance", 1)]);

        let two = person_no(2).id;
        assert_eq!(release_ended_benefits(&mut writing, two, day("2030-01-01")).await.unwrap(), 0, "no end is known");
        assert!(end_entitlement(&mut writing, old, day("2026-06-01")).await.unwrap());
        assert_eq!(release_ended_benefits(&mut writing, two, day("2026-05-31")).await.unwrap(), 0);
        assert_eq!(release_ended_benefits(&mut writing, person_no(1).id, day("2026-06-01")).await.unwrap(), 0);
        assert_eq!(release_ended_benefits(&mut writing, two, day("2026-06-01")).await.unwrap(), 1);
        assert_eq!(active_benefits_of(&mut writing, two).await.unwrap(), []);
    }
}
