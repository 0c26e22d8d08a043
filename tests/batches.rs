//! A household gets the same stored bytes alone, in a full batch and in shuffled batches: nobody's outcome depends on who
//! is looked at with them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use nuan_kernel::{Actor, Job, Kernel};
use nuan_testkit::{Plugin, cases, document, plugin_folders};
use nuan_tests::installation::{Database, kernel, packages, scrambled};
use nuan_vocabulary::date::Date;
use serde_json::Value;

/// Households of one call into a plugin.
const FULL: usize = 2_048;
/// Households made from those of the cases.
const VARIED: u64 = 300;
/// Where varied households apply.
const DIVISIONS: [&str; 4] = ["330106", "330203", "330402", "999901"];

/// What is stored of a household but its ids, or the code of the refusal.
type Outcome = Vec<u8>;

#[tokio::test]
async fn a_household_gets_the_same_alone_and_in_any_batch() {
    let kernel = kernel(packages().unwrap(), &Database::memory().await.unwrap()).await.unwrap();
    let households = households();
    for as_of in [None, Some(Date::parse("2022-09-01").unwrap())] {
        let alone = alone(&kernel, as_of, &households);
        let determined = alone.iter().filter(|outcome| outcome.starts_with(b"{")).count();
        assert_eq!(determined, households.len(), "every household is determined");
        for seed in [None, Some(1), Some(2)] {
            let order = order(households.len(), seed);
            let batch: Vec<Vec<u8>> = order.iter().map(|number| households[*number].clone()).collect();
            let together = outcomes(&mut kernel.job(&Actor::local_operator(), as_of, Some(known_at())), &batch);
            assert_eq!(difference(&order, &alone, &together), None, "as of {as_of:?}, order {seed:?}");
        }
    }
}

/// The first household that got something else, with both outcomes.
fn difference(order: &[usize], alone: &[Outcome], together: &[Outcome]) -> Option<String> {
    let (number, outcome) = order.iter().zip(together).find(|(number, outcome)| alone[**number] != **outcome)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(format!("household {number}\nalone:    {}\ntogether: {}", text(&alone[*number]), text(outcome)))
}

#[test]
fn an_outcome_that_depends_on_the_batch_would_be_seen() {
    let outcome = |text: &str| text.as_bytes().to_vec();
    let alone = [outcome("a"), outcome("b")];
    assert_eq!(difference(&[1, 0], &alone, &[outcome("b"), outcome("a")]), None);
    let seen = difference(&[1, 0], &alone, &[outcome("b"), outcome("x")]);
    assert_eq!(seen.as_deref(), Some("household 0\nalone:    a\ntogether: x"));
}

#[test]
fn varied_households_differ() {
    let households = households();
    let different: BTreeSet<&Vec<u8>> = households.iter().collect();
    assert!(households.len() - different.len() < 20);
}

/// After everything that a case knows.
fn known_at() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

/// Every household in a batch of its own, by one worker after the other.
fn alone(kernel: &Kernel, as_of: Option<Date>, households: &[Vec<u8>]) -> Vec<Outcome> {
    let mut job = kernel.job(&Actor::local_operator(), as_of, Some(known_at()));
    households.iter().flat_map(|household| outcomes(&mut job, std::slice::from_ref(household))).collect()
}

fn outcomes(job: &mut Job, households: &[Vec<u8>]) -> Vec<Outcome> {
    let computed = job.compute(households).unwrap();
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    for done in computed.done {
        let mut determination = done.determination;
        (determination.id, determination.household) = (None, None);
        outcomes.insert(done.number, serde_json::to_vec(&determination).unwrap());
    }
    outcomes.extend(computed.refused.into_iter().map(|(number, error)| (number, error.code().as_bytes().to_vec())));
    assert!(outcomes.keys().copied().eq(0..households.len()), "every household has one outcome");
    outcomes.into_values().collect()
}

/// A full batch: all households over and over, in their order or shuffled.
fn order(households: usize, seed: Option<u64>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..FULL).map(|number| number % households).collect();
    if let Some(seed) = seed {
        let mut keyed: Vec<(u64, usize)> = (0..).map(|n: u64| scrambled(n ^ scrambled(seed))).zip(order).collect();
        keyed.sort_unstable();
        order = keyed.into_iter().map(|(_, number)| number).collect();
    }
    order
}

/// The households of all cases, and varied ones.
pub fn households() -> Vec<Vec<u8>> {
    let mut documents: Vec<Value> = Vec::new();
    for folder in plugin_folders() {
        let plugin = Plugin::open(&folder).unwrap();
        documents.extend(cases(&folder).unwrap().iter().map(|case| document(case, plugin.schema()).unwrap()));
    }
    let count = documents.len();
    let varied: Vec<Value> = (0..VARIED).map(|seed| varied(&documents[(seed as usize * 7) % count], seed)).collect();
    documents.extend(varied);
    documents.iter().map(|document| serde_json::to_vec(document).unwrap()).collect()
}

/// The same household with other amounts, some facts taken away, elsewhere.
fn varied(document: &Value, seed: u64) -> Value {
    let mut varied = document.clone();
    let mut draw = seed << 32;
    vary(&mut varied, &mut draw);
    varied["division"] = DIVISIONS[(scrambled(draw) % 4) as usize].into();
    varied
}

fn vary(value: &mut Value, draw: &mut u64) {
    let mut next = || {
        *draw += 1;
        scrambled(*draw)
    };
    match value {
        Value::String(text) if text.contains('.') && next() % 4 == 0 => {
            let fen = next() % 6_000_000;
            *text = format!("{}.{:02}", fen.div_euclid(100), fen.rem_euclid(100));
        }
        Value::Object(fields) => {
            if let Some(Value::Object(facts)) = fields.get_mut("facts") {
                facts.retain(|_, _| next() % 12 != 0);
            }
            fields.values_mut().for_each(|value| vary(value, draw));
        }
        Value::Array(entries) => entries.iter_mut().for_each(|entry| vary(entry, draw)),
        _ => {}
    }
}
