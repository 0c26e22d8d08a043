//! `kill -9` of a server around an approval of a change: what the change touches is determined again, once, by whoever asks again
//! or by the next server.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::databases::{determinations_of_each, unfinished_approvals};
use crate::http::{Answer, Client};
use crate::image::Random;
use crate::place::{On, Place};
use crate::server::{Server, pause};
use crate::{is_long, say};

/// A kill at random comes at most so many milliseconds after the approval was sent.
const MOST: usize = 60;
/// A server that has begun finishes what was cut off within this time.
const FINISHES: Duration = Duration::from_secs(20);

/// Every second kill comes the moment the approval is in force.
pub fn run(on: On, seed: u64) -> Result<()> {
    let kills = if is_long() { 60 } else { 6 };
    let place = Place::new(on)?;
    let mut random = Random::new(seed);
    let mut server = Server::start(&place)?;
    let mut in_between = 0;
    for number in 0..kills {
        let mut client = Client::new(server.address());
        let change = waiting(&mut client, number)?;
        let (path, key) = (format!("/v1/change-requests/{change}/decisions"), format!("approval-{number}"));
        let (sent, under) = (path.clone(), key.clone());
        let approving = thread::spawn(move || approve(&mut client, &under, &sent).map(drop));
        if number % 2 == 0 {
            until(|| Ok(approving.is_finished() || unfinished_approvals(&place.address())? > 0))?;
        } else {
            pause(Duration::from_millis(u64::try_from(random.below(MOST))?));
        }
        server.kill()?;
        // The connection broke, or the answer came before.
        drop(approving.join());
        in_between += unfinished_approvals(&place.address())?;
        server = Server::start(&place)?;
        if number % 4 < 2 {
            until(|| Ok(unfinished_approvals(&place.address())? == 0))?;
        }
        let answer = approve(&mut Client::new(server.address()), &key, &path)?;
        ensure!(answer.status == 201, "approval {number} was answered {}: {}", answer.status, answer.body);
        let recomputed = answer.body.get("recomputed").and_then(Value::as_array).context("nothing is said of it")?;
        ensure!(recomputed.len() == 1, "approval {number} has {} recomputed", recomputed.len());
    }
    server.stop()?;
    let each = determinations_of_each(&place.address())?;
    let wrong = each.values().filter(|count| **count != 2).count();
    say(&format!("T12 approvals {on:?}, seed {seed}, N {kills} kills, {in_between} in between, failures {wrong}"));
    ensure!(each.len() == kills && wrong == 0, "{wrong} of {} households", each.len());
    ensure!(in_between > 0, "no kill came in between");
    ensure!(place.verify()?.is_empty(), "the audit log has findings");
    Ok(())
}

/// A household that is determined, and a correction of its income that waits.
fn waiting(client: &mut Client, number: usize) -> Result<String> {
    let text = std::fs::read_to_string(nuan_tests::root().join("tests/fixtures/household.json"))?;
    let home = made(client, &format!("home-{number}"), "/v1/households", &serde_json::from_str(&text)?)?;
    let home = format!("/v1/households/{home}");
    let as_of = json!({ "as_of": "2024-07-01" });
    made(client, &format!("determination-{number}"), &format!("{home}/determinations"), &as_of)?;
    let statement =
        json!({ "value": "18000.00", "from": "2023-06-01", "source": "税务核对", "confidence": "verified" });
    let change = json!({ "kind": "correct", "facts": { "household.income_12_months": [statement] } });
    let proposal = json!({ "change": change, "reason": "核实后更正" });
    made(client, &format!("change-{number}"), &format!("{home}/change-requests"), &proposal)
}

fn made(client: &mut Client, key: &str, path: &str, body: &Value) -> Result<String> {
    let answer = client.send("clerk", key, path, body)?;
    ensure!(answer.status == 201, "`POST {path}` was answered {}: {}", answer.status, answer.body);
    answer.id().with_context(|| format!("`POST {path}` names no id"))
}

fn approve(client: &mut Client, key: &str, path: &str) -> Result<Answer> {
    client.send("officer", key, path, &json!({ "action": "approve", "reason": "属实" }))
}

fn until(is_so: impl Fn() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !is_so()? {
        ensure!(begun.elapsed() < FINISHES, "it took longer than {} seconds", FINISHES.as_secs());
    }
    Ok(())
}
