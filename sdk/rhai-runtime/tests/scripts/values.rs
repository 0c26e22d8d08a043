//! Known values: properties, money, ratios, dates, conditions, and comparisons of what does not compare.

use crate::fixture::{Home, check, check_for, home};

#[test]
fn inputs_are_properties() {
    check("int", "home.a_age_limit", "14");
    check("money", "home.a_monthly", "60.00");
    check("status", "home.dibao_status", "1");
    check("date", "home.since", "2024-01-01");
    check("date", "home.as_of", "2024-07-01");
    check("money", "home.vehicles.first(|v| true).household.a_monthly", "60.00");
    check("code", "home.members.first(|m| m.age_years == 13).grade", "1");
}

#[test]
fn money_is_exact_and_rounded_by_name() {
    check("money", "home.a_monthly * 3 + yuan(\"0.01\")", "180.01");
    check("money", "(home.a_monthly * 2 - yuan(\"120.00\")).max(yuan(\"0.00\"))", "0.00");
    check("money", "yuan(\"0.13\").divide(12, \"up_to_fen\")", "0.02");
    check("money", "yuan(\"0.13\").divide(12, \"up_to_yuan\")", "1.00");
    check("money", "(yuan(\"0.03\") * home.a_share).round(\"up_to_fen\")", "0.02");
    check("flag", "yuan(\"0.03\") * home.a_share > yuan(\"0.01\")", "1");
    check("flag", "home.a_monthly * ratio(\"0.5\") == yuan(\"30.00\")", "1");
    check("money", "-home.a_monthly", "-60.00");
    check(
        "money",
        "yuan(\"0.03\") * home.a_share",
        "NU4021 rules.rhai:3:6: `a.it` is answered with unrounded money; round it first",
    );
    check("money", "home.a_monthly + 1", "NU4021 rules.rhai:2:25: `+` does not take (money, whole number)");
}

#[test]
fn an_amount_out_of_range_is_undetermined_for_its_rule() {
    check("money", "yuan(\"90000000000000.00\") * 2", "lacks [] [OutOfRange(\"r\")]");
    check("int", "9223372036854775807 + 1", "NU4021 rules.rhai:2:30: a whole number leaves its range");
}

#[test]
fn whole_numbers_are_divided_by_name() {
    check("int", "quotient(10, 4)", "2");
    check("int", "quotient(-10, 4)", "-3");
    check("int", "remainder(-10, 4) + 10 * remainder(11, 4)", "32");
    for divisor in ["0", "-4"] {
        let expected = "NU4021 rules.rhai:2:10: whole numbers are divided by a positive number only";
        check("int", &format!("quotient(10, {divisor})"), expected);
        check("int", &format!("remainder(10, {divisor})"), expected);
    }
    check(
        "int",
        "quotient(home.a_monthly, 4)",
        "NU4021 rules.rhai:2:10: `quotient` does not take (money, whole number)",
    );
}

#[test]
fn dates_count_in_days_and_ages_in_full_years() {
    check("int", "date(\"2010-07-02\").age_years(home.as_of)", "13");
    check("int", "home.as_of - home.since", "182");
    check("int", "home.as_of.month() - month(\"2024-01\")", "6");
    check("date", "(home.as_of.month() + 2).first_day()", "2024-09-01");
    check("flag", "home.since < home.as_of", "1");
    check("date", "date(\"2024-02-28\").max(home.since)", "2024-02-28");
}

#[test]
fn none_is_a_value_and_compares_with_nothing() {
    let never = Home { since: Some(-1), ..home() };
    check_for(&never, "flag", "home.since == ()", "1");
    check_for(&never, "flag", "home.since != () && home.since < home.as_of", "0");
    check_for(&never, "flag", "home.since == () || home.since < home.as_of", "1");
    check("flag", "home.since != () && home.since < home.as_of", "1");
    check_for(
        &never,
        "date",
        "home.since",
        "NU4021 rules.rhai:3:6: `a.it` takes a date, but is answered with something else",
    );
}

#[test]
fn what_is_of_different_kinds_is_never_silently_unequal() {
    check(
        "flag",
        "home.a_monthly == 3 - 3",
        "NU4021 rules.rhai:2:25: the two sides of the comparison are of different kinds",
    );
    check(
        "flag",
        "home.since != home.a_monthly",
        "NU4021 rules.rhai:2:21: the two sides of the comparison are of different kinds",
    );
    check("flag", "home.a_monthly && true", "NU4021 rules.rhai:2:25: a condition must be true, false or unknown");
    check(
        "int",
        "if home.a_monthly { 1 } else { 2 }",
        "NU4021 rules.rhai:2:17: a condition must be true, false or unknown",
    );
}

#[test]
fn an_if_is_an_expression_with_any_number_of_parts() {
    for (age, stage) in [(3, 1), (8, 2), (13, 3), (15, 4)] {
        let chain = format!("if {age} < 6 {{ 1 }} else if {age} < 12 {{ 2 }} else if {age} < 14 {{ 3 }} else {{ 4 }}");
        check("int", &chain, &stage.to_string());
    }
    check("int", "{ let n = 0; for m in home.members { if m.age_years > 14 { n += 1; } } n }", "3");
    check("int", "{ let n = 0; for i in 0..12 { if i == 5 { break; } n += i; } n }", "10");
    check("int", "{ let n = 0; loop { n += 1; if n > 9 { break n; } } }", "10");
}

#[test]
fn helpers_are_functions_of_the_script() {
    let source = "fn half(amount) { if amount < yuan(\"1.00\") { return yuan(\"0.00\"); } amount.divide(2, \"up_to_fen\") }
        fn household(home) { home.answer(\"a.it\", half(home.a_monthly), #{ rule: \"r\", cites: [\"x\"], says: \"s\" }) }";
    let script = crate::fixture::load("money", source).unwrap();
    assert_eq!(crate::fixture::shown("money", script.evaluate(crate::fixture::batch(&[home()]))), "30.00");
}
