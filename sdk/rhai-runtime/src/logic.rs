//! Three-valued logic: `&&`, `||`, `!` and `if` over conditions that may be unknown.
//!
//! `&&` and `||` are the vocabulary's `both` and `either`: a side that settles the whole settles it whatever the other is.
//! For that both sides are always looked at. `if` cannot go both ways: an unknown condition ends the row as undetermined.

use nuan_vocabulary::known;
use rhai::{Dynamic, Engine, EvalAltResult, EvalContext, Expression, INT, ImmutableString, ParseError};

use crate::value::{Evaluated, Missing, end_unknown, fault, known as value_of, missing, truth};

/// Rhai's own precedence of `||` and `&&`.
const OPERATORS: [(&str, u8); 2] = [("||", 30), ("&&", 60)];

/// Teaches the engine to reason with unknown conditions. The engine refuses what it cannot make its own.
pub(crate) fn register(engine: &mut Engine) -> Result<(), String> {
    for (operator, precedence) in OPERATORS {
        engine.disable_symbol(operator);
        engine.register_custom_operator(operator, precedence)?;
    }
    for name in ["&&", "both"] {
        engine.register_fn(name, |a: bool, b: bool| a && b);
        engine.register_fn(name, |a: Dynamic, b: Dynamic| -> Evaluated<Dynamic> {
            Ok(value_of(known::both(truth(&a)?, truth(&b)?)))
        });
    }
    for name in ["||", "either"] {
        engine.register_fn(name, |a: bool, b: bool| a || b);
        engine.register_fn(name, |a: Dynamic, b: Dynamic| -> Evaluated<Dynamic> {
            Ok(value_of(known::either(truth(&a)?, truth(&b)?)))
        });
    }
    engine.register_fn("not", |a: Dynamic| -> Evaluated<Dynamic> { Ok(value_of(known::not(truth(&a)?))) });
    engine.register_fn("choose", choose);
    engine.register_iterator_result::<Missing, INT>();
    engine.disable_symbol("if");
    engine.register_custom_syntax(["if"], false, |_, _| Ok(Dynamic::UNIT)).map_err(|refused| refused.to_string())?;
    engine.register_custom_syntax_with_state_raw("if", next_part, false, decide);
    Ok(())
}

/// One of two values, by a condition; unknown where the condition is, and then it lacks all that any part lacks.
fn choose(condition: Dynamic, then: Dynamic, otherwise: Dynamic) -> Evaluated<Dynamic> {
    match truth(&condition)? {
        Ok(true) => Ok(then),
        Ok(false) => Ok(otherwise),
        Err(unknown) => Ok(Dynamic::from(Missing::from(unknown).with(&then).with(&otherwise))),
    }
}

/// `for` over an unknown list ends the row.
impl IntoIterator for Missing {
    type Item = Evaluated<INT>;
    type IntoIter = std::iter::Once<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(end_unknown(self))
    }
}

/// `if` condition block, `else if` condition block any number of times, `else` block at most once.
fn next_part(parts: &[ImmutableString], ahead: &str, _: &mut Dynamic) -> Result<Option<ImmutableString>, ParseError> {
    let part = match (parts.last().map(ImmutableString::as_str), ahead) {
        (Some("if"), _) => "$expr$",
        (Some("$expr$"), _) => "$block$",
        (Some("$block$"), "else") if !ends_with_else(parts) => "else",
        (Some("else"), "if") => "if",
        (Some("else"), _) => "$block$",
        _ => return Ok(None),
    };
    Ok(Some(part.into()))
}

fn ends_with_else(parts: &[ImmutableString]) -> bool {
    parts.iter().rev().nth(1).is_some_and(|part| part == "else")
}

/// Goes into the first block whose condition holds. The inputs are conditions and blocks in turn, a last `else` block alone.
fn decide(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    inputs: &[Expression<'_>],
    _: &Dynamic,
) -> Evaluated<Dynamic> {
    for pair in inputs.chunks(2) {
        let [condition, block] = pair else {
            return pair.first().map_or(Ok(Dynamic::UNIT), |block| context.eval_expression_tree(block));
        };
        let answer = context.eval_expression_tree(condition)?;
        let holds = match (answer.as_bool(), missing(&answer)) {
            (Ok(holds), _) => Ok(holds),
            (Err(_), Some(missing)) => end_unknown(missing),
            (Err(_), None) => fault("a condition must be true, false or unknown"),
        };
        if holds.map_err(|error| at(error, condition))? {
            return context.eval_expression_tree(block);
        }
    }
    Ok(Dynamic::UNIT)
}

fn at(mut error: Box<EvalAltResult>, place: &Expression<'_>) -> Box<EvalAltResult> {
    error.set_position(place.position());
    error
}
