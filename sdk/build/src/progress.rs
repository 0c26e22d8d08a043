//! What is going on, on standard error: a spinner on a terminal, one plain line per step elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Announces steps; cheap to pass around.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Spinner,
    Lines,
    Silent,
}

/// One step that has begun. Dropping it takes its spinner away without calling the step done.
#[derive(Debug)]
pub struct Step {
    style: Style,
    bar: ProgressBar,
    message: String,
    begun: Instant,
}

impl Progress {
    /// Talks on standard error.
    pub fn stderr() -> Self {
        Self { style: if io::stderr().is_terminal() { Style::Spinner } else { Style::Lines } }
    }

    /// Says nothing.
    pub fn silent() -> Self {
        Self { style: Style::Silent }
    }

    /// Begins a step; the message is a sentence without its full stop, such as `Building basic-living`.
    pub fn step(&self, message: impl Into<String>) -> Step {
        let message = message.into();
        let bar = match self.style {
            Style::Spinner => spinner(&message),
            Style::Lines => {
                say(&format!("{message} …"));
                ProgressBar::hidden()
            }
            Style::Silent => ProgressBar::hidden(),
        };
        Step { style: self.style, bar, message, begun: Instant::now() }
    }
}

impl Step {
    /// Shows the latest line of a program that works for this step; only where it can be overwritten.
    pub fn detail(&self, line: &str) {
        if self.style == Style::Spinner {
            self.bar.set_message(format!("{}: {}", self.message, line.trim()));
        }
    }

    /// How long the step has taken so far.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Ends the step well. A spinner leaves one line behind; plain lines said all when the step began.
    pub fn done(self) {
        if self.style == Style::Spinner {
            self.bar.finish_and_clear();
            say(&format!("✓ {} ({} s)", self.message, self.elapsed().as_secs()));
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn spinner(message: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}");
    let bar = ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.set_message(message.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Talk that cannot be delivered, because standard error is closed, is not worth failing for.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
