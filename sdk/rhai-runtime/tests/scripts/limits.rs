//! Scripts that misbehave. What stops them here names a place; what would get past it ends in the sandbox.

use crate::fixture::{batch, home, load, outcome, source};

const TOO_LONG: &str = "the row takes too many operations; is there a loop without end?";

#[track_caller]
fn check_stopped(statements: &str, because: &str) {
    let shown = outcome("int", &format!("{statements} let it = 1;"), &home());
    assert!(shown.starts_with("NU4021 rules.rhai:") && shown.ends_with(because), "{statements}: {shown}");
}

#[test]
fn endless_work_uses_up_the_budget_of_its_row() {
    check_stopped("loop { }", TOO_LONG);
    check_stopped("let n = 0; loop { n += 1; }", TOO_LONG);
    check_stopped("for i in 0..9000000000 { }", TOO_LONG);
}

#[test]
fn closures_that_native_functions_call_count_too() {
    check_stopped("let a = []; for i in 0..999 { a.push(i); } for i in 0..999 { a.count(|n| n > 1); }", TOO_LONG);
    check_stopped("let a = [2, 1]; a.sort(|x, y| { loop { } });", TOO_LONG);
    check_stopped("let a = [2, 1]; a.dedup(|x, y| { loop { } });", TOO_LONG);
    check_stopped("home.members.any(|m| { loop { } });", TOO_LONG);
}

#[test]
fn values_do_not_grow_without_end() {
    check_stopped("let s = \"x\"; for i in 0..99 { s += s; }", "too large: Length of string");
    check_stopped("let a = []; loop { a.push(1); }", "too large: Size of array/BLOB");
    check_stopped("let a = [1]; for i in 0..99 { a = [a, a]; }", "too large: Size of array/BLOB");
    check_stopped("let m = #{}; for i in 0..99 { m = #{ a: m, b: m }; }", "too large: Size of object map");
}

#[test]
fn calls_do_not_nest_without_end() {
    let deep = format!("fn down(n) {{ down(n + 1) }}\n{}", source("let it = down(0);"));
    let failure = load("int", &deep).unwrap().evaluate(batch(&[home()])).unwrap_err();
    assert!(failure.message.ends_with("functions call each other too deeply"), "{failure:?}");
}

#[test]
fn a_fault_names_its_household_and_leaves_no_trace() {
    let bad = source("let it = if home.dibao_status { 1 } else { loop { } };");
    let script = load("int", &bad).unwrap();
    let other = crate::fixture::Home { dibao: Some(false), ..home() };
    let failure = script.evaluate(batch(&[home(), home(), other])).unwrap_err();
    assert_eq!((failure.row, failure.code.as_str()), (Some(2), "NU4021"));
    assert!(failure.message.starts_with("rules.rhai:1:1:"), "{}", failure.message);
    assert_eq!(script.evaluate(batch(&[home()])).unwrap().missing, []);
}

#[test]
fn an_answer_is_given_once_for_every_output() {
    let twice = source("let it = 1; home.answer(\"a.it\", 2, #{ rule: \"r\", cites: [\"x\"], says: \"s\" });");
    let failure = load("int", &twice).unwrap().evaluate(batch(&[home()])).unwrap_err();
    assert_eq!(failure.message, "rules.rhai:3:6: `a.it` is answered twice for one row");
    let never =
        "fn household(home) { if 1 > 2 { home.answer(\"a.it\", 1, #{ rule: \"r\", cites: [\"x\"], says: \"s\" }); } }";
    let failure = load("int", never).unwrap().evaluate(batch(&[home()])).unwrap_err();
    assert_eq!(failure.message, "rules.rhai:1:1: `household` came to its end without an answer for `a.it`");
}

#[test]
fn a_batch_of_another_shape_is_refused() {
    let script = load("int", &source("let it = 1;")).unwrap();
    let mut other = batch(&[home()]);
    other.levels[1].offsets[1] = 9;
    assert_eq!(script.evaluate(other).unwrap_err().message, "the batch does not fit the resolved manifest");
}
