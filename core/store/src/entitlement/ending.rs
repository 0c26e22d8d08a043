//! Why entitlements end: who said so, when, and the sealed reason. It is said once.

use jiff::Timestamp;
use nuan_vocabulary::id::EntitlementId;
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::row::{parsed, sealed, text};
use crate::sealed::Sealed;
use crate::transaction::Transaction;

/// The end of an entitlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntitlementEnd {
    /// The entitlement.
    pub entitlement_id: EntitlementId,
    /// Who ended it.
    pub ended_by: String,
    /// When that was said.
    pub ended_at: Timestamp,
    /// Why.
    pub sealed: Sealed,
}

const INSERT: &str = "
insert into entitlement_end (entitlement_id, ended_by, ended_at, key_id, ciphertext)
values ($1, $2, $3, $4, $5)";

const END: &str = "
select entitlement_id, ended_by, ended_at, key_id, ciphertext
from entitlement_end
where entitlement_id = $1";

/// Keeps why an entitlement ends; one of which that is known refuses it.
pub async fn insert_entitlement_end(transaction: &mut Transaction, end: &EntitlementEnd) -> Result<(), StoreError> {
    let query = sqlx::query(INSERT)
        .bind(end.entitlement_id.to_string())
        .bind(end.ended_by.as_str())
        .bind(end.ended_at.to_string())
        .bind(end.sealed.key_id.as_str())
        .bind(end.sealed.ciphertext.as_slice());
    query.execute(transaction.connection()).await.map_err(StoreError::WriteEntitlements)?;
    Ok(())
}

/// Why an entitlement ends, where somebody ended it.
pub async fn entitlement_end(
    transaction: &mut Transaction,
    id: EntitlementId,
) -> Result<Option<EntitlementEnd>, StoreError> {
    let query = sqlx::query(END).bind(id.to_string());
    let row = query.fetch_optional(transaction.connection()).await.map_err(StoreError::ReadEntitlements)?;
    row.as_ref().map(to_end).transpose().map_err(StoreError::ReadEntitlements)
}

fn to_end(row: &AnyRow) -> sqlx::Result<EntitlementEnd> {
    Ok(EntitlementEnd {
        entitlement_id: parsed(row, "entitlement_id")?,
        ended_by: text(row, "ended_by")?.to_owned(),
        ended_at: parsed(row, "ended_at")?,
        sealed: sealed(row)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entitlement::insert_entitlements;
    use crate::fixture::{at, decided_household, entitlement_no, on_both_databases, sealed_bytes};
    use crate::store::Store;

    on_both_databases! { an_end_is_said_once }

    async fn an_end_is_said_once(store: &Store) {
        let mut writing = decided_household(store).await;
        insert_entitlements(&mut writing, &[entitlement_no(0)]).await.unwrap();
        let (entitlement_id, ended_at) = (entitlement_no(0).id, at("2026-03-01T08:30:00.5Z"));
        let end = EntitlementEnd { entitlement_id, ended_by: "officer".to_owned(), ended_at, sealed: sealed_bytes(3) };
        assert_eq!(entitlement_end(&mut writing, entitlement_id).await.unwrap(), None);
        insert_entitlement_end(&mut writing, &end).await.unwrap();
        assert_eq!(entitlement_end(&mut writing, entitlement_id).await.unwrap(), Some(end.clone()));
        for change in ["update entitlement_end set ended_by = 'another'", "delete from entitlement_end"] {
            writing.savepoint().await.unwrap();
            let refused = sqlx::query(change).execute(writing.connection()).await.unwrap_err();
            assert!(refused.to_string().contains("entitlement_end is said once"), "{change}: {refused}");
            writing.roll_back_to_savepoint().await.unwrap();
        }
        assert!(insert_entitlement_end(&mut writing, &end).await.unwrap_err().is_duplicate());
    }
}
