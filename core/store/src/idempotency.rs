//! Idempotency keys: a create that is sent twice is done once and answered twice.

use jiff::Timestamp;
use nuan_vocabulary::division::DivisionCode;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::insert::AnyQuery;
use crate::row::{parsed, sealed, text, text_or_none};
use crate::sealed::Sealed;
use crate::transaction::Transaction;

/// A request under an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who asks; keys of different actors never meet.
    pub actor: String,
    /// The key that the actor chose.
    pub key: String,
    /// The county of what is created.
    pub county: DivisionCode,
    /// What is asked for.
    pub route: String,
    /// The digest of the request, so that a key reused for another request is noticed.
    pub request_digest: String,
    /// When it was first asked.
    pub created_at: Timestamp,
}

/// The answer that was given, sealed since it holds what the request created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: i64,
    /// The body.
    pub sealed: Sealed,
}

/// A request that came first, and its answer once there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The request.
    pub claim: Claim,
    /// Its answer; none while it is under way.
    pub answer: Option<Answer>,
}

const CLAIM: &str = "
insert into idempotency_key (actor, key, county, route, request_digest, created_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (actor, key) do nothing";

const CLAIM_WITH_ANSWER: &str = "
insert into idempotency_key
  (actor, key, county, route, request_digest, created_at, status, key_id, ciphertext)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (actor, key) do nothing";

const CLAIMED: &str = "
select actor, key, county, route, request_digest, created_at, status, key_id, ciphertext
from idempotency_key
where actor = $1 and key = $2";

const ANSWER: &str = "
update idempotency_key
set status = $3, key_id = $4, ciphertext = $5
where actor = $1 and key = $2 and status is null";

/// The oldest first, along the index of ages.
const FORGET: &str = "
delete from idempotency_key
where (actor, key) in (
  select actor, key
  from idempotency_key
  where created_at < $1
  order by created_at
  limit $2
)
returning key_id";

/// Claims a key. `None`: it was free and is now this request's. Otherwise: the request that has it.
///
/// While another transaction is claiming the same key, this waits for its end.
pub async fn claim(transaction: &mut Transaction, claim: &Claim) -> Result<Option<Claimed>, StoreError> {
    loop {
        if insert(transaction, claim).await.map_err(StoreError::WriteIdempotencyKey)? {
            return Ok(None);
        }
        if let Some(first) = claimed(transaction, &claim.actor, &claim.key).await? {
            return Ok(Some(first));
        }
        // The key was forgotten between the two statements, and so is free now.
    }
}

/// Claims a key for a request whose answer is known already, in one statement. As `claim` otherwise.
pub async fn claim_with(
    transaction: &mut Transaction,
    claim: &Claim,
    answer: &Answer,
) -> Result<Option<Claimed>, StoreError> {
    loop {
        let query = bind_claim(sqlx::query(CLAIM_WITH_ANSWER), claim)
            .bind(answer.status)
            .bind(answer.sealed.key_id.as_str())
            .bind(answer.sealed.ciphertext.as_slice());
        let inserted = query.execute(transaction.connection()).await.map_err(StoreError::WriteIdempotencyKey)?;
        if inserted.rows_affected() == 1 {
            return Ok(None);
        }
        if let Some(first) = claimed(transaction, &claim.actor, &claim.key).await? {
            return Ok(Some(first));
        }
    }
}

/// The request that has this key.
pub async fn claimed(transaction: &mut Transaction, actor: &str, key: &str) -> Result<Option<Claimed>, StoreError> {
    let query = sqlx::query(CLAIMED).bind(actor).bind(key);
    let row = query.fetch_optional(transaction.connection()).await.map_err(StoreError::ReadIdempotencyKey)?;
    row.as_ref().map(to_claimed).transpose().map_err(StoreError::ReadIdempotencyKey)
}

/// Keeps the answer to a request; says whether its key was claimed and had none.
pub async fn answer(
    transaction: &mut Transaction,
    actor: &str,
    key: &str,
    answer: &Answer,
) -> Result<bool, StoreError> {
    let query = sqlx::query(ANSWER)
        .bind(actor)
        .bind(key)
        .bind(answer.status)
        .bind(answer.sealed.key_id.as_str())
        .bind(answer.sealed.ciphertext.as_slice());
    let updated = query.execute(transaction.connection()).await.map_err(StoreError::WriteIdempotencyKey)?;
    Ok(updated.rows_affected() == 1)
}

/// Forgets at most `limit` keys from before this moment, to the second. For each that is forgotten: the data key under which
/// its answer was sealed, if there was an answer.
pub async fn forget_before(
    transaction: &mut Transaction,
    moment: Timestamp,
    limit: u32,
) -> Result<Vec<Option<String>>, StoreError> {
    let query = sqlx::query(FORGET).bind(moment.to_string()).bind(i64::from(limit));
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::WriteIdempotencyKey)?;
    let key_of = |row| text_or_none(row, "key_id").map(|id| id.map(str::to_owned));
    rows.iter().map(key_of).collect::<Result<_, _>>().map_err(StoreError::WriteIdempotencyKey)
}

/// Whether the key was free.
async fn insert(transaction: &mut Transaction, claim: &Claim) -> sqlx::Result<bool> {
    let query = bind_claim(sqlx::query(CLAIM), claim);
    Ok(query.execute(transaction.connection()).await?.rows_affected() == 1)
}

fn bind_claim<'q>(query: AnyQuery<'q>, claim: &'q Claim) -> AnyQuery<'q> {
    query
        .bind(claim.actor.as_str())
        .bind(claim.key.as_str())
        .bind(claim.county.to_string())
        .bind(claim.route.as_str())
        .bind(claim.request_digest.as_str())
        .bind(claim.created_at.to_string())
}

fn to_claimed(row: &AnyRow) -> sqlx::Result<Claimed> {
    let claim = Claim {
        actor: text(row, "actor")?.to_owned(),
        key: text(row, "key")?.to_owned(),
        county: parsed(row, "county")?,
        route: text(row, "route")?.to_owned(),
        request_digest: text(row, "request_digest")?.to_owned(),
        created_at: parsed(row, "created_at")?,
    };
    let status: Option<i64> = row.try_get("status")?;
    let answer = match status {
        Some(status) => Some(Answer { status, sealed: sealed(row)? }),
        None => None,
    };
    Ok(Claimed { claim, answer })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, county, on_both_databases, sealed_bytes};
    use crate::store::Store;

    on_both_databases! {
        a_repeated_request_finds_the_answer,
        a_claim_may_bring_its_answer,
        the_second_of_two_requests_at_once_waits_for_the_first,
        old_keys_are_forgotten,
    }

    fn request(key: &str) -> Claim {
        Claim {
            actor: "local-operator".to_owned(),
            key: key.to_owned(),
            county: county(),
            route: "POST /v1/households".to_owned(),
            request_digest: "d1".to_owned(),
            created_at: at("2026-01-02T00:00:00Z"),
        }
    }

    async fn a_repeated_request_finds_the_answer(store: &Store) {
        let given = Answer { status: 201, sealed: sealed_bytes(5) };
        let mut writing = store.begin_write([county()]).await.unwrap();
        assert_eq!(claim(&mut writing, &request("k")).await.unwrap(), None);
        let pending = claim(&mut writing, &request("k")).await.unwrap().unwrap();
        assert_eq!(pending, Claimed { claim: request("k"), answer: None });
        assert!(answer(&mut writing, "local-operator", "k", &given).await.unwrap());
        assert!(!answer(&mut writing, "local-operator", "k", &given).await.unwrap());
        assert!(!answer(&mut writing, "local-operator", "other", &given).await.unwrap());
        writing.commit().await.unwrap();

        let mut writing = store.begin_write([county()]).await.unwrap();
        let repeated = Claim { request_digest: "d2".to_owned(), ..request("k") };
        let found = claim(&mut writing, &repeated).await.unwrap().unwrap();
        assert_eq!(found, Claimed { claim: request("k"), answer: Some(given) });
        let other_actor = Claim { actor: "somebody".to_owned(), ..request("k") };
        assert_eq!(claim(&mut writing, &other_actor).await.unwrap(), None);
    }

    async fn a_claim_may_bring_its_answer(store: &Store) {
        let (given, other) =
            (Answer { status: 201, sealed: sealed_bytes(5) }, Answer { status: 201, sealed: sealed_bytes(6) });
        let mut writing = store.begin_write([county()]).await.unwrap();
        assert_eq!(claim_with(&mut writing, &request("k"), &given).await.unwrap(), None);
        let found = claim_with(&mut writing, &request("k"), &other).await.unwrap().unwrap();
        assert_eq!(found, Claimed { claim: request("k"), answer: Some(given) });
        assert_eq!(claim(&mut writing, &request("pending")).await.unwrap(), None);
        let pending = claim_with(&mut writing, &request("pending"), &other).await.unwrap().unwrap();
        assert_eq!(pending.answer, None);
    }

    async fn the_second_of_two_requests_at_once_waits_for_the_first(store: &Store) {
        let ask = async |store: Store| {
            let mut writing = store.begin_write([]).await.unwrap();
            let first = claim(&mut writing, &request("k")).await.unwrap();
            if first.is_none() {
                let given = Answer { status: 201, sealed: sealed_bytes(5) };
                assert!(answer(&mut writing, "local-operator", "k", &given).await.unwrap());
            }
            writing.commit().await.unwrap();
            first
        };
        let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(ask(store.clone()))).collect();
        let mut doers = 0;
        for task in tasks {
            match task.await.unwrap() {
                None => doers += 1,
                Some(claimed) => assert!(claimed.answer.is_some()),
            }
        }
        assert_eq!(doers, 1);
    }

    async fn old_keys_are_forgotten(store: &Store) {
        let mut writing = store.begin_write([county()]).await.unwrap();
        let given = Answer { status: 201, sealed: sealed_bytes(5) };
        for (number, key) in ["oldest", "older", "old"].into_iter().enumerate() {
            let created_at = at(&format!("2026-01-01T0{number}:00:00Z"));
            let claim = Claim { created_at, ..request(key) };
            claim_with(&mut writing, &claim, &given).await.unwrap();
        }
        let cut_off = Claim { created_at: at("2026-01-01T09:00:00Z"), ..request("cut-off") };
        claim(&mut writing, &cut_off).await.unwrap();
        claim(&mut writing, &request("new")).await.unwrap();
        let moment = at("2026-01-02T00:00:00Z");
        let sealed_under = Some(given.sealed.key_id);
        assert_eq!(forget_before(&mut writing, moment, 2).await.unwrap(), [sealed_under.clone(), sealed_under.clone()]);
        assert!(claimed(&mut writing, "local-operator", "old").await.unwrap().is_some(), "the oldest go first");
        let rest = forget_before(&mut writing, moment, 9).await.unwrap();
        assert_eq!((rest.len(), rest.contains(&None), rest.contains(&sealed_under)), (2, true, true));
        assert_eq!(claimed(&mut writing, "local-operator", "old").await.unwrap(), None);
        assert!(claimed(&mut writing, "local-operator", "new").await.unwrap().is_some());
        assert_eq!(forget_before(&mut writing, moment, 9).await.unwrap(), []);
    }
}
