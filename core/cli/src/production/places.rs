//! Where things lie: whoever changes, copies or loses the register must not change, copy or lose what guards it.

use std::path::{Path, PathBuf};

use nuan_vocabulary::diagnostic::Diagnostic;

use super::at;
use crate::configuration::folder_of;
use crate::database_address::DatabaseAddress;
use crate::installation::Storage;

/// Everything that production refuses about places.
pub fn findings(storage: &Storage) -> Vec<Diagnostic> {
    let (register, keys) = (storage.database(), storage.key_store_given());
    let mut findings: Vec<Diagnostic> =
        [("database", register), ("key_store", &keys)].into_iter().filter_map(in_memory).collect();
    findings.extend(checkpoint(storage.checkpoint_file().as_deref(), register));
    findings.extend(key_store(register, &keys));
    findings.extend(if storage.names_key_store() || !register.is_postgres() {
        key_file(storage.key_file(), [register, &keys])
    } else {
        // Where nobody named it, it would lie beside the key file.
        Some(unnamed_key_store())
    });
    findings
}

fn in_memory((argument, address): (&str, &DatabaseAddress)) -> Option<Diagnostic> {
    let finding = Diagnostic::new("NU6108", at(argument), "a database in memory ends with the process");
    address.is_in_memory().then(|| finding.with_hint("name a file or a PostgreSQL database"))
}

fn checkpoint(file: Option<&Path>, register: &DatabaseAddress) -> Option<Diagnostic> {
    let finding = |code, what| {
        let mend = "name a file on another disk or machine than the database, such as a mounted share";
        Some(Diagnostic::new(code, at("checkpoint"), what).with_hint(mend))
    };
    let Some(file) = file else { return finding("NU6105", "checkpoints leave the database nowhere".to_owned()) };
    let folder = folder_of(file);
    if !folder.is_dir() {
        return finding("NU6105", format!("the folder {} of the checkpoint is not there", folder.display()));
    }
    let is_inside = database_folder(register).is_some_and(|database| folder.starts_with(database));
    if !is_inside {
        return None;
    }
    finding("NU6106", "the checkpoint lies in the database's folder, so whoever changes one can change both".to_owned())
}

fn key_store(register: &DatabaseAddress, keys: &DatabaseAddress) -> Option<Diagnostic> {
    let is_same_folder = match (database_folder(register), database_folder(keys)) {
        (Some(register), Some(keys)) => keys.starts_with(register),
        _ => false,
    };
    let is_same_database = register.place().is_some_and(|place| keys.place() == Some(place));
    let what =
        "the key store lies with the register, so a backup of one is a backup of both, and nothing can be erased";
    let finding = Diagnostic::new("NU6107", at("key_store"), what);
    let mend = "name a file in another folder, or another database, with a backup of its own";
    (is_same_folder || is_same_database).then(|| finding.with_hint(mend))
}

fn unnamed_key_store() -> Diagnostic {
    let what = "the register is in PostgreSQL, and nobody said where the key store lies";
    Diagnostic::new("NU6115", at("key_store"), what).with_hint("name a database or a file with a backup of its own")
}

/// Whoever copies a folder with both has the lock and the key.
fn key_file(file: &Path, opened_by_it: [&DatabaseAddress; 2]) -> Option<Diagnostic> {
    let folder = folder_of(file);
    let is_with = |address: &DatabaseAddress| database_folder(address).is_some_and(|with| folder.starts_with(with));
    let what =
        "the key file lies in the folder of the register or of the key store, so a copy of that folder is readable";
    let finding = Diagnostic::new("NU6114", at("key_file"), what);
    let is_copied = opened_by_it.into_iter().any(is_with);
    is_copied.then(|| finding.with_hint("name a file in a folder that holds no database and is in no backup of one"))
}

fn database_folder(address: &DatabaseAddress) -> Option<PathBuf> {
    address.file().map(|file| folder_of(&file))
}
