//! Types that read by hand, and so say by hand what they read: their schema accepts a value exactly if they do.

use nuan_vocabulary::citation::{Article, ArticlePoint};
use nuan_vocabulary::date::{Date, Month, Period};
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{DeterminationId, HouseholdId};
use nuan_vocabulary::manifest::{InputUse, Manifest, Namespaces};
use nuan_vocabulary::parameter::Written;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{as_read, generated, validator};

/// The values of `right` are read and fit, those of `wrong` neither.
#[track_caller]
fn check<T: DeserializeOwned + JsonSchema>(right: &[Value], wrong: &[Value]) {
    let validator = validator(&as_read::<T>().to_value());
    for (values, is_right) in [(right, true), (wrong, false)] {
        for value in values {
            let is_read = serde_json::from_value::<T>(value.clone()).is_ok();
            let (name, fits) = (std::any::type_name::<T>(), validator.is_valid(value));
            assert_eq!((is_read, fits), (is_right, is_right), "{name}: {value}, read and fits");
        }
    }
}

#[test]
fn dates_and_months_are_those_of_the_calendar() {
    let right = ["2024-02-29", "1800-01-01", "2200-12-31", "2024-04-30", "2024-10-31"].map(Value::from);
    let wrong = [
        "2023-02-29",
        "2024-02-30",
        "2024-13-01",
        "2024-00-10",
        "2024-01-00",
        "2024-04-31",
        "1799-12-31",
        "2201-01-01",
        "2024-1-1",
        "24-01-01",
        "2024-01-01T00:00:00",
        " 2024-01-01",
        "",
    ];
    let wrong: Vec<Value> = wrong.into_iter().map(Value::from).chain([json!(20_240_101), Value::Null]).collect();
    check::<Date>(&right, &wrong);
    let right = ["2024-02", "1800-01", "2200-12"].map(Value::from);
    check::<Month>(&right, &["2024-13", "2024-00", "1799-12", "2201-01", "2024-1", "2024-01-01", ""].map(Value::from));
    let right = [json!({ "from": "2024-01-01" }), json!({ "from": "2024-01-01", "until": "2025-01-01" })];
    let wrong = [json!({ "until": "2025-01-01" }), json!({ "from": "2024-01-01", "to": "2025-01-01" })];
    check::<Period>(&right, &wrong);
}

#[test]
fn divisions_lie_in_a_province() {
    let right = ["000000", "000000000000", "330000", "330106", "330106109", "330106109001", "010203", "460003"];
    let wrong = ["", "33", "3301061", "33010a", "000106", "000000001", "３３０１０６", "330106 "];
    let wrong: Vec<Value> = wrong.into_iter().map(Value::from).chain([json!(330_106)]).collect();
    check::<DivisionCode>(&right.map(Value::from), &wrong);
}

#[test]
fn ids_are_of_their_kind() {
    let id = |prefix: &str, digits: &str| json!(format!("{prefix}_{}", digits.repeat(16)));
    check::<DeterminationId>(&[id("det", "0a")], &[id("det", "0A"), id("hh", "0a"), id("det", "0a0"), json!("det_")]);
    check::<HouseholdId>(&[id("hh", "0a")], &[id("det", "0a"), id("hh", "0g"), json!(1)]);
}

#[test]
fn articles_and_what_they_compute() {
    check::<Article>(&[json!("三(三)3"), json!(12)], &[json!(12.5), json!(true), json!([]), Value::Null]);
    let point = |computes: Value| json!({ "point": "要点", "computes": computes });
    let right = [json!({ "point": "要点" }), point(json!("none")), point(json!(["shortfall"])), point(json!([]))];
    let wrong = [point(json!("shortfall")), point(json!([1])), point(Value::Null), json!({ "computes": "none" })];
    check::<ArticlePoint>(&right, &wrong);
}

#[test]
fn written_values_are_no_bare_decimals() {
    let wrong = [json!(840.5), Value::Null, json!([]), json!({})];
    check::<Written>(&[json!("840.00"), json!(-3), json!(false)], &wrong);
}

#[test]
fn inputs_and_name_spaces_have_a_short_form() {
    let table = json!({ "why": "x", "entity": "member", "type": "code", "codes": ["a"] });
    let wrong =
        [json!({}), json!({ "why": 1 }), json!({ "why": "x", "kind": "code" }), json!({ "why": "x", "type": "sum" })];
    check::<InputUse>(&[json!("x"), json!({ "why": "x" }), table], &wrong);
    check::<Namespaces>(&[json!("a"), json!(["a", "b"])], &[json!([1]), json!({}), json!(1)]);
}

/// A requirement stands in no type of its own.
#[test]
fn requirements_are_those_of_semver() {
    let schema = generated("plugin")["properties"]["requires"].clone();
    let validator = validator(&schema);
    let right =
        ["^1", "1", "=1.2.3", "~1.2", ">=1, <2", "1.*", "1.x.x", "*", " ^1 ", "1.2.3-rc.1", ">1.2.3-0a+b.01", "> 1"];
    let wrong =
        ["", "newest", "01", "1.", "1.02", "1.2.3.4", "^^1", "1 2", "1,", "*, 1", "1.*.2", "1.2.3-01", "1.2-rc", "v1"];
    for (texts, is_right) in [(&right[..], true), (&wrong[..], false)] {
        for text in texts {
            let is_read = toml::from_str::<Manifest>(&manifest_that_requires(text)).is_ok();
            let fits = validator.is_valid(&json!({ "cn.330000.basic-living": text }));
            assert_eq!((is_read, fits), (is_right, is_right), "`{text}`, read and fits");
        }
    }
}

fn manifest_that_requires(version: &str) -> String {
    super::refused::PLUGIN.replace("\"^1\"", &format!("\"{version}\""))
}
