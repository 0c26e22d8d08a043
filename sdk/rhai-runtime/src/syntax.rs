//! Rhai's parse errors in words for rule authors, with the mend where there is one. The parser stops at the first.

use nuan_vocabulary::diagnostic::{Diagnostic, closest};
use rhai::{LexError, ParseError, ParseErrorType, Position};

use crate::fault::place;

/// The text is no script.
pub(crate) const CODE: &str = "NU3201";
/// A name that does not exist.
const UNKNOWN_NAME: &str = "NU3202";
/// A number with a decimal point, or a value that cannot be read.
pub(crate) const NUMBER: &str = "NU3205";

/// The mistake that the parser found.
pub(crate) fn mistake(error: &ParseError, source: &str) -> Diagnostic {
    let ParseError(kind, position) = error;
    if let Some((written, position)) = decimal(kind, *position, source) {
        let detail = format!("`{written}`: a script has no decimal numbers, which would not be exact");
        return Diagnostic::new(NUMBER, place(position), detail)
            .with_hint(format!("write money as yuan(\"{}\")", as_yuan(&written)));
    }
    let path = place(*position);
    match &**kind {
        ParseErrorType::VariableUndefined(name) => {
            let mistake = Diagnostic::new(UNKNOWN_NAME, path, format!("there is no variable `{name}` here"));
            match closest(name, names(source).filter(|known| known != name)) {
                Some(known) => mistake.with_hint(format!("did you mean `{known}`?")),
                None => mistake,
            }
        }
        ParseErrorType::VariableExists(name) => {
            Diagnostic::new(CODE, path, format!("the variable `{name}` exists already"))
                .with_hint("choose another name")
        }
        ParseErrorType::Reserved(word) | ParseErrorType::UnknownOperator(word) => {
            Diagnostic::new(CODE, path, format!("`{word}` is not for rules")).with_hint(instead(word))
        }
        ParseErrorType::BadInput(LexError::ImproperSymbol(word, _)) if !word.is_empty() => {
            Diagnostic::new(CODE, path, format!("`{word}` is not for rules")).with_hint(instead(word))
        }
        ParseErrorType::TooManyFunctions | ParseErrorType::ExprTooDeep | ParseErrorType::LiteralTooLarge(..) => {
            Diagnostic::new(CODE, path, format!("the script is too large: {}", lower(&kind.to_string())))
        }
        kind => Diagnostic::new(CODE, path, lower(&kind.to_string())),
    }
}

/// What to write instead of a keyword or an operator that rules do not have.
fn instead(word: &str) -> &'static str {
    match word {
        "switch" => "write `if … else if …`, which ends as undetermined where the value is unknown",
        "while" | "do" | "until" => "go through rows or a range with `for`",
        "try" | "catch" | "throw" => "a rule answers, or its answer is unknown; it does not raise errors",
        "import" | "export" | "eval" => "a plugin is one script",
        "/" | "/=" => "say how it rounds: amount.divide(12, \"up_to_fen\"), or quotient(a, b) of whole numbers",
        "%" | "%=" => "write remainder(a, b)",
        _ => "see the list of functions in the plugin guide",
    }
}

/// A bare decimal before the place where the parser stopped: it read the number, then the point, and wanted a property.
fn decimal(kind: &ParseErrorType, position: Position, source: &str) -> Option<(String, Position)> {
    if !matches!(kind, ParseErrorType::PropertyExpected | ParseErrorType::BadInput(LexError::MalformedNumber(_))) {
        return None;
    }
    let (line, column) = (position.line()?, position.position()?);
    let text: Vec<char> = source.lines().nth(line.checked_sub(1)?)?.chars().collect();
    let part = |c: &char| c.is_ascii_digit() || matches!(c, '.' | '_');
    let before = text.iter().take(column).rev().skip(1).take_while(|c| part(c)).count();
    let start = column.checked_sub(1)?.checked_sub(before)?;
    let written: String = text.iter().skip(start).take_while(|c| part(c)).collect();
    let is_decimal = written.split_once('.').is_some_and(|(whole, rest)| !whole.is_empty() && !rest.is_empty());
    is_decimal.then(|| Some((written, Position::new(u16::try_from(line).ok()?, u16::try_from(start + 1).ok()?))))?
}

/// Two decimals, as amounts are written.
fn as_yuan(written: &str) -> String {
    let (whole, part) = written.split_once('.').unwrap_or((written, ""));
    format!("{whole}.{part:0<2}")
}

/// All words of the script that could be names.
fn names(source: &str) -> impl Iterator<Item = &str> {
    source
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with(|c: char| c.is_alphabetic()))
}

/// A message as ours begin: with a small letter and without a full stop.
fn lower(message: &str) -> String {
    let mut letters = message.trim_end_matches('.').chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
