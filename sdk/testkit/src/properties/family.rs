//! Families of households that differ in one fact: the value of a case and a grid around it.

use std::collections::BTreeSet;

use nuan_domain::schema::{EntityIndex, Schema};
use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::fen::{Fen, Ratio};
use serde_json::Value;

/// Steps of an amount in fen: the fen beside a line, what one fen a month is in a year, and far away.
const FEN: [i64; 10] = [1, 2, 6, 12, 13, 100, 1_200, 12_000, 120_000, 1_200_000];
/// Steps of a count.
const COUNT: [i64; 4] = [1, 2, 5, 20];
/// Steps of a ratio in parts per million.
const RATIO: [i64; 3] = [1, 10_000, 100_000];
/// Steps of a date in days.
const DAYS: [i64; 4] = [1, 31, 366, 3_660];
/// Steps of a month.
const MONTHS: [i64; 3] = [1, 6, 12];

/// Households that differ in one place.
pub struct Family {
    /// The place in the document.
    pub place: String,
    /// The households, in the order of the fact.
    pub points: Vec<Point>,
}

/// One household of a family.
pub struct Point {
    /// The fact as a number.
    pub number: i64,
    /// The fact as the document writes it.
    pub shown: String,
    /// The document.
    pub household: Value,
}

/// One family for each place in which the household states the fact plainly.
pub fn families(household: &Value, fact: &str, schema: &Schema) -> Vec<Family> {
    let Some(shape) = schema.fact(fact).and_then(|fact| schema.fact_shape(fact)) else { return Vec::new() };
    let places = places(household, fact, shape.entity, schema);
    places.into_iter().filter_map(|place| family(household, place, shape.value_type)).collect()
}

fn family(household: &Value, place: String, value_type: ValueType) -> Option<Family> {
    let number = number(value_type, household.pointer(&place)?)?;
    let steps: &[i64] = match value_type {
        ValueType::Money => &FEN,
        ValueType::Int => &COUNT,
        ValueType::Ratio => &RATIO,
        ValueType::Date => &DAYS,
        ValueType::Month => &MONTHS,
        ValueType::Flag | ValueType::Code | ValueType::Text | ValueType::Status => return None,
    };
    let around = steps.iter().flat_map(|step| [number - step, number + step]).chain([number]);
    let is_date = matches!(value_type, ValueType::Date | ValueType::Month);
    let numbers: BTreeSet<i64> =
        if is_date { around.collect() } else { around.filter(|number| *number >= 0).chain([0]).collect() };
    let points = numbers.into_iter().filter_map(|number| {
        let value = written(value_type, number)?;
        let mut household = household.clone();
        *household.pointer_mut(&place)? = value.clone();
        Some(Point { number, shown: value.to_string(), household })
    });
    let points = points.collect();
    Some(Family { place, points })
}

/// JSON pointers to all places where the fact is stated.
fn places(household: &Value, fact: &str, entity: EntityIndex, schema: &Schema) -> Vec<String> {
    let members = household.pointer("/members").and_then(Value::as_array).map_or(0, Vec::len);
    let of_members = (0..members).map(|index| format!("/members/{index}"));
    if entity == schema.household() {
        return vec![format!("/facts/{fact}")];
    }
    if entity == schema.member() {
        return of_members.map(|member| format!("{member}/facts/{fact}")).collect();
    }
    let Some(shape) = schema.entity_shape(entity) else { return Vec::new() };
    let field = fact.strip_prefix(&format!("{}.", shape.name)).unwrap_or(fact);
    let parents: Vec<String> =
        if shape.parent == Some(schema.member()) { of_members.collect() } else { vec![String::new()] };
    let lists = parents.into_iter().map(|parent| format!("{parent}/entities/{}", shape.name));
    let rows = lists.flat_map(|list| {
        let rows = household.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
        (0..rows).map(move |row| format!("{list}/{row}"))
    });
    rows.map(|row| format!("{row}/{field}")).collect()
}

fn number(value_type: ValueType, value: &Value) -> Option<i64> {
    let text = value.as_str();
    match value_type {
        ValueType::Money => Fen::parse_yuan(text?).ok().map(Fen::get),
        ValueType::Ratio => Ratio::parse(text?).map(Ratio::millionths),
        ValueType::Date => Date::parse(text?).ok().map(|date| i64::from(date.days())),
        ValueType::Month => Month::parse(text?).ok().map(|month| i64::from(month.months())),
        _ => value.as_i64(),
    }
}

fn written(value_type: ValueType, number: i64) -> Option<Value> {
    let small = || i32::try_from(number).ok();
    Some(match value_type {
        ValueType::Money => Value::String(Fen::new(number).to_string()),
        ValueType::Ratio => Value::String(Ratio::from_millionths(number).to_string()),
        ValueType::Date => Value::String(Date::from_days(small()?).to_string()),
        ValueType::Month => Value::String(Month::from_months(small()?).to_string()),
        _ => Value::from(number),
    })
}
