//! A spreadsheet and its mapping become household documents and a list of what is wrong, row by row, all at once.
//!
//! Not here: whether a person or a household is on the register already; the act that commits asks that.
//! INVARIANT: a household with one mistake is left out whole, and the others go on. A mistake names row and column, no value.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use nuan_domain::schema::Schema;
use nuan_vocabulary::diagnostic::Diagnostic;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::draft::draft;
use super::mapping::Mapping;
use super::number::half_width;
use super::plan::{Plan, plan};
use super::table::{Row, Table};
use super::{limits, value};

/// One mistake in one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowMistake {
    /// The row's number, as the spreadsheet shows it.
    pub row: usize,
    /// What stands above the column; none where the whole row is meant.
    pub column: Option<String>,
    /// A stable code, `NU` and four digits; docs/ has a page of all.
    pub code: String,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub hint: Option<String>,
}

/// A household that can be put on the register. It is personal: `Debug` shows its rows alone.
#[derive(Clone, PartialEq)]
pub struct Prepared {
    /// Its number in the file.
    pub household_number: String,
    /// The rows that it was made from.
    pub rows: Vec<usize>,
    /// The household document, checked.
    pub document: Value,
    /// How many persons it has.
    pub persons: usize,
}

/// How many there are of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Rows that are not blank.
    pub rows: usize,
    /// Households named in the file.
    pub households: usize,
    /// Households that can be put on the register.
    pub households_ready: usize,
    /// Persons in these.
    pub persons_ready: usize,
    /// Rows that have a mistake of their own.
    pub rows_mistaken: usize,
    /// Mistakes, those beyond the limit included.
    pub mistakes: usize,
}

/// What would be imported, and what would not.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The households that can be put on the register, in the order in which the file names them.
    pub households: Vec<Prepared>,
    /// The rows of each household that is left out.
    pub left_out: Vec<Vec<usize>>,
    /// The mistakes in the order of the rows, at most `limits::MISTAKES`.
    pub mistakes: Vec<RowMistake>,
    /// The numbers.
    pub summary: Summary,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Preview {
    /// Reads every row. The error is what is wrong with the mapping itself, all of it.
    pub fn of(table: &Table, mapping: &Mapping, schema: &Schema) -> Result<Self, Vec<Diagnostic>> {
        let plan = plan(mapping, &table.headers, schema)?;
        let mut found = Found::default();
        let groups = group(table, &plan, &mut found);
        let mut numbers: HashMap<String, Vec<usize>> = HashMap::new();
        let mut drafts = Vec::with_capacity(groups.len());
        for (household_number, rows) in groups {
            let draft = draft(&rows, &plan, &table.headers, schema);
            draft.mistakes.into_iter().for_each(|mistake| found.add(mistake));
            for (row, number) in draft.numbers {
                numbers.entry(number).or_default().push(row);
            }
            let rows = rows.iter().map(|row| row.number).collect();
            drafts.push(Prepared { household_number, rows, document: draft.document, persons: draft.persons });
        }
        refuse_duplicates(&numbers, &plan, table, &mut found);
        let mut summary = Summary {
            rows: table.rows.len(),
            households: drafts.len(),
            rows_mistaken: found.rows.len(),
            mistakes: found.count,
            ..Summary::default()
        };
        let (households, left_out): (Vec<_>, Vec<_>) = drafts
            .into_iter()
            .partition(|one| one.rows.iter().all(|row| !found.rows.contains(row) && !found.doubtful.contains(row)));
        summary.households_ready = households.len();
        summary.persons_ready = households.iter().map(|one| one.persons).sum();
        let left_out = left_out.into_iter().map(|one| one.rows).collect();
        let mut mistakes = found.named;
        mistakes.sort_by_key(|mistake| mistake.row);
        Ok(Self { households, left_out, mistakes, summary })
    }
}

/// Mistakes as they are found.
#[derive(Default)]
struct Found {
    named: Vec<RowMistake>,
    rows: BTreeSet<usize>,
    /// Rows without a mistake of their own, of households to which a row without a number may belong.
    doubtful: BTreeSet<usize>,
    count: usize,
}

impl Found {
    fn add(&mut self, mistake: RowMistake) {
        self.rows.insert(mistake.row);
        self.count += 1;
        if self.named.len() < limits::MISTAKES {
            self.named.push(mistake);
        }
    }

    fn add_new(&mut self, row: usize, column: Option<&String>, code: &str, what: &str, hint: String) {
        let column = column.map(|header| header.trim().to_owned());
        self.add(RowMistake { row, column, code: code.to_owned(), what: what.to_owned(), hint: Some(hint) });
    }
}

/// The rows of each household, in the order in which the file names them; they need not stand together.
fn group<'t>(table: &'t Table, plan: &Plan<'_>, found: &mut Found) -> Vec<(String, Vec<&'t Row>)> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<(String, Vec<&Row>)> = Vec::new();
    let header = table.headers.get(plan.household);
    let mut numbered: Option<usize> = None;
    for row in &table.rows {
        if row.cells.len() > table.headers.len() {
            let hint = "a text with a separator in it stands in quotation marks; name every column that has cells";
            found.add_new(row.number, None, "NU2426", "the row has more cells than the header", hint.to_owned());
        }
        let number = match value::text(row.cell(plan.household)) {
            Ok(Some(number)) => half_width(&number),
            Ok(None) => {
                let hint = "repeat the number in every row; merged cells hold it in the first one alone";
                let what = "the row has no household number";
                found.doubtful.extend(numbered);
                found.add_new(row.number, header, "NU2430", what, hint.to_owned());
                continue;
            }
            Err(problem) => {
                found.doubtful.extend(numbered);
                found.add_new(row.number, header, problem.code, problem.what, problem.hint);
                continue;
            }
        };
        numbered = Some(row.number);
        let next = groups.len();
        let place = *places.entry(number.clone()).or_insert(next);
        match groups.get_mut(place) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((number, vec![row])),
        }
    }
    groups
}

/// One identity document in two rows is a mistake in both: nobody knows which of them is right.
fn refuse_duplicates(numbers: &HashMap<String, Vec<usize>>, plan: &Plan<'_>, table: &Table, found: &mut Found) {
    let header = plan.document.as_ref().and_then(|document| table.headers.get(document.number));
    for rows in numbers.values().filter(|rows| rows.len() > 1) {
        for row in rows {
            let others: Vec<String> = rows.iter().filter(|other| *other != row).take(5).map(usize::to_string).collect();
            let hint = format!("it stands in row {} too; a person is in one household, in one row", others.join(", "));
            found.add_new(*row, header, "NU2433", "another row has this identity document", hint);
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::GB18030;
    use serde_json::json;

    use super::super::fixture::{self, TOWNSHIP};
    use super::*;

    fn preview(table: &Table) -> Preview {
        Preview::of(table, &fixture::mapping(), &fixture::schema()).unwrap()
    }

    /// Row, column and code of what is wrong beyond the two rows that are wrong in the fixture.
    fn more(from: &str, to: &str) -> Vec<(usize, String, String)> {
        let found = preview(&fixture::township(from, to)).mistakes;
        let fixture = [(9, "与户主关系", "NU2422"), (10, "身份证号", "NU2122")];
        let all = found.into_iter().map(|one| (one.row, one.column.unwrap_or_default(), one.code));
        all.filter(|(row, column, code)| !fixture.contains(&(*row, column.as_str(), code.as_str()))).collect()
    }

    #[track_caller]
    fn refuse(from: &str, to: &str, expected: &[(usize, &str, &str)]) {
        let found = more(from, to);
        let found: Vec<_> = found.iter().map(|(row, column, code)| (*row, column.as_str(), code.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_township_is_read_and_two_rows_leave_two_households_out() {
        let (bytes, _, had_errors) = GB18030.encode(TOWNSHIP);
        assert!(!had_errors);
        let found = preview(&Table::read(&bytes).unwrap());
        assert_eq!(found, preview(&Table::read(TOWNSHIP.as_bytes()).unwrap()));
        let numbers: Vec<_> =
            found.households.iter().map(|one| (one.household_number.as_str(), &one.rows[..])).collect();
        assert_eq!(numbers, [("1", &[2, 3, 4][..]), ("2", &[5][..]), ("5", &[6, 12, 13][..])]);
        assert_eq!(found.left_out, [vec![7, 8, 9], vec![10, 11]]);
        let summary =
            Summary { rows: 12, households: 5, households_ready: 3, persons_ready: 7, rows_mistaken: 2, mistakes: 2 };
        assert_eq!(found.summary, summary);
        assert!(more("户编号", "户编号").is_empty());
    }

    #[test]
    fn a_document_says_what_the_rows_say_and_no_more() {
        let found = preview(&Table::read(TOWNSHIP.as_bytes()).unwrap());
        let stated = |value: Value| json!([{ "value": value, "from": "2025-01-01", "source": "declared" }]);
        let first = &found.households[0].document;
        assert_eq!(first["division"], "999901001");
        assert_eq!(first["facts"]["household.income_12_months"], stated(json!("24000.00")));
        assert_eq!(first["facts"]["household.members_established"], stated(json!(true)));
        assert_eq!(first["entities"]["home"], json!([{ "floor_area_dm2": 8650 }]));
        let [head, wife, son] = [0, 1, 2].map(|n| &first["members"][n]);
        assert_eq!((&head["ref"], &head["relation"]), (&json!("p1"), &json!("02")));
        assert_eq!(head["document"], json!({ "kind": "citizen_id", "number": "999999197003120017" }));
        let wages = json!([{ "month": "2024-01", "gross": "2000.00" }, { "month": "2024-02", "gross": "2000.00" }]);
        assert_eq!(head["entities"]["monthly_wage"], wages);
        assert_eq!(wife["facts"]["member.birth_date"], json!([{ "value": "1972-05-08", "source": "declared" }]));
        assert_eq!(head["facts"]["member.disability_grade"], stated(json!({ "none": true })));
        assert_eq!(son["facts"].get("member.birth_date"), None);
        assert_eq!(son.get("entities"), None);
        let alone = &found.households[1].document;
        assert_eq!(alone["facts"]["household.income_12_months"], stated(json!("0.00")));
        assert_eq!(found.households[2].document["facts"]["household.income_12_months"], stated(json!("18500.00")));
    }

    #[test]
    fn a_blank_is_unknown_and_a_none_is_known() {
        let income = |to: &str| {
            let found = preview(&fixture::township("一级,是,0,,,42", &format!("一级,是,{to},,,42")));
            found.households[1].document["facts"].get("household.income_12_months").is_some()
        };
        assert!(income("0") && !income("") && !income(" "));
        let homes = |to: &str| {
            let found = preview(&fixture::township("0,,,42", &format!("0,,,{to}")));
            found.households[1].document.pointer("/entities/home").cloned()
        };
        assert_eq!(homes(""), None);
        assert_eq!(homes("无"), Some(json!({ "none": true })));
    }

    #[test]
    fn every_mistake_of_every_row_comes_at_once() {
        refuse("1972/5/8", "1972/5/32", &[(3, "出生日期", "NU2423")]);
        refuse("1972/5/8", "1972/5/9", &[(3, "身份证号", "NU2123")]);
        refuse("2.4,2000.00", "约2,2000.001", &[(2, "家庭年收入(万元)", "NU2424"), (2, "1月工资", "NU2424")]);
        refuse("2.4,2000.00", "-2.4,-1", &[(2, "家庭年收入(万元)", "NU2111"), (2, "1月工资", "NU2111")]);
        refuse(
            "999901001",
            "9999",
            &[(2, "行政区划代码", "NU2119"), (3, "行政区划代码", "NU2432"), (4, "行政区划代码", "NU2432")],
        );
        refuse("1,李秀英", ",李秀英", &[(3, "户编号", "NU2430")]);
        refuse(",在外务工", ",在外务工,,x", &[(4, "", "NU2426")]);
        refuse("李秀英,999999197205080025", ",", &[(3, "", "NU2431")]);
        refuse("999999197205080025", "9.99999E+17", &[(3, "身份证号", "NU2420")]);
        refuse("0,,,42", "0,无,,42", &[]);
    }

    #[test]
    fn a_row_without_a_number_leaves_out_the_household_before_it() {
        let ready = |from: &str, to: &str| {
            let found = preview(&fixture::township(from, to));
            assert_eq!((found.summary.mistakes, found.summary.rows_mistaken), (3, 3));
            found.households.into_iter().map(|one| one.household_number).collect::<Vec<_>>()
        };
        assert_eq!(ready("1,李秀英", ",李秀英"), ["2", "5"]);
        // Household 5 goes on below, and its first row stands before the row without a number.
        assert_eq!(ready("3,刘洋", ",刘洋"), ["1", "2"]);
        // Before the first row there is no household.
        assert_eq!(ready("1,张建国", ",张建国"), ["1", "2", "5"]);
    }

    #[test]
    fn a_half_filled_row_is_a_person_with_little_known() {
        let found = preview(&fixture::township(",妻子,999901001,1972/5/8,二级,是", ",,,,,"));
        assert_eq!(found.households[0].document["members"][1].as_object().unwrap().len(), 3);
        assert_eq!(found.summary.households_ready, 3);
    }

    #[test]
    fn one_document_in_two_rows_is_a_mistake_in_both() {
        let same = [(3, "身份证号", "NU2433"), (12, "身份证号", "NU2433")];
        refuse("999999198504040116,户主,999901003,1985-04-04", "999999197205080025,户主,999901003,", &same);
        // The old form of 15 digits is the same person.
        refuse("999999198504040116,户主,999901003,1985-04-04", "999999720508002,户主,999901003,", &same);
        let within = [(2, "身份证号", "NU2433"), (3, "身份证号", "NU2433")];
        refuse("999999197205080025,妻子,999901001,1972/5/8", "999999197003120017,妻子,999901001,", &within);
    }

    #[test]
    fn rows_of_one_household_that_contradict_each_other_leave_it_out() {
        let found = preview(&fixture::township("1972/5/8,二级,是,,", "1972/5/8,二级,是,2.5,"));
        assert_eq!(found.mistakes[0].code, "NU2432");
        assert!(found.mistakes[0].hint.as_deref().unwrap().contains("row 2"));
        assert_eq!(found.summary.households_ready, 2);
        refuse("1972/5/8,二级,是,,", "1972/5/8,二级,是,2.40,", &[]);
    }

    #[test]
    fn no_message_repeats_what_a_cell_holds() {
        let table = fixture::township("1972/5/8,二级", "1972年13月,特级");
        let found = preview(&table);
        assert!(found.mistakes.len() >= 4);
        let said = format!("{found:?}");
        for cell in table.rows.iter().flat_map(|row| &row.cells) {
            let text = cell.shown();
            assert!(text.chars().count() < 3 || !said.contains(text.as_ref()), "{text}");
        }
    }

    #[test]
    fn mistakes_of_the_mapping_come_before_any_row() {
        let mapping = Mapping { name: Some("名字".to_owned()), ..fixture::mapping() };
        let table = Table::read(TOWNSHIP.as_bytes()).unwrap();
        assert_eq!(Preview::of(&table, &mapping, &fixture::schema()).unwrap_err()[0].code, "NU2411");
    }
}
