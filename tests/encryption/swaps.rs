//! Whoever can write to the database moves sealed contents between rows, columns, versions and keys: every one fails closed,
//! with a code, and nobody's data is shown in another's place.

use nuan_domain::crypto::CryptoSuite;
use nuan_kernel::{Actor, Kernel, KernelError};
use nuan_tests::installation::Database;
use nuan_vocabulary::id::{ChangeRequestId, DeterminationId, HouseholdId, MatchId};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};

use super::entry::{enter, record};
use super::{fresh_postgres, kernel};
use crate::canaries::Canary;

/// How a row is asked for.
#[derive(Clone)]
enum Asks {
    Household(HouseholdId),
    Replay(DeterminationId),
    Determination(DeterminationId),
    Change(ChangeRequestId),
    Match(MatchId),
    Again(String, String),
}

/// A table of sealed contents: its key, its open columns that are bound, and the columns of each sealed content.
struct Table {
    name: &'static str,
    bound: &'static [&'static str],
    sealed: &'static [[&'static str; 2]],
    rows: Vec<(String, Asks)>,
}

const CONTENT: [&str; 2] = ["key_id", "ciphertext"];
const OUTCOME: [&str; 2] = ["outcome_key_id", "outcome_ciphertext"];
const DOCUMENT: &[&str] = &["county", "received_at", "known_at"];
const DETERMINATION: &[&str] =
    &["household_id", "document_version", "county", "as_of", "known_at", "created_at", "corrects"];
const CHANGE: &[&str] = &[
    "county",
    "household_id",
    "base_version",
    "kind",
    "submitted_by",
    "submitted_at",
    "state",
    "decided_by",
    "decided_at",
];

/// Every version of a household with a determination that rests on it.
const DOCUMENTS: &str = "
select d.household_id, cast(d.version as text), max(x.id)
from household_document d
join determination x on x.household_id = d.household_id and x.document_version = d.version
where d.household_id in HOMES
group by d.household_id, d.version
order by d.household_id, d.version";

/// What is stated of each person, at its newest.
const PERSONS: &str = "
select household_id, person_id, cast(max(version) as text)
from person_document
where household_id in HOMES
group by household_id, person_id
order by household_id, person_id";

/// Another table's content under the same key.
const OF_ANOTHER_TABLE: &str = "
update TO
set ciphertext = (select o.ciphertext from FROM as o where o.key_id = TO.key_id limit 1)
where ROW";

/// A connection that respects no rule of the schema.
async fn connect(database: &Database) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let Some(file) = database.file() else {
        let mut connection = AnyConnection::connect(database.address().unwrap()).await.unwrap();
        run(&mut connection, "set session_replication_role = replica").await;
        return connection;
    };
    let mut connection = AnyConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    run(&mut connection, "pragma foreign_keys = off").await;
    run(&mut connection, "drop trigger change_request_update_refused").await;
    connection
}

/// Runs a statement; whether the database took it.
async fn took(connection: &mut AnyConnection, sql: &str) -> bool {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.is_ok()
}

async fn run(connection: &mut AnyConnection, sql: &str) {
    assert!(took(connection, sql).await, "{sql}");
}

/// What a query gives, as text.
async fn texts(connection: &mut AnyConnection, sql: &str) -> Vec<Vec<Option<String>>> {
    let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(connection).await;
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.iter().map(|row| (0..row.len()).map(|column| row.get(column)).collect()).collect()
}

/// A row without nulls.
fn whole(row: Vec<Option<String>>) -> [String; 3] {
    row.into_iter().map(Option::unwrap).collect::<Vec<_>>().try_into().unwrap()
}

async fn ask(kernel: &Kernel, asks: &Asks) -> Result<(), KernelError> {
    let actor = Actor::named("clerk").unwrap();
    match asks {
        Asks::Household(id) => kernel.household(&actor, *id).await.map(drop),
        Asks::Replay(id) => kernel.replay(&actor, *id).await.map(drop),
        Asks::Determination(id) => kernel.determination(&actor, *id).await.map(drop),
        Asks::Change(id) => kernel.change_request(&actor, *id).await.map(drop),
        Asks::Match(id) => kernel.person_match(&actor, *id).await.map(drop),
        Asks::Again(key, body) => record(kernel, &serde_json::from_str(body).unwrap(), key).await.map(drop),
    }
}

/// A flock, and where each of its rows lies.
async fn tables(kernel: &Kernel, connection: &mut AnyConnection, flock: &[Canary]) -> Vec<Table> {
    let entered = enter(kernel, flock).await;
    let listed = |ids: &[String]| format!("('{}')", ids.join("', '"));
    let homes = listed(&entered.households.iter().map(HouseholdId::to_string).collect::<Vec<_>>());
    let mut documents = Vec::new();
    for row in texts(connection, &DOCUMENTS.replace("HOMES", &homes)).await {
        let [home, version, determination] = whole(row);
        documents.push((
            format!("household_id = '{home}' and version = {version}"),
            Asks::Replay(determination.parse().unwrap()),
        ));
    }
    let mut persons = Vec::new();
    for row in texts(connection, &PERSONS.replace("HOMES", &homes)).await {
        let [home, person, version] = whole(row);
        persons
            .push((format!("person_id = '{person}' and version = {version}"), Asks::Household(home.parse().unwrap())));
    }
    let by_id = |id: String, asks| (format!("id = '{id}'"), asks);
    let answers = entered
        .requests
        .iter()
        .map(|(key, body)| (format!("actor = 'clerk' and key = '{key}'"), Asks::Again(key.clone(), body.clone())));
    let (mut determinations, mut reasons) = (Vec::new(), Vec::new());
    for id in entered.determinations.iter().take(8).copied() {
        determinations.push(by_id(id.to_string(), Asks::Determination(id)));
        reasons.push((format!("determination_id = '{id}'"), Asks::Determination(id)));
    }
    let changes = entered.changes.iter().map(|id| by_id(id.to_string(), Asks::Change(*id)));
    let matches = entered.matches.iter().map(|id| by_id(id.to_string(), Asks::Match(*id)));
    vec![
        Table { name: "household_document", bound: DOCUMENT, sealed: &[CONTENT], rows: documents },
        Table { name: "person_document", bound: DOCUMENT, sealed: &[CONTENT], rows: persons },
        Table { name: "determination", bound: DETERMINATION, sealed: &[CONTENT], rows: determinations },
        Table { name: "determination_reasons", bound: &["county"], sealed: &[CONTENT], rows: reasons },
        Table { name: "change_request", bound: CHANGE, sealed: &[CONTENT, OUTCOME], rows: changes.collect() },
        Table { name: "person_match", bound: &[], sealed: &[CONTENT], rows: matches.collect() },
        Table { name: "idempotency_key", bound: &[], sealed: &[CONTENT], rows: answers.collect() },
    ]
}

/// What is done to one row with another one's columns: their names, each with where its value comes from.
fn moves(table: &Table) -> Vec<Vec<(&'static str, &'static str)>> {
    let mut moves = Vec::new();
    for sealed in table.sealed {
        let own = |columns: &[&'static str]| columns.iter().map(|column| (*column, *column)).collect::<Vec<_>>();
        moves.push(own(&sealed[1..]));
        moves.push(own(&sealed[..1]));
        moves.push(own(sealed));
        moves.push([own(table.bound), own(sealed)].concat());
    }
    if let [first, second] = table.sealed {
        moves.push(vec![(first[0], second[0]), (first[1], second[1])]);
        moves.push(vec![(second[0], first[0]), (second[1], first[1])]);
    }
    moves.extend(table.bound.iter().map(|column| vec![(*column, *column)]));
    moves
}

struct Tally {
    tried: usize,
    open: Vec<String>,
}

/// Makes a move between two rows, asks, and puts everything back. A move that changes nothing is none.
async fn try_move(
    kernel: &Kernel,
    connection: &mut AnyConnection,
    table: &Table,
    pair: [usize; 2],
    columns: &[(&str, &str)],
    tally: &mut Tally,
) {
    let [(row, asks), (other, _)] = pair.map(|n| &table.rows[n]);
    let name = table.name;
    if !columns.iter().any(|(to, _)| to.contains("ciphertext")) {
        let shown: Vec<String> = columns.iter().map(|(_, from)| format!("cast({from} as text)")).collect();
        let shown = format!("select {} from {name} where ", shown.join(", "));
        if texts(connection, &format!("{shown}{row}")).await == texts(connection, &format!("{shown}{other}")).await {
            return;
        }
    }
    run(connection, &format!("create temporary table kept as select * from {name} where {row}")).await;
    let source = format!("{name} as o where o.{}", other.replace(" and ", " and o."));
    let taken: Vec<String> = columns.iter().map(|(to, of)| format!("{to} = (select {of} from {source})")).collect();
    tally.tried += 1;
    if took(connection, &format!("update {name} set {} where {row}", taken.join(", "))).await {
        tally.see(ask(kernel, asks).await, || format!("{name} {columns:?}"));
    }
    let back: Vec<String> = columns.iter().map(|(to, _)| format!("{to} = (select {to} from kept)")).collect();
    run(connection, &format!("update {name} set {} where {row}", back.join(", "))).await;
    run(connection, "drop table kept").await;
}

impl Tally {
    /// Only a refusal to open will do.
    fn see(&mut self, answer: Result<(), KernelError>, what: impl Fn() -> String) {
        match answer.map_err(|error| error.code()) {
            Err("NU6001") => {}
            other => self.open.push(format!("{}: {other:?}", what())),
        }
    }
}

async fn check(database: &Database, suite: CryptoSuite, flock: usize) {
    let first = kernel(database, suite, None).await;
    let canaries: Vec<Canary> = (0..18).map(|number| Canary::new(flock, number)).collect();
    let mut connection = connect(database).await;
    let tables = tables(&first, &mut connection, &canaries).await;
    let mut tally = Tally { tried: 0, open: Vec::new() };
    for table in &tables {
        assert!(table.rows.len() > 1, "{}: {} rows", table.name, table.rows.len());
        let count = table.rows.len().min(4);
        for pair in
            (0..count).flat_map(|one| (0..count).map(move |other| [one, other])).filter(|[one, other]| one != other)
        {
            for columns in moves(table) {
                try_move(&first, &mut connection, table, pair, &columns, &mut tally).await;
            }
        }
    }
    check_other_tables(&first, &mut connection, &tables, &mut tally).await;
    check_data_keys(database, suite, &tables, &mut tally).await;
    for table in &tables {
        for (row, asks) in &table.rows {
            ask(&first, asks).await.unwrap_or_else(|error| panic!("{} {row} is as it was: {error}", table.name));
        }
    }
    println!("T18 swaps, {}, seed none, N {}, failures {}", suite.name(), tally.tried, tally.open.len());
    assert_eq!(tally.open, Vec::<String>::new());
    assert!(tally.tried > 300, "{} moves", tally.tried);
}

/// A content of one table in another one, under the same key.
async fn check_other_tables(kernel: &Kernel, connection: &mut AnyConnection, tables: &[Table], tally: &mut Tally) {
    for (to, from) in [
        ("determination", "household_document"),
        ("household_document", "determination"),
        ("determination_reasons", "determination"),
    ] {
        for (row, asks) in &tables.iter().find(|table| table.name == to).unwrap().rows {
            run(connection, &format!("create temporary table kept as select * from {to} where {row}")).await;
            let moved = OF_ANOTHER_TABLE.replace("TO", to).replace("FROM", from).replace("ROW", row);
            run(connection, &moved).await;
            tally.tried += 1;
            tally.see(ask(kernel, asks).await, || format!("{to} from {from}"));
            run(connection, &format!("update {to} set ciphertext = (select ciphertext from kept) where {row}")).await;
            run(connection, "drop table kept").await;
        }
    }
}

/// Wrapped data keys that change places, and wrap keys that there are not. A kernel that was started later opens none of them.
async fn check_data_keys(database: &Database, suite: CryptoSuite, tables: &[Table], tally: &mut Tally) {
    let (mut register, mut keys) = (opened(database, "").await, opened(database, ".keys").await);
    let documents = &tables[0].rows;
    let mut ids = Vec::new();
    for (row, _) in [&documents[0], documents.last().unwrap()] {
        let found = texts(&mut register, &format!("select key_id from household_document where {row}")).await;
        ids.push(found[0][0].clone().unwrap());
    }
    let (id, other) = (&ids[0], &ids[1]);
    assert_ne!(id, other);
    for change in [
        format!("wrapped = (select o.wrapped from data_key as o where o.id = '{other}')"),
        "wrap_key_id = 'another'".to_owned(),
        "wrapped = substr(wrapped, 1, 40)".to_owned(),
    ] {
        run(&mut keys, &format!("create temporary table kept as select * from data_key where id = '{id}'")).await;
        run(&mut keys, &format!("update data_key set {change} where id = '{id}'")).await;
        let later = kernel(database, suite, None).await;
        tally.tried += 1;
        tally.see(ask(&later, &documents[0].1).await, || format!("data_key {change}"));
        let back = "wrapped = (select wrapped from kept), wrap_key_id = (select wrap_key_id from kept)";
        run(&mut keys, &format!("update data_key set {back} where id = '{id}'")).await;
        run(&mut keys, "drop table kept").await;
    }
}

/// A connection to the file with this ending, or the one on the server.
async fn opened(database: &Database, ending: &str) -> AnyConnection {
    let of_file = |file: &std::path::Path| format!("sqlite:{}{ending}", file.display());
    let address = database.file().map_or_else(|| database.address().unwrap().to_owned(), of_file);
    AnyConnection::connect(&address).await.unwrap()
}

#[tokio::test]
async fn what_is_moved_on_sqlite_does_not_open() {
    for (number, suite) in CryptoSuite::ALL.into_iter().enumerate() {
        check(&Database::sqlite("swaps").await.unwrap(), suite, 3 + number).await;
    }
}

#[tokio::test]
async fn what_is_moved_on_postgresql_does_not_open() {
    check(&fresh_postgres("swaps").await, CryptoSuite::International, 5).await;
}
