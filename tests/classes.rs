//! Sensitivity classes: a fact without one is refused, a column without one does not build, and the page lists all of them.

use std::collections::BTreeMap;
use std::fmt::Write;

use nuan_kernel::Reference;
use nuan_tests::installation::reference;
use nuan_tests::{kept_files, root, text};

const COLUMNS: &str = "core/store/migrations/classes.yaml";
const PAGE: &str = "docs/src/reference/classes.md";
const COMMAND: &str = "NUAN_WRITE=1 cargo test -p nuan-tests --test all classes::";

/// The catalogue with one file changed.
fn changed(file: &str, change: impl Fn(&str) -> String) -> Result<Reference, Vec<(String, String)>> {
    let mut files = BTreeMap::new();
    for path in kept_files("sdk/catalogue").unwrap() {
        let (name, content) = text(&path).unwrap();
        let name = name.rsplit_once("sdk/catalogue/").unwrap().1.to_owned();
        let content = if name == file { change(&content) } else { content };
        files.insert(name, content.into_bytes());
    }
    let refused = |mistakes: Vec<nuan_vocabulary::diagnostic::Diagnostic>| {
        mistakes.into_iter().map(|mistake| (mistake.code, mistake.path)).collect()
    };
    Reference::from_files(files).map_err(refused)
}

#[test]
fn a_fact_without_a_class_is_refused_with_a_code() {
    assert!(changed("assets.yaml", str::to_owned).is_ok());
    let without = |content: &str| content.replacen("    class: sensitive\n", "", 1);
    let refused = changed("assets.yaml", without).unwrap_err();
    assert_eq!(refused, [("NU3001".to_owned(), "assets.yaml".to_owned())]);
    let unknown = |content: &str| content.replacen("class: sensitive", "class: secret", 1);
    assert_eq!(changed("assets.yaml", unknown).unwrap_err()[0].0, "NU3001");
}

/// The page as it has to be.
fn page() -> String {
    let mut page = "# Sensitivity classes\n\n\
        Written by the project's tests from `sdk/catalogue` and `core/store/migrations/classes.yaml`; do not edit.\n\
        A fact without a class does not load, and a column without one does not build.\n\
        What is sensitive or special is never kept in the clear.\n\n\
        ## Facts\n\n| Fact | Class |\n|---|---|\n"
        .to_owned();
    for (name, fact) in &reference().unwrap().schema.catalogue().facts {
        writeln!(page, "| `{name}` | {} |", format!("{:?}", fact.class).to_lowercase()).unwrap();
    }
    page.push_str("\n## Columns\n\n| Column | Class | Kept |\n|---|---|---|\n");
    let (_, columns) = text(&root().join(COLUMNS)).unwrap();
    let tables: BTreeMap<String, BTreeMap<String, String>> = serde_saphyr::from_str(&columns).unwrap();
    for (table, columns) in &tables {
        for (column, class) in columns {
            let (class, kept) = class.split_once(", ").unwrap();
            writeln!(page, "| `{table}.{column}` | {class} | {kept} |").unwrap();
        }
    }
    page
}

#[test]
fn the_page_lists_every_fact_and_column() {
    let page = page();
    if std::env::var_os("NUAN_WRITE").is_some() {
        std::fs::write(root().join(PAGE), &page).unwrap();
    }
    let kept = std::fs::read_to_string(root().join(PAGE)).unwrap_or_default();
    assert!(kept == page, "{PAGE} is not what the classes say; write it with `{COMMAND}`");
    assert!(page.lines().count() > 200, "{} lines", page.lines().count());
}
