//! T01: `kill -9` under load. What was acknowledged is there after the restart, and nothing is there twice.
//!
//! The page cache survives `kill -9`, so this says nothing about syncs: T02 and T03 do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nuan_tests::installation::scrambled;

use crate::acks::{Asked, Keys, record_until_killed};
use crate::http::Client;
use crate::place::{On, Place};
use crate::server::{Server, Started};
use crate::{is_long, say};

const CLIENTS: u32 = 4;
/// Milliseconds from the first request to the kill: at least, and the span above it.
const KILL_AFTER: (u64, u64) = (50, 451);
/// From listening to the first answer, and in a release build also from the start to it.
const RESTART: Duration = Duration::from_secs(2);

/// How much is enough: both have to be reached.
struct Size {
    kills: u64,
    acks: u64,
}

/// What went wrong so far, and what was measured.
#[derive(Default)]
struct Tally {
    acks: u64,
    lost: u64,
    doubled: u64,
    changed: u64,
    findings: u64,
    slowest: Started,
}

/// Kills a server again and again; every restart is over the same database.
pub fn run(on: On, seed: u64) -> Result<()> {
    let size = if is_long() { Size { kills: 100, acks: 20_000 } } else { Size { kills: 20, acks: 400 } };
    let place = Place::new(on)?;
    let keys = Keys::new("t01", seed);
    let mut server = Server::start(&place)?;
    let (mut tally, mut register, mut kills) = (Tally::default(), BTreeMap::new(), 0);
    while kills < size.kills || tally.acks < size.acks {
        let (least, span) = KILL_AFTER;
        let after = Duration::from_millis(least + scrambled(seed.wrapping_add(kills)) % span);
        let asked = record_until_killed(server, CLIENTS, &keys, after)?;
        kills += 1;
        server =
            Server::start(&place).with_context(|| format!("kill {kills}, {} ms into the load", after.as_millis()))?;
        tally.slowest.listened = tally.slowest.listened.max(server.started().listened);
        tally.slowest.answered = tally.slowest.answered.max(server.started().answered);
        let listening = server.started().answered.saturating_sub(server.started().listened);
        ensure!(listening <= RESTART, "kill {kills}: the first answer took {} ms of listening", listening.as_millis());
        compare(&mut Client::new(server.address()), &asked, &mut register, &mut tally)?;
        tally.findings += u64::try_from(place.verify()?.len())?;
        ensure!(kills < 50 * size.kills, "{kills} kills gave only {} acks", tally.acks);
    }
    server.stop()?;
    tally.report(on, seed, kills)
}

/// Asks again under every key, looks at every acknowledged household, and counts all rows.
fn compare(
    client: &mut Client,
    asked: &[Asked],
    register: &mut BTreeMap<String, String>,
    tally: &mut Tally,
) -> Result<()> {
    for Asked { key, id } in asked {
        if let Some(id) = id {
            tally.acks += 1;
            tally.lost += u64::from(client.get(&format!("/v1/households/{id}"))?.status != 200);
        }
        let again = client.record(key)?;
        let now = again.id().with_context(|| format!("asked again, it answered {}: {}", again.status, again.body))?;
        tally.changed += u64::from(id.as_ref().is_some_and(|id| *id != now));
        register.insert(key.clone(), now);
    }
    let listed = client.households()?;
    let expected: BTreeSet<&String> = register.values().collect();
    let distinct: BTreeSet<&String> = listed.iter().collect();
    tally.lost += u64::try_from(expected.difference(&distinct).count())?;
    tally.doubled += u64::try_from(listed.len().saturating_sub(expected.intersection(&distinct).count()))?;
    // Two keys never stand for one household.
    tally.doubled += u64::try_from(register.len().saturating_sub(expected.len()))?;
    Ok(())
}

impl Tally {
    fn report(&self, on: On, seed: u64, kills: u64) -> Result<()> {
        let failures = self.lost + self.doubled + self.changed + self.findings;
        say(&format!(
            "T01 {on:?}, seed {seed}, N {kills} kills with {} acks, failures {failures} (lost {}, doubled {}, changed {}, \
             audit {}); slowest restart: listening after {} ms, first answer after {} ms",
            self.acks,
            self.lost,
            self.doubled,
            self.changed,
            self.findings,
            self.slowest.listened.as_millis(),
            self.slowest.answered.as_millis(),
        ));
        ensure!(failures == 0, "{failures} failures");
        let is_fast = cfg!(debug_assertions) || self.slowest.answered <= RESTART;
        ensure!(is_fast, "a restart took {} ms", self.slowest.answered.as_millis());
        Ok(())
    }
}
