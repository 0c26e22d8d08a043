//! Aggregates over rows and arrays, in native code: `count`, `any`, `every`, `filter`, `first`, `sum`, `min`, `max`.
//!
//! Rhai's own array functions take an unknown condition for false and swallow the errors of closures; none of them is here.
//! INVARIANT: every closure's error is passed on, and an unknown answer makes the aggregate unknown unless it is settled.

use std::cmp::Ordering;
use std::rc::Rc;

use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::fen::{Fen, Ratio};
use nuan_vocabulary::known::{self, Known};
use rhai::{Array, Dynamic, Engine, FnPtr, INT, NativeCallContext, Variant};

use crate::row::{Row, Rows};
use crate::value::{Evaluated, Missing, end_unknown, fault, known as value_of, missing, truth};

/// Something with items that a closure can be asked about.
trait Items: Variant + Clone {
    fn items(&self) -> impl Iterator<Item = Dynamic>;
    fn picked(&self, marks: &[bool]) -> Dynamic;
}

impl Items for Rows {
    fn items(&self) -> impl Iterator<Item = Dynamic> {
        self.iter().map(Dynamic::from)
    }

    fn picked(&self, marks: &[bool]) -> Dynamic {
        Dynamic::from(Self::picked(self, marks))
    }
}

impl Items for Array {
    fn items(&self) -> impl Iterator<Item = Dynamic> {
        self.iter().cloned()
    }

    fn picked(&self, marks: &[bool]) -> Dynamic {
        let picked: Self = self.iter().zip(marks).filter(|(_, mark)| **mark).map(|(item, _)| item.clone()).collect();
        Dynamic::from(picked)
    }
}

/// Reads a property of a row by its name.
pub(crate) type Reader = Rc<dyn Fn(Row, &str) -> Evaluated<Dynamic>>;

/// Teaches the engine to aggregate.
pub(crate) fn register(engine: &mut Engine, reader: &Reader) {
    engine.register_type_with_name::<Row>("row").register_type_with_name::<Rows>("rows");
    engine.register_iterator::<Rows>();
    register_for::<Rows>(engine);
    register_for::<Array>(engine);
    for name in ["sum", "sum_int", "min", "max"] {
        let reader = Rc::clone(reader);
        engine.register_fn(name, move |rows: &mut Rows, property: &str| -> Evaluated<Dynamic> {
            let values: Evaluated<Vec<Dynamic>> = rows.iter().map(|row| reader(row, property)).collect();
            fold(name, values?)
        });
    }
    for name in ["count", "any", "every", "filter", "first", "map", "sum", "sum_int"] {
        engine.register_fn(name, |list: Missing, _: Dynamic| list);
    }
    for name in ["len", "is_empty"] {
        engine.register_fn(name, |list: Missing| list);
    }
}

fn register_for<T: Items>(engine: &mut Engine) {
    engine.register_fn("len", |list: &mut T| INT::try_from(list.items().count()).unwrap_or(INT::MAX));
    engine.register_fn("is_empty", |list: &mut T| list.items().next().is_none());
    engine.register_fn("count", |ctx: NativeCallContext, list: &mut T, holds: FnPtr| -> Evaluated<Dynamic> {
        Ok(value_of(known::count(conditions(&ctx, list, &holds)?)))
    });
    engine.register_fn("any", |ctx: NativeCallContext, list: &mut T, holds: FnPtr| -> Evaluated<Dynamic> {
        Ok(value_of(known::some(conditions(&ctx, list, &holds)?)))
    });
    engine.register_fn("every", |ctx: NativeCallContext, list: &mut T, holds: FnPtr| -> Evaluated<Dynamic> {
        Ok(value_of(known::every(conditions(&ctx, list, &holds)?)))
    });
    engine.register_fn("filter", |ctx: NativeCallContext, list: &mut T, holds: FnPtr| -> Evaluated<Dynamic> {
        let conditions = conditions(&ctx, list, &holds)?;
        Ok(all(conditions).map_or_else(Dynamic::from, |marks| list.picked(&marks)))
    });
    engine.register_fn("first", |ctx: NativeCallContext, list: &mut T, holds: FnPtr| -> Evaluated<Dynamic> {
        let conditions = conditions(&ctx, list, &holds)?;
        let until = conditions.iter().position(|holds| *holds == Ok(true));
        let before = conditions.into_iter().take(until.unwrap_or(usize::MAX));
        let found = until.and_then(|at| list.items().nth(at));
        Ok(all(before).map_or_else(Dynamic::from, |_| found.unwrap_or(Dynamic::UNIT)))
    });
    engine.register_fn("map", |ctx: NativeCallContext, list: &mut T, value: FnPtr| -> Evaluated<Array> {
        list.items().map(|item| value.call_raw(&ctx, None, [item])).collect()
    });
    for name in ["sum", "sum_int", "min", "max"] {
        engine.register_fn(name, move |ctx: NativeCallContext, list: &mut T, value: FnPtr| -> Evaluated<Dynamic> {
            let values: Evaluated<Vec<Dynamic>> = list.items().map(|item| value.call_raw(&ctx, None, [item])).collect();
            fold(name, values?)
        });
    }
}

fn conditions<T: Items>(ctx: &NativeCallContext, list: &T, holds: &FnPtr) -> Evaluated<Vec<Known<bool>>> {
    list.items().map(|item| truth(&holds.call_raw(ctx, None, [item])?)).collect()
}

/// All marks, or everything that is missing for any of them.
fn all(conditions: impl IntoIterator<Item = Known<bool>>) -> Result<Vec<bool>, Missing> {
    let mut marks = Vec::new();
    let mut unknown: Option<Missing> = None;
    for condition in conditions {
        match condition {
            Ok(mark) => marks.push(mark),
            Err(more) => unknown = Some(join(unknown, Missing::from(more))),
        }
    }
    unknown.map_or(Ok(marks), Err)
}

fn join(unknown: Option<Missing>, more: Missing) -> Missing {
    match unknown {
        Some(unknown) => unknown.and(&more),
        None => more,
    }
}

/// The sum or the extreme of the values; unknown if one of them is.
fn fold(name: &str, values: Vec<Dynamic>) -> Evaluated<Dynamic> {
    let unknown = values.iter().filter_map(missing).fold(None, |unknown, more| Some(join(unknown, more)));
    if let Some(unknown) = unknown {
        return Ok(Dynamic::from(unknown));
    }
    match name {
        "sum" => sum(values),
        "sum_int" => sum_int(&values),
        _ => extreme(values, if name == "min" { Ordering::Less } else { Ordering::Greater }),
    }
}

/// The sum of money; of nothing it is 0.00.
fn sum(values: Vec<Dynamic>) -> Evaluated<Dynamic> {
    let amounts: Option<Vec<Known<Fen>>> = values.into_iter().map(|value| value.try_cast::<Fen>().map(Ok)).collect();
    match amounts {
        Some(amounts) => Ok(value_of(known::sum(amounts))),
        None => fault("`sum` adds money; whole numbers are added by `sum_int`"),
    }
}

fn sum_int(values: &[Dynamic]) -> Evaluated<Dynamic> {
    let mut total: INT = 0;
    for value in values {
        let Some(sum) = value.as_int().ok().and_then(|number| total.checked_add(number)) else {
            return fault("`sum_int` adds whole numbers of moderate size");
        };
        total = sum;
    }
    Ok(Dynamic::from(total))
}

/// The least or greatest value; of nothing it is none.
fn extreme(values: Vec<Dynamic>, wanted: Ordering) -> Evaluated<Dynamic> {
    let mut best: Option<Dynamic> = None;
    for value in values {
        let better = match &best {
            None => true,
            Some(best) => order(&value, best)? == wanted,
        };
        if better {
            best = Some(value);
        }
    }
    Ok(best.unwrap_or(Dynamic::UNIT))
}

/// How two values of the same kind stand to each other; an unknown one ends the row.
pub(crate) fn order(a: &Dynamic, b: &Dynamic) -> Evaluated<Ordering> {
    if let Some(unknown) = missing(a).or_else(|| missing(b)) {
        return end_unknown(unknown.with(a).with(b));
    }
    if let (Ok(a), Ok(b)) = (a.as_int(), b.as_int()) {
        return Ok(a.cmp(&b));
    }
    let texts = (a.as_immutable_string_ref(), b.as_immutable_string_ref());
    if let (Ok(a), Ok(b)) = texts {
        return Ok(a.as_str().cmp(b.as_str()));
    }
    let found = typed::<Fen>(a, b).or_else(|| typed::<Date>(a, b)).or_else(|| typed::<Month>(a, b));
    match found.or_else(|| typed::<Ratio>(a, b)) {
        Some(order) => Ok(order),
        None => fault("values of these kinds have no order"),
    }
}

fn typed<T: Ord + Variant + Clone>(a: &Dynamic, b: &Dynamic) -> Option<Ordering> {
    Some(a.read_lock::<T>()?.cmp(&*b.read_lock::<T>()?))
}
