//! One call: every function of the script over every row of its entity, inside one evaluation of the engine.
//!
//! The rows are walked from within, by a syntax that authors cannot write, because the engine forgets what it has looked
//! up about functions after every evaluation. What it remembers is the same for every household.

use std::rc::Rc;

use nuan_vocabulary::columns::Failure;
use nuan_vocabulary::known::Unknown;
use nuan_vocabulary::reason::Step;
use rhai::{Dynamic, Engine, EvalAltResult, EvalContext, Map};

use crate::answer;
use crate::fault;
use crate::frame::Frame;
use crate::plan::{Entry, Plan};
use crate::reason::{self, Place};
use crate::row::{self, Row};
use crate::value::{Evaluated, Missing, fault as refuse, missing};

/// The statement that runs a script.
pub(crate) const EVERY_ROW: &str = "__every_row";

/// Teaches the engine to run its script.
pub(crate) fn register(engine: &mut Engine, plan: &Rc<Plan>, frame: &Rc<Frame>) -> Result<(), String> {
    let (plan, frame) = (Rc::clone(plan), Rc::clone(frame));
    let every_row = move |context: &mut EvalContext<'_, '_, '_, '_, '_, '_>, _: &[rhai::Expression<'_>]| {
        let failure = plan.entries.iter().find_map(|entry| walk(&plan, &frame, entry, context).err());
        frame.failure.replace(failure);
        Ok(Dynamic::UNIT)
    };
    engine.register_custom_syntax([EVERY_ROW], false, every_row).map_err(|refused| refused.to_string())?;
    Ok(())
}

fn walk(
    plan: &Plan,
    frame: &Frame,
    entry: &Entry,
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
) -> Result<(), Failure> {
    let batch = frame.batch();
    let rows = row::level(&batch, entry.level).map_or(0, |level| level.rows);
    for row in 0..rows {
        let at = Row { level: entry.level, row };
        frame.begin_row();
        let mut argument = Dynamic::from(at);
        let result = context.call_fn_raw(&entry.function, false, false, &mut [&mut argument]);
        let result = if frame.has_tripped() { Err(fault::too_long(result.err())) } else { result };
        let end = match result {
            Ok(_) => every_output_answered(plan, frame, entry, at),
            Err(error) => match undecided(&error) {
                Some(missing) => {
                    leave_undetermined(plan, frame, entry, at, missing.unknown());
                    Ok(())
                }
                None => Err(fault::failure(&error, entry.begins)),
            },
        };
        end.map_err(|failure| Failure { row: Some(plan.household(&batch, at)), ..failure })?;
    }
    Ok(())
}

/// What an unknown condition lacked, if that is why the row ended.
fn undecided(error: &EvalAltResult) -> Option<Missing> {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => undecided(inner),
        EvalAltResult::ErrorTerminated(token, _) => missing(token),
        _ => None,
    }
}

/// The rows of an output that a row of an entry has to answer and has not.
fn unanswered(plan: &Plan, frame: &Frame, entry: &Entry, at: Row) -> Vec<(usize, u32)> {
    let (batch, answers) = (frame.batch(), frame.answers.borrow());
    let rows = |output: usize| {
        let level = plan.manifest.outputs.get(output).map_or(at.level, |output| output.level);
        plan.rows_below(&batch, at, level).map(move |row| (output, row))
    };
    entry.outputs.iter().flat_map(|output| rows(*output)).filter(|(output, row)| !answers.has(*output, *row)).collect()
}

fn every_output_answered(plan: &Plan, frame: &Frame, entry: &Entry, at: Row) -> Result<(), Failure> {
    let forgotten =
        unanswered(plan, frame, entry, at).first().and_then(|(output, _)| plan.manifest.outputs.get(*output));
    forgotten.map_or(Ok(()), |output| {
        let place = fault::place(entry.begins);
        let message = format!("{place}: `{}` came to its end without an answer for `{}`", entry.function, output.name);
        Err(Failure { code: fault::CODE.to_owned(), message, row: None })
    })
}

/// An unknown condition ended the row: what it has not answered is undetermined, for the same reason.
fn leave_undetermined(plan: &Plan, frame: &Frame, entry: &Entry, at: Row, unknown: &Unknown) {
    for (number, row) in unanswered(plan, frame, entry, at) {
        let written = plan.reasons.get(&number).cloned().unwrap_or_default();
        let mut answers = frame.answers.borrow_mut();
        answers.lack(number, row, unknown.clone(), &written.rule);
        if let (Some(reads), Some(output)) = (frame.reads.borrow().as_ref(), plan.manifest.outputs.get(number)) {
            let place = Place { manifest: &plan.manifest, output, row, reads };
            answers.steps.push(reason::ended(&place, &written, unknown));
        }
    }
}

/// What a script's `row.answer(output, value, because)` does.
pub(crate) fn answer(plan: &Plan, frame: &Frame, at: Row, name: &str, value: &Dynamic, because: &Map) -> Evaluated<()> {
    let Some((number, output)) = plan.output(name).and_then(|n| Some((n, plan.manifest.outputs.get(n)?))) else {
        return refuse("the manifest declares no such output");
    };
    if output.level != at.level {
        return refuse(format!("`{name}` is no output of this row's entity"));
    }
    if frame.answers.borrow().has(number, at.row) {
        return refuse(format!("`{name}` is answered twice for one row"));
    }
    let missing = missing(value);
    let cell = if missing.is_some() { None } else { Some(answer::cell(output, value)?) };
    let step: Option<Step> = match frame.reads.borrow().as_ref() {
        Some(reads) => {
            let place = Place { manifest: &plan.manifest, output, row: at.row, reads };
            Some(reason::given(&place, because, value, cell.as_ref())?)
        }
        None => None,
    };
    let mut answers = frame.answers.borrow_mut();
    answers.steps.extend(step);
    match (missing, cell) {
        (Some(missing), _) => {
            let rule = plan.reasons.get(&number).map_or("", |written| written.rule.as_str());
            answers.lack(number, at.row, missing.unknown().clone(), rule);
        }
        (None, Some(cell)) => answers.know(number, at.row, cell),
        (None, None) => {}
    }
    Ok(())
}
