//! What has changed since an entitlement was decided: the household, and the determination that it rests on. Shown to whoever
//! decides next; nothing is changed by it.

use nuan_domain::register::{Ending, HouseholdPart};
use nuan_store::Transaction;
use nuan_store::determination as determination_store;
use nuan_store::entitlement::Entitlement;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::DeterminationId;

use super::body::{Concern, ConcernBody, CorrectionBody, months_due};
use super::content::EntitlementContent;
use crate::benefits::{self, Verdict};
use crate::error::KernelError;
use crate::kernel::{Kernel, county_of};
use crate::parts::read;

/// How often a determination may have been corrected.
const CORRECTIONS: usize = 1_000;

impl Kernel {
    /// What the newest correction of an entitlement's determination says of it.
    pub(super) async fn correction(
        &self,
        transaction: &mut Transaction,
        row: &Entitlement,
        content: &EntitlementContent,
        today: Date,
    ) -> Result<Option<CorrectionBody>, KernelError> {
        let Some(newest) = newest_correction(transaction, row.determination_id).await? else { return Ok(None) };
        let determination: Determination = read(&self.open_determination(&newest).await?.1, "a determination")?;
        let amount_fen_monthly = self.due_by(&determination, &row.kind, content.member.as_deref());
        let months = months_due(row.starts_on, row.ends_on, today);
        let difference = amount_fen_monthly.and_then(|fen| fen.checked_sub(content.amount_fen_monthly));
        Ok(Some(CorrectionBody {
            determination: newest.id,
            amount_fen_monthly,
            months,
            difference_fen_monthly: difference,
            difference_fen: difference.and_then(|fen| fen.checked_mul(months)),
        }))
    }

    /// What is due in a month by a determination; 0 where nothing is, none where nobody can say.
    fn due_by(&self, determination: &Determination, kind: &str, member: Option<&str>) -> Option<i64> {
        let declared = benefits::declared(&self.0.installed, determination);
        let declared = declared.iter().find(|declared| declared.kind == kind)?;
        let proposed = benefits::proposed(declared, &determination.outputs);
        // A member who is no longer in the household's document has no right of that kind in it.
        let Some(proposed) = proposed.into_iter().find(|proposed| proposed.member.as_deref() == member) else {
            return member.map(|_| 0);
        };
        match proposed.verdict {
            Verdict::Due(amounts) => benefits::sum(&amounts),
            Verdict::NotDue => Some(0),
            Verdict::Undetermined(_) => None,
        }
    }
}

/// The last determination in the chain of corrections.
async fn newest_correction(
    transaction: &mut Transaction,
    id: DeterminationId,
) -> Result<Option<determination_store::Determination>, KernelError> {
    let mut newest: Option<determination_store::Determination> = None;
    for _ in 0..CORRECTIONS {
        let of = newest.as_ref().map_or(id, |row| row.id);
        match determination_store::corrections_of(transaction, of).await?.pop() {
            Some(next) => newest = Some(next),
            None => break,
        }
    }
    Ok(newest)
}

/// What in the household, as it is now, an entitlement does not fit any more.
pub(super) fn concerns(row: &Entitlement, content: &EntitlementContent, part: &HouseholdPart) -> Vec<ConcernBody> {
    if row.ends_on.is_some() {
        return Vec::new();
    }
    let latest = |reference: &str| part.members.iter().rev().find(|membership| membership.reference == reference);
    let gone = content.persons.iter().filter_map(|covered| {
        let membership = latest(&covered.reference)?;
        let since = membership.until?;
        let what = if membership.ended == Some(Ending::Died) { Concern::MemberDied } else { Concern::MemberLeft };
        Some(ConcernBody { what, member: Some(covered.reference.clone()), since: Some(since) })
    });
    let mut concerns: Vec<ConcernBody> = gone.collect();
    let division = part.division.parse::<DivisionCode>().ok();
    if division.is_some_and(|division| county_of(division) != row.county) {
        let since = part.moved.last().map(|former| former.until);
        concerns.push(ConcernBody { what: Concern::HouseholdMoved, member: None, since });
    }
    if let Some(ended) = &part.ended {
        concerns.push(ConcernBody { what: Concern::HouseholdEnded, member: None, since: Some(ended.on) });
    }
    concerns
}
