//! Somebody who may write anything to the database, knows the schema, and has no signing key: every such change is found
//! against the last checkpoint outside, the first place that is wrong is named, and both verifiers of exports agree (T16).

use nuan_domain::audit::proof::leaf_hash;
use nuan_domain::audit::{Frontier, Leaf, hex};
use nuan_domain::crypto::{CryptoSuite, Hash};
use nuan_kernel::Finding;
use nuan_tests::witnesses::log_key;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Row};

use super::ground::{COUNTIES, Copy, Ground};
use crate::verifiers::verdict;

const SUITE: CryptoSuite = CryptoSuite::International;
/// Acts, half of them in the first county.
const ACTS: usize = 24;
/// The leaf that is attacked, of the first county.
const LEAF: i64 = 5;

const UNGUARD: [&str; 8] = [
    "drop trigger audit_leaf_update_refused",
    "drop trigger audit_leaf_delete_refused",
    "drop trigger audit_head_update_refused",
    "drop trigger audit_head_delete_refused",
    "drop trigger audit_node_update_refused",
    "drop trigger audit_node_delete_refused",
    "drop trigger checkpoint_update_refused",
    "drop trigger checkpoint_delete_refused",
];

/// A change in SQL alone: what it is called, the statements, and the first place that is wrong in the county.
type Change = (&'static str, &'static [&'static str], i64);

const CHANGES: [Change; 9] = [
    (
        "update",
        &[
            "update audit_leaf set leaf = replace(leaf, 'local-operator', 'somebody-else') where county = '330106' and seq = 5",
        ],
        5,
    ),
    ("update of a hash", &["update audit_leaf set leaf_hash = zeroblob(32) where county = '330106' and seq = 5"], 5),
    ("delete", &["delete from audit_leaf where county = '330106' and seq = 5"], 5),
    (
        "insert",
        &[
            "insert into audit_leaf select county, 12, subject, replace(leaf, '\"seq\":\"11\"', '\"seq\":\"12\"'), leaf_hash \
           from audit_leaf where county = '330106' and seq = 11",
        ],
        12,
    ),
    (
        "swap",
        &[
            "update audit_leaf set seq = 1000 where county = '330106' and seq = 5",
            "update audit_leaf set seq = 5 where county = '330106' and seq = 6",
            "update audit_leaf set seq = 6 where county = '330106' and seq = 1000",
        ],
        5,
    ),
    (
        "renumber",
        &[
            "delete from audit_leaf where county = '330106' and seq = 5",
            "update audit_leaf set seq = seq - 1 where county = '330106' and seq > 5",
        ],
        5,
    ),
    (
        "move to another county",
        &["update audit_leaf set county = '330110', seq = 0 where county = '330106' and seq = 11"],
        11,
    ),
    (
        "cut of the tail",
        &[
            "delete from audit_leaf where county = '330106' and seq >= 10",
            "delete from audit_head where county = '330106' and size > 10",
        ],
        10,
    ),
    (
        "cut of a whole log",
        &["delete from audit_leaf where county = '330106'", "delete from audit_head where county = '330106'"],
        0,
    ),
];

/// The checkpoints that a rewritten history does not fit, and all of them.
const FORGET_LATER: &str = "delete from checkpoint where size > $1";
const FORGET_ALL: &str = "delete from checkpoint where size > 0 and $1 >= 0";

async fn opened(copy: &Copy) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(&copy.0).foreign_keys(false);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    for statement in UNGUARD {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    connection
}

/// A leaf of the first county is changed and everything after it computed anew: leaves, heads, and the log of heads.
async fn rewrite(connection: &mut SqliteConnection) -> i64 {
    let leaves = leaves_of(connection, COUNTIES[0]).await;
    let changed = |(seq, text): (usize, &String)| {
        if i64::try_from(seq).unwrap() == LEAF { text.replace("local-operator", "somebody-else") } else { text.clone() }
    };
    let leaves: Vec<String> = leaves.iter().enumerate().map(changed).collect();
    let roots = write_log(connection, COUNTIES[0], &leaves).await;
    let (mut heads, mut first) = (leaves_of(connection, "000000").await, None);
    for (place, text) in heads.iter_mut().enumerate() {
        let mut leaf: Leaf = serde_json::from_str(text).unwrap();
        let (county, size) = leaf.subject.split_once('#').unwrap();
        let commitment = format!("root:{}", hex(&roots[size.parse::<usize>().unwrap()]));
        if county == COUNTIES[0] && leaf.commitment != commitment {
            leaf.commitment = commitment;
            *text = leaf.canonical().unwrap();
            first.get_or_insert(place);
        }
    }
    write_log(connection, "000000", &heads).await;
    i64::try_from(first.unwrap()).unwrap()
}

async fn leaves_of(connection: &mut SqliteConnection, county: &str) -> Vec<String> {
    let query = sqlx::query("select leaf from audit_leaf where county = $1 order by seq").bind(county);
    query.fetch_all(connection).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Writes leaves with their hashes and the roots of the heads; the root before and after each leaf.
async fn write_log(connection: &mut SqliteConnection, county: &str, leaves: &[String]) -> Vec<Hash> {
    let mut frontier = Frontier::empty(SUITE);
    let mut roots = vec![frontier.root()];
    for (seq, leaf) in leaves.iter().enumerate() {
        let (hash, seq) = (leaf_hash(SUITE, leaf.as_bytes()), i64::try_from(seq).unwrap());
        frontier.push(hash).for_each(drop);
        roots.push(frontier.root());
        let update = "update audit_leaf set leaf = $3, leaf_hash = $4 where county = $1 and seq = $2";
        let query = sqlx::query(update).bind(county).bind(seq).bind(leaf).bind(hash.as_slice());
        query.execute(&mut *connection).await.unwrap();
        let update = "update audit_head set root = $3 where county = $1 and size = $2";
        let query = sqlx::query(update).bind(county).bind(seq + 1).bind(frontier.root().to_vec());
        query.execute(&mut *connection).await.unwrap();
    }
    roots
}

/// Both verifiers refuse the export, or there is none to be had, or it is to the byte the honest one: hashes and what lies
/// behind the checkpoint are not exported, so that there a change is found in the database alone.
async fn is_found(copy: &Copy, ground: &Ground, what: &str, honest: &str) -> Vec<Finding> {
    let outside = std::fs::read_to_string(&ground.outside.0).unwrap();
    let (findings, export) = copy.verify(Some(&outside)).await.unwrap();
    assert!(!findings.is_empty(), "{what}");
    if let Ok(export) = export
        && export != honest
    {
        let said = verdict(&export, &log_key().unwrap(), &[], Some(&ground.outside.0));
        assert!(said.is_err(), "{what}: {said:?}");
    }
    findings
}

/// The smallest place that is named in a county's log.
fn first_in(findings: &[Finding], county: &str) -> Option<i64> {
    findings.iter().filter(|finding| finding.county.to_string() == county).filter_map(|finding| finding.seq).min()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_in_sql_is_found_named_and_refused_by_both_verifiers() {
    let mut ground = Ground::new("attacks").await;
    ground.record(ACTS, 4).await;
    ground.close().await;
    let whole = ground.copy("whole");
    let outside = std::fs::read_to_string(&ground.outside.0).unwrap();
    let (findings, export) = whole.verify(Some(&outside)).await.unwrap();
    assert_eq!(findings, []);
    let honest = export.unwrap();
    verdict(&honest, &log_key().unwrap(), &[], Some(&ground.outside.0)).unwrap();

    for (what, statements, first) in CHANGES {
        let copy = ground.copy("attacked");
        let mut connection = opened(&copy).await;
        for statement in statements {
            let changed = sqlx::query(*statement).execute(&mut connection).await.unwrap();
            assert!(changed.rows_affected() > 0, "{what}");
        }
        connection.close().await.unwrap();
        let findings = is_found(&copy, &ground, what, &honest).await;
        if what.starts_with("cut") {
            // Then the log of heads knows more of the county than its log has: a head over two leaves at most comes next.
            let head = first_missing(&findings).unwrap();
            assert!(first < head && head <= first + 2, "{what}: {findings:?}");
        } else {
            assert_eq!(first_in(&findings, COUNTIES[0]), Some(first), "{what}: {findings:?}");
        }
    }
    println!("T16c changes in SQL, seed 0, N {}, failures 0", CHANGES.len());
}

/// The size of the first head of the county that the log of heads knows and the county's log lacks.
fn first_missing(findings: &[Finding]) -> Option<i64> {
    let gone = findings.iter().filter(|finding| finding.what == "the log has no such head");
    gone.filter_map(|finding| finding.subject.strip_prefix("330106#")?.parse::<i64>().ok()).min()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_was_computed_anew_is_found_against_the_checkpoints() {
    let mut ground = Ground::new("rewrite").await;
    ground.record(ACTS, 4).await;
    ground.close().await;
    for forget in [None, Some(FORGET_LATER), Some(FORGET_ALL)] {
        let copy = ground.copy("rewritten");
        let mut connection = opened(&copy).await;
        let first = rewrite(&mut connection).await;
        if let Some(forget) = forget {
            sqlx::query(forget).bind(first).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
        let findings = is_found(&copy, &ground, "rewrite", "").await;
        // At most two leaves of the county stand under a checkpoint alone: the first in doubt is the one changed, or just before.
        let named = first_in(&findings, COUNTIES[0]).unwrap();
        let expected = if forget == Some(FORGET_ALL) { 0..=0 } else { LEAF - 2..=LEAF };
        assert!(expected.contains(&named), "{forget:?}: {findings:?}");
        assert!(findings.iter().any(|finding| finding.subject == "checkpoint"), "{forget:?}");
    }
    println!("T16c rewritten histories, seed 0, N 3, failures 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_backup_is_found_against_the_checkpoint_outside() {
    let mut ground = Ground::new("backup").await;
    ground.record(8, 4).await;
    let old = ground.copy("old");
    ground.record(8, 4).await;
    ground.close().await;
    let (alone, _) = old.verify(None).await.unwrap();
    assert_eq!(alone, [], "by itself it is whole");
    let findings = is_found(&old, &ground, "old backup", "").await;
    assert!(findings.iter().any(|finding| finding.what.contains("an old copy")), "{findings:?}");
}

/// The control: were the actor left out of what is hashed, a changed actor would leave every hash as it was, and neither
/// verifier could notice. With it, every hash from there on is another.
#[test]
fn a_field_that_is_not_hashed_would_go_unnoticed() {
    let leaf = |actor: &str| Leaf {
        act: "household.record".to_owned(),
        actor: actor.to_owned(),
        at: "2026-01-01T00:00:00Z".to_owned(),
        commitment: "hmac-sha256:00".to_owned(),
        key: "dk".to_owned(),
        log: COUNTIES[0].to_owned(),
        seq: "0".to_owned(),
        subject: "hh_1#1".to_owned(),
    };
    let whole = |leaf: &Leaf| leaf_hash(SUITE, leaf.canonical().unwrap().as_bytes());
    let without_actor = |leaf: &Leaf| whole(&Leaf { actor: String::new(), ..leaf.clone() });
    let (honest, changed) = (leaf("local-operator"), leaf("somebody-else"));
    assert_eq!(without_actor(&honest), without_actor(&changed), "the sabotaged hash does not notice");
    assert_ne!(whole(&honest), whole(&changed), "ours does");
}
