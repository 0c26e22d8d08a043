//! Takes the reasons out of a script for `evaluate`, where nobody reads them: the map stays, its contents become spaces.
//!
//! Places in the text stay where they are. What a reason calculates can therefore fail in `explain` alone.

use rhai::Position;

/// The script with nothing between the braces of the maps that begin here.
pub(crate) fn without(source: &str, maps: &[Position]) -> String {
    let mut starts: Vec<(usize, usize)> =
        maps.iter().filter_map(|position| Some((position.line()?, position.position()?))).collect();
    starts.sort_unstable();
    let mut scanner = Scanner { text: source.chars().collect(), at: 0, line: 1, column: 1 };
    for start in starts {
        while (scanner.line, scanner.column) < start && scanner.step().is_some() {}
        scanner.blank_braces();
    }
    scanner.text.into_iter().collect()
}

/// Walks a script as Rhai counts its lines and columns.
struct Scanner {
    text: Vec<char>,
    at: usize,
    line: usize,
    column: usize,
}

impl Scanner {
    fn here(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn follows(&self, what: &str) -> bool {
        what.chars().enumerate().all(|(n, c)| self.text.get(self.at + n) == Some(&c))
    }

    fn step(&mut self) -> Option<char> {
        let c = self.here()?;
        self.at += 1;
        (self.line, self.column) = if c == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        Some(c)
    }

    /// Overwrites what is passed over, line ends excepted.
    fn blank(&mut self, characters: usize) {
        for _ in 0..characters {
            if let Some(c) = self.text.get_mut(self.at)
                && *c != '\n'
            {
                *c = ' ';
            }
            self.step();
        }
    }

    /// From `#{` to the brace that closes it.
    fn blank_braces(&mut self) {
        if !self.follows("#{") {
            return;
        }
        self.step();
        self.step();
        let mut depth = 0_usize;
        while let Some(c) = self.here() {
            match c {
                '}' if depth == 0 => return,
                '}' => depth -= 1,
                '{' => depth += 1,
                '"' | '\'' | '`' => self.blank_quoted(c),
                '/' if self.follows("//") => self.blank_until("\n"),
                '/' if self.follows("/*") => self.blank_until("*/"),
                _ => {}
            }
            self.blank(1);
        }
    }

    /// Up to the closing quote, which the caller passes over.
    fn blank_quoted(&mut self, quote: char) {
        self.blank(1);
        while let Some(c) = self.here().filter(|c| *c != quote) {
            self.blank(if c == '\\' && quote != '`' { 2 } else { 1 });
        }
    }

    fn blank_until(&mut self, end: &str) {
        while self.here().is_some() && !self.follows(end) {
            self.blank(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_contents_of_the_maps_are_taken_out() {
        let source = "let a = #{ x: 1 };\nf(a, #{ s: \"}\\\"}\", // }\n  m: #{ y: '}' } /* } */ }); let b = 2;";
        let blanked = without(source, &[Position::new(2, 6)]);
        let expected = format!("let a = #{{ x: 1 }};\nf(a, #{{{}\n{}}}); let b = 2;", " ".repeat(16), " ".repeat(25));
        assert_eq!(blanked, expected);
    }
}
