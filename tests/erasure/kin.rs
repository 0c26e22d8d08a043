//! Who goes with a household and who does not: whoever moved on to another one stays, and a second record of one person goes with
//! the first.

use nuan_kernel::{MatchAction, MatchDecision, PersonBody};
use nuan_store::membership;
use nuan_vocabulary::id::PersonId;

use super::*;

/// Whether the household shows each of its persons as erased.
async fn erased(kernel: &Kernel, home: HouseholdId) -> Vec<bool> {
    kernel.household(&named("clerk"), home).await.unwrap().members.iter().map(|member| member.is_erased).collect()
}

async fn person(kernel: &Kernel, id: PersonId) -> PersonBody {
    kernel.person(&named("clerk"), id).await.unwrap()
}

#[tokio::test]
async fn who_moved_on_to_another_household_stays() {
    let database = Database::sqlite("moved-on").await.unwrap();
    let kernel = kernel(vec![package("plugins/basic-living").unwrap()], &database).await.unwrap();
    let flock: Vec<Canary> = (20..22).map(|number| Canary::new(6, number)).collect();
    let document = Canary::household("330106", &flock);
    let old = kernel.record_household(&named("clerk"), document, None).await.unwrap().body;
    let split = json!({ "change": { "kind": "split", "members": ["b"], "from": "2024-05-01", "alone": true },
        "reason": "成年子女分户", "evidence": ["户口簿"] });
    let change =
        kernel.submit_change(&named("clerk"), old.id, serde_json::from_value(split).unwrap(), None).await.unwrap();
    let decision = ChangeDecision { action: ChangeAction::Approve, reason: "经核实".to_owned() };
    let decided = kernel.decide_change(&named("officer"), change.body.id, decision, None).await.unwrap().body;
    let new = decided.request.new_household.unwrap();

    let gone = kernel.erase_household(&named("clerk"), old.id, "保存期满").await.unwrap();
    assert_eq!((gone.persons.as_slice(), gone.keys), ([old.members[0].person].as_slice(), 2));
    assert!(matches!(kernel.household(&named("clerk"), old.id).await, Err(KernelError::Erased)));
    assert_eq!(erased(&kernel, new).await, [false]);
    assert!(!person(&kernel, old.members[1].person).await.is_erased);
    assert_eq!(kernel.verify_audit(None, |_| {}).await.unwrap().findings, []);

    let gone = kernel.erase_household(&named("clerk"), new, "保存期满").await.unwrap();
    assert_eq!(gone.persons, [old.members[1].person]);
    assert_eq!(kernel.verify_audit(None, |_| {}).await.unwrap().findings, []);
}

#[tokio::test]
async fn a_second_record_of_one_person_goes_with_the_first_and_not_before() {
    let database = Database::sqlite("second-record").await.unwrap();
    let kernel = kernel(vec![package("plugins/basic-living").unwrap()], &database).await.unwrap();
    let canary = Canary::new(6, 30);
    let document = Canary::household("330106", std::slice::from_ref(&canary));
    let home = kernel.record_household(&named("clerk"), document, None).await.unwrap().body;
    let twin = json!({ "ref": "a", "name": canary.name, "facts": { "member.birth_date": canary.birth.to_string() } });
    let kin = json!({ "ref": "b", "facts": { "member.birth_date": "1970-01-01" } });
    let document = json!({ "division": "330106", "members": [twin, kin] });
    let other_home = kernel.record_household(&named("clerk"), document, None).await.unwrap().body;
    let (one, other) = (home.members[0].person, other_home.members[0].person);
    let mut writing = database.store.begin_write([]).await.unwrap();
    let day = Date::parse("2199-01-01").unwrap();
    assert!(membership::leave(&mut writing, other, other_home.id, day).await.unwrap());
    writing.commit().await.unwrap();
    let found = kernel.propose_matches(&named("clerk"), one, None).await.unwrap().body;
    let decision = MatchDecision { action: MatchAction::Merge, reason: "同一人".to_owned() };
    let merged = kernel.decide_match(&named("officer"), found.items[0].id, decision, None).await.unwrap().body;
    let kept = merged.kept.unwrap();
    let lives_at = person(&kernel, kept).await.household.unwrap();
    assert_eq!(lives_at, home.id);

    let gone = kernel.erase_household(&named("clerk"), other_home.id, "保存期满").await.unwrap();
    assert_eq!(gone.persons, [other_home.members[1].person], "the person of the two records lives elsewhere");
    assert!(!person(&kernel, kept).await.is_erased);
    let mut gone = kernel.erase_household(&named("clerk"), home.id, "保存期满").await.unwrap().persons;
    gone.sort();
    let mut both = [one, other];
    both.sort();
    assert_eq!(gone, both);
    assert!(person(&kernel, one).await.is_erased && person(&kernel, other).await.is_erased);
    assert_eq!(kernel.verify_audit(None, |_| {}).await.unwrap().findings, []);
}
