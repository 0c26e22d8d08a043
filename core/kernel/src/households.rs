//! Households on the register: entered, shown, listed.

use nuan_domain::document::HouseholdDocument;
use nuan_domain::register::View;
use nuan_store::household::Household;
use nuan_vocabulary::id::HouseholdId;
use serde_json::Value;

use crate::actor::Actor;
use crate::body::{Created, HouseholdBody, HouseholdSummary, MemberBody};
use crate::error::KernelError;
use crate::idempotency::IdempotencyKey;
use crate::kernel::Kernel;
use crate::masking::masked;
use crate::parts::Held;
use crate::surroundings::instant_text;
use crate::writer::Needs;

/// The most entries of one page.
pub(crate) const MOST: u32 = 200;

impl Kernel {
    /// Records a household with its first document.
    pub async fn record_household(
        &self,
        actor: &Actor,
        document: Value,
        key: Option<IdempotencyKey>,
    ) -> Result<Created<HouseholdBody>, KernelError> {
        let parsed = HouseholdDocument::from_value(&document, &self.0.installed.reference.schema)?;
        let mut entry = self.entry(actor, &document, parsed.division, self.now())?;
        let keys = std::mem::take(&mut entry.keys);
        let needs = Needs { counties: vec![entry.act.county], keys, is_refused_early: !entry.claims_numbers() };
        let (kernel, actor, body) = (self.clone(), actor.clone(), household_body(&entry.held));
        self.0
            .writer
            .write(needs, move |writing| {
                Box::pin(async move {
                    let county = entry.act.county;
                    let answer = (&entry.held.key, &body);
                    let earlier =
                        kernel.claim_with(&mut writing.transaction, &actor, county, key.as_ref(), answer).await?;
                    if let Some(body) = earlier {
                        return Ok(Created { body, replayed: true });
                    }
                    entry.enter(writing).await?;
                    Ok(Created { body, replayed: false })
                })
            })
            .await
    }

    /// A household with its newest document.
    pub async fn household(&self, _actor: &Actor, id: HouseholdId) -> Result<HouseholdBody, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        Ok(household_body(&self.held(&mut transaction, id, None).await?))
    }
}

/// A household as a list shows it.
pub(crate) fn household_summary(row: &Household) -> HouseholdSummary {
    HouseholdSummary { id: row.id, division: row.division, received_at: instant_text(row.created_at) }
}

/// A household as it is shown: names and document numbers are masked, whoever asks.
pub(crate) fn household_body(held: &Held) -> HouseholdBody {
    let member = |membership: &nuan_domain::register::Membership| MemberBody {
        reference: membership.reference.clone(),
        person: membership.person,
        from: membership.from,
        until: membership.until,
        is_erased: !held.persons.contains_key(&membership.person),
    };
    let is_open = held.part.ended.is_none();
    let actions = if is_open { ["determine", "change"].as_slice() } else { &[] };
    HouseholdBody {
        id: held.row.household_id,
        division: held.part.division.parse().unwrap_or(held.row.county),
        version: held.row.version,
        received_at: instant_text(held.row.received_at),
        members: held.part.members.iter().map(member).collect(),
        document: masked(held.document(View::All)),
        allowed_actions: actions.iter().map(|action| (*action).to_owned()).collect(),
    }
}
