//! Draws: from a distribution to a value as a document writes it.

use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::fen::Fen;
use serde_json::{Map, Value, json};

use super::distributions::{Alternative, Aspect, Band, Draw, Rows};
use super::splitmix::SplitMix;

/// What a draw may look at.
#[derive(Debug)]
pub struct Circumstances {
    /// The date the document asks about.
    pub as_of: Date,
    /// How many members there are.
    pub members: i64,
    /// The stream of the household.
    pub random: SplitMix,
}

/// What is stated about a household or a member.
#[derive(Debug, Default)]
pub struct Statements {
    /// Facts by name.
    pub facts: Map<String, Value>,
    /// Lists by name.
    pub lists: Map<String, Value>,
}

impl Statements {
    /// Adds one of the ways in which an aspect can be.
    pub fn add(&mut self, aspect: &Aspect, around: &mut Circumstances) {
        let Some(chosen) = around.random.choose(aspect.alternatives.iter(), |one| one.weight) else { return };
        self.add_alternative(chosen, around);
    }

    fn add_alternative(&mut self, chosen: &Alternative, around: &mut Circumstances) {
        self.facts.extend(chosen.facts.iter().map(|(name, value)| (name.clone(), value.clone())));
        for (name, draw) in &chosen.draws {
            self.facts.insert(name.clone(), value(draw, 0, around));
        }
        self.lists.extend(chosen.empty.iter().map(|list| (list.clone(), json!({ "none": true }))));
        for (list, groups) in &chosen.rows {
            let rows = groups.iter().flat_map(|group| rows(group, around)).collect();
            self.lists.insert(list.clone(), Value::Array(rows));
        }
    }
}

fn rows(group: &Rows, around: &mut Circumstances) -> Vec<Value> {
    let mut row = Map::new();
    row.extend(group.facts.iter().map(|(name, value)| (name.clone(), value.clone())));
    for (name, draw) in &group.same {
        row.insert(name.clone(), value(draw, 0, around));
    }
    let months: Vec<i32> = match (group.months_before, group.count) {
        (Some([least, most]), _) => (least..=most).rev().collect(),
        (None, [least, most]) => (0..around.random.between(least, most)).map(|_| 0).collect(),
    };
    let each = |months_before: i32| {
        let mut row = row.clone();
        for (name, draw) in &group.each {
            row.insert(name.clone(), value(draw, months_before, around));
        }
        Value::Object(row)
    };
    months.into_iter().map(each).collect()
}

fn value(draw: &Draw, months_before: i32, around: &mut Circumstances) -> Value {
    let random = &mut around.random;
    match draw {
        Draw::PerMille(share) => Value::Bool(random.below(1_000) < *share),
        Draw::OneOf(choices) => {
            random.choose(choices.iter(), |(_, weight)| **weight).map_or(Value::Null, |(one, _)| text(one))
        }
        Draw::Count([least, most]) => random.between(*least, *most).into(),
        Draw::Yuan(band) => text(amount(band, random)),
        Draw::YuanPerMember(band) => text(amount(band, random).times(around.members).unwrap_or_default()),
        Draw::MonthBefore(range) => text(month_before(range, around)),
        Draw::DayInMonthBefore(range) => {
            let first = month_before(range, around).first_day();
            // Every month has these days.
            let later = i32::try_from(around.random.below(28)).unwrap_or_default();
            text(Date::from_days(first.days().saturating_add(later)))
        }
        Draw::MonthOfRow => text(around.as_of.month().plus(-months_before)),
    }
}

fn amount(band: &Band, random: &mut SplitMix) -> Fen {
    let steps = band.most.get().saturating_sub(band.least.get()).checked_div(band.step.get()).unwrap_or_default();
    let drawn = band.step.times(random.between(0, steps)).and_then(|above| band.least.plus(above));
    drawn.unwrap_or(band.least)
}

fn month_before([least, most]: &[i32; 2], around: &mut Circumstances) -> Month {
    let before = around.random.between(i64::from(*least), i64::from(*most));
    around.as_of.month().plus(i32::try_from(before).unwrap_or(*least).saturating_neg())
}

fn text(value: impl ToString) -> Value {
    Value::String(value.to_string())
}
