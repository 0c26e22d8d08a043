//! One loaded script: read and checked once, then run over any number of batches.

use std::cell::RefCell;
use std::rc::Rc;

use nuan_vocabulary::columns::{Batch, Failure, Outputs};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::reason::{Step, Value};
use nuan_vocabulary::resolved::ResolvedManifest;
use rhai::{AST, Engine, Position, Scope};

use crate::answer::Answers;
use crate::blank;
use crate::engine;
use crate::fault::{self, FILE};
use crate::fit::fits;
use crate::frame::{Frame, Reasons};
use crate::lint;
use crate::plan::Plan;
use crate::run::EVERY_ROW;
use crate::surface;
use crate::syntax;

/// A script with the manifest it was checked against.
pub struct Script {
    engine: Engine,
    /// Without reasons, for `evaluate`.
    bare: AST,
    /// As it was written, for `explain`.
    full: AST,
    plan: Rc<Plan>,
    frame: Rc<Frame>,
    scope: RefCell<Scope<'static>>,
}

impl Script {
    /// Reads a script against its resolved manifest (canonical JSON). All mistakes that can be found come at once, each
    /// with `rules.rhai:LINE:COL`.
    pub fn load(resolved: &str, source: &str) -> Result<Self, Vec<Diagnostic>> {
        let manifest: ResolvedManifest = serde_json::from_str(resolved).map_err(|error| {
            vec![Diagnostic::new("NU3101", "resolved-manifest", format!("the manifest cannot be read: {error}"))]
        })?;
        if source.len() > engine::SOURCE_BYTES {
            return Err(vec![Diagnostic::new(syntax::CODE, FILE, "the script is longer than 64 KiB")]);
        }
        let engine = engine::limited().map_err(broken)?;
        let ast = engine.compile(source).map_err(|error| vec![syntax::mistake(&error, source)])?;
        let properties = surface::properties(&manifest);
        let mut findings = lint::look_through(&ast, &manifest, &properties);
        findings.mistakes.extend(surface::taken_twice(&properties).map(|name| {
            Diagnostic::new("NU3110", "plugin.toml", format!("two inputs would both be called `{name}`"))
                .with_hint("rename one of them")
        }));
        let functions: Vec<String> = ast.iter_functions().map(|function| function.name.to_owned()).collect();
        let planned = Plan::new(manifest, &functions, source).map_err(|orphans| {
            let detail = |name: &String| format!("no function answers `{name}`; write one named after its entity");
            orphans.iter().map(|name| Diagnostic::new("NU3204", FILE, detail(name))).collect::<Vec<_>>()
        });
        let mut plan = match planned {
            Ok(plan) if findings.mistakes.is_empty() => plan,
            Ok(_) => return Err(findings.mistakes),
            Err(orphans) => return Err(findings.mistakes.into_iter().chain(orphans).collect()),
        };
        plan.reasons = findings.reasons;
        let (plan, frame) = (Rc::new(plan), Rc::new(Frame::new()));
        let engine = engine::for_script(engine, &plan, &frame).map_err(broken)?;
        let start = engine.compile(EVERY_ROW).map_err(|error| vec![syntax::mistake(&error, EVERY_ROW)])?;
        let bare = engine
            .compile(blank::without(source, &findings.reason_maps))
            .map_err(|error| vec![syntax::mistake(&error, source)])?;
        let (bare, full) = (start.merge(&bare), start.merge(&ast));
        Ok(Self { engine, bare, full, plan, frame, scope: RefCell::new(Scope::new()) })
    }

    /// The manifest that the script was checked against.
    pub fn manifest(&self) -> &ResolvedManifest {
        &self.plan.manifest
    }

    /// The operator's settings, which a script reads with `setting("name")`.
    pub fn configure(&self, settings: impl IntoIterator<Item = (String, Value)>) {
        self.frame.configure(settings);
    }

    /// Answers all outputs of a batch. A fault of the script names the household that it was found with.
    pub fn evaluate(&self, batch: impl Into<Rc<Batch>>) -> Result<Outputs, Failure> {
        Ok(self.run(batch.into(), Reasons::Left)?.into_outputs())
    }

    /// The reasons of all answers of a batch, in the order in which they were given.
    pub fn explain(&self, batch: impl Into<Rc<Batch>>) -> Result<Vec<Step>, Failure> {
        Ok(self.run(batch.into(), Reasons::Given)?.steps)
    }

    fn run(&self, batch: Rc<Batch>, reasons: Reasons) -> Result<Answers, Failure> {
        if !fits(&batch, &self.plan.manifest) {
            let message = "the batch does not fit the resolved manifest".to_owned();
            return Err(Failure { code: fault::CODE.to_owned(), message, row: None });
        }
        let answers = Answers::none(&self.plan.manifest, &batch);
        self.frame.begin(batch, answers, reasons);
        let mut scope = self.scope.borrow_mut();
        let ast = match reasons {
            Reasons::Left => &self.bare,
            Reasons::Given => &self.full,
        };
        let result = self.engine.run_ast_with_scope(&mut scope, ast);
        scope.clear();
        let (answers, failure) = self.frame.end();
        match (failure, result) {
            (Some(failure), _) => Err(failure),
            (None, Err(error)) => Err(fault::failure(&error, Position::NONE)),
            (None, Ok(())) => Ok(answers),
        }
    }
}

/// The engine refused something that this crate asks of it.
fn broken(refused: String) -> Vec<Diagnostic> {
    vec![Diagnostic::new(syntax::CODE, FILE, format!("the script engine does not start: {refused}"))]
}
