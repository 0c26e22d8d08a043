//! A whole plugin as an author writes it, run natively against the columns a host would send.

#[cfg(test)]
mod batch;
mod rules;

nuan_sdk::plugin! { manifest: "tests/plugin/plugin.toml", household: crate::rules::household }

use batch::{known, one_household, two_households};
use nuan_sdk::Rules;
use nuan_sdk::vocabulary::columns::{Batch, Bitmap, Column, ColumnValues, Gap};
use nuan_sdk::vocabulary::fen::Fen;
use nuan_sdk::vocabulary::known::{Absence, Cause};
use nuan_sdk::vocabulary::reason::Value;
use view::{Columns, Relation, StudyStage, WinterCoalOtherRounding, WinterCoalRounding};

#[test]
fn rows_read_what_is_known_and_name_what_is_not() {
    let batch = two_households();
    let columns = Columns::of(&batch).unwrap();
    let homes: Vec<_> = columns.households().collect();
    assert_eq!(homes[0].local_hukou(), Ok(true));
    assert_eq!(homes[1].local_hukou().unwrap_err().absences(), [Absence { input: 0, row: 1 }]);
    assert_eq!(homes[1].record_dibao_since(), Ok(None));
    assert_eq!(homes[0].record_dibao_since().unwrap().unwrap().to_string(), "2024-06-01");
    assert_eq!(homes[0].winter_coal_rounding(), Ok(WinterCoalRounding::UpToFen));
    assert_eq!(homes[1].winter_coal_rounding(), Ok(WinterCoalOtherRounding::UpToYuan));
    assert_eq!(homes[1].winter_coal_standard().unwrap_err().absences(), [Absence { input: 6, row: 1 }]);
    let members: Vec<_> = homes[1].members().unwrap().collect();
    assert_eq!((members[0].row(), members[0].index(), members[0].age_years()), (2, 0, Ok(9)));
    assert_eq!(members[0].study_stage().unwrap_err().absences(), [Absence { input: 9, row: 2 }]);
    assert_eq!(homes[0].homes().unwrap().next().unwrap().floor_area_dm2(), Ok(6_000));
}

#[test]
fn a_list_nobody_gave_is_missing_as_a_whole() {
    let batch = two_households();
    let columns = Columns::of(&batch).unwrap();
    let vehicles: Vec<_> = columns.households().map(|home| home.vehicles().map(|vehicles| vehicles.len())).collect();
    assert_eq!(vehicles[0], Ok(0));
    assert_eq!(vehicles[1].as_ref().unwrap_err().absences(), [Absence { input: 13 + 4, row: 1 }]);
}

#[test]
fn codes_keep_their_names() {
    assert_eq!((Relation::Code10.name(), StudyStage::JuniorSecondary.name()), ("10", "junior_secondary"));
    assert_eq!(WinterCoalRounding::ALL.map(WinterCoalRounding::name), ["up_to_fen", "up_to_yuan"]);
}

#[test]
fn unknown_rows_have_a_gap_each() {
    let outputs = Plugin::evaluate(&two_households()).unwrap();
    let column = |values, byte: u8| Column { values, known: Some(Bitmap::from_bytes(vec![byte])), none: None };
    // Outputs stand in the order of names: amount, care level, status. 2 × 30.00 − 0.5 × 10.01 is 54.995.
    assert_eq!(outputs.columns[0], column(ColumnValues::Int64(vec![5_500, 0]), 0b01));
    assert_eq!(outputs.columns[1], column(ColumnValues::Code(vec![2, 0, 0]), 0b001));
    assert_eq!(outputs.columns[2], known(ColumnValues::Code(vec![1, 0])));
    let missing = |output, row, missing| Gap { output, row, missing, causes: vec![] };
    let no_rule = vec![Cause::NoRuleHeld("winter_coal.care_level".to_owned())];
    let expected = [
        missing(0, 1, vec![Absence { input: 6, row: 1 }]),
        Gap { output: 1, row: 1, missing: vec![], causes: no_rule },
        missing(1, 2, vec![Absence { input: 9, row: 2 }]),
    ];
    assert_eq!(outputs.missing, expected);
}

#[test]
fn reasons_are_kept_for_one_household() {
    let steps = Plugin::explain(&one_household()).unwrap();
    let [step] = steps.as_slice() else { panic!("one step, not {}", steps.len()) };
    assert_eq!(
        (step.output.as_str(), step.row, step.rule.as_str()),
        ("winter_coal.amount", 0, "winter_coal_less_wages")
    );
    assert_eq!(step.cites, ["example-notice-2023-12#3"]);
    assert_eq!(step.arguments, [("standard".to_owned(), Value::Money(Fen::new(3_000)))]);
    assert_eq!((&step.value, step.missing.len()), (&Value::Money(Fen::new(5_500)), 0));
    assert_eq!(Plugin::explain(&two_households()).unwrap_err().code, "NU4012");
}

#[test]
fn a_reason_names_what_is_missing() {
    let mut batch = one_household();
    batch.levels[1].listed = Some(Bitmap::clear(1));
    batch.levels[0].columns[5].known = Some(Bitmap::clear(1));
    let steps = Plugin::explain(&batch).unwrap();
    assert_eq!(
        (&steps[0].value, &steps[0].missing[..]),
        (&Value::Unknown, &["winter_coal.share".to_owned(), "member".to_owned()][..])
    );
}

#[test]
fn another_manifest_is_refused() {
    let own = Plugin::resolved_manifest();
    assert!(own.starts_with("{\"abi\":\"1\",\"catalogue\":\"1\",\"id\":\"cn.999900.winter-coal\",\"levels\":["));
    assert_eq!(Plugin::configure(own, &[]), Ok(()));
    let mistakes = Plugin::configure("{}", &[("pace".to_owned(), Value::Int(1))]).unwrap_err();
    assert_eq!(mistakes.iter().map(|mistake| mistake.code.as_str()).collect::<Vec<_>>(), ["NU3108", "NU3109"]);
}

#[track_caller]
fn check_misshapen(change: impl FnOnce(&mut Batch)) {
    let mut batch = two_households();
    change(&mut batch);
    assert_eq!(Plugin::evaluate(&batch).err().map(|failure| failure.code).as_deref(), Some("NU4011"));
}

#[test]
fn a_misshapen_batch_is_refused() {
    check_misshapen(|batch| batch.levels[0].columns[5].values = ColumnValues::Flag(vec![1, 1]));
    check_misshapen(|batch| batch.levels[0].columns[5].values = ColumnValues::Int64(vec![1]));
    check_misshapen(|batch| batch.levels[0].columns[5].none = Some(Bitmap::clear(2)));
    check_misshapen(|batch| batch.levels[0].columns[0].known = Some(Bitmap::clear(9)));
    check_misshapen(|batch| batch.levels[0].columns[2].values = ColumnValues::Code(vec![2, 0]));
    check_misshapen(|batch| batch.levels[1].columns.truncate(2));
    check_misshapen(|batch| batch.levels[1].offsets = vec![0, 3, 2]);
    check_misshapen(|batch| batch.levels[1].offsets = vec![0, 3]);
    check_misshapen(|batch| batch.levels[3].parent = 0);
    check_misshapen(|batch| batch.levels[4].listed = Some(Bitmap::clear(9)));
    check_misshapen(|batch| batch.levels.truncate(4));
}
