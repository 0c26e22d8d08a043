//! What the law asks of whoever sets a standard: checks over the parameter files, never rules.
//!
//! 条例第十条 and 规划三(一)1. A pair stands at every bound: on it, and one fen beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nuan_sdk::prelude::*;
use nuan_sdk::vocabulary::division::DivisionCode;
use nuan_sdk::vocabulary::parameter::{Parameter, ParameterRow, Written};

/// Divisions whose standard is declared to be set by the minimum wage: none.
const SET_BY_MINIMUM_WAGE: [&str; 0] = [];

fn parameter(id: &str) -> Parameter {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("parameters/{id}.yaml"));
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn money(row: &ParameterRow) -> Fen {
    let Written::Text(text) = &row.value else { panic!("an amount is quoted") };
    Fen::parse_yuan(text).unwrap()
}

/// The divisions that a row holds for by name.
fn named(row: &ParameterRow) -> Vec<DivisionCode> {
    if row.covers.is_empty() { vec![row.division] } else { row.covers.clone() }
}

/// The row in force: of the most specific division that has begun one by then, if it has not ended.
fn in_force(parameter: &Parameter, division: DivisionCode, on: Date) -> Option<&ParameterRow> {
    let begun = |place| parameter.values.iter().filter(move |row| named(row).contains(&place) && row.from <= on);
    let last = division.chain().find_map(|place| begun(place).max_by_key(|row| row.from));
    last.filter(|row| row.until.is_none_or(|until| on < until))
}

fn amount(id: &str, division: &str, on: &str) -> Option<Fen> {
    in_force(&parameter(id), division.parse().unwrap(), day(on)).map(money)
}

fn ratio(id: &str, division: DivisionCode, on: Date) -> Ratio {
    let parameter = parameter(id);
    let Some(Written::Text(text)) = in_force(&parameter, division, on).map(|row| &row.value) else { panic!("no {id}") };
    Ratio::parse(text).unwrap()
}

/// 条例第十条：农村标准不低于当地城镇的七成。
fn is_at_least_rural_floor(rural: Fen, urban: Fen, floor: Ratio) -> bool {
    urban.times_ratio(floor).unwrap() <= rural.exact().unwrap()
}

/// 条例第十条：参照最低工资确定的，在其四成到五成之间。
fn is_within_peg(standard: Fen, minimum_wage: Fen, low: Ratio, high: Ratio) -> bool {
    let standard = standard.exact().unwrap();
    minimum_wage.times_ratio(low).unwrap() <= standard && standard <= minimum_wage.times_ratio(high).unwrap()
}

/// 规划三(一)1：特困基本生活标准不低于上年度城镇人均消费的一半，并达到低保标准的一点三倍。
fn is_at_least_tekun_floor(living: Fen, consumption: Option<Fen>, standard: Fen, on: Date) -> bool {
    let province = "330000".parse().unwrap();
    let share = ratio("tekun.floor_consumption_ratio", province, on);
    let multiple = ratio("tekun.floor_dibao_multiple", province, on);
    let of_year = living.times(12).unwrap().exact().unwrap();
    let above_consumption = consumption.is_none_or(|consumption| consumption.times_ratio(share).unwrap() <= of_year);
    above_consumption && standard.times_ratio(multiple).unwrap() <= living.exact().unwrap()
}

/// Every day on which one of the parameters changes.
fn changes(parameters: &[&Parameter]) -> BTreeSet<Date> {
    parameters.iter().flat_map(|parameter| &parameter.values).map(|row| row.from).collect()
}

#[test]
fn a_standard_never_falls() {
    let standard = parameter("dibao_standard");
    let divisions: BTreeSet<DivisionCode> = standard.values.iter().flat_map(named).collect();
    for division in divisions {
        let mut rows: Vec<&ParameterRow> =
            standard.values.iter().filter(|row| named(row).contains(&division)).collect();
        rows.sort_by_key(|row| row.from);
        let falls = rows.windows(2).find(|pair| money(pair[1]) < money(pair[0]));
        assert_eq!(falls.map(|pair| pair[1].from), None, "{division}");
    }
}

/// No row says that it is urban or rural: within a city the lowest standard is held against the highest.
#[test]
fn no_standard_of_a_city_is_below_seven_tenths_of_another() {
    let standard = parameter("dibao_standard");
    let floor = ratio("dibao.rural_floor_ratio", "330000".parse().unwrap(), day("2018-03-01"));
    for on in changes(&[&standard]) {
        let mut of_city: BTreeMap<Option<DivisionCode>, Vec<Fen>> = BTreeMap::new();
        for division in standard.values.iter().flat_map(named) {
            let found = in_force(&standard, division, on).map(money);
            of_city.entry(division.city()).or_default().extend(found);
        }
        for (city, standards) in of_city {
            let (Some(lowest), Some(highest)) = (standards.iter().min(), standards.iter().max()) else { continue };
            assert!(is_at_least_rural_floor(*lowest, *highest, floor), "{city:?} on {on}: {lowest} and {highest}");
        }
    }
}

#[test]
fn the_rural_floor_itself_is_enough() {
    let floor = ratio("dibao.rural_floor_ratio", "330000".parse().unwrap(), day("2022-09-01"));
    let urban = amount("dibao_standard", "330106", "2022-09-01").unwrap();
    assert_eq!(urban, Fen::new(121_600));
    assert!(is_at_least_rural_floor(Fen::new(85_120), urban, floor));
    assert!(!is_at_least_rural_floor(Fen::new(85_119), urban, floor));
}

#[test]
fn a_standard_set_by_the_minimum_wage_lies_between_its_bounds() {
    let (on, province) = (day("2022-09-01"), "330000".parse().unwrap());
    let (low, high) =
        (ratio("dibao.minimum_wage_peg_low", province, on), ratio("dibao.minimum_wage_peg_high", province, on));
    for division in SET_BY_MINIMUM_WAGE {
        let standard = amount("dibao_standard", division, "2022-09-01").unwrap();
        assert!(
            is_within_peg(standard, amount("minimum_wage", division, "2022-09-01").unwrap(), low, high),
            "{division}"
        );
    }
    let wage = amount("minimum_wage", "330106", "2022-09-01").unwrap();
    assert_eq!(wage, Fen::new(228_000));
    let is_within = |standard| is_within_peg(Fen::new(standard), wage, low, high);
    assert_eq!([91_199, 91_200, 114_000, 114_001].map(is_within), [false, true, true, false]);
}

#[test]
fn a_tekun_standard_reaches_its_floor_on_every_day() {
    let names = ["tekun_basic_living_standard", "dibao_standard", "consumption_per_capita_urban"];
    let [living, standard, consumption] = names.map(parameter);
    let mut compared = 0;
    for on in changes(&[&living, &standard, &consumption]) {
        for division in living.values.iter().flat_map(named).collect::<BTreeSet<_>>() {
            let of = |parameter| in_force(parameter, division, on).map(money);
            let (Some(amount), Some(standard)) = (of(&living), of(&standard)) else { continue };
            assert!(is_at_least_tekun_floor(amount, of(&consumption), standard, on), "{division} on {on}");
            compared += 1;
        }
    }
    assert!(compared > 0);
}

#[test]
fn the_tekun_floor_itself_is_enough() {
    let on = day("2022-09-01");
    let standard = amount("dibao_standard", "330106", "2022-09-01").unwrap();
    let consumption = amount("consumption_per_capita_urban", "330106", "2022-09-01");
    let reaches = |living, consumption| is_at_least_tekun_floor(Fen::new(living), consumption, standard, on);
    // 0.5 × 48635.00 ÷ 12 = 2026.458…; 1.3 × 1216.00 = 1580.80
    assert_eq!([202_645, 202_646].map(|living| reaches(living, consumption)), [false, true]);
    assert_eq!([158_079, 158_080].map(|living| reaches(living, None)), [false, true]);
}
