//! A create under an idempotency key: done once, answered as often as it is asked.

use nuan_store::Transaction;
use nuan_store::idempotency::{self, Answer, Claim, Claimed};
use nuan_vocabulary::division::DivisionCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::actor::Actor;
use crate::error::KernelError;
use crate::idempotency::IdempotencyKey;
use crate::kernel::Kernel;

/// The status that the store keeps with an answer: created.
const CREATED: i64 = 201;

impl Kernel {
    /// Claims the key in the create's transaction. An answer that is there already is given back.
    pub(crate) async fn claim<T: DeserializeOwned>(
        &self,
        transaction: &mut Transaction,
        actor: &Actor,
        county: DivisionCode,
        key: Option<&IdempotencyKey>,
    ) -> Result<Option<T>, KernelError> {
        let Some(key) = key else { return Ok(None) };
        let claim = Claim {
            actor: actor.name().to_owned(),
            key: key.key.clone(),
            county,
            route: key.route.clone(),
            request_digest: key.request_digest.clone(),
            created_at: self.now(),
        };
        let Some(Claimed { claim, answer }) = idempotency::claim(transaction, &claim).await? else { return Ok(None) };
        if claim.route != key.route || claim.request_digest != key.request_digest {
            return Err(KernelError::IdempotencyKeyReused);
        }
        let answer = answer.ok_or(KernelError::IdempotencyKeyInFlight)?;
        let bytes = self.open_answer(actor.name(), &key.key, &answer.sealed)?;
        serde_json::from_slice(&bytes).map(Some).map_err(|source| KernelError::Json { what: "a kept answer", source })
    }

    /// Keeps the answer under the key, in the create's transaction.
    pub(crate) async fn answer<T: Serialize>(
        &self,
        transaction: &mut Transaction,
        actor: &Actor,
        key: Option<&IdempotencyKey>,
        body: &T,
    ) -> Result<(), KernelError> {
        let Some(key) = key else { return Ok(()) };
        let bytes = serde_json::to_vec(body).map_err(|source| KernelError::Json { what: "an answer", source })?;
        let sealed = self.sealed_answer(actor.name(), &key.key, &bytes)?;
        idempotency::answer(transaction, actor.name(), &key.key, &Answer { status: CREATED, sealed }).await?;
        Ok(())
    }
}
