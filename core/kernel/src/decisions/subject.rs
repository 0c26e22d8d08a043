//! What a decision is about: a determination that nobody has decided on, that nothing has overtaken, and that somebody else made.

use std::collections::BTreeSet;

use nuan_domain::audit::Leaf;
use nuan_store::entitlement::Entitlement;
use nuan_store::{Transaction, audit, decision as decision_store, determination as determination_store};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::id::{DeterminationId, PersonId};

use crate::actor::Actor;
use crate::entitlements::all_entitlements;
use crate::entitlements::content::{Covered, EntitlementContent};
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::parts::{Held, read};
use crate::surroundings::today;

/// The act of a leaf about a new determination.
const COMPUTE: &str = "determination.compute";

/// How many leaves about a determination are looked at: it is computed once and explained once.
const LEAVES: u32 = 8;

/// A determination that may be decided on.
pub(super) struct Subject {
    pub row: determination_store::Determination,
    pub determination: Determination,
    pub held: Held,
    /// The members on the day of the determination, as they are today, in the order of joining.
    pub members: Vec<Covered>,
    /// The entitlements of the household of which no end is known.
    pub running: Vec<Running>,
    pub at: jiff::Timestamp,
}

/// An entitlement of which no end is known.
pub(super) struct Running {
    pub row: Entitlement,
    pub content: EntitlementContent,
    /// The day of the determination that it rests on.
    pub as_of: Date,
}

impl Subject {
    pub fn today(&self) -> Date {
        today(self.at)
    }

    /// The member with this `ref`.
    pub fn member(&self, reference: &str) -> Option<&Covered> {
        self.members.iter().find(|member| member.reference == reference)
    }
}

impl Kernel {
    /// The determination with everything that a decision about it looks at; refused where it cannot be decided on.
    pub(super) async fn decidable(&self, actor: &Actor, id: DeterminationId) -> Result<Subject, KernelError> {
        let at = self.now();
        let mut transaction = self.0.store.begin_read().await?;
        let row = self.stored_determination(&mut transaction, id).await?;
        if let Some(decided) = decision_store::decision_on(&mut transaction, id).await? {
            return Err(KernelError::DeterminationDecided { decision: decided.id });
        }
        if computed_by(&mut transaction, id).await?.is_some_and(|by| by == actor.name()) {
            return Err(KernelError::OwnWork);
        }
        let held = self.held(&mut transaction, row.household_id, None).await?;
        let determination: Determination = read(&self.open_determination(&row).await?.1, "a determination")?;
        let is_corrected = !determination_store::corrections_of(&mut transaction, id).await?.is_empty();
        // One that was asked as known earlier leaves out what the newest version says since.
        let is_current = held.row.version == row.document_version
            && held.row.known_at <= row.known_at
            && held.part.ended.is_none()
            && !is_corrected
            && self.is_installed(&determination);
        let then: Vec<Covered> = held.part.members_on(row.as_of, row.known_at).map(covered).collect();
        let now: BTreeSet<PersonId> = held.part.members_on(today(at), at).map(|membership| membership.person).collect();
        let was: BTreeSet<PersonId> = then.iter().map(|member| member.person).collect();
        // Whoever came or went since the day of the determination is counted by none or by two households.
        if !is_current || was != now {
            return Err(KernelError::NotCurrent);
        }
        let mut running = Vec::new();
        for entitlement in all_entitlements(&mut transaction, row.household_id).await? {
            if entitlement.ends_on.is_none() {
                let content = self.entitlement_says(&entitlement).await?;
                let as_of = self.stored_determination(&mut transaction, entitlement.determination_id).await?.as_of;
                running.push(Running { row: entitlement, content, as_of });
            }
        }
        Ok(Subject { row, determination, held, members: then, running, at })
    }
}

fn covered(membership: &nuan_domain::register::Membership) -> Covered {
    Covered { reference: membership.reference.clone(), person: membership.person }
}

/// Who had the determination computed, as its leaf says.
async fn computed_by(transaction: &mut Transaction, id: DeterminationId) -> Result<Option<String>, KernelError> {
    let leaves = audit::leaves_about(transaction, &id.to_string(), LEAVES).await?;
    let mut acts = leaves.iter().filter_map(|row| serde_json::from_str::<Leaf>(&row.leaf).ok());
    Ok(acts.find(|leaf| leaf.act == COMPUTE).map(|leaf| leaf.actor))
}
