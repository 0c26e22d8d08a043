//! Names as they are filed and as they are looked up.

use proptest::prelude::*;

use super::TermKind::{Initials, Name, Pinyin};
use super::*;

fn name(text: &str) -> PersonName {
    text.parse().unwrap()
}

#[track_caller]
fn check_readings(text: &str, expected: &[(&str, &str)], skipped: usize) {
    let readings = readings(&name(text));
    let read: Vec<_> = readings.iter().map(|reading| (&*reading.pinyin, &*reading.initials)).collect();
    assert_eq!(read, expected, "{text}");
    assert!(readings.iter().all(|reading| reading.skipped == skipped), "{text}");
}

#[test]
fn a_name_has_its_ordinary_reading() {
    check_readings("张三丰", &[("zhangsanfeng", "zsf")], 0);
    check_readings("任力", &[("renli", "rl")], 0);
    check_readings("欧阳兰", &[("ouyanglan", "oyl")], 0);
    check_readings("阿卜杜拉·买买提", &[("abodulamaimaiti", "abdlmmt")], 0);
    check_readings("沈单", &[("shendan", "sd")], 0);
}

#[test]
fn a_surname_has_all_of_its_readings_and_its_own_first() {
    check_readings("单红", &[("shanhong", "sh"), ("danhong", "dh")], 0);
    check_readings("曾国", &[("zengguo", "zg"), ("cengguo", "cg")], 0);
    check_readings("解红", &[("xiehong", "xh"), ("jiehong", "jh")], 0);
    check_readings("仇红", &[("qiuhong", "qh"), ("chouhong", "ch")], 0);
    check_readings("区红", &[("ouhong", "oh"), ("quhong", "qh")], 0);
    check_readings("查红", &[("zhahong", "zh"), ("chahong", "ch")], 0);
    check_readings("盖红", &[("gehong", "gh"), ("gaihong", "gh")], 0);
    check_readings("朴红", &[("piaohong", "ph"), ("puhong", "ph")], 0);
    check_readings("尉迟恭", &[("yuchigong", "ycg"), ("weichigong", "wcg")], 0);
    check_readings("万俟红", &[("moqihong", "mqh"), ("wanqihong", "wqh"), ("wansihong", "wsh")], 0);
    check_readings("卜红", &[("buhong", "bh"), ("bohong", "bh")], 0);
}

#[test]
fn rare_characters_are_read_or_counted() {
    check_readings("刘䶮", &[("liuyan", "ly")], 0);
    check_readings("王㛃", &[("wangjie", "wj")], 0);
    check_readings("王𬭎", &[("wanghong", "wh")], 0);
    check_readings("𠮷田", &[("tian", "t")], 1);
    check_readings("𠮷", &[], 0);
    check_readings("王Ж红", &[("wanghong", "wh")], 1);
}

#[test]
fn letters_pass_as_themselves_and_a_word_has_one_initial() {
    check_readings("John Smith", &[("johnsmith", "js")], 0);
    check_readings("陈Victor", &[("chenuictor", "cv")], 0);
    check_readings("Élise·Ó Néill", &[("eliseoneill", "eon")], 0);
    check_readings("王A红", &[("wangahong", "wah")], 0);
}

#[test]
fn u_with_dots_is_u() {
    check_readings("吕绿", &[("lulu", "ll")], 0);
    for typed in ["lülü", "lvlv", "lyulyu", "lulu", "LÜ LÜ", "lǚ lǜ"] {
        assert_eq!(query_terms(typed).unwrap(), [(Pinyin, "lulu".to_owned())], "{typed}");
    }
    assert!(query_terms("chenyu").unwrap().contains(&(Pinyin, "chenyu".to_owned())));
}

#[track_caller]
fn check_terms(text: &str, expected: &[(TermKind, &str)]) {
    let terms = search_terms(&name(text));
    let terms: Vec<_> = terms.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
    assert_eq!(terms, expected);
}

#[test]
fn a_name_is_filed_under_few_terms_each_once() {
    check_terms("张三", &[(Name, "张三"), (Pinyin, "zhangsan"), (Initials, "zs")]);
    check_terms(
        "单三丰",
        &[
            (Name, "单三丰"),
            (Pinyin, "shansanfeng"),
            (Initials, "ss"),
            (Initials, "ssf"),
            (Pinyin, "dansanfeng"),
            (Initials, "ds"),
            (Initials, "dsf"),
        ],
    );
    check_terms("盖红", &[(Name, "盖红"), (Pinyin, "gehong"), (Initials, "gh"), (Pinyin, "gaihong")]);
    check_terms("𠮷", &[(Name, "𠮷")]);
    check_terms("安", &[(Name, "安"), (Pinyin, "an")]);
}

#[test]
fn the_longest_name_still_has_few_terms() {
    let terms = search_terms(&name(&format!("万俟{}", "红".repeat(62))));
    assert_eq!(terms.len(), 1 + 3 * 12);
}

#[track_caller]
fn check_query(typed: &str, expected: &[(TermKind, &str)]) {
    let terms = query_terms(typed).unwrap();
    let terms: Vec<_> = terms.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
    assert_eq!(terms, expected, "{typed}");
}

#[test]
fn chinese_text_is_a_name() {
    check_query(" 张 三 ", &[(Name, "张三")]);
    check_query("阿卜杜拉买买提", &[(Name, "阿卜杜拉买买提")]);
    check_query("阿卜杜拉•买买提", &[(Name, "阿卜杜拉买买提")]);
    check_query("陈Victor", &[(Name, "陈victor")]);
    check_query("张san", &[(Name, "张san")]);
}

#[test]
fn syllables_are_pinyin_and_other_letters_initials() {
    check_query("zhangsan", &[(Pinyin, "zhangsan")]);
    check_query("Zhang San", &[(Pinyin, "zhangsan")]);
    check_query("ｚｈａｎｇｓａｎ", &[(Pinyin, "zhangsan")]);
    check_query("xi'an", &[(Pinyin, "xian")]);
    check_query("li", &[(Pinyin, "li")]);
    check_query("zsf", &[(Initials, "zsf")]);
    check_query("Z. S. F.", &[(Initials, "zsf")]);
    check_query("ly", &[(Initials, "ly")]);
}

#[test]
fn letters_that_may_be_either_are_both() {
    check_query("an", &[(Pinyin, "an"), (Initials, "an")]);
    check_query("wang", &[(Pinyin, "wang"), (Initials, "wang")]);
    check_query("zhang", &[(Pinyin, "zhang")]);
    check_query("John Smith", &[(Pinyin, "johnsmith"), (Initials, "johnsmith")]);
}

#[test]
fn what_would_find_everybody_or_nobody_is_refused() {
    assert_eq!(query_terms("z"), Err(NameQueryError::OneLetter));
    assert_eq!(query_terms(" z. "), Err(NameQueryError::OneLetter));
    assert!(query_terms("zs").is_ok());
    let refused = |text| matches!(query_terms(text), Err(NameQueryError::NoName { .. }));
    assert!(refused("") && refused("999999198001010011") && refused("张\0"));
    let message = query_terms("999999198001010011").unwrap_err();
    assert!(!format!("{message} {message:?}").contains("9999"));
}

#[test]
fn a_kind_is_written_alike_everywhere() {
    for kind in [Name, Pinyin, Initials] {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}

#[test]
fn a_reading_is_not_printed() {
    assert_eq!(format!("{:?}", readings(&name("张三"))), "[Reading(…)]");
}

proptest! {
    #[test]
    fn a_name_is_found_by_each_way_of_typing_it(text in "[张王单曾尉迟万俟吕红绿䶮𠮷]{2,5}( [B-DF-H][aeo][a-z]{0,3})?") {
        let name = name(&text);
        let filed = search_terms(&name);
        let finds = |typed: &str| query_terms(typed).unwrap().iter().any(|term| filed.contains(term));
        prop_assert!(finds(&text));
        for reading in readings(&name) {
            prop_assert!(finds(&reading.pinyin), "{}", reading.pinyin);
            prop_assert!(reading.initials.len() < 2 || finds(&reading.initials), "{}", reading.initials);
        }
        prop_assert!(readings(&name).len() <= MOST_READINGS);
    }

    #[test]
    fn any_text_is_answered_without_an_empty_list(text in any::<String>()) {
        if let Ok(terms) = query_terms(&text) {
            prop_assert!(!terms.is_empty() && terms.iter().all(|(_, text)| !text.is_empty()));
        }
    }
}
