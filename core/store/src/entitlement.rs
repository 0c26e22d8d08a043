//! Entitlements (应享待遇): what is due after a decision. The benefits that are active now stand in `entitlement/benefit`, and
//! why one ends in `entitlement/ending`.
//!
//! INVARIANT: an entitlement ends once and is superseded once; nothing else about it ever changes. A trigger holds it.

mod benefit;
mod ending;

use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DecisionId, DeterminationId, EntitlementId, HouseholdId};
use sqlx::any::AnyRow;

pub use self::benefit::{
    ActiveBenefit, active_benefits_of, claim_benefits, give_benefit, release_benefits, release_ended_benefits,
    take_over_benefit,
};
pub use self::ending::{EntitlementEnd, entitlement_end, insert_entitlement_end};
use crate::error::StoreError;
use crate::insert::{AnyQuery, Insert, insert_rows};
use crate::row::{civil_date, civil_date_or_none, parsed, parsed_or_none, sealed, text};
use crate::sealed::Sealed;
use crate::transaction::Transaction;

/// What is due to a household: from the first day on and until the last, which is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// Its id.
    pub id: EntitlementId,
    /// The decision from which it follows.
    pub decision_id: DecisionId,
    /// The determination that was decided on.
    pub determination_id: DeterminationId,
    /// The household.
    pub household_id: HouseholdId,
    /// The household's county when it was decided.
    pub county: DivisionCode,
    /// The kind of benefit, as the kernel calls it.
    pub kind: String,
    /// The first day.
    pub starts_on: Date,
    /// The day from which nothing is due; none: no end is known.
    pub ends_on: Option<Date>,
    /// The entitlement that took its place.
    pub superseded_by: Option<EntitlementId>,
    /// Amount, period of payment, payee.
    pub sealed: Sealed,
}

const INSERT: Insert = insert_rows!(
    "insert into entitlement
  (id, decision_id, determination_id, household_id, county, kind, starts_on, ends_on, superseded_by, key_id, ciphertext)",
    11
);

const ENTITLEMENT: &str = "
select id, decision_id, determination_id, household_id, county, kind, starts_on, ends_on, superseded_by,
  key_id, ciphertext
from entitlement
where id = $1";

const OF_HOUSEHOLD: &str = "
select id, decision_id, determination_id, household_id, county, kind, starts_on, ends_on, superseded_by,
  key_id, ciphertext
from entitlement
where household_id = $1 and id > $2
order by id
limit $3";

const END: &str = "
update entitlement
set ends_on = $2
where id = $1 and ends_on is null";

const SUPERSEDE: &str = "
update entitlement
set superseded_by = $2
where id = $1 and superseded_by is null";

/// Inserts new entitlements that follow from decisions that are there.
pub async fn insert_entitlements(
    transaction: &mut Transaction,
    entitlements: &[Entitlement],
) -> Result<(), StoreError> {
    INSERT.all(transaction.connection(), entitlements, bind_entitlement).await.map_err(StoreError::WriteEntitlements)
}

/// The entitlement with this id.
pub async fn entitlement(transaction: &mut Transaction, id: EntitlementId) -> Result<Option<Entitlement>, StoreError> {
    Ok(listed(transaction, sqlx::query(ENTITLEMENT).bind(id.to_string())).await?.pop())
}

/// At most `limit` entitlements of a household, oldest id first, from the first, or from the one after `after`.
pub async fn entitlements_of_household(
    transaction: &mut Transaction,
    household_id: HouseholdId,
    after: Option<EntitlementId>,
    limit: u32,
) -> Result<Vec<Entitlement>, StoreError> {
    let after = after.map(String::from).unwrap_or_default();
    let query = sqlx::query(OF_HOUSEHOLD).bind(household_id.to_string()).bind(after).bind(i64::from(limit));
    listed(transaction, query).await
}

/// Ends an entitlement; says whether it is there and no end was known.
pub async fn end_entitlement(
    transaction: &mut Transaction,
    id: EntitlementId,
    ends_on: Date,
) -> Result<bool, StoreError> {
    changed(transaction, sqlx::query(END).bind(id.to_string()).bind(ends_on.to_string())).await
}

/// Puts an entitlement that is there in the place of another; says whether that one is there and had not been replaced.
pub async fn supersede_entitlement(
    transaction: &mut Transaction,
    id: EntitlementId,
    by: EntitlementId,
) -> Result<bool, StoreError> {
    changed(transaction, sqlx::query(SUPERSEDE).bind(id.to_string()).bind(by.to_string())).await
}

async fn changed(transaction: &mut Transaction, query: AnyQuery<'_>) -> Result<bool, StoreError> {
    let changed = query.execute(transaction.connection()).await.map_err(StoreError::WriteEntitlements)?;
    Ok(changed.rows_affected() == 1)
}

async fn listed(transaction: &mut Transaction, query: AnyQuery<'_>) -> Result<Vec<Entitlement>, StoreError> {
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadEntitlements)?;
    rows.iter().map(to_entitlement).collect::<Result<_, _>>().map_err(StoreError::ReadEntitlements)
}

fn bind_entitlement<'q>(query: AnyQuery<'q>, row: &'q Entitlement) -> AnyQuery<'q> {
    query
        .bind(row.id.to_string())
        .bind(row.decision_id.to_string())
        .bind(row.determination_id.to_string())
        .bind(row.household_id.to_string())
        .bind(row.county.to_string())
        .bind(row.kind.as_str())
        .bind(row.starts_on.to_string())
        .bind(row.ends_on.map(|day| day.to_string()))
        .bind(row.superseded_by.map(String::from))
        .bind(row.sealed.key_id.as_str())
        .bind(row.sealed.ciphertext.as_slice())
}

fn to_entitlement(row: &AnyRow) -> sqlx::Result<Entitlement> {
    Ok(Entitlement {
        id: parsed(row, "id")?,
        decision_id: parsed(row, "decision_id")?,
        determination_id: parsed(row, "determination_id")?,
        household_id: parsed(row, "household_id")?,
        county: parsed(row, "county")?,
        kind: text(row, "kind")?.to_owned(),
        starts_on: civil_date(row, "starts_on")?,
        ends_on: civil_date_or_none(row, "ends_on")?,
        superseded_by: parsed_or_none(row, "superseded_by")?,
        sealed: sealed(row)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{day, decided_household, entitlement_no, household_no, on_both_databases};
    use crate::store::Store;

    on_both_databases! {
        an_entitlement_is_read_back,
        an_entitlement_ends_and_is_superseded_once,
        nothing_else_about_it_changes,
    }

    async fn entitled(store: &Store) -> (Vec<Entitlement>, Transaction) {
        let mut writing = decided_household(store).await;
        let all: Vec<Entitlement> = (0..20).map(entitlement_no).collect();
        insert_entitlements(&mut writing, &all).await.unwrap();
        (all, writing)
    }

    async fn an_entitlement_is_read_back(store: &Store) {
        let (all, mut writing) = entitled(store).await;
        let home = household_no(1).id;
        assert_eq!(entitlement(&mut writing, all[4].id).await.unwrap().as_ref(), Some(&all[4]));
        assert_eq!(entitlements_of_household(&mut writing, home, None, 15).await.unwrap(), all[..15]);
        let rest = entitlements_of_household(&mut writing, home, Some(all[14].id), 15).await.unwrap();
        assert_eq!(rest, all[15..]);
        assert_eq!(entitlement(&mut writing, entitlement_no(99).id).await.unwrap(), None);
    }

    async fn an_entitlement_ends_and_is_superseded_once(store: &Store) {
        let (all, mut writing) = entitled(store).await;
        let [old, new, third] = [0, 1, 2].map(|n: usize| all[n].id);
        assert!(end_entitlement(&mut writing, old, day("2026-06-01")).await.unwrap());
        assert!(!end_entitlement(&mut writing, old, day("2026-07-01")).await.unwrap());
        assert!(supersede_entitlement(&mut writing, old, new).await.unwrap());
        assert!(!supersede_entitlement(&mut writing, old, third).await.unwrap());
        let expected = Entitlement { ends_on: Some(day("2026-06-01")), superseded_by: Some(new), ..all[0].clone() };
        assert_eq!(entitlement(&mut writing, old).await.unwrap(), Some(expected));
        assert!(end_entitlement(&mut writing, new, day("2026-01-31")).await.is_err(), "before it begins");
    }

    async fn nothing_else_about_it_changes(store: &Store) {
        let (all, mut writing) = entitled(store).await;
        assert!(end_entitlement(&mut writing, all[0].id, day("2026-06-01")).await.unwrap());
        for change in [
            "update entitlement set ends_on = '2026-07-01' where id = 'ent_00000000000000000000000000000000'",
            "update entitlement set ends_on = null where id = 'ent_00000000000000000000000000000000'",
            "update entitlement set kind = 'another' where id = 'ent_00000000000000000000000000000001'",
            "update entitlement set key_id = 'key-9' where id = 'ent_00000000000000000000000000000001'",
            "delete from entitlement",
        ] {
            writing.savepoint().await.unwrap();
            let refused = sqlx::query(change).execute(writing.connection()).await.unwrap_err();
            let told = refused.to_string().contains("entitlement ends and is superseded once");
            assert!(told, "{change}: {refused}");
            writing.roll_back_to_savepoint().await.unwrap();
        }
    }
}
