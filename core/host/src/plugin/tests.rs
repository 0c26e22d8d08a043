//! A plugin run for good: every way it can misbehave ends in its code, and harms no other household.

use std::sync::Arc;

use nuan_vocabulary::columns::{ColumnValues, Outputs};
use nuan_vocabulary::reason::Value;

use super::*;
use crate::fault;
use crate::gate::World;
use crate::limits::Limits;
use crate::test_plugin::{self, flag, households};

/// Less fuel than in earnest, so that an endless loop ends soon.
const LIMITS: Limits = Limits { fuel_call: 5_000_000, ..Limits::START };

fn compiler(limits: Limits) -> Compiler {
    Compiler::new(Engine::new(limits).unwrap(), None).unwrap()
}

fn plugin(limits: Limits) -> Arc<LoadedPlugin> {
    LoadedPlugin::load(&compiler(limits), test_plugin::parts()).unwrap()
}

fn flags(outputs: &Outputs) -> &[u8] {
    match &outputs.columns[0].values {
        ColumnValues::Flag(flags) => flags,
        other => panic!("no flags: {other:?}"),
    }
}

#[test]
fn columns_go_in_and_come_back() {
    let mut instance = plugin(LIMITS).prepare().unwrap();
    let outputs = instance.evaluate(&households(&[0, 1, 1])).unwrap().unwrap();
    assert_eq!(flags(&outputs), [0, 1, 1]);
    let used = instance.used();
    assert!(used.fuel > 10 && used.fuel < 1000 && used.fuel_limit == LIMITS.fuel_call, "{used:?}");
    assert_eq!(used.memory_bytes, 128 << 10);
}

#[test]
fn one_household_is_explained() {
    let mut instance = plugin(LIMITS).prepare().unwrap();
    let steps = instance.explain(&households(&[1])).unwrap().unwrap();
    assert_eq!(
        (steps[0].output.as_str(), steps[0].rule.as_str(), &steps[0].value),
        ("test.flag", "rule", &Value::Flag(true))
    );
    let two = instance.explain(&households(&[1, 1])).unwrap_err();
    assert_eq!(two.code(), "NU4009");
}

#[test]
fn every_misbehaviour_has_its_code() {
    let plugin = plugin(LIMITS);
    for (flag, code) in [
        (flag::TRAP, "NU4002"),
        (flag::LOOP, "NU4001"),
        (flag::GROW, "NU4004"),
        (flag::WRONG, "NU4003"),
        (flag::TALK, "NU4001"),
        (flag::DEEP, "NU4002"),
    ] {
        let error = plugin.prepare().unwrap().evaluate(&households(&[0, flag])).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
}

#[test]
fn the_message_of_a_panic_is_kept_for_the_author_alone() {
    let error = plugin(LIMITS).prepare().unwrap().evaluate(&households(&[flag::PANIC])).unwrap_err();
    let HostError::Trap { said, .. } = &error else { panic!("no trap: {error}") };
    assert_eq!(said.as_deref(), Some("panicked\\n#"));
    assert!(!error.to_string().contains("panicked"));
}

#[test]
fn what_the_plugin_says_is_no_fault_of_the_machinery() {
    let failure = plugin(LIMITS).prepare().unwrap().evaluate(&households(&[flag::CANNOT])).unwrap().unwrap_err();
    assert_eq!((failure.code.as_str(), failure.message.as_str(), failure.row), ("full", "no answer", None));
}

#[test]
fn a_household_that_misbehaves_harms_itself_alone() {
    let mut worker = plugin(LIMITS).worker();
    let mut wild = vec![1; 40];
    (wild[3], wild[7], wild[20], wild[39]) = (flag::TRAP, flag::LOOP, flag::WRONG, flag::CANNOT);
    let verdicts = worker.evaluate_each(&households(&wild));
    let codes: Vec<(u32, &str)> = verdicts.faults.iter().map(|(row, fault)| (*row, fault.code.as_str())).collect();
    assert_eq!(codes, [(3, "NU4002"), (7, "NU4001"), (20, "NU4003"), (39, "NU4010")]);
    for (row, flag) in wild.into_iter().enumerate() {
        let is_good = flag == 1;
        assert_eq!(verdicts.outputs.columns[0].is_known(row), is_good, "{row}");
        assert!(!is_good || flags(&verdicts.outputs)[row] == 1);
    }
}

#[test]
fn after_five_faults_the_plugin_is_set_aside() {
    let mut worker = plugin(LIMITS).worker();
    let verdicts = worker.evaluate_each(&households(&[flag::TRAP; 8]));
    let set_aside = verdicts.faults.values().filter(|fault| fault.code == "NU4005").count();
    assert_eq!((verdicts.faults.len(), set_aside), (8, 3));
}

#[test]
fn the_clock_stops_what_fuel_does_not() {
    let limits = Limits { fuel_call: u64::MAX >> 1, wall_ms_interactive: 20, ..Limits::START };
    let error = plugin(limits).prepare().unwrap().evaluate(&households(&[flag::LOOP])).unwrap_err();
    assert_eq!(error, HostError::WallClock { limit_ms: 20 });
}

#[test]
fn what_comes_back_is_limited() {
    let limits = Limits { lifted_bytes_interactive: 1000, ..LIMITS };
    let mut instance = plugin(limits).prepare().unwrap();
    assert!(instance.evaluate(&households(&[1; 900])).is_ok());
    let error = instance.evaluate(&households(&[1; 1001])).unwrap_err();
    assert_eq!(error, HostError::OutputTooLarge { limit: 1000, unit: "bytes a call" });
}

#[test]
fn an_instance_is_made_anew_before_it_is_full() {
    // The guest never frees: a full batch takes 10 KiB more each time, so 300 calls in one instance would not fit.
    let limits = Limits { memory_bytes: 12 << 16, recycle_after_calls: 50, ..LIMITS };
    let mut worker = plugin(limits).worker();
    let batch = households(&[1; 2048]);
    for _ in 0..300 {
        assert_eq!(worker.evaluate(&batch).map(|outputs| outputs.map(|outputs| outputs.columns.len())), Ok(Ok(1)));
    }
    assert!(worker.used().memory_bytes > 4 << 16);
}

#[test]
fn a_leak_of_earlier_calls_is_no_verdict() {
    let limits = Limits { memory_bytes: 3 << 16, ..LIMITS };
    let mut worker = plugin(limits).worker();
    for _ in 0..3000 {
        assert_eq!(worker.evaluate_each(&households(&[1])).faults.len(), 0);
    }
}

#[test]
fn a_batch_that_is_too_much_is_smaller_the_next_time() {
    let batch = households(&[1; 300]);
    let mut generous = plugin(LIMITS).worker();
    assert!(generous.evaluate(&batch).is_ok());
    let mut worker =
        plugin(Limits { fuel_call: generous.used().fuel - (generous.used().fuel >> 2), ..LIMITS }).worker();
    for rows in [150, 150] {
        assert_eq!(worker.evaluate_each(&batch).faults.len(), 0);
        assert_eq!(worker.rows_per_call(), rows);
    }
    let mut wild = vec![1; 300];
    wild[7] = flag::LOOP;
    assert_eq!(worker.evaluate_each(&households(&wild)).faults.len(), 1);
    assert_eq!(worker.rows_per_call(), 150, "a household that faults alone says nothing about the size");
}

#[test]
fn no_room_for_an_instance_is_no_verdict() {
    let plugin = plugin(Limits { instances: 1, ..LIMITS });
    let first = plugin.prepare().unwrap();
    let error = plugin.prepare().err().unwrap();
    assert_eq!((error.code(), fault::is_verdict(error.code())), ("NU4012", false), "{error}");
    drop(first);
    assert!(plugin.prepare().is_ok());
}

#[test]
fn input_beyond_the_limits_is_never_handed_over() {
    let mut instance = plugin(Limits { input_bytes: 100, ..LIMITS }).prepare().unwrap();
    assert_eq!(instance.evaluate(&households(&[1; 101])).unwrap_err().code(), "NU4009");
    assert_eq!(
        instance.evaluate(&households(&[1; 2049])).unwrap_err().to_string(),
        "the batch has 2049 households where 2048 are allowed"
    );
}

#[track_caller]
fn check_refused(parts: PluginParts, expected: &[&str]) {
    match LoadedPlugin::load(&compiler(LIMITS), parts) {
        Err(LoadError::Refused(mistakes)) => {
            assert_eq!(mistakes.iter().map(|mistake| mistake.code.as_str()).collect::<Vec<_>>(), expected);
        }
        Err(other) => panic!("another error: {other:?}"),
        Ok(_) => panic!("it loads"),
    }
}

#[test]
fn what_does_not_belong_together_does_not_load() {
    let with = |change: fn(&mut PluginParts)| {
        let mut parts = test_plugin::parts();
        change(&mut parts);
        parts
    };
    check_refused(with(|parts| parts.script = Some("1".to_owned())), &["NU3312"]);
    check_refused(with(|parts| parts.manifest.abi = "2".to_owned()), &["NU3307"]);
    check_refused(with(|parts| parts.manifest.runtime = Runtime::Rhai), &["NU3312"]);
    let long = |parts: &mut PluginParts| {
        parts.manifest.runtime = Runtime::Rhai;
        parts.script = Some(" ".repeat(70_000));
    };
    check_refused(with(long), &["NU3313"]);
    let runtime = |parts: &mut PluginParts| {
        parts.manifest.runtime = Runtime::Rhai;
        parts.script = Some("1".to_owned());
    };
    check_refused(with(runtime), &["NU3305"]);
}

#[test]
fn plugins_of_one_component_share_the_compiled_code() {
    let compiler = compiler(LIMITS);
    let component = test_plugin::component(World::RulesPlugin);
    let one = compiler.compile(&component, World::RulesPlugin).unwrap();
    let two = compiler.compile(&component, World::RulesPlugin).unwrap();
    assert!(Arc::ptr_eq(&one, &two));
}

#[test]
fn an_unmetered_engine_runs_too() {
    let compiler = Compiler::new(Engine::unmetered(LIMITS).unwrap(), None).unwrap();
    let plugin = LoadedPlugin::load(&compiler, test_plugin::parts()).unwrap();
    let mut worker = plugin.worker();
    assert_eq!(worker.evaluate_each(&households(&[0, 1])).faults.len(), 0);
    assert_eq!(worker.used().fuel, 0);
}
