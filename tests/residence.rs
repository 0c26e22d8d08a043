//! Where somebody is registered (户籍), where they live (经常居住地), and the permit on which they live there (居住证) are three
//! things: each is stated, corrected and dated for itself, and none follows from another. An identity document that is called a
//! residence permit (港澳台居民居住证) is a fourth: it says who somebody is.

use nuan_domain::register::ChangeProposal;
use nuan_kernel::{
    Actor, ChangeAction, ChangeDecision, ChangeRequestBody, HouseholdBody, Kernel, KernelError, PersonSearch, SearchBy,
    SearchScope,
};
use nuan_tests::installation::{Database, kernel, package};
use nuan_vocabulary::id::HouseholdId;
use serde_json::{Value, json};

/// Somebody with hukou in the division, and somebody from Hong Kong who lives there on a permit.
fn couple() -> Value {
    json!({
        "division": "999901001",
        "facts": { "household.residence_permit": true },
        "members": [
            { "ref": "a", "document": { "kind": "citizen_id", "number": "999999198001010011" },
              "facts": { "member.local_hukou": true } },
            { "ref": "b", "document": { "kind": "residence_permit", "number": "810000199001010019" },
              "facts": { "member.lives_with_household": true } },
        ],
    })
}

fn actor(name: &str) -> Actor {
    Actor::named(name).unwrap()
}

async fn submit(kernel: &Kernel, home: HouseholdId, change: Value) -> Result<ChangeRequestBody, KernelError> {
    let proposal: ChangeProposal = serde_json::from_value(json!({ "change": change, "reason": "核实" })).unwrap();
    Ok(kernel.submit_change(&actor("clerk"), home, proposal, None).await?.body)
}

/// The places that a change alters, once it is approved.
async fn altered(kernel: &Kernel, home: HouseholdId, change: Value) -> Vec<String> {
    let request = submit(kernel, home, change).await.unwrap();
    let decision = ChangeDecision { action: ChangeAction::Approve, reason: "经核实".to_owned() };
    kernel.decide_change(&actor("officer"), request.id, decision, None).await.unwrap();
    request.differences.into_iter().map(|difference| difference.path).collect()
}

async fn shown(kernel: &Kernel, home: HouseholdId) -> HouseholdBody {
    kernel.household(&actor("clerk"), home).await.unwrap()
}

fn statement(value: bool) -> Value {
    json!([{ "value": value, "from": "2025-06-01", "source": "公安" }])
}

/// A register with the couple on it.
async fn registered() -> (Kernel, HouseholdId) {
    let database = Database::memory().await.unwrap();
    let kernel = kernel(vec![package("plugins/basic-living").unwrap()], &database).await.unwrap();
    let home = kernel.record_household(&actor("clerk"), couple(), None).await.unwrap().body.id;
    (kernel, home)
}

#[tokio::test]
async fn none_follows_from_another() {
    let (kernel, home) = registered().await;
    let document = shown(&kernel, home).await.document;
    assert_eq!(document["facts"], json!({ "household.residence_permit": true }));
    assert_eq!(document["members"][0]["facts"], json!({ "member.local_hukou": true }));
    assert_eq!(document["members"][1]["facts"], json!({ "member.lives_with_household": true }));
    assert_eq!(document["members"][1]["document"]["kind"], "residence_permit");
    assert_eq!(document["members"][0]["document"]["kind"], "citizen_id");
}

#[tokio::test]
async fn each_is_corrected_for_itself_and_keeps_its_own_history() {
    let (kernel, home) = registered().await;
    let hukou = json!({ "kind": "correct", "member": "b", "facts": { "member.local_hukou": statement(false) } });
    assert_eq!(altered(&kernel, home, hukou).await, ["/members/1/facts/member.local_hukou"]);
    let permit = json!({ "kind": "correct", "facts": { "household.residence_permit": statement(false) } });
    assert_eq!(altered(&kernel, home, permit).await, ["/facts/household.residence_permit"]);
    let lives =
        json!({ "kind": "correct", "member": "b", "facts": { "member.lives_with_household": statement(false) } });
    assert_eq!(altered(&kernel, home, lives).await, ["/members/1/facts/member.lives_with_household"]);
    // The household lives elsewhere now; where its members are registered is another matter, and is stated anew where it changed.
    let moves = json!({ "kind": "move", "division": "999902001", "from": "2025-09-01" });
    assert_eq!(altered(&kernel, home, moves).await, ["/division"]);

    let body = shown(&kernel, home).await;
    let facts = |member: usize| body.document["members"][member]["facts"].clone();
    assert_eq!(body.division.to_string(), "999902001");
    assert_eq!(facts(0), json!({ "member.local_hukou": true }), "nobody said anything new of the first");
    assert_eq!(facts(1)["member.local_hukou"].as_array().unwrap().len(), 1);
    assert_eq!(facts(1)["member.lives_with_household"].as_array().unwrap().len(), 2);
    let permit = body.document["facts"]["household.residence_permit"].as_array().unwrap();
    assert_eq!((permit.len(), &permit[0]["value"], &permit[1]["value"]), (2, &json!(true), &json!(false)));
}

#[tokio::test]
async fn the_document_says_who_somebody_is_and_not_where_they_live() {
    let (kernel, home) = registered().await;
    let search = PersonSearch {
        scope: SearchScope::new("999901".parse().unwrap()).unwrap(),
        by: SearchBy::Document("810000199001010019".parse().unwrap()),
        after: None,
        limit: 50,
    };
    let found = kernel.search_persons(&actor("clerk"), &search).await.unwrap();
    assert_eq!(found.items[0].document.as_deref(), Some("8100**********0019"));
    for (kind, number) in [("citizen_id", "810000199001010019"), ("residence_permit", "999999198001010011")] {
        let wrong = json!({ "kind": "identify", "member": "b", "document": { "kind": kind, "number": number } });
        let refused = submit(&kernel, home, wrong).await.unwrap_err();
        let codes: Vec<&str> = refused.diagnostics().iter().map(|mistake| mistake.code.as_str()).collect();
        assert_eq!(codes, ["NU2122"], "{kind}");
    }
    let misplaced = json!({ "kind": "correct", "facts": { "member.local_hukou": statement(true) } });
    let refused = submit(&kernel, home, misplaced).await.unwrap_err();
    assert_eq!(refused.diagnostics()[0].code, "NU2102", "hukou is a person's, not the household's");
}
