//! What changes after a decision: an income that is corrected, somebody who leaves, and the end of what is due.

use nuan_domain::register::ChangeProposal;
use nuan_kernel::{
    BenefitOutcome, ChangeAction, ChangeDecision, Concern, EndRequest, EntitlementStanding, KernelError,
};
use nuan_store::membership::memberships_of_person;
use nuan_tests::installation::Database;
use serde_json::json;

use super::{
    AS_OF, adopt, by, changed, day, decided, depart, determined, entitlements, household, income, kernel_at, recorded,
    verified,
};

#[tokio::test]
async fn a_correction_shows_what_was_too_little_and_changes_nothing() {
    let database = Database::sqlite("corrected").await.unwrap();
    let kernel = kernel_at(&database, "2024-06-10T00:00:00Z").await;
    let home = recorded(&kernel, household()).await;
    let determination = determined(&kernel, home, AS_OF).await;
    decided(&kernel, determination, adopt("dibao")).await;

    // July, August and September have begun.
    let kernel = kernel_at(&database, "2024-09-10T00:00:00Z").await;
    let body = changed(&kernel, home, income("18000.00")).await;
    let [affected] = &body.affected[..] else { panic!("{:?}", body.affected) };
    let correction = affected.correction.as_ref().unwrap();
    assert_eq!(correction.determination, body.recomputed[0].determination);
    // (24,000 − 18,000) ÷ 12 a month.
    let differences = (correction.difference_fen_monthly, correction.difference_fen);
    assert_eq!((correction.months, differences), (3, (Some(50_000), Some(150_000))));
    let [shown] = &entitlements(&kernel, home).await[..] else { panic!("one") };
    assert_eq!(shown, affected);
    assert_eq!((shown.amount_fen_monthly, shown.ends_on), (205_000, None), "nothing is changed by it");

    // Too much, after a further correction: nothing would have been due.
    let body = changed(&kernel, home, income("1000000.00")).await;
    let correction = body.affected[0].correction.clone().unwrap();
    assert_eq!((correction.amount_fen_monthly, correction.difference_fen), (Some(0), Some(-615_000)));

    // Deciding on the correction ends what runs; what was too much stays to be seen.
    let decision = kernel.decide(&by("boss"), correction.determination, adopt("dibao"), None).await.unwrap().body;
    assert_eq!(decision.benefits[0].outcome, BenefitOutcome::Refused);
    let [ended] = &entitlements(&kernel, home).await[..] else { panic!("one") };
    assert_eq!((ended.ends_on, ended.superseded_by), (Some(day("2024-10-01")), None));
    assert_eq!(ended.ended.as_ref().unwrap().decision, Some(decision.id));
    assert_eq!(ended.correction.as_ref().unwrap().difference_fen, Some(-615_000));
    verified(&kernel).await;
}

#[tokio::test]
async fn whoever_leaves_is_named_and_nothing_is_changed() {
    let database = Database::memory().await.unwrap();
    let kernel = kernel_at(&database, "2024-09-10T00:00:00Z").await;
    let home = recorded(&kernel, household()).await;
    let determination = determined(&kernel, home, AS_OF).await;
    decided(&kernel, determination, adopt("dibao")).await;
    let leave = json!({ "kind": "leave", "member": "b", "from": "2024-09-05", "because": "moved_out" });
    let body = changed(&kernel, home, leave).await;
    let [affected] = &body.affected[..] else { panic!("{:?}", body.affected) };
    let concern = &affected.concerns[0];
    assert_eq!((concern.what, concern.member.as_deref()), (Concern::MemberLeft, Some("b")));
    assert_eq!(concern.since, Some(day("2024-09-05")));
    let moved = json!({ "kind": "move", "division": "330108", "from": "2024-09-06" });
    changed(&kernel, home, moved).await;
    let death = json!({ "kind": "death", "member": "c", "on": "2024-09-07" });
    changed(&kernel, home, death).await;
    let [shown] = &entitlements(&kernel, home).await[..] else { panic!("one") };
    let concerns: Vec<_> = shown.concerns.iter().map(|concern| concern.what).collect();
    assert_eq!(concerns, [Concern::MemberLeft, Concern::MemberDied, Concern::HouseholdMoved]);
    assert_eq!((shown.ends_on, shown.persons.len()), (None, 3));

    // A determination of the household as it is now puts it right.
    let determination = determined(&kernel, home, "2024-09-09").await;
    decided(&kernel, determination, depart("dibao", Some(100))).await;
    let listed = entitlements(&kernel, home).await;
    // Both have ids of one millisecond, so their order says nothing.
    let (old, new): (Vec<_>, Vec<_>) = listed.iter().partition(|one| one.superseded_by.is_some());
    let ([old], [new]) = (&old[..], &new[..]) else { panic!("two") };
    assert_eq!((old.concerns.len(), new.concerns.len(), &new.persons[..]), (0, 0, &["a".to_owned()][..]));
    verified(&kernel).await;
}

#[tokio::test]
async fn an_entitlement_ends_once_with_a_reason() {
    let database = Database::memory().await.unwrap();
    let kernel = kernel_at(&database, "2024-09-10T00:00:00Z").await;
    let home = recorded(&kernel, household()).await;
    let determination = determined(&kernel, home, AS_OF).await;
    let decision = decided(&kernel, determination, adopt("dibao")).await;
    let id = decision.benefits[0].entitlement.unwrap();
    let end = |ends_on: &str, reason: &str| EndRequest { ends_on: day(ends_on), reason: reason.to_owned() };
    let early = kernel.end_entitlement(&by("officer"), id, end("2024-09-30", "迁出"), None).await.unwrap_err();
    assert_eq!(early.diagnostics()[0].code, "NU2604");
    let silent = kernel.end_entitlement(&by("officer"), id, end("2024-12-01", " "), None).await.unwrap_err();
    assert_eq!(silent.diagnostics()[0].code, "NU2519");
    let ended = kernel.end_entitlement(&by("officer"), id, end("2024-12-01", "迁出"), None).await.unwrap().body;
    assert_eq!((ended.standing, ended.ends_on), (EntitlementStanding::Coming, Some(day("2024-12-01"))));
    assert_eq!(ended.ended.as_ref().map(|end| end.reason.as_str()), Some("迁出"));
    assert_eq!(kernel.entitlement(&by("officer"), id).await.unwrap(), ended);
    let again = kernel.end_entitlement(&by("officer"), id, end("2025-01-01", "迁出"), None).await.unwrap_err();
    assert_eq!(again.code(), "NU5044");

    // Until its last day has passed it stands in the way of another one that would begin before.
    let next = determined(&kernel, home, "2024-09-01").await;
    let refused = kernel.decide(&by("officer"), next, adopt("dibao"), None).await.unwrap_err();
    assert_eq!(refused.code(), "NU5043");
    verified(&kernel).await;
}

#[tokio::test]
async fn what_has_ended_gives_its_place_up() {
    let database = Database::sqlite("given-up").await.unwrap();
    let kernel = kernel_at(&database, "2024-09-10T00:00:00Z").await;
    let home = recorded(&kernel, household()).await;
    let determination = determined(&kernel, home, AS_OF).await;
    let decision = decided(&kernel, determination, adopt("dibao")).await;
    let request = EndRequest { ends_on: day("2024-12-01"), reason: "自愿退出".to_owned() };
    let id = decision.benefits[0].entitlement.unwrap();
    kernel.end_entitlement(&by("officer"), id, request, None).await.unwrap();
    let held = kernel.erase_household(&by("officer"), home, "保存期满").await.unwrap_err();
    assert_eq!(held.code(), "NU6020", "it is still due");

    let kernel = kernel_at(&database, "2024-11-30T15:00:00Z").await;
    let next = determined(&kernel, home, "2024-11-01").await;
    let decision = decided(&kernel, next, adopt("dibao")).await;
    assert_eq!(decision.benefits[0].ends, [], "the earlier one has its end");
    verified(&kernel).await;
    let request = EndRequest { ends_on: day("2024-12-01"), reason: "自愿退出".to_owned() };
    let id = decision.benefits[0].entitlement.unwrap();
    kernel.end_entitlement(&by("officer"), id, request, None).await.unwrap();

    let kernel = kernel_at(&database, "2024-12-01T01:00:00Z").await;
    kernel.erase_household(&by("officer"), home, "保存期满").await.unwrap();
    let seen = kernel.verify_audit(None, |_| {}).await.unwrap();
    assert!(seen.findings.is_empty() && seen.erased > 5, "{seen:?}");
}

#[tokio::test]
async fn who_comes_again_on_the_day_of_an_earlier_coming_comes_on_the_day_of_the_decision() {
    let database = Database::sqlite("again").await.unwrap();
    let kernel = kernel_at(&database, "2024-09-10T00:00:00Z").await;
    let home = kernel.record_household(&by("clerk"), household(), None).await.unwrap().body;
    let (id, person) = (home.id, home.members[1].person);
    // The index knows that b came on 10 September, when the household was recorded, and left on the same day.
    let leave = json!({ "kind": "leave", "member": "b", "from": "2024-09-01", "because": "moved_out" });
    changed(&kernel, id, leave).await;
    let again = json!({ "kind": "join", "from": "2024-09-10", "relation": "20",
        "person": { "record": "existing", "person": person } });
    let proposal: ChangeProposal = serde_json::from_value(json!({ "change": again, "reason": "回到家庭" })).unwrap();
    let submitted = kernel.submit_change(&by("clerk"), id, proposal, None).await.unwrap().body.id;
    let approve = || ChangeDecision { action: ChangeAction::Approve, reason: "属实".to_owned() };
    let refused = kernel.decide_change(&by("officer"), submitted, approve(), None).await.unwrap_err();
    assert!(matches!(refused, KernelError::Overtaken), "that day is taken until it is over: {refused:?}");
    let kernel = kernel_at(&database, "2024-09-11T00:00:00Z").await;
    kernel.decide_change(&by("officer"), submitted, approve(), None).await.unwrap();
    verified(&kernel).await;
    let mut reading = database.store.begin_read().await.unwrap();
    let rows = memberships_of_person(&mut reading, person).await.unwrap();
    let days: Vec<_> = rows.iter().map(|row| (row.joined_on, row.left_on)).collect();
    assert_eq!(days, [(day("2024-09-10"), Some(day("2024-09-10"))), (day("2024-09-11"), None)]);
}
