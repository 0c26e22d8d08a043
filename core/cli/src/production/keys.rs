//! The key file: there, its owner's alone, drawn, and not made for development.

use std::path::Path;

use nuan_kernel::{KeyFileError, Keys};
use nuan_vocabulary::diagnostic::Diagnostic;

use super::at;

/// Everything that production refuses about a key file.
pub fn findings(path: &Path) -> Vec<Diagnostic> {
    let (keys, wrong) = Keys::examine(path);
    let mut findings: Vec<Diagnostic> = wrong.iter().map(|error| finding(path, error)).collect();
    if keys.is_some_and(|keys| keys.is_for_development()) {
        let what = format!("{} holds keys that were made for development", path.display());
        findings.push(Diagnostic::new("NU6104", at("key_file"), what).with_hint("make new ones with `nuan keys new`"));
    }
    findings
}

fn finding(path: &Path, error: &KeyFileError) -> Diagnostic {
    let shown = path.display();
    let (code, mend) = match error {
        KeyFileError::File { .. } => ("NU6101", format!("make it with `nuan keys new --key-file {shown}`, or name it")),
        KeyFileError::OpenToOthers(_) => ("NU6102", format!("run `chmod 600 {shown}`")),
        KeyFileError::Weak(_) | KeyFileError::NotAKeyFile(_) => ("NU6103", "draw keys with `nuan keys new`".to_owned()),
    };
    Diagnostic::new(code, at("key_file"), error.to_string()).with_hint(mend)
}
