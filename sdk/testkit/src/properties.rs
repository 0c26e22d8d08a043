//! What holds not for one household but around every household of a file of cases.
//!
//! A property is tried on families of households: each case's own, with one fact walking a grid around its value, or with
//! members or rows in another order. The grid is fixed, so a run is the same every time. A property that nothing could be
//! tried on is a failure.

mod family;
mod order;

use std::collections::BTreeMap;
use std::fmt;

use nuan_vocabulary::catalogue::STATUS_CODES;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::fen::Fen;
use nuan_vocabulary::parameter::Written;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use self::family::{Family, families};
use crate::answers::{Answers, Row, Told};
use crate::case::{Case, Place};
use crate::expect::{Expected, is_told};
use crate::given::document;
use crate::mistakes::Mistakes;
use crate::plugin::Plugin;

/// Which way an output moves while a fact rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It never falls.
    Rising,
    /// It never rises.
    Falling,
}

/// A property of the rules.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Property {
    /// While the fact rises, the output moves in one direction only. A status rises from not eligible to eligible.
    Monotone {
        /// The output.
        output: String,
        /// The fact.
        by: String,
        /// The direction of the output.
        direction: Direction,
    },
    /// The order of members, or of the rows of a list, changes nothing.
    PermutationInvariant(String),
    /// Whoever has more of the fact never has less of fact and output together, but for one fen of rounding a payment.
    NoCliff {
        /// The output, an amount.
        output: String,
        /// The fact, an amount.
        by: String,
    },
    /// The output, an amount, is never below a floor.
    NeverBelow {
        /// The output.
        output: String,
        /// A quoted amount, or the name of another output of the same row.
        floor: String,
        /// A fact that walks the grid meanwhile.
        #[serde(default)]
        by: Option<String>,
        /// Only where these outputs have these values.
        #[serde(default)]
        #[schemars(with = "BTreeMap<String, Written>")]
        only_where: BTreeMap<String, Value>,
    },
}

/// How a property fared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// How many pairs of answers were compared.
    pub compared: usize,
    /// Where it does not hold.
    pub violations: Vec<Violation>,
}

/// A household for which the property does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The case around whose household it was found.
    pub place: Place,
    /// The case's name.
    pub case: String,
    /// The two inputs and what was answered for them.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}\n  {}", self.place, self.case, self.detail)
    }
}

impl Property {
    /// Tries the property around the households of some cases.
    pub fn try_on(&self, cases: &[Case], plugin: &Plugin) -> Result<Tried, Mistakes> {
        self.check_names(plugin)?;
        let mut tried = Tried::default();
        let households = cases.iter().map(|case| document(case, plugin.schema())).collect::<Result<Vec<Value>, _>>()?;
        for ((case, household), next) in cases.iter().zip(&households).zip(households.iter().cycle().skip(1)) {
            match self {
                Self::PermutationInvariant(entity) => {
                    order::try_joined(entity, case, [household, next], plugin, &mut tried)?;
                }
                Self::NeverBelow { by: None, .. } => {
                    let answers = plugin.answers(case, std::slice::from_ref(household))?;
                    self.compare_with_floor(case, "the case itself", answers.first(), &mut tried);
                }
                Self::Monotone { by, .. } | Self::NoCliff { by, .. } | Self::NeverBelow { by: Some(by), .. } => {
                    for family in families(household, by, plugin.schema()) {
                        self.try_family(case, &family, plugin, &mut tried)?;
                    }
                }
            }
        }
        Ok(tried)
    }

    fn try_family(&self, case: &Case, family: &Family, plugin: &Plugin, tried: &mut Tried) -> Result<(), Mistakes> {
        let households: Vec<Value> = family.points.iter().map(|point| point.household.clone()).collect();
        let answers = plugin.answers(case, &households)?;
        let points: Vec<Asked<'_>> = family
            .points
            .iter()
            .zip(&answers)
            .map(|(point, answers)| Asked { at: point.number, shown: &point.shown, answers })
            .collect();
        for point in &points {
            let shown = format!("{} = {}", family.place, point.shown);
            self.compare_with_floor(case, &shown, Some(point.answers), tried);
        }
        for pair in points.windows(2) {
            if let [less, more] = pair
                && let Some(detail) = self.compare(less, more, plugin, &mut tried.compared)
            {
                let (place, case) = (case.place.clone(), case.name.clone());
                let detail = format!("{} from {} to {}: {detail}", family.place, less.shown, more.shown);
                tried.violations.push(Violation { place, case, detail });
            }
        }
        Ok(())
    }

    /// What is wrong with two neighbours of a family.
    fn compare(&self, less: &Asked<'_>, more: &Asked<'_>, plugin: &Plugin, compared: &mut usize) -> Option<String> {
        match self {
            Self::Monotone { output, direction, .. } => less.answers.rows(output).iter().find_map(|row| {
                let same = |other: &&Row| (&other.member, other.index) == (&row.member, row.index);
                let other = more.answers.rows(output).iter().find(same)?;
                let (before, after) = (rank(&row.told)?, rank(&other.told)?);
                *compared += 1;
                let holds = if *direction == Direction::Rising { before <= after } else { after <= before };
                (!holds).then(|| format!("{output} goes from {} to {}", row.told, other.told))
            }),
            Self::NoCliff { output, by } => {
                let (before, after) = (amount(less.answers, output)?, amount(more.answers, output)?);
                *compared += 1;
                let payments = payments(plugin, output, by);
                let gained = more.at - less.at + payments * (after - before);
                (gained < -payments).then(|| format!("{output} goes from {} to {}", Fen::new(before), Fen::new(after)))
            }
            Self::NeverBelow { .. } | Self::PermutationInvariant(_) => None,
        }
    }

    fn compare_with_floor(&self, case: &Case, shown: &str, answers: Option<&Answers>, tried: &mut Tried) {
        let (Self::NeverBelow { output, floor, only_where, .. }, Some(answers)) = (self, answers) else { return };
        let is_row = |other: &Row, row: &Row| other.member.is_none() || other.member == row.member;
        for row in answers.rows(output) {
            let holds = |(name, value): (&String, &Value)| {
                let expected = Expected::Value(value.clone());
                answers.rows(name).iter().any(|other| is_row(other, row) && is_told(&expected, &other.told))
            };
            let of_output =
                || answers.rows(floor).iter().find(|other| is_row(other, row)).and_then(|other| rank(&other.told));
            let least = Fen::parse_yuan(floor).ok().map(Fen::get).or_else(of_output);
            let (Some(least), Some(number), true) = (least, rank(&row.told), only_where.iter().all(holds)) else {
                continue;
            };
            tried.compared += 1;
            if number < least {
                let detail = format!("{shown}: {output} is {}, below {floor}", row.told);
                tried.violations.push(Violation { place: case.place.clone(), case: case.name.clone(), detail });
            }
        }
    }

    /// Refuses names that nobody knows, so that a slip is not a property that never fails.
    fn check_names(&self, plugin: &Plugin) -> Result<(), Mistakes> {
        let known = plugin.outputs();
        let (outputs, by): (Vec<&String>, Option<&String>) = match self {
            Self::Monotone { output, by, .. } | Self::NoCliff { output, by } => (vec![output], Some(by)),
            Self::NeverBelow { output, floor, by, only_where } => {
                let floor = Some(floor).filter(|floor| Fen::parse_yuan(floor).is_err());
                (std::iter::once(output).chain(floor).chain(only_where.keys()).collect(), by.as_ref())
            }
            Self::PermutationInvariant(entity) if plugin.schema().entity(entity).is_some() => return Ok(()),
            Self::PermutationInvariant(entity) => return Err(unknown(entity)),
        };
        let output = outputs.into_iter().find(|output| !known.contains_key(*output));
        let fact = by.filter(|fact| plugin.schema().fact(fact).is_none());
        output.or(fact).map_or(Ok(()), |name| Err(unknown(name)))
    }
}

fn unknown(name: &str) -> Mistakes {
    Diagnostic::new("NU3612", name, "the property names no output, fact or list of this plugin").into()
}

/// One household of a family with its answers.
struct Asked<'a> {
    at: i64,
    shown: &'a str,
    answers: &'a Answers,
}

/// A number that orders answers; unknown ones have none.
fn rank(told: &Told) -> Option<i64> {
    match told {
        Told::Flag(flag) => Some(i64::from(*flag)),
        Told::Number(number) => Some(*number),
        Told::Money(amount) => Some(amount.get()),
        Told::Ratio(ratio) => Some(ratio.millionths()),
        Told::Text(text) => STATUS_CODES.iter().zip(0..).find(|(code, _)| *code == text).map(|(_, rank)| rank),
        Told::None | Told::Undetermined(_) => None,
    }
}

/// All rows of an amount together; unknown where one of them is, or where there is none.
fn amount(answers: &Answers, output: &str) -> Option<i64> {
    let rows = answers.rows(output);
    let known = rows.iter().map(|row| rank(&row.told)).collect::<Option<Vec<i64>>>()?;
    (!known.is_empty()).then(|| known.into_iter().sum())
}

/// How many payments of the output fall into the time that the fact counts.
fn payments(plugin: &Plugin, output: &str, by: &str) -> i64 {
    let is_per = |per: &[String], unit: &str| per.iter().any(|other| other == unit);
    let fact = plugin.schema().catalogue().facts.get(by).map(|fact| fact.per.as_slice()).unwrap_or_default();
    let output = plugin.outputs().get(output).map(|output| output.per.as_slice()).unwrap_or_default();
    if is_per(fact, "year") && is_per(output, "month") { 12 } else { 1 }
}
