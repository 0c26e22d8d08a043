//! How the binary talks: logs and progress on stderr, errors with their code, every mistake on a line, and the mend.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nuan_kernel::{ErrorKind, KernelError};

use crate::refused::Refused;

/// Sends logs to stderr as RUST_LOG asks, warnings by default.
pub fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Writes a line of a result.
pub fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    // A reader that has gone away, as in `nuan … | head`, is not an error of ours.
    drop(writeln!(out, "{text}"));
}

/// Writes a line of talk.
pub fn say(text: &str) {
    drop(writeln!(anstream::stderr().lock(), "{text}"));
}

/// A bar over a known amount of work; without a terminal it shows nothing.
pub fn progress(total: u64, what: &'static str) -> ProgressBar {
    let target =
        if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(total), target);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {human_pos}/{human_len} · {per_sec} · {eta}") {
        bar.set_style(style);
    }
    bar.with_message(what)
}

/// The memory of this process at most, as the kernel of a Linux machine counts it; nothing elsewhere.
pub fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1_024)
}

/// Explains an error once, at the boundary, and chooses the exit code.
pub fn explain(error: &anyhow::Error) -> ExitCode {
    let kernel = error.chain().find_map(|cause| cause.downcast_ref::<KernelError>());
    let refused = error.chain().find_map(|cause| cause.downcast_ref::<Refused>());
    let code = kernel.map(KernelError::code).or(refused.map(Refused::code)).unwrap_or("NU9001");
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    say(&format!("error[{code}]: {}", chain.join(": ")));
    let own = refused.map(Refused::findings).unwrap_or_default();
    for mistake in kernel.map(KernelError::diagnostics).unwrap_or_default().iter().chain(own) {
        say(&format!("  {mistake}"));
    }
    match kernel.map(KernelError::kind) {
        Some(ErrorKind::Input | ErrorKind::NotFound | ErrorKind::Conflict) => ExitCode::from(2),
        None if refused.is_some() => ExitCode::from(2),
        _ => ExitCode::from(3),
    }
}
