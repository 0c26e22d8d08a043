//! What one call works on: the batch, the answers so far, the budget of the current row and what it has read.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use nuan_vocabulary::columns::{Batch, Failure};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::reason::Value;
use rhai::Dynamic;

use crate::answer::Answers;
use crate::row::{self, Row};
use crate::surface::Target;
use crate::value::{Evaluated, fault, from_setting};

/// How many operations one row of one function may take; sized so that it stops before the fuel of a call does.
pub(crate) const OPERATIONS_PER_ROW: u32 = 200_000;

/// The state that the engine's functions share.
pub(crate) struct Frame {
    batch: RefCell<Rc<Batch>>,
    /// What has been answered.
    pub(crate) answers: RefCell<Answers>,
    /// What ended the call early.
    pub(crate) failure: RefCell<Option<Failure>>,
    /// The inputs that the current row has read; only in `explain`.
    pub(crate) reads: RefCell<Option<BTreeSet<u32>>>,
    settings: RefCell<BTreeMap<String, Value>>,
    operations: Cell<u32>,
    tripped: Cell<bool>,
}

impl Frame {
    /// Before any call.
    pub(crate) fn new() -> Self {
        Self {
            batch: RefCell::new(Rc::new(Batch { as_of: Date::from_days(0), levels: Vec::new() })),
            answers: RefCell::default(),
            failure: RefCell::default(),
            reads: RefCell::default(),
            settings: RefCell::default(),
            operations: Cell::new(0),
            tripped: Cell::new(false),
        }
    }

    /// Begins a call.
    pub(crate) fn begin(&self, batch: Rc<Batch>, answers: Answers, reasons: Reasons) {
        self.batch.replace(batch);
        self.answers.replace(answers);
        self.failure.replace(None);
        self.operations.set(0);
        self.tripped.set(false);
        self.reads.replace(match reasons {
            Reasons::Left => None,
            Reasons::Given => Some(BTreeSet::new()),
        });
    }

    /// Ends a call: the answers, and what ended it early.
    pub(crate) fn end(&self) -> (Answers, Option<Failure>) {
        self.batch.replace(Rc::new(Batch { as_of: Date::from_days(0), levels: Vec::new() }));
        (self.answers.take(), self.failure.take())
    }

    /// Sets what the operator has set.
    pub(crate) fn configure(&self, settings: impl IntoIterator<Item = (String, Value)>) {
        self.settings.replace(settings.into_iter().collect());
    }

    /// A setting, if the operator has set it.
    pub(crate) fn setting(&self, name: &str) -> Evaluated<Dynamic> {
        let settings = self.settings.borrow();
        settings.get(name).map_or_else(|| fault("there is no such setting"), |value| Ok(from_setting(value)))
    }

    /// Begins a row: nothing of the row before is left.
    pub(crate) fn begin_row(&self) {
        self.operations.set(0);
        self.tripped.set(false);
        if let Some(reads) = self.reads.borrow_mut().as_mut() {
            reads.clear();
        }
    }

    /// The batch of this call.
    pub(crate) fn batch(&self) -> Rc<Batch> {
        Rc::clone(&self.batch.borrow())
    }

    /// Counts an operation; `false` once the row has used its budget, and then for good.
    pub(crate) fn count_operation(&self) -> bool {
        let operations = self.operations.get() + 1;
        self.operations.set(operations);
        if operations > OPERATIONS_PER_ROW {
            self.tripped.set(true);
        }
        !self.tripped.get()
    }

    /// Whether the row has used its budget, even if something swallowed the stop.
    pub(crate) const fn has_tripped(&self) -> bool {
        self.tripped.get()
    }

    /// Reads a property of a row.
    pub(crate) fn read(&self, at: Row, places: &[(u32, Target)]) -> Evaluated<Dynamic> {
        let Some((_, target)) = places.iter().find(|(level, _)| *level == at.level) else {
            return fault("this row has no such property");
        };
        if let (Some(reads), Some(input)) = (self.reads.borrow_mut().as_mut(), target.input()) {
            reads.insert(input);
        }
        row::read(&self.batch.borrow(), at, target).map_or_else(|| fault("the batch does not fit the manifest"), Ok)
    }
}

/// Whether a call gives reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reasons {
    /// `evaluate`: none.
    Left,
    /// `explain`: one for each answer.
    Given,
}
