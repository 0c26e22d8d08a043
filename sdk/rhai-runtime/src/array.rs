//! What scripts do with arrays: append, look for, sort and drop doubles, each passing the errors of closures on.
//!
//! Rhai's own `sort` and `dedup` swallow them, the stop of the budget included.

use std::cmp::Ordering;

use nuan_vocabulary::known::{self, Known};
use rhai::{Array, Dynamic, Engine, FnPtr, NativeCallContext};

use crate::aggregate::order;
use crate::value::{Evaluated, Missing, end_unknown, fault, known as value_of, missing, truth};

/// Teaches the engine to handle arrays.
pub(crate) fn register(engine: &mut Engine) {
    engine.register_fn("push", |array: &mut Array, item: Dynamic| array.push(item));
    engine.register_fn("contains", |ctx: NativeCallContext, array: &mut Array, item: Dynamic| {
        contains(&ctx, array, &item)
    });
    engine.register_fn("sort", |array: &mut Array| -> Evaluated<()> {
        *array = sorted(std::mem::take(array), order)?;
        Ok(())
    });
    engine.register_fn("sort", |ctx: NativeCallContext, array: &mut Array, compare: FnPtr| -> Evaluated<()> {
        *array = sorted(std::mem::take(array), |a, b| {
            let answer = compare.call_raw(&ctx, None, [a.clone(), b.clone()])?;
            match (missing(&answer), answer.as_int()) {
                (Some(missing), _) => end_unknown(missing),
                (None, Ok(number)) => Ok(number.cmp(&0)),
                (None, Err(_)) => fault("the comparison must answer a whole number: negative, 0 or positive"),
            }
        })?;
        Ok(())
    });
    engine.register_fn("dedup", |ctx: NativeCallContext, array: &mut Array| -> Evaluated<()> {
        *array = without_doubles(std::mem::take(array), |a, b| equal(&ctx, a, b))?;
        Ok(())
    });
    engine.register_fn("dedup", |ctx: NativeCallContext, array: &mut Array, same: FnPtr| -> Evaluated<()> {
        *array = without_doubles(std::mem::take(array), |a, b| same.call_raw(&ctx, None, [a.clone(), b.clone()]))?;
        Ok(())
    });
}

/// Sorted by insertion; equal items keep their order.
fn sorted(items: Array, compare: impl Fn(&Dynamic, &Dynamic) -> Evaluated<Ordering>) -> Evaluated<Array> {
    let mut sorted = Array::with_capacity(items.len());
    for item in items {
        let (mut from, mut until) = (0, sorted.len());
        while from < until {
            let middle = from.midpoint(until);
            match sorted.get(middle) {
                Some(other) if compare(&item, other)? == Ordering::Less => until = middle,
                _ => from = middle + 1,
            }
        }
        sorted.insert(from, item);
    }
    Ok(sorted)
}

/// Of neighbours that are the same, the first.
fn without_doubles(items: Array, same: impl Fn(&Dynamic, &Dynamic) -> Evaluated<Dynamic>) -> Evaluated<Array> {
    let mut kept = Array::with_capacity(items.len());
    for item in items {
        let double = match kept.last() {
            None => false,
            Some(last) => match truth(&same(last, &item)?)? {
                Ok(double) => double,
                Err(unknown) => return end_unknown(Missing::from(unknown)),
            },
        };
        if !double {
            kept.push(item);
        }
    }
    Ok(kept)
}

fn contains(ctx: &NativeCallContext, array: &Array, item: &Dynamic) -> Evaluated<Dynamic> {
    let conditions: Evaluated<Vec<Known<bool>>> = array.iter().map(|other| truth(&equal(ctx, other, item)?)).collect();
    Ok(value_of(known::some(conditions?)))
}

/// What `==` says.
fn equal(ctx: &NativeCallContext, a: &Dynamic, b: &Dynamic) -> Evaluated<Dynamic> {
    ctx.call_native_fn_raw("==", false, &mut [&mut a.clone(), &mut b.clone()])
}
