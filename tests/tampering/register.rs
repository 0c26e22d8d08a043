//! Somebody changes what the register is ordered and searched by: where a household lives, who belongs to it, by which number
//! and names a person is found, which record stands for another. Leaves commit to none of these rows, but to the parts that say
//! the same: every such change is found and named, on both databases (T16).

use nuan_kernel::{Actor, ChangeAction, ChangeDecision, Finding, Kernel};
use nuan_tests::installation::{Database, kernel};
use nuan_vocabulary::id::HouseholdId;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection};

use crate::encryption::fresh_postgres;

/// The tables that are changed are put back after each change.
const KEEP: [&str; 5] = [
    "create table kept_household as select * from household",
    "create table kept_person as select * from person",
    "create table kept_membership as select * from membership",
    "create table kept_person_identity as select * from person_identity",
    "create table kept_person_term as select * from person_term",
];
const PUT_BACK: [&str; 10] = [
    "delete from household",
    "insert into household select * from kept_household",
    "delete from person",
    "insert into person select * from kept_person",
    "delete from membership",
    "insert into membership select * from kept_membership",
    "delete from person_identity",
    "insert into person_identity select * from kept_person_identity",
    "delete from person_term",
    "insert into person_term select * from kept_person_term",
];

/// A change, and what is named: the household `home` has the persons `a` and `b`, `other` in another county has `c`. Their ids
/// stand in the table `named`.
type Change = (&'static str, &'static str, &'static [&'static str]);

const CHANGES: [Change; 20] = [
    (
        "a number is deleted",
        "delete from person_identity where person_id = (select id from named where name = 'a')",
        &["a"],
    ),
    (
        "a number leads to another person",
        "update person_identity set person_id = (select id from named where name = 'c') where person_id = (select id from named where name = 'a')",
        &["a", "c"],
    ),
    (
        "numbers are swapped for one",
        "delete from person_identity where person_id <> (select id from named where name = 'a')",
        &["c"],
    ),
    (
        "a number of nobody",
        "update person_identity set person_id = 'ps_ffffffffffffffffffffffffffffffff' where person_id = (select id from named where name = 'c')",
        &["c", "document numbers"],
    ),
    (
        "a membership is ended",
        "update membership set left_on = '2199-01-01' where person_id = (select id from named where name = 'a')",
        &["home"],
    ),
    (
        "a membership is taken up again",
        "update membership set left_on = null where person_id = (select id from named where name = 'b')",
        &["home"],
    ),
    (
        "a membership ended on another day",
        "update membership set left_on = '2199-01-01' where person_id = (select id from named where name = 'b')",
        &["home"],
    ),
    (
        "a membership began on another day",
        "update membership set joined_on = '2001-01-01' where person_id = (select id from named where name = 'c')",
        &["other"],
    ),
    (
        "a membership is deleted",
        "delete from membership where person_id = (select id from named where name = 'a')",
        &["home"],
    ),
    (
        "a membership is of another household",
        "update membership set household_id = (select id from named where name = 'other') where person_id = (select id from named where name = 'a')",
        &["home", "other"],
    ),
    (
        "a membership is of another county",
        "update membership set county = '330402' where household_id = (select id from named where name = 'home')",
        &["home"],
    ),
    (
        "a membership of no household",
        "update membership set household_id = 'hh_ffffffffffffffffffffffffffffffff' where person_id = (select id from named where name = 'c')",
        &["other", "memberships"],
    ),
    (
        "a household is of another county",
        "update household set county = '330402' where id = (select id from named where name = 'home')",
        &["home"],
    ),
    (
        "a household lives elsewhere",
        "update household set division = '330402' where id = (select id from named where name = 'home')",
        &["home"],
    ),
    (
        "a household is ended",
        "update household set ended_at = '2026-01-01T00:00:00Z' where id = (select id from named where name = 'home')",
        &["home"],
    ),
    (
        "a household is deleted",
        "delete from household where id = (select id from named where name = 'home')",
        &["memberships"],
    ),
    ("names are deleted", "delete from person_term where person_id = (select id from named where name = 'a')", &["a"]),
    (
        "names are of another person",
        "update person_term set person_id = (select id from named where name = 'c') where person_id = (select id from named where name = 'a')",
        &["a", "c"],
    ),
    (
        "names are of another county",
        "update person_term set county = '330402' where person_id = (select id from named where name = 'a')",
        &["a"],
    ),
    (
        "a record stands for another",
        "update person set merged_into = (select id from named where name = 'c') where id = (select id from named where name = 'a')",
        &["a"],
    ),
];

fn by(name: &str) -> Actor {
    Actor::named(name).unwrap()
}

async fn changed(kernel: &Kernel, home: HouseholdId, change: Value) {
    let proposal = serde_json::from_value(json!({ "change": change, "reason": "经核实", "evidence": ["户口簿"] }));
    let submitted = kernel.submit_change(&by("clerk"), home, proposal.unwrap(), None).await.unwrap().body;
    let decision = ChangeDecision { action: ChangeAction::Approve, reason: "属实".to_owned() };
    kernel.decide_change(&by("officer"), submitted.id, decision, None).await.unwrap();
}

/// Two households in two counties, and a member who has left one of them; the names in `CHANGES` with their ids.
async fn registered(kernel: &Kernel) -> [(&'static str, String); 5] {
    let member = |reference: &str, name: &str, number: &str| {
        let document = json!({ "kind": "citizen_id", "number": number });
        json!({ "ref": reference, "name": name, "document": document })
    };
    let housemate = json!({ "ref": "b", "name": "李四", "facts": { "member.birth_date": "1980-01-01" } });
    let first = json!({ "division": "330106", "members": [member("a", "张三丰", "999999198001010011"), housemate] });
    let second = json!({ "division": "330402", "members": [member("a", "王小五", "999999199001010016")] });
    let home = kernel.record_household(&by("clerk"), first, None).await.unwrap().body;
    let other = kernel.record_household(&by("clerk"), second, None).await.unwrap().body;
    let leave = json!({ "kind": "leave", "member": "b", "from": "2025-11-24", "because": "moved_out" });
    changed(kernel, home.id, leave).await;
    [
        ("home", home.id.to_string()),
        ("other", other.id.to_string()),
        ("a", home.members[0].person.to_string()),
        ("b", home.members[1].person.to_string()),
        ("c", other.members[0].person.to_string()),
    ]
}

async fn execute(connection: &mut AnyConnection, statement: &'static str) -> u64 {
    let done = sqlx::query(statement).execute(connection).await;
    done.unwrap_or_else(|error| panic!("{statement}: {error}")).rows_affected()
}

async fn findings(kernel: &Kernel) -> Vec<Finding> {
    kernel.verify_audit(None, |_| {}).await.unwrap().findings
}

async fn every_change_is_found_and_named(database: &Database, address: &str, unguard: &'static str) {
    let kernel = kernel(Vec::new(), database).await.unwrap();
    let ids = registered(&kernel).await;
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(address).await.unwrap();
    for statement in [unguard, "create table named (name text, id text)"].into_iter().chain(KEEP) {
        execute(&mut connection, statement).await;
    }
    for (name, id) in &ids {
        let insert = sqlx::query("insert into named (name, id) values ($1, $2)").bind(*name).bind(id.as_str());
        insert.execute(&mut connection).await.unwrap();
    }
    assert_eq!(findings(&kernel).await, []);
    for (what, statement, subjects) in CHANGES {
        assert!(execute(&mut connection, statement).await > 0, "{what}");
        let found = findings(&kernel).await;
        for subject in subjects {
            let id = ids.iter().find(|(name, _)| name == subject).map_or(*subject, |(_, id)| id.as_str());
            assert!(found.iter().any(|finding| finding.subject == id), "{what}: {subject} {id} in {found:?}");
        }
        for statement in PUT_BACK {
            execute(&mut connection, statement).await;
        }
    }
    assert_eq!(findings(&kernel).await, [], "all is as it was");
    connection.close().await.unwrap();
    println!("T16c changes of the index, seed 0, N {}, failures 0", CHANGES.len());
}

#[tokio::test]
async fn whatever_is_changed_in_the_index_is_found_on_sqlite() {
    let database = Database::sqlite("index").await.unwrap();
    let address = format!("sqlite:{}", database.file().unwrap().display());
    every_change_is_found_and_named(&database, &address, "pragma foreign_keys = off").await;
}

#[tokio::test]
async fn whatever_is_changed_in_the_index_is_found_on_postgres() {
    let database = fresh_postgres("index").await;
    let address = database.address().unwrap().to_owned();
    every_change_is_found_and_named(&database, &address, "set session_replication_role = 'replica'").await;
}

#[tokio::test]
async fn who_split_off_does_not_move_with_the_household_that_was_left() {
    let database = Database::sqlite("left-behind").await.unwrap();
    let kernel = kernel(Vec::new(), &database).await.unwrap();
    let born = json!({ "member.birth_date": "1980-01-01" });
    let member = |reference: &str, name: &str| json!({ "ref": reference, "name": name, "facts": born });
    let document = json!({ "division": "330106", "members": [member("a", "张三丰"), member("b", "李四")] });
    let home = kernel.record_household(&by("clerk"), document, None).await.unwrap().body.id;
    let split = json!({ "kind": "split", "members": ["b"], "from": "2024-05-01", "alone": true });
    changed(&kernel, home, split).await;
    changed(&kernel, home, json!({ "kind": "move", "division": "330402", "from": "2024-06-01" })).await;
    assert_eq!(findings(&kernel).await, []);
}
