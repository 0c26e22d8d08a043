//! A plugin that misbehaves harms itself alone: its outputs end as undetermined with a coded reason, everything else is
//! answered, and the kernel goes on.

use nuan_host::package::Package;
use nuan_kernel::{Actor, CalculationRequest, Kernel};
use nuan_tests::installation::{Database, kernel, package};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::{Determination, OutputValue, State};

const AMOUNT: &str = "hangzhou.milk.amount";
const REASON: &str = "#{ rule: \"milk\", cites: [\"example-notice-2023-12#3\"], says: \"milk_not_dibao\" }";

/// The milk allowance with another script.
fn with_script(body: &str) -> Package {
    let mut milk = package("examples/hangzhou-milk-allowance").unwrap();
    let answers = format!("home.answer(\"hangzhou.milk.children\", 0, {REASON});\n");
    let script = format!("fn deeper(n) {{ deeper(n + 1) }}\nfn household(home) {{\n{answers}{body}\n}}");
    milk.files.insert("rules.rhai".to_owned(), script.into_bytes());
    milk
}

async fn kernel_with(milk: Package) -> Kernel {
    kernel(vec![package("plugins/basic-living").unwrap(), milk], &Database::memory().await.unwrap()).await.unwrap()
}

async fn calculated(kernel: &Kernel) -> Determination {
    let document = std::fs::read_to_string(nuan_tests::root().join("tests/fixtures/household.json")).unwrap();
    let household = serde_json::from_str(&document).unwrap();
    let request =
        CalculationRequest { household, as_of: Date::parse("2024-07-01").ok(), known_at: None, outputs: None };
    kernel.calculate(&Actor::local_operator(), request).await.unwrap()
}

fn output<'a>(determination: &'a Determination, name: &str) -> &'a OutputValue {
    determination.outputs.iter().find(|output| output.name == name).unwrap()
}

#[track_caller]
fn is_harmless(determination: &Determination, what: &str) {
    let amount = output(determination, AMOUNT);
    assert_eq!(amount.state, State::Undetermined, "{what}");
    let codes: Vec<&str> = amount.hindrances.iter().map(|hindrance| hindrance.code.as_str()).collect();
    assert!(!codes.is_empty() && codes.iter().all(|code| code.starts_with("NU4")), "{what}: {codes:?}");
    assert_eq!(output(determination, "dibao.status").state, State::Eligible, "{what}");
    assert_eq!(output(determination, "dibao.amount").state, State::Known, "{what}");
}

#[tokio::test]
async fn what_a_script_does_wrong_ends_as_undetermined_and_hurts_nobody_else() {
    let amount = |value: &str| format!("home.answer(\"{AMOUNT}\", {value}, {REASON});");
    let first = |wrong: &str| format!("{wrong}\n{}", amount("yuan(\"1.00\")"));
    let wrongs = [
        ("loops", first("for n in 0..1000000000 { }")),
        ("recurses without end", first("deeper(0);")),
        ("grows a text without end", first("let text = \"aaaaaaaa\"; for n in 0..60 { text += text; }")),
        ("answers a count for money", amount("5")),
        ("answers more than its range", amount("yuan(\"999999.00\")")),
        ("answers nothing", format!("if home.dibao_status {{ }} else {{ {} }}", amount("yuan(\"1.00\")"))),
    ];
    for (what, body) in wrongs {
        let kernel = kernel_with(with_script(&body)).await;
        is_harmless(&calculated(&kernel).await, what);
        is_harmless(&calculated(&kernel).await, what);
    }
}

#[tokio::test]
async fn a_script_that_is_right_is_answered_by_the_same_check() {
    let right = format!("home.answer(\"{AMOUNT}\", yuan(\"12.00\"), {REASON});");
    let determination = calculated(&kernel_with(with_script(&right)).await).await;
    assert_eq!(output(&determination, AMOUNT).amount_fen, Some(1_200));
}
