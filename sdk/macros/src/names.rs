//! How names of facts, parameters, outputs, entities and codes become names of Rust. What Rhai scripts call the same is in
//! [`nuan_vocabulary::naming`].

use std::collections::BTreeMap;

use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::naming::snake;
use proc_macro2::{Ident, Span};

/// An identifier: raw where the word is Rust's own, with an underscore behind it where even that is not allowed.
pub fn ident(name: &str) -> Ident {
    if syn::parse_str::<Ident>(name).is_ok() {
        Ident::new(name, Span::call_site())
    } else if matches!(name, "self" | "Self" | "super" | "crate") {
        Ident::new(&format!("{name}_"), Span::call_site())
    } else {
        Ident::new_raw(name, Span::call_site())
    }
}

/// `dibao.amount` is `DIBAO_AMOUNT`.
pub fn constant(name: &str) -> String {
    snake(name).to_uppercase()
}

/// `financial_account` is `FinancialAccount`.
pub fn type_name(name: &str) -> String {
    name.split(|letter: char| !letter.is_alphanumeric()).map(capitalized).collect()
}

/// The type of an entity's rows: a household is a `Home`; the dwelling, which is called so too, is a `HomeRow`.
pub fn row_type(entity: &str) -> String {
    match entity {
        "household" => "Home".to_owned(),
        "home" => "HomeRow".to_owned(),
        _ => type_name(entity),
    }
}

/// A code as a variant: `junior_secondary` is `JuniorSecondary`, `01` is `Code01`.
pub fn variant(code: &str) -> String {
    let name = type_name(code);
    if name.starts_with(|letter: char| letter.is_ascii_digit()) { format!("Code{name}") } else { name }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The names of one scope of the generated code; two of them may not be the same.
#[derive(Default)]
pub struct Scope(BTreeMap<String, String>);

impl Scope {
    /// A scope in which some names are taken by the view itself.
    pub fn with(own: &[&str]) -> Self {
        Self(own.iter().map(|name| ((*name).to_owned(), "the view itself".to_owned())).collect())
    }

    /// Takes a name for something.
    pub fn take(&mut self, name: &str, what: &str) -> Option<Diagnostic> {
        let other = self.0.insert(name.to_owned(), what.to_owned())?;
        let detail = format!("`{what}` and {other} would both be called `{name}` in the view");
        Some(Diagnostic::new("NU3110", "plugin.toml", detail).with_hint("rename one of them"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_keeps_its_own_words() {
        assert_eq!(ident("type").to_string(), "r#type");
        assert_eq!(ident("Self").to_string(), "Self_");
        assert_eq!(ident("amount").to_string(), "amount");
    }

    #[test]
    fn names_follow_one_rule() {
        assert_eq!(constant("single-person.status"), "SINGLE_PERSON_STATUS");
        assert_eq!(type_name("benefit.rounding"), "BenefitRounding");
        assert_eq!((row_type("household"), row_type("home")), ("Home".to_owned(), "HomeRow".to_owned()));
        assert_eq!((variant("01"), variant("up_to_fen")), ("Code01".to_owned(), "UpToFen".to_owned()));
    }

    #[test]
    fn no_name_is_taken_twice() {
        let mut scope = Scope::with(&["row"]);
        assert!(scope.take("amount", "dibao.amount").is_none());
        assert!(scope.take("amount", "dibao-amount").is_some());
        assert!(scope.take("row", "member.row").is_some());
    }
}
