//! The steps of one command: each is announced, timed, and listed at the end.

use std::io::Write;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::Context;
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use nuan_build::spelled;

/// Sentences on standard error; results belong on standard output.
#[derive(Clone, Copy)]
pub struct Talk;

impl Talk {
    /// Writes one line, unless it is empty or nobody listens.
    pub fn line(self, line: &str) {
        if !line.is_empty() {
            let _ = writeln!(anstream::stderr(), "{line}");
        }
    }
}

/// A step whose program ended with an error that it has explained itself.
#[derive(Debug, thiserror::Error)]
#[error("step `{step}` failed: `{command}` ended with {status}")]
pub struct StepFailed {
    step: &'static str,
    command: String,
    status: ExitStatus,
    /// The command that mends the step, or repeats it.
    pub mend: String,
}

impl StepFailed {
    /// The program's own exit code; 1 if a signal ended it.
    pub fn exit_code(&self) -> u8 {
        self.status.code().and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0).unwrap_or(1)
    }
}

/// What has been done so far, and how long it took.
#[derive(Default)]
pub struct Steps {
    done: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Runs a program whose output goes straight to the user. Repeating it is what mends it.
    pub fn run(&mut self, step: &'static str, command: &mut Command) -> anyhow::Result<()> {
        let mend = spelled(command);
        self.run_or(step, command, &mend)
    }

    /// Runs a program as [`Steps::run`] does; if it fails, `mend` is the command to try.
    pub fn run_or(&mut self, step: &'static str, command: &mut Command, mend: &str) -> anyhow::Result<()> {
        let shown = spelled(command);
        Talk.line(&format!("→ {shown}"));
        let status = self.time(step, || command.status().with_context(|| format!("failed to start `{shown}`")))?;
        if status.success() {
            return Ok(());
        }
        Err(StepFailed { step, command: shown, status, mend: mend.to_owned() }.into())
    }

    /// Does a step in this process.
    pub fn time<T, E>(&mut self, step: &'static str, act: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let begun = Instant::now();
        let result = act()?;
        self.done.push((step, begun.elapsed()));
        Ok(result)
    }

    /// A table of the steps with their seconds.
    pub fn summary(&self) -> String {
        let total = self.done.iter().map(|(_, duration)| *duration).sum();
        let mut table = Table::new();
        table.load_style(NOTHING);
        for (step, duration) in self.done.iter().copied().chain([("all together", total)]) {
            table.add_row([step.to_owned(), format!("{} s", tenths(duration))]);
        }
        if let Some(seconds) = table.column_mut(1) {
            seconds.set_cell_alignment(CellAlignment::Right);
        }
        table.to_string()
    }
}

fn tenths(duration: Duration) -> String {
    format!("{}.{}", duration.as_secs(), duration.subsec_millis().div_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_step_keeps_its_exit_code_and_says_how_to_mend_it() {
        let mut steps = Steps::default();
        let error =
            steps.run_or("formatting", Command::new("sh").args(["-c", "exit 7"]), "cargo fmt --all").unwrap_err();
        let failed = error.downcast_ref::<StepFailed>().unwrap();
        assert_eq!((failed.exit_code(), failed.mend.as_str()), (7, "cargo fmt --all"));
        assert_eq!(failed.to_string(), "step `formatting` failed: `sh -c 'exit 7'` ended with exit status: 7");
    }

    #[test]
    fn the_summary_lists_each_step_and_their_sum() {
        let done = vec![("formatting", Duration::from_millis(1_250)), ("tests", Duration::from_millis(90_960))];
        let text = Steps { done }.summary();
        let rows: Vec<_> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(rows, ["formatting 1.2 s", "tests 90.9 s", "all together 92.2 s"]);
    }
}
