//! How much is stored.

use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::row::integer;
use crate::transaction::Transaction;

/// The numbers of rows, over all counties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Households.
    pub households: i64,
    /// Versions of their documents.
    pub documents: i64,
    /// Persons.
    pub persons: i64,
    /// Versions of their documents.
    pub person_documents: i64,
    /// Determinations.
    pub determinations: i64,
    /// Decisions.
    pub decisions: i64,
    /// Entitlements.
    pub entitlements: i64,
    /// Change requests.
    pub change_requests: i64,
    /// Audit leaves.
    pub leaves: i64,
    /// Archived packages and catalogues.
    pub archived: i64,
}

const COUNTS: &str = "
select
  (select count(*) from household) as households,
  (select count(*) from household_document) as documents,
  (select count(*) from person) as persons,
  (select count(*) from person_document) as person_documents,
  (select count(*) from determination) as determinations,
  (select count(*) from decision) as decisions,
  (select count(*) from entitlement) as entitlements,
  (select count(*) from change_request) as change_requests,
  (select count(*) from audit_leaf) as leaves,
  (select count(*) from archive) as archived";

/// Counts every row, which takes time where there are millions.
pub async fn counts(transaction: &mut Transaction) -> Result<Counts, StoreError> {
    let row = sqlx::query(COUNTS).fetch_one(transaction.connection()).await.map_err(StoreError::Count)?;
    to_counts(&row).map_err(StoreError::Count)
}

fn to_counts(row: &AnyRow) -> sqlx::Result<Counts> {
    Ok(Counts {
        households: integer(row, "households")?,
        documents: integer(row, "documents")?,
        persons: integer(row, "persons")?,
        person_documents: integer(row, "person_documents")?,
        determinations: integer(row, "determinations")?,
        decisions: integer(row, "decisions")?,
        entitlements: integer(row, "entitlements")?,
        change_requests: integer(row, "change_requests")?,
        leaves: integer(row, "leaves")?,
        archived: integer(row, "archived")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{
        change_request_of, decided_household, entitlement_no, household_no, leaf_no, on_both_databases,
        person_document_of, person_no,
    };
    use crate::store::Store;
    use crate::{audit, change_request, entitlement, person};

    on_both_databases! { everything_is_counted }

    async fn everything_is_counted(store: &Store) {
        let home = household_no(1);
        let persons: Vec<_> = (0..4).map(person_no).collect();
        let stated: Vec<_> = (1..6).map(|version| person_document_of(&home, &persons[0], version)).collect();
        let due: Vec<_> = (0..7).map(entitlement_no).collect();
        let mut writing = decided_household(store).await;
        person::insert_persons(&mut writing, &persons).await.unwrap();
        person::insert_person_documents(&mut writing, &stated).await.unwrap();
        entitlement::insert_entitlements(&mut writing, &due).await.unwrap();
        for number in 0..8 {
            change_request::insert_change_request(&mut writing, &change_request_of(&home, number)).await.unwrap();
        }
        audit::append_leaves(&mut writing, &(0..9).map(leaf_no).collect::<Vec<_>>()).await.unwrap();
        let expected = Counts {
            households: 1,
            documents: 1,
            persons: 4,
            person_documents: 5,
            determinations: 1,
            decisions: 1,
            entitlements: 7,
            change_requests: 8,
            leaves: 9,
            archived: 0,
        };
        assert_eq!(counts(&mut writing).await.unwrap(), expected);
    }
}
