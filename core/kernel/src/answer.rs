//! From columns to the answer for one household: every output with its state, its value, and what is missing for it.

use nuan_domain::document::HouseholdDocument;
use nuan_domain::evaluation::{Evaluation, Missing, Obstacles, Produced};
use nuan_domain::schema::EntityIndex;
use nuan_vocabulary::catalogue::{STATUS_CODES, ValueType};
use nuan_vocabulary::columns::{Column, ColumnValues};
use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::determination::{Hindrance, MissingInput, MissingParameter, OutputValue, State};
use nuan_vocabulary::known::Cause;
use nuan_vocabulary::manifest::Role;
use nuan_vocabulary::resolved::ResolvedOutput;

use crate::installed::Installed;

/// Which outputs are wanted.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'a> {
    /// All but intermediate ones below the household.
    Determination,
    /// Those of these names.
    Named(&'a [String]),
}

impl Selection<'_> {
    fn wants(self, output: &ResolvedOutput) -> bool {
        match self {
            Self::Determination => output.level == 0 || output.role != Role::Intermediate,
            Self::Named(names) => names.contains(&output.name),
        }
    }
}

/// One household inside an evaluated batch.
pub struct Subject<'a> {
    /// What is installed.
    pub installed: &'a Installed,
    /// The batch.
    pub evaluation: &'a Evaluation<'a>,
    /// The household's row.
    pub row: u32,
    /// Its document.
    pub document: &'a HouseholdDocument,
}

/// The outputs of a household, plugin by plugin in the order they ran, then by name, then by row.
pub fn outputs(subject: &Subject<'_>, order: &[usize], selection: Selection<'_>) -> Vec<OutputValue> {
    let mut values = Vec::new();
    for position in order {
        let Some(plugin) = subject.installed.specs.get(*position) else { continue };
        for resolved in plugin.resolved.outputs.iter().filter(|output| selection.wants(output)) {
            let Some(produced) = subject.evaluation.outputs.get(&resolved.name) else { continue };
            if produced.plugin == *position {
                rows(subject, produced).for_each(|row| values.push(value(subject, resolved, produced, row)));
            }
        }
    }
    values
}

fn rows(subject: &Subject<'_>, produced: &Produced) -> std::ops::Range<u32> {
    subject.evaluation.rows_of(produced.entity, subject.row)
}

fn value(subject: &Subject<'_>, resolved: &ResolvedOutput, produced: &Produced, row: u32) -> OutputValue {
    let (member, index) = subject.place(produced.entity, row);
    let coordinate = subject.installed.coordinates.get(produced.plugin).cloned().unwrap_or_default();
    let mut value = OutputValue {
        name: resolved.name.clone(),
        member,
        index,
        state: State::Undetermined,
        amount_fen: None,
        number: None,
        ratio_millionths: None,
        flag: None,
        text: None,
        per: resolved.per.clone(),
        role: resolved.role,
        plugin: coordinate,
        missing: Vec::new(),
        hindrances: Vec::new(),
    };
    let obstacles = produced.obstacles.get(&row);
    let at = usize::try_from(row).unwrap_or(usize::MAX);
    if produced.column.is_known(at) {
        set_value(&mut value, resolved, &produced.column, at);
    } else if let Some(obstacles) = obstacles {
        value.missing = obstacles.missing.iter().map(|missing| subject.missing(missing)).collect();
    }
    value.hindrances = obstacles.map(hindrances).unwrap_or_default();
    value
}

fn set_value(value: &mut OutputValue, resolved: &ResolvedOutput, column: &Column, row: usize) {
    if column.is_none(row) {
        value.state = State::None;
        return;
    }
    value.state = State::Known;
    match &column.values {
        ColumnValues::Flag(flags) => value.flag = flags.get(row).map(|flag| *flag == 1),
        ColumnValues::Int64(numbers) => {
            let number = numbers.get(row).copied();
            match resolved.value_type {
                ValueType::Money => value.amount_fen = number,
                ValueType::Ratio => value.ratio_millionths = number,
                _ => value.number = number,
            }
        }
        ColumnValues::Int32(days) => {
            let day = days.get(row).copied().unwrap_or(0);
            let is_month = resolved.value_type == ValueType::Month;
            value.text =
                Some(if is_month { Month::from_months(day).to_string() } else { Date::from_days(day).to_string() });
        }
        ColumnValues::Code(codes) => {
            let code =
                codes.get(row).and_then(|code| usize::try_from(*code).ok()).and_then(|code| resolved.codes.get(code));
            match code.map(String::as_str) {
                Some(code) if resolved.value_type == ValueType::Status => {
                    value.state = if STATUS_CODES.get(1) == Some(&code) { State::Eligible } else { State::NotEligible };
                }
                code => value.text = code.map(str::to_owned),
            }
        }
        ColumnValues::Text(texts) => value.text = texts.get(row).map(str::to_owned),
    }
}

fn hindrances(obstacles: &Obstacles) -> Vec<Hindrance> {
    let cause = |cause: &Cause| match cause {
        Cause::NoRuleHeld(rule) => Hindrance {
            code: "NU4030".to_owned(),
            detail: format!("no text of the law is held for `{rule}` on this date"),
        },
        Cause::OutOfRange(rule) => {
            Hindrance { code: "NU4031".to_owned(), detail: format!("an amount in `{rule}` is out of range") }
        }
    };
    let faults =
        obstacles.faults.iter().map(|fault| Hindrance { code: fault.code.clone(), detail: fault.detail.clone() });
    obstacles.causes.iter().map(cause).chain(faults).collect()
}

impl Subject<'_> {
    /// The member and the index in a list that a row stands for.
    pub fn place(&self, entity: EntityIndex, row: u32) -> (Option<String>, Option<u32>) {
        let schema = self.evaluation.schema;
        if entity == schema.household() {
            return (None, None);
        }
        if entity == schema.member() {
            return (self.reference(row), None);
        }
        let parent = self.evaluation.parent_row(entity, row);
        let parent_entity = schema.entity_shape(entity).and_then(|shape| shape.parent);
        let offsets = self.evaluation.facts.entity(entity).map(|rows| rows.offsets.as_slice()).unwrap_or_default();
        let first = usize::try_from(parent).ok().and_then(|parent| offsets.get(parent)).copied().unwrap_or(0);
        let member = if parent_entity == Some(schema.member()) { self.reference(parent) } else { None };
        (member, Some(row.saturating_sub(first)))
    }

    fn reference(&self, member: u32) -> Option<String> {
        let first = self.evaluation.rows_of(self.evaluation.schema.member(), self.row).start;
        let index = usize::try_from(member.checked_sub(first)?).ok()?;
        self.document.members.get(index).map(|member| member.reference.clone())
    }

    fn missing(&self, missing: &Missing) -> MissingInput {
        let mut named = MissingInput { member: None, fact: None, index: None, list: None, parameter: None };
        let schema = self.evaluation.schema;
        match missing {
            Missing::Fact { fact, row } => {
                if let Some(shape) = schema.fact_shape(*fact) {
                    (named.member, named.index) = self.place(shape.entity, *row);
                    named.fact = Some(shape.name.clone());
                }
            }
            Missing::List { entity, row } => {
                if let Some(shape) = schema.entity_shape(*entity) {
                    named.member = shape.parent.and_then(|parent| self.place(parent, *row).0);
                    named.list = Some(shape.name.clone());
                }
            }
            Missing::Parameter { id, .. } => {
                let (division, on) = (self.document.division, self.evaluation.facts.as_of);
                named.parameter = Some(MissingParameter { id: id.clone(), division, on });
            }
        }
        named
    }
}
