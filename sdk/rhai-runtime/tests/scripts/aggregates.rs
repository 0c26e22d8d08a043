//! Aggregates over rows and arrays.

use crate::fixture::{AGE, Home, Member, VALUE, VEHICLES, WAGE, check, check_for, home, lacks};

#[test]
fn rows_are_counted_added_and_compared() {
    check("int", "home.members.count(|m| m.age_years < home.a_age_limit)", "1");
    check("int", "home.members.len()", "4");
    check("flag", "home.members.any(|m| m.age_years == 15)", "1");
    check("flag", "home.members.every(|m| m.age_years >= 14)", "0");
    check("money", "home.members.sum(\"wage\")", "3000.00");
    check("money", "home.members.sum(|m| m.wage * 12)", "36000.00");
    check("int", "home.members.sum_int(\"age_years\")", "106");
    check("int", "home.members.max(\"age_years\") - home.members.min(|m| m.age_years)", "27");
    check("int", "home.members.filter(|m| m.age_years < 18).first(|m| m.age_years > 14).age_years", "15");
    check("int", "home.members.filter(|m| m.age_years < 18).filter(|m| m.age_years < 14).sum_int(\"age_years\")", "13");
    check("int", "home.members.map(|m| m.age_years + 1)[2]", "14");
}

#[test]
fn nothing_sums_to_zero_and_has_no_extremes() {
    let alone = Home { members: Vec::new(), vehicles: Some(Vec::new()), ..home() };
    check_for(&alone, "money", "home.members.sum(|m| m.wage)", "0.00");
    check_for(&alone, "int", "home.members.sum_int(|m| m.age_years)", "0");
    check_for(&alone, "flag", "home.members.max(\"age_years\") == ()", "1");
    check_for(&alone, "flag", "home.vehicles.is_empty() && home.vehicles.every(|v| v.value > yuan(\"1.00\"))", "1");
}

#[test]
fn an_aggregate_lacks_all_that_its_rows_lack_unless_it_is_settled() {
    let half = Home {
        members: vec![Member(Some(13), None, None), Member::default(), Member(None, None, Some(1))],
        vehicles: Some(vec![None]),
        ..home()
    };
    check_for(&half, "int", "home.members.count(|m| m.age_years < 14)", &lacks(&[(AGE, 1), (AGE, 2)]));
    check_for(&half, "flag", "home.members.any(|m| m.age_years < 14)", "1");
    check_for(&half, "flag", "home.members.any(|m| m.age_years > 14)", &lacks(&[(AGE, 1), (AGE, 2)]));
    check_for(&half, "flag", "home.members.every(|m| m.age_years > 14)", "0");
    check_for(&half, "money", "home.members.sum(\"wage\")", &lacks(&[(WAGE, 0), (WAGE, 1)]));
    check_for(&half, "int", "home.members.filter(|m| m.age_years < 14).len()", &lacks(&[(AGE, 1), (AGE, 2)]));
    check_for(&half, "int", "home.members.first(|m| m.age_years < 14).age_years", "13");
    check_for(&half, "int", "home.members.first(|m| m.age_years > 14).age_years", &lacks(&[(AGE, 1), (AGE, 2)]));
    check_for(&half, "money", "home.vehicles.max(\"value\")", &lacks(&[(VALUE, 0)]));
}

#[test]
fn an_unknown_list_is_unknown_as_a_whole() {
    let unlisted = Home { vehicles: None, ..home() };
    for expression in ["home.vehicles.len()", "home.vehicles.count(|v| true)", "home.vehicles.filter(|v| true).len()"] {
        check_for(&unlisted, "int", expression, &lacks(&[(VEHICLES, 0)]));
    }
    check_for(&unlisted, "money", "home.vehicles.sum(\"value\")", &lacks(&[(VEHICLES, 0)]));
    check_for(&unlisted, "flag", "home.vehicles.any(|v| true) || home.dibao_status", "1");
}

#[test]
fn arrays_are_sorted_and_searched_with_errors_passed_on() {
    check("int", "{ let a = [3, 1, 2]; a.sort(); a[0] * 100 + a[1] * 10 + a[2] }", "123");
    check("int", "{ let a = [3, 1, 2]; a.sort(|x, y| y - x); a[0] }", "3");
    check("int", "{ let a = [1, 1, 2, 2, 1]; a.dedup(); a.len() }", "3");
    check("flag", "\"2\" in [\"1\", \"2\"]", "1");
    check("flag", "yuan(\"60.00\") in [home.a_monthly]", "1");
    check("money", "[home.a_monthly, yuan(\"1.00\")].sum(|m| m)", "61.00");
    check("int", "{ let a = [3, 1]; a.sort(|x, y| [][5]); 1 }", "NU4021 rules.rhai:2:45: nothing stands at this index");
    check(
        "int",
        "{ let a = [3, 1]; a.dedup(|x, y| [][5]); 1 }",
        "NU4021 rules.rhai:2:46: nothing stands at this index",
    );
    check("int", "[home.a_monthly].count(|m| m)", "NU4021 rules.rhai:2:27: a condition must be true, false or unknown");
    check(
        "money",
        "home.members.sum(|m| m.age_years)",
        "NU4021 rules.rhai:2:23: `sum` adds money; whole numbers are added by `sum_int`",
    );
}
