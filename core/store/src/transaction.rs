//! A transaction: what every function of this crate works in. The kernel begins it and commits it.

use sqlx::{Any, AnyConnection};

use crate::error::StoreError;

const SAVEPOINT: &str = "
savepoint act";

const RELEASE: &str = "
release savepoint act";

const ROLL_BACK_TO_SAVEPOINT: &str = "
rollback to savepoint act";

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

    /// Marks the point to which the act that begins here can be undone alone. One at a time: they do not nest.
    pub async fn savepoint(&mut self) -> Result<(), StoreError> {
        sqlx::query(SAVEPOINT).execute(self.connection()).await.map_err(StoreError::Savepoint)?;
        Ok(())
    }

    /// Keeps what was written since the savepoint as part of the transaction.
    pub async fn release(&mut self) -> Result<(), StoreError> {
        sqlx::query(RELEASE).execute(self.connection()).await.map_err(StoreError::Savepoint)?;
        Ok(())
    }

    /// Undoes what was written since the savepoint, and removes it. The transaction goes on, also after a failed query.
    pub async fn roll_back_to_savepoint(&mut self) -> Result<(), StoreError> {
        sqlx::query(ROLL_BACK_TO_SAVEPOINT).execute(self.connection()).await.map_err(StoreError::Savepoint)?;
        self.release().await
    }

    pub(crate) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change_request::ChangeState;
    use crate::fixture::{
        at, change_request_of, county, day, decision_on_no, determination_of, entitlement_no, household_no, match_of,
        on_both_databases, person_no, sealed_bytes, sqlite,
    };
    use crate::key_store::KeyStore;
    use crate::person_match::MatchState;
    use crate::witness_store::WitnessStore;
    use crate::{
        Store, archive, audit, backup, change_request, counts, decision, determination, durability, entitlement,
        household, idempotency, key_store, membership, person, person_index, person_match, witness_store,
    };

    on_both_databases! { an_act_is_undone_alone }

    /// Also after a query that failed, which leaves a PostgreSQL transaction of no use but for going back.
    async fn an_act_is_undone_alone(store: &Store) {
        let [one, two, three] = [1, 2, 3].map(household_no);
        let mut writing = store.begin_write([county()]).await.unwrap();
        writing.savepoint().await.unwrap();
        household::insert_households(&mut writing, std::slice::from_ref(&one)).await.unwrap();
        writing.release().await.unwrap();
        writing.savepoint().await.unwrap();
        let refused = household::insert_households(&mut writing, &[two.clone(), one.clone()]).await.unwrap_err();
        assert!(refused.is_duplicate(), "{refused:?}");
        writing.roll_back_to_savepoint().await.unwrap();
        writing.savepoint().await.unwrap();
        household::insert_households(&mut writing, std::slice::from_ref(&three)).await.unwrap();
        writing.release().await.unwrap();
        assert!(writing.release().await.is_err(), "none is left");
        drop(writing);

        let mut writing = store.begin_write([county()]).await.unwrap();
        for home in [&one, &two, &three] {
            writing.savepoint().await.unwrap();
            household::insert_households(&mut writing, std::slice::from_ref(home)).await.unwrap();
            if *home == two {
                writing.roll_back_to_savepoint().await.unwrap();
            } else {
                writing.release().await.unwrap();
            }
        }
        writing.commit().await.unwrap();
        let mut reading = store.begin_read().await.unwrap();
        assert_eq!(household::households_after(&mut reading, None, 9).await.unwrap(), [one, three]);
    }

    fn may_move_between_threads(_: impl Send) {}

    /// The server's threads share all work, so every future of this crate has to be `Send`; nothing is run here.
    fn spawned(store: &Store, mut transaction: Transaction) {
        let t = &mut transaction;
        may_move_between_threads(archive::archived(t, ""));
        may_move_between_threads(archive::digests(t));
        may_move_between_threads(idempotency::claimed(t, "", ""));
        let answer = idempotency::Answer { status: 201, sealed: sealed_bytes(1) };
        may_move_between_threads(idempotency::answer(t, "", "", &answer));
        may_move_between_threads(idempotency::forget_before(t, at("2026-01-01T00:00:00Z"), 1));
        may_move_between_threads(counts::counts(t));
        may_move_between_threads(backup::backup_into(store, ""));
        may_move_between_threads(backup::integrity(store));
        may_move_between_threads(backup::size(store));
        may_move_between_threads(durability::durability_findings(store));
        may_move_between_threads(Store::open(""));
        may_move_between_threads(store.begin_read());
        may_move_between_threads(store.begin_write([county()]));
        may_move_between_threads(t.savepoint());
        may_move_between_threads(t.release());
        may_move_between_threads(t.roll_back_to_savepoint());
        register(t);
        persons(t);
        decisions(t);
        logs(t);
        may_move_between_threads(transaction.commit());
    }

    fn register(t: &mut Transaction) {
        let (home, county, moment) = (household_no(1).id, county(), at("2026-01-01T00:00:00Z"));
        may_move_between_threads(household::household(t, home));
        may_move_between_threads(household::households_after(t, None, 1));
        may_move_between_threads(household::households_within(t, county, None, 1));
        may_move_between_threads(household::move_household(t, home, county, county));
        may_move_between_threads(household::end_household(t, home, moment));
        may_move_between_threads(household::document(t, home, 1));
        may_move_between_threads(household::latest_document(t, home));
        may_move_between_threads(household::documents_of_household(t, home, 0, 1));
        may_move_between_threads(household::documents_after(t, None, None, 1));
        may_move_between_threads(household::documents_within(t, county, None, 1));
        may_move_between_threads(household::insert_households(t, &[]));
        may_move_between_threads(household::insert_documents(t, &[]));
        may_move_between_threads(membership::insert_memberships(t, &[]));
        may_move_between_threads(membership::memberships_of_household(t, home));
        may_move_between_threads(membership::memberships_of_person(t, person_no(1).id));
        may_move_between_threads(membership::current_membership(t, person_no(1).id));
        may_move_between_threads(membership::leave(t, person_no(1).id, home, day("2026-01-01")));
        may_move_between_threads(membership::move_memberships(t, home, county));
    }

    fn persons(t: &mut Transaction) {
        let (one, home, county) = (person_no(1).id, household_no(1).id, county());
        may_move_between_threads(person::insert_persons(t, &[]));
        may_move_between_threads(person::person(t, one));
        may_move_between_threads(person::persons_after(t, None, 1));
        may_move_between_threads(person::move_person(t, one, county));
        may_move_between_threads(person::merge(t, one, one));
        may_move_between_threads(person::take_apart(t, one, one));
        may_move_between_threads(person::insert_person_documents(t, &[]));
        may_move_between_threads(person::person_document(t, one, 1));
        may_move_between_threads(person::latest_person_document(t, one));
        may_move_between_threads(person::person_documents_of(t, home, home));
        may_move_between_threads(person::person_documents_within(t, county, None, 1));
        may_move_between_threads(person::person_documents_listed(t, &[]));
        let identity = person_index::Identity { token: Vec::new(), person_id: one, county };
        may_move_between_threads(person_index::claim_identity(t, &identity));
        may_move_between_threads(person_index::person_with(t, &[]));
        may_move_between_threads(person_index::identities_of(t, one));
        may_move_between_threads(person_index::release_identity(t, &[], one));
        may_move_between_threads(person_index::give_identities(t, one, one, county));
        may_move_between_threads(person_index::insert_terms(t, &[]));
        may_move_between_threads(person_index::persons_by_term(t, county, &[], None, 1));
        may_move_between_threads(person_index::delete_terms_of(t, one));
        let (alike, open, moment) = (match_of(1, 1, 2), MatchState::Proposed, at("2026-01-01T00:00:00Z"));
        may_move_between_threads(person_match::propose_match(t, &alike));
        may_move_between_threads(person_match::person_match(t, alike.id));
        may_move_between_threads(person_match::matches_of_person(t, one));
        may_move_between_threads(person_match::matches_in_state(t, county, open, None, 1));
        may_move_between_threads(person_match::decide_match(t, alike.id, open, open, "", moment, &alike.sealed));
    }

    fn decisions(t: &mut Transaction) {
        let home = household_no(1);
        let result = determination_of(&home, 1).id;
        may_move_between_threads(determination::determination(t, result));
        may_move_between_threads(determination::determinations_of_household(t, home.id, None, 1));
        may_move_between_threads(determination::corrections_of(t, result));
        let scope = (home.county, day("2026-01-31"));
        may_move_between_threads(determination::current_determinations_within(t, scope, None, 1));
        may_move_between_threads(determination::insert_determinations(t, &[]));
        may_move_between_threads(determination::reasons(t, result));
        let request = change_request_of(&home, 1);
        let (by, at) = (String::new(), at("2026-01-01T00:00:00Z"));
        let decided = change_request::Decided { state: ChangeState::Refused, by, at, outcome: None };
        may_move_between_threads(change_request::insert_change_request(t, &request));
        may_move_between_threads(change_request::change_request(t, request.id));
        may_move_between_threads(change_request::change_requests_of_household(t, home.id, None, 1));
        may_move_between_threads(change_request::change_requests_in_state(t, home.county, decided.state, None, 1));
        may_move_between_threads(change_request::decide_change_request(t, request.id, &decided));
        let act = decision_on_no(1);
        may_move_between_threads(decision::insert_decision(t, &act));
        may_move_between_threads(decision::decision(t, act.id));
        may_move_between_threads(decision::decision_on(t, result));
        may_move_between_threads(decision::decisions_of_household(t, home.id, None, 1));
        let due = entitlement_no(1).id;
        may_move_between_threads(entitlement::insert_entitlements(t, &[]));
        may_move_between_threads(entitlement::entitlement(t, due));
        may_move_between_threads(entitlement::entitlements_of_household(t, home.id, None, 1));
        may_move_between_threads(entitlement::end_entitlement(t, due, day("2026-01-01")));
        may_move_between_threads(entitlement::supersede_entitlement(t, due, due));
        may_move_between_threads(entitlement::claim_benefits(t, &[]));
        may_move_between_threads(entitlement::active_benefits_of(t, person_no(1).id));
        may_move_between_threads(entitlement::release_benefits(t, due));
        may_move_between_threads(entitlement::release_ended_benefits(t, person_no(1).id, day("2026-01-01")));
        may_move_between_threads(entitlement::entitlement_end(t, due));
    }

    fn logs(t: &mut Transaction) {
        may_move_between_threads(audit::append_leaves(t, &[]));
        may_move_between_threads(audit::leaves(t, county(), 0, 1));
        may_move_between_threads(audit::last_leaf(t, county()));
        may_move_between_threads(audit::leaves_about(t, "", 1));
        may_move_between_threads(audit::leaf_hashes(t, county(), 0, 1));
        may_move_between_threads(audit::append_heads(t, &[]));
        may_move_between_threads(audit::heads(t, county(), 0, 1));
        may_move_between_threads(audit::last_head(t, county()));
        may_move_between_threads(audit::append_nodes(t, &[]));
        may_move_between_threads(audit::nodes(t, county(), 1, 0, 1));
        may_move_between_threads(audit::last_checkpoint(t));
        may_move_between_threads(audit::counties(t));
        let checkpoint = audit::Checkpoint { size: 1, note: String::new(), at: at("2026-01-01T00:00:00Z") };
        may_move_between_threads(audit::append_checkpoint(t, &checkpoint));
        may_move_between_threads(audit::checkpoints(t, 0, 1));
        let cosignature =
            audit::Cosignature { size: 1, witness: String::new(), line: String::new(), at: checkpoint.at };
        may_move_between_threads(audit::append_cosignature(t, &cosignature));
        may_move_between_threads(audit::cosignatures(t, 1));
        may_move_between_threads(audit::last_cosigned(t, ""));
        may_move_between_threads(audit::count_cosignatures(t));
    }

    fn witness(store: &WitnessStore, t: &mut Transaction) {
        may_move_between_threads(WitnessStore::open(""));
        may_move_between_threads(store.begin_write());
        may_move_between_threads(witness_store::owner(t));
        may_move_between_threads(witness_store::give_to(t, "", at("2026-01-01T00:00:00Z")));
        may_move_between_threads(witness_store::witnessed(t, ""));
        may_move_between_threads(witness_store::all_witnessed(t));
        may_move_between_threads(witness_store::evidence(t));
    }

    fn keys(store: &KeyStore) {
        may_move_between_threads(KeyStore::open(""));
        may_move_between_threads(key_store::insert_keys(store, &[]));
        may_move_between_threads(key_store::keys(store, &[]));
        may_move_between_threads(key_store::keys_after(store, "", 1));
        may_move_between_threads(key_store::keys_wrapped_under(store, "", "", 1));
        may_move_between_threads(key_store::wrap_keys_in_use(store));
        may_move_between_threads(key_store::rewrap(store, "", &[]));
        may_move_between_threads(key_store::destroy(store, &[], at("2026-01-01T00:00:00Z")));
        may_move_between_threads(key_store::overwrite_destroyed(store));
    }

    #[tokio::test]
    async fn every_future_may_move_between_threads() {
        let database = sqlite().await;
        spawned(&database.store, database.store.begin_read().await.unwrap());
        let store = KeyStore::open("sqlite::memory:").await.unwrap();
        keys(&store);
        let store = WitnessStore::open("sqlite::memory:").await.unwrap();
        witness(&store, &mut database.store.begin_read().await.unwrap());
        database.remove().await;
    }
}
