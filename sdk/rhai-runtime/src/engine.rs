//! The Rhai engine with its limits, and with nothing in it that is not meant for rules.
//!
//! INVARIANT: no package of Rhai's but ranges. What a script can call is registered in this crate, or it does not exist:
//! no `eval`, no modules, no `sleep`, no output, no `sort` that swallows errors. A rule cannot throw or catch either.
//! INVARIANT: nothing is rounded in silence. Rhai's `/` and `%` are not even read; every division has a name.

use std::rc::Rc;

use rhai::packages::{BasicIteratorPackage, Package};
use rhai::{Dynamic, Engine, Map, OptimizationLevel};

use crate::aggregate::{self, Reader};
use crate::frame::Frame;
use crate::plan::Plan;
use crate::row::Row;
use crate::value::{Evaluated, Missing, fault};
use crate::{array, calculation, logic, run};

/// The longest script, in bytes.
pub(crate) const SOURCE_BYTES: usize = 64 * 1024;

/// Keywords that a rule has no use for, and the operators that would round without saying how.
const NOT_FOR_RULES: [&str; 15] = [
    "eval", "import", "export", "try", "catch", "throw", "while", "do", "until", "switch", "global", "/", "%", "/=",
    "%=",
];

/// What authors may call, for suggestions and for the check that nothing else is called.
pub(crate) const FUNCTIONS: [&str; 34] = [
    "answer",
    "yuan",
    "ratio",
    "date",
    "month",
    "age_years",
    "first_day",
    "divide",
    "round",
    "quotient",
    "remainder",
    "min",
    "max",
    "both",
    "either",
    "not",
    "choose",
    "count",
    "any",
    "every",
    "filter",
    "first",
    "map",
    "sum",
    "sum_int",
    "len",
    "is_empty",
    "push",
    "contains",
    "sort",
    "dedup",
    "setting",
    "range",
    "step_by",
];

/// An engine that can read and check a script.
pub(crate) fn limited() -> Result<Engine, String> {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_max_call_levels(32).set_max_expr_depths(64, 32);
    engine.set_max_functions(128).set_max_variables(128);
    engine.set_max_string_size(4_096).set_max_array_size(1_000).set_max_map_size(200);
    engine.set_strict_variables(true).set_allow_shadowing(false).set_fail_on_invalid_map_property(true);
    for symbol in NOT_FOR_RULES {
        engine.disable_symbol(symbol);
    }
    engine.register_global_module(BasicIteratorPackage::new().as_shared_module());
    calculation::register(&mut engine);
    array::register(&mut engine);
    logic::register(&mut engine)?;
    Ok(engine)
}

/// Rhai would share a row that a closure captures, and lock it while a list of it is gone through. A row never changes,
/// so it is handed out by value, and `home.members.count(|m| m.age_years < home.limit)` works.
fn resolve_rows(engine: &mut Engine) {
    #[expect(deprecated, reason = "Rhai marks the callback as volatile; the version is pinned")]
    engine.on_var(|name, back, context| {
        let scope = context.scope();
        let found = match back.checked_sub(1) {
            Some(back) => scope.iter_raw().nth(back).map(|(_, _, value)| value),
            None => scope.get(name),
        };
        let row = found.filter(|value| value.is_variant()).and_then(|value| value.read_lock::<Row>());
        Ok(row.map(|row| Dynamic::from(*row)))
    });
}

/// The engine of one script: its properties, its answers, its budget.
pub(crate) fn for_script(mut engine: Engine, plan: &Rc<Plan>, frame: &Rc<Frame>) -> Result<Engine, String> {
    let counted = Rc::clone(frame);
    engine.on_progress(move |_| (!counted.count_operation()).then_some(Dynamic::UNIT));
    for (name, places) in &plan.properties {
        let (frame, places) = (Rc::clone(frame), places.clone());
        engine.register_get(name, move |row: &mut Row| frame.read(*row, &places));
        engine.register_get(name, |row: &mut Missing| row.clone());
    }
    resolve_rows(&mut engine);
    let (named, read) = (Rc::clone(plan), Rc::clone(frame));
    let reader: Reader = Rc::new(move |row, name| match named.properties.get(name) {
        Some(places) => read.read(row, places),
        None => fault("there is no such property"),
    });
    aggregate::register(&mut engine, &reader);
    let (answered, frame_of_answer) = (Rc::clone(plan), Rc::clone(frame));
    engine.register_fn("answer", move |row: &mut Row, output: &str, value: Dynamic, because: Map| -> Evaluated<()> {
        run::answer(&answered, &frame_of_answer, *row, output, &value, &because)
    });
    let set = Rc::clone(frame);
    engine.register_fn("setting", move |name: &str| set.setting(name));
    run::register(&mut engine, plan, frame)?;
    Ok(engine)
}
