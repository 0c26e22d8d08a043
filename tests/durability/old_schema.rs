//! A database as an earlier version left it: the first migrations, with rows of a real register in the tables that there were.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use nuan_tests::root;
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};

/// The last migration of the earlier version.
pub const LAST: i64 = 5;

/// The table in which the store notes its migrations.
const NOTES: &str = "store_migration";

const TABLES_ON_SQLITE: &str = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'";
const TABLES_ON_POSTGRES: &str =
    "select cast(tablename as text) as name from pg_tables where schemaname = current_schema()";

const COLUMNS_ON_SQLITE: &str = "select name, lower(type) as type from pragma_table_info($1)";
const COLUMNS_ON_POSTGRES: &str = "select cast(column_name as text) as name, cast(data_type as text) as type
  from information_schema.columns
  where table_schema = current_schema() and table_name = $1
  order by ordinal_position";

/// A value of a row, as both databases have it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Number(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// A column with whether it holds numbers, bytes or text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    name: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Bytes,
    Text,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
}

/// All rows of all tables but the notes of migrations, the same for the same content whatever the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dump(BTreeMap<String, Table>);

impl Dump {
    /// The rows of a database.
    pub async fn of(address: &str) -> Result<Self> {
        let mut connection = connect(address).await?;
        let mut tables = BTreeMap::new();
        for (name, columns) in tables_of(&mut connection, address).await? {
            let listed: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
            let select = format!("select {} from {name}", listed.join(", "));
            let rows = sqlx::query(AssertSqlSafe(select)).fetch_all(&mut connection).await?;
            let mut rows = rows.iter().map(|row| values(row, &columns)).collect::<sqlx::Result<Vec<_>>>()?;
            rows.sort();
            tables.insert(name, Table { columns, rows });
        }
        connection.close().await?;
        Ok(Self(tables))
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.0.values().map(|table| table.rows.len()).sum()
    }

    /// The tables and columns that another dump has, too: what an earlier version knew of this one.
    pub fn within(&self, earlier: &Self) -> Result<Self> {
        let mut tables = BTreeMap::new();
        for (name, old) in &earlier.0 {
            let new = self.0.get(name).with_context(|| format!("the table {name} is gone"))?;
            let place = |column: &Column| new.columns.iter().position(|other| other.name == column.name);
            let places: Option<Vec<usize>> = old.columns.iter().map(place).collect();
            let places = places.with_context(|| format!("a column of {name} is gone"))?;
            let kept =
                |row: &Vec<Value>| places.iter().filter_map(|place| row.get(*place).cloned()).collect::<Vec<_>>();
            let mut rows: Vec<Vec<Value>> = new.rows.iter().map(kept).collect();
            rows.sort();
            tables.insert(name.clone(), Table { columns: old.columns.clone(), rows });
        }
        Ok(Self(tables))
    }

    /// Makes the schema of the earlier version in an empty database, and puts the rows into it that it has tables for.
    pub async fn put_into_old_schema(&self, address: &str) -> Result<Self> {
        let mut connection = connect(address).await?;
        let mut migrator = Migrator::new(migrations(address)).await?;
        migrator.dangerous_set_table_name(NOTES);
        migrator.run_direct(Some(LAST), &mut connection, false).await?;
        // Rows come table by table, not in the order in which they refer to each other.
        let unbind =
            if is_postgres(address) { "set session_replication_role = replica" } else { "pragma foreign_keys = off" };
        sqlx::query(unbind).execute(&mut connection).await?;
        let mut transaction = connection.begin().await?;
        for (name, columns) in tables_of(&mut transaction, address).await? {
            let Some(full) = self.0.get(&name) else { continue };
            let place = |column: &Column| full.columns.iter().position(|other| other.name == column.name);
            let places: Option<Vec<usize>> = columns.iter().map(place).collect();
            let places = places.with_context(|| format!("{name} has lost a column since"))?;
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            let marks: Vec<String> = (1..=columns.len()).map(|number| format!("${number}")).collect();
            let insert = format!("insert into {name} ({}) values ({})", names.join(", "), marks.join(", "));
            for row in &full.rows {
                let mut query = sqlx::query(AssertSqlSafe(insert.clone()));
                for value in places.iter().filter_map(|place| row.get(*place)) {
                    query = match value.clone() {
                        Value::Number(number) => query.bind(number),
                        Value::Text(text) => query.bind(text),
                        Value::Bytes(bytes) => query.bind(bytes),
                    };
                }
                query.execute(&mut *transaction).await?;
            }
        }
        transaction.commit().await?;
        connection.close().await?;
        Self::of(address).await
    }
}

fn is_postgres(address: &str) -> bool {
    address.starts_with("postgres")
}

fn migrations(address: &str) -> PathBuf {
    root().join("core/store/migrations").join(if is_postgres(address) { "postgres" } else { "sqlite" })
}

async fn connect(address: &str) -> Result<AnyConnection> {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(address).await.context("failed to connect to a database")
}

async fn tables_of(connection: &mut AnyConnection, address: &str) -> Result<Vec<(String, Vec<Column>)>> {
    let (tables, columns) = match is_postgres(address) {
        true => (TABLES_ON_POSTGRES, COLUMNS_ON_POSTGRES),
        false => (TABLES_ON_SQLITE, COLUMNS_ON_SQLITE),
    };
    let rows = sqlx::query(tables).fetch_all(&mut *connection).await?;
    let names = rows.iter().map(|row| row.try_get::<String, _>("name")).collect::<sqlx::Result<Vec<_>>>()?;
    let mut all = Vec::new();
    for name in names.into_iter().filter(|name| name != NOTES) {
        let rows = sqlx::query(columns).bind(&name).fetch_all(&mut *connection).await?;
        let mut columns = Vec::new();
        for row in &rows {
            let (name, declared): (String, String) = (row.try_get("name")?, row.try_get("type")?);
            let kind = match declared.as_str() {
                "blob" | "bytea" => Kind::Bytes,
                "bigint" | "integer" => Kind::Number,
                _ => Kind::Text,
            };
            columns.push(Column { name, kind });
        }
        all.push((name, columns));
    }
    Ok(all)
}

fn values(row: &sqlx::any::AnyRow, columns: &[Column]) -> sqlx::Result<Vec<Value>> {
    let value = |(place, column): (usize, &Column)| match column.kind {
        Kind::Number => row.try_get(place).map(Value::Number),
        Kind::Bytes => row.try_get(place).map(Value::Bytes),
        Kind::Text => row.try_get(place).map(Value::Text),
    };
    columns.iter().enumerate().map(value).collect()
}
