//! Every column of every migration against `migrations/classes.yaml`: how closely it is to be kept, and how it is kept.
//!
//! Not here: what a class means for access; and no SQL beyond `create table` and `alter table … add column`, which is all that
//! brings columns. Nothing but the standard library, since this is compiled for every build.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What brings columns, and for which of the two databases it is written.
const FOLDERS: [&str; 6] = ["sqlite", "postgres", "keys/sqlite", "keys/postgres", "witness/sqlite", "witness/postgres"];

/// How closely a column is to be kept, and in which ways it may be kept.
const CLASSES: [(&str, &[&str]); 4] = [
    ("public", &["clear"]),
    ("personal", &["clear", "keyed", "sealed"]),
    ("sensitive", &["keyed", "sealed"]),
    ("special", &["sealed", "wrapped"]),
];

/// Column by table and name, with its type.
type Columns = BTreeMap<String, String>;

/// Every mistake at once.
pub(crate) fn check(folder: &Path) -> Result<(), Vec<String>> {
    let read =
        |path: &Path| std::fs::read_to_string(path).map_err(|error| vec![format!("{}: {error}", path.display())]);
    let migrations = folder.join("migrations");
    let classes = read(&migrations.join("classes.yaml"))?;
    let mut all = Vec::new();
    for part in FOLDERS {
        let mut columns = Columns::new();
        let listed = std::fs::read_dir(migrations.join(part)).map_err(|error| vec![format!("{part}: {error}")])?;
        let mut files: Vec<_> = listed.filter_map(Result::ok).map(|file| file.path()).collect();
        files.sort();
        for file in files {
            columns.extend(columns_of(&read(&file)?));
        }
        all.push(columns);
    }
    let mistakes = mistakes(&classes, &all);
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

fn mistakes(classes: &str, databases: &[Columns]) -> Vec<String> {
    let mut mistakes = Vec::new();
    let declared = declared(classes, &mut mistakes);
    let columns: Columns = databases.iter().flatten().map(|(name, kind)| (name.clone(), kind.clone())).collect();
    for (column, kind) in &columns {
        match declared.get(column) {
            Some((class, kept)) => mistakes.extend(mistake_of(column, kind, class, kept)),
            None => mistakes.push(format!("column `{column}` has no sensitivity class in migrations/classes.yaml")),
        }
    }
    let gone = declared.keys().filter(|column| !columns.contains_key(*column));
    mistakes.extend(gone.map(|column| format!("migrations/classes.yaml names `{column}`, which is no column")));
    mistakes
}

/// What does not fit between a column, its class and how it is kept.
fn mistake_of(column: &str, kind: &str, class: &str, kept: &str) -> Option<String> {
    let Some((_, ways)) = CLASSES.iter().find(|(name, _)| *name == class) else {
        return Some(format!("`{column}`: `{class}` is no sensitivity class"));
    };
    if !ways.contains(&kept) {
        return Some(format!("`{column}` is {class} and may not be kept {kept}"));
    }
    let is_bytes = matches!(kind, "blob" | "bytea");
    let is_ciphertext = column.ends_with("ciphertext");
    if (kept == "sealed") != is_ciphertext || (is_ciphertext && !is_bytes) {
        return Some(format!(
            "`{column}` is kept {kept}; what is sealed, and nothing else, is bytes named `…ciphertext`"
        ));
    }
    None
}

/// The classes as they are written: a table, and below it `column: class, way`.
fn declared(text: &str, mistakes: &mut Vec<String>) -> BTreeMap<String, (String, String)> {
    let (mut declared, mut table) = (BTreeMap::new(), String::new());
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        let Some((name, rest)) = line.trim().split_once(':') else {
            mistakes.push(format!("migrations/classes.yaml: `{line}` cannot be read"));
            continue;
        };
        if !line.starts_with(' ') {
            name.clone_into(&mut table);
            continue;
        }
        let (class, kept) = rest.split_once(',').unwrap_or((rest, ""));
        let value = (class.trim().to_owned(), kept.trim().to_owned());
        if declared.insert(format!("{table}.{name}"), value).is_some() {
            mistakes.push(format!("migrations/classes.yaml names `{table}.{name}` twice"));
        }
    }
    declared
}

/// The columns that a migration brings.
fn columns_of(sql: &str) -> Columns {
    let lines = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
    let text = lines.collect::<Vec<_>>().join(" ").to_lowercase();
    let mut columns = Columns::new();
    for statement in text.split(';').map(str::trim) {
        if let Some(rest) = statement.strip_prefix("create table ") {
            let rest = rest.trim_start().strip_prefix("if not exists ").unwrap_or(rest);
            let Some((table, body)) = rest.split_once('(') else { continue };
            let parts = outer_parts(body.rsplit_once(')').map_or(body, |(body, _)| body));
            columns.extend(parts.iter().filter_map(|part| column_of(table.trim(), part)));
        } else if let Some(rest) = statement.strip_prefix("alter table ") {
            let Some((table, rest)) = rest.trim_start().split_once(' ') else { continue };
            for part in outer_parts(rest) {
                let added = part.trim().strip_prefix("add column ");
                columns.extend(added.and_then(|column| column_of(table, column)));
            }
        }
    }
    columns
}

/// The parts between commas that stand in no parentheses.
fn outer_parts(text: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0_i32);
    for letter in text.chars() {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        match parts.last_mut() {
            Some(part) if letter != ',' || depth != 0 => part.push(letter),
            _ => parts.push(String::new()),
        }
    }
    parts
}

fn column_of(table: &str, part: &str) -> Option<(String, String)> {
    let is_rule: BTreeSet<&str> = ["constraint", "primary", "foreign", "unique", "check"].into();
    let mut words = part.split_whitespace();
    let (name, kind) = (words.next()?, words.next()?);
    (!is_rule.contains(name)).then(|| (format!("{table}.{name}"), kind.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "
-- A table, (with a comment).
create table person (
  id text not null, -- the id
  name_ciphertext blob not null check (length(name_ciphertext) > 0),
  constraint person_pk primary key (id, name_ciphertext)
);
create unique index x on person (id);
alter table person add column died_on text;";

    const CLASSES: &str =
        "# How\nperson:\n  id: personal, clear\n  name_ciphertext: special, sealed\n  died_on: personal, clear\n";

    fn found(classes: &str) -> Vec<String> {
        mistakes(classes, &[columns_of(SQL)])
    }

    #[test]
    fn the_columns_of_a_migration_are_seen() {
        let columns = columns_of(SQL);
        let names: Vec<&str> = columns.keys().map(String::as_str).collect();
        assert_eq!(names, ["person.died_on", "person.id", "person.name_ciphertext"]);
        assert_eq!(found(CLASSES), Vec::<String>::new());
    }

    #[test]
    fn a_column_without_a_class_or_kept_too_openly_does_not_build() {
        let none = found(&CLASSES.replace("  died_on: personal, clear\n", ""));
        assert_eq!(none, ["column `person.died_on` has no sensitivity class in migrations/classes.yaml"]);
        let open = found(&CLASSES.replace("died_on: personal", "died_on: sensitive"));
        assert_eq!(open, ["`person.died_on` is sensitive and may not be kept clear"]);
        for (old, new) in [
            ("died_on: personal, clear", "died_on: secret, clear"),
            ("died_on: personal, clear", "died_on: personal, sealed"),
            ("special, sealed", "personal, clear"),
            ("died_on", "dead_on"),
            ("died_on: personal, clear", "died_on"),
            ("  died_on", "  id: public, clear\n  died_on"),
        ] {
            assert!(!found(&CLASSES.replace(old, new)).is_empty(), "{old} → {new}");
        }
    }

    #[test]
    fn every_column_of_the_store_has_its_class() {
        assert_eq!(check(Path::new(env!("CARGO_MANIFEST_DIR"))), Ok(()));
    }
}
