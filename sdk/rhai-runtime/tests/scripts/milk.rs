//! The example as it is published: amounts, gaps and reasons.

use nuan_rhai_runtime::Script;
use nuan_vocabulary::columns::{Batch, ColumnValues, Level};
use nuan_vocabulary::fen::Fen;
use nuan_vocabulary::reason::Value;

use crate::fixture::{as_of, column};

const SOURCE: &str = include_str!("../../../../examples/hangzhou-milk-allowance/rules.rhai");
const MANIFEST: &str = r#"{"id":"cn.330100.milk-allowance","version":"1.0.0","abi":"1","catalogue":"1","levels":[
    {"entity":"household","columns":[
        {"name":"dibao.status","from":"output","type":"status","codes":["not_eligible","eligible"]},
        {"name":"hangzhou.milk.age_limit","from":"parameter","type":"int","unit":"age_year"},
        {"name":"hangzhou.milk.monthly","from":"parameter","type":"money","per":["person","month"]}]},
    {"entity":"member","parent":0,"columns":[{"name":"member.age_years","from":"fact","type":"int","unit":"year"}]}],
    "outputs":[
        {"name":"hangzhou.milk.amount","level":0,"type":"money","per":["month"],"role":"entitlement"},
        {"name":"hangzhou.milk.children","level":0,"type":"int","role":"intermediate"}]}"#;

fn households(homes: &[(Option<bool>, &[Option<i64>])]) -> Batch {
    let root = vec![
        column(&homes.iter().map(|home| home.0.map(u32::from)).collect::<Vec<_>>(), ColumnValues::Code),
        column(&homes.iter().map(|_| Some(14)).collect::<Vec<_>>(), ColumnValues::Int64),
        column(&homes.iter().map(|_| Some(6_000)).collect::<Vec<_>>(), ColumnValues::Int64),
    ];
    let ages: Vec<Option<i64>> = homes.iter().flat_map(|home| home.1.iter().copied()).collect();
    let mut offsets = vec![0];
    homes.iter().for_each(|home| offsets.push(offsets.last().unwrap() + u32::try_from(home.1.len()).unwrap()));
    let rows = |n: usize| u32::try_from(n).unwrap();
    let household = Level { parent: 0, offsets: Vec::new(), listed: None, rows: rows(homes.len()), columns: root };
    let columns = vec![column(&ages, ColumnValues::Int64)];
    let member = Level { parent: 0, offsets, listed: None, rows: rows(ages.len()), columns };
    Batch { as_of: as_of(), levels: vec![household, member] }
}

#[test]
fn each_child_of_a_dibao_household_counts() {
    let script = Script::load(MANIFEST, SOURCE).unwrap();
    let batch = households(&[
        (Some(true), &[Some(40), Some(13), Some(14)]),
        (Some(false), &[Some(40), None]),
        (None, &[Some(40), Some(3)]),
        (Some(true), &[Some(40), None, Some(3)]),
        (Some(true), &[]),
    ]);
    let outputs = script.evaluate(batch).unwrap();
    assert_eq!(outputs.columns[0].values, ColumnValues::Int64(vec![6_000, 0, 0, 0, 0]));
    let gaps: Vec<_> = outputs.missing.iter().map(|gap| (gap.output, gap.row, gap.missing[0].input)).collect();
    assert_eq!(gaps, [(0, 2, 0), (0, 3, 3), (1, 1, 3), (1, 3, 3)]);
}

#[test]
fn the_reasons_are_those_of_the_article() {
    let script = Script::load(MANIFEST, SOURCE).unwrap();
    let steps = script.explain(households(&[(Some(true), &[Some(40), Some(13)])])).unwrap();
    let [children, amount] = steps.as_slice() else { panic!("{steps:?}") };
    assert_eq!(children.uses, ["hangzhou.milk.age_limit", "member.age_years", "member"]);
    assert_eq!((amount.rule.as_str(), amount.says.as_str()), ("milk_allowance", "milk_amount"));
    assert_eq!(amount.cites, ["example-notice-2023-12#3"]);
    assert_eq!(
        amount.arguments,
        [("children".to_owned(), Value::Int(1)), ("monthly".to_owned(), Value::Money(Fen::new(6_000)))]
    );
    assert_eq!((amount.value.clone(), amount.missing.len()), (Value::Money(Fen::new(6_000)), 0));
    let steps = script.explain(households(&[(None, &[Some(3)])])).unwrap();
    assert_eq!(steps[1].missing, ["dibao.status"]);
    assert_eq!(steps[1].says, "milk_amount");
}

#[test]
fn a_household_gets_the_same_alone_and_among_others() {
    let script = Script::load(MANIFEST, SOURCE).unwrap();
    let homes: Vec<(Option<bool>, &[Option<i64>])> =
        vec![(Some(true), &[Some(1), Some(2)]), (None, &[Some(1)]), (Some(true), &[None]), (Some(false), &[Some(1)])];
    let together = script.evaluate(households(&homes)).unwrap();
    for (row, home) in homes.iter().enumerate() {
        let alone = script.evaluate(households(std::slice::from_ref(home))).unwrap();
        let ColumnValues::Int64(amounts) = &together.columns[0].values else { panic!() };
        let ColumnValues::Int64(amount) = &alone.columns[0].values else { panic!() };
        assert_eq!(amounts[row], amount[0]);
        assert_eq!(together.columns[0].is_known(row), alone.columns[0].is_known(0));
    }
}
