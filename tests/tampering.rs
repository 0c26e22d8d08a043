//! Whatever is changed in the database behind the kernel's back, `nuan audit verify` finds and names it: in a determination,
//! in its audit leaf, in a head, in what determinations rest on, and in what follows from them. `tampering/attacks` has what
//! somebody does who knows the schema and has no signing key, `tampering/flips` what a failing disk does.

mod attacks;
mod decided;
mod flips;
mod ground;
mod register;

use std::path::Path;

use nuan_kernel::{Actor, DeterminationRequest, Finding, Kernel, Verification};
use nuan_tests::installation::{Database, kernel, package, scrambled};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::DeterminationId;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Row};

/// Bytes of one long column that are flipped, spread over all of it; every byte in the long run.
const PLACES: u64 = 48;

/// A kernel over a file with one determination, and a connection that respects no rule of the schema.
struct Tampered {
    kernel: Kernel,
    connection: SqliteConnection,
    id: DeterminationId,
    _database: Database,
}

impl Tampered {
    async fn new(name: &str) -> Self {
        let database = Database::sqlite(name).await.unwrap();
        let kernel = kernel(vec![package("plugins/basic-living").unwrap()], &database).await.unwrap();
        let id = determined(&kernel).await;
        let options = SqliteConnectOptions::new().filename(database.file().unwrap()).foreign_keys(false);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        for trigger in [
            "audit_leaf_update_refused",
            "audit_head_update_refused",
            "audit_leaf_delete_refused",
            "entitlement_update_refused",
            "entitlement_delete_refused",
            "entitlement_end_update_refused",
            "entitlement_end_delete_refused",
        ] {
            sqlx::query(sqlx::AssertSqlSafe(format!("drop trigger {trigger}"))).execute(&mut connection).await.unwrap();
        }
        Self { kernel, connection, id, _database: database }
    }

    async fn findings(&self) -> Vec<Finding> {
        self.kernel.verify_audit(None, |_| {}).await.unwrap().findings
    }

    async fn columns(&mut self, table: &str) -> Vec<String> {
        let query = sqlx::query("select name from pragma_table_info($1)").bind(table);
        query.fetch_all(&mut self.connection).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// The bytes of a column of one row, and whether it is a text, a blob or an integer.
    async fn bytes(&mut self, table: &str, column: &str, rowid: i64) -> (Vec<u8>, String) {
        let sql = format!("select cast({column} as blob), typeof({column}) from {table} where rowid = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(rowid).fetch_one(&mut self.connection).await.unwrap();
        (row.get(0), row.get(1))
    }

    /// Writes a column; whether the database took it.
    async fn write(&mut self, table: &str, column: &str, kind: &str, rowid: i64, bytes: &[u8]) -> bool {
        let sql = format!("update {table} set {column} = cast($1 as {kind}) where rowid = $2");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(bytes).bind(rowid);
        query.execute(&mut self.connection).await.is_ok()
    }

    /// Flips one bit in each of many bytes of every column of a row; every one must be found and named.
    async fn flip_all(&mut self, table: &str, rowid: i64, names: impl Fn(&Finding) -> bool) {
        let mut tried = 0;
        for column in self.columns(table).await {
            let (whole, kind) = self.bytes(table, &column, rowid).await;
            for at in places(whole.len()) {
                let mut flipped = whole.clone();
                flipped[at] ^= 1;
                if self.write(table, &column, &kind, rowid, &flipped).await {
                    let findings = self.findings().await;
                    assert!(findings.iter().any(&names), "{table}.{column}, byte {at}: {findings:?}");
                    tried += 1;
                }
                assert!(self.write(table, &column, &kind, rowid, &whole).await);
            }
        }
        assert!(tried > 40, "{table}: {tried} bytes flipped");
        assert_eq!(self.findings().await, [], "all is as it was");
    }

    async fn rowid(&mut self, sql: &'static str, bound: &str) -> i64 {
        sqlx::query(sql).bind(bound).fetch_one(&mut self.connection).await.unwrap().get(0)
    }
}

/// The bytes that are flipped: all of a short column, of a long one the ends and some between.
fn places(length: usize) -> Vec<usize> {
    let is_long_run = std::env::var_os("NUAN_LONG").is_some();
    if length <= 600 || is_long_run {
        return (0..length).collect();
    }
    let between = (0..PLACES).map(|n| usize::try_from(scrambled(n)).unwrap() % length);
    [0, 1, length - 2, length - 1].into_iter().chain(between).collect()
}

async fn determined(kernel: &Kernel) -> DeterminationId {
    let actor = Actor::local_operator();
    let document = std::fs::read_to_string(nuan_tests::root().join("tests/fixtures/household.json")).unwrap();
    let recorded = kernel.record_household(&actor, serde_json::from_str(&document).unwrap(), None).await.unwrap();
    let request = DeterminationRequest { as_of: Date::parse("2022-09-01").ok(), known_at: None };
    kernel.determine_household(&actor, recorded.body.id, request, None).await.unwrap().body.id.unwrap()
}

#[tokio::test]
async fn a_flipped_bit_of_a_determination_is_found_and_named() {
    let mut tampered = Tampered::new("determination").await;
    let id = tampered.id.to_string();
    let rowid = tampered.rowid("select rowid from determination where id = $1", &id).await;
    tampered.flip_all("determination", rowid, |finding| finding.subject == id).await;
}

#[tokio::test]
async fn a_flipped_bit_of_an_audit_leaf_is_found_and_named() {
    let mut tampered = Tampered::new("leaf").await;
    let id = tampered.id.to_string();
    let rowid = tampered.rowid("select rowid from audit_leaf where subject = $1", &id).await;
    tampered.flip_all("audit_leaf", rowid, |finding| finding.subject == id || finding.seq == Some(1)).await;
}

#[tokio::test]
async fn a_flipped_bit_of_a_head_is_found_and_its_log_named() {
    let mut tampered = Tampered::new("head").await;
    let rowid = tampered.rowid("select rowid from audit_head where size = 2 and $1 = ''", "").await;
    tampered.flip_all("audit_head", rowid, |finding| finding.seq == Some(1) || finding.subject == "log").await;
}

#[tokio::test]
async fn a_flipped_bit_of_what_a_determination_rests_on_is_found_and_named() {
    let mut tampered = Tampered::new("archive").await;
    let id = tampered.id.to_string();
    let rowid = tampered.rowid("select rowid from archive where kind = $1", "parameters").await;
    let (digest, _) = tampered.bytes("archive", "digest", rowid).await;
    let digest = String::from_utf8(digest).unwrap();
    for column in ["digest", "content"] {
        let (whole, kind) = tampered.bytes("archive", column, rowid).await;
        for at in places(whole.len()) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert!(tampered.write("archive", column, &kind, rowid, &flipped).await);
            let findings = tampered.findings().await;
            let about = |subject: &str| findings.iter().any(|finding| finding.subject == subject);
            assert!(about(&id) && (column == "digest" || about(&digest)), "{column}, byte {at}: {findings:?}");
            assert!(tampered.write("archive", column, &kind, rowid, &whole).await);
        }
    }
    assert_eq!(tampered.findings().await, []);
}

#[tokio::test]
async fn a_leaf_or_determination_that_is_gone_is_missed() {
    for (sql, subject) in [("delete from determination", None), ("delete from audit_leaf where seq = 1", Some("log"))] {
        let mut tampered = Tampered::new("gone").await;
        assert_eq!(tampered.findings().await, []);
        sqlx::query(sql).execute(&mut tampered.connection).await.unwrap();
        let expected = subject.map_or_else(|| tampered.id.to_string(), str::to_owned);
        let findings = tampered.findings().await;
        assert!(findings.iter().any(|finding| finding.subject == expected), "{sql}: {findings:?}");
    }
}

async fn verified(path: &Path) -> Verification {
    let database = Database::at(path).await.unwrap();
    let kernel = kernel(Vec::new(), &database).await.unwrap();
    let seen = kernel.verify_audit(None, |_| {}).await.unwrap();
    database.store.close().await;
    seen
}

#[tokio::test]
async fn a_flipped_byte_of_the_file_is_found_by_a_kernel_that_is_started_later() {
    let database = Database::sqlite("flipped").await.unwrap();
    let kernel = kernel(vec![package("plugins/basic-living").unwrap()], &database).await.unwrap();
    let id = determined(&kernel).await.to_string();
    database.store.close().await;
    let file = database.file().unwrap();
    let whole = std::fs::read(file).unwrap();
    assert_eq!(verified(file).await.findings, Vec::new());
    let leaf = place_of(&whole, b"\"act\":\"determination.compute\"");
    let commitment = place_of(&whole[leaf..], b"hmac-sha256:") + leaf;
    for at in [leaf + 8, commitment + 20] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        std::fs::write(file, &flipped).unwrap();
        let findings = verified(file).await.findings;
        assert!(findings.iter().any(|finding| finding.subject == id), "byte {at}: {findings:?}");
    }
}

fn place_of(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).position(|window| window == wanted).unwrap()
}
