//! What is changed in a decision, in what follows from it, or in the list of who has which benefit, is found and named.

use nuan_kernel::{Actor, DecisionRequest, DeterminationRequest, EndRequest};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::{DecisionId, EntitlementId};

use super::Tampered;

/// A decision that nobody took.
const COPIED: &str = "
insert into decision
select 'dec_x', 'det_x', household_id, county, outcome, decided_by, decided_at, key_id, ciphertext
from decision
limit 1";

/// Two decisions: what follows from the second took the place of the first, and ended.
struct Decided {
    tampered: Tampered,
    decision: DecisionId,
    superseded: EntitlementId,
    ended: EntitlementId,
}

impl Decided {
    async fn new(name: &str) -> Self {
        let tampered = Tampered::new(name).await;
        let (kernel, officer) = (&tampered.kernel, Actor::named("officer").unwrap());
        let request = || DecisionRequest { kinds: Some(vec!["dibao".to_owned()]), ..DecisionRequest::adopt() };
        let first = kernel.decide(&officer, tampered.id, request(), None).await.unwrap().body;
        let as_of = Date::parse("2024-07-01").ok();
        let later = DeterminationRequest { as_of, known_at: None };
        let clerk = Actor::local_operator();
        let later = kernel.determine_household(&clerk, first.household, later, None).await.unwrap().body.id.unwrap();
        let second = kernel.decide(&officer, later, request(), None).await.unwrap().body;
        let ended = second.benefits[0].entitlement.unwrap();
        let end = EndRequest { ends_on: Date::parse("2026-03-01").unwrap(), reason: "自愿退出".to_owned() };
        kernel.end_entitlement(&officer, ended, end, None).await.unwrap();
        assert_eq!(tampered.findings().await, []);
        let superseded = first.benefits[0].entitlement.unwrap();
        Self { tampered, decision: first.id, superseded, ended }
    }

    async fn flip(&mut self, table: &str, sql: &'static str, id: &str) {
        let rowid = self.tampered.rowid(sql, id).await;
        self.tampered.flip_all(table, rowid, |finding| finding.subject == id).await;
    }
}

#[tokio::test]
async fn a_flipped_bit_of_a_decision_is_found_and_named() {
    let mut decided = Decided::new("decision").await;
    let id = decided.decision.to_string();
    decided.flip("decision", "select rowid from decision where id = $1", &id).await;
}

#[tokio::test]
async fn a_flipped_bit_of_an_entitlement_is_found_and_named() {
    let mut decided = Decided::new("entitlement").await;
    for id in [decided.superseded, decided.ended].map(|id| id.to_string()) {
        decided.flip("entitlement", "select rowid from entitlement where id = $1", &id).await;
    }
}

#[tokio::test]
async fn a_flipped_bit_of_an_end_is_found_and_named() {
    let mut decided = Decided::new("end").await;
    let id = decided.ended.to_string();
    decided.flip("entitlement_end", "select rowid from entitlement_end where entitlement_id = $1", &id).await;
}

#[tokio::test]
async fn what_is_ended_or_taken_away_behind_the_kernels_back_is_missed() {
    for (sql, subject) in [
        ("update entitlement set ends_on = '2026-01-01' where superseded_by is null", "running"),
        ("update entitlement set ends_on = null where superseded_by is not null", "superseded"),
        ("update entitlement set superseded_by = null where superseded_by is not null", "superseded"),
        ("delete from active_benefit", "running"),
        ("delete from decision", "decision"),
        ("delete from entitlement", "running"),
        (COPIED, "decisions"),
    ] {
        let mut tampered = Tampered::new("behind").await;
        let officer = Actor::named("officer").unwrap();
        let request = || DecisionRequest { kinds: Some(vec!["dibao".to_owned()]), ..DecisionRequest::adopt() };
        let first = tampered.kernel.decide(&officer, tampered.id, request(), None).await.unwrap().body;
        let later = DeterminationRequest { as_of: Date::parse("2024-07-01").ok(), known_at: None };
        let clerk = Actor::local_operator();
        let later = tampered.kernel.determine_household(&clerk, first.household, later, None).await.unwrap();
        let second = tampered.kernel.decide(&officer, later.body.id.unwrap(), request(), None).await.unwrap().body;
        assert_eq!(tampered.findings().await, []);
        sqlx::query(sql).execute(&mut tampered.connection).await.unwrap();
        let named = match subject {
            "running" => second.benefits[0].entitlement.unwrap().to_string(),
            "superseded" => first.benefits[0].entitlement.unwrap().to_string(),
            "decision" => first.id.to_string(),
            other => other.to_owned(),
        };
        let findings = tampered.findings().await;
        let is_named = findings.iter().any(|finding| finding.subject == named);
        assert!(is_named, "{sql}: {findings:?}");
    }
}
