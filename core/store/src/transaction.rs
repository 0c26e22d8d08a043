//! A transaction: what every function of this crate works in. The kernel begins it and commits it.

use sqlx::{Any, AnyConnection};

use crate::error::StoreError;

/// A transaction. Dropped without `commit`, it leaves nothing.
pub struct Transaction(pub(crate) sqlx::Transaction<'static, Any>);

impl Transaction {
    /// Makes everything that was written durable, all at once.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.0.commit().await.map_err(StoreError::Commit)
    }

    /// Undoes everything that was written.
    pub async fn roll_back(self) -> Result<(), StoreError> {
        self.0.rollback().await.map_err(StoreError::RollBack)
    }

    pub(crate) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, county, determination_of, household_no, sealed_bytes, sqlite};
    use crate::{Store, archive, audit, counts, determination, durability, household, idempotency};

    fn may_move_between_threads(_: impl Send) {}

    /// The server's threads share all work, so every future of this crate has to be `Send`; nothing is run here.
    fn spawned(store: &Store, mut transaction: Transaction) {
        let t = &mut transaction;
        let home = household_no(1);
        let result = determination_of(&home, 1).id;
        let answer = idempotency::Answer { status: 201, sealed: sealed_bytes(1) };
        may_move_between_threads(household::household(t, home.id));
        may_move_between_threads(household::households_after(t, None, 1));
        may_move_between_threads(household::document(t, home.id, 1));
        may_move_between_threads(household::latest_document(t, home.id));
        may_move_between_threads(household::insert_households(t, &[]));
        may_move_between_threads(household::insert_documents(t, &[]));
        may_move_between_threads(determination::determination(t, result));
        may_move_between_threads(determination::determinations_of_household(t, home.id, None, 1));
        may_move_between_threads(determination::insert_determinations(t, &[]));
        may_move_between_threads(determination::reasons(t, result));
        may_move_between_threads(audit::append_leaves(t, &[]));
        may_move_between_threads(audit::leaves(t, county(), 0, 1));
        may_move_between_threads(audit::last_leaf(t, county()));
        may_move_between_threads(audit::leaves_about(t, "", 1));
        may_move_between_threads(audit::leaf_hashes(t, county(), 0, 1));
        may_move_between_threads(audit::heads(t, county(), 0, 1));
        may_move_between_threads(audit::last_head(t, county()));
        may_move_between_threads(audit::counties(t));
        may_move_between_threads(archive::archived(t, ""));
        may_move_between_threads(archive::digests(t));
        may_move_between_threads(idempotency::claimed(t, "", ""));
        may_move_between_threads(idempotency::answer(t, "", "", &answer));
        may_move_between_threads(idempotency::forget_before(t, at("2026-01-01T00:00:00Z")));
        may_move_between_threads(counts::counts(t));
        may_move_between_threads(durability::durability_findings(store));
        may_move_between_threads(Store::open(""));
        may_move_between_threads(store.begin_read());
        may_move_between_threads(store.begin_write([county()]));
        may_move_between_threads(transaction.commit());
    }

    #[tokio::test]
    async fn every_future_may_move_between_threads() {
        let database = sqlite().await;
        spawned(&database.store, database.store.begin_read().await.unwrap());
        database.remove().await;
    }
}
