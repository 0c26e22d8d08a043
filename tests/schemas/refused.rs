//! Wrong files are refused, so that right ones say something: by the schema, and by whoever reads the format.

mod documents;

use nuan_domain::parameters::ParameterHistory;
use nuan_vocabulary::catalogue::Catalogue;
use nuan_vocabulary::citation::Instrument;
use nuan_vocabulary::manifest::Manifest;
use nuan_vocabulary::parameter::Parameter;
use serde_json::Value;

use super::{generated, validator};
use crate::codes::Register;

/// A manifest with everything in it.
pub const PLUGIN: &str = r#"
manifest_version = 1
id = "cn.999901.example"
version = "1.0.0"
kind = "rules"
runtime = "rhai"
abi = "1"
catalogue = "1"
namespace = "example"
title = { zh-CN = "示例", en = "Example" }
legal_basis = [{ instrument = "example-notice-2025-18", article = 3 }]
[applies]
jurisdictions = ["999901"]
effective = { from = "2024-01-01", until = "2025-01-01" }
[requires]
"cn.330000.basic-living" = "^1"
[inputs]
"member.age_years" = "children only"
"other.status" = { why = "recipients only", entity = "household", type = "status" }
[parameters]
"example.monthly" = "amount"
[outputs."example.amount"]
entity = "household"
type = "money"
per = ["month"]
role = "entitlement"
range = { min = "0.00", max = "2000.00" }
title = { zh-CN = "示例补助", en = "Example allowance" }
cites = [{ instrument = "example-notice-2025-18", article = 3 }]
"#;

const PARAMETER: &str = r#"
id: example.monthly
title: { zh-CN: 示例标准, en: Example standard }
type: money
per: [person, month]
bounds: { min: "0.00", max: "1000.00" }
stale_after_months: 24
values:
  - { division: "999901", from: 2024-07-01, until: 2025-07-01, value: "840.00", confidence: synthetic, source: invented }
  - { division: "999901", from: 2025-07-01, value: "850", confidence: synthetic, cites: { instrument: example-notice-2025-18, article: 1 } }
"#;

const CASE: &str = r#"
background: one_adult
cases:
  - name: 收入比标准低一元
    cites: { instrument: example-notice-2025-18, article: 1 }
    division: "999901"
    as_of: 2025-01-01
    known_at: 2025-01-01T08:00:00Z
    given: { members: 2, household.income_12_months: "19188.00", vehicle: [{ value: "9000.00", exemption: none }], home: unknown }
    parameters: { example.monthly: "840.00" }
    expect: { example.amount: "1.00", a.example.age: [1, { undetermined: [member.birth_date] }], example.status: eligible }
properties:
  - monotone: { output: example.amount, by: household.income_12_months, direction: falling }
  - permutation_invariant: member
  - never_below: { output: example.amount, floor: "0.00", only_where: { example.status: eligible } }
"#;

const CATALOGUE: &str = r#"
version: 1
entities:
  household: { title: { zh-CN: 共同生活家庭, en: Household } }
  member: { parent: household, title: { zh-CN: 家庭成员, en: Member } }
facts:
  member.grade:
    entity: member
    type: code
    codes: grade
    optional: true
    class: special
    title: { zh-CN: 等级, en: Grade }
    sources: [disability]
    cites: [{ instrument: gb-11643 }]
codes:
  grade: { "1": { zh-CN: 一级, en: one } }
"#;

const LAW: &str = r#"
id: example-notice-2025-18
title: 关于示例的通知
short: 示例通知
rank: normative
in_force: { from: 2025-01-01 }
amended: [2025-06-01]
synthetic: true
articles:
  "1": { point: 示例标准, computes: [example] }
  "2": { point: 保密, computes: none, why: 由流程实现 }
"#;

const CODES: &str = r#"
codes:
  NU1001: { title: { zh-CN: 甲, en: a }, cause: { zh-CN: 乙, en: b }, fix: { zh-CN: 丙, en: c }, who: operator }
"#;

/// A text as an editor sees it.
fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

/// The right text fits and is read; with any one of the changes it neither fits nor is read.
#[track_caller]
fn check(format: &str, right: &str, see: fn(&str) -> Value, is_read: impl Fn(&str) -> bool, changes: &[(&str, &str)]) {
    let validator = validator(&generated(format));
    let misfits: Vec<String> = validator.iter_errors(&see(right)).map(|error| error.to_string()).collect();
    assert_eq!((misfits, is_read(right)), (Vec::new(), true), "{format} as it should be");
    for (from, to) in changes {
        assert!(right.contains(from), "{format}: `{from}` is not there to be changed");
        let wrong = right.replacen(from, to, 1);
        assert!(!validator.is_valid(&see(&wrong)), "{format}: `{to}` for `{from}` fits");
        assert!(!is_read(&wrong), "{format}: `{to}` for `{from}` is read");
    }
}

#[test]
fn wrong_manifests() {
    let changes = [
        ("manifest_version = 1\n", ""),
        ("runtime = \"rhai\"", "runtime = \"rhai\"\nsecret = 1"),
        ("runtime = \"rhai\"", "runtime = \"python\""),
        ("version = \"1.0.0\"", "version = \"1.0\""),
        ("\"999901\"", "\"9999\""),
        ("2024-01-01", "2024-13-01"),
        ("\"^1\"", "\"newest\""),
        ("why = ", "reason = "),
        ("namespace = \"example\"", "namespace = 1"),
        ("article = 3", "article = 3.5"),
        ("role = \"entitlement\"", "role = \"gift\""),
        ("en = \"Example\"", "fr = \"Exemple\""),
    ];
    check(
        "plugin",
        PLUGIN,
        |text| toml::from_str(text).unwrap(),
        |text| toml::from_str::<Manifest>(text).is_ok(),
        &changes,
    );
}

/// Whether the ends are written as values of the type, the host says when it loads the plugin; bare decimals never get there.
#[test]
fn a_range_is_written_as_its_type_says() {
    let validator = validator(&generated("plugin"));
    let fits = |changed: &str| validator.is_valid(&toml::from_str::<Value>(changed).unwrap());
    for wrong in ["min = 0.00", "min = 0", "min = \"0.001\"", "min = \"1e3\""] {
        assert!(!fits(&PLUGIN.replace("min = \"0.00\"", wrong)), "{wrong}");
    }
    assert!(!fits(&PLUGIN.replace("type = \"money\"", "type = \"flag\"")));
    assert!(fits(
        &PLUGIN.replace("\"0.00\"", "0").replace("\"2000.00\"", "200").replace("type = \"money\"", "type = \"int\"")
    ));
}

fn is_history(text: &str) -> bool {
    serde_saphyr::from_str::<Parameter>(text).is_ok_and(|parameter| ParameterHistory::new(parameter).is_ok())
}

#[test]
fn wrong_parameters() {
    let changes = [
        ("title:", "titel:"),
        ("confidence: synthetic", "confidence: certain"),
        ("value: \"840.00\"", "value: 840.00"),
        ("value: \"840.00\"", "value: 840.5"),
        ("value: \"840.00\"", "value: 840"),
        ("value: \"840.00\"", "value: \"840.005\""),
        ("value: \"840.00\"", "value: none"),
        ("value: \"840.00\"", "value: true"),
        ("from: 2024-07-01", "from: 2024-07-32"),
        ("until: 2025-07-01", "until: 2025-02-29"),
        ("\"999901\"", "\"99990\""),
        ("article: 1", "paragraph: 1"),
        ("type: money", "type: flag"),
        ("type: money", "type: date"),
    ];
    check("parameter", PARAMETER, yaml, is_history, &changes);
    let optional = PARAMETER.replace("type: money", "type: money\noptional: true").replace("\"840.00\"", "none");
    check("parameter", &optional, yaml, is_history, &[("optional: true", "optional: false")]);
    let ratio = PARAMETER.replace("type: money", "type: ratio").replace("\"840.00\"", "\"0.123456\"");
    check("parameter", &ratio, yaml, is_history, &[("\"0.123456\"", "0.5"), ("\"0.123456\"", "\"0.1234567\"")]);
}

/// Text that looks like a number is read as text, but an editor takes it for a number, and zeros in front would be lost.
#[test]
fn divisions_stand_in_quotes() {
    let validator = validator(&generated("parameter"));
    assert!(!validator.is_valid(&yaml(&PARAMETER.replace("\"999901\"", "999901"))));
}

/// The test kit reads cases from a plugin's folder; `sdk/testkit/tests` shows what it refuses.
#[test]
fn wrong_cases() {
    let changes = [
        ("background: one_adult\n", ""),
        ("name:", "nmae:"),
        ("\"999901\"", "\"9999\""),
        ("as_of: 2025-01-01", "as_of: 2025-01-32"),
        ("2025-01-01T08:00:00Z", "yesterday"),
        ("members: 2", "members: 0"),
        ("members: 2", "members: [1]"),
        ("\"19188.00\"", "19188.5"),
        ("value: \"9000.00\"", "value: 9000.5"),
        ("{ example.monthly: \"840.00\" }", "{ example.monthly: 840.5 }"),
        ("example.amount: \"1.00\"", "example.amount: 1.5"),
        ("{ undetermined: [member.birth_date] }", "{ unknown: [member.birth_date] }"),
        ("{ undetermined: [member.birth_date] }", "{ undetermined: member.birth_date }"),
        ("monotone:", "monotonous:"),
        ("direction: falling", "direction: down"),
        ("floor: \"0.00\"", "level: \"0.00\""),
    ];
    check("case", CASE, yaml, |_| true, &[]);
    let validator = validator(&generated("case"));
    for (from, to) in changes {
        assert!(CASE.contains(from), "`{from}` is not there to be changed");
        assert!(!validator.is_valid(&yaml(&CASE.replacen(from, to, 1))), "`{to}` for `{from}` fits");
    }
}

#[test]
fn wrong_catalogues() {
    let changes = [
        ("version: 1\n", ""),
        ("    class: special\n", ""),
        ("class: special", "class: secret"),
        ("type: code", "type: number"),
        ("optional: true", "optional: often"),
        ("parent:", "above:"),
        ("{ zh-CN: 一级, en: one }", "一级"),
        ("cites: [{ instrument: gb-11643 }]", "cites: gb-11643"),
    ];
    check("catalogue", CATALOGUE, yaml, |text| serde_saphyr::from_str::<Catalogue>(text).is_ok(), &changes);
}

#[test]
fn wrong_laws_and_codes() {
    let changes = [
        ("rank: normative", "rank: decree"),
        ("in_force: { from: 2025-01-01 }", "in_force: 2025-01-01"),
        ("from: 2025-01-01", "from: 2025-00-01"),
        ("[2025-06-01]", "[2025-06-31]"),
        ("computes: none", "computes: nothing"),
        ("short: 示例通知\n", ""),
        ("point: 保密", "text: 保密"),
    ];
    check("law", LAW, yaml, |text| serde_saphyr::from_str::<Instrument>(text).is_ok(), &changes);
    let changes = [("who: operator", "who: somebody"), ("cause:", "why:"), (", who: operator", "")];
    check("codes", CODES, yaml, |text| serde_saphyr::from_str::<Register>(text).is_ok(), &changes);
}
