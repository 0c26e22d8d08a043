//! The distributions: a file that says what an invented population looks like.
//!
//! Profiles say how many households of which structure there are and what is special about them; structures list their
//! members; roles, cohorts and profiles give each member aspects; an aspect states facts, as they stand or drawn.
//!
//! INVARIANT: every name that is used is defined, every choice has something to choose, no two cohorts overlap.

mod check;

use std::collections::BTreeMap;

use nuan_vocabulary::citizen_id::Sex;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::fen::{Fen, NotAnAmount};
use serde::Deserialize;
use serde_json::Value;

use super::SampleError;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distributions {
    /// The version of this format.
    pub(super) version: u32,
    /// Names of persons.
    pub(super) names: Names,
    /// Tables of divisions; a profile names one.
    pub(super) divisions: BTreeMap<String, Divisions>,
    /// Ages, in full years on the as-of date.
    pub(super) cohorts: BTreeMap<String, Cohort>,
    /// What can be said about a household or a member.
    pub(super) aspects: BTreeMap<String, Aspect>,
    /// What a member is to the household.
    pub(super) roles: BTreeMap<String, Role>,
    /// Who lives together.
    pub(super) structures: BTreeMap<String, Structure>,
    /// The aspects that every household begins with.
    pub(super) background: Vec<String>,
    /// Which households there are, and how many.
    pub(super) profiles: BTreeMap<String, Profile>,
    /// What is left out here and there.
    pub(super) omissions: Omissions,
}

/// Names of persons; every combination is possible, and means nobody.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    pub(super) source: String,
    pub(super) surnames: Vec<String>,
    pub(super) male: Vec<String>,
    pub(super) female: Vec<String>,
}

/// Divisions by weight.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Divisions {
    pub(super) source: String,
    pub(super) weights: BTreeMap<DivisionCode, u64>,
}

/// Persons of an age. Their births are spread evenly over it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cohort {
    pub(super) source: String,
    /// The least and the greatest age.
    pub(super) ages: [i32; 2],
    /// What holds for all of them.
    #[serde(default)]
    pub(super) aspects: Vec<String>,
}

/// One thing that can be said, in one of several ways.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aspect {
    pub(super) source: String,
    pub(super) alternatives: Vec<Alternative>,
}

/// One of the ways. A later aspect of a member replaces what an earlier one says about the same fact.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    #[serde(default = "one")]
    pub(super) weight: u64,
    /// Facts as they stand.
    #[serde(default)]
    pub(super) facts: BTreeMap<String, Value>,
    /// Facts that are drawn.
    #[serde(default)]
    pub(super) draws: BTreeMap<String, Draw>,
    /// Lists known to be empty.
    #[serde(default)]
    pub(super) empty: Vec<String>,
    /// Lists with rows.
    #[serde(default)]
    pub(super) rows: BTreeMap<String, Vec<Rows>>,
}

/// Some rows of one list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// How many, at least and at most.
    #[serde(default = "one_row")]
    pub(super) count: [i64; 2],
    /// Instead of a count: one for each month, so many to so many months before the as-of date.
    #[serde(default)]
    pub(super) months_before: Option<[i32; 2]>,
    /// Facts as they stand.
    #[serde(default)]
    pub(super) facts: BTreeMap<String, Value>,
    /// Drawn once for all of these rows.
    #[serde(default)]
    pub(super) same: BTreeMap<String, Draw>,
    /// Drawn for each row.
    #[serde(default)]
    pub(super) each: BTreeMap<String, Draw>,
}

/// How a value is drawn.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Draw {
    /// True so many times in a thousand.
    PerMille(u64),
    /// One of several codes or amounts, with their weights.
    OneOf(BTreeMap<String, u64>),
    /// A count from the first to the second.
    Count([i64; 2]),
    /// An amount: the least, the greatest, the step between.
    Yuan(Band),
    /// The same for each member of the household.
    YuanPerMember(Band),
    /// A month, so many to so many months before the as-of date.
    MonthBefore([i32; 2]),
    /// A day of such a month.
    DayInMonthBefore([i32; 2]),
    /// The month of the row.
    MonthOfRow,
}

/// Amounts from the least to the greatest in even steps, written as three quoted amounts of yuan.
#[derive(Debug, Deserialize)]
#[serde(try_from = "[String; 3]")]
pub struct Band {
    pub(super) least: Fen,
    pub(super) most: Fen,
    pub(super) step: Fen,
}

/// What a member is to the household.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The relation of a man and of a woman, as a document writes it.
    pub(super) relation: BySex,
    #[serde(default)]
    pub(super) aspects: Vec<String>,
}

/// A code for either sex.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BySex {
    pub(super) male: String,
    pub(super) female: String,
}

/// Who lives together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Structure {
    pub(super) source: String,
    /// Of the household.
    #[serde(default)]
    pub(super) aspects: Vec<String>,
    pub(super) members: Vec<MemberOf>,
}

/// One member of a structure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberOf {
    pub(super) role: String,
    pub(super) cohort: String,
    #[serde(default)]
    pub(super) sex: SexOf,
    #[serde(default)]
    pub(super) aspects: Vec<String>,
}

/// The sex of a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SexOf {
    /// Either, half and half.
    #[default]
    Either,
    /// Not that of the first member.
    Other,
}

/// Households that have something in common.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub(super) source: String,
    /// The table of divisions.
    pub(super) divisions: String,
    /// How many households of each structure; the sum over all profiles is one block, and every block has the same.
    pub(super) structures: BTreeMap<String, usize>,
    /// Of the household.
    #[serde(default)]
    pub(super) household: Vec<String>,
    /// Of every member.
    #[serde(default)]
    pub(super) everyone: Vec<String>,
    /// Of the members with a role.
    #[serde(default)]
    pub(super) roles: BTreeMap<String, Vec<String>>,
}

/// What is left out, so that not everything is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Omissions {
    pub(super) source: String,
    /// How many households in a thousand lack something.
    pub(super) per_mille: u64,
    /// The fact or list that they lack.
    pub(super) weights: BTreeMap<String, u64>,
}

impl BySex {
    pub(super) fn of(&self, sex: Sex) -> &str {
        match sex {
            Sex::Male => &self.male,
            Sex::Female => &self.female,
        }
    }
}

impl Distributions {
    /// Reads the file. All its mistakes come at once.
    pub fn parse(yaml: &str) -> Result<Self, SampleError> {
        let read: Self = serde_saphyr::from_str(yaml).map_err(|error| SampleError::Read(Box::new(error)))?;
        let mistakes = check::mistakes(&read);
        if mistakes.is_empty() { Ok(read) } else { Err(SampleError::Mistakes(mistakes)) }
    }
}

impl TryFrom<[String; 3]> for Band {
    type Error = NotAnAmount;

    fn try_from(amounts: [String; 3]) -> Result<Self, NotAnAmount> {
        let [least, most, step] = amounts.map(|amount| Fen::parse_yuan(&amount));
        Ok(Self { least: least?, most: most?, step: step? })
    }
}

const fn one() -> u64 {
    1
}

const fn one_row() -> [i64; 2] {
    [1, 1]
}
