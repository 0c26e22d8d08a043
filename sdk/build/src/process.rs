//! Runs a program to its end: shows its last line, keeps its output, and stops it when it hangs.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::{BuildError, Step};

/// This variable holds flags between control characters; a command does the same work without it, only with other paths.
const UNTYPABLE: &str = "CARGO_ENCODED_RUSTFLAGS";

/// How long to wait for a program.
#[derive(Clone, Debug)]
pub(crate) enum Patience {
    /// Until it ends.
    Endless,
    /// As long as the files in this folder grow; this long without growth means that it hangs.
    WhileGrowing { folder: PathBuf, quiet: Duration },
}

/// Runs a program and returns what it wrote on standard output; anything but success is an error.
pub(crate) fn run(command: &mut Command, step: &Step) -> Result<String, BuildError> {
    run_patiently(command, step, &Patience::Endless)
}

/// Runs a program as [`run`] does, and stops it with all its children when it hangs.
pub(crate) fn run_patiently(command: &mut Command, step: &Step, patience: &Patience) -> Result<String, BuildError> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if matches!(patience, Patience::WhileGrowing { .. }) {
        command.process_group(0);
    }
    let shown = spelled(command);
    let mut child = command.spawn().map_err(|source| BuildError::Start { command: shown.clone(), source })?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (ended, stdout, stderr) = thread::scope(|scope| {
        let stdout = scope.spawn(move || stdout.map(read_all).unwrap_or_default());
        let stderr = scope.spawn(move || stderr.map(|pipe| read_lines(pipe, step)).unwrap_or_default());
        let ended = wait(&mut child, patience);
        (ended, stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default())
    });
    match ended {
        Ok(status) if status.success() => Ok(stdout),
        Ok(status) => Err(BuildError::Failed { command: shown, ended: format!("ended with {status}"), output: stderr }),
        Err(ended) => Err(BuildError::Failed { command: shown, ended, output: stderr }),
    }
}

/// The command as one would type it, for messages: with the variables set for it, and words with spaces in quotes.
pub fn spelled(command: &Command) -> String {
    let variables = command.get_envs().filter(|(name, _)| *name != UNTYPABLE).filter_map(|(name, value)| {
        let value = value?.to_string_lossy();
        Some(format!("{}={}", name.to_string_lossy(), quoted(&value)))
    });
    let program = std::iter::once(quoted(&program_name(command.get_program())));
    let arguments = command.get_args().map(|word| quoted(&word.to_string_lossy()));
    variables.chain(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// The first folder of `PATH` that holds this program.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// A toolchain's own cargo is what `cargo` means to the person at the keyboard.
fn program_name(program: &OsStr) -> String {
    let is_cargo = std::env::var_os("CARGO").is_some_and(|cargo| cargo == program);
    if is_cargo { "cargo".to_owned() } else { program.to_string_lossy().into_owned() }
}

fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains(char::is_whitespace) { format!("'{word}'") } else { word.to_owned() }
}

fn wait(child: &mut Child, patience: &Patience) -> Result<ExitStatus, String> {
    let Patience::WhileGrowing { folder, quiet } = patience else {
        return child.wait().map_err(|error| format!("could not be waited for: {error}"));
    };
    let mut size = folder_size(folder);
    let mut grown = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) => {}
            Err(error) => return Err(format!("could not be waited for: {error}")),
        }
        let now = folder_size(folder);
        if now != size {
            (size, grown) = (now, Instant::now());
        }
        if grown.elapsed() >= *quiet {
            stop_group(child);
            return Err(format!("was stopped after {} seconds without progress", quiet.as_secs()));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Ends the program and whatever it started; the group exists because `run_patiently` made it.
fn stop_group(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

fn folder_size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries.filter_map(|entry| entry.ok()?.metadata().ok()).map(|file| file.len()).sum()
}

fn read_all(mut pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = pipe.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn read_lines(pipe: impl Read, step: &Step) -> String {
    let mut text = String::new();
    for line in BufReader::new(pipe).lines().map_while(Result::ok) {
        step.detail(&line);
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Progress;

    fn shell(script: &str, patience: &Patience) -> Result<String, BuildError> {
        run_patiently(Command::new("sh").args(["-c", script]), &Progress::silent().step("Testing"), patience)
    }

    fn empty_folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("nuan-process-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn output_is_returned_and_failure_keeps_what_was_said() {
        assert_eq!(shell("echo out; echo talk >&2", &Patience::Endless).unwrap(), "out\n");
        match shell("echo why >&2; exit 3", &Patience::Endless).unwrap_err() {
            BuildError::Failed { command, ended, output } => {
                assert_eq!(command, "sh -c 'echo why >&2; exit 3'");
                assert_eq!((ended.as_str(), output.as_str()), ("ended with exit status: 3", "why\n"));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_program_that_hangs_is_stopped_with_its_children() {
        let folder = empty_folder("hangs");
        let patience = Patience::WhileGrowing { folder: folder.clone(), quiet: Duration::from_millis(300) };
        let begun = Instant::now();
        let error = shell("sleep 60 & sleep 60", &patience).unwrap_err();
        assert!(error.to_string().ends_with("was stopped after 0 seconds without progress"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(20), "the child's child held the pipe open");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_slow_download_is_not_a_hang() {
        let folder = empty_folder("slow");
        let patience = Patience::WhileGrowing { folder: folder.clone(), quiet: Duration::from_millis(900) };
        let script = format!("for i in 1 2 3 4 5 6 7 8; do echo x >> {}/part; sleep 0.2; done", folder.display());
        assert_eq!(shell(&script, &patience).unwrap(), "");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_command_is_spelled_so_that_it_can_be_repeated() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["test", "two words"]).env("NUAN_LONG", "1").env(UNTYPABLE, "a\u{1f}b").env_remove("RUSTC");
        assert_eq!(spelled(&command), "NUAN_LONG=1 /usr/bin/cargo test 'two words'");
    }

    #[test]
    fn a_missing_program_is_told_apart_from_a_failing_one() {
        let step = Progress::silent().step("Testing");
        let error = run(&mut Command::new("nuan-no-such-program"), &step).unwrap_err();
        assert!(matches!(error, BuildError::Start { .. }), "{error:?}");
    }
}
