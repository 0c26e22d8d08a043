//! Which operator of this machine asks: the header `nuan-actor`, until people can sign in.

use axum::extract::Request;
use axum::http::HeaderName;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use nuan_kernel::Actor;

use crate::error::ApiError;

const HEADER: HeaderName = HeaderName::from_static("nuan-actor");

/// Gives the request its actor; a name that cannot stand in the audit log is refused.
pub async fn attend(mut request: Request, next: Next) -> Response {
    let mut named = request.headers().get_all(HEADER).iter();
    let actor = match (named.next(), named.next()) {
        (None, _) => Ok(Actor::local_operator()),
        (Some(name), None) => name.to_str().map_err(drop).and_then(|name| Actor::named(name).map_err(drop)),
        (Some(_), Some(_)) => Err(()),
    };
    match actor {
        Ok(actor) => {
            request.extensions_mut().insert(actor);
            next.run(request).await
        }
        Err(()) => ApiError::no_actor().into_response(),
    }
}
