//! The parts of two records as the part of one person, and apart again. Pure: who decides, and what is stored, is elsewhere.
//!
//! INVARIANT: what the record that remains was known to state before the two were put together, it still is: whatever the other
//! one brings is known since then. Where both state something, what became known last counts, as within one record.

use jiff::Timestamp;
use nuan_domain::register::{FormerParticulars, PersonPart, RecordedAt, SupersededList};
use nuan_vocabulary::date::Date;
use serde_json::{Map, Value};

/// The part of the record that remains, with what the other one states.
pub(super) fn united(kept: &PersonPart, other: &PersonPart, at: RecordedAt) -> PersonPart {
    let mut part = kept.clone();
    for (name, theirs) in other.facts.iter().flatten() {
        let ours = kept.facts.as_ref().and_then(|facts| facts.get(name));
        if ours != Some(theirs) {
            part.facts.get_or_insert_default().insert(name.clone(), together(ours, theirs, at));
        }
    }
    for (entity, theirs) in other.entities.iter().flatten() {
        add_list(&mut part, entity, theirs, at);
    }
    add_particulars(&mut part, other, at);
    part
}

/// The part of the record that remained without what the other one brought, and with all that came later.
pub(super) fn taken_apart(before: &PersonPart, united: &PersonPart, now: &PersonPart) -> PersonPart {
    let mut part = before.clone();
    for (name, stated) in now.facts.iter().flatten() {
        let then = united.facts.as_ref().and_then(|facts| facts.get(name));
        let later = since(&statements(then), statements(Some(stated)));
        if !later.is_empty() {
            let facts = part.facts.get_or_insert_default();
            let mut all = statements(facts.get(name));
            all.extend(later);
            facts.insert(name.clone(), Value::Array(all));
        }
    }
    for (entity, rows) in now.entities.iter().flatten() {
        if united.entities.as_ref().and_then(|lists| lists.get(entity)) != Some(rows) {
            part.entities.get_or_insert_default().insert(entity.clone(), rows.clone());
        }
    }
    part.superseded.extend(now.superseded.iter().skip(united.superseded.len()).cloned());
    part.former.extend(now.former.iter().skip(united.former.len()).cloned());
    if now.document != united.document {
        part.document.clone_from(&now.document);
    }
    if now.name != united.name {
        part.name.clone_from(&now.name);
    }
    part
}

/// What both state of one fact: ours as it was, then all of it once more, in the order in which it counts, as known from now on.
fn together(ours: Option<&Value>, theirs: &Value, at: RecordedAt) -> Value {
    let mut all = statements(ours);
    let mut restated = statements(Some(theirs));
    restated.extend(all.iter().cloned());
    restated.sort_by_key(rank); // stable: ours stands behind theirs where nothing else decides
    let last = restated.len().saturating_sub(1);
    for (position, statement) in restated.iter_mut().enumerate() {
        know_since(statement, at, last - position);
    }
    all.extend(restated);
    Value::Array(all)
}

/// A list that only the other one has is stated; one that both have stays ours, and theirs is kept behind it.
fn add_list(part: &mut PersonPart, entity: &str, theirs: &Value, at: RecordedAt) {
    let ours = part.entities.as_ref().and_then(|lists| lists.get(entity)).cloned();
    if ours.as_ref() == Some(theirs) {
        return;
    }
    let mut supersede = |rows: Option<Value>| {
        part.superseded.push(SupersededList { entity: entity.to_owned(), rows, until_known: at });
    };
    match ours {
        None => {
            supersede(None);
            part.entities.get_or_insert_default().insert(entity.to_owned(), theirs.clone());
        }
        Some(ours) => {
            // Of two that were superseded at once the first prevails: nobody ever took theirs for what was known.
            supersede(Some(ours));
            supersede(Some(theirs.clone()));
        }
    }
}

/// Document and name: ours, or theirs where we have none. Other ones of theirs are kept behind ours.
fn add_particulars(part: &mut PersonPart, other: &PersonPart, at: RecordedAt) {
    let (document, name) = (part.document.clone(), part.name.clone());
    let result = (document.clone().or(other.document.clone()), name.clone().or(other.name.clone()));
    let is_other = |ours: bool, theirs: bool| !ours && theirs;
    let differs = is_other(other.document == result.0, other.document.is_some())
        || is_other(other.name == result.1, other.name.is_some());
    if result == (document.clone(), name.clone()) && !differs {
        return;
    }
    part.former.push(FormerParticulars { document, name, until_known: at });
    if differs {
        let (document, name) = (other.document.clone(), other.name.clone());
        part.former.push(FormerParticulars { document, name, until_known: at });
    }
    (part.document, part.name) = result;
}

/// A fact as a list of statements; a plain value is one that was always known and is always in force.
fn statements(stated: Option<&Value>) -> Vec<Value> {
    match stated {
        None => Vec::new(),
        Some(Value::Array(statements)) => statements.clone(),
        Some(plain) => vec![Value::Object(Map::from_iter([("value".to_owned(), plain.clone())]))],
    }
}

/// What was added behind; everything, where what stands before is not what stood there.
fn since(then: &[Value], now: Vec<Value>) -> Vec<Value> {
    if now.starts_with(then) { now.into_iter().skip(then.len()).collect() } else { now }
}

/// How statements follow each other: the one known later counts more, then the one that begins later.
fn rank(statement: &Value) -> (Option<Timestamp>, Option<Date>) {
    let text = |key: &str| statement.get(key).and_then(Value::as_str);
    let known_at = text("known_at").and_then(|text| text.parse().ok());
    (known_at, text("from").and_then(|text| Date::parse(text).ok()))
}

/// Dates a statement's knowledge to some microseconds before an instant, so that the order of several stays.
fn know_since(statement: &mut Value, at: RecordedAt, microseconds_before: usize) {
    let before = i64::try_from(microseconds_before).unwrap_or(0);
    let instant = Timestamp::from_microsecond(at.0.as_microsecond() - before).unwrap_or(at.0);
    if let Some(statement) = statement.as_object_mut() {
        statement.insert("known_at".to_owned(), Value::from(instant.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use nuan_domain::register::{HouseholdPart, Membership, Object, View, assemble};
    use nuan_vocabulary::id::PersonId;
    use serde_json::json;

    use super::*;

    const INCOME: &str = "member.net_income_12_months";

    fn part(content: Value) -> PersonPart {
        serde_json::from_value(content).unwrap()
    }

    fn at(text: &str) -> RecordedAt {
        RecordedAt(text.parse().unwrap())
    }

    fn merge_time() -> RecordedAt {
        at("2024-07-01T00:00:00Z")
    }

    /// The member of a household document as the register knew the person at an instant.
    fn known(person: &PersonPart, known_at: &str) -> Value {
        let id = PersonId::from_uuid(uuid::Uuid::from_u128(1));
        let membership = Membership::stated(id, 1, String::new(), "a".to_owned(), None);
        let mut household: HouseholdPart = serde_json::from_value(json!({ "division": "999901" })).unwrap();
        household.members.push(membership);
        let view = View::At { as_of: Date::parse("2024-08-01").unwrap(), known_at: known_at.parse().unwrap() };
        assemble(&household, &|_| Some(person), view)["members"][0].clone()
    }

    fn last_value(member: &Value, fact: &str) -> Value {
        match &member["facts"][fact] {
            Value::Array(statements) => statements.last().unwrap()["value"].clone(),
            plain => plain.clone(),
        }
    }

    fn ours() -> PersonPart {
        part(json!({ "name": "张三", "facts": { INCOME: "100.00", "member.local_hukou": true } }))
    }

    fn theirs() -> PersonPart {
        part(json!({
            "name": "章三",
            "document": { "kind": "citizen_id", "number": "999999198001010011" },
            "facts": {
                INCOME: [{ "value": "300.00", "known_at": "2024-05-01T00:00:00Z" }],
                "member.birth_date": "1980-01-01",
                "member.local_hukou": true,
            },
            "entities": { "vehicle": [{ "price": "1.00" }] },
        }))
    }

    #[test]
    fn what_was_known_before_stays_and_what_is_known_last_counts() {
        let union = united(&ours(), &theirs(), merge_time());
        let (before, after) = (known(&union, "2024-06-30T23:59:59Z"), known(&union, "2024-07-01T00:00:00Z"));
        assert_eq!(last_value(&before, INCOME), json!("100.00"));
        assert_eq!(last_value(&after, INCOME), json!("300.00"));
        assert_eq!((&before["facts"]["member.birth_date"], &before["document"]), (&Value::Null, &Value::Null));
        assert_eq!(last_value(&after, "member.birth_date"), json!("1980-01-01"));
        assert_eq!(after["document"]["number"], "999999198001010011");
        assert_eq!((&before["name"], &after["name"]), (&json!("张三"), &json!("张三")));
        assert_eq!((&before["entities"], &after["entities"]["vehicle"]), (&Value::Null, &json!([{ "price": "1.00" }])));
        assert_eq!(union.facts.unwrap()["member.local_hukou"], json!(true), "both say the same");
    }

    #[test]
    fn at_a_tie_ours_counts_and_theirs_is_kept() {
        let other = part(json!({
            "name": "张三丰", "facts": { INCOME: "300.00" }, "entities": { "vehicle": { "none": true } }
        }));
        let mut kept = ours();
        kept.entities = Some(Object::from_iter([("vehicle".to_owned(), json!([{ "price": "2.00" }]))]));
        let union = united(&kept, &other, merge_time());
        let text = serde_json::to_string(&union).unwrap();
        assert!(text.contains("300.00") && text.contains("张三丰") && text.contains("none"), "nothing is lost");
        for instant in ["2024-06-30T00:00:00Z", "2024-07-01T00:00:00Z"] {
            let member = known(&union, instant);
            assert_eq!(last_value(&member, INCOME), json!("100.00"));
            assert_eq!(member["entities"]["vehicle"], json!([{ "price": "2.00" }]));
            assert_eq!(member["name"], "张三");
        }
    }

    #[test]
    fn the_order_of_several_statements_stays() {
        let other = part(json!({ "facts": { INCOME: [
            { "value": "9.00", "from": "2024-01-01", "known_at": "2024-02-01T00:00:00Z" },
            { "value": "8.00", "known_at": "2024-03-01T00:00:00Z" },
        ] } }));
        let union = united(&part(json!({})), &other, merge_time());
        assert_eq!(last_value(&known(&union, "2024-07-01T00:00:00Z"), INCOME), json!("8.00"));
        assert_eq!(known(&union, "2024-06-30T00:00:00Z").get("facts"), None);
        let once_more = united(&union, &other, merge_time());
        assert_eq!(last_value(&known(&once_more, "2024-07-01T00:00:00Z"), INCOME), json!("8.00"));
    }

    #[test]
    fn apart_again_it_is_as_before() {
        let (kept, other) = (ours(), theirs());
        let union = united(&kept, &other, merge_time());
        assert_ne!(union, kept);
        assert_eq!(taken_apart(&kept, &union, &union), kept);
    }

    #[test]
    fn what_came_after_the_merge_stays_when_it_is_undone() {
        let (kept, other) = (ours(), theirs());
        let union = united(&kept, &other, merge_time());
        let mut now = union.clone();
        let later = json!({ "value": "500.00", "known_at": "2024-09-01T00:00:00Z" });
        let facts = now.facts.as_mut().unwrap();
        facts[INCOME].as_array_mut().unwrap().push(later.clone());
        facts.insert("member.disabled".to_owned(), json!([{ "value": false }]));
        now.entities.as_mut().unwrap().insert("vehicle".to_owned(), json!({ "none": true }));
        let former = FormerParticulars { document: None, name: Some("张三".to_owned()), until_known: merge_time() };
        now.former.push(former);
        now.name = Some("张三丰".to_owned());
        let apart = taken_apart(&kept, &union, &now);
        let facts = apart.facts.unwrap();
        assert_eq!(facts[INCOME], json!([{ "value": "100.00" }, later]));
        assert_eq!(facts["member.disabled"], json!([{ "value": false }]));
        assert_eq!(facts.get("member.birth_date"), None);
        assert_eq!(apart.entities.unwrap()["vehicle"], json!({ "none": true }));
        assert_eq!((apart.name.as_deref(), apart.document, apart.former.len()), (Some("张三丰"), None, 1));
    }
}
