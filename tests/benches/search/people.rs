//! Invented persons by their number: a name as people are called, a document number that nobody has, a place to live.

use anyhow::{Context, Result};
use nuan_tests::installation::scrambled;
use nuan_vocabulary::date::Date;
use serde_json::{Value, json};

/// Counties; persons are spread over them by their household.
pub const COUNTIES: usize = 90;
/// Townships in each.
const TOWNSHIPS: usize = 20;
/// Members of each household.
pub const MEMBERS: usize = 3;

/// Surnames, the frequent ones several times.
const SURNAMES: &str = "王王王王李李李李张张张张刘刘刘陈陈陈杨杨黄黄赵赵吴吴周周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田\
                        董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺\
                        顾毛郝龚邵万钱严覃武戴莫孔向汤";
/// What given names are made of.
const GIVEN: &str = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂花建国志玉珍红梅春燕小林海波云龙飞鹏辉玲华文斌宇浩凯健俊帆\
                     雪琳慧巧美雅芝萍莉荣爱妹香月莺媛艳瑞凡佳嘉琼勤珍贞莉桂娣叶璧璐娅琦晶妍茜秋珊莎锦黛青倩婷姣婉娴瑾颖露瑶怡婵\
                     雁蓓纨仪荷丹蓉眉君琴蕊薇菁梦岚苑婕馨瑗琰韵融园艺咏卿聪澜纯毓悦昭冰爽琬茗羽希宁欣飘育滢馥筠柔竹霭凝";

/// The place of a household: a township of a county.
pub fn division(household: usize) -> String {
    let county = household % COUNTIES + 1;
    let township = household.checked_div(COUNTIES).unwrap_or(0) % TOWNSHIPS + 1;
    format!("9999{county:02}{township:03}")
}

/// The county of a household.
pub fn county(household: usize) -> String {
    format!("9999{:02}", household % COUNTIES + 1)
}

/// What a person is called.
pub fn name(person: usize) -> String {
    let draw = scrambled(u64::try_from(person).unwrap_or(0));
    let one = |text: &str, number: u64| {
        let count = u64::try_from(text.chars().count()).unwrap_or(1);
        let at = number.checked_rem(count).unwrap_or(0);
        text.chars().filter(|c| !c.is_whitespace()).nth(usize::try_from(at).unwrap_or(0)).unwrap_or('王')
    };
    let given = if draw & 7 == 0 { String::new() } else { one(GIVEN, draw >> 40).to_string() };
    format!("{}{given}{}", one(SURNAMES, draw >> 8), one(GIVEN, draw >> 24))
}

/// The number of a citizen's card, each person another.
pub fn number(person: usize) -> Result<String> {
    let (day, sequence) = (person.checked_div(900).unwrap_or(0), person % 900 + 1);
    let first = Date::new(1935, 1, 1).context("the calendar has no such day")?;
    let born = Date::from_days(first.days() + i32::try_from(day)?).to_string().replace('-', "");
    let digits = format!("999999{born}{sequence:03}");
    let weights = [7_u32, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 =
        digits.chars().filter_map(|c| c.to_digit(10)).zip(weights).map(|(digit, weight)| digit * weight).sum();
    let check = "10X98765432".chars().nth(usize::try_from(sum % 11)?).context("there is no such check character")?;
    Ok(format!("{digits}{check}"))
}

/// A household document with little more than who belongs to it.
pub fn household(household: usize) -> Result<Value> {
    let member = |place: usize| {
        let person = household * MEMBERS + place;
        let document = json!({ "kind": "citizen_id", "number": number(person)? });
        Ok(json!({ "ref": format!("p{}", place + 1), "name": name(person), "document": document }))
    };
    let members = (0..MEMBERS).map(member).collect::<Result<Vec<_>>>()?;
    let facts = json!({ "household.income_12_months": "24000.00" });
    Ok(json!({ "division": division(household), "facts": facts, "members": members }))
}
