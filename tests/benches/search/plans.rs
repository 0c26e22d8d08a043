//! How the databases answer the queries behind a search: by an index, never by reading a table through. The queries are taken
//! from the store's own source, so that what is explained is what runs.

use anyhow::{Context, Result, ensure};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, Row};

use super::fill::Filled;
use super::people::{self, MEMBERS};

const PERSON: &str = include_str!("../../../core/store/src/person.rs");
const PERSON_DOCUMENT: &str = include_str!("../../../core/store/src/person/document.rs");
const PERSON_INDEX: &str = include_str!("../../../core/store/src/person_index.rs");
const HOUSEHOLD: &str = include_str!("../../../core/store/src/household.rs");
const HOUSEHOLD_DOCUMENT: &str = include_str!("../../../core/store/src/household/document.rs");
const MEMBERSHIP: &str = include_str!("../../../core/store/src/membership.rs");

/// What stands for a parameter that is a token.
const TOKEN: &str = "'\\x00112233445566778899aabbccddeeff'::bytea";

/// Explains every query on the database at this address.
pub async fn check(address: &str, filled: &Filled) -> Result<()> {
    match address.strip_prefix("sqlite:") {
        Some(file) => sqlite(file).await,
        None => postgres(address, filled).await,
    }
}

/// Each query: the file that has it, and its name there.
const QUERIES: [(&str, &str); 9] = [
    (PERSON, "PERSON"),
    (PERSON_INDEX, "BY_TERM"),
    (PERSON_INDEX, "IDENTITY"),
    (HOUSEHOLD, "HOUSEHOLD"),
    (HOUSEHOLD, "HOUSEHOLDS_WITHIN"),
    (HOUSEHOLD_DOCUMENT, "LATEST_SIXTEEN"),
    (PERSON_DOCUMENT, "LATEST"),
    (PERSON_DOCUMENT, "SIXTEEN"),
    (MEMBERSHIP, "OF_PERSON"),
];

async fn sqlite(file: &str) -> Result<()> {
    let options = SqliteConnectOptions::new().filename(file);
    let mut connection = SqliteConnection::connect_with(&options).await.context("failed to open the database")?;
    let uses_a_scan =
        sqlite_plan(&mut connection, "select name_of from (select county as name_of from person)").await?;
    ensure!(uses_a_scan.contains("SCAN person"), "a query that reads a table through would not be seen: {uses_a_scan}");
    for (source, name) in QUERIES {
        let plan = sqlite_plan(&mut connection, text(source, name)?).await?;
        // The sixteen pairs of a list are read through; they are no table.
        let reads = plan.lines().filter(|line| line.contains("SCAN") && !line.contains("CONSTANT ROWS"));
        let reads: Vec<&str> = reads.filter(|line| !is_of_the_list(line)).collect();
        ensure!(reads.is_empty(), "{name} reads a table through: {plan}");
    }
    Ok(())
}

fn is_of_the_list(line: &str) -> bool {
    line.contains("SCAN asked") || line.contains("SCAN 2-") || line.contains("SCAN 16-")
}

async fn sqlite_plan(connection: &mut SqliteConnection, sql: &str) -> Result<String> {
    let rows = sqlx::raw_sql(AssertSqlSafe(format!("explain query plan {sql}"))).fetch_all(connection).await?;
    Ok(rows.iter().map(|row| row.get::<String, _>("detail") + "\n").collect())
}

async fn postgres(address: &str, filled: &Filled) -> Result<()> {
    let mut connection = PgConnection::connect(address).await.context("failed to reach the database")?;
    // What a server of some hours has done by itself.
    sqlx::raw_sql("analyze").execute(&mut connection).await?;
    let somebody = filled.somebody.first().context("nobody is on the register")?;
    let home = somebody.number.checked_div(MEMBERS).unwrap_or(0);
    let quoted = |value: &dyn ToString| format!("'{}'", value.to_string());
    let (person, household) = (quoted(&somebody.person), quoted(&somebody.household));
    let (county, division) = (quoted(&people::county(home)), quoted(&people::division(home)));
    let values = |name: &str| -> Vec<String> {
        let list = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        match name {
            "BY_TERM" => list(&[&county, TOKEN, &person, "50"]),
            "IDENTITY" => list(&[TOKEN]),
            "HOUSEHOLDS_WITHIN" => list(&[&division, &household, "'999999~'", "50"]),
            "HOUSEHOLD" => list(&[&household]),
            "LATEST_SIXTEEN" => vec![household.clone(); 16],
            "SIXTEEN" => (0..32).map(|at| if at % 2 == 0 { person.clone() } else { "1".to_owned() }).collect(),
            _ => list(&[&person]),
        }
    };
    let uses_a_scan = postgres_plan(&mut connection, "select county from person").await?;
    ensure!(uses_a_scan.contains("Seq Scan"), "a query that reads a table through would not be seen: {uses_a_scan}");
    for (source, name) in QUERIES {
        let sql = values(name)
            .iter()
            .enumerate()
            .rev()
            .fold(text(source, name)?.to_owned(), |sql, (at, value)| sql.replace(&format!("${}", at + 1), value));
        let plan = postgres_plan(&mut connection, &sql).await?;
        ensure!(!plan.contains("Seq Scan"), "{name} reads a table through: {plan}");
    }
    Ok(())
}

async fn postgres_plan(connection: &mut PgConnection, sql: &str) -> Result<String> {
    let rows = sqlx::raw_sql(AssertSqlSafe(format!("explain {sql}"))).fetch_all(connection).await?;
    Ok(rows.iter().map(|row| row.get::<String, _>(0) + "\n").collect())
}

/// The text of a query in the store's source.
fn text<'s>(source: &'s str, name: &str) -> Result<&'s str> {
    let (_, rest) =
        source.split_once(&format!("const {name}: &str = \"")).with_context(|| format!("no query {name}"))?;
    Ok(rest.split('"').next().unwrap_or_default())
}
