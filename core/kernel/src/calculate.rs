//! 测算: what would a household be entitled to? Nothing is stored and nobody's record is touched.

use jiff::Timestamp;
use nuan_domain::audit::digest;
use nuan_domain::document::HouseholdDocument;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::diagnostic::Diagnostic;

use crate::actor::Actor;
use crate::answer::Selection;
use crate::error::KernelError;
use crate::evaluate::{self, Question};
use crate::kernel::Kernel;

/// What is asked.
#[derive(Clone, Debug)]
pub struct CalculationRequest {
    /// The household document.
    pub household: serde_json::Value,
    /// The date; the document's own or today where absent.
    pub as_of: Option<Date>,
    /// Facts that became known later do not count; all count where absent.
    pub known_at: Option<Timestamp>,
    /// The outputs wanted; where absent, all but intermediate ones below the household.
    pub outputs: Option<Vec<String>>,
}

impl Kernel {
    /// Answers with outputs, reasons in both languages, and what is missing.
    pub async fn calculate(&self, _actor: &Actor, request: CalculationRequest) -> Result<Determination, KernelError> {
        let answer = self.compute(move |kernel| kernel.calculate_here(&request)).await?;
        let kernel = self.clone();
        drop(tokio::task::spawn_blocking(move || kernel.refill()));
        answer
    }

    /// The same on the caller's thread.
    pub fn calculate_here(&self, request: &CalculationRequest) -> Result<Determination, KernelError> {
        let installed = &self.0.installed;
        let document = HouseholdDocument::from_value(&request.household, &installed.reference.schema)?;
        let bytes = serde_json::to_vec(&request.household)
            .map_err(|source| KernelError::Json { what: "a household document", source })?;
        let as_of = self.as_of(request.as_of, document.as_of);
        let question = Question { document: &document, inputs_digest: digest(&bytes), as_of };
        let selection = match &request.outputs {
            Some(names) => Selection::Named(self.known_outputs(names)?),
            None => Selection::Determination,
        };
        evaluate::one(installed, &question, request.known_at.unwrap_or_else(|| self.now()), selection)
    }

    /// Refuses names that no installed plugin answers, all at once.
    fn known_outputs<'a>(&self, names: &'a [String]) -> Result<&'a [String], KernelError> {
        let known = || self.0.installed.specs.iter().flat_map(|spec| spec.manifest.outputs.keys());
        let unknown = names.iter().enumerate().filter(|(_, name)| !known().any(|other| other == *name));
        let mistakes: Vec<Diagnostic> = unknown
            .map(|(n, name)| {
                let mistake =
                    Diagnostic::new("NU2201", format!("/outputs/{n}"), "no installed plugin answers this output");
                mistake.with_suggestion(name, known().map(String::as_str))
            })
            .collect();
        if mistakes.is_empty() { Ok(names) } else { Err(KernelError::Request(mistakes)) }
    }
}
