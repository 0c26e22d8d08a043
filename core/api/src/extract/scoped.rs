//! The query of a list that names its division: nothing is listed unscoped, and the whole country is a scope that one has to
//! write (`000000`).

use std::str::FromStr;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::division::DivisionCode;
use schemars::JsonSchema;

use super::query::{bad_query, describe_keys, pairs, read_page};
use crate::error::ApiError;
use crate::schema::never_null;

/// Which part of the list of which division.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopedQuery<Id> {
    /// The division, and all that belongs to it.
    pub division: DivisionCode,
    /// The last entry of the part before.
    pub after: Option<Id>,
    /// How many entries at most.
    pub limit: u32,
}

/// The keys as the description of the API shows them.
#[derive(JsonSchema)]
#[schemars(transform = never_null)]
#[expect(dead_code, reason = "only its schema is used; `read` reads the keys")]
struct ScopedKeys {
    /// A division of any level: 330106, 330000, or 000000 for all.
    #[schemars(regex(pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$"))]
    division: String,
    /// The cursor: `next` of the part before.
    after: Option<String>,
    /// How many entries at most; 50 where absent.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
}

impl<Id: FromStr, S: Send + Sync> FromRequestParts<S> for ScopedQuery<Id> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        read(pairs(parts)?).map_err(ApiError::query)
    }
}

/// The query, or every mistake in it.
fn read<Id: FromStr>(pairs: Vec<(String, String)>) -> Result<ScopedQuery<Id>, Vec<Diagnostic>> {
    let (scopes, rest): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(key, _)| key == "division");
    let division = match scopes.as_slice() {
        [(_, code)] => code.parse::<DivisionCode>().map_err(|refused| mistake(&refused.to_string())),
        [] => Err(mistake("the key is missing")),
        _ => Err(mistake("the key comes twice")),
    };
    match (division, read_page(&rest, &["division", "after", "limit"])) {
        (Ok(division), Ok(page)) => Ok(ScopedQuery { division, after: page.after, limit: page.limit }),
        (division, page) => Err(division.err().into_iter().chain(page.err().into_iter().flatten()).collect()),
    }
}

fn mistake(detail: &str) -> Diagnostic {
    Diagnostic::new("NU2006", "division", detail).with_hint("name a division: 330106, 330000, or 000000 for all")
}

impl<Id> OperationInput for ScopedQuery<Id> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        describe_keys::<ScopedKeys>(ctx, operation);
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<StatusCode>, Response)> {
        bad_query(ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &[(&str, &str)]) -> Result<ScopedQuery<u32>, Vec<String>> {
        let pairs = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        read(pairs).map_err(|mistakes| mistakes.into_iter().map(|mistake| mistake.path).collect())
    }

    #[test]
    fn a_list_names_its_division_once() {
        let found = asked(&[("division", "330100"), ("after", "7")]).unwrap();
        assert_eq!((found.division.to_string().as_str(), found.after), ("330100", Some(7)));
        assert_eq!(asked(&[("division", "000000")]).unwrap().division, DivisionCode::NATION);
        for wrong in [[].as_slice(), &[("division", "33")], &[("division", "330106"), ("division", "330106")]] {
            assert_eq!(asked(wrong), Err(vec!["division".to_owned()]), "{wrong:?}");
        }
        let all = asked(&[("limit", "0"), ("state", "open")]).unwrap_err();
        assert_eq!(all, ["division", "limit", "state"]);
    }
}
