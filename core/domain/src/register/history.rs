//! Facts, lists and particulars over time: how a correction is added, and what was known at an instant.
//!
//! INVARIANT: what an instant knew of a fact on any day is the same before and after `known_statements`; it leaves out
//! only what was not known yet, and what something known later overrides on every day that it speaks of.

use std::collections::BTreeMap;

use jiff::Timestamp;
use nuan_vocabulary::date::Date;
use serde_json::{Map, Value};

use super::parts::{FormerParticulars, Object, PersonPart, RecordedAt, SupersededList};

/// Facts as they were known at an instant; those that nobody knew are left out, and so are the facts if all are.
pub fn known_facts(facts: Option<&Object>, known_at: Timestamp) -> Option<Object> {
    let known = facts.map(|facts| known_in(facts, known_at))?;
    let nobody_knew = known.is_empty() && facts.is_some_and(|facts| !facts.is_empty());
    if nobody_knew { None } else { Some(known) }
}

fn known_in(facts: &Object, known_at: Timestamp) -> Object {
    facts.iter().filter_map(|(name, stated)| Some((name.clone(), known_statements(stated, known_at)?))).collect()
}

/// What is stated about one fact, as it was known at an instant. A plain value was always known,
/// and a single statement that says nothing but a value is a plain value.
pub fn known_statements(stated: &Value, known_at: Timestamp) -> Option<Value> {
    let Value::Array(entries) = stated else { return Some(stated.clone()) };
    let all: Vec<(Extent, &Value)> =
        entries.iter().enumerate().map(|(n, entry)| (Extent::of(n, entry), entry)).collect();
    let known: Vec<_> = all.into_iter().filter(|(extent, _)| extent.known_at.is_none_or(|at| at <= known_at)).collect();
    let counts = |extent: &Extent| !known.iter().any(|(other, _)| other.overrides(extent));
    let kept: Vec<Value> =
        known.iter().filter(|(extent, _)| counts(extent)).map(|(_, entry)| (*entry).clone()).collect();
    match kept.as_slice() {
        [] => None,
        [Value::Object(only)] if only.len() == 1 && only.contains_key("value") => only.get("value").cloned(),
        _ => Some(Value::Array(kept)),
    }
}

/// Lists as they were known at an instant.
pub fn known_lists(lists: Option<&Object>, superseded: &[SupersededList], known_at: Timestamp) -> Option<Object> {
    let mut prevailing: BTreeMap<&str, &Value> = BTreeMap::new();
    prevailing.extend(lists.into_iter().flatten().map(|(entity, rows)| (entity.as_str(), rows)));
    // Newest first, so that of several the oldest one that was still believed then prevails.
    for earlier in superseded.iter().rev().filter(|list| known_at < list.until_known.0) {
        match &earlier.rows {
            Some(rows) => prevailing.insert(&earlier.entity, rows),
            None => prevailing.remove(earlier.entity.as_str()),
        };
    }
    let known: Object =
        prevailing.into_iter().map(|(entity, rows)| (entity.to_owned(), known_rows(rows, known_at))).collect();
    if known.is_empty() && (lists.is_none() || !superseded.is_empty()) { None } else { Some(known) }
}

/// Rows with what was known in each; a list that says that there are none stays as it is.
fn known_rows(rows: &Value, known_at: Timestamp) -> Value {
    let Value::Array(rows) = rows else { return rows.clone() };
    let known = rows.iter().map(|row| match row {
        Value::Object(row) => Value::Object(known_in(row, known_at)),
        other => other.clone(),
    });
    Value::Array(known.collect())
}

/// Document and name as they were known at an instant.
pub fn known_particulars(person: &PersonPart, known_at: Timestamp) -> (Option<&Value>, Option<&str>) {
    match person.former.iter().find(|former| known_at < former.until_known.0) {
        Some(former) => (former.document.as_ref(), former.name.as_deref()),
        None => (person.document.as_ref(), person.name.as_deref()),
    }
}

/// Adds statements behind what is stated already. A plain value becomes the first of them: always known, always in force.
pub fn add_statements(stated: Option<Value>, added: Vec<Value>) -> Value {
    let mut statements = match stated {
        None => Vec::new(),
        Some(Value::Array(statements)) => statements,
        Some(plain) => vec![Value::Object(Map::from_iter([("value".to_owned(), plain)]))],
    };
    statements.extend(added);
    Value::Array(statements)
}

/// States a list anew and keeps what was known of it before.
pub fn restate(
    lists: &mut Option<Object>,
    superseded: &mut Vec<SupersededList>,
    entity: &str,
    rows: Value,
    at: RecordedAt,
) {
    let before = lists.get_or_insert_default().insert(entity.to_owned(), rows);
    superseded.push(SupersededList { entity: entity.to_owned(), rows: before, until_known: at });
}

/// Identifies a person anew and keeps what was known before. What is not given stays as it is.
pub fn identify(person: &mut PersonPart, document: Option<&Value>, name: Option<&str>, at: RecordedAt) {
    let (former_document, former_name) = (person.document.clone(), person.name.clone());
    person.former.push(FormerParticulars { document: former_document, name: former_name, until_known: at });
    if let Some(document) = document {
        person.document = Some(document.clone());
    }
    if let Some(name) = name {
        person.name = Some(name.to_owned());
    }
}

/// When a statement speaks, and since when it is known. Ordered as `document::effective` wants them: the last counts.
struct Extent {
    known_at: Option<Timestamp>,
    from: Option<Date>,
    until: Option<Date>,
    position: usize,
}

impl Extent {
    fn of(position: usize, entry: &Value) -> Self {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let date = |key: &str| text(key).and_then(|text| Date::parse(text).ok());
        let known_at = text("known_at").and_then(|text| text.parse().ok());
        Self { known_at, from: date("from"), until: date("until"), position }
    }

    fn overrides(&self, other: &Self) -> bool {
        let order = |extent: &Self| (extent.known_at, extent.from, extent.position);
        let begins = self.from.is_none_or(|from| other.from.is_some_and(|its| from <= its));
        let ends = self.until.is_none_or(|until| other.until.is_some_and(|its| its <= until));
        order(self) > order(other) && begins && ends
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::document::{FactValue, HouseholdDocument, effective};
    use crate::register::tests::{SCHEMA, day, instant};

    const BEFORE: &str = "2024-06-30T23:59:59Z";
    const AFTER: &str = "2024-07-01T00:00:00Z";

    fn at(text: &str) -> RecordedAt {
        RecordedAt(instant(text))
    }

    /// What the machinery takes for the household's income on a day, from the fact as the register shows it.
    fn income(stated: Option<Value>, as_of: Date, known_at: Timestamp) -> Option<i64> {
        let facts: Object =
            stated.into_iter().map(|stated| ("household.income_12_months".to_owned(), stated)).collect();
        let document = json!({ "division": "999901", "facts": facts, "members": [{ "ref": "a" }] });
        let document = HouseholdDocument::from_value(&document, &SCHEMA).unwrap();
        match effective(&document.statements, as_of, known_at).last().map(|statement| statement.value.clone()) {
            Some(FactValue::Number(fen)) => Some(fen),
            _ => None,
        }
    }

    #[track_caller]
    fn check(stated: &Value, as_of: &str, known_at: &str, yuan: Option<i64>) {
        let (as_of, known_at) = (day(as_of), instant(known_at));
        assert_eq!(income(known_statements(stated, known_at), as_of, known_at), yuan.map(|yuan| yuan * 100));
    }

    #[test]
    fn what_was_known_on_that_day_about_this_day() {
        let corrected = json!({
            "value": "30000.00", "from": "2023-01-01", "until": "2024-01-01", "known_at": AFTER, "source": "tax"
        });
        let stated = add_statements(Some(json!("24000.00")), vec![corrected]);
        check(&stated, "2023-06-01", BEFORE, Some(24_000));
        check(&stated, "2023-06-01", AFTER, Some(30_000));
        check(&stated, "2022-12-31", AFTER, Some(24_000));
        check(&stated, "2023-01-01", AFTER, Some(30_000));
        check(&stated, "2023-12-31", AFTER, Some(30_000));
        check(&stated, "2024-01-01", AFTER, Some(24_000));
    }

    #[test]
    fn what_nobody_knew_is_left_out_and_what_is_overridden_too() {
        let only_later = add_statements(None, vec![json!({ "value": "1.00", "known_at": AFTER })]);
        assert_eq!(known_statements(&only_later, instant(BEFORE)), None);
        let wrong = json!({ "value": "1.00", "from": "2023-01-01" });
        let right = json!({ "value": "2.00", "known_at": AFTER });
        let stated = json!([wrong, right]);
        assert_eq!(known_statements(&stated, instant(AFTER)), Some(json!([right])));
        assert_eq!(known_statements(&stated, instant(BEFORE)), Some(json!([wrong])));
    }

    #[test]
    fn a_list_that_was_restated_is_still_known_as_it_was() {
        let (first, second) = (json!([{ "price": "1.00" }]), json!({ "none": true }));
        let (mut lists, mut superseded) = (None, Vec::new());
        restate(&mut lists, &mut superseded, "vehicle", first.clone(), at("2023-01-01T00:00:00Z"));
        restate(&mut lists, &mut superseded, "vehicle", second.clone(), at(AFTER));
        let known = |known_at: &str| known_lists(lists.as_ref(), &superseded, instant(known_at));
        assert_eq!(known("2022-12-31T23:59:59Z"), None);
        assert_eq!(known("2023-01-01T00:00:00Z").unwrap()["vehicle"], first);
        assert_eq!(known(BEFORE).unwrap()["vehicle"], first);
        assert_eq!(known(AFTER).unwrap()["vehicle"], second);
    }

    #[test]
    fn a_person_is_known_by_the_earlier_name_before() {
        let mut person = PersonPart { name: Some("甲".to_owned()), ..PersonPart::default() };
        identify(&mut person, None, Some("乙"), at("2023-01-01T00:00:00Z"));
        identify(&mut person, Some(&json!({ "kind": "travel_permit" })), None, at(AFTER));
        let name = |known_at: &str| known_particulars(&person, instant(known_at)).1.map(str::to_owned);
        assert_eq!(name("2022-12-31T23:59:59Z").as_deref(), Some("甲"));
        assert_eq!(name("2023-01-01T00:00:00Z").as_deref(), Some("乙"));
        assert!(known_particulars(&person, instant(BEFORE)).0.is_none());
        assert!(known_particulars(&person, instant(AFTER)).0.is_some());
    }

    fn statement() -> impl Strategy<Value = Value> {
        let (from, length) = (proptest::option::of(0_i32..20), proptest::option::of(1_i32..15));
        (0_i64..9, from, length, proptest::option::of(0_i64..6)).prop_map(|(yuan, from, length, known)| {
            let mut entry = Object::new();
            entry.insert("value".to_owned(), json!(format!("{yuan}.00")));
            let begin = from.unwrap_or(0);
            let mut put = |key: &str, text: Option<String>| {
                if let Some(text) = text {
                    entry.insert(key.to_owned(), Value::from(text));
                }
            };
            put("from", from.map(|days| Date::from_days(days).to_string()));
            put("until", length.map(|days| Date::from_days(begin + days).to_string()));
            put("known_at", known.map(|second| Timestamp::from_second(second).unwrap().to_string()));
            Value::Object(entry)
        })
    }

    proptest! {
        #[test]
        fn leaving_out_never_changes_what_was_known(
            entries in proptest::collection::vec(statement(), 1..8),
            days in -1_i32..40,
            second in 0_i64..7,
        ) {
            let (as_of, known_at) = (Date::from_days(days), Timestamp::from_second(second).unwrap());
            let stated = Value::Array(entries);
            let shown = known_statements(&stated, known_at);
            prop_assert_eq!(income(shown, as_of, known_at), income(Some(stated), as_of, known_at));
        }

        #[test]
        fn a_later_correction_never_changes_what_was_known_before(
            entries in proptest::collection::vec(statement(), 1..5),
            second in 0_i64..7,
        ) {
            let known_at = Timestamp::from_second(second).unwrap();
            let before = Value::Array(entries);
            let later = Timestamp::from_second(8).unwrap().to_string();
            let after = add_statements(Some(before.clone()), vec![json!({ "value": "7.00", "known_at": later })]);
            prop_assert_eq!(known_statements(&after, known_at), known_statements(&before, known_at));
        }
    }
}
