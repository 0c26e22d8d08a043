//! What a script computes with: known values, none, and unknown as a value of its own.
//!
//! Known values are Rhai's own (`bool`, whole numbers, text) or the vocabulary's (money, ratio, date, month).
//! INVARIANT: none is `()`, unknown is [`Missing`], and neither ever turns into zero or false.

use std::rc::Rc;

use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::fen::{Fen, OutOfRange, Ratio};
use nuan_vocabulary::known::{Known, Unknown};
use nuan_vocabulary::reason::Value;
use rhai::{Dynamic, EvalAltResult, ImmutableString};

/// A value, or the fault of the script.
pub(crate) type Evaluated<T> = Result<T, Box<EvalAltResult>>;

/// A value that cannot be had yet, with everything that stands in the way. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Missing(Rc<Unknown>);

impl Missing {
    /// The input has not been supplied.
    pub(crate) fn input(input: u32, row: u32) -> Self {
        Self(Rc::new(Unknown::missing(input, row)))
    }

    /// Asks for what both ask for.
    pub(crate) fn and(&self, other: &Self) -> Self {
        Self(Rc::new(Unknown::clone(&self.0).and(Unknown::clone(&other.0))))
    }

    /// Asks also for what the other value lacks, if it lacks anything.
    pub(crate) fn with(&self, other: &Dynamic) -> Self {
        missing(other).map_or_else(|| self.clone(), |other| self.and(&other))
    }

    /// What stands in the way.
    pub(crate) fn unknown(&self) -> &Unknown {
        &self.0
    }
}

impl From<Unknown> for Missing {
    fn from(unknown: Unknown) -> Self {
        Self(Rc::new(unknown))
    }
}

/// What the value lacks; `None` if it is known.
pub(crate) fn missing(value: &Dynamic) -> Option<Missing> {
    value.read_lock::<Missing>().map(|missing| missing.clone())
}

/// A result of the vocabulary as a value of the script.
pub(crate) fn known<T: rhai::Variant + Clone>(value: Known<T>) -> Dynamic {
    value.map_or_else(|unknown| Dynamic::from(Missing::from(unknown)), Dynamic::from)
}

/// An amount, or unknown because it left the range of amounts.
pub(crate) fn in_range<T: rhai::Variant + Clone>(value: Result<T, OutOfRange>) -> Dynamic {
    known(value.map_err(Unknown::from))
}

/// A fault of the script in words of ours. It never holds a value.
pub(crate) fn fault<T>(message: impl Into<String>) -> Evaluated<T> {
    Err(Box::new(EvalAltResult::ErrorRuntime(message.into().into(), rhai::Position::NONE)))
}

/// Ends the script's current row as undetermined. Nothing in a script can catch it.
pub(crate) fn end_unknown<T>(missing: Missing) -> Evaluated<T> {
    Err(Box::new(EvalAltResult::ErrorTerminated(Dynamic::from(missing), rhai::Position::NONE)))
}

/// A condition as the vocabulary's three-valued logic takes it.
pub(crate) fn truth(value: &Dynamic) -> Evaluated<Known<bool>> {
    if let Ok(holds) = value.as_bool() {
        return Ok(Ok(holds));
    }
    match missing(value) {
        Some(missing) => Ok(Err(missing.unknown().clone())),
        None => fault("a condition must be true, false or unknown"),
    }
}

/// The value in a reason; `None` if a reason cannot show it.
pub(crate) fn shown(value: &Dynamic) -> Option<Value> {
    let value = value.flatten_clone();
    if value.is_unit() {
        return Some(Value::None);
    }
    if let Ok(flag) = value.as_bool() {
        return Some(Value::Flag(flag));
    }
    if let Ok(number) = value.as_int() {
        return Some(Value::Int(number));
    }
    if value.is::<Missing>() {
        return Some(Value::Unknown);
    }
    let value = match value.try_cast_result::<ImmutableString>() {
        Ok(text) => return Some(Value::Text(text.to_string())),
        Err(value) => value,
    };
    let money = value.clone().try_cast::<Fen>().map(Value::Money);
    let ratio = || value.clone().try_cast::<Ratio>().map(Value::Ratio);
    let date = || value.clone().try_cast::<Date>().map(Value::Date);
    let month = || value.clone().try_cast::<Month>().map(Value::Month);
    money.or_else(ratio).or_else(date).or_else(month)
}

/// A setting as a value of the script. Codes have no meaning without their list, so none is a setting.
pub(crate) fn from_setting(value: &Value) -> Dynamic {
    match value {
        Value::Unknown | Value::None | Value::Code(_) => Dynamic::UNIT,
        Value::Flag(flag) => Dynamic::from(*flag),
        Value::Int(number) => Dynamic::from(*number),
        Value::Money(amount) => Dynamic::from(*amount),
        Value::Ratio(ratio) => Dynamic::from(*ratio),
        Value::Date(date) => Dynamic::from(*date),
        Value::Month(month) => Dynamic::from(*month),
        Value::Text(text) => Dynamic::from(text.clone()),
    }
}
