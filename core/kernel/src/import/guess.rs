//! A first mapping from what stands above the columns. A person reads and corrects it; nothing is imported on a guess alone.
//!
//! What a fact is called the catalogue says; here stand only the names of the columns that every township has.

use std::collections::BTreeMap;

use nuan_domain::schema::Schema;
use nuan_vocabulary::catalogue::ValueType;
use serde_json::Value;

use super::mapping::{DocumentColumns, Mapping, Source, Unit, VERSION};
use super::plan::{RELATION, plain};

const HOUSEHOLD: [&str; 6] = ["户编号", "家庭编号", "户号", "家庭户编号", "家庭编码", "household"];
const NAME: [&str; 5] = ["姓名", "成员姓名", "家庭成员姓名", "人员姓名", "name"];
const NUMBER: [&str; 8] = [
    "身份证号",
    "身份证号码",
    "公民身份号码",
    "居民身份证号码",
    "证件号码",
    "证件号",
    "成员身份证号",
    "document number",
];
const KIND: [&str; 3] = ["证件类型", "证件种类", "document kind"];
const RELATED: [&str; 7] =
    ["与户主关系", "与申请人关系", "与户主或者申请人关系", "与户主或申请人关系", "家庭关系", "关系", "relation"];
const DIVISION: [&str; 8] =
    ["行政区划代码", "区划代码", "行政区划", "行政区划编码", "户籍地", "户籍地代码", "所属区划", "division"];

/// What people say for a relation where the standard has another name.
const SPOKEN: [(&str, &str); 8] = [
    ("妻子", "12"),
    ("丈夫", "11"),
    ("儿子", "20"),
    ("女儿", "30"),
    ("爸爸", "51"),
    ("妈妈", "52"),
    ("哥哥", "71"),
    ("弟弟", "73"),
];

/// The mapping that these headers suggest.
pub fn mapping(headers: &[String], schema: &Schema) -> Mapping {
    let known = |names: &[&str]| {
        let wanted: Vec<String> = names.iter().map(|name| plain(name)).collect();
        wanted.iter().find_map(|name| headers.iter().find(|header| plain(header).to_lowercase() == *name)).cloned()
    };
    let division = known(&DIVISION);
    let number = known(&NUMBER);
    let relation = known(&RELATED).map(|header| Source { values: spoken(schema), ..Source::column(&header) });
    Mapping {
        version: VERSION,
        household: known(&HOUSEHOLD).unwrap_or_default(),
        division: Source { column: Some(division.unwrap_or_default()), ..Source::default() },
        name: known(&NAME),
        document: number.map(|column| DocumentColumns {
            column,
            kind_column: known(&KIND),
            ..DocumentColumns::default()
        }),
        relation,
        none: vec!["无".to_owned()],
        facts: facts(headers, schema),
        ..Mapping::default()
    }
}

/// The spoken relations that the catalogue has a code for.
fn spoken(schema: &Schema) -> BTreeMap<String, Value> {
    let shape = schema.fact(RELATION).and_then(|fact| schema.fact_shape(fact));
    let is_known = |code: &str| shape.is_some_and(|shape| shape.codes.contains_key(code));
    let known = SPOKEN.into_iter().filter(|(_, code)| is_known(code));
    known.map(|(said, code)| (said.to_owned(), Value::from(code))).collect()
}

/// The facts whose name or title stands above exactly one column, and which alone have that title.
fn facts(headers: &[String], schema: &Schema) -> BTreeMap<String, Source> {
    let mut titles: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (_, shape) in schema.facts() {
        let is_of_row = shape.entity == schema.household() || shape.entity == schema.member();
        let Some(fact) = schema.catalogue().facts.get(&shape.name).filter(|_| is_of_row && shape.name != RELATION)
        else {
            continue;
        };
        for title in [&fact.title.zh_cn, &fact.title.en, &shape.name] {
            titles.entry(plain(title).to_lowercase()).or_default().push(&shape.name);
        }
    }
    let mut found: BTreeMap<String, Source> = BTreeMap::new();
    let mut twice = Vec::new();
    for header in headers {
        let (words, unit) = without_unit(header);
        let Some([name]) = titles.get(&words).map(Vec::as_slice) else { continue };
        let value_type = schema.fact(name).and_then(|fact| schema.fact_shape(fact)).map(|shape| shape.value_type);
        let unit = unit.filter(|_| value_type == Some(ValueType::Money));
        if found.insert((*name).to_owned(), Source { unit, ..Source::column(header) }).is_some() {
            twice.push((*name).to_owned());
        }
    }
    found.retain(|name, _| !twice.contains(name));
    found
}

/// What stands above a column without the unit of money behind it.
fn without_unit(header: &str) -> (String, Option<Unit>) {
    let words = plain(header).to_lowercase();
    for (ending, unit) in [("(万元)", Some(Unit::WanYuan)), ("(元)", None)] {
        if let Some(words) = words.strip_suffix(ending) {
            return (words.to_owned(), unit);
        }
    }
    (words, None)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{self, TOWNSHIP};
    use super::super::{Preview, Table};
    use super::*;

    fn guess(headers: &[&str]) -> Mapping {
        let headers: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
        Mapping::guess(&headers, &fixture::schema())
    }

    #[test]
    fn the_columns_of_a_township_are_known() {
        let table = Table::read(TOWNSHIP.as_bytes()).unwrap();
        let schema = fixture::schema();
        let mapping = Mapping::guess(&table.headers, &schema);
        assert_eq!((mapping.household.as_str(), mapping.name.as_deref()), ("户编号", Some("姓名")));
        assert_eq!(mapping.document.as_ref().unwrap().column, "身份证号");
        assert_eq!(mapping.division, Source::column("行政区划代码"));
        assert_eq!(mapping.relation.as_ref().unwrap().values["妻子"], "12");
        assert_eq!(mapping.facts.keys().collect::<Vec<_>>(), ["member.birth_date", "member.disability_grade"]);
        let preview = Preview::of(&table, &mapping, &schema).unwrap();
        assert_eq!((preview.summary.households_ready, preview.summary.mistakes), (3, 2));
    }

    #[test]
    fn titles_of_the_catalogue_are_known_with_their_unit() {
        let unit = |header: &str| {
            let mapping = guess(&["户号", header]);
            mapping.facts.get("household.income_12_months").map(|source| source.unit)
        };
        assert_eq!(unit("已核定的家庭全年收入"), Some(None));
        assert_eq!(unit("已核定的 家庭全年收入（元）"), Some(None));
        assert_eq!(unit("已核定的家庭全年收入（万元）"), Some(Some(Unit::WanYuan)));
        assert_eq!(unit("household.income_12_months"), Some(None));
        assert_eq!(unit("家庭收入"), None);
    }

    #[test]
    fn what_is_not_known_is_left_to_a_person() {
        let mapping = guess(&["甲", "乙"]);
        assert_eq!((mapping.household.as_str(), mapping.document, mapping.facts.len()), ("", None, 0));
        assert!(guess(&["出生日期", "出生日期*"]).facts.is_empty());
        let headers = ["甲", "乙"].map(str::to_owned);
        let schema = fixture::schema();
        let mistakes = super::super::plan::plan(&guess(&["甲", "乙"]), &headers, &schema).err().unwrap();
        assert!(mistakes.iter().all(|mistake| mistake.code == "NU2411") && mistakes.len() == 3);
    }
}
