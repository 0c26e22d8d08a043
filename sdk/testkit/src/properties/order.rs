//! The same household with its members, or the rows of a list, in another order.
//!
//! A case often has one member or one row, so each household is also joined with that of the next case in the file.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Tried, Violation};
use crate::answers::{Answers, Told};
use crate::case::Case;
use crate::mistakes::Mistakes;
use crate::plugin::Plugin;

/// Another order. Reversal and rotation together reach every position.
#[derive(Clone, Copy, Debug)]
enum Order {
    Reversed,
    Rotated,
}

/// Where an answer stands in the household as the case has it.
type Key = (String, Option<String>, Option<usize>);

/// Compares the answers of a household, and of the household joined with another one, with those of their other orders.
pub fn try_joined(
    entity: &str,
    case: &Case,
    [household, next]: [&Value; 2],
    plugin: &Plugin,
    tried: &mut Tried,
) -> Result<(), Mistakes> {
    try_on(entity, case, household, plugin, tried)?;
    try_on(entity, case, &joined(household, next, entity), plugin, tried)
}

/// The household with the first member, or with the rows, of another one added.
fn joined(household: &Value, next: &Value, entity: &str) -> Value {
    let mut joined = household.clone();
    if entity == "member" {
        let mut member = next.pointer("/members/0").cloned().unwrap_or_default();
        if let Some(fields) = member.as_object_mut() {
            fields.insert("ref".to_owned(), json!("joined"));
        }
        joined
            .pointer_mut("/members")
            .and_then(Value::as_array_mut)
            .into_iter()
            .for_each(|members| members.push(member.clone()));
        return joined;
    }
    for list in [format!("/entities/{entity}"), format!("/members/0/entities/{entity}")] {
        let rows = next.pointer(&list).and_then(Value::as_array).cloned().unwrap_or_default();
        joined.pointer_mut(&list).and_then(Value::as_array_mut).into_iter().for_each(|list| list.extend(rows.clone()));
    }
    joined
}

fn try_on(entity: &str, case: &Case, household: &Value, plugin: &Plugin, tried: &mut Tried) -> Result<(), Mistakes> {
    let others: Vec<(Order, Value)> = [Order::Reversed, Order::Rotated]
        .into_iter()
        .map(|order| (order, order.of_household(household, entity)))
        .filter(|(_, other)| other != household)
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    let households: Vec<Value> =
        std::iter::once(household).chain(others.iter().map(|(_, other)| other)).cloned().collect();
    let answers = plugin.answers(case, &households)?;
    let Some((first, rest)) = answers.split_first() else { return Ok(()) };
    let expected = keyed(first, plugin, entity, None);
    for ((order, _), answers) in others.iter().zip(rest) {
        let got = keyed(answers, plugin, entity, Some(*order));
        tried.compared += expected.len();
        for (key, told) in expected.iter().filter(|(key, told)| got.get(*key) != Some(*told)) {
            let other = got.get(key).map_or_else(|| "nothing".to_owned(), ToString::to_string);
            let of_member = key.1.as_ref().map(|member| format!("{member}.")).unwrap_or_default();
            let detail = format!("{entity} {order:?}: {of_member}{} goes from {told} to {other}", key.0);
            tried.violations.push(Violation { place: case.place.clone(), case: case.name.clone(), detail });
        }
    }
    Ok(())
}

impl Order {
    fn of_household(self, household: &Value, entity: &str) -> Value {
        let mut household = household.clone();
        if entity == "member" {
            self.of_rows(household.pointer_mut("/members"));
            return household;
        }
        let list = format!("/entities/{entity}");
        self.of_rows(household.pointer_mut(&list));
        let members = household.pointer_mut("/members").and_then(Value::as_array_mut);
        members.into_iter().flatten().for_each(|member| self.of_rows(member.pointer_mut(&list)));
        household
    }

    fn of_rows(self, rows: Option<&mut Value>) {
        match (self, rows.and_then(Value::as_array_mut)) {
            (Self::Reversed, Some(rows)) => rows.reverse(),
            (Self::Rotated, Some(rows)) if !rows.is_empty() => rows.rotate_left(1),
            (_, _) => {}
        }
    }

    /// Where a row stood before, in a list of so many.
    fn before(self, row: usize, rows: usize) -> usize {
        match self {
            Self::Reversed => rows.saturating_sub(row + 1),
            Self::Rotated => (row + 1).checked_rem(rows).unwrap_or_default(),
        }
    }
}

/// The answers by where they stand in the case's own order.
fn keyed(answers: &Answers, plugin: &Plugin, entity: &str, order: Option<Order>) -> BTreeMap<Key, Told> {
    let mut keyed = BTreeMap::new();
    for (output, rows) in &answers.0 {
        let is_moved =
            entity != "member" && plugin.outputs().get(output).is_some_and(|declared| declared.entity == entity);
        for row in rows {
            let rows_of_parent = rows.iter().filter(|other| other.member == row.member).count();
            let index = row.index.and_then(|index| usize::try_from(index).ok());
            let index = match order.filter(|_| is_moved) {
                Some(order) => index.map(|index| order.before(index, rows_of_parent)),
                None => index,
            };
            keyed.insert((output.clone(), row.member.clone(), index), row.told.clone());
        }
    }
    keyed
}
