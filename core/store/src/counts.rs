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
    /// Determinations.
    pub determinations: i64,
    /// Audit leaves.
    pub leaves: i64,
    /// Archived packages and catalogues.
    pub archived: i64,
}

const COUNTS: &str = "
select
  (select count(*) from household) as households,
  (select count(*) from household_document) as documents,
  (select count(*) from determination) as determinations,
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
        determinations: integer(row, "determinations")?,
        leaves: integer(row, "leaves")?,
        archived: integer(row, "archived")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{county, document_of, household_no, leaf_no, on_both_databases};
    use crate::store::Store;
    use crate::{audit, household};

    on_both_databases! { everything_is_counted }

    async fn everything_is_counted(store: &Store) {
        let homes: Vec<_> = (0..3).map(household_no).collect();
        let mut writing = store.begin_write([county()]).await.unwrap();
        household::insert_households(&mut writing, &homes).await.unwrap();
        household::insert_documents(&mut writing, &[document_of(&homes[0], 1), document_of(&homes[0], 2)])
            .await
            .unwrap();
        audit::append_leaves(&mut writing, &[leaf_no(0)]).await.unwrap();
        let expected = Counts { households: 3, documents: 2, determinations: 0, leaves: 1, archived: 0 };
        assert_eq!(counts(&mut writing).await.unwrap(), expected);
    }
}
