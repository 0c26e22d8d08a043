//! The benefits that installed plugins declare, and what a determination says of each: due, not due, or not known.
//!
//! Not here: a decision, which an official takes. INVARIANT: a fault or something unknown is never an answer.

use std::collections::BTreeMap;

use nuan_vocabulary::determination::{Determination, OutputValue, State};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::manifest::{Benefit, Manifest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::installed::Installed;

/// The code of what cannot be adopted since it is not known.
pub(crate) const UNDETERMINED: &str = "NU5042";

/// Part of what is due in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmountBody {
    /// The output that states it; absent where an official departed from the determination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The amount in fen.
    pub amount_fen: i64,
}

/// A benefit as the plugins of a determination declare it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declared<'a> {
    pub kind: &'a str,
    pub benefit: &'a Benefit,
    /// Whether each member has one of their own.
    pub is_of_member: bool,
}

/// What a determination says of a benefit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is due, so much a month.
    Due(Vec<AmountBody>),
    /// It is not.
    NotDue,
    /// Nobody can say yet; for each output, why.
    Undetermined(Vec<Diagnostic>),
}

/// What a determination says of a benefit of the household, or of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposed {
    pub kind: String,
    pub member: Option<String>,
    pub verdict: Verdict,
}

/// What does not fit in the benefits of plugins that are loaded together.
pub(crate) fn mistakes(manifests: &[&Manifest]) -> Vec<Diagnostic> {
    let mut mistakes = Vec::new();
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for manifest in manifests {
        let coordinate = manifest.coordinate();
        let within = |mistake: Diagnostic| Diagnostic { path: format!("{coordinate} {}", mistake.path), ..mistake };
        mistakes.extend(manifest.benefit_mistakes().into_iter().map(within));
        for kind in manifest.benefits.keys() {
            let owner = *owners.entry(kind).or_insert(&manifest.id);
            if owner != manifest.id {
                let detail = format!("{} and {owner} both declare the benefit `{kind}`", manifest.id);
                let mistake = Diagnostic::new("NU3144", format!("{coordinate} /benefits/{kind}"), detail);
                mistakes.push(mistake.with_hint("give one of them a name of its own"));
            }
        }
    }
    mistakes
}

/// The benefits of the plugins that answered in a determination, as far as exactly these are still installed.
pub(crate) fn declared<'a>(installed: &'a Installed, determination: &Determination) -> Vec<Declared<'a>> {
    let packages = installed.coordinates.iter().zip(&installed.packages);
    let answered = installed.specs.iter().zip(packages).filter(|(_, (coordinate, package))| {
        determination.digests.plugins.get(*coordinate).is_some_and(|digest| *digest == package.digest)
    });
    let of_plugin = |manifest: &'a Manifest| {
        manifest.benefits.iter().map(|(kind, benefit)| Declared {
            kind,
            benefit,
            is_of_member: manifest.entity_of(benefit) == Some("member"),
        })
    };
    answered.flat_map(|(spec, _)| of_plugin(&spec.manifest)).collect()
}

/// What a determination says of a benefit: once of a household's, for each member of a member's.
pub(crate) fn proposed(declared: &Declared<'_>, outputs: &[OutputValue]) -> Vec<Proposed> {
    let Declared { kind, benefit, is_of_member } = declared;
    let members: Vec<Option<&str>> = if *is_of_member {
        let first = benefit.amounts.first();
        let rows = outputs.iter().filter(|output| Some(&output.name) == first && output.member.is_some());
        rows.map(|output| output.member.as_deref()).collect()
    } else {
        vec![None]
    };
    let proposed = |member: Option<&str>| Proposed {
        kind: (*kind).to_owned(),
        member: member.map(str::to_owned),
        verdict: verdict(benefit, member, outputs),
    };
    members.into_iter().map(proposed).collect()
}

/// What is due in a month; none where the sum is out of range.
pub(crate) fn sum(amounts: &[AmountBody]) -> Option<i64> {
    amounts.iter().try_fold(0_i64, |sum, amount| sum.checked_add(amount.amount_fen))
}

fn verdict(benefit: &Benefit, member: Option<&str>, outputs: &[OutputValue]) -> Verdict {
    let find = |name: &String| outputs.iter().find(|output| output.name == *name && output.member.as_deref() == member);
    if let Some(name) = &benefit.status {
        match find(name) {
            Some(output) if output.state == State::NotEligible => return Verdict::NotDue,
            Some(output) if output.state == State::Eligible => {}
            other => return Verdict::Undetermined(vec![unknown(name, other)]),
        }
    }
    let (mut due, mut open) = (Vec::new(), Vec::new());
    for name in &benefit.amounts {
        let found = find(name);
        match found.map(|output| (output.state, output.amount_fen)) {
            Some((State::Known, Some(amount_fen))) => due.push(AmountBody { output: Some(name.clone()), amount_fen }),
            Some((State::None, _)) => due.push(AmountBody { output: Some(name.clone()), amount_fen: 0 }),
            _ => open.push(unknown(name, found)),
        }
    }
    if !open.is_empty() {
        return Verdict::Undetermined(open);
    }
    match sum(&due) {
        Some(fen) if fen > 0 => Verdict::Due(due),
        Some(_) => Verdict::NotDue,
        None => Verdict::Undetermined(vec![Diagnostic::new(UNDETERMINED, "/outputs", "the sum is out of range")]),
    }
}

/// Why an output is not known, by the names of facts and without whom they are about.
fn unknown(name: &str, output: Option<&OutputValue>) -> Diagnostic {
    let mistake = Diagnostic::new(UNDETERMINED, format!("/outputs/{name}"), "nobody can say yet");
    let missing = output.map(|output| output.missing.as_slice()).unwrap_or_default();
    let named = |missing: &nuan_vocabulary::determination::MissingInput| {
        let parameter = missing.parameter.as_ref().map(|parameter| parameter.id.clone());
        missing.fact.clone().or_else(|| missing.list.clone()).or(parameter)
    };
    let mut names: Vec<String> = missing.iter().filter_map(named).collect();
    names.dedup();
    let hindrances = output.map(|output| output.hindrances.as_slice()).unwrap_or_default();
    names.extend(hindrances.iter().map(|hindrance| hindrance.code.clone()));
    if names.is_empty() { mistake } else { mistake.with_hint(format!("missing: {}", names.join(", "))) }
}

#[cfg(test)]
mod tests {
    use nuan_vocabulary::manifest::{Begins, Role};

    use super::*;

    fn benefit(status: Option<&str>) -> Benefit {
        Benefit {
            title: Default::default(),
            status: status.map(str::to_owned),
            amounts: vec!["a.amount".to_owned(), "a.supplement".to_owned()],
            persons: None,
            begins: Begins::MonthAfterDecision,
            cites: Vec::new(),
        }
    }

    fn output(name: &str, member: Option<&str>, state: State, amount_fen: Option<i64>) -> OutputValue {
        OutputValue {
            name: name.to_owned(),
            member: member.map(str::to_owned),
            index: None,
            state,
            amount_fen,
            number: None,
            ratio_millionths: None,
            flag: None,
            text: None,
            per: Vec::new(),
            role: Role::Entitlement,
            plugin: "cn.test@1.0.0".to_owned(),
            missing: Vec::new(),
            hindrances: Vec::new(),
        }
    }

    /// `due:<fen>`, `not due` or `undetermined:<outputs>`.
    fn said(verdict: &Verdict) -> String {
        match verdict {
            Verdict::Due(amounts) => format!("due:{}", sum(amounts).unwrap()),
            Verdict::NotDue => "not due".to_owned(),
            Verdict::Undetermined(open) => format!("undetermined:{}", open.len()),
        }
    }

    #[track_caller]
    fn check(status: Option<State>, amounts: [(State, Option<i64>); 2], expected: &str) {
        let benefit = benefit(status.map(|_| "a.status"));
        let [first, second] = amounts;
        let mut outputs = vec![output("a.amount", None, first.0, first.1)];
        outputs.push(output("a.supplement", None, second.0, second.1));
        outputs.extend(status.map(|state| output("a.status", None, state, None)));
        assert_eq!(said(&verdict(&benefit, None, &outputs)), expected);
    }

    #[test]
    fn only_what_is_known_is_due_or_not_due() {
        let (known, nothing) = ((State::Known, Some(700)), (State::None, None));
        let unknown = (State::Undetermined, None);
        check(Some(State::Eligible), [known, (State::Known, Some(1))], "due:701");
        check(Some(State::Eligible), [known, nothing], "due:700");
        check(Some(State::Eligible), [known, unknown], "undetermined:1");
        check(Some(State::Eligible), [unknown, unknown], "undetermined:2");
        check(Some(State::NotEligible), [nothing, unknown], "not due");
        check(Some(State::Undetermined), [known, known], "undetermined:1");
        check(None, [known, nothing], "due:700");
        check(None, [nothing, nothing], "not due");
        check(None, [(State::Known, Some(0)), nothing], "not due");
        check(None, [unknown, nothing], "undetermined:1");
        check(None, [(State::Known, Some(i64::MAX)), known], "undetermined:1");
    }

    #[test]
    fn an_output_that_is_not_there_is_not_known() {
        assert_eq!(said(&verdict(&benefit(Some("a.status")), None, &[])), "undetermined:1");
        assert_eq!(said(&verdict(&benefit(None), None, &[])), "undetermined:2");
    }

    #[test]
    fn every_member_has_a_verdict_of_their_own() {
        let benefit = benefit(None);
        let declared = Declared { kind: "a", benefit: &benefit, is_of_member: true };
        let outputs: Vec<OutputValue> = [("x", Some(5)), ("y", None)]
            .into_iter()
            .flat_map(|(member, fen)| {
                let state = if fen.is_some() { State::Known } else { State::None };
                ["a.amount", "a.supplement"].map(|name| output(name, Some(member), state, fen))
            })
            .collect();
        let proposed = proposed(&declared, &outputs);
        let said: Vec<(Option<&str>, String)> =
            proposed.iter().map(|one| (one.member.as_deref(), said(&one.verdict))).collect();
        assert_eq!(said, [(Some("x"), "due:10".to_owned()), (Some("y"), "not due".to_owned())]);
    }
}
