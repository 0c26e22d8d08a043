//! Asking twice does once: the answer to a create is kept under the caller's key, in the create's own transaction.

use nuan_domain::audit::digest;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::id::ChangeRequestId;

use crate::error::KernelError;

/// A caller's key together with what it was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key.
    pub key: String,
    /// The route.
    pub route: String,
    /// The digest of the request.
    pub request_digest: String,
}

impl IdempotencyKey {
    /// A key of 1 to 64 printable ASCII characters for one route and one request.
    pub fn new(key: &str, route: &str, request: &[u8]) -> Result<Self, KernelError> {
        if !(1..=64).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let mistake = Diagnostic::new("NU5005", "Idempotency-Key", "the key is not usable");
            return Err(KernelError::Request(vec![
                mistake.with_hint("send 1 to 64 printable ASCII characters, a UUID for example"),
            ]));
        }
        Ok(Self { key: key.to_owned(), route: route.to_owned(), request_digest: digest(request) })
    }

    /// The key of an approval that brought none: what follows is answered under it, whoever does it. It has a space, so that
    /// no caller can choose it.
    pub(crate) fn of_approval(id: ChangeRequestId) -> Self {
        let route = format!("approval {id}");
        Self { key: route.clone(), request_digest: digest(route.as_bytes()), route }
    }
}
