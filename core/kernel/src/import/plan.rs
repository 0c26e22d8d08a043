//! A mapping laid over one spreadsheet: every column found, every fact known to the catalogue, or all mistakes at once.

use std::collections::BTreeMap;

use nuan_domain::schema::{EntityIndex, FactIndex, FactShape, Schema};
use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::diagnostic::{Diagnostic, shown_key};
use serde_json::Value;

use super::mapping::{DocumentColumns, Mapping, Source, Unit};
use super::number::half_width;

/// A mapping whose columns are places in a row.
pub struct Plan<'a> {
    pub mapping: &'a Mapping,
    pub household: usize,
    pub division: Slot<'a>,
    pub name: Option<usize>,
    pub document: Option<Document<'a>>,
    pub relation: Option<Slot<'a>>,
    pub of_household: About<'a>,
    pub of_member: About<'a>,
}

/// What is stated about the household or about each person.
#[derive(Default)]
pub struct About<'a> {
    pub facts: Vec<Slot<'a>>,
    pub lists: Vec<List<'a>>,
}

/// A list and the groups of columns that make its rows.
pub struct List<'a> {
    pub name: &'a str,
    pub rows: Vec<Vec<Slot<'a>>>,
}

/// The identity document.
pub struct Document<'a> {
    pub number: usize,
    pub kind: Option<usize>,
    pub columns: &'a DocumentColumns,
}

/// One value of the document: what it is called there, what it is, and where it comes from.
pub struct Slot<'a> {
    pub key: &'a str,
    /// The fact; the division is none.
    pub fact: Option<&'a FactShape>,
    /// Codes by their names in both languages.
    pub titles: BTreeMap<&'a str, &'a str>,
    pub source: &'a Source,
    pub origin: Origin<'a>,
}

/// Where a value comes from.
#[derive(Clone, Copy)]
pub enum Origin<'a> {
    Column(usize),
    WholeFile(&'a Value),
}

impl Slot<'_> {
    /// The column, where it comes from one.
    pub const fn column(&self) -> Option<usize> {
        match self.origin {
            Origin::Column(column) => Some(column),
            Origin::WholeFile(_) => None,
        }
    }
}

/// What stands above a column, without the spaces, line breaks and marks that tell nothing.
pub fn plain(header: &str) -> String {
    half_width(header).chars().filter(|letter| !letter.is_whitespace() && *letter != '*').collect()
}

/// Lays a mapping over a spreadsheet.
pub fn plan<'a>(mapping: &'a Mapping, headers: &[String], schema: &'a Schema) -> Result<Plan<'a>, Vec<Diagnostic>> {
    let mut planner = Planner { headers, schema, mistakes: Vec::new() };
    let household = planner.find("/household", &mapping.household);
    let division = planner.slot("/division", "division", None, &mapping.division);
    let name = mapping.name.as_ref().and_then(|header| planner.find("/name", header));
    let document = mapping.document.as_ref().and_then(|columns| planner.document(columns));
    let relation = mapping.relation.as_ref().and_then(|source| planner.relation(source));
    if mapping.name.is_none() && mapping.document.is_none() {
        planner.refuse("NU2411", "/document", "no column says who a row is about", "name `document`, `name` or both");
    }
    let (mut of_household, mut of_member) = (About::default(), About::default());
    for (fact, source) in &mapping.facts {
        planner.fact(fact, source, &mut of_household, &mut of_member);
    }
    for (entity, groups) in &mapping.entities {
        planner.list(entity, groups, &mut of_household, &mut of_member);
    }
    match (household, division) {
        (Some(household), Some(division)) if planner.mistakes.is_empty() => {
            Ok(Plan { mapping, household, division, name, document, relation, of_household, of_member })
        }
        _ => Err(planner.mistakes),
    }
}

struct Planner<'a, 'h> {
    headers: &'h [String],
    schema: &'a Schema,
    mistakes: Vec<Diagnostic>,
}

impl<'a> Planner<'a, '_> {
    fn refuse(&mut self, code: &str, path: &str, detail: &str, hint: &str) {
        self.mistakes.push(Diagnostic::new(code, path, detail).with_hint(hint));
    }

    /// The column with this header.
    fn find(&mut self, path: &str, header: &str) -> Option<usize> {
        let wanted = plain(header);
        if wanted.is_empty() {
            self.refuse("NU2411", path, "no column is named", "write what stands above the column");
            return None;
        }
        let mut found = self.headers.iter().enumerate().filter(|(_, one)| plain(one) == wanted).map(|(n, _)| n);
        match (found.next(), found.next()) {
            (Some(column), None) => return Some(column),
            (Some(_), Some(_)) => {
                let hint = "give each of them a header of its own in the spreadsheet";
                self.refuse("NU2414", path, "two columns have this header", hint);
            }
            (None, _) => {
                let mistake = Diagnostic::new("NU2411", path, "the spreadsheet has no such column");
                let known = self.headers.iter().map(String::as_str).filter(|header| !header.is_empty());
                self.mistakes.push(mistake.with_suggestion(header, known));
            }
        }
        None
    }

    fn slot(&mut self, path: &str, key: &'a str, fact: Option<FactIndex>, source: &'a Source) -> Option<Slot<'a>> {
        let schema = self.schema;
        let shape = fact.and_then(|fact| schema.fact_shape(fact));
        self.check_unit(path, shape, source.unit);
        let origin = match (&source.column, &source.is) {
            (Some(header), None) => Origin::Column(self.find(&format!("{path}/column"), header)?),
            (None, Some(value)) if source.values.is_empty() && source.unit.is_none() => Origin::WholeFile(value),
            _ => {
                let hint = "write { column: … }, with `values` and `unit` where needed, or { is: … } alone";
                self.refuse("NU2413", path, "this names no single origin", hint);
                return None;
            }
        };
        Some(Slot { key, fact: shape, titles: self.titles(shape), source, origin })
    }

    fn check_unit(&mut self, path: &str, shape: Option<&FactShape>, unit: Option<Unit>) {
        let counted_in = shape.and_then(|shape| self.schema.catalogue().facts.get(&shape.name)?.unit.as_deref());
        let value_type = shape.map(|shape| shape.value_type);
        let fits = match unit {
            None => true,
            Some(Unit::Yuan | Unit::WanYuan) => value_type == Some(ValueType::Money),
            Some(Unit::SquareMetre) => counted_in == Some("square_decimetre"),
        };
        if !fits {
            let hint = "money is in `yuan` or `wan_yuan`, an area in `square_metre`; leave it out elsewhere";
            self.refuse("NU2413", &format!("{path}/unit"), "the unit does not fit the fact", hint);
        }
    }

    /// The codes of a fact by what people call them.
    fn titles(&self, shape: Option<&FactShape>) -> BTreeMap<&'a str, &'a str> {
        let catalogue = self.schema.catalogue();
        let list = shape.and_then(|shape| catalogue.codes.get(catalogue.facts.get(&shape.name)?.codes.as_ref()?));
        let codes = list.into_iter().flatten();
        codes
            .flat_map(|(code, title)| [(title.zh_cn.as_str(), code.as_str()), (title.en.as_str(), code.as_str())])
            .collect()
    }

    fn document(&mut self, columns: &'a DocumentColumns) -> Option<Document<'a>> {
        if columns.kind_column.is_some() && columns.kind.is_some() {
            let hint = "write `kind` or `kind_column`, or neither of them";
            self.refuse("NU2413", "/document", "this names no single origin", hint);
        }
        let number = self.find("/document/column", &columns.column);
        let kind = columns.kind_column.as_ref().and_then(|header| self.find("/document/kind_column", header));
        Some(Document { number: number?, kind, columns })
    }

    fn relation(&mut self, source: &'a Source) -> Option<Slot<'a>> {
        let Some(fact) = self.schema.fact(RELATION) else {
            self.refuse("NU2412", "/relation", "the catalogue has no such fact", "leave it out");
            return None;
        };
        self.slot("/relation", "relation", Some(fact), source)
    }

    fn fact(&mut self, name: &'a str, source: &'a Source, household: &mut About<'a>, member: &mut About<'a>) {
        let path = format!("/facts/{}", shown_key(name));
        let schema = self.schema;
        let Some((fact, shape)) = schema.fact(name).and_then(|fact| Some((fact, schema.fact_shape(fact)?))) else {
            let known = schema.facts().map(|(_, shape)| shape.name.as_str());
            let mistake = Diagnostic::new("NU2412", path, "the catalogue has no such fact");
            return self.mistakes.push(mistake.with_suggestion(name, known));
        };
        let about = match shape.entity {
            entity if entity == schema.household() => household,
            entity if entity == schema.member() => member,
            _ => return self.refuse("NU2412", &path, "the fact is about a row of a list", "write it under `entities`"),
        };
        about.facts.extend(self.slot(&path, name, Some(fact), source));
    }

    fn list(
        &mut self,
        name: &'a str,
        groups: &'a [BTreeMap<String, Source>],
        household: &mut About<'a>,
        member: &mut About<'a>,
    ) {
        let path = format!("/entities/{}", shown_key(name));
        let schema = self.schema;
        let parent_of = |entity: EntityIndex| schema.entity_shape(entity).and_then(|shape| shape.parent);
        let entity = schema.entity(name).filter(|entity| *entity != schema.member());
        let about = match entity.and_then(parent_of) {
            Some(parent) if parent == schema.household() => household,
            Some(parent) if parent == schema.member() => member,
            _ => {
                let known = schema.catalogue().entities.keys().map(String::as_str);
                let mistake = Diagnostic::new("NU2412", path, "the catalogue has no such list");
                return self.mistakes.push(mistake.with_suggestion(name, known));
            }
        };
        let Some(fields) = entity.and_then(|entity| schema.entity_shape(entity)).map(|shape| &shape.fields) else {
            return;
        };
        let mut rows = Vec::new();
        for (number, group) in groups.iter().enumerate() {
            let mut row = Vec::new();
            for (field, source) in group {
                let path = format!("{path}/{number}/{}", shown_key(field));
                let Some(fact) = fields.get(field).copied() else {
                    let mistake = Diagnostic::new("NU2412", path, "the list has no such fact");
                    self.mistakes.push(mistake.with_suggestion(field, fields.keys().map(String::as_str)));
                    continue;
                };
                row.extend(self.slot(&path, field, Some(fact), source));
            }
            if group.values().all(|source| source.column.is_none()) {
                let hint = "take at least one value of it from a column";
                self.refuse("NU2413", &format!("{path}/{number}"), "the group has no column", hint);
            }
            rows.push(row);
        }
        about.lists.push(List { name, rows });
    }
}

/// What `relation` of a document is short for.
pub const RELATION: &str = "member.relation";

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    const MAPPING: &str = "
version: 1
household: 户编号
division: { is: \"999901\" }
document: { column: 证件号码 }
relation: { column: 与户主关系 }
facts:
  member.birth_date: { column: 出生日期 }
  household.income_12_months: { column: 年收入, unit: wan_yuan }
entities:
  monthly_wage: [{ month: { is: 2024-01 }, gross: { column: 1月工资 } }]
  home: [{ floor_area_dm2: { column: 面积, unit: square_metre } }]
";

    /// The mistakes of the mapping with one text in place of another: code and path.
    fn mistakes(from: &str, to: &str) -> Vec<(String, String, Option<String>)> {
        let schema = fixture::schema();
        let mapping = Mapping::from_yaml("m", &MAPPING.replace(from, to)).unwrap();
        let headers =
            ["户 编号*", "证件号码", "与户主关系", "出生日期", "年收入", "1月工资", "面积", "备注", "备注", ""];
        match plan(&mapping, &headers.map(str::to_owned), &schema) {
            Ok(_) => Vec::new(),
            Err(mistakes) => mistakes.into_iter().map(|one| (one.code, one.path, one.hint)).collect(),
        }
    }

    #[track_caller]
    fn refuse(from: &str, to: &str, code: &str, path: &str) -> Option<String> {
        let found = mistakes(from, to);
        let [(found_code, found_path, hint)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((found_code.as_str(), found_path.as_str()), (code, path));
        hint.clone()
    }

    #[test]
    fn a_header_is_found_in_spite_of_spaces_and_marks() {
        assert!(mistakes("", "").is_empty(), "{:?}", mistakes("", ""));
        assert_eq!(plain(" 与户主\n关系＊（必填）"), "与户主关系(必填)");
    }

    #[test]
    fn every_slip_has_its_code_and_its_place() {
        let hint = refuse("出生日期", "出身日期", "NU2411", "/facts/member.birth_date/column");
        assert_eq!(hint.as_deref(), Some("did you mean `出生日期`?"));
        let hint = refuse("member.birth_date", "member.birth_dat", "NU2412", "/facts/member.birth_dat");
        assert_eq!(hint.as_deref(), Some("did you mean `member.birth_date`?"));
        refuse("household: 户编号", "household: \"\"", "NU2411", "/household");
        refuse("出生日期", "备注", "NU2414", "/facts/member.birth_date/column");
        refuse("{ is: \"999901\" }", "{}", "NU2413", "/division");
        refuse("{ is: \"999901\" }", "{ is: \"999901\", column: 备注 }", "NU2413", "/division");
        refuse("出生日期 }", "出生日期, unit: yuan }", "NU2413", "/facts/member.birth_date/unit");
        refuse("wan_yuan", "square_metre", "NU2413", "/facts/household.income_12_months/unit");
        refuse("document: { column: 证件号码 }", "", "NU2411", "/document");
        refuse("号码 }", "号码, kind: citizen_id, kind_column: 面积 }", "NU2413", "/document");
        refuse("member.birth_date", "monthly_wage.gross", "NU2412", "/facts/monthly_wage.gross");
        refuse("monthly_wage:", "monthly_wages:", "NU2412", "/entities/monthly_wages");
        refuse("monthly_wage:", "member:", "NU2412", "/entities/member");
        refuse("gross:", "gros:", "NU2412", "/entities/monthly_wage/0/gros");
        refuse("{ column: 1月工资 }", "{ is: \"1.00\" }", "NU2413", "/entities/monthly_wage/0");
    }

    #[test]
    fn all_mistakes_come_at_once() {
        assert_eq!(mistakes(" column: ", " column: 没有").len(), 6);
    }
}
