//! Every file that a flock of marked persons left: database, log, key store, checkpoint, copies, export; and the whole data folder
//! of a PostgreSQL server.

use std::path::{Path, PathBuf};

use nuan_domain::audit::digest;
use nuan_domain::crypto::CryptoSuite;
use nuan_kernel::Kernel;
use nuan_store::backup::backup_into;
use nuan_tests::installation::{Database, postgres};
use sqlx::{Connection, Row};

use super::entry::{Entered, enter};
use super::{fresh_postgres, is_long, kernel};
use crate::canaries::Canary;
use crate::canaries::forms::{Needles, all_forms};

fn flock(number: usize) -> Vec<Canary> {
    let count = if is_long() { 1_000 } else { 60 };
    (0..count).map(|place| Canary::new(number, place)).collect()
}

/// The values of a flock, and the bodies that stated them: of these, a database may know no unkeyed digest.
fn needles(flock: &[Canary], entered: &Entered) -> Needles {
    let mut values: Vec<(&'static str, String)> = flock.iter().flat_map(Canary::values).collect();
    values.extend(entered.requests.iter().map(|(_, body)| ("request", body.clone())));
    values.extend(entered.requests.iter().map(|(_, body)| ("digest of a request", digest(body.as_bytes()))));
    Needles::new(&values)
}

/// A folder of this test alone.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("nuan-canaries-{name}-{}", std::process::id()));
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

async fn export(kernel: &Kernel, file: &Path) {
    let mut text = String::new();
    let line = |line: &str| {
        text.push_str(line);
        text.push('\n');
        Ok(())
    };
    kernel.export_audit(line).await.unwrap();
    std::fs::write(file, text).unwrap();
}

fn report(what: &str, flock: &[Canary], needles: &Needles, read: usize, found: &[String]) {
    let (persons, forms, hits) = (flock.len(), needles.count(), found.len());
    println!("T18 canaries on {what}, seed none, N {persons} persons, {forms} forms, {read} bytes, failures {hits}");
    assert!(found.is_empty(), "{what}: {:#?}", &found[..found.len().min(20)]);
    assert!(read > 1_000_000, "{what}: only {read} bytes were read");
}

#[tokio::test]
async fn no_value_is_found_in_any_file_of_sqlite() {
    for (number, suite) in CryptoSuite::ALL.into_iter().enumerate() {
        let (folder, flock) = (folder(suite.name()), flock(number));
        let database = Database::at(&folder.join("register.sqlite")).await.unwrap();
        let kernel = kernel(&database, suite, Some(folder.join("checkpoint"))).await;
        let entered = enter(&kernel, &flock).await;
        kernel.publish_checkpoint().await.unwrap();
        export(&kernel, &folder.join("export.jsonl")).await;
        for (store, copy) in [(&database.store, "copy"), (database.key_store.store(), "keys-copy")] {
            backup_into(store, &folder.join(copy).display().to_string()).await.unwrap();
        }
        let needles = needles(&flock, &entered);
        for name in
            ["register.sqlite", "register.sqlite-wal", "register.sqlite.keys", "checkpoint", "export.jsonl", "copy"]
        {
            assert!(folder.join(name).metadata().is_ok_and(|file| file.len() > 0), "{name}");
        }
        let (mut found, read) = needles.found_below(&folder);
        check_nonces(&folder.join("copy"), &folder.join("keys-copy")).await;
        kernel.finish().await.unwrap();
        let (later, read_later) = needles.found_below(&folder);
        found.extend(later);
        report(suite.name(), &flock, &needles, read + read_later, &found);
        check_every_form_would_be_found(&folder.join("copy"), &flock[7]).await;
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test]
async fn no_value_is_found_in_the_data_folder_of_postgresql() {
    let (folder, flock) = (folder("postgres"), flock(2));
    let database = fresh_postgres("canaries").await;
    let kernel = kernel(&database, CryptoSuite::GuoMi, Some(folder.join("checkpoint"))).await;
    let entered = enter(&kernel, &flock).await;
    kernel.publish_checkpoint().await.unwrap();
    let data = data_folder().await;
    let needles = needles(&flock, &entered);
    let (mut found, read) = needles.found_below(&data);
    let (beside, read_beside) = needles.found_below(&folder);
    found.extend(beside);
    report("PostgreSQL", &flock, &needles, read + read_beside, &found);
    std::fs::remove_dir_all(folder).unwrap();
}

/// Where the server keeps its files, after it has written everything there.
async fn data_folder() -> PathBuf {
    let mut connection = sqlx::PgConnection::connect(&postgres().unwrap()).await.unwrap();
    sqlx::raw_sql("checkpoint").execute(&mut connection).await.unwrap();
    let row = sqlx::query("show data_directory").fetch_one(&mut connection).await.unwrap();
    PathBuf::from(row.get::<String, _>(0))
}

/// One value after the other is put in the clear into the very file that was searched, in each of its forms.
async fn check_every_form_would_be_found(file: &Path, canary: &Canary) {
    let values = canary.values();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("create table leak (content blob)").execute(&mut connection).await.unwrap();
    let forms = all_forms(&values);
    for (_, _, bytes) in &forms {
        let insert = sqlx::query("insert into leak (content) values ($1)").bind(bytes.as_slice());
        insert.execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let found = Needles::new(&values).found_in(&std::fs::read(file).unwrap());
    let missed: Vec<String> =
        forms.iter().map(|(kind, form, _)| format!("{kind} in {form}")).filter(|form| !found.contains(form)).collect();
    assert_eq!(missed, Vec::<String>::new(), "what is put there in the clear is found");
    assert!(forms.len() > 150, "{} forms", forms.len());
}

/// Every sealed content and every wrapped key has a nonce of its own.
async fn check_nonces(register: &Path, keys: &Path) {
    let sealed = [
        "select ciphertext from household_document",
        "select ciphertext from person_document",
        "select ciphertext from determination",
        "select ciphertext from determination_reasons",
        "select ciphertext from idempotency_key where ciphertext is not null",
        "select ciphertext from change_request",
        "select outcome_ciphertext from change_request where outcome_ciphertext is not null",
        "select ciphertext from person_match",
    ];
    let mut nonces: Vec<Vec<u8>> = Vec::new();
    let all = sealed.into_iter().map(|sql| (register, sql)).chain([(keys, "select wrapped from data_key")]);
    for (file, sql) in all {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
        assert!(!rows.is_empty(), "{sql}");
        nonces.extend(rows.iter().map(|row| row.get::<Vec<u8>, _>(0)[1..13].to_vec()));
    }
    let sealings = nonces.len();
    nonces.sort_unstable();
    nonces.dedup();
    assert_eq!(nonces.len(), sealings, "a nonce was used twice");
}
