//! What a decision says of each benefit: as the determination does, or as the official decides instead.

use nuan_domain::audit::digest;
use nuan_domain::document::HouseholdDocument;
use nuan_domain::register::View;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::OutputValue;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::manifest::Benefit;

use super::request::{DecidedInstead, DecisionAction, DecisionRequest};
use super::subject::Subject;
use crate::answer::Selection;
use crate::benefits::{self, AmountBody, Declared, Proposed, UNDETERMINED, Verdict};
use crate::entitlements::content::Covered;
use crate::error::KernelError;
use crate::evaluate::{self, Question};
use crate::kernel::Kernel;
use crate::parts::json;

/// One benefit as it is decided.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub kind: String,
    pub benefit: Benefit,
    pub member: Option<Covered>,
    /// What is due; refused, where absent.
    pub amounts: Option<Vec<AmountBody>>,
    /// For whom it counts.
    pub persons: Vec<Covered>,
    pub payee: Covered,
    /// The first day on which that counts.
    pub from: Date,
}

/// Who is paid, and from when: what every item of a request has in common.
struct Common<'a> {
    subject: &'a Subject,
    request: &'a DecisionRequest,
    payee: Covered,
}

impl Kernel {
    /// Everything that is decided. All mistakes of the request come at once, and so does all that nobody knows yet.
    pub(super) async fn items(&self, subject: &Subject, request: &DecisionRequest) -> Result<Vec<Item>, KernelError> {
        let declared = benefits::declared(&self.0.installed, &subject.determination);
        let payee = match &request.payee {
            Some(reference) => subject.member(reference),
            None => subject.members.first(),
        };
        let nobody = || KernelError::Request(vec![nobody("/payee")]);
        let common = Common { subject, request, payee: payee.ok_or_else(nobody)?.clone() };
        let mut items = match request.action {
            DecisionAction::Adopt => common.adopted(&declared)?,
            DecisionAction::Depart => common.instead(&declared)?,
        };
        self.count_persons(subject, &mut items).await?;
        Ok(items)
    }

    /// Finds for whom each household's benefit counts that is granted and does not say so itself.
    async fn count_persons(&self, subject: &Subject, items: &mut [Item]) -> Result<(), KernelError> {
        let open = |item: &&mut Item| item.amounts.is_some() && item.persons.is_empty();
        let names: Vec<String> =
            items.iter_mut().filter(open).filter_map(|item| item.benefit.persons.clone()).collect();
        let flags = if names.is_empty() { Vec::new() } else { self.flags(subject, names).await? };
        let mut unknown = Vec::new();
        for item in items.iter_mut().filter(open) {
            let Some(name) = &item.benefit.persons else {
                item.persons.clone_from(&subject.members);
                continue;
            };
            match counted(name, &flags, &subject.members) {
                Ok(persons) => item.persons = persons,
                Err(mistake) => unknown.push(mistake),
            }
        }
        if unknown.is_empty() { Ok(()) } else { Err(KernelError::Undetermined(unknown)) }
    }

    /// Outputs of the members that a determination computes and does not keep.
    async fn flags(&self, subject: &Subject, names: Vec<String>) -> Result<Vec<OutputValue>, KernelError> {
        let (as_of, known_at) = (subject.row.as_of, subject.row.known_at);
        let document = subject.held.document(View::At { as_of, known_at });
        self.compute(move |kernel| {
            let installed = &kernel.0.installed;
            let inputs_digest = digest(&json(&document, "a household document")?);
            let document = HouseholdDocument::from_value(&document, &installed.reference.schema)?;
            let question = Question { document: &document, inputs_digest, as_of };
            Ok(evaluate::one(installed, &question, known_at, Selection::Named(&names))?.outputs)
        })
        .await?
    }
}

impl Common<'_> {
    /// What the determination says, of all benefits or of those that are named.
    fn adopted(&self, declared: &[Declared<'_>]) -> Result<Vec<Item>, KernelError> {
        let mut mistakes = Vec::new();
        let wanted = self.request.kinds.as_deref();
        for (n, kind) in wanted.unwrap_or_default().iter().enumerate() {
            mistakes.extend(find(declared, kind, &format!("/kinds/{n}")).err());
        }
        let (mut items, mut open) = (Vec::new(), Vec::new());
        let is_wanted =
            |declared: &&Declared<'_>| wanted.is_none_or(|kinds| kinds.iter().any(|kind| kind == declared.kind));
        for declared in declared.iter().filter(is_wanted) {
            for Proposed { member, verdict, .. } in benefits::proposed(declared, &self.subject.determination.outputs) {
                let amounts = match verdict {
                    Verdict::Due(amounts) => Some(amounts),
                    Verdict::NotDue => None,
                    Verdict::Undetermined(unknown) => {
                        open.extend(unknown);
                        continue;
                    }
                };
                match self.item(declared, member.as_deref(), amounts, "/kinds") {
                    Ok(item) => items.push(item),
                    Err(mistake) => mistakes.push(mistake),
                }
            }
        }
        if !mistakes.is_empty() {
            return Err(KernelError::Request(mistakes));
        }
        if open.is_empty() { Ok(items) } else { Err(KernelError::Undetermined(open)) }
    }

    /// What the official decides instead.
    fn instead(&self, declared: &[Declared<'_>]) -> Result<Vec<Item>, KernelError> {
        let (mut items, mut mistakes) = (Vec::new(), Vec::new());
        for (n, instead) in self.request.benefits.iter().enumerate() {
            match self.decided(declared, instead, &format!("/benefits/{n}")) {
                Ok(item) => items.push(item),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        if mistakes.is_empty() { Ok(items) } else { Err(KernelError::Request(mistakes)) }
    }

    fn decided(&self, declared: &[Declared<'_>], instead: &DecidedInstead, place: &str) -> Result<Item, Diagnostic> {
        let declared = find(declared, &instead.kind, &format!("{place}/kind"))?;
        if declared.is_of_member != instead.member.is_some() || (declared.is_of_member && instead.persons.is_some()) {
            let detail = "the benefit is one of the household or one of a member, and here it is the other";
            let hint = if declared.is_of_member { "name the `member`, and no `persons`" } else { "name no `member`" };
            return Err(Diagnostic::new("NU2607", place, detail).with_hint(hint));
        }
        let amount = |fen| vec![AmountBody { output: None, amount_fen: fen }];
        let amounts = instead.amount_fen_monthly.map(amount);
        let mut item = self.item(declared, instead.member.as_deref(), amounts, place)?;
        if let Some(named) = &instead.persons {
            let found = |(n, reference): (usize, &String)| {
                self.subject.member(reference).cloned().ok_or_else(|| nobody(&format!("{place}/persons/{n}")))
            };
            item.persons = named.iter().enumerate().map(found).collect::<Result<_, _>>()?;
        }
        Ok(item)
    }

    fn item(
        &self,
        declared: &Declared<'_>,
        member: Option<&str>,
        amounts: Option<Vec<AmountBody>>,
        place: &str,
    ) -> Result<Item, Diagnostic> {
        let find =
            |reference| self.subject.member(reference).cloned().ok_or_else(|| nobody(&format!("{place}/member")));
        let member: Option<Covered> = member.map(find).transpose()?;
        let from = declared.benefit.begins.first_day(self.subject.today(), self.request.applied_on);
        let from = from.ok_or_else(|| {
            let mistake =
                Diagnostic::new("NU2605", "/applied_on", "a benefit begins with the month of the application");
            mistake.with_hint("write the day of the application")
        })?;
        Ok(Item {
            kind: declared.kind.to_owned(),
            benefit: declared.benefit.clone(),
            amounts,
            persons: member.iter().cloned().collect(),
            payee: member.clone().unwrap_or_else(|| self.payee.clone()),
            member,
            from,
        })
    }
}

fn find<'d, 'i>(declared: &'d [Declared<'i>], kind: &str, place: &str) -> Result<&'d Declared<'i>, Diagnostic> {
    declared.iter().find(|declared| declared.kind == kind).ok_or_else(|| {
        let mistake = Diagnostic::new("NU2601", place, "the rules that determined know no such benefit");
        mistake.with_suggestion(kind, declared.iter().map(|declared| declared.kind))
    })
}

fn nobody(place: &str) -> Diagnostic {
    let mistake = Diagnostic::new("NU2602", place, "nobody in the household has this `ref`");
    mistake.with_hint("write the `ref` of somebody who belongs to it")
}

/// The members for whom the flag is set. Nobody is left out of whom it is not known.
fn counted(name: &str, flags: &[OutputValue], members: &[Covered]) -> Result<Vec<Covered>, Diagnostic> {
    let mut persons = Vec::new();
    for member in members {
        let of_member =
            |output: &&OutputValue| output.name == name && output.member.as_ref() == Some(&member.reference);
        match flags.iter().find(of_member).and_then(|output| output.flag) {
            Some(true) => persons.push(member.clone()),
            Some(false) => {}
            None => {
                let detail = "it is not known for whom the benefit counts";
                return Err(Diagnostic::new(UNDETERMINED, format!("/outputs/{name}"), detail));
            }
        }
    }
    if persons.is_empty() {
        return Err(Diagnostic::new(UNDETERMINED, format!("/outputs/{name}"), "the benefit counts for nobody"));
    }
    Ok(persons)
}
