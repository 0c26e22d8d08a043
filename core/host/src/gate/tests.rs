//! What the gate lets through, and the code of everything it does not.

use super::*;
use crate::test_plugin::{component, encode};

#[track_caller]
fn check_codes(component: &[u8], limits: &Limits, expected: &[&str]) {
    let found = check(component, World::RulesPlugin, limits);
    let codes =
        found.map_or_else(|mistakes| mistakes.into_iter().map(|mistake| mistake.code).collect(), |_| Vec::new());
    assert_eq!(codes, expected);
}

fn text(component: &str) -> Vec<u8> {
    wat::parse_str(component).unwrap()
}

#[test]
fn a_plugin_passes_and_is_counted() {
    let census = check(&component(World::RulesPlugin), World::RulesPlugin, &Limits::START).unwrap();
    assert_eq!((census.memories, census.memory_bytes, census.has_start), (1, 128 << 10, false));
    assert!(census.imports.iter().all(|name| name.starts_with("nuan:plugin/")), "{:?}", census.imports);
    assert_eq!(census.exports, ["nuan:plugin/rules@1.0.0"]);
    assert!(census.functions >= 4 && census.most_nesting >= 4 && census.most_locals >= 4, "{census:?}");
}

#[test]
fn each_limit_is_held() {
    let plugin = component(World::RulesPlugin);
    let none = Limits::START;
    check_codes(&plugin, &Limits { component_bytes: 100, ..none }, &["NU3301"]);
    for limits in [
        Limits { functions: 3, ..none },
        Limits { parameters_per_function: 3, ..none },
        Limits { parameters: 6, ..none },
        Limits { function_bytes: 20, ..none },
        Limits { locals_per_function: 3, ..none },
        Limits { nesting: 2, ..none },
        Limits { core_instances: 0, ..none },
        Limits { memories: 0, ..none },
        Limits { memory_bytes: 64 << 10, ..none },
        Limits { exports: 0, ..none },
        Limits { imports: 0, ..none },
    ] {
        check_codes(&plugin, &limits, &["NU3306"]);
    }
}

#[test]
fn only_the_world_of_plugins_is_known() {
    let start = &Limits::START;
    check_codes(b"no component", start, &["NU3302"]);
    check_codes(&text("(module)"), start, &["NU3302"]);
    check_codes(&text("(component)"), start, &["NU3305"]);
    check_codes(&component(World::RulesPlugin)[..200], start, &["NU3302"]);
    let clock = r#"(component (import "wasi:clocks/wall-clock@0.2.0" (instance)))"#;
    check_codes(&text(clock), start, &["NU3303", "NU3305"]);
    let smuggled = r#"(component (import "nuan:plugin/types@1.0.0" (instance (export "now" (func)))))"#;
    check_codes(&text(smuggled), start, &["NU3303", "NU3305"]);
    let newer = r#"(component (import "nuan:plugin/log@2.0.0" (instance)))"#;
    let mistakes = check(&text(newer), World::RulesPlugin, start).unwrap_err();
    assert_eq!((mistakes[0].code.as_str(), mistakes[0].hint.as_deref()), ("NU3307", Some("upgrade Nuan")));
    let script = check(&component(World::RulesPlugin), World::ScriptRuntime, start).unwrap_err();
    assert_eq!(script[0].code, "NU3305");
}

#[test]
fn nothing_runs_before_it_is_called() {
    let started = encode(
        &include_str!("../test_plugin/guest.wat")
            .replace("(memory (export", "(func $first) (start $first) (memory (export"),
        World::RulesPlugin,
    );
    check_codes(&started, &Limits::START, &["NU3308"]);
}

#[test]
fn features_that_plugins_do_not_need_are_off() {
    for module in [
        "(memory i64 1)",
        "(memory 1 1 shared)",
        "(memory 1) (memory 1)",
        "(func return_call 0)",
        "(type (struct))",
        "(func (drop (i8x16.relaxed_swizzle (v128.const i64x2 0 0) (v128.const i64x2 0 0))))",
    ] {
        check_codes(&text(&format!("(component (core module {module}))")), &Limits::START, &["NU3302"]);
    }
}
