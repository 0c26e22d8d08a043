//! Everything that is kept by digest must still be what its digest says.

use std::collections::HashSet;

use nuan_domain::audit::digest;
use nuan_store::{Transaction, archive};
use nuan_vocabulary::division::DivisionCode;

use super::Verification;
use crate::error::KernelError;

/// The digests of what is kept whole; what is not is named.
pub(super) async fn verify(
    transaction: &mut Transaction,
    seen: &mut Verification,
) -> Result<HashSet<String>, KernelError> {
    let mut whole = HashSet::new();
    for name in archive::digests(transaction).await? {
        let kept = archive::archived(transaction, &name).await?;
        if kept.is_some_and(|kept| digest(&kept.content) == name) {
            whole.insert(name);
        } else {
            seen.add(DivisionCode::NATION, None, &name, "what is kept under this digest is something else");
        }
    }
    Ok(whole)
}
