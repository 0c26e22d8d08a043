//! Reassessments (复核) of all households of a division: how far each has come.
//!
//! INVARIANT: one advances only from where it stands, so that of two who go on with it one is refused, and no household is
//! stored twice. For a date and a division one at a time is open.

use jiff::Timestamp;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{HouseholdId, ReassessmentId};
use sqlx::any::AnyRow;

use crate::error::StoreError;
use crate::household::shared_digits;
use crate::insert::AnyQuery;
use crate::row::{civil_date, integer, parsed, parsed_or_none, text};
use crate::transaction::Transaction;

/// A reassessment of all households of a division.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reassessment {
    /// Its id.
    pub id: ReassessmentId,
    /// The date it determines for.
    pub as_of: Date,
    /// The facts known then count.
    pub known_at: Timestamp,
    /// Whose households; the nation's are all.
    pub division: DivisionCode,
    /// The last household of the last batch; none: no batch is stored yet.
    pub after_household: Option<HouseholdId>,
    /// When it began.
    pub started_at: Timestamp,
    /// When everybody was done.
    pub finished_at: Option<Timestamp>,
    /// When somebody began another one in its place.
    pub given_up_at: Option<Timestamp>,
    /// What was counted so far, as JSON without personal data.
    pub tally: String,
}

/// A step of a reassessment: from where it stands to the last household of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    /// The reassessment.
    pub id: ReassessmentId,
    /// Where it stands.
    pub from: Option<HouseholdId>,
    /// The last household of the batch.
    pub to: HouseholdId,
    /// What was counted, this batch included.
    pub tally: String,
}

const INSERT: &str = "
insert into reassessment (id, as_of, known_at, division, started_at, tally)
values ($1, $2, $3, $4, $5, $6)";

const REASSESSMENT: &str = "
select id, as_of, known_at, division, after_household, started_at, finished_at, given_up_at, tally
from reassessment
where id = $1";

const OPEN: &str = "
select id, as_of, known_at, division, after_household, started_at, finished_at, given_up_at, tally
from reassessment
where as_of = $1 and division = $2 and finished_at is null and given_up_at is null";

const ADVANCE: &str = "
update reassessment
set after_household = $3, tally = $4
where id = $1 and finished_at is null and given_up_at is null and coalesce(after_household, '') = $2";

const FINISH: &str = "
update reassessment
set finished_at = $3
where id = $1 and finished_at is null and given_up_at is null and coalesce(after_household, '') = $2";

const GIVE_UP: &str = "
update reassessment
set given_up_at = $2
where id = $1 and finished_at is null and given_up_at is null";

const COUNT_WITHIN: &str = "
select count(*) as households
from household
where division >= $1 and division < $2";

/// Inserts a new reassessment; a second open one for the same date and division is refused as a duplicate. Where it
/// stands and how it ended are not read: it begins.
pub async fn insert_reassessment(transaction: &mut Transaction, row: &Reassessment) -> Result<(), StoreError> {
    let query = sqlx::query(INSERT)
        .bind(row.id.to_string())
        .bind(row.as_of.to_string())
        .bind(row.known_at.to_string())
        .bind(row.division.to_string())
        .bind(row.started_at.to_string())
        .bind(row.tally.as_str());
    query.execute(transaction.connection()).await.map_err(StoreError::WriteReassessment)?;
    Ok(())
}

/// The reassessment with this id.
pub async fn reassessment(
    transaction: &mut Transaction,
    id: ReassessmentId,
) -> Result<Option<Reassessment>, StoreError> {
    one(transaction, sqlx::query(REASSESSMENT).bind(id.to_string())).await
}

/// The one for this date and division that is neither finished nor given up.
pub async fn open_reassessment(
    transaction: &mut Transaction,
    as_of: Date,
    division: DivisionCode,
) -> Result<Option<Reassessment>, StoreError> {
    one(transaction, sqlx::query(OPEN).bind(as_of.to_string()).bind(division.to_string())).await
}

/// Notes that a batch is stored, in the transaction that stores it. No: it stands elsewhere by now, or has ended.
pub async fn advance(transaction: &mut Transaction, step: &Advance) -> Result<bool, StoreError> {
    let query = sqlx::query(ADVANCE).bind(step.id.to_string()).bind(place(step.from)).bind(step.to.to_string());
    is_done(transaction, query.bind(step.tally.as_str())).await
}

/// Ends a reassessment that stands at the last household. No: it stands elsewhere by now, or has ended.
pub async fn finish(
    transaction: &mut Transaction,
    id: ReassessmentId,
    from: Option<HouseholdId>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    is_done(transaction, sqlx::query(FINISH).bind(id.to_string()).bind(place(from)).bind(at.to_string())).await
}

/// Gives up a reassessment; what it stored stays. No: it has ended.
pub async fn give_up(transaction: &mut Transaction, id: ReassessmentId, at: Timestamp) -> Result<bool, StoreError> {
    is_done(transaction, sqlx::query(GIVE_UP).bind(id.to_string()).bind(at.to_string())).await
}

/// How many households there are in a division, ended ones too.
pub async fn count_households_within(transaction: &mut Transaction, division: DivisionCode) -> Result<i64, StoreError> {
    let first = shared_digits(division);
    let beyond = format!("{first}~");
    let query = sqlx::query(COUNT_WITHIN).bind(first).bind(beyond);
    let row = query.fetch_one(transaction.connection()).await.map_err(StoreError::ReadReassessment)?;
    integer(&row, "households").map_err(StoreError::ReadReassessment)
}

/// A place as the statements compare it.
fn place(after: Option<HouseholdId>) -> String {
    after.map(String::from).unwrap_or_default()
}

async fn is_done(transaction: &mut Transaction, query: AnyQuery<'_>) -> Result<bool, StoreError> {
    let done = query.execute(transaction.connection()).await.map_err(StoreError::WriteReassessment)?;
    Ok(done.rows_affected() == 1)
}

async fn one(transaction: &mut Transaction, query: AnyQuery<'_>) -> Result<Option<Reassessment>, StoreError> {
    let row = query.fetch_optional(transaction.connection()).await.map_err(StoreError::ReadReassessment)?;
    row.as_ref().map(to_reassessment).transpose().map_err(StoreError::ReadReassessment)
}

fn to_reassessment(row: &AnyRow) -> sqlx::Result<Reassessment> {
    Ok(Reassessment {
        id: parsed(row, "id")?,
        as_of: civil_date(row, "as_of")?,
        known_at: parsed(row, "known_at")?,
        division: parsed(row, "division")?,
        after_household: parsed_or_none(row, "after_household")?,
        started_at: parsed(row, "started_at")?,
        finished_at: parsed_or_none(row, "finished_at")?,
        given_up_at: parsed_or_none(row, "given_up_at")?,
        tally: text(row, "tally")?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::fixture::{at, county, day, household_no, on_both_databases, sqlite};
    use crate::household::insert_households;
    use crate::store::Store;

    on_both_databases! {
        a_reassessment_begins_advances_and_ends,
        it_advances_only_from_where_it_stands,
        one_at_a_time_is_open_for_a_date_and_a_division,
        households_of_a_division_are_counted,
    }

    fn reassessment_no(number: u128, division: &str) -> Reassessment {
        Reassessment {
            id: ReassessmentId::from_uuid(Uuid::from_u128(number)),
            as_of: day("2026-01-31"),
            known_at: at("2026-02-01T00:00:00.123456789Z"),
            division: division.parse().unwrap(),
            after_household: None,
            started_at: at("2026-02-01T00:00:00.5Z"),
            finished_at: None,
            given_up_at: None,
            tally: "{}".to_owned(),
        }
    }

    /// A reassessment of all over some households.
    async fn begun(store: &Store) -> (Reassessment, Transaction) {
        let begun = reassessment_no(1, "000000");
        let mut writing = store.begin_write([county()]).await.unwrap();
        insert_households(&mut writing, &[1, 2, 3].map(household_no)).await.unwrap();
        insert_reassessment(&mut writing, &begun).await.unwrap();
        (begun, writing)
    }

    fn step(from: Option<u32>, to: u32) -> Advance {
        let id = reassessment_no(1, "000000").id;
        let from = from.map(|number| household_no(number).id);
        Advance { id, from, to: household_no(to).id, tally: format!("{{\"to\":{to}}}") }
    }

    async fn a_reassessment_begins_advances_and_ends(store: &Store) {
        let (begun, mut writing) = begun(store).await;
        assert_eq!(reassessment(&mut writing, begun.id).await.unwrap(), Some(begun.clone()));
        assert!(advance(&mut writing, &step(None, 1)).await.unwrap());
        assert!(advance(&mut writing, &step(Some(1), 3)).await.unwrap());
        let moved =
            Reassessment { after_household: Some(household_no(3).id), tally: "{\"to\":3}".to_owned(), ..begun.clone() };
        assert_eq!(open_reassessment(&mut writing, begun.as_of, begun.division).await.unwrap(), Some(moved.clone()));
        let end = at("2026-02-01T01:00:00Z");
        assert!(finish(&mut writing, begun.id, moved.after_household, end).await.unwrap());
        assert_eq!(open_reassessment(&mut writing, begun.as_of, begun.division).await.unwrap(), None);
        let ended = Reassessment { finished_at: Some(end), ..moved };
        assert_eq!(reassessment(&mut writing, begun.id).await.unwrap(), Some(ended));
        assert!(!give_up(&mut writing, begun.id, end).await.unwrap(), "it has ended");
    }

    async fn it_advances_only_from_where_it_stands(store: &Store) {
        let (begun, mut writing) = begun(store).await;
        assert!(!advance(&mut writing, &step(Some(1), 2)).await.unwrap(), "no batch is stored yet");
        assert!(advance(&mut writing, &step(None, 1)).await.unwrap());
        assert!(!advance(&mut writing, &step(None, 2)).await.unwrap(), "somebody else was faster");
        let end = at("2026-02-01T01:00:00Z");
        assert!(!finish(&mut writing, begun.id, None, end).await.unwrap());
        assert!(give_up(&mut writing, begun.id, end).await.unwrap());
        assert!(!advance(&mut writing, &step(Some(1), 2)).await.unwrap(), "it was given up");
        assert!(!finish(&mut writing, begun.id, Some(household_no(1).id), end).await.unwrap());
    }

    async fn one_at_a_time_is_open_for_a_date_and_a_division(store: &Store) {
        let (begun, mut writing) = begun(store).await;
        insert_reassessment(&mut writing, &reassessment_no(2, "999901")).await.unwrap();
        writing.savepoint().await.unwrap();
        let second = insert_reassessment(&mut writing, &reassessment_no(3, "000000")).await.unwrap_err();
        assert!(second.is_duplicate(), "{second:?}");
        writing.roll_back_to_savepoint().await.unwrap();
        assert!(give_up(&mut writing, begun.id, at("2026-02-01T01:00:00Z")).await.unwrap());
        insert_reassessment(&mut writing, &reassessment_no(3, "000000")).await.unwrap();
        let open = open_reassessment(&mut writing, begun.as_of, begun.division).await.unwrap();
        assert_eq!(open.map(|open| open.id), Some(reassessment_no(3, "000000").id));
    }

    async fn households_of_a_division_are_counted(store: &Store) {
        let (_begun, mut writing) = begun(store).await;
        let all: DivisionCode = "000000".parse().unwrap();
        assert_eq!(count_households_within(&mut writing, all).await.unwrap(), 3);
        let own = household_no(1).county;
        assert_eq!(count_households_within(&mut writing, own).await.unwrap(), 3);
        assert_eq!(count_households_within(&mut writing, "330106".parse().unwrap()).await.unwrap(), 0);
    }

    fn may_move_between_threads(_: impl Send) {}

    /// Nothing is run here.
    fn spawned(t: &mut Transaction, row: &Reassessment) {
        may_move_between_threads(insert_reassessment(t, row));
        may_move_between_threads(reassessment(t, row.id));
        may_move_between_threads(open_reassessment(t, row.as_of, row.division));
        may_move_between_threads(advance(t, &step(None, 1)));
        may_move_between_threads(finish(t, row.id, None, row.started_at));
        may_move_between_threads(give_up(t, row.id, row.started_at));
        may_move_between_threads(count_households_within(t, row.division));
    }

    #[tokio::test]
    async fn every_future_may_move_between_threads() {
        let database = sqlite().await;
        spawned(&mut database.store.begin_read().await.unwrap(), &reassessment_no(1, "000000"));
        database.remove().await;
    }
}
