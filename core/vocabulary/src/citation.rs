//! Where in the law something stands, and the register of instruments that citations resolve against.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::date::{Date, Period};

/// An article as the instrument numbers it: `12`, `三(三)3`, `专栏1`. People may write a plain number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Article(String);

impl Article {
    /// The article of this number or name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Article {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Article {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrName;
        impl Visitor<'_> for NumberOrName {
            type Value = Article;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number or name of an article")
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Article, E> {
                Ok(Article(number.to_string()))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Article, E> {
                Ok(Article(number.to_string()))
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Article, E> {
                Ok(Article(name.to_owned()))
            }
        }
        deserializer.deserialize_any(NumberOrName)
    }
}

impl JsonSchema for Article {
    fn schema_name() -> Cow<'static, str> {
        "Article".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let description = "The number or name of an article.";
        if generator.contract().is_serialize() {
            return json_schema!({ "type": "string", "description": description });
        }
        json_schema!({ "type": ["string", "integer"], "description": description })
    }
}

/// A place in an instrument: the whole of it, or one article.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// The id of the instrument in the register of legal sources.
    pub instrument: String,
    /// The article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<Article>,
}

impl Citation {
    /// The place as guests write it: `instrument#article`.
    pub fn parse(text: &str) -> Self {
        let (instrument, article) = text.split_once('#').map_or((text, None), |(i, a)| (i, Some(Article::new(a))));
        Self { instrument: instrument.to_owned(), article }
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.instrument)?;
        self.article.as_ref().map_or(Ok(()), |article| write!(f, "#{article}"))
    }
}

/// How high an instrument stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// 法律.
    Law,
    /// 行政法规.
    AdministrativeRegulation,
    /// 地方性法规.
    ProvincialRegulation,
    /// 部门规章.
    Rule,
    /// 规范性文件.
    Normative,
    /// 规划.
    Plan,
    /// 国家标准.
    Standard,
}

/// Whether the project has read the text it cites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextHeld {
    /// Yes.
    #[default]
    Held,
    /// No: it must be obtained.
    NotHeld,
}

/// What an article computes, by rule id, or why nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArticlePoint {
    /// Its point in our own Chinese words.
    pub point: String,
    /// The same in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point_en: Option<String>,
    /// The rules that implement it.
    #[serde(default, deserialize_with = "rules_or_none")]
    #[schemars(schema_with = "rules_or_none_schema")]
    pub computes: Vec<String>,
    /// Why nothing is computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// One law, regulation, plan or standard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// The id that citations use.
    pub id: String,
    /// The full Chinese title.
    pub title: String,
    /// The short Chinese title.
    pub short: String,
    /// The English title.
    #[serde(default)]
    pub title_en: Option<String>,
    /// The short English title.
    #[serde(default)]
    pub short_en: Option<String>,
    /// How high it stands.
    pub rank: Rank,
    /// When it holds.
    pub in_force: Option<Period>,
    /// When it was amended.
    #[serde(default)]
    pub amended: Vec<Date>,
    /// Whether the text is held.
    #[serde(default)]
    pub text: TextHeld,
    /// Invented for tests.
    #[serde(default)]
    pub synthetic: bool,
    /// The articles that matter here.
    #[serde(default)]
    pub articles: BTreeMap<String, ArticlePoint>,
}

impl Instrument {
    /// The place as a Chinese reader writes it: `浙江省社会救助条例 第十二条`.
    pub fn place(&self, article: Option<&Article>) -> String {
        match article {
            None => self.title.clone(),
            Some(article) => match article.as_str().parse::<u32>() {
                Ok(number) => format!("{} 第{}条", self.title, chinese_number(number)),
                Err(_) => format!("{} {}", self.title, article),
            },
        }
    }
}

/// 1 to 9,999 in Chinese numerals, as articles are counted.
fn chinese_number(number: u32) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    const UNITS: [(u32, &str); 4] = [(1000, "千"), (100, "百"), (10, "十"), (1, "")];
    let mut text = String::new();
    let mut gap = false;
    for (unit, name) in UNITS {
        let digit = number.div_euclid(unit).rem_euclid(10);
        if digit == 0 {
            gap = !text.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            text.push('零');
        }
        if !(digit == 1 && unit == 10 && text.is_empty()) {
            text.push_str(usize::try_from(digit).ok().and_then(|d| DIGITS.get(d)).unwrap_or(&""));
        }
        text.push_str(name);
    }
    text
}

/// `none` or a list of rule ids.
fn rules_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Rules;
    impl<'de> Visitor<'de> for Rules {
        type Value = Vec<String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of rule ids, or `none`")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            if text == "none" { Ok(Vec::new()) } else { Err(E::custom("expected a list of rule ids, or `none`")) }
        }
        fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut rules = Vec::new();
            while let Some(rule) = seq.next_element()? {
                rules.push(rule);
            }
            Ok(rules)
        }
    }
    deserializer.deserialize_any(Rules)
}

fn rules_or_none_schema(generator: &mut SchemaGenerator) -> Schema {
    let rules = generator.subschema_for::<Vec<String>>();
    json_schema!({ "anyOf": [rules, { "type": "string", "const": "none" }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_are_counted_in_chinese() {
        for (number, text) in [
            (9, "九"),
            (10, "十"),
            (12, "十二"),
            (20, "二十"),
            (50, "五十"),
            (101, "一百零一"),
            (1259, "一千二百五十九"),
        ] {
            assert_eq!(chinese_number(number), text);
        }
    }

    #[test]
    fn a_citation_is_one_word_for_guests() {
        let place = Citation::parse("zhejiang-plan-2021-72#三(三)3");
        assert_eq!(place.article.as_ref().map(Article::as_str), Some("三(三)3"));
        assert_eq!(place.to_string(), "zhejiang-plan-2021-72#三(三)3");
        assert_eq!(Citation::parse("gb-11643").article, None);
    }
}
