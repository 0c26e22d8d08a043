//! Checks of texts that mean something: amounts, dates, roundings, codes and properties named in quotes.

use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::fen::{Fen, Ratio};
use rhai::{Expr, FnCallExpr};

use super::{Lint, Style, UNKNOWN_NAME, arguments, text};
use crate::calculation::ROUNDINGS;
use crate::surface::{Reading, Target};
use crate::syntax::NUMBER;

impl Lint<'_> {
    pub(super) fn literals(&mut self, call: &FnCallExpr, style: Style) {
        match call.name.as_str() {
            "yuan" => self.written(call, "an amount such as \"1216.00\"", |text| Fen::parse_yuan(text).is_ok()),
            "ratio" => self.written(call, "a decimal such as \"0.5\"", |text| Ratio::parse(text).is_some()),
            "date" => self.written(call, "a date such as \"2024-01-01\"", |text| Date::parse(text).is_ok()),
            "month" => self.written(call, "a month such as \"2024-01\"", |text| Month::parse(text).is_ok()),
            "divide" | "round" => self.rounding(arguments(call, style).last()),
            "sum" | "sum_int" | "min" | "max" => {
                if let [only] = arguments(call, style)
                    && let Some(name) = text(only)
                {
                    self.property(name, only.position());
                }
            }
            _ => {}
        }
    }

    fn written(&mut self, call: &FnCallExpr, wanted: &str, can_be_read: impl Fn(&str) -> bool) {
        if let [only] = call.args.as_slice()
            && let Some(written) = text(only)
            && !can_be_read(written)
        {
            self.report(only.position(), NUMBER, format!("`{written}` cannot be read; write {wanted}"));
        }
    }

    fn rounding(&mut self, by: Option<&Expr>) {
        let names = || ROUNDINGS.into_iter().map(|(name, _)| name);
        if let Some(by) = by
            && let Some(written) = text(by)
            && !names().any(|name| name == written)
        {
            self.suggest(by.position(), UNKNOWN_NAME, format!("there is no rounding `{written}`"), written, names());
        }
    }

    /// A property is compared with what it can be: Rhai would find a code and a number, or a status and a text, just unequal.
    pub(super) fn comparison(&mut self, call: &FnCallExpr) {
        let [left, right] = call.args.as_slice() else { return };
        if !matches!(call.name.as_str(), "==" | "!=" | "<" | "<=" | ">" | ">=") {
            return;
        }
        for (side, literal) in [(left, right), (right, left)] {
            let places = last_property(side)
                .filter(|name| !self.keys.contains(*name))
                .and_then(|name| self.properties.get(name));
            let Some(places) = places else { continue };
            let readings = places.iter().filter_map(|(_, target)| match target {
                Target::Column { reading, .. } => Some(reading),
                _ => None,
            });
            let wanted: Vec<String> = readings.filter_map(|reading| wanted(reading, literal)).collect();
            if let Some(wanted) = wanted.first().filter(|_| wanted.len() == places.len()) {
                self.report(
                    literal.position(),
                    UNKNOWN_NAME,
                    format!("the two do not compare; compare it with {wanted}"),
                );
            }
        }
    }
}

/// What a value of the kind would have to be compared with, if not with this literal.
fn wanted(reading: &Reading, literal: &Expr) -> Option<String> {
    match (reading, literal) {
        (Reading::Code(codes), Expr::StringConstant(text, _)) if codes.contains(text) => None,
        (Reading::Code(codes), Expr::StringConstant(..) | Expr::IntegerConstant(..) | Expr::BoolConstant(..)) => {
            let codes: Vec<String> = codes.iter().map(|code| format!("\"{code}\"")).collect();
            Some(format!("one of the codes {}", codes.join(", ")))
        }
        (Reading::Int, Expr::IntegerConstant(..)) | (Reading::Text, Expr::StringConstant(..)) => None,
        (Reading::Flag | Reading::Status, Expr::BoolConstant(..)) => None,
        (reading, Expr::StringConstant(..) | Expr::IntegerConstant(..) | Expr::BoolConstant(..)) => {
            Some(reading.words().to_owned())
        }
        _ => None,
    }
}

/// The property at the end of `a.b.c`.
fn last_property(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Dot(parts, _, _) => last_property(&parts.rhs),
        Expr::Property(property, _) => Some(property.2.as_str()),
        _ => None,
    }
}
