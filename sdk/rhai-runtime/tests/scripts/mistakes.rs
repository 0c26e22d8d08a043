//! Mistakes that are found before any run, each with its place and, where there is one, its mend.

use crate::fixture::{load, source};

/// The mistakes in statements; line 2 is their first.
#[track_caller]
fn check(statements: &str, expected: &[&str]) {
    check_source(&source(&format!("{statements} let it = 1;")), expected);
}

#[track_caller]
fn check_source(source: &str, expected: &[&str]) {
    let mistakes = load("int", source).err().unwrap_or_default();
    let shown: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(shown, expected, "{source}");
}

#[test]
fn syntax_has_line_and_column() {
    check("let a = ;", &["NU3201 rules.rhai:2:9: unexpected ';'"]);
    check("let a = 1 +* 2;", &["NU3201 rules.rhai:2:12: unexpected '*'"]);
}

#[test]
fn decimals_are_answered_with_yuan() {
    let detail = "a script has no decimal numbers, which would not be exact";
    check("let a = 0.1;", &[&format!("NU3205 rules.rhai:2:9: `0.1`: {detail} (write money as yuan(\"0.10\"))")]);
    check(
        "let a = yuan(\"1.005\");",
        &["NU3205 rules.rhai:2:14: `1.005` cannot be read; write an amount such as \"1216.00\""],
    );
    check(
        "let a = date(\"2024-02-30\");",
        &["NU3205 rules.rhai:2:14: `2024-02-30` cannot be read; write a date such as \"2024-01-01\""],
    );
}

#[test]
fn nothing_is_divided_without_saying_how_it_rounds() {
    let divided = "`/` is not for rules (say how it rounds: amount.divide(12, \"up_to_fen\"), or quotient(a, b) of whole numbers)";
    let expected = |place: &str, said: &str| format!("NU3201 rules.rhai:2:{place}: {said}");
    check("let a = 10 / 4;", &[&expected("12", divided)]);
    check("let a = home.a_monthly / 12;", &[&expected("24", divided)]);
    check("let a = 1 + home.members.len() / 2;", &[&expected("32", divided)]);
    check("if home.members.len() / 2 > 1 { }", &[&expected("23", divided)]);
    check("loop { break 10 / 4; }", &[&expected("17", divided)]);
    check("let a = home.members.count(|m| m.age_years / 2 > 6);", &[&expected("44", divided)]);
    check("let a = 10; a /= 4;", &[&expected("15", &divided.replacen("`/`", "`/=`", 1))]);
    check("let a = 10 % 4;", &[&expected("12", "`%` is not for rules (write remainder(a, b))")]);
    check("let a = 10; a %= 4;", &[&expected("15", "`%=` is not for rules (write remainder(a, b))")]);
    check("// 10 / 4\nlet a = \"10 / 4 %\"; /* 10 / 4 */", &[]);
}

#[test]
fn unknown_names_are_suggested_all_at_once() {
    let property = "a rule sees the inputs and parameters of its manifest only";
    check(
        "let a = home.a_monthyl; let b = home.members.coutn(|m| m.age_year > 1);",
        &[
            &format!(
                "NU3202 rules.rhai:2:14: there is no property `a_monthyl`; {property} (did you mean `a_monthly`?)"
            ),
            "NU3203 rules.rhai:2:46: there is no function `coutn` in rules (did you mean `count`?)",
            &format!("NU3202 rules.rhai:2:58: there is no property `age_year`; {property} (did you mean `age_years`?)"),
        ],
    );
    check(
        "let limit = 1; let b = limti;",
        &["NU3202 rules.rhai:2:24: there is no variable `limti` here (did you mean `limit`?)"],
    );
    check(
        "let b = home.members.any(|m| m.age_years > limti);",
        &["NU3202 rules.rhai:2:44: there is no variable `limti` here"],
    );
    check(
        "let a = home.members.sum(\"wgae\");",
        &[&format!("NU3202 rules.rhai:2:26: there is no property `wgae`; {property} (did you mean `wage`?)")],
    );
    check(
        "let a = home.a_monthly.divide(2, \"up_to_fne\");",
        &["NU3202 rules.rhai:2:34: there is no rounding `up_to_fne` (did you mean `up_to_fen`?)"],
    );
    check(
        "let a = home.members.any(|m| m.grade == \"4\");",
        &["NU3202 rules.rhai:2:41: the two do not compare; compare it with one of the codes \"1\", \"2\", \"3\""],
    );
    check(
        "home.a_monthly = yuan(\"1.00\");",
        &["NU3202 rules.rhai:2:6: `a_monthly` is a fact; a rule cannot change it"],
    );
    check("let a = #{ own: 1 }; let b = a.own;", &[]);
}

#[test]
fn literals_are_of_the_kind_of_what_they_are_compared_with() {
    let never = |place: &str, wanted: &str| {
        format!("NU3202 rules.rhai:2:{place}: the two do not compare; compare it with {wanted}")
    };
    check("let a = home.dibao_status == \"eligible\";", &[&never("30", "true or false")]);
    check("let a = 14 > home.a_monthly;", &[&never("9", "yuan(\"…\")")]);
    check("let a = home.members.any(|m| 2 != m.grade);", &[&never("30", "one of the codes \"1\", \"2\", \"3\"")]);
    check("let a = home.dibao_status == true && home.a_age_limit >= 14;", &[]);
}

#[test]
fn what_rules_do_not_need_is_not_there() {
    for call in
        ["sleep(9)", "eval(\"1\")", "print(1)", "timestamp()", "\"a\".pad(9, \"x\")", "blob(9)", "Fn(\"x\")", "exit()"]
    {
        let mistakes = load("int", &source(&format!("{call}; let it = 1;"))).err().unwrap_or_default();
        assert!(matches!(mistakes[0].code.as_str(), "NU3203" | "NU3201"), "{call}: {mistakes:?}");
    }
    check(
        "while true { }",
        &["NU3201 rules.rhai:2:1: `while` is not for rules (go through rows or a range with `for`)"],
    );
    check(
        "try { } catch { }",
        &[
            "NU3201 rules.rhai:2:1: `try` is not for rules (a rule answers, or its answer is unknown; it does not raise errors)",
        ],
    );
    check("import \"x\" as y;", &["NU3201 rules.rhai:2:1: `import` is not for rules (a plugin is one script)"]);
    check("let home = 1;", &["NU3201 rules.rhai:2:5: the variable `home` exists already (choose another name)"]);
}

#[test]
fn answers_are_declared_and_reasoned() {
    let with = |answer: &str| format!("fn household(home) {{\n{answer}\n}}");
    check_source(
        &with("home.answer(\"a.ti\", 1, #{ rule: \"r\", cites: [\"x\"], says: \"s\" });"),
        &[
            "NU3204 rules.rhai: nothing in the script answers `a.it`",
            "NU3204 rules.rhai:2:13: the manifest declares no output `a.ti` (did you mean `a.it`?)",
        ],
    );
    check_source(
        &with("home.answer(\"a.it\", 1, #{ rule: \"r\", cites: [], sasy: \"s\", uses: [\"a.monthyl\"] });"),
        &[
            "NU3206 rules.rhai:2:24: the reason lacks `cites`, written out",
            "NU3206 rules.rhai:2:24: the reason lacks `says`, written out",
            "NU3206 rules.rhai:2:49: a reason has no `sasy` (did you mean `says`?)",
            "NU3202 rules.rhai:2:67: `a.monthyl` is neither an input nor an output of this plugin (did you mean `a.monthly`?)",
        ],
    );
}

#[test]
fn a_script_is_functions_named_after_entities() {
    check_source(
        "fn helper(x) { x }",
        &[
            "NU3204 rules.rhai: nothing in the script answers `a.it`",
            "NU3204 rules.rhai: no function answers `a.it`; write one named after its entity",
        ],
    );
    let good = source("let it = 1;");
    check_source(
        &format!("{good}\nlet a = 1;"),
        &["NU3201 rules.rhai:5:1: only functions stand in a script; put this into the function of its entity"],
    );
    check_source(
        &format!("{good}\nfn both(a, b) {{ true }}"),
        &["NU3203 rules.rhai: the name `both` is taken; call your function something else"],
    );
    check_source(
        &format!("//{}\n{good}", "x".repeat(65_536)),
        &["NU3201 rules.rhai: the script is longer than 64 KiB"],
    );
}
