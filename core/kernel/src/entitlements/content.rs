//! What is sealed of an entitlement and of its end, and what their leaves commit to.

use nuan_domain::audit::Leaf;
use nuan_domain::crypto::sealed_for::SealedFor;
use nuan_store::entitlement::{self as entitlement_store, Entitlement, EntitlementEnd};
use nuan_store::{Transaction, audit, person as person_store};
use nuan_vocabulary::citation::Citation;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::{DecisionId, EntitlementId, PersonId};
use nuan_vocabulary::text::Bilingual;
use serde::{Deserialize, Serialize};

use crate::benefits::AmountBody;
use crate::data_keys::DataKey;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::parts::{json, read};

/// A new entitlement.
pub(crate) const GRANT: &str = "entitlement.grant";
/// Somebody ended it.
pub(crate) const END: &str = "entitlement.end";
/// Another one took its place.
pub(crate) const SUPERSEDE: &str = "entitlement.supersede";

/// How many leaves are about one entitlement, at most: it is granted, ends once and is superseded once.
const LEAVES: u32 = 8;

/// How often a record may have been merged into another one.
const MERGES: usize = 32;

/// A member of the household at the time of the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Covered {
    #[serde(rename = "ref")]
    pub reference: String,
    pub person: PersonId,
}

/// What is due, to whom, for whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntitlementContent {
    pub title: Bilingual,
    pub amounts: Vec<AmountBody>,
    pub amount_fen_monthly: i64,
    /// What the amount is paid for: `month`.
    pub per: String,
    pub payee: Covered,
    /// The member whose benefit it is; the household's, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// For whom it counts.
    pub persons: Vec<Covered>,
    /// Where the law names its beginning.
    pub cites: Vec<Citation>,
}

/// Why it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndContent {
    pub reason: String,
    /// The decision that ended it; absent where an official ended it without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionId>,
}

/// What the leaf of a superseded entitlement commits to.
#[derive(Serialize)]
struct Superseded<'a> {
    entitlement: &'a EntitlementId,
    ends_on: Date,
    superseded_by: &'a EntitlementId,
}

pub(crate) fn of_entitlement(row: &Entitlement) -> SealedFor {
    let columns = vec![
        row.decision_id.to_string(),
        row.determination_id.to_string(),
        row.household_id.to_string(),
        row.county.to_string(),
        row.kind.clone(),
        row.starts_on.to_string(),
    ];
    SealedFor { table: "entitlement", id: row.id.to_string(), columns }
}

/// The last day stands in the entitlement's own row, and is bound here.
pub(crate) fn of_end(end: &EntitlementEnd, ends_on: Date) -> SealedFor {
    let columns = vec![ends_on.to_string(), end.ended_by.clone(), end.ended_at.to_string()];
    SealedFor { table: "entitlement_end", id: end.entitlement_id.to_string(), columns }
}

/// What is committed to where one entitlement takes the place of another.
pub(crate) fn superseded(id: EntitlementId, ends_on: Date, by: EntitlementId) -> Result<Vec<u8>, KernelError> {
    json(&Superseded { entitlement: &id, ends_on, superseded_by: &by }, "a superseded entitlement")
}

impl Kernel {
    /// The bytes of an entitlement, and the key that opened them.
    async fn opened_entitlement(&self, row: &Entitlement) -> Result<(DataKey, Vec<u8>), KernelError> {
        let key = self.0.data_keys.of(&row.sealed).await?;
        let bytes = key.open(&of_entitlement(row), &row.sealed)?;
        Ok((key, bytes))
    }

    /// What an entitlement says.
    pub(crate) async fn entitlement_says(&self, row: &Entitlement) -> Result<EntitlementContent, KernelError> {
        read(&self.opened_entitlement(row).await?.1, "an entitlement")
    }

    /// Who ended an entitlement and why, where somebody did.
    pub(crate) async fn end_says(
        &self,
        transaction: &mut Transaction,
        row: &Entitlement,
    ) -> Result<Option<(EntitlementEnd, EndContent)>, KernelError> {
        let Some(end) = entitlement_store::entitlement_end(transaction, row.id).await? else { return Ok(None) };
        let (_, bytes) = self.opened_end(row, &end).await?;
        Ok(Some((end, read(&bytes, "the end of an entitlement")?)))
    }

    async fn opened_end(&self, row: &Entitlement, end: &EntitlementEnd) -> Result<(DataKey, Vec<u8>), KernelError> {
        let ends_on = row.ends_on.ok_or(KernelError::NotCommitted)?;
        let key = self.0.data_keys.of(&end.sealed).await?;
        let bytes = key.open(&of_end(end, ends_on), &end.sealed)?;
        Ok((key, bytes))
    }

    /// What the leaves of an entitlement commit to.
    pub(crate) async fn entitlement_content(
        &self,
        transaction: &mut Transaction,
        leaf: &Leaf,
    ) -> Result<(DataKey, Vec<u8>), KernelError> {
        let lost = || KernelError::NotFound(leaf.subject.clone());
        let id: EntitlementId = leaf.subject.parse().map_err(|_| lost())?;
        let row = entitlement_store::entitlement(transaction, id).await?.ok_or_else(lost)?;
        match leaf.act.as_str() {
            SUPERSEDE => {
                let (Some(ends_on), Some(by)) = (row.ends_on, row.superseded_by) else { return Err(lost()) };
                let key = self.0.data_keys.of(&row.sealed).await?;
                Ok((key, superseded(id, ends_on, by)?))
            }
            END => {
                let end = entitlement_store::entitlement_end(transaction, id).await?.ok_or_else(lost)?;
                self.opened_end(&row, &end).await
            }
            _ => {
                self.refuse_unsaid(transaction, &row).await?;
                let (key, bytes) = self.opened_entitlement(&row).await?;
                let content: EntitlementContent = read(&bytes, "an entitlement")?;
                self.refuse_unheld(transaction, &row, &content).await?;
                Ok((key, bytes))
            }
        }
    }

    /// An entitlement ends and is superseded by acts, so leaves say it.
    async fn refuse_unsaid(&self, transaction: &mut Transaction, row: &Entitlement) -> Result<(), KernelError> {
        if row.ends_on.is_none() && row.superseded_by.is_none() {
            return Ok(());
        }
        let leaves = audit::leaves_about(transaction, &row.id.to_string(), LEAVES).await?;
        let acts: Vec<Leaf> = leaves.iter().filter_map(|row| serde_json::from_str(&row.leaf).ok()).collect();
        let says = |act: &str| acts.iter().any(|leaf| leaf.act == act);
        let is_said = if row.superseded_by.is_some() { says(SUPERSEDE) } else { says(END) };
        if is_said { Ok(()) } else { Err(KernelError::NotCommitted) }
    }

    /// While no end is known, everybody for whom it counts has the benefit: that is what keeps a second one away.
    async fn refuse_unheld(
        &self,
        transaction: &mut Transaction,
        row: &Entitlement,
        content: &EntitlementContent,
    ) -> Result<(), KernelError> {
        if row.ends_on.is_some() {
            return Ok(());
        }
        for covered in &content.persons {
            let mut person = covered.person;
            for _ in 0..MERGES {
                let record = person_store::person(transaction, person).await?;
                match record.and_then(|record| record.merged_into) {
                    Some(into) => person = into,
                    None => break,
                }
            }
            let benefits = entitlement_store::active_benefits_of(transaction, person).await?;
            if !benefits.iter().any(|benefit| benefit.entitlement_id == row.id) {
                return Err(KernelError::NotCommitted);
            }
        }
        Ok(())
    }
}
