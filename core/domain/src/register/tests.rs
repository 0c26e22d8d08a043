//! What the register's tests stand on: the project's catalogue, and one invented household of three; and what holds of
//! all changes together.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use jiff::Timestamp;
use nuan_vocabulary::catalogue::Catalogue;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::{HouseholdId, PersonId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::apply::{Applied, Current, apply};
use super::assembly::{View, assemble, split};
use super::parts::HouseholdPart;
use crate::schema::Schema;

/// The project's catalogue, read once.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut catalogue = Catalogue::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/catalogue");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            catalogue.merge(serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()).unwrap();
        }
    }
    Schema::new(catalogue).unwrap()
});

pub fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

pub fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn person(number: u128) -> PersonId {
    format!("ps_{number:032x}").parse().unwrap()
}

pub fn household(number: u128) -> HouseholdId {
    format!("hh_{number:032x}").parse().unwrap()
}

pub fn empty_household() -> HouseholdPart {
    split(&json!({ "division": "999901", "members": [] })).unwrap().household
}

/// A document as the register keeps it: persons 1, 2, … of household 1.
pub fn kept(document: &Value) -> Current {
    kept_as(document, 1, 1)
}

/// The same with another household number and first person.
pub fn kept_as(document: &Value, number: u128, first: u128) -> Current {
    let parts = split(document).unwrap();
    let ids = (first..).map(person).zip(&parts.members);
    let persons: BTreeMap<_, _> = ids.map(|(id, member)| (id, member.person.clone())).collect();
    let named = (first..).map(|n| (person(n), 1, "mac".to_owned()));
    Current { id: household(number), household: parts.household_with(named), persons }
}

/// Head of household, spouse and child.
pub fn registered() -> Current {
    kept(&json!({
        "division": "999901",
        "facts": { "household.local_hukou": true, "household.income_12_months": "24000.00" },
        "entities": { "vehicle": { "none": true } },
        "members": [
            { "ref": "a", "relation": "02", "facts": { "member.birth_date": "1980-01-01" } },
            { "ref": "b", "relation": "10", "facts": { "member.birth_date": "1982-05-06" } },
            { "ref": "c", "relation": "20", "facts": { "member.birth_date": "2012-09-01" } }
        ]
    }))
}

/// Another household, of one.
pub fn neighbour() -> Current {
    let document = json!({
        "division": "999902",
        "members": [{ "ref": "a", "relation": "02", "facts": { "member.birth_date": "1955-06-15" } }]
    });
    kept_as(&document, 2, 100)
}

/// The change applied with a reason that will do; a refusal as codes and places. Somebody new who
/// joins three others is person 50.
pub fn make(change: Value, current: &Current, other: Option<&Current>, at: &str) -> Result<Applied, Vec<String>> {
    let proposal = serde_json::from_value(json!({ "change": change, "reason": "申请" })).unwrap();
    let number = 47 + u128::try_from(current.household.members.len()).unwrap();
    let made = apply(&proposal, current, other, instant(at), &SCHEMA, || person(number));
    let shown = |mistake: Diagnostic| format!("{} {}", mistake.code, mistake.path);
    made.map_err(|mistakes| mistakes.into_iter().map(shown).collect())
}

fn seen(current: &Current, as_of: Date, known_at: Timestamp) -> Value {
    assemble(&current.household, &|id| current.persons.get(&id), View::At { as_of, known_at })
}

/// Applies changes one after the other; each names the instant at which it became known.
#[track_caller]
fn lived(changes: &[(&str, Value)]) -> Current {
    changes.iter().fold(registered(), |current, (at, change)| {
        make(change.clone(), &current, None, at).unwrap().after(&current, None)
    })
}

#[test]
fn what_was_known_on_that_day_about_this_day() {
    let income = json!([{ "value": "30000.00", "from": "2023-01-01", "until": "2024-01-01" }]);
    let correct = json!({
        "kind": "correct", "facts": { "household.income_12_months": income },
        "entities": { "vehicle": [{ "value": "80000.00" }] },
    });
    let leave = json!({ "kind": "leave", "member": "b", "from": "2023-06-01", "because": "divorced" });
    let home = lived(&[("2024-03-01T00:00:00Z", leave), ("2024-06-01T00:00:00Z", correct)]);
    let check = |as_of: &str, known_at: &str, members: usize, before: Value, vehicle: Value| {
        let document = seen(&home, day(as_of), instant(known_at));
        assert_eq!(document["members"].as_array().unwrap().len(), members, "{as_of} as known {known_at}");
        let income = &document["facts"]["household.income_12_months"];
        assert_eq!(income.get(0).map_or(income, |first| &first["value"]), &before);
        assert_eq!(document["entities"]["vehicle"], vehicle);
    };
    let (none, car) = (json!({ "none": true }), json!([{ "value": "80000.00" }]));
    check("2023-05-31", "2024-02-29T23:59:59Z", 3, json!("24000.00"), none.clone());
    check("2023-06-01", "2024-02-29T23:59:59Z", 3, json!("24000.00"), none.clone());
    check("2023-05-31", "2024-03-01T00:00:00Z", 3, json!("24000.00"), none.clone());
    check("2023-06-01", "2024-03-01T00:00:00Z", 2, json!("24000.00"), none);
    check("2023-06-01", "2024-06-01T00:00:00Z", 2, json!("24000.00"), car);
    let document = seen(&home, day("2023-06-01"), instant("2024-06-01T00:00:00Z"));
    assert_eq!(document["facts"]["household.income_12_months"][1]["value"], "30000.00");
}

fn a_day() -> impl Strategy<Value = Date> {
    (day("2022-12-25").days()..day("2023-02-10").days()).prop_map(Date::from_days)
}

fn a_change() -> impl Strategy<Value = Value> {
    let member = prop_oneof![Just("a"), Just("b"), Just("c"), Just("d")];
    (0_u8..8, member, a_day(), 0_u32..5).prop_map(|(kind, member, from, number)| match kind {
        0 => json!({ "kind": "leave", "member": member, "from": from, "because": "other" }),
        1 => json!({ "kind": "join", "person": { "record": "existing", "person": person(2) }, "from": from }),
        2 => json!({ "kind": "join", "person": { "record": "new", "name": "甲" }, "from": from }),
        3 => json!({ "kind": "split", "members": [member], "from": from }),
        4 => json!({ "kind": "move", "division": format!("99990{number}"), "from": from }),
        5 => json!({ "kind": "death", "member": member, "on": from }),
        6 => json!({
            "kind": "correct", "member": member, "entities": { "obligor": { "none": true } },
            "facts": { "member.relation": [{ "value": "20", "from": from }], "member.local_hukou": [{ "value": true }] },
        }),
        _ => json!({
            "kind": "correct", "entities": { "vehicle": [{ "value": format!("{number}.00") }] },
            "facts": { "household.income_12_months": [{ "value": format!("{number}.00"), "from": from }] },
        }),
    })
}

proptest! {
    /// Each change becomes known on a later day; whatever an earlier instant knew of any day stays as it was.
    #[test]
    fn no_change_ever_alters_what_was_known_before(
        changes in proptest::collection::vec(a_change(), 1..6),
        as_of in a_day(),
    ) {
        let mut states = vec![(Timestamp::UNIX_EPOCH, registered())];
        for (n, change) in changes.into_iter().enumerate() {
            let at = format!("2023-02-1{n}T00:00:00Z");
            let (_, current) = states.last().unwrap();
            if let Ok(applied) = make(change, current, None, &at) {
                let after = applied.after(current, None);
                prop_assert!(after.household.members_on(day("2023-02-09"), instant(&at)).next().is_some()
                    || after.household.ended.is_some());
                states.push((instant(&at), after));
            }
        }
        let (_, last) = states.last().unwrap();
        for (known_at, current) in &states {
            prop_assert_eq!(seen(last, as_of, *known_at), seen(current, as_of, *known_at));
        }
    }
}
