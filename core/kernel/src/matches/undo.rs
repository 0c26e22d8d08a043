//! A merge is undone: both records stand as before, and what came later stays with the one that remained.
//!
//! INVARIANT: undoing is a further act. What was believed in between stands in the versions that were written then.

use jiff::Timestamp;
use nuan_domain::audit::hex;
use nuan_domain::register::{Membership, PersonPart, RecordedAt};
use nuan_store::membership::Membership as IndexedMembership;
use nuan_store::person_index::{self, Identity};
use nuan_store::{Transaction, entitlement as entitlement_store, person as person_store};
use nuan_vocabulary::id::PersonId;

use super::content::{Merge, Place};
use super::merge::{opened, stands_alone};
use super::plan::{Direction, Edits, Plan, end_as_never, open_membership};
use super::union::taken_apart;
use crate::actor::Actor;
use crate::error::KernelError;
use crate::kernel::{Kernel, county_of};
use crate::parts::{Recorded, open_person, read};
use crate::persons::Record;

impl Kernel {
    /// Prepares to take two records apart again.
    pub(super) async fn planned_undo(
        &self,
        transaction: &mut Transaction,
        actor: &Actor,
        merge: &Merge,
        at: Timestamp,
    ) -> Result<Plan, KernelError> {
        let kept = self.record(transaction, merge.kept).await?;
        let other = self.record(transaction, merge.other).await?;
        stands_alone(&kept)?;
        let ((key, now), (_, other_part)) = (opened(&kept)?, opened(&other)?);
        let before = self.part_at(transaction, merge.kept, merge.before).await?;
        let united = self.part_at(transaction, merge.kept, merge.after).await?;
        let apart = taken_apart(&before, &united, now);
        let mut plan = Plan::new(Direction::Apart, &kept, &other);
        self.plan_return(transaction, &mut plan, merge, &other).await?;

        let lost = || KernelError::NotFound(kept.row.id.to_string());
        let home = kept.home().map(|membership| membership.household_id).ok_or_else(lost)?;
        let mut edits = Edits::default();
        let edit = self.edited(transaction, &mut edits, home).await?;
        let (county, version) = (edit.held.row.county, kept.version + 1);
        let sealed = self.sealed_person(key, kept.row.id, version, Recorded { household: home, county, at }, &apart)?;
        plan.person_documents.push(sealed.row);
        edit.part.refer(kept.row.id, version, &sealed.commitment);
        if let Some(place) = &merge.place {
            self.plan_place(transaction, &mut edits, &mut plan, place, (&kept, &other), at).await?;
        }
        self.seal_edits(actor, edits, at, &mut plan)?;

        let stays: Vec<_> = kept.memberships.iter().filter(|own| !plan.taken_out.contains(own)).collect();
        let current = stays.iter().find(|own| own.left_on.is_none()).or(stays.last());
        let keeps = current.map_or(home, |own| own.household_id);
        let last = other.home().map(|membership| membership.household_id);
        let returns = merge.place.as_ref().map(|place| place.household).or(last).unwrap_or(home);
        for (part, person, household) in [(&apart, merge.kept, keeps), (other_part, merge.other, returns)] {
            let division = self.division_of(transaction, Some(household)).await?;
            let county = division.map_or(other.row.county, county_of);
            plan.terms.extend(self.terms([part], person, household, county));
        }
        Ok(plan)
    }

    /// The other record belongs again where it belonged, unless the household has ended, or whoever took the place has left it:
    /// then it comes back without a household, and joins one by a change request.
    async fn plan_place(
        &self,
        transaction: &mut Transaction,
        edits: &mut Edits,
        plan: &mut Plan,
        place: &Place,
        (kept, other): (&Record, &Record),
        at: Timestamp,
    ) -> Result<(), KernelError> {
        let mut then = self.held(transaction, place.household, Some(place.version)).await?;
        let Some(was) = open_membership(&mut then.part, other.row.id).cloned() else { return Ok(()) };
        let edit = self.edited(transaction, edits, place.household).await?;
        let succeeded = kept.current().filter(|current| current.household_id == place.household);
        if edit.part.ended.is_some() || (place.is_taken && succeeded.is_none()) {
            return Ok(());
        }
        let at = RecordedAt::of(at);
        if place.is_taken {
            end_as_never(&mut edit.part, kept.row.id, at).ok_or(KernelError::Malformed)?;
            plan.taken_out.extend(succeeded.cloned());
        }
        edit.part.members.push(Membership { known_at: Some(at), ..was });
        plan.put_in.push(IndexedMembership {
            person_id: other.row.id,
            household_id: place.household,
            county: edit.held.row.county,
            joined_on: place.joined_on,
            left_on: None,
        });
        Ok(())
    }

    /// Tokens and benefits that were given, and that the kept person still has, go back.
    async fn plan_return(
        &self,
        transaction: &mut Transaction,
        plan: &mut Plan,
        merge: &Merge,
        other: &Record,
    ) -> Result<(), KernelError> {
        let identities = person_index::identities_of(transaction, merge.kept).await?;
        let given = identities.into_iter().filter(|identity| merge.tokens.contains(&hex(&identity.token)));
        let back = |identity: Identity| {
            (merge.kept, Identity { person_id: merge.other, county: other.row.county, ..identity })
        };
        plan.identities = given.map(back).collect();
        let own = entitlement_store::active_benefits_of(transaction, merge.kept).await?;
        let given = own.iter().filter(|benefit| merge.benefits.contains(&benefit.entitlement_id));
        plan.given_benefits = given.map(|benefit| (benefit.clone(), merge.other)).collect();
        plan.benefits = vec![(merge.kept, own)];
        Ok(())
    }

    /// A person's part as a version states it.
    async fn part_at(
        &self,
        transaction: &mut Transaction,
        id: PersonId,
        version: i64,
    ) -> Result<PersonPart, KernelError> {
        let row = person_store::person_document(transaction, id, version).await?;
        let row = row.ok_or_else(|| KernelError::NotFound(id.to_string()))?;
        let key = self.0.data_keys.of(&row.sealed).await?;
        read(&open_person(&row, &key)?, "a person part")
    }
}
