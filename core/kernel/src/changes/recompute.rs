//! After a change: exactly the determinations whose outputs it changes are stored anew, for the same day and as known now.
//! The earlier ones stay; the later ones name what they correct.

use nuan_domain::register::{Touched, touched_outputs};
use nuan_store::determination as determination_store;
use nuan_store::recomputation::RecomputationDue;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::{Determination, OutputValue, State};
use nuan_vocabulary::id::{DeterminationId, HouseholdId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::determinations::{DeterminationRequest, MadeDetermination};
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::parts::read;

/// How many determinations are read at once.
const PAGE: u32 = 200;

/// A determination that was computed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recomputed {
    /// The new determination.
    pub determination: DeterminationId,
    /// The one that it corrects.
    pub corrects: DeterminationId,
    /// The day of both.
    pub as_of: Date,
    /// The outputs that differ.
    pub outputs: Vec<OutputChange>,
}

/// An output before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutputChange {
    /// Its name.
    pub name: String,
    /// The member that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Its state before; absent, where there was no such output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<State>,
    /// Its state after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<State>,
    /// The amount before, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_fen: Option<i64>,
    /// The amount after, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_fen: Option<i64>,
    /// What was too little (above zero) or too much (below) for each period of the output, in fen; only between known amounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference_fen: Option<i64>,
}

impl Kernel {
    /// Computes again what a change touched: what came out otherwise, with what is stored of it. The change is known in it,
    /// also where the clock of this server is behind that of the one which approved it.
    pub(super) async fn recomputed(
        &self,
        actor: &Actor,
        due: &RecomputationDue,
        touched: &Touched,
    ) -> Result<(Vec<Recomputed>, Vec<MadeDetermination>), KernelError> {
        let (mut recomputed, mut all) = (Vec::new(), Vec::new());
        let (household, known_at) = (due.household_id, due.due_since.max(self.now()));
        for row in self.current_determinations(household).await? {
            if !touched.touches(row.as_of) {
                continue;
            }
            let before: Determination = read(&self.open_determination(&row).await?.1, "a determination")?;
            if !self.reads_what_changed(&before, touched)? {
                continue;
            }
            let request = DeterminationRequest { as_of: Some(row.as_of), known_at: Some(known_at) };
            let made = self.new_determination(actor, household, request, Some(row.id)).await?;
            let outputs = changes(&before.outputs, &made.full.outputs);
            if outputs.is_empty() {
                continue; // what changed holds on other days
            }
            recomputed.push(Recomputed { determination: made.row.id, corrects: row.id, as_of: row.as_of, outputs });
            all.push(made);
        }
        Ok((recomputed, all))
    }

    /// The determinations of a household that no other one corrects yet.
    async fn current_determinations(
        &self,
        household: HouseholdId,
    ) -> Result<Vec<determination_store::Determination>, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page =
                determination_store::determinations_of_household(&mut transaction, household, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            all.extend(page);
        }
        let corrected: Vec<DeterminationId> = all.iter().filter_map(|row| row.corrects).collect();
        all.retain(|row| !corrected.contains(&row.id));
        Ok(all)
    }

    /// Whether any output of the determination rests on what changed, directly or through other outputs.
    fn reads_what_changed(&self, before: &Determination, touched: &Touched) -> Result<bool, KernelError> {
        let installed = &self.0.installed;
        let plan = installed.plan(before.division, before.as_of, self.now())?;
        let reached = touched_outputs(&installed.specs, &plan.order, touched);
        Ok(before.outputs.iter().any(|output| reached.contains(&output.name)))
    }
}

/// The outputs that differ, by name and member.
fn changes(before: &[OutputValue], after: &[OutputValue]) -> Vec<OutputChange> {
    let same_place = |one: &OutputValue, other: &OutputValue| {
        one.name == other.name && one.member == other.member && one.index == other.index
    };
    let earlier = |output: &OutputValue| before.iter().find(|other| same_place(other, output));
    let gone = before.iter().filter(|output| !after.iter().any(|other| same_place(other, output)));
    let changed = after.iter().filter_map(|output| {
        let earlier = earlier(output);
        (earlier != Some(output)).then(|| change(earlier, Some(output)))
    });
    gone.map(|output| change(Some(output), None)).chain(changed).collect()
}

fn change(before: Option<&OutputValue>, after: Option<&OutputValue>) -> OutputChange {
    let named = after.or(before);
    let amount = |output: Option<&OutputValue>| output.and_then(|output| output.amount_fen);
    let (before_fen, after_fen) = (amount(before), amount(after));
    OutputChange {
        name: named.map(|output| output.name.clone()).unwrap_or_default(),
        member: named.and_then(|output| output.member.clone()),
        before: before.map(|output| output.state),
        after: after.map(|output| output.state),
        before_fen,
        after_fen,
        difference_fen: after_fen.zip(before_fen).and_then(|(after, before)| after.checked_sub(before)),
    }
}
