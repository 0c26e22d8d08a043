//! What went wrong in a run, in words of ours: where in the script, and never with a value of the household.

use nuan_vocabulary::columns::Failure;
use rhai::{EvalAltResult, Position};

/// The code of every fault of a script at run time.
pub(crate) const CODE: &str = "NU4021";
/// The file that positions are in.
pub(crate) const FILE: &str = "rules.rhai";

/// `rules.rhai:LINE:COL`.
pub(crate) fn place(position: Position) -> String {
    match (position.line(), position.position()) {
        (Some(line), Some(column)) => format!("{FILE}:{line}:{column}"),
        (Some(line), None) => format!("{FILE}:{line}:1"),
        _ => FILE.to_owned(),
    }
}

/// The failure of a row in a function that begins here. Where the engine stops a script for good it names no place.
pub(crate) fn failure(error: &EvalAltResult, begins: Position) -> Failure {
    let (error, position) = innermost(error, begins);
    Failure { code: CODE.to_owned(), message: format!("{}: {}", place(position), words(error)), row: None }
}

/// The row used its budget, whatever became of the stop.
pub(crate) fn too_long(stopped: Option<Box<EvalAltResult>>) -> Box<EvalAltResult> {
    let position = stopped.map_or(Position::NONE, |error| innermost(&error, Position::NONE).1);
    Box::new(EvalAltResult::ErrorTooManyOperations(position))
}

/// The error that the others wrap, and the innermost place that is known.
fn innermost(error: &EvalAltResult, outer: Position) -> (&EvalAltResult, Position) {
    let own = error.position();
    let position = if own.is_none() { outer } else { own };
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => innermost(inner, position),
        _ => (error, position),
    }
}

/// Only texts that this crate or the script's author wrote, types, and names: no values.
fn words(error: &EvalAltResult) -> String {
    use EvalAltResult as E;
    match error {
        E::ErrorRuntime(message, _) => message.to_string(),
        E::ErrorFunctionNotFound(signature, _) => {
            let (name, types) = signature.split_once(" (").unwrap_or((signature, ")"));
            let types = types.replace("&str | ImmutableString | String", "text").replace("i64", "whole number");
            format!("`{name}` does not take ({types}")
        }
        E::ErrorVariableNotFound(name, _) => format!("there is no variable `{name}`"),
        E::ErrorPropertyNotFound(name, _) => format!("there is no property `{name}`"),
        E::ErrorDotExpr(what, _) => format!("no such property: {what}"),
        E::ErrorMismatchDataType(wanted, found, _) | E::ErrorMismatchOutputType(wanted, found, _) => {
            format!("expected {wanted}, found {found}")
        }
        E::ErrorTooManyOperations(_) => "the row takes too many operations; is there a loop without end?".to_owned(),
        E::ErrorTooManyVariables(_) => "too many variables".to_owned(),
        E::ErrorStackOverflow(_) => "functions call each other too deeply".to_owned(),
        E::ErrorDataTooLarge(what, _) => format!("too large: {what}"),
        E::ErrorArithmetic(..) => "a whole number leaves its range".to_owned(),
        E::ErrorFor(_) => "`for` goes through lists, arrays and ranges only".to_owned(),
        E::ErrorIndexNotFound(..) | E::ErrorArrayBounds(..) | E::ErrorIndexingType(..) => {
            "nothing stands at this index".to_owned()
        }
        E::ErrorAssignmentToConstant(name, _) => format!("`{name}` cannot be changed"),
        E::ErrorDataRace(..) => {
            "a closure uses the list that is being gone through; copy what it needs into a variable".to_owned()
        }
        _ => "the script cannot go on".to_owned(),
    }
}
