//! A create under an idempotency key: done once, answered as often as it is asked.

use nuan_domain::audit::hex;
use nuan_store::Transaction;
use nuan_store::idempotency::{self, Answer, Claim, Claimed};
use nuan_vocabulary::division::DivisionCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::actor::Actor;
use crate::data_keys::DataKey;
use crate::error::KernelError;
use crate::idempotency::IdempotencyKey;
use crate::kernel::Kernel;
use crate::parts::{json, of_answer, read};

/// The status that the store keeps with an answer: created.
const CREATED: i64 = 201;

impl Kernel {
    /// The answer that an earlier request under this key was given, before anything is prepared.
    pub(crate) async fn answered<T: DeserializeOwned>(
        &self,
        actor: &Actor,
        key: Option<&IdempotencyKey>,
    ) -> Result<Option<T>, KernelError> {
        let Some(key) = key else { return Ok(None) };
        let mut transaction = self.0.store.begin_read().await?;
        match idempotency::claimed(&mut transaction, actor.name(), &key.key).await? {
            Some(claimed) => self.earlier(key, claimed).await.map(Some),
            None => Ok(None),
        }
    }

    /// Claims the key for a create whose answer is known before its transaction begins. An earlier answer is given back.
    pub(crate) async fn claim_with<T: Serialize + DeserializeOwned>(
        &self,
        transaction: &mut Transaction,
        actor: &Actor,
        county: DivisionCode,
        key: Option<&IdempotencyKey>,
        (data_key, body): (&DataKey, &T),
    ) -> Result<Option<T>, KernelError> {
        let Some(key) = key else { return Ok(None) };
        let bytes = json(body, "an answer")?;
        let sealed = data_key.seal(&self.0.data_keys.nonce(), &of_answer(actor.name(), &key.key), &bytes)?;
        let claim = self.claim_of(actor, county, key);
        match idempotency::claim_with(transaction, &claim, &Answer { status: CREATED, sealed }).await? {
            Some(claimed) => self.earlier(key, claimed).await.map(Some),
            None => Ok(None),
        }
    }

    /// Claims the key in the create's transaction. An answer that is there already is given back.
    pub(crate) async fn claim<T: DeserializeOwned>(
        &self,
        transaction: &mut Transaction,
        actor: &Actor,
        county: DivisionCode,
        key: Option<&IdempotencyKey>,
    ) -> Result<Option<T>, KernelError> {
        let Some(key) = key else { return Ok(None) };
        match idempotency::claim(transaction, &self.claim_of(actor, county, key)).await? {
            Some(claimed) => self.earlier(key, claimed).await.map(Some),
            None => Ok(None),
        }
    }

    /// Keeps the answer under the key, in the create's transaction, sealed for the household that it is about.
    pub(crate) async fn answer<T: Serialize>(
        &self,
        transaction: &mut Transaction,
        actor: &Actor,
        key: Option<&IdempotencyKey>,
        data_key: &DataKey,
        body: &T,
    ) -> Result<(), KernelError> {
        match key {
            Some(key) => self.answer_under(transaction, actor, &key.key, data_key, body).await,
            None => Ok(()),
        }
    }

    /// The same under a key that was claimed by an earlier act; nothing is kept where it was forgotten since.
    pub(crate) async fn answer_under<T: Serialize>(
        &self,
        transaction: &mut Transaction,
        actor: &Actor,
        key: &str,
        data_key: &DataKey,
        body: &T,
    ) -> Result<(), KernelError> {
        let bytes = json(body, "an answer")?;
        let sealed = data_key.seal(&self.0.data_keys.nonce(), &of_answer(actor.name(), key), &bytes)?;
        idempotency::answer(transaction, actor.name(), key, &Answer { status: CREATED, sealed }).await?;
        Ok(())
    }

    fn claim_of(&self, actor: &Actor, county: DivisionCode, key: &IdempotencyKey) -> Claim {
        Claim {
            actor: actor.name().to_owned(),
            key: key.key.clone(),
            county,
            route: key.route.clone(),
            request_digest: self.request_token(key),
            created_at: self.now(),
        }
    }

    /// What tells one request from another in the database. A plain digest would tell who was asked about to anybody who has
    /// the database and tries all document numbers of a province.
    fn request_token(&self, key: &IdempotencyKey) -> String {
        hex(&self.0.blind_index.token("request", &key.route, &key.request_digest))
    }

    async fn earlier<T: DeserializeOwned>(&self, key: &IdempotencyKey, claimed: Claimed) -> Result<T, KernelError> {
        let Claimed { claim, answer } = claimed;
        if claim.route != key.route || claim.request_digest != self.request_token(key) {
            return Err(KernelError::IdempotencyKeyReused);
        }
        let answer = answer.ok_or(KernelError::IdempotencyKeyInFlight)?;
        let data_key = self.0.data_keys.of(&answer.sealed).await?;
        read(&data_key.open(&of_answer(&claim.actor, &claim.key), &answer.sealed)?, "a kept answer")
    }
}
