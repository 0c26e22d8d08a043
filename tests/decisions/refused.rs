//! What cannot be decided: what nobody knows, what somebody had computed themselves, what has been overtaken, and requests that
//! contradict themselves.

use jiff::{SignedDuration, Timestamp};
use nuan_kernel::{BenefitOutcome, DecidedInstead, DecisionRequest, DeterminationRequest, ErrorKind, KernelError};
use nuan_tests::installation::Database;

use super::{
    AS_OF, adopt, by, changed, day, decided, depart, determined, entitlements, household, income, kernel_at, recorded,
    verified,
};

const NOW: &str = "2024-09-10T00:00:00Z";

#[tokio::test]
async fn nobody_decides_on_what_they_had_computed() {
    let database = Database::memory().await.unwrap();
    let kernel = kernel_at(&database, NOW).await;
    let home = recorded(&kernel, household()).await;
    let determination = determined(&kernel, home, AS_OF).await;
    for request in [adopt("dibao"), depart("dibao", Some(1))] {
        let own = kernel.decide(&by("clerk"), determination, request, None).await.unwrap_err();
        assert!(matches!(own, KernelError::OwnWork), "{own:?}");
    }
    assert_eq!(entitlements(&kernel, home).await, []);
}

#[tokio::test]
async fn what_nobody_knows_is_not_adopted_but_may_be_departed_from() {
    let database = Database::memory().await.unwrap();
    let kernel = kernel_at(&database, NOW).await;
    let mut document = household();
    assert!(document["entities"].as_object_mut().unwrap().remove("vehicle").is_some());
    let home = recorded(&kernel, document).await;
    let determination = determined(&kernel, home, AS_OF).await;
    let refused = kernel.decide(&by("officer"), determination, adopt("dibao"), None).await.unwrap_err();
    assert_eq!((refused.code(), refused.kind()), ("NU5042", ErrorKind::Conflict));
    let named = &refused.diagnostics()[0];
    assert_eq!(named.path, "/outputs/dibao.status");
    assert!(named.hint.as_deref().unwrap().contains("vehicle"), "{named:?}");
    let decision = decided(&kernel, determination, depart("dibao", Some(120_000))).await;
    assert_eq!(decision.benefits[0].amount_fen_monthly, Some(120_000));
    let [entitlement] = &entitlements(&kernel, home).await[..] else { panic!("one") };
    assert_eq!(entitlement.persons.len(), 3);
    verified(&kernel).await;
}

#[tokio::test]
async fn a_household_without_a_right_is_refused_with_its_reasons() {
    let database = Database::memory().await.unwrap();
    let kernel = kernel_at(&database, NOW).await;
    let mut document = household();
    document["facts"]["household.income_12_months"] = "1000000.00".into();
    let home = recorded(&kernel, document).await;
    let determination = determined(&kernel, home, AS_OF).await;
    let decision = decided(&kernel, determination, adopt("dibao")).await;
    assert_eq!(decision.benefits[0].outcome, BenefitOutcome::Refused);
    assert_eq!((decision.benefits[0].entitlement, decision.benefits[0].amount_fen_monthly), (None, None));
    assert_eq!(entitlements(&kernel, home).await, []);
    let leaves = kernel.leaves_about(&by("anybody"), &determination.to_string()).await.unwrap();
    let is_explained = leaves.iter().any(|leaf| leaf.leaf.contains("\"act\":\"determination.explain\""));
    assert!(is_explained, "the reasons are kept");
}

#[tokio::test]
async fn what_has_been_overtaken_is_not_decided() {
    let database = Database::memory().await.unwrap();
    let kernel = kernel_at(&database, NOW).await;
    let home = recorded(&kernel, household()).await;
    let [touched, untouched] = [AS_OF, "2022-09-01"];
    let (touched, untouched) = (determined(&kernel, home, touched).await, determined(&kernel, home, untouched).await);
    let corrected = changed(&kernel, home, income("18000.00")).await.recomputed[0].determination;
    for overtaken in [touched, untouched] {
        let refused = kernel.decide(&by("boss"), overtaken, adopt("dibao"), None).await.unwrap_err();
        assert!(matches!(refused, KernelError::NotCurrent), "{refused:?}");
    }
    // The officer approved the correction, so its determination is the officer's work.
    let own = kernel.decide(&by("officer"), corrected, adopt("dibao"), None).await.unwrap_err();
    assert!(matches!(own, KernelError::OwnWork), "{own:?}");
    let decision = kernel.decide(&by("boss"), corrected, adopt("dibao"), None).await.unwrap().body;
    assert_eq!(decision.benefits[0].amount_fen_monthly, Some(255_000));
}

#[tokio::test]
async fn every_mistake_of_a_request_is_named() {
    let database = Database::memory().await.unwrap();
    let kernel = kernel_at(&database, NOW).await;
    let home = recorded(&kernel, household()).await;
    let determination = determined(&kernel, home, AS_OF).await;
    let instead = |kind: &str, member: Option<&str>| DecidedInstead {
        kind: kind.to_owned(),
        member: member.map(str::to_owned),
        amount_fen_monthly: Some(1),
        persons: None,
    };
    let strangers = DecidedInstead { persons: Some(vec!["a".to_owned(), "z".to_owned()]), ..instead("dibao", None) };
    let benefits = vec![
        instead("dibaoo", None),
        instead("dibao", Some("a")),
        instead("tekun", None),
        instead("tekun", Some("z")),
        strangers,
    ];
    let request = DecisionRequest { benefits, ..depart("dibao", None) };
    let refused = kernel.decide(&by("officer"), determination, request, None).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Input);
    let found: Vec<(&str, &str)> =
        refused.diagnostics().iter().map(|mistake| (mistake.code.as_str(), mistake.path.as_str())).collect();
    let expected = [("NU2601", "/benefits/0/kind"), ("NU2607", "/benefits/1"), ("NU2607", "/benefits/2")];
    let strangers = [("NU2602", "/benefits/3/member"), ("NU2602", "/benefits/4/persons/1")];
    assert_eq!(found, [&expected[..], &strangers[..]].concat());
    let payee = DecisionRequest { payee: Some("z".to_owned()), ..adopt("dibao") };
    let refused = kernel.decide(&by("officer"), determination, payee, None).await.unwrap_err();
    assert_eq!(refused.diagnostics()[0].path, "/payee");
    let refused = kernel.decide(&by("officer"), determination, adopt("dibaoo"), None).await.unwrap_err();
    assert_eq!(refused.diagnostics()[0].hint.as_deref(), Some("did you mean `dibao`?"));
}

#[tokio::test]
async fn what_was_asked_as_known_before_a_correction_is_not_decided() {
    let database = Database::memory().await.unwrap();
    let kernel = kernel_at(&database, NOW).await;
    let home = recorded(&kernel, household()).await;
    let corrected_at = changed(&kernel, home, income("18000.00")).await.request.decided_at.unwrap();
    let corrected_at: Timestamp = corrected_at.parse().unwrap();
    let before = corrected_at - SignedDuration::from_micros(1);
    // Both read the newest version of the household; only the one sees the correction.
    for (known_at, actions) in [(before, 0), (corrected_at, 1)] {
        let request = DeterminationRequest { as_of: Some(day(AS_OF)), known_at: Some(known_at) };
        let made = kernel.determine_household(&by("clerk"), home, request, None).await.unwrap().body.id.unwrap();
        let listed = kernel.determinations(&by("clerk"), home, None, 100).await.unwrap();
        let summary = listed.items.iter().find(|item| item.id == made).unwrap();
        assert_eq!(summary.allowed_actions.len(), actions, "{known_at}");
        let decided = kernel.decide(&by("boss"), made, adopt("dibao"), None).await;
        match actions {
            0 => assert!(matches!(decided, Err(KernelError::NotCurrent)), "{decided:?}"),
            _ => assert_eq!(decided.unwrap().body.benefits[0].amount_fen_monthly, Some(255_000)),
        }
    }
    verified(&kernel).await;
}
