//! Checks of `row.answer(output, value, because)`: a declared output, written out, and a reason with its citation.

use rhai::{Expr, FnCallExpr, Position};

use super::{Lint, Style, UNKNOWN_NAME, arguments, text};
use crate::reason::{KEYS, WrittenReason};

/// An output that is not declared, or that nothing answers.
const OUTPUT: &str = "NU3204";
/// A reason without what makes it one.
const REASON: &str = "NU3206";

impl Lint<'_> {
    pub(super) fn answer(&mut self, call: &FnCallExpr, position: Position, style: Style) {
        let [output, _, because] = arguments(call, style) else {
            return self.report(position, OUTPUT, "`answer` takes the output, its value, and a map with the reason");
        };
        let Some(name) = text(output) else {
            return self.report(output.position(), OUTPUT, "the name of the output must be written out");
        };
        let Some(number) = self.manifest.outputs.iter().position(|output| output.name == name) else {
            let known = self.manifest.outputs.iter().map(|output| output.name.as_str());
            return self.suggest(
                output.position(),
                OUTPUT,
                format!("the manifest declares no output `{name}`"),
                name,
                known,
            );
        };
        let reason = self.reason(because);
        let first = self.reasons.get(&number).is_none_or(|(found, _)| before(position, *found));
        if first {
            self.reasons.insert(number, (position, reason));
        }
    }

    /// What of the reason is written out. Its rule, its citation and its message always are.
    fn reason(&mut self, because: &Expr) -> WrittenReason {
        let mut reason = WrittenReason::default();
        let Expr::Map(map, position) = because else {
            self.report(because.position(), REASON, "the reason is a map: #{ rule: …, cites: […], says: … }");
            return reason;
        };
        self.reason_maps.push(*position);
        for (key, value) in &map.0 {
            match (key.name.as_str(), value) {
                ("rule", value) => reason.rule = text(value).unwrap_or_default().to_owned(),
                ("says", value) => reason.says = text(value).unwrap_or_default().to_owned(),
                ("cites", Expr::Array(places, _)) => {
                    reason.cites = places.iter().filter_map(text).map(str::to_owned).collect();
                }
                ("arguments", Expr::Map(arguments, _)) => {
                    reason.with = arguments.0.iter().map(|(name, _)| name.name.to_string()).collect();
                }
                ("uses", Expr::Array(names, _)) => names.iter().for_each(|name| self.used(name)),
                ("cites" | "arguments" | "uses", value) => {
                    self.report(value.position(), REASON, format!("`{}` must be written out here", key.name));
                }
                (name, _) => {
                    let detail = format!("a reason has no `{name}`");
                    self.suggest(key.pos, REASON, detail, name, KEYS.into_iter());
                }
            }
        }
        for (key, empty) in
            [("rule", reason.rule.is_empty()), ("cites", reason.cites.is_empty()), ("says", reason.says.is_empty())]
        {
            if empty {
                self.report(*position, REASON, format!("the reason lacks `{key}`, written out"));
            }
        }
        reason
    }

    /// What a reason uses is an input or an output of the plugin.
    fn used(&mut self, name: &Expr) {
        let Some(written) = text(name) else {
            return self.report(name.position(), REASON, "the names in `uses` must be written out");
        };
        let outputs = self.manifest.outputs.iter().map(|output| output.name.as_str());
        let known: Vec<&str> = self.manifest.input_names().chain(outputs).collect();
        if !known.contains(&written) {
            let detail = format!("`{written}` is neither an input nor an output of this plugin");
            self.suggest(name.position(), UNKNOWN_NAME, detail, written, known.into_iter());
        }
    }

    pub(super) fn outputs_without_answer(&mut self) {
        for (number, output) in self.manifest.outputs.iter().enumerate() {
            if !self.reasons.contains_key(&number) {
                self.report(Position::NONE, OUTPUT, format!("nothing in the script answers `{}`", output.name));
            }
        }
    }
}

fn before(a: Position, b: Position) -> bool {
    (a.line(), a.position()) < (b.line(), b.position())
}
