//! The two verifiers of exports, one of them in Python with none of Nuan's code, asked side by side.

use std::path::{Path, PathBuf};
use std::process::Command;

use nuan_domain::audit::note::NoteKey;
use nuan_domain::audit::offline::{Trusted, check_export};
use nuan_kernel::{Kernel, KernelError};
use nuan_tests::root;

/// Debian's Python is there, or the test fails with the command that brings it.
pub fn python(arguments: &[&str]) -> (bool, String) {
    let output = Command::new("python3").args(arguments).output();
    let output = output.expect("python3 is missing; install it with: apt-get install -y python3");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// The Python program.
pub fn second_verifier() -> String {
    root().join("tests/audit_verifier.py").display().to_string()
}

/// A file of the temporary folder that is gone when the test ends.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("nuan-{name}-{}-{number}", std::process::id())))
    }

    pub fn name(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for ending in ["", ".lock"] {
            drop(std::fs::remove_file(format!("{}{ending}", self.0.display())));
        }
    }
}

/// The export of a kernel.
pub async fn exported(kernel: &Kernel) -> Result<String, KernelError> {
    let mut text = String::new();
    let add = |line: &str| {
        text.push_str(line);
        text.push('\n');
        Ok(())
    };
    let (count, _) = kernel.export_audit(add).await?;
    assert_eq!(usize::try_from(count).unwrap(), text.lines().count());
    Ok(text)
}

/// What both say of an export; they have to say the same.
pub fn verdict(export: &str, log: &NoteKey, witnesses: &[NoteKey], kept: Option<&Path>) -> Result<String, String> {
    let trusted = Trusted::new(log.clone(), witnesses.to_vec());
    let note = kept.map(|file| std::fs::read_to_string(file).unwrap());
    let ours = match check_export(export.as_bytes(), &trusted, note.as_deref()) {
        Ok(seen) => {
            Ok(format!("ok: {} leaves in {} logs, {} after the last checkpoint", seen.leaves, seen.logs, seen.after))
        }
        Err(wrong) => Err(format!("bad: {wrong}")),
    };
    let file = Scratch::new("export");
    std::fs::write(&file.0, export).unwrap();
    let (program, name, key) = (second_verifier(), file.name(), log.to_string());
    let mut words = vec![program, name, "--key".to_owned(), key];
    words.extend(witnesses.iter().flat_map(|key| ["--witness".to_owned(), key.to_string()]));
    words.extend(kept.into_iter().flat_map(|file| ["--checkpoint".to_owned(), file.display().to_string()]));
    let (is_fine, said) = python(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let theirs = if is_fine { Ok(said.trim().to_owned()) } else { Err(said.trim().to_owned()) };
    assert_eq!(ours, theirs, "the two verifiers say the same");
    ours
}
