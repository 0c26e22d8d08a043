//! Finds what would go wrong in a run before any run: names that do not exist, outputs that are not declared, values that
//! cannot be read. Rhai's strict variables see variables only; the rest is found here, by walking the script's tree.

mod answers;
mod literals;

use std::collections::{BTreeMap, BTreeSet};

use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::resolved::ResolvedManifest;
use rhai::{AST, ASTNode, Expr, FnCallExpr, Position, Stmt};

use crate::engine::FUNCTIONS;
use crate::fault::place;
use crate::reason::WrittenReason;
use crate::surface::Properties;

/// A name that no column, list, parent or map of the script has.
const UNKNOWN_NAME: &str = "NU3202";
/// A function that rules do not have.
const UNKNOWN_FUNCTION: &str = "NU3203";

/// What a look through a script brought to light.
pub(crate) struct Findings {
    /// All mistakes, in the order of the text.
    pub(crate) mistakes: Vec<Diagnostic>,
    /// The reason that stands first for each output.
    pub(crate) reasons: BTreeMap<usize, WrittenReason>,
    /// Where the maps with reasons begin.
    pub(crate) reason_maps: Vec<Position>,
}

/// Looks through a script.
pub(crate) fn look_through(ast: &AST, manifest: &ResolvedManifest, properties: &Properties) -> Findings {
    let mut lint = Lint::new(ast, manifest, properties);
    lint.functions(ast);
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(node) = path.last() {
            lint.node(node);
        }
        true
    });
    lint.outputs_without_answer();
    let Lint { mut mistakes, reasons, reason_maps, .. } = lint;
    mistakes.sort_by_key(|(position, _)| (position.line(), position.position()));
    let reasons = reasons.into_iter().map(|(output, (_, reason))| (output, reason)).collect();
    Findings { mistakes: mistakes.into_iter().map(|(_, mistake)| mistake).collect(), reasons, reason_maps }
}

struct Lint<'a> {
    manifest: &'a ResolvedManifest,
    /// The script's own functions with the number of their parameters.
    own: Vec<(String, usize)>,
    /// What may stand behind a dot.
    properties: &'a Properties,
    /// Keys of the script's maps, which may stand behind a dot too.
    keys: BTreeSet<String>,
    mistakes: Vec<(Position, Diagnostic)>,
    reasons: BTreeMap<usize, (Position, WrittenReason)>,
    reason_maps: Vec<Position>,
}

impl<'a> Lint<'a> {
    fn new(ast: &AST, manifest: &'a ResolvedManifest, properties: &'a Properties) -> Self {
        let own = ast.iter_functions().filter(|function| !function.name.starts_with("anon$"));
        let mut keys = BTreeSet::new();
        ast.walk(&mut |path: &[ASTNode<'_>]| {
            if let Some(ASTNode::Expr(Expr::Map(map, _))) = path.last() {
                keys.extend(map.0.iter().map(|(key, _)| key.name.to_string()));
            }
            true
        });
        Self {
            manifest,
            own: own.map(|function| (function.name.to_owned(), function.params.len())).collect(),
            properties,
            keys,
            mistakes: Vec::new(),
            reasons: BTreeMap::new(),
            reason_maps: Vec::new(),
        }
    }

    fn report(&mut self, position: Position, code: &str, detail: impl Into<String>) {
        self.mistakes.push((position, Diagnostic::new(code, place(position), detail)));
    }

    fn suggest<'n>(
        &mut self,
        position: Position,
        code: &str,
        detail: String,
        written: &str,
        known: impl Iterator<Item = &'n str>,
    ) {
        let mistake = Diagnostic::new(code, place(position), detail).with_suggestion(written, known);
        self.mistakes.push((position, mistake));
    }

    /// Rules are functions, their names are free, and one that is named after an entity takes a row of it.
    fn functions(&mut self, ast: &AST) {
        if let Some(statement) = ast.statements().iter().find(|statement| !matches!(statement, Stmt::Noop(_))) {
            let detail = "only functions stand in a script; put this into the function of its entity";
            self.report(statement.position(), crate::syntax::CODE, detail);
        }
        for (name, parameters) in self.own.clone() {
            if FUNCTIONS.contains(&name.as_str()) || name.starts_with("__") {
                self.report(
                    Position::NONE,
                    UNKNOWN_FUNCTION,
                    format!("the name `{name}` is taken; call your function something else"),
                );
            }
            if parameters != 1 && self.manifest.levels.iter().any(|level| level.entity == name) {
                self.report(
                    Position::NONE,
                    UNKNOWN_FUNCTION,
                    format!("`fn {name}` is called with one row of the entity; give it one parameter"),
                );
            }
        }
    }

    fn node(&mut self, node: &ASTNode<'_>) {
        match node {
            ASTNode::Expr(Expr::FnCall(call, position)) | ASTNode::Stmt(Stmt::FnCall(call, position)) => {
                self.call(call, *position, Style::Function);
            }
            ASTNode::Expr(Expr::MethodCall(call, position)) => self.call(call, *position, Style::Method),
            ASTNode::Expr(Expr::Property(property, position)) => self.property(&property.2, *position),
            ASTNode::Stmt(Stmt::Assignment(assignment)) if matches!(assignment.1.lhs, Expr::Dot(..)) => {
                self.property_is_kept(&assignment.1.lhs);
            }
            _ => {}
        }
    }

    fn property(&mut self, name: &str, position: Position) {
        if self.properties.contains_key(name) || self.keys.contains(name) {
            return;
        }
        let known = self.properties.keys().map(String::as_str);
        let detail =
            format!("there is no property `{name}`; a rule sees the inputs and parameters of its manifest only");
        self.suggest(position, UNKNOWN_NAME, detail, name, known);
    }

    fn property_is_kept(&mut self, target: &Expr) {
        if let Expr::Dot(parts, _, _) = target
            && let Expr::Property(property, position) = &parts.rhs
            && self.properties.contains_key(property.2.as_str())
        {
            self.report(*position, UNKNOWN_NAME, format!("`{}` is a fact; a rule cannot change it", property.2));
        }
    }

    fn call(&mut self, call: &FnCallExpr, position: Position, style: Style) {
        if call.is_operator_call() {
            return self.comparison(call);
        }
        let name = call.name.as_str();
        if style == Style::Function && is_capture(call) {
            return;
        }
        if !FUNCTIONS.contains(&name) && !self.own.iter().any(|(own, _)| own == name) {
            let own: Vec<String> = self.own.iter().map(|(own, _)| own.clone()).collect();
            let known = FUNCTIONS.into_iter().chain(own.iter().map(String::as_str));
            return self.suggest(
                position,
                UNKNOWN_FUNCTION,
                format!("there is no function `{name}` in rules"),
                name,
                known,
            );
        }
        if name == "answer" {
            self.answer(call, position, style);
        } else {
            self.literals(call, style);
        }
    }
}

/// What the parser makes of a closure that uses variables around it.
fn is_capture(call: &FnCallExpr) -> bool {
    call.name == "curry" && matches!(call.args.first(), Some(Expr::DynamicConstant(..)))
}

/// How a function is called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `f(x, y)`.
    Function,
    /// `x.f(y)`.
    Method,
}

/// The arguments behind the object, however the call is written.
fn arguments(call: &FnCallExpr, style: Style) -> &[Expr] {
    match style {
        Style::Method => &call.args,
        Style::Function => call.args.get(1..).unwrap_or_default(),
    }
}

/// A text that stands in the script as such.
fn text(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::StringConstant(text, _) => Some(text.as_str()),
        _ => None,
    }
}
