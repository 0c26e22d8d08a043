//! The rows of one household put together as a household document, with the cell that each value came from.
//!
//! INVARIANT: whatever the document check says of a value, the row and the column of it are found again.

use std::collections::BTreeMap;

use nuan_domain::document::{DocumentRefused, HouseholdDocument};
use nuan_domain::schema::Schema;
use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::citizen_id::CitizenId;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::identity_document::{ForeignPermit, IdentityDocument, TravelPermit};
use serde_json::{Map, Value, json};

use super::mapping::DocumentKind;
use super::number::has_lost_digits;
use super::plan::{Document, List, Origin, Plan, Slot};
use super::rows::RowMistake;
use super::table::{Cell, Fault, Row};
use super::value::{self, Problem};

/// A household document in the making. It is personal and has no `Debug`.
pub struct Draft {
    pub document: Value,
    pub persons: usize,
    /// The row and the number of every valid identity document, in its one form.
    pub numbers: Vec<(usize, String)>,
    pub mistakes: Vec<RowMistake>,
}

/// Puts one household together and checks it. `rows` are not empty.
pub fn draft(rows: &[&Row], plan: &Plan<'_>, headers: &[String], schema: &Schema) -> Draft {
    let mut writer = Writer { plan, headers, places: BTreeMap::new(), numbers: Vec::new(), mistakes: Vec::new() };
    if let Some(first) = rows.first() {
        writer.note(String::new(), first.number, None);
    }
    let mut household = Map::new();
    let division = writer.shared(rows, &plan.division, "/division");
    household.extend(division.map(|division| ("division".to_owned(), division)));
    writer.household_facts(rows, &mut household);
    let mut lists = Map::new();
    for list in &plan.of_household.lists {
        writer.list(rows, list, "/entities", &mut lists);
    }
    insert(&mut household, "entities", lists);
    let mut members = Vec::new();
    for row in rows {
        let pointer = format!("/members/{}", members.len());
        members.extend(writer.member(row, &pointer, members.len() + 1));
    }
    let persons = members.len();
    household.insert("members".to_owned(), Value::Array(members));
    let document = Value::Object(household);
    if let Err(DocumentRefused(mistakes)) = HouseholdDocument::from_value(&document, schema) {
        mistakes.into_iter().for_each(|mistake| writer.translate(mistake, persons));
    }
    Draft { document, persons, numbers: writer.numbers, mistakes: writer.mistakes }
}

/// Where a value stands in the spreadsheet.
#[derive(Clone, Copy)]
struct Place {
    row: usize,
    column: Option<usize>,
}

struct Writer<'p, 'a> {
    plan: &'p Plan<'a>,
    headers: &'p [String],
    places: BTreeMap<String, Place>,
    numbers: Vec<(usize, String)>,
    mistakes: Vec<RowMistake>,
}

impl<'a> Writer<'_, 'a> {
    fn note(&mut self, pointer: String, row: usize, column: Option<usize>) {
        self.places.insert(pointer, Place { row, column });
    }

    fn refuse(&mut self, row: usize, column: Option<usize>, problem: Problem) {
        let column = column.and_then(|column| self.headers.get(column)).map(|header| header.trim().to_owned());
        let (code, what) = (problem.code.to_owned(), problem.what.to_owned());
        self.mistakes.push(RowMistake { row, column, code, what, hint: Some(problem.hint) });
    }

    /// What a row says of a slot.
    fn value(&mut self, row: &Row, slot: &Slot<'a>) -> Option<Value> {
        let column = match slot.origin {
            Origin::WholeFile(value) => return Some(value.clone()),
            Origin::Column(column) => column,
        };
        match value::read(row.cell(column), slot, &self.plan.mapping.none) {
            Ok(value) => value,
            Err(problem) => {
                self.refuse(row.number, Some(column), problem);
                None
            }
        }
    }

    /// What all rows of the household say together: one value, and blanks beside it.
    fn shared(&mut self, rows: &[&Row], slot: &Slot<'a>, pointer: &str) -> Option<Value> {
        let mut found: Option<(Value, usize)> = None;
        for row in rows {
            let Some(value) = self.value(row, slot) else { continue };
            match &found {
                None => {
                    self.note(pointer.to_owned(), row.number, slot.column());
                    found = Some((value, row.number));
                }
                Some((first, earlier)) if *first != value => {
                    let hint = format!("row {earlier} says something else; write the same in both, or in one of them");
                    let problem = Problem::new("NU2432", "the rows of this household contradict one another", hint);
                    self.refuse(row.number, slot.column(), problem);
                }
                Some(_) => {}
            }
        }
        found.map(|(value, _)| value)
    }

    fn household_facts(&mut self, rows: &[&Row], household: &mut Map<String, Value>) {
        let mut facts = Map::new();
        for slot in &self.plan.of_household.facts {
            if let Some(value) = self.shared(rows, slot, &format!("/facts/{}", slot.key)) {
                facts.insert(slot.key.to_owned(), self.stated(slot, value));
            }
        }
        insert(household, "facts", facts);
    }

    /// A value with the day and the source of the file, where the mapping names them. A date holds whenever it is asked for.
    fn stated(&self, slot: &Slot<'a>, value: Value) -> Value {
        let mapping = self.plan.mapping;
        let is_date = slot.fact.is_some_and(|fact| matches!(fact.value_type, ValueType::Date | ValueType::Month));
        let from = mapping.from.filter(|_| !is_date);
        if value.is_array() || (from.is_none() && mapping.source.is_none()) {
            return value;
        }
        let mut statement = Map::from_iter([("value".to_owned(), value)]);
        statement.extend(from.map(|from| ("from".to_owned(), Value::from(from.to_string()))));
        statement.extend(mapping.source.as_ref().map(|source| ("source".to_owned(), Value::from(source.as_str()))));
        json!([statement])
    }

    /// The rows of a list that these rows of the spreadsheet make.
    fn list(&mut self, rows: &[&Row], list: &List<'a>, parent: &str, lists: &mut Map<String, Value>) {
        let pointer = format!("{parent}/{}", list.name);
        let (mut entries, mut are_none) = (Vec::new(), false);
        for row in rows {
            for group in &list.rows {
                let cells = group.iter().filter_map(|slot| Some(row.cell(slot.column()?)));
                let cells: Vec<&Cell> = cells.filter(|cell| !cell.is_blank()).collect();
                if cells.iter().all(|cell| self.says_none(cell)) {
                    are_none |= !cells.is_empty();
                    continue;
                }
                let place = format!("{pointer}/{}", entries.len());
                self.note(place.clone(), row.number, group.iter().find_map(Slot::column));
                let mut entry = Map::new();
                for slot in group {
                    self.note(format!("{place}/{}", slot.key), row.number, slot.column());
                    entry.extend(self.value(row, slot).map(|value| (slot.key.to_owned(), value)));
                }
                entries.push(Value::Object(entry));
            }
        }
        if !entries.is_empty() {
            lists.insert(list.name.to_owned(), Value::Array(entries));
        } else if are_none {
            lists.insert(list.name.to_owned(), json!({ "none": true }));
        }
    }

    fn says_none(&self, cell: &Cell) -> bool {
        self.plan.mapping.none.iter().any(|none| none == cell.shown().trim())
    }

    /// The person of a row; none where the row names nobody.
    fn member(&mut self, row: &Row, pointer: &str, number: usize) -> Option<Value> {
        let before = self.mistakes.len();
        self.note(pointer.to_owned(), row.number, None);
        let mut member = Map::from_iter([("ref".to_owned(), Value::from(format!("p{number}")))]);
        let name = self.plan.name.and_then(|column| self.text(row, column));
        let document = self.plan.document.as_ref().and_then(|columns| self.document(row, columns, pointer));
        if name.is_none() && document.is_none() && self.mistakes.len() == before {
            let hint = "write a name or the number of an identity document, or remove the row";
            self.refuse(row.number, None, Problem::new("NU2431", "the row names nobody", hint));
            return None;
        }
        self.note(format!("{pointer}/name"), row.number, self.plan.name);
        member.extend(name.map(|name| ("name".to_owned(), Value::from(name))));
        member.extend(document.map(|document| ("document".to_owned(), document)));
        if let Some(slot) = &self.plan.relation {
            self.note(format!("{pointer}/relation"), row.number, slot.column());
            member.extend(self.value(row, slot).map(|value| ("relation".to_owned(), value)));
        }
        let mut facts = Map::new();
        for slot in &self.plan.of_member.facts {
            self.note(format!("{pointer}/facts/{}", slot.key), row.number, slot.column());
            if let Some(value) = self.value(row, slot) {
                facts.insert(slot.key.to_owned(), self.stated(slot, value));
            }
        }
        insert(&mut member, "facts", facts);
        let mut lists = Map::new();
        for list in &self.plan.of_member.lists {
            self.list(&[row], list, &format!("{pointer}/entities"), &mut lists);
        }
        insert(&mut member, "entities", lists);
        Some(Value::Object(member))
    }

    fn text(&mut self, row: &Row, column: usize) -> Option<String> {
        match value::text(row.cell(column)) {
            Ok(text) => text,
            Err(problem) => {
                self.refuse(row.number, Some(column), problem);
                None
            }
        }
    }

    fn document(&mut self, row: &Row, columns: &Document<'a>, pointer: &str) -> Option<Value> {
        let number = self.text(row, columns.number)?;
        if has_lost_digits(&number) {
            self.refuse(row.number, Some(columns.number), value::refused(Fault::LostDigits));
            return None;
        }
        let mut kind = columns.columns.kind;
        if let Some(column) = columns.kind
            && let Some(text) = self.text(row, column)
        {
            kind = columns.columns.kinds.get(&text).copied().or_else(|| kind_of(&text));
            if kind.is_none() {
                let hint = "write the document's name, 居民身份证, or say under `kinds` what the text means";
                self.refuse(row.number, Some(column), Problem::new("NU2422", "this is no kind of document", hint));
                return None;
            }
        }
        self.note(format!("{pointer}/document"), row.number, Some(columns.number));
        // An apostrophe is how a spreadsheet is told that digits are text; some programs export it.
        let number = number.trim_start_matches('\'');
        let written = |kind: DocumentKind| json!({ "kind": kind.name(), "number": number });
        let value = match kind {
            Some(kind) => written(kind),
            None => recognised(number)
                .and_then(|document| serde_json::to_value(document).ok())
                .unwrap_or_else(|| written(DocumentKind::CitizenId)),
        };
        if let Ok(document) = serde_json::from_value::<IdentityDocument>(value.clone()) {
            self.numbers.push((row.number, document.reveal().to_owned()));
        }
        Some(value)
    }

    /// A mistake of the document as one of the spreadsheet, unless it only follows from one that is named already.
    fn translate(&mut self, mistake: Diagnostic, persons: usize) {
        let division = self.plan.division.column().and_then(|column| self.headers.get(column));
        let follows = match mistake.code.as_str() {
            "NU2003" => self.mistakes.iter().any(|one| one.column.as_deref() == division.map(|header| header.trim())),
            "NU2120" => mistake.path.ends_with("/document"),
            "NU2121" => persons == 0,
            _ => false,
        };
        if follows {
            return;
        }
        let mut pointer = mistake.path.as_str();
        let place = loop {
            match (self.places.get(pointer), pointer.rsplit_once('/')) {
                (Some(place), _) => break *place,
                (None, Some((parent, _))) => pointer = parent,
                (None, None) => break Place { row: 0, column: None },
            }
        };
        let column = place.column.and_then(|column| self.headers.get(column)).map(|header| header.trim().to_owned());
        let Diagnostic { code, detail, hint, .. } = mistake;
        self.mistakes.push(RowMistake { row: place.row, column, code, what: detail, hint });
    }
}

fn insert(map: &mut Map<String, Value>, key: &str, part: Map<String, Value>) {
    if !part.is_empty() {
        map.insert(key.to_owned(), Value::Object(part));
    }
}

/// The kind of document that people call so.
fn kind_of(text: &str) -> Option<DocumentKind> {
    match text {
        "居民身份证" | "身份证" => Some(DocumentKind::CitizenId),
        "港澳台居民居住证" => Some(DocumentKind::ResidencePermit),
        "外国人永久居留身份证" => Some(DocumentKind::ForeignPermanentResident),
        "港澳居民来往内地通行证" | "台湾居民来往大陆通行证" | "回乡证" | "台胞证" => {
            Some(DocumentKind::TravelPermit)
        }
        _ => None,
    }
}

/// The document that has such a number, which is of one kind only.
fn recognised(number: &str) -> Option<IdentityDocument> {
    let citizen = || number.parse::<CitizenId>().ok().map(IdentityDocument::from);
    let foreign = || number.parse::<ForeignPermit>().ok().map(IdentityDocument::from);
    let travel = || number.parse::<TravelPermit>().ok().map(IdentityDocument::from);
    citizen().or_else(foreign).or_else(travel)
}
