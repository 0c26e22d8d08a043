//! A register of so many persons, recorded by the kernel's own act, many households to a commit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use nuan_kernel::{Actor, HouseholdBody, Kernel};
use nuan_vocabulary::id::{HouseholdId, PersonId};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::people::{self, MEMBERS};

/// Households on their way at once.
const AT_ONCE: usize = 512;
/// Persons that are remembered to be asked for.
const REMEMBERED: usize = 20_000;

/// Somebody on the register.
#[derive(Clone, Copy, Debug)]
pub struct Somebody {
    /// The person's number among the invented ones.
    pub number: usize,
    /// The person.
    pub person: PersonId,
    /// The household.
    pub household: HouseholdId,
}

/// What the register holds.
pub struct Filled {
    /// Some of its persons, spread over the whole.
    pub somebody: Vec<Somebody>,
    /// Households recorded in a second.
    pub acts_per_second: f64,
}

/// Records the households of so many persons.
pub async fn fill(kernel: &Kernel, persons: usize) -> Result<Filled> {
    let households = persons.div_ceil(MEMBERS).max(1);
    let every = persons.checked_div(REMEMBERED).unwrap_or(0).max(1);
    let (room, begun) = (Arc::new(Semaphore::new(AT_ONCE)), Instant::now());
    let (mut under_way, mut somebody) = (JoinSet::new(), BTreeMap::new());
    for number in 0..households {
        let place = Arc::clone(&room).acquire_owned().await?;
        while let Some(recorded) = under_way.try_join_next() {
            remember(&mut somebody, recorded??, every)?;
        }
        let (kernel, document) = (kernel.clone(), people::household(number)?);
        under_way.spawn(async move {
            let recorded = kernel.record_household(&Actor::local_operator(), document, None).await;
            drop(place);
            recorded.map(|created| (number, created.body))
        });
    }
    while let Some(recorded) = under_way.join_next().await {
        remember(&mut somebody, recorded??, every)?;
    }
    let acts_per_second = households as f64 / begun.elapsed().as_secs_f64();
    Ok(Filled { somebody: somebody.into_values().collect(), acts_per_second })
}

fn remember(
    somebody: &mut BTreeMap<usize, Somebody>,
    (household, body): (usize, HouseholdBody),
    every: usize,
) -> Result<()> {
    for place in 0..MEMBERS {
        let number = household * MEMBERS + place;
        if number.is_multiple_of(every) {
            let member = body.members.get(place).context("a household lacks a member")?;
            somebody.insert(number, Somebody { number, person: member.person, household: body.id });
        }
    }
    Ok(())
}
