//! The active toolchain with the guest target, added by rustup where its server can be reached.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::process::{self, Patience, on_path};
use crate::toolchain::{GUEST_TARGET, GuestToolchain, Route, answer};
use crate::{Attempt, BuildError, Progress, apt, workspace};

pub(super) const COMMAND: [&str; 4] = ["rustup", "target", "add", GUEST_TARGET];

/// rustup waits without end for a server that does not answer; a slow download keeps its folder growing.
const QUIET: Duration = Duration::from_secs(20);

/// After a failure rustup is left alone for this long.
const PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// The active toolchain, if it has a compiled standard library for guests.
pub(super) fn installed(workspace_root: &Path) -> Option<GuestToolchain> {
    let rustc = std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from);
    let sysroot = answer(&rustc, &["--print", "sysroot"], workspace_root)?;
    let libraries = Path::new(&sysroot).join("lib/rustlib").join(GUEST_TARGET).join("lib");
    if !holds_core(&libraries) {
        return None;
    }
    Some(GuestToolchain {
        route: Route::Rustup,
        compiler: answer(&rustc, &["--version"], workspace_root)?,
        cargo: workspace::cargo(),
        environment: Vec::new(),
        arguments: &[],
        standard_library: None,
    })
}

/// Lets rustup add the target, unless it failed within the last day.
pub(super) fn add_target(workspace_root: &Path, progress: &Progress) -> Result<GuestToolchain, Attempt> {
    let way = COMMAND.join(" ");
    if on_path(COMMAND[0]).is_none() {
        return Err(Attempt::new(way, "rustup is not installed"));
    }
    let marker = workspace_root.join("target/guest/rustup-failed");
    if let Some(reason) = recent_failure(&marker) {
        return Err(Attempt::new(
            way,
            format!("{reason} (not tried again for a day; or delete target/guest/rustup-failed)"),
        ));
    }
    let step = progress.step(format!("Adding the target {GUEST_TARGET}"));
    let mut command = Command::new(COMMAND[0]);
    command.args(&COMMAND[1..]).current_dir(workspace_root);
    let patience = Patience::WhileGrowing { folder: downloads(), quiet: QUIET };
    match process::run_patiently(&mut command, &step, &patience) {
        Ok(_) => {
            step.done();
            installed(workspace_root).ok_or_else(|| Attempt::new(way, "the target is still not there"))
        }
        Err(error) => {
            remember(&marker, &error);
            Err(Attempt::new(way, apt::last_line(&error)))
        }
    }
}

fn holds_core(libraries: &Path) -> bool {
    let Ok(entries) = fs::read_dir(libraries) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
}

fn downloads() -> PathBuf {
    let home = std::env::var_os("RUSTUP_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".rustup")));
    home.unwrap_or_default().join("downloads")
}

fn recent_failure(marker: &Path) -> Option<String> {
    let age = SystemTime::now().duration_since(fs::metadata(marker).ok()?.modified().ok()?).unwrap_or_default();
    if age < PAUSE { fs::read_to_string(marker).ok() } else { None }
}

/// A marker that cannot be written only costs the next run its patience.
fn remember(marker: &Path, error: &BuildError) {
    if let Some(folder) = marker.parent() {
        let _ = fs::create_dir_all(folder);
    }
    let _ = fs::write(marker, apt::last_line(error));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_remembered_for_a_day() {
        let folder = std::env::temp_dir().join(format!("nuan-rustup-{}", std::process::id()));
        let marker = folder.join("target/guest/rustup-failed");
        assert_eq!(recent_failure(&marker), None);
        let failed = BuildError::Failed { command: "rustup".into(), ended: "hung".into(), output: "no route\n".into() };
        remember(&marker, &failed);
        assert_eq!(recent_failure(&marker).unwrap(), "`rustup` hung: no route");
        let yesterday = SystemTime::now() - PAUSE - Duration::from_secs(1);
        fs::File::options().write(true).open(&marker).unwrap().set_modified(yesterday).unwrap();
        assert_eq!(recent_failure(&marker), None);
        fs::remove_dir_all(folder).unwrap();
    }
}
