//! The mapping: which column of a spreadsheet is what. A file that a person reads, corrects and keeps for the next year.
//!
//! Not here: how a value is read, which the catalogue's type of each fact says, and whether a mapping fits a spreadsheet.

use std::collections::BTreeMap;

use nuan_domain::schema::Schema;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::guess;

/// The version of the format.
pub const VERSION: u32 = 1;

/// Bytes of the longest sentence of the reader that is repeated.
const LONGEST: usize = 300;

/// Which column is what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The version of this format: 1.
    pub version: u32,
    /// The column with the household's number in the file: rows with the same number are one household, wherever they stand.
    pub household: String,
    /// The division: a column, or one code for the whole file.
    pub division: Source,
    /// The column with the person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The person's identity document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentColumns>,
    /// The relation to the head of the household or the applicant: a code of GB/T 4761 or its Chinese name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Source>,
    /// What stands in a cell where it is known that there is none: `无`. A blank cell is unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub none: Vec<String>,
    /// The first day on which the facts of the file hold; always, where absent, and for facts that are dates themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Who states the facts of the file, a code of the catalogue's list `source`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Facts of the household and of each person, by their full names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Source>,
    /// Lists, by entity: every group of columns makes one row of the list where at least one of them has a value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub entities: BTreeMap<String, Vec<BTreeMap<String, Source>>>,
}

/// Where a value comes from: a column, or the same value for the whole file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The column, by what stands above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The value for the whole file, as a household document writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<Value>,
    /// What the texts of the column mean, as a household document writes it. Codes and their Chinese names, 是 and 否 need none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Value>,
    /// In what the column is counted, where that is not how the fact is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
}

/// In what a column is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Yuan (元), as every fact that is money.
    Yuan,
    /// Ten thousand yuan (万元).
    WanYuan,
    /// Square metres (平方米), for a fact in square decimetres.
    SquareMetre,
}

/// The columns of the identity document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentColumns {
    /// The column with the number.
    pub column: String,
    /// The kind of all documents of the file. Without this and `kind_column` the number tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<DocumentKind>,
    /// The column with the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind_column: Option<String>,
    /// What the texts of that column mean. The documents' Chinese names need none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, DocumentKind>,
}

/// The kinds of identity document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A citizen's id card (居民身份证).
    CitizenId,
    /// A residence permit for Hong Kong, Macao and Taiwan residents (港澳台居民居住证).
    ResidencePermit,
    /// A foreign permanent resident's card (外国人永久居留身份证).
    ForeignPermanentResident,
    /// A mainland travel permit (回乡证, 台胞证).
    TravelPermit,
}

impl DocumentKind {
    /// The name that documents use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CitizenId => "citizen_id",
            Self::ResidencePermit => "residence_permit",
            Self::ForeignPermanentResident => "foreign_permanent_resident",
            Self::TravelPermit => "travel_permit",
        }
    }
}

impl Source {
    /// A column as it stands.
    pub fn column(header: &str) -> Self {
        Self { column: Some(header.to_owned()), ..Self::default() }
    }
}

impl Mapping {
    /// Reads a mapping as a file has it. `name` is what the mistake calls the file.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let text = std::str::from_utf8(bytes).map_err(|_| {
            vec![Diagnostic::new("NU2410", name, "the file is not UTF-8").with_hint("save it in UTF-8")]
        })?;
        Self::from_yaml(name, text)
    }

    /// Reads a mapping. `name` is what the mistake calls the file.
    pub fn from_yaml(name: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mapping: Self = serde_saphyr::from_str(text).map_err(|error| {
            let place = error
                .location()
                .map_or_else(|| name.to_owned(), |place| format!("{name}:{}:{}", place.line(), place.column()));
            vec![Diagnostic::new("NU2410", place, shown(&error.without_snippet().to_string()))]
        })?;
        if mapping.version == VERSION {
            return Ok(mapping);
        }
        let mistake = Diagnostic::new("NU2410", format!("{name}: version"), "this is not version 1 of the format");
        Err(vec![mistake.with_hint("write `version: 1`")])
    }

    /// A first mapping from what stands above the columns; what it does not know it leaves to a person.
    pub fn guess(headers: &[String], schema: &Schema) -> Self {
        guess::mapping(headers, schema)
    }
}

/// What the reader of YAML says, as long as it can be no value: somebody may have sent the spreadsheet in the mapping's place,
/// and the reader repeats what it did not expect.
fn shown(said: &str) -> &str {
    let said = said.lines().next().unwrap_or_default();
    let digits = said.bytes().filter(u8::is_ascii_digit).count();
    let is_ours = said.is_ascii() && digits < 5 && said.len() <= LONGEST;
    if is_ours { said } else { "the text has not the form of a mapping at this place" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPPING: &str = "
version: 1
household: 户编号
division: { is: \"999901\" }
name: 姓名
document: { column: 身份证号 }
relation: { column: 关系, values: { 妻子: \"12\" } }
none: [无]
from: 2025-01-01
facts:
  member.local_hukou: { column: 本地户籍, values: { 本镇: true, \"0\": false, 无: { none: true } } }
  household.income_12_months: { column: 年收入, unit: wan_yuan }
entities:
  monthly_wage:
    - { month: { is: 2024-01 }, gross: { column: 1月工资 } }
";

    #[test]
    fn a_mapping_is_read_as_a_person_writes_it() {
        let mapping = Mapping::from_yaml("mapping.yaml", MAPPING).unwrap();
        let hukou = &mapping.facts["member.local_hukou"].values;
        assert_eq!(hukou["本镇"], Value::Bool(true));
        assert_eq!(hukou["0"], Value::Bool(false));
        assert_eq!(hukou["无"], serde_json::json!({ "none": true }));
        assert_eq!(mapping.facts["household.income_12_months"].unit, Some(Unit::WanYuan));
        assert_eq!(mapping.relation.unwrap().values["妻子"], "12");
        assert_eq!(mapping.entities["monthly_wage"][0]["month"].is, Some(Value::from("2024-01")));
        assert_eq!(mapping.from, Date::parse("2025-01-01").ok());
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mapping = Mapping::from_yaml("mapping.yaml", MAPPING).unwrap();
        let text = serde_json::to_string(&mapping).unwrap();
        assert_eq!(Mapping::from_yaml("mapping.yaml", &text).unwrap(), mapping);
    }

    #[track_caller]
    fn refuse(from: &str, to: &str) -> String {
        let mistakes = Mapping::from_yaml("mapping.yaml", &MAPPING.replace(from, to)).unwrap_err();
        assert_eq!((mistakes.len(), mistakes[0].code.as_str()), (1, "NU2410"));
        mistakes[0].path.clone()
    }

    #[test]
    fn a_slip_is_refused_with_its_place() {
        assert!(refuse("name: 姓名", "nmae: 姓名").starts_with("mapping.yaml:"));
        assert!(refuse("unit: wan_yuan", "unit: wan").starts_with("mapping.yaml:"));
        assert!(refuse("household: 户编号", "x: [").starts_with("mapping.yaml:"));
        assert_eq!(refuse("version: 1", "version: 2"), "mapping.yaml: version");
    }

    #[test]
    fn a_spreadsheet_in_its_place_is_not_repeated() {
        for text in [super::super::fixture::TOWNSHIP, "张三,999999198001010011", "999999198001010011", "张三: 1"] {
            let refused = Mapping::from_yaml("mapping", text).unwrap_err();
            let told: String = refused.iter().map(ToString::to_string).collect();
            assert!(told.is_ascii() && !told.contains("99999") && told.starts_with("NU2410 mapping"), "{told}");
        }
        assert_eq!(Mapping::read("mapping", b"\xff").unwrap_err()[0].code, "NU2410");
        let slip = Mapping::from_yaml("mapping", &MAPPING.replace("name: 姓名", "nmae: 姓名")).unwrap_err();
        assert!(slip[0].detail.contains("nmae"), "{}", slip[0].detail);
    }
}
