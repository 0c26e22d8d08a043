//! Queries. A key that a route does not have is refused: an ignored filter would show more than was asked for.

use std::str::FromStr;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use nuan_vocabulary::diagnostic::{Diagnostic, shown_key};
use schemars::JsonSchema;

use crate::error::{ApiError, described};
use crate::limits;

/// A route without query.
#[derive(Clone, Copy, Debug)]
pub struct NoQuery;

/// Which part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageQuery<Id> {
    /// The last entry of the part before.
    pub after: Option<Id>,
    /// How many entries at most.
    pub limit: u32,
}

/// The keys as the description of the API shows them.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used; `read_page` reads the keys")]
struct PageKeys {
    /// The cursor: `next` of the part before.
    after: Option<String>,
    /// How many entries at most; 50 where absent.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
}

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mistakes = pairs(parts)?.iter().map(|(key, _)| unknown(key, &[])).collect::<Vec<_>>();
        if mistakes.is_empty() { Ok(Self) } else { Err(ApiError::query(mistakes)) }
    }
}

impl<Id: FromStr, S: Send + Sync> FromRequestParts<S> for PageQuery<Id> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        read_page(&pairs(parts)?, &["after", "limit"]).map_err(ApiError::query)
    }
}

/// Which part, or every mistake; `known` are the keys that a suggestion may name.
pub(super) fn read_page<Id: FromStr>(
    pairs: &[(String, String)],
    known: &[&str],
) -> Result<PageQuery<Id>, Vec<Diagnostic>> {
    let (mut after, mut limit, mut mistakes) = (None, None, Vec::new());
    for (key, value) in pairs {
        match key.as_str() {
            "after" | "limit" if (key == "after" && after.is_some()) || (key == "limit" && limit.is_some()) => {
                mistakes.push(Diagnostic::new("NU2006", key, "the key comes twice"));
            }
            "after" => match value.parse() {
                Ok(id) => after = Some(id),
                Err(_) => mistakes
                    .push(Diagnostic::new("NU2006", key, "this is no cursor").with_hint("send `next` as it came")),
            },
            "limit" => match value.parse().ok().filter(|entries| (1..=limits::PAGE_MAX).contains(entries)) {
                Some(entries) => limit = Some(entries),
                None => {
                    let hint = format!("write a number from 1 to {}", limits::PAGE_MAX);
                    mistakes.push(Diagnostic::new("NU2006", key, "the number is out of range").with_hint(hint));
                }
            },
            _ => mistakes.push(unknown(key, known)),
        }
    }
    let limit = limit.unwrap_or(limits::PAGE);
    if mistakes.is_empty() { Ok(PageQuery { after, limit }) } else { Err(mistakes) }
}

/// The keys and values as they were sent.
pub(crate) fn pairs(parts: &Parts) -> Result<Vec<(String, String)>, ApiError> {
    let refuse = |_| ApiError::query(vec![Diagnostic::new("NU2006", "", "the query cannot be read")]);
    Query::try_from_uri(&parts.uri).map(|Query(pairs)| pairs).map_err(refuse)
}

/// A key that the route does not have.
pub(crate) fn unknown(key: &str, known: &[&str]) -> Diagnostic {
    Diagnostic::new("NU2006", shown_key(key), "no such query key").with_suggestion(key, known.iter().copied())
}

/// The keys of a query as the description of the API shows them, each of them a parameter.
pub(crate) fn describe_keys<Keys: JsonSchema>(ctx: &mut GenContext, operation: &mut Operation) {
    let schema = ctx.schema.root_schema_for::<Keys>();
    let parameters = parameters_from_schema(ctx, schema, ParamLocation::Query);
    add_parameters(ctx, operation, parameters);
}

/// How the description of the API says that.
pub(crate) fn bad_query(ctx: &mut GenContext) -> Vec<(Option<StatusCode>, Response)> {
    let text = "The query has keys or values that there are not (NU2006); none is ever ignored.";
    vec![(Some(StatusCode::Code(400)), described(ctx, text))]
}

impl OperationInput for NoQuery {
    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<StatusCode>, Response)> {
        bad_query(ctx)
    }
}

impl<Id> OperationInput for PageQuery<Id> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        describe_keys::<PageKeys>(ctx, operation);
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<StatusCode>, Response)> {
        bad_query(ctx)
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;
    use crate::problem::Problem;

    fn read(query: &str) -> Result<PageQuery<u32>, Vec<String>> {
        let uri = format!("/v1/households?{query}").parse().unwrap();
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&uri).unwrap();
        read_page(&pairs, &[]).map_err(ApiError::query).map_err(|refused| {
            let response = refused.into_response();
            let problem = response.extensions().get::<Problem>().unwrap();
            problem.errors.iter().map(|error| error.path.clone()).collect()
        })
    }

    #[test]
    fn a_part_of_a_list_is_asked_for_exactly() {
        assert_eq!(read(""), Ok(PageQuery { after: None, limit: limits::PAGE }));
        assert_eq!(read("after=7&limit=200"), Ok(PageQuery { after: Some(7), limit: 200 }));
        assert_eq!(read("limit=201"), Err(vec!["limit".to_owned()]));
        assert_eq!(read("limit=0&after=x"), Err(vec!["limit".to_owned(), "after".to_owned()]));
        assert_eq!(read("limit=1&limit=2"), Err(vec!["limit".to_owned()]));
        assert_eq!(read("division=330106"), Err(vec!["division".to_owned()]));
    }
}
