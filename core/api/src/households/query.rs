//! The query of a household: about which day, as known when. Without either everything is shown.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;
use nuan_kernel::HouseholdMoment;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use schemars::JsonSchema;

use crate::error::ApiError;
use crate::extract::{bad_query, describe_keys, pairs, unknown_key};
use crate::schema::never_null;

const KEYS: [&str; 2] = ["as_of", "known_at"];

/// A day and an instant, each where given.
#[derive(Clone, Copy, Debug)]
pub struct MomentQuery(pub HouseholdMoment);

/// The keys as the description of the API shows them.
#[derive(JsonSchema)]
#[schemars(transform = never_null)]
#[expect(dead_code, reason = "only its schema is used; `read` reads the keys")]
struct MomentKeys {
    /// The day that is asked about; today where only `known_at` is given.
    #[schemars(extend("format" = "date"))]
    as_of: Option<String>,
    /// What became known later does not count, RFC 3339; now where only `as_of` is given.
    #[schemars(extend("format" = "date-time"))]
    known_at: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for MomentQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        read(&pairs(parts)?).map(Self).map_err(ApiError::query)
    }
}

/// The query, or every mistake in it.
fn read(pairs: &[(String, String)]) -> Result<HouseholdMoment, Vec<Diagnostic>> {
    let (mut moment, mut mistakes) = (HouseholdMoment::default(), Vec::new());
    for (key, value) in pairs {
        match key.as_str() {
            "as_of" if moment.as_of.is_none() => {
                moment.as_of = Date::parse(value).ok();
                if moment.as_of.is_none() {
                    mistakes.push(mistake("as_of", "this is not a date of the calendar", "write YYYY-MM-DD"));
                }
            }
            "known_at" if moment.known_at.is_none() => {
                moment.known_at = value.parse::<Timestamp>().ok();
                if moment.known_at.is_none() {
                    let hint = "write 2021-05-20T08:00:00Z; a `+` is written %2B in a URL";
                    mistakes.push(mistake("known_at", "this is not an instant", hint));
                }
            }
            "as_of" | "known_at" => mistakes.push(Diagnostic::new("NU2006", key, "the key comes twice")),
            _ => mistakes.push(unknown_key(key, &KEYS)),
        }
    }
    if mistakes.is_empty() { Ok(moment) } else { Err(mistakes) }
}

fn mistake(key: &str, detail: &str, hint: &str) -> Diagnostic {
    Diagnostic::new("NU2110", key, detail).with_hint(hint)
}

impl OperationInput for MomentQuery {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        describe_keys::<MomentKeys>(ctx, operation);
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<StatusCode>, Response)> {
        bad_query(ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &[(&str, &str)]) -> Result<HouseholdMoment, Vec<(String, String)>> {
        let pairs: Vec<_> = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        read(&pairs).map_err(|mistakes| mistakes.into_iter().map(|mistake| (mistake.code, mistake.path)).collect())
    }

    #[track_caller]
    fn refused(query: &[(&str, &str)], expected: &[(&str, &str)]) {
        let found = asked(query).unwrap_err();
        let found: Vec<_> = found.iter().map(|(code, path)| (code.as_str(), path.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_of_the_two_may_be_left_out() {
        assert_eq!(asked(&[]), Ok(HouseholdMoment::default()));
        let day = asked(&[("as_of", "2024-02-29")]).unwrap();
        assert_eq!((day.as_of, day.known_at), (Date::parse("2024-02-29").ok(), None));
        let both = asked(&[("known_at", "2024-03-01T08:00:00+08:00"), ("as_of", "2024-02-29")]).unwrap();
        assert_eq!(both.known_at, "2024-03-01T00:00:00Z".parse().ok());
    }

    #[test]
    fn every_mistake_comes_at_once() {
        refused(&[("as_of", "2023-02-29")], &[("NU2110", "as_of")]);
        refused(&[("as_of", ""), ("known_at", "2024-03-01")], &[("NU2110", "as_of"), ("NU2110", "known_at")]);
        refused(&[("known_at", "2024-03-01T08:00:00 08:00")], &[("NU2110", "known_at")]);
        refused(&[("as_of", "2024-02-29"), ("as_of", "2024-02-29")], &[("NU2006", "as_of")]);
        refused(&[("asof", "2024-02-29"), ("known_at", "x")], &[("NU2006", "asof"), ("NU2110", "known_at")]);
    }
}
