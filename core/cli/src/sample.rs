//! An invented population: household documents drawn from distributions that are a file, not code.
//!
//! Nothing here knows a fact, an amount, an age or a programme; they stand in the file (`examples/population/`). A
//! household depends on the distributions, the seed, the as-of date and its own number, so any slice can be made alone.
//!
//! INVARIANT: no two persons of a population share a citizen id, and every id belongs to nobody (999999).

mod distributions;
mod document;
mod draw;
mod person;
mod splitmix;
mod strata;

use std::ops::Range;

use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use serde_json::Value;

pub use self::distributions::Distributions;
use self::person::Register;
use self::strata::Strata;

/// There is no such population.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The file is no YAML of this form.
    #[error("failed to read the distributions")]
    Read(#[source] Box<serde_saphyr::Error>),
    /// The file contradicts itself; all its mistakes.
    #[error("the distributions have {} mistakes", .0.len())]
    Mistakes(Vec<Diagnostic>),
    /// There are not enough citizen ids with these ages.
    #[error("a population of these ages has at most {most} households, {asked} were asked for")]
    TooMany {
        /// How many were asked for.
        asked: usize,
        /// How many there can be.
        most: u64,
    },
}

/// A population that is made as it is read.
#[derive(Debug)]
pub struct Population<'a> {
    distributions: &'a Distributions,
    strata: Strata<'a>,
    register: Register,
    seed: u64,
    as_of: Date,
}

/// The first `households` households of a population, one JSON document each.
pub fn population(
    distributions: &Distributions,
    households: usize,
    seed: u64,
    as_of: Date,
) -> Result<impl Iterator<Item = Value>, SampleError> {
    let population = Population::new(distributions, seed, as_of);
    let most = population.most();
    match u64::try_from(households) {
        Ok(asked) if asked <= most => Ok(population.slice(0..asked)),
        _ => Err(SampleError::TooMany { asked: households, most }),
    }
}

impl<'a> Population<'a> {
    /// The population of a seed on a date.
    pub fn new(distributions: &'a Distributions, seed: u64, as_of: Date) -> Self {
        let strata = Strata::new(distributions);
        let register = Register::new(distributions, seed, as_of);
        Self { distributions, strata, register, seed, as_of }
    }

    /// How many households have citizen ids of their own.
    pub fn most(&self) -> u64 {
        self.strata.most(&self.register)
    }

    /// The households with these numbers.
    pub fn slice(self, numbers: Range<u64>) -> impl Iterator<Item = Value> + use<'a> {
        numbers.map(move |number| self.household(number))
    }

    /// One household.
    pub fn household(&self, number: u64) -> Value {
        let plan = self.strata.household(self.seed, number);
        plan.map_or(Value::Null, |plan| document::household(self, number, &plan))
    }
}

#[cfg(test)]
mod tests;
