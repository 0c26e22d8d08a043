//! A commit that failed on a file: whosever it was, nothing is written after it until a restart, since nobody knows what the disk
//! holds. A foreign key that is looked at only then makes the commit fail and nothing before it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nuan_kernel::{Actor, Kernel, Outside, Witnesses};
use nuan_tests::installation::{Database, ORIGIN, kernel_outside};
use nuan_tests::witnesses::{Beside, witness};
use serde_json::json;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

const PATIENCE: Duration = Duration::from_secs(20);

const NOBODY: [&str; 2] = [
    "create table nobody (id integer primary key)",
    "create table refused (id integer references nobody (id) deferrable initially deferred)",
];
const HOUSEHOLDS: &str = "create trigger refuse after insert on household begin insert into refused values (1); end";
const DATA_KEYS: &str = "create trigger refuse after insert on data_key begin insert into refused values (1); end";
const CHECKPOINTS: &str = "create trigger refuse after insert on checkpoint begin insert into refused values (1); end";
const COSIGNATURES: &str =
    "create trigger refuse after insert on cosignature begin insert into refused values (1); end";

/// Whatever is inserted into the table of the trigger cannot be committed.
async fn fail_commits(database: &Database, ending: &str, trigger: &'static str) {
    let file = format!("{}{ending}", database.file().unwrap().display());
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap();
    for statement in NOBODY.into_iter().chain([trigger]) {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

async fn act(kernel: &Kernel) -> Result<(), &'static str> {
    let document = json!({ "division": "330106", "members": [{ "ref": "a" }] });
    let recorded = kernel.record_household(&Actor::local_operator(), document, None).await;
    recorded.map(drop).map_err(|error| error.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_after_a_commit_that_failed_on_a_file() {
    for (what, ending, trigger, first) in [
        ("the acts", "", HOUSEHOLDS, Err("NU1012")),
        ("their data keys", ".keys", DATA_KEYS, Err("NU1013")),
        ("the checkpoint over them", "", CHECKPOINTS, Ok(())),
        ("a cosignature", "", COSIGNATURES, Ok(())),
    ] {
        let database = Database::sqlite("failed").await.unwrap();
        fail_commits(&database, ending, trigger).await;
        let asked = Beside(witness("witness.example", 3).await.unwrap());
        let witnesses = Witnesses { asked: vec![Arc::new(asked)], quorum: 1 };
        let outside = Outside { origin: ORIGIN.to_owned(), file: None, witnesses };
        let kernel = kernel_outside(outside, &database).await.unwrap();
        assert!(kernel.readiness().await.writer, "{what}");
        assert_eq!(act(&kernel).await, first, "{what}");
        let begun = Instant::now();
        while kernel.readiness().await.writer {
            assert!(begun.elapsed() < PATIENCE, "{what}: the writer has not stopped");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for _ in 0..2 {
            assert_eq!(act(&kernel).await, Err("NU1013"), "{what}");
        }
        assert!(kernel.publish_checkpoint().await.is_err(), "{what}: nor is anything gathered");
    }
}
