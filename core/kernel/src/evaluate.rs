//! Households through the graph: one with its reasons, or many at once. Both go through the same host function.

use std::sync::Arc;

use jiff::Timestamp;
use nuan_domain::document::HouseholdDocument;
use nuan_domain::evaluation::{Evaluation, Fault};
use nuan_domain::facts::FactTable;
use nuan_domain::plan::Plan;
use nuan_host::fault::plugin_cannot;
use nuan_host::prepared::Prepared;
use nuan_host::run::run;
use nuan_host::split::{Verdicts, evaluate_each};
use nuan_host::worker::Worker;
use nuan_vocabulary::columns::{Batch, Outputs};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::{Determination, Digests, Reason};
use nuan_vocabulary::reason::Step;

use crate::answer::{self, Selection, Subject};
use crate::error::KernelError;
use crate::installed::Installed;
use crate::reasons;
use crate::surroundings::{Shared, instant_text};

/// A household that is to be determined.
pub struct Question<'a> {
    /// Its document.
    pub document: &'a HouseholdDocument,
    /// The digest of the document's bytes.
    pub inputs_digest: String,
    /// The date of the law and of the facts.
    pub as_of: Date,
}

/// One household with its reasons.
pub fn one(
    installed: &Installed,
    question: &Question<'_>,
    known_at: Timestamp,
    selection: Selection<'_>,
) -> Result<Determination, KernelError> {
    let plan = installed.plan(question.document.division, question.as_of, known_at)?;
    let mut evaluation = evaluation(installed, &[question], question.as_of, known_at);
    let mut steps = Vec::new();
    run(&mut evaluation, &plan, &installed.specs, |position, batch| {
        let (verdicts, said) = interactive(installed, position, batch)?;
        steps.push((position, said));
        Some(verdicts)
    });
    let subject = Subject { installed, evaluation: &evaluation, row: 0, document: question.document };
    let mut determination = determination(&subject, question, &plan, known_at, selection)?;
    determination.parameters.clone_from(&installed.snapshot(question.document.division, question.as_of, &plan)?.uses);
    let said = steps
        .into_iter()
        .flat_map(|(position, steps)| reasons::of_steps(installed, &evaluation, question.document, position, steps));
    determination.reasons = said.filter(|reason| wanted(reason, selection)).collect();
    Ok(determination)
}

fn wanted(reason: &Reason, selection: Selection<'_>) -> bool {
    match selection {
        Selection::Named(names) => names.contains(&reason.output),
        Selection::Determination => true,
    }
}

/// One fresh instance answers and gives its reasons. A fault leaves the outputs unknown and the reasons out.
fn interactive(installed: &Installed, position: usize, batch: &Batch) -> Option<(Verdicts, Vec<Step>)> {
    let ready = installed.plugins.get(position)?;
    let mut instance = ready.take();
    let verdicts = evaluate_each(batch, ready.plugin().shape(), 1, |batch| match &mut instance {
        Ok(instance) => answer_of(instance, batch),
        Err(error) => Err(error.fault()),
    });
    let said = match &mut instance {
        Ok(instance) if verdicts.faults.is_empty() => instance.explain(batch),
        Ok(_) | Err(_) => return Some((verdicts, Vec::new())),
    };
    let steps = match said {
        Ok(Ok(steps)) => steps,
        Ok(Err(failure)) => {
            tracing::warn!(
                plugin.id = ready.plugin().id(),
                code = failure.code,
                "A plugin answered but gave no reasons."
            );
            Vec::new()
        }
        Err(error) => {
            tracing::warn!(
                plugin.id = ready.plugin().id(),
                code = error.code(),
                "A plugin failed while it gave its reasons."
            );
            Vec::new()
        }
    };
    Some((verdicts, steps))
}

fn answer_of(instance: &mut Prepared, batch: &Batch) -> Result<Outputs, Fault> {
    instance.evaluate(batch).map_err(|error| error.fault())?.map_err(|failure| plugin_cannot(&failure))
}

fn evaluation<'a>(
    installed: &'a Installed,
    questions: &[&Question<'_>],
    as_of: Date,
    known_at: Timestamp,
) -> Evaluation<'a> {
    let documents: Vec<&HouseholdDocument> = questions.iter().map(|question| question.document).collect();
    let schema = &installed.reference.schema;
    let facts = FactTable::build(schema, &documents, as_of, known_at, &installed.wanted);
    Evaluation::new(schema, facts, documents.iter().map(|document| document.division).collect())
}

/// Someone who determines many households, on one thread.
pub struct BatchRunner {
    installed: Arc<Installed>,
    surroundings: Shared,
    workers: Vec<Worker>,
}

impl BatchRunner {
    /// One worker for each plugin.
    pub fn new(installed: Arc<Installed>, surroundings: Shared) -> Self {
        let workers = installed.plugins.iter().map(|ready| ready.plugin().worker()).collect();
        Self { installed, surroundings, workers }
    }

    /// The stored form of every household's determination, in the order of the questions, and the microseconds that the
    /// plugins took.
    pub fn determine(
        &mut self,
        questions: &[Question<'_>],
        known_at: Timestamp,
    ) -> (Vec<Result<Determination, KernelError>>, i64) {
        let mut results: Vec<Option<Result<Determination, KernelError>>> = questions.iter().map(|_| None).collect();
        let mut groups: Vec<(Arc<Plan>, Date, Vec<usize>)> = Vec::new();
        for (number, question) in questions.iter().enumerate() {
            match self.installed.plan(question.document.division, question.as_of, known_at) {
                Ok(plan) => {
                    let same = |group: &&mut (Arc<Plan>, Date, Vec<usize>)| {
                        Arc::ptr_eq(&group.0, &plan) && group.1 == question.as_of
                    };
                    match groups.iter_mut().find(same) {
                        Some(group) => group.2.push(number),
                        None => groups.push((plan, question.as_of, vec![number])),
                    }
                }
                Err(error) => put(&mut results, number, Err(error)),
            }
        }
        let mut rules = 0;
        for (plan, as_of, numbers) in groups {
            rules += self.group(&plan, as_of, questions, &numbers, known_at, &mut results);
        }
        (results.into_iter().map(|result| result.unwrap_or(Err(KernelError::TaskLost))).collect(), rules)
    }

    fn group(
        &mut self,
        plan: &Plan,
        as_of: Date,
        questions: &[Question<'_>],
        numbers: &[usize],
        known_at: Timestamp,
        results: &mut [Option<Result<Determination, KernelError>>],
    ) -> i64 {
        let asked: Vec<&Question<'_>> = numbers.iter().filter_map(|number| questions.get(*number)).collect();
        let mut evaluation = evaluation(&self.installed, &asked, as_of, known_at);
        let (workers, surroundings) = (&mut self.workers, &self.surroundings);
        let mut rules = 0;
        run(&mut evaluation, plan, &self.installed.specs, |position, batch| {
            let start = surroundings.now().as_microsecond();
            let verdicts = workers.get_mut(position)?.evaluate_each(batch);
            rules += surroundings.now().as_microsecond() - start;
            Some(verdicts)
        });
        for ((row, number), question) in (0_u32..).zip(numbers).zip(asked) {
            let subject =
                Subject { installed: &self.installed, evaluation: &evaluation, row, document: question.document };
            put(results, *number, determination(&subject, question, plan, known_at, Selection::Determination));
        }
        rules
    }
}

fn put<T>(results: &mut [Option<T>], number: usize, value: T) {
    if let Some(slot) = results.get_mut(number) {
        *slot = Some(value);
    }
}

/// The stored form: outputs and digests, without reasons and without the parameter values that the digest names.
fn determination(
    subject: &Subject<'_>,
    question: &Question<'_>,
    plan: &Plan,
    known_at: Timestamp,
    selection: Selection<'_>,
) -> Result<Determination, KernelError> {
    let installed = subject.installed;
    let snapshot = installed.snapshot(question.document.division, question.as_of, plan)?;
    let package = |position: &usize| {
        Some((installed.coordinates.get(*position)?.clone(), installed.packages.get(*position)?.digest.clone()))
    };
    Ok(Determination {
        id: None,
        household: None,
        as_of: question.as_of,
        known_at: instant_text(known_at),
        division: question.document.division,
        outputs: answer::outputs(subject, &plan.order, selection),
        reasons: Vec::new(),
        parameters: Vec::new(),
        digests: Digests {
            inputs: question.inputs_digest.clone(),
            catalogue: installed.catalogue.digest.clone(),
            parameters: snapshot.archived.digest.clone(),
            plugins: plan.order.iter().filter_map(package).collect(),
            engine: installed.engine.clone(),
        },
    })
}
