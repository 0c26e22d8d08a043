//! What the rules answer for one household, in the words in which people write cases; the same for every way to run them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use nuan_domain::document::HouseholdDocument;
use nuan_domain::evaluation::{Evaluation, Missing, Obstacles, Produced};
use nuan_domain::plan::PluginSpec;
use nuan_domain::schema::EntityIndex;
use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::columns::{Column, ColumnValues};
use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::determination::{MissingInput, OutputValue, State};
use nuan_vocabulary::fen::{Fen, Ratio};
use nuan_vocabulary::known::Cause;
use nuan_vocabulary::resolved::ResolvedOutput;

/// What a plugin or the machinery says stands in the way, as `NU4030` is written in a case.
pub const NO_RULE_HELD: &str = "no_rule_held";
/// The same for `NU4031`.
pub const OUT_OF_RANGE: &str = "out_of_range";

/// The answers for one household, by output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers(pub BTreeMap<String, Vec<Row>>);

/// One row of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The member that it is about.
    pub member: Option<String>,
    /// The place in the member's or the household's list, from 0.
    pub index: Option<u32>,
    /// The answer.
    pub told: Told,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Yes or no.
    Flag(bool),
    /// A count.
    Number(i64),
    /// An amount.
    Money(Fen),
    /// A ratio.
    Ratio(Ratio),
    /// A status, code, date, month or text.
    Text(String),
    /// Known to be none.
    None,
    /// Undetermined: what is missing, and codes of what else stands in the way.
    Undetermined(BTreeSet<Lack>),
}

/// One thing for want of which there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lack {
    /// The fact, list, parameter, or the code of what stands in the way.
    pub name: String,
    /// The member whose fact or list it is.
    pub member: Option<String>,
}

impl Answers {
    /// The answers of a determination as the API gives it.
    pub fn of_determination(outputs: &[OutputValue]) -> Self {
        let mut answers = Self::default();
        for output in outputs {
            let row = Row { member: output.member.clone(), index: output.index, told: told(output) };
            answers.0.entry(output.name.clone()).or_default().push(row);
        }
        answers
    }

    /// The answers for one household of an evaluated batch.
    pub fn of_evaluation(
        evaluation: &Evaluation<'_>,
        plugins: &[PluginSpec],
        household: u32,
        document: &HouseholdDocument,
    ) -> Self {
        let home = Home { evaluation, household, document };
        let mut answers = Self::default();
        for (name, produced) in &evaluation.outputs {
            let resolved = plugins
                .get(produced.plugin)
                .and_then(|plugin| plugin.resolved.outputs.iter().find(|output| output.name == *name));
            let Some(resolved) = resolved else { continue };
            let rows = evaluation.rows_of(produced.entity, household).map(|row| home.row(resolved, produced, row));
            answers.0.insert(name.clone(), rows.collect());
        }
        answers
    }

    /// The rows of an output.
    pub fn rows(&self, output: &str) -> &[Row] {
        self.0.get(output).map(Vec::as_slice).unwrap_or_default()
    }
}

fn told(output: &OutputValue) -> Told {
    match output.state {
        State::Eligible => return Told::Text("eligible".to_owned()),
        State::NotEligible => return Told::Text("not_eligible".to_owned()),
        State::None => return Told::None,
        State::Undetermined => {
            let codes =
                output.hindrances.iter().map(|hindrance| Lack { name: word(&hindrance.code).to_owned(), member: None });
            return Told::Undetermined(output.missing.iter().map(lack).chain(codes).collect());
        }
        State::Known => {}
    }
    let amount = output.amount_fen.map(|fen| Told::Money(Fen::new(fen)));
    let ratio = output.ratio_millionths.map(|parts| Told::Ratio(Ratio::from_millionths(parts)));
    let known = amount.or(ratio).or(output.number.map(Told::Number)).or(output.flag.map(Told::Flag));
    known.unwrap_or_else(|| Told::Text(output.text.clone().unwrap_or_default()))
}

fn lack(missing: &MissingInput) -> Lack {
    let parameter = missing.parameter.as_ref().map(|parameter| parameter.id.clone());
    let name = missing.fact.clone().or_else(|| missing.list.clone()).or(parameter).unwrap_or_default();
    Lack { name, member: missing.member.clone() }
}

fn word(code: &str) -> &str {
    match code {
        "NU4030" => NO_RULE_HELD,
        "NU4031" => OUT_OF_RANGE,
        other => other,
    }
}

/// One household of a batch.
struct Home<'a> {
    evaluation: &'a Evaluation<'a>,
    household: u32,
    document: &'a HouseholdDocument,
}

impl Home<'_> {
    fn row(&self, resolved: &ResolvedOutput, produced: &Produced, row: u32) -> Row {
        let (member, index) = self.place(produced.entity, row);
        let at = usize::try_from(row).unwrap_or(usize::MAX);
        let told = if produced.column.is_known(at) {
            value(resolved, &produced.column, at)
        } else {
            Told::Undetermined(produced.obstacles.get(&row).map(|obstacles| self.lacks(obstacles)).unwrap_or_default())
        };
        Row { member, index, told }
    }

    fn place(&self, entity: EntityIndex, row: u32) -> (Option<String>, Option<u32>) {
        let schema = self.evaluation.schema;
        if entity == schema.household() {
            return (None, None);
        }
        if entity == schema.member() {
            return (self.reference(row), None);
        }
        let parent = self.evaluation.parent_row(entity, row);
        let offsets = self.evaluation.facts.entity(entity).map(|rows| rows.offsets.as_slice()).unwrap_or_default();
        let first = usize::try_from(parent).ok().and_then(|parent| offsets.get(parent)).copied().unwrap_or(0);
        let is_of_member = schema.entity_shape(entity).and_then(|shape| shape.parent) == Some(schema.member());
        let member = if is_of_member { self.reference(parent) } else { None };
        (member, Some(row.saturating_sub(first)))
    }

    fn reference(&self, row: u32) -> Option<String> {
        let first = self.evaluation.rows_of(self.evaluation.schema.member(), self.household).start;
        let index = usize::try_from(row.checked_sub(first)?).ok()?;
        self.document.members.get(index).map(|member| member.reference.clone())
    }

    fn lacks(&self, obstacles: &Obstacles) -> BTreeSet<Lack> {
        let missing = obstacles.missing.iter().filter_map(|missing| self.lack(missing));
        let causes = obstacles.causes.iter().map(|cause| match cause {
            Cause::NoRuleHeld(_) => NO_RULE_HELD,
            Cause::OutOfRange(_) => OUT_OF_RANGE,
        });
        let codes = causes.chain(obstacles.faults.iter().map(|fault| fault.code.as_str()));
        missing.chain(codes.map(|code| Lack { name: code.to_owned(), member: None })).collect()
    }

    fn lack(&self, missing: &Missing) -> Option<Lack> {
        let schema = self.evaluation.schema;
        Some(match missing {
            Missing::Fact { fact, row } => {
                let shape = schema.fact_shape(*fact)?;
                Lack { name: shape.name.clone(), member: self.place(shape.entity, *row).0 }
            }
            Missing::List { entity, row } => {
                let shape = schema.entity_shape(*entity)?;
                Lack { name: shape.name.clone(), member: shape.parent.and_then(|parent| self.place(parent, *row).0) }
            }
            Missing::Parameter { id, .. } => Lack { name: id.clone(), member: None },
        })
    }
}

fn value(resolved: &ResolvedOutput, column: &Column, row: usize) -> Told {
    if column.is_none(row) {
        return Told::None;
    }
    match &column.values {
        ColumnValues::Flag(flags) => Told::Flag(flags.get(row) == Some(&1)),
        ColumnValues::Int64(numbers) => {
            let number = numbers.get(row).copied().unwrap_or_default();
            match resolved.value_type {
                ValueType::Money => Told::Money(Fen::new(number)),
                ValueType::Ratio => Told::Ratio(Ratio::from_millionths(number)),
                _ => Told::Number(number),
            }
        }
        ColumnValues::Int32(days) => {
            let day = days.get(row).copied().unwrap_or_default();
            let is_month = resolved.value_type == ValueType::Month;
            Told::Text(if is_month { Month::from_months(day).to_string() } else { Date::from_days(day).to_string() })
        }
        ColumnValues::Code(codes) => {
            let code =
                codes.get(row).and_then(|code| usize::try_from(*code).ok()).and_then(|code| resolved.codes.get(code));
            Told::Text(code.cloned().unwrap_or_default())
        }
        ColumnValues::Text(texts) => Told::Text(texts.get(row).unwrap_or_default().to_owned()),
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Money(amount) => write!(f, "\"{amount}\""),
            Self::Ratio(ratio) => write!(f, "\"{ratio}\""),
            Self::Text(text) => f.write_str(text),
            Self::None => f.write_str("none"),
            Self::Undetermined(lacks) => {
                let names: Vec<String> = lacks.iter().map(Lack::to_string).collect();
                write!(f, "undetermined [{}]", names.join(", "))
            }
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.member.as_ref().map_or(Ok(()), |member| write!(f, "{member}."))?;
        f.write_str(&self.name)
    }
}
