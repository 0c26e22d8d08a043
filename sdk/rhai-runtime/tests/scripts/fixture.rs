//! One manifest, one household, and a way to ask what an expression is worth.

use nuan_rhai_runtime::Script;
use nuan_vocabulary::columns::{Batch, Bitmap, Column, ColumnValues, Level, Outputs};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::fen::Fen;

/// Inputs as absences count them.
pub const SINCE: u32 = 0;
pub const DIBAO: u32 = 1;
pub const AGE: u32 = 5;
pub const GRADE: u32 = 6;
pub const WAGE: u32 = 7;
pub const VALUE: u32 = 8;
pub const VEHICLES: u32 = 11;

/// A resolved manifest with these outputs: name, type, level.
pub fn manifest(outputs: &[(&str, &str, u32)]) -> String {
    let output = |(name, kind, level): &(&str, &str, u32)| {
        format!(r#"{{"name":"{name}","level":{level},"type":"{kind}","role":"intermediate","codes":["1","2","3"]}}"#)
    };
    let outputs: Vec<String> = outputs.iter().map(output).collect();
    format!(
        r#"{{"id":"cn.330100.test","version":"1.0.0","abi":"1","catalogue":"1","levels":[
        {{"entity":"household","columns":[
            {{"name":"household.since","from":"fact","type":"date","optional":true}},
            {{"name":"dibao.status","from":"output","type":"status","codes":["not_eligible","eligible"]}},
            {{"name":"a.age_limit","from":"parameter","type":"int"}},
            {{"name":"a.monthly","from":"parameter","type":"money"}},
            {{"name":"a.share","from":"parameter","type":"ratio"}}]}},
        {{"entity":"member","parent":0,"columns":[
            {{"name":"member.age_years","from":"fact","type":"int"}},
            {{"name":"member.grade","from":"fact","type":"code","codes":["1","2","3"],"optional":true}},
            {{"name":"member.wage","from":"fact","type":"money"}}]}},
        {{"entity":"vehicle","parent":0,"columns":[{{"name":"vehicle.value","from":"fact","type":"money"}}]}}],
        "outputs":[{}]}}"#,
        outputs.join(",")
    )
}

/// A member: age, grade (0 to 2), wage in fen.
#[derive(Clone, Copy, Default)]
pub struct Member(pub Option<i64>, pub Option<u32>, pub Option<i64>);

/// A household: since when (days; -1 is none), whether it receives dibao, members, values of vehicles.
#[derive(Clone)]
pub struct Home {
    pub since: Option<i32>,
    pub dibao: Option<bool>,
    pub members: Vec<Member>,
    pub vehicles: Option<Vec<Option<i64>>>,
}

/// 2024-07-01 is the date of the law.
pub fn as_of() -> Date {
    Date::parse("2024-07-01").unwrap()
}

/// A couple with two children, 13 and 15, a car of 1000 yuan, in receipt of dibao since 2024-01-01.
pub fn home() -> Home {
    let member = |age, wage| Member(Some(age), Some(1), Some(wage));
    let members = vec![member(40, 300_000), member(38, 0), member(13, 0), member(15, 0)];
    Home { since: Some(19_723), dibao: Some(true), members, vehicles: Some(vec![Some(100_000)]) }
}

/// A column of optional values.
pub fn column<T: Copy + Default>(rows: &[Option<T>], values: impl Fn(Vec<T>) -> ColumnValues) -> Column {
    let mut known = Bitmap::clear(rows.len());
    rows.iter().enumerate().filter(|(_, row)| row.is_some()).for_each(|(n, _)| known.set(n));
    let filled = rows.iter().map(|row| row.unwrap_or_default()).collect();
    Column { values: values(filled), known: Some(known), none: None }
}

fn list(parent: u32, lengths: impl Iterator<Item = usize>, columns: Vec<Column>) -> Level {
    let mut offsets = vec![0];
    lengths.for_each(|length| offsets.push(offsets.last().unwrap() + u32::try_from(length).unwrap()));
    Level { parent, rows: *offsets.last().unwrap(), offsets, listed: None, columns }
}

/// The households as a batch of the manifest.
pub fn batch(homes: &[Home]) -> Batch {
    let of_homes = |n: i64| homes.iter().map(|_| Some(n)).collect::<Vec<_>>();
    let mut since = column(&homes.iter().map(|home| home.since).collect::<Vec<_>>(), ColumnValues::Int32);
    let mut none = Bitmap::clear(homes.len());
    homes.iter().enumerate().filter(|(_, home)| home.since == Some(-1)).for_each(|(n, _)| none.set(n));
    since.none = Some(none);
    let dibao: Vec<_> = homes.iter().map(|home| home.dibao.map(u32::from)).collect();
    let household = vec![
        since,
        column(&dibao, ColumnValues::Code),
        column(&of_homes(14), ColumnValues::Int64),
        column(&of_homes(6_000), ColumnValues::Int64),
        column(&of_homes(500_000), ColumnValues::Int64),
    ];
    let members: Vec<Member> = homes.iter().flat_map(|home| home.members.clone()).collect();
    let member = vec![
        column(&members.iter().map(|m| m.0).collect::<Vec<_>>(), ColumnValues::Int64),
        column(&members.iter().map(|m| m.1).collect::<Vec<_>>(), ColumnValues::Code),
        column(&members.iter().map(|m| m.2).collect::<Vec<_>>(), ColumnValues::Int64),
    ];
    let vehicles: Vec<_> = homes.iter().flat_map(|home| home.vehicles.clone().unwrap_or_default()).collect();
    let mut vehicle = list(
        0,
        homes.iter().map(|home| home.vehicles.as_ref().map_or(0, Vec::len)),
        vec![column(&vehicles, ColumnValues::Int64)],
    );
    let mut listed = Bitmap::clear(homes.len());
    homes.iter().enumerate().filter(|(_, home)| home.vehicles.is_some()).for_each(|(n, _)| listed.set(n));
    vehicle.listed = Some(listed);
    let rows = u32::try_from(homes.len()).unwrap();
    let root = Level { parent: 0, offsets: Vec::new(), listed: None, rows, columns: household };
    let members = list(0, homes.iter().map(|home| home.members.len()), member);
    Batch { as_of: as_of(), levels: vec![root, members, vehicle] }
}

/// A script that answers `a.it` with `it`, which its statements have computed.
pub fn source(statements: &str) -> String {
    format!(
        "fn household(home) {{\n{statements}\nhome.answer(\"a.it\", it, #{{ rule: \"r\", cites: [\"x#1\"], says: \"s\" }});\n}}"
    )
}

/// Loads a script with the one output `a.it`.
pub fn load(kind: &str, source: &str) -> Result<Script, Vec<Diagnostic>> {
    Script::load(&manifest(&[("a.it", kind, 0)]), source)
}

/// The first row of the first output: its value, `lacks [(input, row)]`, or the fault.
pub fn shown(kind: &str, outcome: Result<Outputs, nuan_vocabulary::columns::Failure>) -> String {
    let outputs = match outcome {
        Ok(outputs) => outputs,
        Err(failure) => return format!("{} {}", failure.code, failure.message),
    };
    if let Some(gap) = outputs.missing.first() {
        let absences: Vec<_> = gap.missing.iter().map(|absence| (absence.input, absence.row)).collect();
        return format!("lacks {absences:?} {:?}", gap.causes);
    }
    match &outputs.columns[0].values {
        ColumnValues::Int64(values) if kind == "money" => Fen::new(values[0]).to_string(),
        ColumnValues::Int64(values) => values[0].to_string(),
        ColumnValues::Int32(values) if kind == "date" => Date::from_days(values[0]).to_string(),
        ColumnValues::Int32(values) => values[0].to_string(),
        ColumnValues::Code(values) => values[0].to_string(),
        ColumnValues::Flag(values) => values[0].to_string(),
        ColumnValues::Text(texts) => texts.get(0).unwrap().to_owned(),
    }
}

/// What statements that set `it` make of a household.
pub fn outcome(kind: &str, statements: &str, home: &Home) -> String {
    let script = load(kind, &source(statements)).unwrap_or_else(|mistakes| panic!("{statements}: {mistakes:?}"));
    shown(kind, script.evaluate(batch(std::slice::from_ref(home))))
}

/// Checks what an expression is worth for the household of the fixture.
#[track_caller]
pub fn check(kind: &str, expression: &str, expected: &str) {
    check_for(&home(), kind, expression, expected);
}

/// Checks what an expression is worth for a household.
#[track_caller]
pub fn check_for(home: &Home, kind: &str, expression: &str, expected: &str) {
    assert_eq!(outcome(kind, &format!("let it = {expression};"), home), expected, "{expression}");
}

/// What a household lacks, as `check` writes it.
pub fn lacks(absences: &[(u32, u32)]) -> String {
    format!("lacks {absences:?} []")
}
