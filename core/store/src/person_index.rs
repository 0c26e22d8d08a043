//! By what persons are recognized and found: tokens that are keyed digests, of which the store knows neither key nor text.
//!
//! INVARIANT: one identity token (of a document number) belongs to one person, across all counties.

use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{HouseholdId, PersonId};
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::insert::{AnyQuery, Insert, insert_rows};
use crate::row::{blob, parsed};
use crate::transaction::Transaction;

/// A document number of a person, as a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The token.
    pub token: Vec<u8>,
    /// Whose it is.
    pub person_id: PersonId,
    /// The person's county.
    pub county: DivisionCode,
}

/// One thing that a person is found by in a county, as a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The county in which it is searched.
    pub county: DivisionCode,
    /// The token.
    pub token: Vec<u8>,
    /// Who is found.
    pub person_id: PersonId,
    /// The household to which the person belongs.
    pub household_id: HouseholdId,
}

const CLAIM: &str = "
insert into person_identity (token, person_id, county)
values ($1, $2, $3)
on conflict (token) do nothing";

const IDENTITY: &str = "
select token, person_id, county
from person_identity
where token = $1";

const IDENTITIES_OF: &str = "
select token, person_id, county
from person_identity
where person_id = $1
order by token";

const RELEASE: &str = "
delete from person_identity
where token = $1 and person_id = $2";

const GIVE: &str = "
update person_identity
set person_id = $2, county = $3
where person_id = $1";

const INSERT_TERMS: Insert = insert_rows!("insert into person_term (county, token, person_id, household_id)", 4);

const BY_TERM: &str = "
select county, token, person_id, household_id
from person_term
where county = $1 and token = $2 and person_id > $3
order by person_id
limit $4";

const DELETE_TERMS: &str = "
delete from person_term
where person_id = $1";

/// Claims a document number for a person. `None`: it was free, or this person's already. Otherwise: whose it is.
///
/// While another transaction is claiming the same number, this waits for its end.
pub async fn claim_identity(
    transaction: &mut Transaction,
    identity: &Identity,
) -> Result<Option<Identity>, StoreError> {
    loop {
        if insert_identity(transaction, identity).await.map_err(StoreError::WritePersonIndex)? {
            return Ok(None);
        }
        if let Some(owner) = person_with(transaction, &identity.token).await? {
            return Ok(Some(owner).filter(|owner| owner.person_id != identity.person_id));
        }
        // The number was released between the two statements, and so is free now.
    }
}

/// Whose this document number is.
pub async fn person_with(transaction: &mut Transaction, token: &[u8]) -> Result<Option<Identity>, StoreError> {
    let query = sqlx::query(IDENTITY).bind(token);
    let row = query.fetch_optional(transaction.connection()).await.map_err(StoreError::ReadPersonIndex)?;
    row.as_ref().map(to_identity).transpose().map_err(StoreError::ReadPersonIndex)
}

/// The document numbers of a person.
pub async fn identities_of(transaction: &mut Transaction, id: PersonId) -> Result<Vec<Identity>, StoreError> {
    let query = sqlx::query(IDENTITIES_OF).bind(id.to_string());
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadPersonIndex)?;
    rows.iter().map(to_identity).collect::<Result<_, _>>().map_err(StoreError::ReadPersonIndex)
}

/// Frees a document number that is this person's; says whether it was.
pub async fn release_identity(transaction: &mut Transaction, token: &[u8], id: PersonId) -> Result<bool, StoreError> {
    let query = sqlx::query(RELEASE).bind(token).bind(id.to_string());
    let released = query.execute(transaction.connection()).await.map_err(StoreError::WritePersonIndex)?;
    Ok(released.rows_affected() == 1)
}

/// Gives all document numbers of a person to a person in a county: the same one, who moves, or the one that remains of two
/// records. Says how many there are.
pub async fn give_identities(
    transaction: &mut Transaction,
    from: PersonId,
    to: PersonId,
    county: DivisionCode,
) -> Result<u64, StoreError> {
    let query = sqlx::query(GIVE).bind(from.to_string()).bind(to.to_string()).bind(county.to_string());
    let given = query.execute(transaction.connection()).await.map_err(StoreError::WritePersonIndex)?;
    Ok(given.rows_affected())
}

/// Inserts what persons are found by; a term that a person has already refuses all.
pub async fn insert_terms(transaction: &mut Transaction, terms: &[Term]) -> Result<(), StoreError> {
    INSERT_TERMS.all(transaction.connection(), terms, bind_term).await.map_err(StoreError::WritePersonIndex)
}

/// At most `limit` persons of a county with this term in the order of their ids, from the first, or from the one after
/// `after`.
pub async fn persons_by_term(
    transaction: &mut Transaction,
    county: DivisionCode,
    token: &[u8],
    after: Option<PersonId>,
    limit: u32,
) -> Result<Vec<Term>, StoreError> {
    let after = after.map(String::from).unwrap_or_default();
    let query = sqlx::query(BY_TERM).bind(county.to_string()).bind(token).bind(after).bind(i64::from(limit));
    let rows = query.fetch_all(transaction.connection()).await.map_err(StoreError::ReadPersonIndex)?;
    rows.iter().map(to_term).collect::<Result<_, _>>().map_err(StoreError::ReadPersonIndex)
}

/// Forgets what a person is found by, before it is indexed anew or when it is erased; says how many terms there were.
pub async fn delete_terms_of(transaction: &mut Transaction, id: PersonId) -> Result<u64, StoreError> {
    let query = sqlx::query(DELETE_TERMS).bind(id.to_string());
    let deleted = query.execute(transaction.connection()).await.map_err(StoreError::WritePersonIndex)?;
    Ok(deleted.rows_affected())
}

/// Whether the number was free.
async fn insert_identity(transaction: &mut Transaction, identity: &Identity) -> sqlx::Result<bool> {
    let query = sqlx::query(CLAIM)
        .bind(identity.token.as_slice())
        .bind(identity.person_id.to_string())
        .bind(identity.county.to_string());
    Ok(query.execute(transaction.connection()).await?.rows_affected() == 1)
}

fn bind_term<'q>(query: AnyQuery<'q>, row: &'q Term) -> AnyQuery<'q> {
    query
        .bind(row.county.to_string())
        .bind(row.token.as_slice())
        .bind(row.person_id.to_string())
        .bind(row.household_id.to_string())
}

pub(crate) fn to_identity(row: &AnyRow) -> sqlx::Result<Identity> {
    Ok(Identity {
        token: blob(row, "token")?.to_vec(),
        person_id: parsed(row, "person_id")?,
        county: parsed(row, "county")?,
    })
}

pub(crate) fn to_term(row: &AnyRow) -> sqlx::Result<Term> {
    Ok(Term {
        county: parsed(row, "county")?,
        token: blob(row, "token")?.to_vec(),
        person_id: parsed(row, "person_id")?,
        household_id: parsed(row, "household_id")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{county, household_no, on_both_databases, person_no};
    use crate::person::insert_persons;
    use crate::store::Store;

    on_both_databases! {
        one_number_is_one_person_across_counties,
        a_number_is_released_and_given,
        of_two_claims_at_once_one_succeeds,
        persons_are_found_by_term_page_by_page,
    }

    fn identity(token: u8, person: u32) -> Identity {
        Identity { token: vec![token, 0, 255], person_id: person_no(person).id, county: county() }
    }

    fn term(token: u8, person: u32) -> Term {
        Term {
            county: county(),
            token: vec![token, 0, 255],
            person_id: person_no(person).id,
            household_id: household_no(person).id,
        }
    }

    async fn registered(store: &Store) -> Transaction {
        let mut writing = store.begin_write([]).await.unwrap();
        insert_persons(&mut writing, &[1, 2].map(person_no)).await.unwrap();
        writing
    }

    async fn one_number_is_one_person_across_counties(store: &Store) {
        let mut writing = registered(store).await;
        assert_eq!(claim_identity(&mut writing, &identity(1, 1)).await.unwrap(), None);
        assert_eq!(claim_identity(&mut writing, &identity(1, 1)).await.unwrap(), None, "it is this person's");
        let elsewhere = Identity { county: "999902".parse().unwrap(), ..identity(1, 2) };
        assert_eq!(claim_identity(&mut writing, &elsewhere).await.unwrap(), Some(identity(1, 1)));
        assert_eq!(claim_identity(&mut writing, &identity(2, 2)).await.unwrap(), None);
        assert_eq!(person_with(&mut writing, &[2, 0, 255]).await.unwrap(), Some(identity(2, 2)));
        assert_eq!(person_with(&mut writing, &[3, 0, 255]).await.unwrap(), None);
    }

    async fn a_number_is_released_and_given(store: &Store) {
        let mut writing = registered(store).await;
        for token in [1, 2] {
            assert_eq!(claim_identity(&mut writing, &identity(token, 1)).await.unwrap(), None);
        }
        assert!(!release_identity(&mut writing, &[1, 0, 255], person_no(2).id).await.unwrap());
        assert!(release_identity(&mut writing, &[1, 0, 255], person_no(1).id).await.unwrap());
        assert_eq!(identities_of(&mut writing, person_no(1).id).await.unwrap(), [identity(2, 1)]);
        let (one, two) = (person_no(1).id, person_no(2).id);
        assert_eq!(give_identities(&mut writing, one, two, county()).await.unwrap(), 1);
        assert_eq!(identities_of(&mut writing, two).await.unwrap(), [identity(2, 2)]);
    }

    async fn of_two_claims_at_once_one_succeeds(store: &Store) {
        registered(store).await.commit().await.unwrap();
        let ask = async |store: Store, person: u32| {
            let mut writing = store.begin_write([]).await.unwrap();
            let owner = claim_identity(&mut writing, &identity(1, person)).await.unwrap();
            writing.commit().await.unwrap();
            owner
        };
        let tasks = [1, 2].map(|person| tokio::spawn(ask(store.clone(), person)));
        let mut owners = Vec::new();
        for task in tasks {
            owners.extend(task.await.unwrap());
        }
        assert_eq!(owners.len(), 1);
    }

    async fn persons_are_found_by_term_page_by_page(store: &Store) {
        let mut all: Vec<Term> = (0..37).map(|n| term(1, n)).collect();
        all.push(term(2, 5));
        all.push(Term { county: "999902".parse().unwrap(), ..term(1, 99) });
        let mut writing = store.begin_write([]).await.unwrap();
        insert_terms(&mut writing, &all).await.unwrap();
        let token = [1, 0, 255];
        let first = persons_by_term(&mut writing, county(), &token, None, 30).await.unwrap();
        assert_eq!(first, all[..30]);
        let rest = persons_by_term(&mut writing, county(), &token, Some(all[29].person_id), 30).await.unwrap();
        assert_eq!(rest, all[30..37]);
        assert_eq!(delete_terms_of(&mut writing, person_no(5).id).await.unwrap(), 2);
        assert_eq!(persons_by_term(&mut writing, county(), &[2, 0, 255], None, 30).await.unwrap(), []);
        assert_eq!(persons_by_term(&mut writing, county(), &token, None, 99).await.unwrap().len(), 36);
    }
}
