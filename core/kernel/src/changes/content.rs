//! What is sealed of a change request: the proposal with its differences, and the decision.

use nuan_domain::audit::Leaf;
use nuan_domain::crypto::sealed_for::SealedFor;
use nuan_domain::register::{ChangeProposal, Difference};
use nuan_store::Transaction;
use nuan_store::change_request::{self as change_store, ChangeRequest, Decided};
use nuan_vocabulary::id::{ChangeRequestId, HouseholdId};
use serde::{Deserialize, Serialize};

use super::body::{self, ChangeRequestBody};
use crate::actor::Actor;
use crate::data_keys::DataKey;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::parts::read;

/// What was submitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Submission {
    pub proposal: ChangeProposal,
    pub differences: Vec<Difference>,
}

/// How it was decided, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verdict {
    pub reason: String,
    pub version: Option<i64>,
    pub new_household: Option<HouseholdId>,
}

pub(super) fn of_submission(row: &ChangeRequest) -> SealedFor {
    let columns = vec![
        row.county.to_string(),
        row.household_id.to_string(),
        row.base_version.to_string(),
        row.kind.clone(),
        row.submitted_by.clone(),
        row.submitted_at.to_string(),
    ];
    SealedFor { table: "change_request", id: row.id.to_string(), columns }
}

pub(super) fn of_verdict(row: &ChangeRequest, decided: &Decided) -> SealedFor {
    let columns = vec![decided.state.word().to_owned(), decided.by.clone(), decided.at.to_string()];
    SealedFor { table: "change_request.outcome", id: row.id.to_string(), columns }
}

impl Kernel {
    pub(super) async fn stored_change(
        &self,
        transaction: &mut Transaction,
        id: ChangeRequestId,
    ) -> Result<ChangeRequest, KernelError> {
        let found = change_store::change_request(transaction, id).await?;
        found.ok_or_else(|| KernelError::NotFound(id.to_string()))
    }

    pub(super) async fn submission(&self, row: &ChangeRequest) -> Result<Submission, KernelError> {
        read(&self.opened_submission(row).await?.1, "a change request")
    }

    /// A request as it stands, opened.
    pub(super) async fn change_body(
        &self,
        actor: &Actor,
        row: &ChangeRequest,
    ) -> Result<ChangeRequestBody, KernelError> {
        let submission = self.submission(row).await?;
        match self.opened_verdict(row).await? {
            None => Ok(body::submitted(row, &submission, actor)),
            Some((_, bytes)) => Ok(body::decided(row, &submission, &read(&bytes, "a decision")?, actor)),
        }
    }

    /// What the leaves of a change request commit to.
    pub(crate) async fn change_content(
        &self,
        transaction: &mut Transaction,
        leaf: &Leaf,
    ) -> Result<(DataKey, Vec<u8>), KernelError> {
        let lost = || KernelError::NotFound(leaf.subject.clone());
        let row = self.stored_change(transaction, leaf.subject.parse().map_err(|_| lost())?).await?;
        if leaf.act == "change.submit" {
            return self.opened_submission(&row).await;
        }
        self.opened_verdict(&row).await?.ok_or_else(lost)
    }

    async fn opened_submission(&self, row: &ChangeRequest) -> Result<(DataKey, Vec<u8>), KernelError> {
        let key = self.0.data_keys.of(&row.sealed).await?;
        let bytes = key.open(&of_submission(row), &row.sealed)?;
        Ok((key, bytes))
    }

    async fn opened_verdict(&self, row: &ChangeRequest) -> Result<Option<(DataKey, Vec<u8>)>, KernelError> {
        let Some(decided) = &row.decided else { return Ok(None) };
        let Some(sealed) = &decided.outcome else { return Ok(None) };
        let key = self.0.data_keys.of(sealed).await?;
        let bytes = key.open(&of_verdict(row, decided), sealed)?;
        Ok(Some((key, bytes)))
    }
}
