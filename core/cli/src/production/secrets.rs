//! Passwords of databases: on the command line every user of the machine sees them, and what dumps the environment shows them.

use std::path::Path;

use nuan_vocabulary::diagnostic::Diagnostic;

use super::at;
use crate::configuration::{Configuration, Origin};
use crate::installation::Storage;

/// Everything that production refuses about passwords.
pub fn findings(storage: &Storage, configuration: &Configuration) -> Vec<Diagnostic> {
    let (register, keys) = (storage.database(), storage.key_store_given());
    let with_secret =
        [("database", register), ("key_store", &keys)].into_iter().filter(|(_, address)| address.has_secret());
    with_secret.filter_map(|(argument, _)| finding(argument, configuration.origin(argument))).collect()
}

fn finding(argument: &str, origin: Option<&Origin>) -> Option<Diagnostic> {
    let mend = "write it to the configuration file, or to the file that PGPASSFILE names";
    match origin? {
        Origin::Flag => {
            let what = "a password stands on the command line, where every user of the machine can read it";
            Some(Diagnostic::new("NU6112", at(argument), what).with_hint(mend))
        }
        Origin::Variable { .. } => {
            let what = "a password stands in a variable, which whatever dumps the environment shows";
            Some(Diagnostic::new("NU6112", at(argument), what).with_hint(mend))
        }
        Origin::File { path, .. } if is_open_to_others(Path::new(path)) => {
            let what = format!("{path} holds a password and can be read by others");
            Some(Diagnostic::new("NU6113", at(argument), what).with_hint(format!("run `chmod 600 {path}`")))
        }
        Origin::File { .. } | Origin::Default => None,
    }
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}
