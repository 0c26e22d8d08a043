//! The query of a search: a division, and exactly one thing to go by. Nothing is searched without either.
//!
//! INVARIANT: a mistake names the key and never the value, which is a name or a document number.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use nuan_kernel::{PersonSearch, SearchBy, SearchScope};
use nuan_vocabulary::diagnostic::{Diagnostic, shown_key};
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::PersonId;
use schemars::JsonSchema;

use crate::error::{ApiError, described};
use crate::extract::describe_keys;
use crate::limits;
use crate::schema::never_null;

const KEYS: [&str; 6] = ["division", "name", "document", "household", "after", "limit"];
/// A search goes by one of these.
const CRITERIA: [&str; 3] = ["name", "document", "household"];

/// A search for persons.
#[derive(Debug)]
pub struct PersonQuery(pub PersonSearch);

/// The keys as the description of the API shows them.
#[derive(JsonSchema)]
#[schemars(transform = never_null)]
#[expect(dead_code, reason = "only its schema is used; `read` reads the keys")]
struct PersonKeys {
    /// A county, or a township or village in it.
    #[schemars(regex(pattern = "^(0[1-9]|[1-9][0-9])[0-9]{2}(0[1-9]|[1-9][0-9])([0-9]{3}){0,2}$"))]
    division: String,
    /// A name, its pinyin or its initials: 张三, `zhangsan` or `zs`.
    name: Option<String>,
    /// The number of an identity document; 15 and 18 digits are one number.
    document: Option<String>,
    /// The household to which the person belongs or belonged.
    household: Option<String>,
    /// The cursor: `next` of the part before.
    after: Option<String>,
    /// How many entries at most; 50 where absent.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
}

impl<S: Send + Sync> FromRequestParts<S> for PersonQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let refuse = |_| ApiError::query(vec![mistake("", "the query cannot be read")]);
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map_err(refuse)?;
        read(&pairs).map(Self).map_err(ApiError::query)
    }
}

/// The query, or every mistake in it.
fn read(pairs: &[(String, String)]) -> Result<PersonSearch, Vec<Diagnostic>> {
    let (mut given, mut mistakes) = (BTreeMap::new(), Vec::new());
    for (key, value) in pairs {
        match KEYS.into_iter().find(|known| known == key) {
            None => mistakes.push(mistake(&shown_key(key), "no such query key").with_suggestion(key, KEYS.into_iter())),
            Some(known) if given.insert(known, value.as_str()).is_some() => {
                mistakes.push(mistake(key, "the key comes twice"));
            }
            Some(_) => {}
        }
    }
    let scope = read_scope(given.get("division").copied());
    let by = read_criterion(&given);
    let after = given.get("after").map(|text| read_cursor(text)).transpose();
    let limit = given.get("limit").map_or(Ok(limits::PAGE), |text| read_limit(text));
    let refused = [scope.as_ref().err(), by.as_ref().err(), after.as_ref().err(), limit.as_ref().err()];
    mistakes.extend(refused.into_iter().flatten().cloned());
    match (scope, by, after, limit) {
        (Ok(scope), Ok(by), Ok(after), Ok(limit)) if mistakes.is_empty() => {
            Ok(PersonSearch { scope, by, after, limit })
        }
        _ => Err(mistakes),
    }
}

fn read_scope(given: Option<&str>) -> Result<SearchScope, Diagnostic> {
    const HINT: &str = "name a county, or a township or village in it: division=330106";
    let Some(text) = given else { return Err(mistake("division", "the key is missing").with_hint(HINT)) };
    let division: DivisionCode = parsed("division", text)?;
    SearchScope::new(division).map_err(|wide| mistake("division", wide).with_hint(HINT))
}

fn read_criterion(given: &BTreeMap<&str, &str>) -> Result<SearchBy, Diagnostic> {
    let mut named = CRITERIA.into_iter().filter_map(|key| Some((key, *given.get(key)?)));
    let (Some((key, text)), None) = (named.next(), named.next()) else {
        let one = Diagnostic::new("NU2008", "", "a search goes by exactly one of `name`, `document` and `household`");
        return Err(one.with_hint("send one of them, beside `division`"));
    };
    match key {
        "name" => parsed(key, text).map(SearchBy::Name),
        "document" => parsed(key, text).map(SearchBy::Document),
        _ => parsed(key, text).map(SearchBy::Household),
    }
}

fn read_cursor(text: &str) -> Result<PersonId, Diagnostic> {
    text.parse().map_err(|_| mistake("after", "this is no cursor").with_hint("send `next` as it came"))
}

fn read_limit(text: &str) -> Result<u32, Diagnostic> {
    let entries = text.parse().ok().filter(|entries| (1..=limits::PAGE_MAX).contains(entries));
    let hint = format!("write a number from 1 to {}", limits::PAGE_MAX);
    entries.ok_or_else(|| mistake("limit", "the number is out of range").with_hint(hint))
}

fn parsed<T: FromStr<Err: Display>>(key: &str, text: &str) -> Result<T, Diagnostic> {
    text.parse().map_err(|refused: T::Err| mistake(key, refused))
}

fn mistake(key: &str, detail: impl Display) -> Diagnostic {
    Diagnostic::new("NU2006", key, detail.to_string())
}

impl OperationInput for PersonQuery {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        describe_keys::<PersonKeys>(ctx, operation);
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<StatusCode>, Response)> {
        let text = "The query has keys or values that there are not (NU2006), or names none or several of the things that \
                    a search goes by (NU2008); none is ever ignored.";
        vec![(Some(StatusCode::Code(400)), described(ctx, text))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &[(&str, &str)]) -> Result<PersonSearch, Vec<(String, String)>> {
        let pairs: Vec<_> = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let place = |mistake: Diagnostic| (mistake.code, mistake.path);
        read(&pairs).map_err(|mistakes| mistakes.into_iter().map(place).collect())
    }

    #[track_caller]
    fn refused(query: &[(&str, &str)], expected: &[(&str, &str)]) {
        let mistakes = asked(query).unwrap_err();
        let found: Vec<_> = mistakes.iter().map(|(code, path)| (code.as_str(), path.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_search_names_a_division_and_one_thing() {
        let found = asked(&[("division", "330106109"), ("name", "zsf")]).unwrap();
        assert_eq!((found.limit, found.after), (limits::PAGE, None));
        assert_eq!(found.scope.county().to_string(), "330106");
        assert!(matches!(found.by, SearchBy::Name(_)));
        let by = |key, value| asked(&[("division", "330106"), (key, value)]).unwrap().by;
        assert!(matches!(by("document", "999999800101001"), SearchBy::Document(_)));
        assert!(matches!(by("household", "hh_00000000000000000000000000000007"), SearchBy::Household(_)));
    }

    #[test]
    fn nothing_is_searched_without_a_division_or_by_none_or_by_two() {
        refused(&[("name", "zsf")], &[("NU2006", "division")]);
        refused(&[("division", "330100"), ("name", "zsf")], &[("NU2006", "division")]);
        refused(&[("division", "330106")], &[("NU2008", "")]);
        refused(&[("division", "330106"), ("name", "zsf"), ("document", "999999800101001")], &[("NU2008", "")]);
    }

    #[test]
    fn every_mistake_comes_at_once_and_repeats_no_value() {
        let query = [("nmae", "张三"), ("document", "999999198001010012"), ("limit", "201"), ("after", "x")];
        let pairs: Vec<_> = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let mistakes = read(&pairs).unwrap_err();
        let told: String = mistakes.iter().map(ToString::to_string).collect();
        assert!(!told.contains("张三") && !told.contains("999999198001010012"), "{told}");
        assert_eq!(mistakes[0].hint.as_deref(), Some("did you mean `name`?"));
        let places: Vec<_> = mistakes.iter().map(|mistake| mistake.path.as_str()).collect();
        assert_eq!(places, ["nmae", "division", "document", "after", "limit"]);
        refused(&[("division", "330106"), ("name", "zs"), ("name", "ls")], &[("NU2006", "name")]);
        refused(&[("division", "330106"), ("name", "z")], &[("NU2006", "name")]);
        refused(&[("division", "330106"), ("name", "zs"), ("limit", "0")], &[("NU2006", "limit")]);
        assert_eq!(asked(&[("division", "330106"), ("name", "zs"), ("limit", "200")]).unwrap().limit, 200);
    }
}
