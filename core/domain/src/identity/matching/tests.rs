//! Pairs of records as caseworkers meet them, and what must hold for any pair.

use nuan_vocabulary::citizen_id::Sex::{Female, Male};
use proptest::prelude::*;

use super::*;

const VILLAGE: &str = "999901001001";

fn person(name: &str, born: &str, sex: Sex, division: &str) -> Particulars {
    Particulars {
        name: Some(name.parse().unwrap()),
        birth_date: Some(Date::parse(born).unwrap()),
        sex: Some(sex),
        division: Some(division.parse().unwrap()),
        document_tail: None,
    }
}

fn with_tail(tail: &str, person: Particulars) -> Particulars {
    Particulars { document_tail: Some(tail.parse().unwrap()), ..person }
}

#[track_caller]
fn check(left: &Particulars, right: &Particulars, total: i64, band: Band) {
    let comparison = compare(left, right);
    assert_eq!((comparison.total_millibits, comparison.band()), (total, band), "{:?}", comparison.agreements);
}

#[test]
fn the_same_record_twice_is_one_person() {
    let zhang = person("张三丰", "1980-01-02", Male, VILLAGE);
    check(&zhang, &zhang, 12_152 + 14_214 + 986 + 13_551, Band::Same);
    let padded = person("张　三丰", "1980-01-02", Male, VILLAGE);
    check(&zhang, &padded, 12_152 + 14_214 + 986 + 13_551, Band::Same);
}

#[test]
fn twins_are_not_proposed_as_one_person() {
    let twin = person("张文博", "2015-06-01", Male, VILLAGE);
    let other = person("张文浩", "2015-06-01", Male, VILLAGE);
    check(&twin, &other, 1_585 + 14_214 + 986 + 13_551, Band::Possible);
    let (twin, other) = (with_tail("0016", twin), with_tail("0032", other));
    check(&twin, &other, 1_585 + 14_214 + 986 + 13_551 - 5_059, Band::Possible);
    let two = |name, sex| person(name, "2015-06-01", sex, VILLAGE);
    check(&two("张博", Male), &two("张浩", Male), -6_628 + 14_214 + 986 + 13_551, Band::Different);
    check(&two("张文博", Male), &two("张文雅", Female), 1_585 + 14_214 - 5_644 + 13_551, Band::Possible);
}

#[test]
fn a_slip_in_one_field_is_shown_to_a_person() {
    let zhang = person("张三丰", "1980-01-02", Male, VILLAGE);
    let rest = 14_214 + 986 + 13_551;
    check(&zhang, &person("张三丹", "1980-01-02", Male, VILLAGE), 1_585 + rest, Band::Possible);
    check(&zhang, &person("张丰三", "1980-01-02", Male, VILLAGE), 1_585 + rest, Band::Possible);
    check(&zhang, &person("张三", "1980-01-02", Male, VILLAGE), 1_585 + rest, Band::Possible);
    check(&zhang, &person("张三峰", "1980-01-02", Male, VILLAGE), 5_644 + rest, Band::Same);
    let rest = 12_152 + 986 + 13_551;
    check(&zhang, &person("张三丰", "1981-01-02", Male, VILLAGE), 4_322 + rest, Band::Possible);
    check(&zhang, &person("张三丰", "1980-02-01", Male, VILLAGE), 8_381 + rest, Band::Same);
    check(&zhang, &person("张三丰", "1980-02-13", Male, VILLAGE), -585 + rest, Band::Possible);
}

#[test]
fn a_person_who_moved_is_shown_and_a_namesake_is_not() {
    let zhang = person("张三丰", "1980-01-02", Male, VILLAGE);
    check(&zhang, &person("张三丰", "1980-01-02", Male, "999802"), 12_152 + 14_214 + 986 - 3_505, Band::Possible);
    check(&zhang, &person("张三丰", "1980-05-17", Male, "999901002"), 12_152 - 585 + 986 + 3_563, Band::Different);
    check(&zhang, &person("张三丰", "1955-11-30", Male, VILLAGE), 12_152 - 6_620 + 986 + 13_551, Band::Different);
    check(&zhang, &person("李四海", "1980-01-02", Male, VILLAGE), -6_628 + 14_214 + 986 + 13_551, Band::Different);
}

#[test]
fn a_name_and_a_birth_date_alone_are_shown_and_the_end_of_the_number_settles_it() {
    let known = |tail: Option<&str>| Particulars {
        sex: None,
        division: None,
        document_tail: tail.map(|tail| tail.parse().unwrap()),
        ..person("张三丰", "1980-01-02", Male, VILLAGE)
    };
    check(&known(None), &known(Some("001X")), 12_152 + 14_214, Band::Possible);
    check(&known(Some("001x")), &known(Some("001X")), 12_152 + 14_214 + 13_244, Band::Same);
    check(&known(Some("0017")), &known(Some("001X")), 12_152 + 14_214 - 5_059, Band::Different);
    check(&Particulars::default(), &known(Some("001X")), 0, Band::Different);
}

#[test]
fn bands_begin_on_their_line() {
    assert_eq!((Band::of(SAME_FROM_MILLIBITS), Band::of(SAME_FROM_MILLIBITS - 1)), (Band::Same, Band::Possible));
    assert_eq!(Band::of(POSSIBLE_FROM_MILLIBITS), Band::Possible);
    assert_eq!(Band::of(POSSIBLE_FROM_MILLIBITS - 1), Band::Different);
}

#[track_caller]
fn check_names(left: &str, right: &str, expected: NameLevel) {
    let (left, right): (PersonName, PersonName) = (left.parse().unwrap(), right.parse().unwrap());
    assert_eq!(name_level((&left, &right)), expected, "{} {}", left.reveal(), right.reveal());
}

#[test]
fn names_agree_by_degrees() {
    check_names("阿卜杜拉·买买提", "阿卜杜拉买买提", NameLevel::Exact);
    check_names("JOHN SMITH", "John Smith", NameLevel::Exact);
    check_names("张强", "張強", NameLevel::SamePinyin);
    check_names("曾国", "增国", NameLevel::SamePinyin);
    check_names("单红", "山红", NameLevel::SamePinyin);
    check_names("单红", "丹红", NameLevel::SamePinyin);
    check_names("王伟", "伟王", NameLevel::OneCharacter);
    check_names("王伟", "王芳", NameLevel::Different);
    check_names("王伟", "王", NameLevel::Different);
    check_names("王大伟", "王伟", NameLevel::OneCharacter);
    check_names("王大伟", "王小芳", NameLevel::Different);
    check_names("𠮷田", "田", NameLevel::Different);
}

#[track_caller]
fn check_residence(left: &str, right: &str, expected: ResidenceLevel) {
    let (left, right) = (left.parse().unwrap(), right.parse().unwrap());
    assert_eq!(residence_level((left, right)), expected, "{left} {right}");
    assert_eq!(residence_level((right, left)), expected, "{right} {left}");
}

#[test]
fn residences_agree_down_to_what_is_known() {
    check_residence(VILLAGE, VILLAGE, ResidenceLevel::SameVillage);
    check_residence(VILLAGE, "999901001002", ResidenceLevel::SameTownship);
    check_residence(VILLAGE, "999901001", ResidenceLevel::SameTownship);
    check_residence(VILLAGE, "999901002001", ResidenceLevel::SameCounty);
    check_residence("999901", "999901", ResidenceLevel::SameCounty);
    check_residence(VILLAGE, "999902", ResidenceLevel::SameCity);
    check_residence(VILLAGE, "999801", ResidenceLevel::Different);
    check_residence("460003", "460005", ResidenceLevel::Different);
    check_residence(VILLAGE, "990000", ResidenceLevel::Missing);
    check_residence("000000", "000000", ResidenceLevel::Missing);
    check_residence("990000", "330000", ResidenceLevel::Different);
}

#[test]
fn a_document_states_what_its_kind_has() {
    let of = |kind: &str, number: &str| {
        let json = serde_json::json!({ "kind": kind, "number": number });
        Particulars::of_document(&serde_json::from_value(json).unwrap())
    };
    let citizen = of("citizen_id", "99999920150601002X");
    assert_eq!((citizen.birth_date, citizen.sex), (Date::new(2015, 6, 1), Some(Female)));
    assert_eq!(citizen.document_tail, "002x".parse().ok());
    let resident = of("residence_permit", "810000199001010019");
    assert_eq!((resident.sex, resident.document_tail), (Some(Male), None));
    assert_eq!(of("travel_permit", "H99999901"), Particulars::default());
}

#[test]
fn a_tail_is_four_characters_of_which_the_last_may_be_x() {
    assert!("0011".parse::<DocumentTail>().is_ok() && " 002x".parse::<DocumentTail>().is_ok());
    for text in ["", "001", "00110", "X011", "00XX", "00 1", "零零一一"] {
        assert_eq!(text.parse::<DocumentTail>(), Err(DocumentTailError), "{text}");
    }
}

#[test]
fn nothing_personal_is_printed() {
    let zhang = with_tail("0011", person("张三丰", "1980-01-02", Male, VILLAGE));
    assert_eq!(format!("{zhang:?} {:?}", zhang.document_tail), "Particulars(张**) Some(DocumentTail(****))");
}

#[test]
fn a_comparison_is_written_field_by_field_and_comes_back() {
    let zhang = person("张三丰", "1980-01-02", Male, VILLAGE);
    let comparison = compare(&zhang, &Particulars { sex: None, ..zhang.clone() });
    let json = serde_json::to_value(&comparison).unwrap();
    let expected = serde_json::json!({ "field": "name", "level": "exact", "weight_millibits": 12152 });
    assert_eq!(json["agreements"][0], expected);
    let expected = serde_json::json!({ "field": "sex", "level": "missing", "weight_millibits": 0 });
    assert_eq!(json["agreements"][2], expected);
    assert_eq!(serde_json::from_value::<Comparison>(json).unwrap(), comparison);
}

/// The page for caseworkers and auditors has the weights that are used.
#[test]
fn the_page_shows_these_weights() {
    let page = include_str!("../../../../../docs/src/identity.md");
    let mut rows = Vec::new();
    let mut add = |field: &str, level: serde_json::Value, weight: i64| {
        rows.push(format!("| `{field}` | `{}` | {weight} |", level.as_str().unwrap()));
    };
    for level in NameLevel::COMPARED {
        add("name", serde_json::to_value(level).unwrap(), level.weight_millibits());
    }
    for level in BirthDateLevel::COMPARED {
        add("birth_date", serde_json::to_value(level).unwrap(), level.weight_millibits());
    }
    for level in SexLevel::COMPARED {
        add("sex", serde_json::to_value(level).unwrap(), level.weight_millibits());
    }
    for level in ResidenceLevel::COMPARED {
        add("residence", serde_json::to_value(level).unwrap(), level.weight_millibits());
    }
    for level in DocumentTailLevel::COMPARED {
        add("document_tail", serde_json::to_value(level).unwrap(), level.weight_millibits());
    }
    rows.push(format!("| `same` | {SAME_FROM_MILLIBITS} |"));
    rows.push(format!("| `possible` | {POSSIBLE_FROM_MILLIBITS} |"));
    let absent: Vec<_> = rows.into_iter().filter(|row| !page.contains(row)).collect();
    assert_eq!(absent, Vec::<String>::new());
}

fn particulars() -> impl Strategy<Value = Particulars> {
    let of = |values: &[&'static str]| prop::option::of(prop::sample::select(values.to_vec()));
    (
        of(&["张三丰", "张三峰", "张三", "王伟", "伟王", "单红", "阿卜杜拉·买买提", "𠮷田"]),
        of(&["1980-01-02", "1980-02-01", "1980-01-03", "1990-01-02", "1980-12-31", "1955-06-15"]),
        prop::option::of(prop::sample::select(vec![Male, Female])),
        of(&[VILLAGE, "999901001002", "999901001", "999901", "999902", "999801", "460003"]),
        of(&["0011", "001X", "0029"]),
    )
        .prop_map(|(name, born, sex, division, tail)| Particulars {
            name: name.map(|name| name.parse().unwrap()),
            birth_date: born.map(|born| Date::parse(born).unwrap()),
            sex,
            division: division.map(|division| division.parse().unwrap()),
            document_tail: tail.map(|tail| tail.parse().unwrap()),
        })
}

proptest! {
    #[test]
    fn the_order_of_two_records_says_nothing(left in particulars(), right in particulars()) {
        let comparison = compare(&left, &right);
        prop_assert_eq!(&comparison, &compare(&right, &left));
        let sum: i64 = comparison.agreements.iter().map(FieldAgreement::weight_millibits).sum();
        prop_assert_eq!(comparison.total_millibits, sum);
    }

    #[test]
    fn a_field_that_comes_to_agree_never_lowers_the_sum(left in particulars(), right in particulars()) {
        let total = |right: Particulars| compare(&left, &right).total_millibits;
        let before = total(right.clone());
        let better = total(Particulars { name: left.name.clone(), ..right.clone() });
        prop_assert!(before <= better);
        let better = total(Particulars { birth_date: left.birth_date, ..right.clone() });
        prop_assert!(before <= better);
        let better = total(Particulars { sex: left.sex, ..right.clone() });
        prop_assert!(before <= better);
        let better = total(Particulars { division: left.division, ..right.clone() });
        prop_assert!(before <= better);
        let better = total(Particulars { document_tail: left.document_tail.clone(), ..right.clone() });
        prop_assert!(before <= better);
    }
}
