//! Unknown values: they spread through all that is computed from them, and end a row where it has to decide.

use nuan_vocabulary::columns::ColumnValues;

use crate::fixture::{
    AGE, DIBAO, GRADE, Home, Member, SINCE, VEHICLES, WAGE, batch, check_for, home, lacks, manifest, outcome,
};

/// Nothing is known but who lives there: two members.
fn unknown() -> Home {
    Home { since: None, dibao: None, members: vec![Member::default(), Member::default()], vehicles: None }
}

#[test]
fn what_is_computed_from_something_unknown_lacks_the_same() {
    let first = "home.members.first(|m| true)";
    check_for(&unknown(), "money", &format!("{first}.wage + yuan(\"1.00\")"), &lacks(&[(WAGE, 0)]));
    check_for(&unknown(), "money", &format!("(2 * {first}.wage).divide(12, \"up_to_fen\")"), &lacks(&[(WAGE, 0)]));
    check_for(&unknown(), "money", &format!("home.a_monthly * {first}.age_years"), &lacks(&[(AGE, 0)]));
    check_for(&unknown(), "int", &format!("-{first}.age_years + 3"), &lacks(&[(AGE, 0)]));
    check_for(&unknown(), "int", &format!("quotient({first}.age_years, 12)"), &lacks(&[(AGE, 0)]));
    check_for(&unknown(), "int", &format!("remainder(12, {first}.age_years)"), &lacks(&[(AGE, 0)]));
    check_for(&unknown(), "flag", &format!("{first}.grade == \"2\""), &lacks(&[(GRADE, 0)]));
    check_for(&unknown(), "flag", "home.since == ()", &lacks(&[(SINCE, 0)]));
    check_for(&unknown(), "int", "home.since.age_years(home.as_of)", &lacks(&[(SINCE, 0)]));
    check_for(&unknown(), "flag", &format!("!({first}.wage > yuan(\"1.00\"))"), &lacks(&[(WAGE, 0)]));
    check_for(&unknown(), "flag", "home.since < home.as_of == home.dibao_status", &lacks(&[(SINCE, 0), (DIBAO, 0)]));
}

#[test]
fn a_condition_is_settled_by_one_known_side() {
    check_for(&unknown(), "flag", "home.dibao_status && 1 > 2", "0");
    check_for(&unknown(), "flag", "1 > 2 && home.dibao_status", "0");
    check_for(&unknown(), "flag", "home.dibao_status || 2 > 1", "1");
    check_for(&unknown(), "flag", "home.dibao_status || 1 > 2", &lacks(&[(DIBAO, 0)]));
    check_for(&unknown(), "flag", "home.dibao_status && home.since == ()", &lacks(&[(SINCE, 0), (DIBAO, 0)]));
    check_for(&unknown(), "flag", "both(home.dibao_status, not(2 > 1))", "0");
    check_for(
        &unknown(),
        "int",
        "choose(home.dibao_status, home.members.count(|m| m.age_years > 1), 0)",
        &lacks(&[(DIBAO, 0), (AGE, 0), (AGE, 1)]),
    );
    check_for(
        &Home { dibao: Some(false), ..unknown() },
        "int",
        "choose(home.dibao_status, home.members.count(|m| m.age_years > 1), 0)",
        "0",
    );
}

#[test]
fn a_decision_about_something_unknown_ends_the_row() {
    let ends = |statements: &str| outcome("int", &format!("{statements} let it = 1;"), &unknown());
    assert_eq!(ends("if home.dibao_status { }"), lacks(&[(DIBAO, 0)]));
    assert_eq!(ends("if home.dibao_status && home.since == () { }"), lacks(&[(SINCE, 0), (DIBAO, 0)]));
    assert_eq!(ends("if 1 > 2 { } else if home.dibao_status { } else { }"), lacks(&[(DIBAO, 0)]));
    assert_eq!(ends("for m in home.members { if m.age_years > 3 { } }"), lacks(&[(AGE, 0)]));
    assert_eq!(ends("for v in home.vehicles { let n = v; }"), lacks(&[(VEHICLES, 0)]));
    assert_eq!(ends("let n = home.members.count(|m| if m.age_years > 3 { true } else { false });"), lacks(&[(AGE, 0)]));
    assert_eq!(ends("let a = [home.members.first(|m| true).age_years, 2]; a.sort();"), lacks(&[(AGE, 0)]));
}

#[test]
fn only_what_was_not_answered_before_is_undetermined() {
    let outputs = manifest(&[("a.early", "int", 0), ("a.late", "int", 0), ("a.member", "int", 1)]);
    let source = r#"
        fn household(home) {
            home.answer("a.early", 7, #{ rule: "r", cites: ["x#1"], says: "early" });
            for m in home.members { if m.age_years < 99 { m.answer("a.member", m.age_years, #{ rule: "r", cites: ["x#1"], says: "m" }); } }
            home.answer("a.late", 8, #{ rule: "r", cites: ["x#1"], says: "late", arguments: #{ n: 8 } });
        }"#;
    let script = nuan_rhai_runtime::Script::load(&outputs, source).unwrap();
    let half =
        Home { members: vec![Member(Some(3), None, None), Member::default(), Member(Some(4), None, None)], ..home() };
    let outputs = script.evaluate(batch(&[home(), half.clone(), home()])).unwrap();
    assert_eq!(outputs.columns[0].values, ColumnValues::Int64(vec![7, 7, 7]));
    assert_eq!(outputs.columns[0].known, None);
    let gaps: Vec<_> = outputs.missing.iter().map(|gap| (gap.output, gap.row, gap.missing[0].row)).collect();
    assert_eq!(gaps, [(1, 1, 5), (2, 5, 5), (2, 6, 5)]);
    let steps = script.explain(batch(&[half])).unwrap();
    let late = steps.iter().find(|step| step.output == "a.late").unwrap();
    assert_eq!((late.says.as_str(), late.missing.as_slice()), ("late", ["member.age_years".to_owned()].as_slice()));
    assert_eq!(late.arguments, [("n".to_owned(), nuan_vocabulary::reason::Value::Unknown)]);
}
