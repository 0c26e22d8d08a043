//! `nuan import` as a clerk of a township uses it: the same spreadsheet in three forms, a report that harms nobody, mistakes that
//! are found before anything is written, and a file of many rows.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use nuan_kernel::import::Table;
use nuan_kernel::import::table::Encoding;
use nuan_tests::program::Folder;
use nuan_tests::root;
use rust_xlsxwriter::Workbook;
use serde_json::Value;

/// Rows of the large file, in the long run and otherwise.
const ROWS: (usize, usize) = (50_000, 2_000);

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(root().join("tests/fixtures").join(name)).unwrap()
}

fn mapping() -> String {
    root().canonicalize().unwrap().join("tests/fixtures/township.mapping.yaml").display().to_string()
}

/// The township's CSV as somebody keeps it in Excel: every cell is text.
fn workbook() -> Vec<u8> {
    let table = Table::read(&fixture("township.csv")).unwrap();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, header) in (0..).zip(&table.headers) {
        sheet.write_string(0, column, header).unwrap();
    }
    for row in &table.rows {
        let line = u32::try_from(row.number).unwrap() - 1;
        for (column, cell) in (0..).zip(&row.cells).filter(|(_, cell)| !cell.is_blank()) {
            sheet.write_string(line, column, cell.shown()).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

/// Exit code, what was answered, and what was said.
fn import(folder: &Folder, file: &Path, more: &[&str]) -> (Option<i32>, Value, String) {
    let words = [&["import", file.to_str().unwrap(), "--format", "json"], more].concat();
    let output = folder.run(&words).unwrap();
    let answer = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), answer, String::from_utf8(output.stderr).unwrap())
}

/// The masked documents on the register, by the masked name of the first member.
fn documents(folder: &Folder) -> BTreeMap<String, Value> {
    let ask = |words: &[&str]| -> Value {
        let output = folder.run(&[words, &["--format", "json"]].concat()).unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let listed = ask(&["household", "list", "--division", "999901"]);
    let shown = listed["items"].as_array().unwrap().iter().map(|home| {
        let document = ask(&["household", "show", home["id"].as_str().unwrap()])["document"].clone();
        (document["members"][0]["document"]["number"].to_string(), without_instants(document))
    });
    shown.collect()
}

/// When a statement became known differs from one import to the next.
fn without_instants(document: Value) -> Value {
    match document {
        Value::Object(map) => map
            .into_iter()
            .filter(|(key, _)| key != "known_at")
            .map(|(key, value)| (key, without_instants(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_instants).collect(),
        plain => plain,
    }
}

#[test]
fn one_spreadsheet_in_three_forms_is_one_import() {
    let forms = [
        ("township.csv", fixture("township.csv"), Encoding::Utf8),
        ("township.gb18030.csv", fixture("township.gb18030.csv"), Encoding::Gb18030),
        ("township.xlsx", workbook(), Encoding::Excel),
    ];
    let mut seen = Vec::new();
    for (name, bytes, encoding) in forms {
        assert_eq!(Table::read(&bytes).unwrap().encoding, encoding, "{name}");
        let folder = Folder::new("import").unwrap();
        let file = folder.file(name, bytes).unwrap();
        let (code, dry, _) = import(&folder, &file, &["--mapping", &mapping(), "--dry-run"]);
        assert_eq!((code, dry["imported"].as_object().unwrap().len()), (Some(2), 0), "{name}");
        assert_eq!(documents(&folder).len(), 0, "a dry run writes nothing");
        let (code, done, said) = import(&folder, &file, &["--mapping", &mapping()]);
        assert_eq!((code, done["imported"].as_object().unwrap().len()), (Some(2), 3), "{name}: {said}");
        assert_eq!((&dry["summary"], &dry["mistakes"]), (&done["summary"], &done["mistakes"]));
        let (_, again, _) = import(&folder, &file, &["--mapping", &mapping()]);
        assert_eq!(again["imported"], done["imported"], "the same file again is the same households");
        seen.push((done["summary"].clone(), done["mistakes"].clone(), documents(&folder)));
    }
    assert_eq!(seen[0].2.len(), 3);
    assert!(seen[0] == seen[1] && seen[0] == seen[2], "{seen:#?}");
}

#[test]
fn no_cell_of_a_report_is_a_formula() {
    let folder = Folder::new("report").unwrap();
    let text = String::from_utf8(fixture("township.csv")).unwrap();
    let text = text.replace("在外务工", "\"=HYPERLINK(\"\"http://x\"\",\"\"a\"\")\"").replace("单亲", "　＠SUM(1)");
    let file = folder.file("hostile.csv", text.replace("备注", "+备注")).unwrap();
    let report = folder.path().join("report.csv").display().to_string();
    let (code, _, said) = import(&folder, &file, &["--mapping", &mapping(), "--dry-run", "--report", &report]);
    assert_eq!(code, Some(2), "{said}");
    let written = std::fs::read_to_string(folder.path().join("report.csv")).unwrap();
    assert!(
        written.contains("'=HYPERLINK") && written.contains("'　＠SUM(1)") && written.contains(",'+备注,"),
        "{written}"
    );
    let begins = |cell: &str| cell.trim_matches('"').trim_start().starts_with(['=', '@', '＝', '＠', '+']);
    let formulas: Vec<&str> = written.lines().flat_map(|line| line.split(',')).filter(|cell| begins(cell)).collect();
    assert_eq!(formulas, Vec::<&str>::new());
}

#[test]
fn what_would_fail_after_the_commit_is_found_before_it() {
    let folder = Folder::new("before").unwrap();
    let file = folder.file("township.csv", fixture("township.csv")).unwrap();
    for (report, what) in [("report.txt", ".csv or .xlsx"), ("nowhere/report.csv", "no such folder")] {
        let (code, _, said) = import(&folder, &file, &["--mapping", &mapping(), "--report", report]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("NU1005") && said.contains(what), "{said}");
    }
    let (code, _, said) = import(&folder, Path::new("nowhere.csv"), &[]);
    assert!(code == Some(2) && said.contains("NU1005 nowhere.csv"), "{said}");
    let (code, _, said) = import(&folder, Path::new("/dev/zero"), &[]);
    assert!(code == Some(2) && said.contains("NU2400"), "{said}");
    assert_eq!(documents(&folder).len(), 0);
}

#[test]
fn wrong_files_are_refused_with_what_to_do() {
    let folder = Folder::new("wrong").unwrap();
    let bomb = folder.file("bomb.xlsx", b"PK\x03\x04 and no more").unwrap();
    let (code, _, said) = import(&folder, &bomb, &[]);
    assert!(code == Some(2) && said.contains("NU2402"), "{said}");
    let mixed = [fixture("township.csv"), b"1,\xff\xff\xff\x81,x\n".to_vec()].concat();
    let mixed = folder.file("mixed.csv", mixed).unwrap();
    let (code, _, said) = import(&folder, &mixed, &[]);
    assert!(code == Some(2) && said.contains("NU2401"), "{said}");
    let empty = folder.file("empty.csv", "").unwrap();
    let (code, _, said) = import(&folder, &empty, &[]);
    assert!(code == Some(2) && said.contains("NU2403"), "{said}");
    let file = folder.file("township.csv", fixture("township.csv")).unwrap();
    let other = folder.file("other.yaml", "version: 1\nhousehold: 没有的列\ndivision: { is: \"999901\" }\n").unwrap();
    let (code, _, said) = import(&folder, &file, &["--mapping", other.to_str().unwrap()]);
    assert!(code == Some(2) && said.contains("NU2411"), "{said}");
}

/// A township of many rows, two to a household.
fn large(rows: usize) -> String {
    let mut text = "户编号,姓名,身份证号,与户主关系,行政区划代码\n".to_owned();
    for n in 0..rows {
        let (home, relation) = (n.div_euclid(2), if n % 2 == 0 { "户主" } else { "配偶" });
        let born =
            format!("{}{:02}{:02}", 1940 + n.div_euclid(900) % 60, n.div_euclid(75) % 12 + 1, n.div_euclid(3) % 25 + 1);
        let digits = format!("999999{born}{:03}", n.div_euclid(54_000) * 300 + n % 3 * 100 + n % 75 + 1);
        text.push_str(&format!("{home},张三,{},{relation},999901001\n", checked(&digits)));
    }
    text
}

fn checked(digits: &str) -> String {
    let weights = [7_u32, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 =
        digits.chars().map(|c| c.to_digit(10).unwrap()).zip(weights).map(|(digit, weight)| digit * weight).sum();
    let check = "10X98765432".chars().nth(usize::try_from(sum % 11).unwrap()).unwrap();
    format!("{digits}{check}")
}

#[test]
fn a_large_spreadsheet_is_imported_whole() {
    let rows = if std::env::var("NUAN_LONG").is_ok_and(|long| long == "1") { ROWS.0 } else { ROWS.1 };
    let folder = Folder::new("large").unwrap();
    let file = folder.file("large.csv", large(rows)).unwrap();
    let begun = Instant::now();
    let (code, done, said) = import(&folder, &file, &[]);
    let took = begun.elapsed();
    assert_eq!(code, Some(0), "{said}{}", done["mistakes"]);
    let imported = done["imported"].as_object().unwrap().len();
    println!(
        "import of a large spreadsheet, seed 0, {rows} rows in {took:?}, {} failures",
        rows.div_euclid(2) - imported
    );
    assert_eq!(imported, rows.div_euclid(2));
}
