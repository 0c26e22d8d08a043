//! A household that cannot be read or determined is named with its code, and the others go on.

use nuan_kernel::{Actor, Kernel};
use serde_json::json;

use super::register::{Register, on_both_databases, record};
use super::{AS_OF, determinations_of, reassess};

on_both_databases! {
    who_cannot_be_read_or_determined_is_named,
    somebody_who_moved_without_a_new_statement_is_read_where_they_were,
}

/// Changes the sealed content of a household, as nobody may.
async fn damage(register: &Register, table: &str, household: &str) {
    let address = register.raw_address();
    sqlx::any::install_default_drivers();
    let mut connection = <sqlx::AnyConnection as sqlx::Connection>::connect(&address).await.unwrap();
    let text = match table {
        "household_document" => "update household_document set ciphertext = $1 where household_id = $2",
        _ => "update person_document set ciphertext = $1 where household_id = $2",
    };
    let done = sqlx::query(text).bind(vec![1_u8; 60]).bind(household).execute(&mut connection).await.unwrap();
    assert!(done.rows_affected() > 0);
}

async fn recorded(register: &Register, kernel: &Kernel, count: u32) -> Vec<nuan_vocabulary::id::HouseholdId> {
    let mut all = Vec::new();
    for number in 0..count {
        all.push(register.household(kernel, "330106", &format!("{}.00", number * 1_000)).await);
    }
    all
}

async fn who_cannot_be_read_or_determined_is_named(register: &Register) {
    let kernel = register.kernel(None).await;
    let actor = Actor::local_operator();
    let all = recorded(register, &kernel, 9).await;
    // Nobody's rules apply there.
    let elsewhere = record(&kernel, json!({ "division": "110101", "members": [{ "ref": "a" }] })).await.unwrap();
    kernel.erase_household(&actor, all[2], "保存期满").await.unwrap();
    damage(register, "household_document", &all[4].to_string()).await;
    damage(register, "person_document", &all[7].to_string()).await;
    let body = reassess(&kernel, AS_OF, "000000").await;
    let mut named: Vec<(String, String)> =
        body.left_out_households.iter().map(|left| (left.household.to_string(), left.code.clone())).collect();
    named.sort();
    let mut expected = [(all[2], "NU6010"), (all[4], "NU6001"), (all[7], "NU6001"), (elsewhere, "NU3405")]
        .map(|(id, code)| (id.to_string(), code.to_owned()));
    expected.sort();
    assert_eq!(named, expected);
    assert_eq!((body.determined, body.left_out), (6, 4));
    for (number, household) in all.iter().enumerate() {
        let expected = usize::from(![2, 4, 7].contains(&number));
        assert_eq!(determinations_of(&kernel, *household).await.len(), expected, "{number}");
    }
}

/// A person who joined another household: their part was stated with the first one.
async fn somebody_who_moved_without_a_new_statement_is_read_where_they_were(register: &Register) {
    let kernel = register.kernel(None).await;
    let actor = Actor::local_operator();
    let all = recorded(register, &kernel, 3).await;
    let (clerk, officer) = (Actor::named("clerk").unwrap(), Actor::named("officer").unwrap());
    let proposal =
        json!({ "change": { "kind": "merge", "household": all[1], "from": "2022-08-01" }, "reason": "并户" });
    let proposal = serde_json::from_value(proposal).unwrap();
    let asked = kernel.submit_change(&clerk, all[0], proposal, None).await.unwrap().body.id;
    let decision = nuan_kernel::ChangeDecision {
        action: nuan_kernel::ChangeAction::Approve,
        reason: "经入户核实".to_owned(),
    };
    kernel.decide_change(&officer, asked, decision, None).await.unwrap();
    let body = reassess(&kernel, AS_OF, "000000").await;
    assert_eq!((body.determined, body.ended, body.left_out), (2, 1, 0));
    let id = determinations_of(&kernel, all[0]).await[0];
    assert!(kernel.replay(&actor, id).await.unwrap().is_identical);
}
