//! What is known anew: facts and lists of the household or a member, who a member is, and where the household lives.
//!
//! INVARIANT: a correction is added behind what was stated, dated by the instant at which it became known.

use std::collections::BTreeMap;

use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use serde_json::{Map, Value};

use super::apply::Draft;
use super::change::NewStatement;
use super::conflicts::{Conflict, step};
use super::history::{add_statements, identify as identify_anew, restate};
use super::parts::{Ending, FormerDivision, Membership, Object, RecordedAt, SupersededList};
use crate::document::limits;

/// The fact for which a membership's `relation` is short. It depends on the household, so the membership holds it.
const RELATION: &str = "member.relation";

/// Adds statements, and restates lists, of a member or of the household itself.
pub fn correct(
    draft: &mut Draft<'_>,
    reference: Option<&str>,
    facts: &BTreeMap<String, Vec<NewStatement>>,
    lists: &Object,
) {
    let membership = match reference {
        None => None,
        Some(reference) => match whose_facts(draft, reference) {
            Some(membership) => Some(membership),
            None => return,
        },
    };
    let end = membership.as_ref().and_then(|membership| membership.until);
    facts.iter().for_each(|(name, statements)| check_periods(draft, name, statements, end));
    for (name, statements) in facts {
        let written: Vec<Value> = statements.iter().map(|statement| write(statement, draft.at)).collect();
        add(draft, membership.as_ref(), name, written);
    }
    for (entity, rows) in lists {
        if list(draft, membership.as_ref(), entity) != Some(rows) {
            let at = draft.at;
            let (held, superseded) = lists_of(draft, membership.as_ref());
            restate(held, superseded, entity, rows.clone(), at);
        }
    }
}

/// The membership whose person is corrected: one who belongs to the household, or did until death.
fn whose_facts(draft: &mut Draft<'_>, reference: &str) -> Option<Membership> {
    let dead = draft.membership(reference).filter(|membership| membership.ended == Some(Ending::Died)).cloned();
    dead.or_else(|| draft.open_membership(reference, "/change/member"))
}

fn check_periods(draft: &mut Draft<'_>, name: &str, statements: &[NewStatement], end: Option<Date>) {
    let fact = format!("/change/facts/{}", step(name));
    if statements.is_empty() {
        draft.conflicts.note(Conflict::NothingToDo, fact.as_str());
    }
    for (n, statement) in statements.iter().enumerate() {
        if let (Some(from), Some(until)) = (statement.from, statement.until)
            && until <= from
        {
            draft.conflicts.note(Conflict::EmptyPeriod, format!("{fact}/{n}/until"));
        }
        let Some(from) = statement.from else { continue };
        let place = format!("{fact}/{n}/from");
        draft.not_in_future(from, &place);
        if end.is_some_and(|end| end <= from) {
            draft.conflicts.note(Conflict::AfterDeath, place);
        }
    }
}

/// A statement as documents write it.
fn write(statement: &NewStatement, at: RecordedAt) -> Value {
    let mut map = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            map.insert(key.to_owned(), value);
        }
    };
    put("value", Some(statement.value.clone()));
    put("from", statement.from.map(|day| Value::from(day.to_string())));
    put("until", statement.until.map(|day| Value::from(day.to_string())));
    put("source", statement.source.clone().map(Value::from));
    put("evidence", Some(statement.evidence.clone()).filter(|papers| !papers.is_empty()).map(Value::from));
    put("confidence", statement.confidence.and_then(|certainty| serde_json::to_value(certainty).ok()));
    put("known_at", Some(Value::from(String::from(at))));
    Value::Object(map)
}

fn add(draft: &mut Draft<'_>, membership: Option<&Membership>, name: &str, statements: Vec<Value>) {
    let relation = |membership: &&Membership| name == RELATION && membership.relation.is_some();
    let stated = if let Some(membership) = membership.filter(relation) {
        restate_relation(draft, membership, statements)
    } else {
        let facts = facts_of(draft, membership);
        let stated = add_statements(facts.remove(name), statements);
        let count = stated.as_array().map_or(0, Vec::len);
        facts.insert(name.to_owned(), stated);
        count
    };
    if stated > limits::STATEMENTS {
        draft.conflicts.note(Conflict::TooManyStatements, format!("/change/facts/{}", step(name)));
    }
}

/// Adds to the membership's relation, and says how many statements it then has.
fn restate_relation(draft: &mut Draft<'_>, membership: &Membership, statements: Vec<Value>) -> usize {
    let mut members = draft.applied.household.members.iter_mut().rev();
    let Some(held) = members.find(|held| held.reference == membership.reference) else { return 0 };
    let stated = add_statements(held.relation.take(), statements);
    let count = stated.as_array().map_or(0, Vec::len);
    held.relation = Some(stated);
    count
}

fn facts_of<'a>(draft: &'a mut Draft<'_>, membership: Option<&Membership>) -> &'a mut Object {
    match membership {
        Some(membership) => draft.person_mut(membership.person).facts.get_or_insert_default(),
        None => draft.applied.household.facts.get_or_insert_default(),
    }
}

fn list<'a>(draft: &'a Draft<'_>, membership: Option<&Membership>, entity: &str) -> Option<&'a Value> {
    let lists = match membership {
        Some(membership) => draft.person(membership.person)?.entities.as_ref(),
        None => draft.applied.household.entities.as_ref(),
    };
    lists?.get(entity)
}

fn lists_of<'a>(
    draft: &'a mut Draft<'_>,
    membership: Option<&Membership>,
) -> (&'a mut Option<Object>, &'a mut Vec<SupersededList>) {
    match membership {
        Some(membership) => {
            let person = draft.person_mut(membership.person);
            (&mut person.entities, &mut person.superseded)
        }
        None => (&mut draft.applied.household.entities, &mut draft.applied.household.superseded),
    }
}

/// Says who a member is.
pub fn identify(draft: &mut Draft<'_>, reference: &str, document: Option<&Value>, name: Option<&str>) {
    let Some(membership) = whose_facts(draft, reference) else { return };
    let at = draft.at;
    let held = draft.person(membership.person);
    let same_document = document.is_none() || held.and_then(|held| held.document.as_ref()) == document;
    let same_name = name.is_none() || held.and_then(|held| held.name.as_deref()) == name;
    if !(same_document && same_name) {
        identify_anew(draft.person_mut(membership.person), document, name, at);
    }
}

/// Moves the household from a day on; where it lived before stays known.
pub fn relocate(draft: &mut Draft<'_>, division: DivisionCode, from: Date) {
    draft.not_in_future(from, "/change/from");
    let at = draft.at;
    let household = &mut draft.applied.household;
    if household.division.parse::<DivisionCode>() == Ok(division) {
        return draft.conflicts.note(Conflict::SamePlace, "/change/division");
    }
    if household.moved.last().is_some_and(|last| from <= last.until) {
        return draft.conflicts.note(Conflict::BeforeLastMove, "/change/from");
    }
    let before = std::mem::replace(&mut household.division, division.to_string());
    household.moved.push(FormerDivision { division: before, until: from, until_known: at });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::register::apply::{Applied, Current};
    use crate::register::assembly::{View, assemble};
    use crate::register::change::Certainty;
    use crate::register::tests::{SCHEMA, day, instant, make, person, registered};

    const BEFORE: &str = "2024-05-31T23:59:59Z";
    const AT: &str = "2024-06-01T00:00:00Z";

    #[track_caller]
    fn refused(change: Value, current: &Current, expected: &[&str]) {
        assert_eq!(make(change, current, None, AT).unwrap_err(), expected);
    }

    fn seen(applied: &Applied, current: &Current, as_of: &str, known_at: &str) -> Value {
        let after = applied.after(current, None);
        let view = View::At { as_of: day(as_of), known_at: instant(known_at) };
        assemble(&after.household, &|id| after.persons.get(&id), view)
    }

    #[test]
    fn an_income_of_last_year_is_corrected_and_the_old_one_stays() {
        let statement = json!({ "value": "30000.00", "from": "2023-01-01", "until": "2024-01-01", "source": "tax" });
        let change = json!({ "kind": "correct", "facts": { "household.income_12_months": [statement] } });
        let current = registered();
        let applied = make(change, &current, None, AT).unwrap();
        let mut added = statement;
        added["known_at"] = json!(AT);
        let both = json!([{ "value": "24000.00" }, added]);
        assert_eq!(applied.household.facts.as_ref().unwrap()["household.income_12_months"], both);
        assert!(applied.persons.is_empty());
        let income =
            |known_at| seen(&applied, &current, "2023-06-01", known_at)["facts"]["household.income_12_months"].clone();
        assert_eq!(income(BEFORE), json!("24000.00"));
        assert_eq!(income(AT), both);
    }

    #[test]
    fn a_member_s_fact_and_list_make_a_further_person_part() {
        let change = json!({
            "kind": "correct", "member": "b",
            "facts": { "member.local_hukou": [{ "value": true }], "member.relation": [{ "value": "12" }] },
            "entities": { "obligor": { "none": true } },
        });
        let current = registered();
        let applied = make(change, &current, None, AT).unwrap();
        assert_eq!(applied.persons.keys().collect::<Vec<_>>(), [&person(2)]);
        let (before, after) =
            (seen(&applied, &current, "2024-06-01", BEFORE), seen(&applied, &current, "2024-06-01", AT));
        let (before, after) = (&before["members"][1], &after["members"][1]);
        assert_eq!(before["facts"], json!({ "member.birth_date": "1982-05-06" }));
        assert_eq!(after["facts"]["member.local_hukou"][0]["value"], true);
        assert_eq!((before.get("entities"), &after["entities"]["obligor"]), (None, &json!({ "none": true })));
        assert_eq!((&before["relation"], &after["relation"][0]["value"]), (&json!("10"), &json!("12")));
    }

    #[test]
    fn a_list_that_is_stated_again_changes_nothing() {
        let change = |rows: Value| json!({ "kind": "correct", "entities": { "vehicle": rows } });
        refused(change(json!({ "none": true })), &registered(), &["NU2518 /change"]);
        assert!(make(change(json!([{ "value": "1.00" }])), &registered(), None, AT).is_ok());
    }

    #[test]
    fn periods_are_checked_at_their_place() {
        let facts = |statement: Value| json!({ "kind": "correct", "facts": { "household.local_hukou": [statement] } });
        let refuse = |statement, expected: &str| refused(facts(statement), &registered(), &[expected]);
        refuse(json!({ "value": true, "from": "2024-06-02" }), "NU2508 /change/facts/household.local_hukou/0/from");
        refuse(
            json!({ "value": true, "from": "2024-05-01", "until": "2024-05-01" }),
            "NU2509 /change/facts/household.local_hukou/0/until",
        );
        let one_day = json!({ "value": true, "from": "2024-06-01", "until": "2024-06-02" });
        assert!(make(facts(one_day), &registered(), None, AT).is_ok());
        refused(json!({ "kind": "correct" }), &registered(), &["NU2518 /change"]);
    }

    #[test]
    fn a_fact_has_so_many_statements_and_no_more() {
        let statements = |count| vec![json!({ "value": true }); count];
        let change = |count| json!({ "kind": "correct", "facts": { "household.local_hukou": statements(count) } });
        assert!(make(change(63), &registered(), None, AT).is_ok());
        refused(change(64), &registered(), &["NU2515 /change/facts/household.local_hukou"]);
    }

    #[test]
    fn of_the_dead_only_what_held_in_life_is_corrected() {
        let current = registered();
        let death = make(json!({ "kind": "death", "member": "b", "on": "2024-05-01" }), &current, None, AT).unwrap();
        let after = death.after(&current, None);
        let correct = |from: &str| {
            let statement = json!({ "value": true, "from": from });
            json!({ "kind": "correct", "member": "b", "facts": { "member.local_hukou": [statement] } })
        };
        assert!(make(correct("2024-05-01"), &after, None, AT).is_ok());
        refused(correct("2024-05-02"), &after, &["NU2511 /change/facts/member.local_hukou/0/from"]);
        let wrong = json!({ "kind": "correct", "member": "b", "facts": { "member.local_hukou": [{ "value": 1 }] } });
        refused(wrong, &after, &["NU2100 /after/members/1/facts/member.local_hukou/0/value"]);
    }

    #[test]
    fn who_a_member_is_can_become_known() {
        let number = json!({ "kind": "citizen_id", "number": "999999198001010011" });
        let change = json!({ "kind": "identify", "member": "a", "document": number, "name": "张三" });
        let current = registered();
        let applied = make(change.clone(), &current, None, AT).unwrap();
        let (before, after) =
            (seen(&applied, &current, "2024-06-01", BEFORE), seen(&applied, &current, "2024-06-01", AT));
        assert_eq!((before["members"][0].get("name"), &after["members"][0]["name"]), (None, &json!("张三")));
        refused(change.clone(), &applied.after(&current, None), &["NU2518 /change"]);
        let mut of_another = change;
        of_another["member"] = json!("b");
        refused(of_another, &current, &["NU2123 /after/members/1/document"]);
    }

    #[test]
    fn a_wrong_date_of_birth_can_be_corrected_after_the_number_is_known() {
        let current = registered();
        let facts = json!({ "member.birth_date": [{ "value": "1980-01-01" }] });
        let correct = json!({ "kind": "correct", "member": "b", "facts": facts });
        let corrected = make(correct, &current, None, AT).unwrap().after(&current, None);
        let number = json!({ "kind": "citizen_id", "number": "999999198001010011" });
        let identify = json!({ "kind": "identify", "member": "b", "document": number });
        assert!(make(identify, &corrected, None, AT).is_ok());
    }

    #[test]
    fn a_household_moves_and_is_known_to_have_lived_elsewhere() {
        let current = registered();
        let relocate = |division: &str, from: &str| json!({ "kind": "move", "division": division, "from": from });
        let applied = make(relocate("999902", "2024-05-01"), &current, None, AT).unwrap();
        let division = |as_of, known_at| seen(&applied, &current, as_of, known_at)["division"].clone();
        assert_eq!(division("2024-04-30", AT), "999901");
        assert_eq!(division("2024-05-01", AT), "999902");
        assert_eq!(division("2024-05-01", BEFORE), "999901");
        refused(relocate("999901000", "2024-05-01"), &current, &["NU2513 /change/division"]);
        assert!(make(relocate("999901001", "2024-05-01"), &current, None, AT).is_ok());
        let after = applied.after(&current, None);
        refused(relocate("999903", "2024-05-01"), &after, &["NU2521 /change/from"]);
        assert!(make(relocate("999903", "2024-05-02"), &after, None, AT).is_ok());
        refused(relocate("999900", "2024-05-02"), &after, &["NU2119 /after/division"]);
    }

    #[test]
    fn a_statement_is_written_with_all_that_supports_it() {
        let statement = NewStatement {
            value: json!("1.00"),
            from: None,
            until: Some(day("2024-01-01")),
            source: Some("tax".to_owned()),
            evidence: vec!["paper 1".to_owned()],
            confidence: Some(Certainty::Verified),
        };
        let expected = json!({
            "value": "1.00", "until": "2024-01-01", "source": "tax", "evidence": ["paper 1"],
            "confidence": "verified", "known_at": AT,
        });
        assert_eq!(write(&statement, RecordedAt(instant(AT))), expected);
        assert!(SCHEMA.fact(RELATION).is_some());
    }
}
