//! Households on the register: entered, shown, listed.

use jiff::Timestamp;
use nuan_domain::document::HouseholdDocument;
use nuan_domain::register::{Membership, View};
use nuan_store::household::Household;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::HouseholdId;
use serde_json::Value;

use crate::actor::Actor;
use crate::body::{Created, HouseholdBody, HouseholdSummary, MemberBody};
use crate::error::KernelError;
use crate::idempotency::IdempotencyKey;
use crate::kernel::Kernel;
use crate::masking::masked;
use crate::parts::Held;
use crate::surroundings::{instant_text, today};
use crate::writer::Needs;

/// The most entries of one page.
pub(crate) const MOST: u32 = 200;

/// About which day one asks, and as known when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HouseholdMoment {
    /// The day; today where only the instant is given.
    pub as_of: Option<Date>,
    /// What became known later does not count; everything counts that is known now, where only the day is given.
    pub known_at: Option<Timestamp>,
}

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

    /// A household with everything that is stated about it.
    pub async fn household(&self, _actor: &Actor, id: HouseholdId) -> Result<HouseholdBody, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        Ok(household_body(&self.held(&mut transaction, id, None).await?))
    }

    /// The same; where a day or an instant is given, as it was on the day, and as the register knew it at the instant.
    pub async fn household_at(
        &self,
        actor: &Actor,
        id: HouseholdId,
        moment: HouseholdMoment,
    ) -> Result<HouseholdBody, KernelError> {
        if moment == HouseholdMoment::default() {
            return self.household(actor, id).await;
        }
        let now = self.now();
        let as_of = moment.as_of.unwrap_or_else(|| today(now));
        let known_at = moment.known_at.unwrap_or(now);
        let mut transaction = self.0.store.begin_read().await?;
        Ok(household_body_at(&self.held(&mut transaction, id, None).await?, as_of, known_at))
    }
}

/// A household as a list shows it.
pub(crate) fn household_summary(row: &Household) -> HouseholdSummary {
    HouseholdSummary { id: row.id, division: row.division, received_at: instant_text(row.created_at) }
}

/// A household as it is shown: names and document numbers are masked, whoever asks.
pub(crate) fn household_body(held: &Held) -> HouseholdBody {
    let members = held.part.members.iter().map(|membership| member(held, membership, membership.until));
    body(held, &held.part.division, members.collect(), View::All)
}

/// The same on a day, as the register knew it at an instant.
fn household_body_at(held: &Held, as_of: Date, known_at: Timestamp) -> HouseholdBody {
    let members = held.part.members_on(as_of, known_at);
    let members = members.map(|membership| member(held, membership, membership.until_as_known(known_at)));
    let division = held.part.division_on(as_of, known_at);
    let shown = body(held, division, members.collect(), View::At { as_of, known_at });
    HouseholdBody { as_of: Some(as_of), known_at: Some(instant_text(known_at)), ..shown }
}

fn body(held: &Held, division: &str, members: Vec<MemberBody>, view: View) -> HouseholdBody {
    let actions = if held.part.ended.is_none() { ["determine", "change"].as_slice() } else { &[] };
    HouseholdBody {
        id: held.row.household_id,
        division: division.parse::<DivisionCode>().unwrap_or(held.row.county),
        version: held.row.version,
        received_at: instant_text(held.row.received_at),
        as_of: None,
        known_at: None,
        members,
        document: masked(held.document(view)),
        allowed_actions: actions.iter().map(|action| (*action).to_owned()).collect(),
    }
}

fn member(held: &Held, membership: &Membership, until: Option<Date>) -> MemberBody {
    MemberBody {
        reference: membership.reference.clone(),
        person: membership.person,
        from: membership.from,
        until,
        is_erased: !held.persons.contains_key(&membership.person),
    }
}
