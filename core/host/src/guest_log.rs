//! What a plugin logs: few lines, short, on one line each, and without long numbers, which may be a person's.

use std::fmt::Write;
use std::sync::Arc;

use crate::limits::Limits;

/// How loud a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loudness {
    Debug,
    Info,
    Warn,
    Error,
}

/// The log of one instance, with the budget of the current call.
pub(crate) struct GuestLog {
    plugin: Arc<str>,
    lines_limit: u32,
    bytes_limit: usize,
    lines_left: u32,
    bytes_left: usize,
    last_error: Option<String>,
}

/// Fuel of a line, beside one unit a byte: calls out of the guest are almost free otherwise.
const FUEL_PER_LINE: u64 = 1_000;

impl GuestLog {
    pub(crate) fn new(plugin: Arc<str>, limits: &Limits) -> Self {
        let (lines_limit, bytes_limit) = (limits.log_lines, limits.log_bytes);
        Self { plugin, lines_limit, bytes_limit, lines_left: lines_limit, bytes_left: bytes_limit, last_error: None }
    }

    /// What a line costs, whether it is kept or not.
    pub(crate) fn fuel(message: &str) -> u64 {
        FUEL_PER_LINE.saturating_add(u64::try_from(message.len()).unwrap_or(u64::MAX))
    }

    /// Begins a call.
    pub(crate) fn begin(&mut self) {
        (self.lines_left, self.bytes_left, self.last_error) = (self.lines_limit, self.bytes_limit, None);
    }

    /// Lines of the current call that were kept.
    pub(crate) const fn lines(&self) -> u32 {
        self.lines_limit - self.lines_left
    }

    /// The last error that the plugin reported in this call: its panic, if it panicked.
    pub(crate) fn take_last_error(&mut self) -> Option<String> {
        self.last_error.take()
    }

    /// Writes a line, while there is budget.
    pub(crate) fn write(&mut self, loudness: Loudness, message: &str) {
        if self.lines_left == 0 || self.bytes_left == 0 {
            return;
        }
        let line = clean(message, self.bytes_left);
        self.lines_left -= 1;
        self.bytes_left = self.bytes_left.saturating_sub(line.len());
        let plugin = &*self.plugin;
        match loudness {
            Loudness::Debug => tracing::debug!(plugin.id = plugin, "{line}"),
            Loudness::Info => tracing::info!(plugin.id = plugin, "{line}"),
            // `error` would call a person, and a plugin must not be able to.
            Loudness::Warn | Loudness::Error => tracing::warn!(plugin.id = plugin, "{line}"),
        }
        if loudness == Loudness::Error {
            self.last_error = Some(line);
        }
    }
}

/// One line of at most so many bytes; control characters are escaped, and of numbers of five digits and more only `#` is left:
/// an income with its decimals and a date of birth are such numbers, a line and a column are none.
pub(crate) fn clean(message: &str, most_bytes: usize) -> String {
    let mut line = String::new();
    let mut number = String::new();
    for character in message.chars().chain([' ']) {
        if line.len() + number.len() > most_bytes {
            break;
        }
        if character.is_numeric() || (!number.is_empty() && JOINS_DIGITS.contains(&character)) {
            number.push(character);
            continue;
        }
        push_number(&mut line, &number);
        number.clear();
        if character.is_control() {
            let _ = write!(line, "{}", character.escape_default());
        } else {
            line.push(character);
        }
    }
    line.truncate(line.floor_char_boundary(most_bytes));
    line.truncate(line.trim_end().len());
    line
}

/// What may stand inside of an amount or a date.
const JOINS_DIGITS: [char; 4] = ['.', ',', '-', '/'];

fn push_number(line: &mut String, number: &str) {
    if number.chars().filter(|character| character.is_numeric()).count() < 5 {
        return line.push_str(number);
    }
    line.push('#');
    line.push_str(number.strip_prefix(number.trim_end_matches(JOINS_DIGITS)).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_tells_no_number() {
        assert_eq!(clean("at src/lib.rs:12:34\n\u{1b}[31m", 100), "at src/lib.rs:12:34\\n\\u{1b}[31m");
        assert_eq!(clean("id 330106199001011234, income 1216.00", 100), "id #, income #");
        assert_eq!(clean("born 1980-01-01, 3/4 of 86.5 m²; line 1.", 100), "born #, 3/4 of 86.5 m²; line 1.");
        assert_eq!(clean("暖暖暖", 7), "暖暖");
        assert_eq!(clean(&"9".repeat(100_000), 50), "");
    }

    #[test]
    fn lines_and_bytes_run_out() {
        let limits = Limits { log_lines: 2, log_bytes: 10, ..Limits::START };
        let mut log = GuestLog::new(Arc::from("cn.999901.test"), &limits);
        log.write(Loudness::Error, "panicked at line 7");
        log.write(Loudness::Error, "never");
        assert_eq!((log.lines(), log.take_last_error().as_deref()), (1, Some("panicked a")));
        log.begin();
        (0..9).for_each(|_| log.write(Loudness::Info, "x"));
        assert_eq!(log.lines(), 2);
    }

    #[test]
    fn a_long_message_is_paid_for() {
        assert!(GuestLog::fuel(&"x".repeat(65_536)) > 65_536);
    }
}
