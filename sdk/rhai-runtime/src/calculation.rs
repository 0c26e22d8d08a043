//! Money, ratios, dates and months as scripts calculate with them: the vocabulary's exact operations, under operators.
//!
//! There is no `/`: a share is rounded, and every rounding has a name. Amounts out of range become unknown.
//! INVARIANT: two values of different kinds are never silently unequal; comparing them is a fault.

use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::fen::{Exact, Fen, OutOfRange, Ratio, Rounding};
use rhai::{Dynamic, Engine, INT};

use crate::value::{Evaluated, Missing, fault, in_range, missing};

/// The roundings by name, as parameters and scripts write them.
pub(crate) const ROUNDINGS: [(&str, Rounding); 3] =
    [("up_to_fen", Rounding::UpToFen), ("up_to_jiao", Rounding::UpToJiao), ("up_to_yuan", Rounding::UpToYuan)];

/// Teaches the engine to calculate.
pub(crate) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Fen>("money").register_type_with_name::<Exact>("unrounded money");
    engine.register_type_with_name::<Ratio>("ratio").register_type_with_name::<Missing>("unknown");
    engine.register_type_with_name::<Date>("date").register_type_with_name::<Month>("month");
    money(engine);
    shares(engine);
    whole_numbers(engine);
    calendar(engine);
    written_values(engine);
    propagate(engine);
}

macro_rules! comparisons {
    ($engine:ident, $($type:ty),+) => {$(
        $engine.register_fn("==", |a: $type, b: $type| a == b);
        $engine.register_fn("!=", |a: $type, b: $type| a != b);
        $engine.register_fn("<", |a: $type, b: $type| a < b);
        $engine.register_fn("<=", |a: $type, b: $type| a <= b);
        $engine.register_fn(">", |a: $type, b: $type| a > b);
        $engine.register_fn(">=", |a: $type, b: $type| a >= b);
        $engine.register_fn("min", |a: $type, b: $type| a.min(b));
        $engine.register_fn("max", |a: $type, b: $type| a.max(b));
        for name in ["==", "<", "<=", ">", ">="] {
            $engine.register_fn(name, |_: $type, b: Dynamic| unlike(&b));
            $engine.register_fn(name, |a: Dynamic, _: $type| unlike(&a));
        }
        $engine.register_fn("!=", |_: $type, b: Dynamic| unlike(&b).map(opposite));
        $engine.register_fn("!=", |a: Dynamic, _: $type| unlike(&a).map(opposite));
    )+};
}

/// How a value of ours compares with something of another type: with none no comparison holds, with unknown it is unknown.
fn unlike(other: &Dynamic) -> Evaluated<Dynamic> {
    match missing(other) {
        Some(missing) => Ok(Dynamic::from(missing)),
        None if other.is_unit() => Ok(Dynamic::FALSE),
        None => fault("the two sides of the comparison are of different kinds"),
    }
}

fn opposite(value: Dynamic) -> Dynamic {
    value.as_bool().map_or(value, |holds| Dynamic::from(!holds))
}

fn money(engine: &mut Engine) {
    comparisons!(engine, Fen, Ratio, Exact, Date, Month);
    engine.register_fn("+", |a: Fen, b: Fen| in_range(a.plus(b)));
    engine.register_fn("-", |a: Fen, b: Fen| in_range(a.minus(b)));
    engine.register_fn("-", |a: Fen| in_range(Fen::ZERO.minus(a)));
    engine.register_fn("*", |a: Fen, b: INT| in_range(a.times(b)));
    engine.register_fn("*", |a: INT, b: Fen| in_range(b.times(a)));
    engine.register_fn("divide", |a: Fen, parts: INT, by: &str| -> Evaluated<Dynamic> {
        Ok(in_range(a.divide(parts, rounding(by)?)))
    });
}

/// A share is exact until it is rounded; it can be added up and compared with money meanwhile.
fn shares(engine: &mut Engine) {
    engine.register_fn("*", |a: Fen, b: Ratio| in_range(a.times_ratio(b)));
    engine.register_fn("*", |a: Ratio, b: Fen| in_range(b.times_ratio(a)));
    engine.register_fn("*", |a: Exact, b: INT| in_range(a.times(b)));
    engine.register_fn("+", |a: Exact, b: Exact| in_range(a.plus(b)));
    engine.register_fn("-", |a: Exact, b: Exact| in_range(a.minus(b)));
    engine.register_fn("+", |a: Exact, b: Fen| in_range(b.exact().and_then(|b| a.plus(b))));
    engine.register_fn("+", |a: Fen, b: Exact| in_range(a.exact().and_then(|a| a.plus(b))));
    engine.register_fn("-", |a: Exact, b: Fen| in_range(b.exact().and_then(|b| a.minus(b))));
    engine.register_fn("-", |a: Fen, b: Exact| in_range(a.exact().and_then(|a| a.minus(b))));
    macro_rules! mixed {
        ($($sign:literal $operator:tt),+) => {$(
            engine.register_fn($sign, |a: Fen, b: Exact| compare(a.exact(), |a| a $operator b));
            engine.register_fn($sign, |a: Exact, b: Fen| compare(b.exact(), |b| a $operator b));
        )+};
    }
    mixed!("==" ==, "!=" !=, "<" <, "<=" <=, ">" >, ">=" >=);
    engine.register_fn("round", |a: Exact, by: &str| -> Evaluated<Dynamic> { Ok(in_range(a.round(rounding(by)?))) });
}

/// How often one whole number goes into another, rounded down, and what is then left over.
fn whole_numbers(engine: &mut Engine) {
    engine.register_fn("min", |a: INT, b: INT| a.min(b));
    engine.register_fn("max", |a: INT, b: INT| a.max(b));
    engine.register_fn("quotient", |a: INT, b: INT| divisor(b).map(|b| a.div_euclid(b)));
    engine.register_fn("remainder", |a: INT, b: INT| divisor(b).map(|b| a.rem_euclid(b)));
}

fn divisor(number: INT) -> Evaluated<INT> {
    if number > 0 { Ok(number) } else { fault("whole numbers are divided by a positive number only") }
}

fn compare(amount: Result<Exact, OutOfRange>, holds: impl FnOnce(Exact) -> bool) -> Dynamic {
    in_range(amount.map(holds))
}

fn rounding(name: &str) -> Evaluated<Rounding> {
    match ROUNDINGS.into_iter().find(|(known, _)| *known == name) {
        Some((_, rounding)) => Ok(rounding),
        None => fault("no such rounding; there are up_to_fen, up_to_jiao and up_to_yuan"),
    }
}

/// Dates count in days, months in months; an age is in full years (周岁).
fn calendar(engine: &mut Engine) {
    engine.register_fn("age_years", |birth: Date, on: Date| birth.age_years(on));
    engine.register_fn("month", |date: Date| date.month());
    engine.register_fn("first_day", |month: Month| month.first_day());
    engine.register_fn("-", |a: Date, b: Date| INT::from(a.days()) - INT::from(b.days()));
    engine.register_fn("-", |a: Month, b: Month| INT::from(a.months()) - INT::from(b.months()));
    engine.register_fn("+", |a: Month, b: INT| later(a, b));
    engine.register_fn("-", |a: Month, b: INT| later(a, b.saturating_neg()));
}

fn later(month: Month, months: INT) -> Evaluated<Month> {
    // Four centuries hold every date there is.
    match i32::try_from(months) {
        Ok(months) if (-4_800..=4_800).contains(&months) => Ok(month.plus(months)),
        _ => fault("so many months are beyond the calendar"),
    }
}

/// Written values: for zero, and for what is no number of the law.
fn written_values(engine: &mut Engine) {
    engine.register_fn("yuan", |text: &str| written(Fen::parse_yuan(text).ok()));
    engine.register_fn("ratio", |text: &str| written(Ratio::parse(text)));
    engine.register_fn("date", |text: &str| written(Date::parse(text).ok()));
    engine.register_fn("month", |text: &str| written(Month::parse(text).ok()));
}

fn written<T>(value: Option<T>) -> Evaluated<T> {
    value.map_or_else(|| fault("the text cannot be read as a value of this kind"), Ok)
}

/// Functions of two values that are unknown as soon as one of them is.
const PAIRS: [&str; 16] = [
    "+",
    "-",
    "*",
    "**",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "min",
    "max",
    "quotient",
    "remainder",
    "age_years",
    "round",
];

/// Teaches the engine that what is computed from something unknown is unknown, and lacks what either side lacks.
fn propagate(engine: &mut Engine) {
    for name in PAIRS {
        engine.register_fn(name, |a: Missing, b: Dynamic| a.with(&b));
        engine.register_fn(name, |a: Dynamic, b: Missing| b.with(&a));
    }
    for name in ["!", "-", "+", "month", "first_day"] {
        engine.register_fn(name, |a: Missing| a);
    }
    engine.register_fn("divide", |a: Missing, parts: Dynamic, _: Dynamic| a.with(&parts));
    engine.register_fn("divide", |_: Dynamic, parts: Missing, _: Dynamic| parts);
    engine.register_fn("divide", |a: Dynamic, parts: Dynamic, by: Missing| by.with(&parts).with(&a));
}
