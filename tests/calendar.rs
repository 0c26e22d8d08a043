//! Clock and calendar (T23): a table that an independent Python program makes, every day of two centuries, and a clock that steps
//! back, leaps and stands still under a kernel that goes on.
//!
//! Not here: which days a law names; plugins say that, and their cases show it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use nuan_kernel::{Actor, CalculationRequest, Kernel, Setup, Surroundings};
use nuan_tests::installation::{Database, StillWorld, kernel_with, package};
use nuan_tests::root;
use nuan_vocabulary::date::{Date, Month, Period};
use serde_json::{Value, json};

use crate::canaries::forms::python;

/// A clock that a test sets; chance counts up.
struct Clock {
    micros: AtomicI64,
    world: StillWorld,
}

impl Surroundings for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.micros.load(Ordering::Relaxed)).unwrap()
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.world.fill_random(bytes);
    }
}

impl Clock {
    fn new() -> Arc<Self> {
        Arc::new(Self { micros: AtomicI64::new(0), world: StillWorld::default() })
    }

    fn set(&self, to: Timestamp) {
        self.micros.store(to.as_microsecond(), Ordering::Relaxed);
    }
}

async fn kernel(clock: &Arc<Clock>, database: &Database) -> Kernel {
    let clock = Arc::clone(clock);
    let change = |setup: &mut Setup| setup.surroundings = clock;
    let rules = vec![package("plugins/basic-living").unwrap()];
    kernel_with(StillWorld::default(), rules, database, change).await.unwrap()
}

fn date(row: &Value, key: &str) -> Date {
    Date::parse(row[key].as_str().unwrap()).unwrap()
}

/// The last day before a month begins.
fn day_before(month: Month) -> Date {
    Date::from_days(month.first_day().days() - 1)
}

/// What Nuan says to a question of the table.
async fn answer(row: &Value, kernel: &Kernel, clock: &Clock) -> Value {
    match row["what"].as_str().unwrap() {
        "age" => date(row, "birth").age_years(date(row, "on")).into(),
        "first of the next month" => date(row, "day").month().plus(1).first_day().to_string().into(),
        "last of the month" => day_before(date(row, "day").month().plus(1)).to_string().into(),
        "in the period" => {
            let until = row["until"].as_str().map(|day| Date::parse(day).unwrap());
            Period { from: date(row, "since"), until }.contains(date(row, "day")).into()
        }
        "twelve months before" => {
            let month = date(row, "day").month();
            json!([month.plus(-12).first_day().to_string(), month.first_day().to_string()])
        }
        "five years are over" => (date(row, "since").age_years(date(row, "on")) >= 5).into(),
        "is a date" => Date::parse(row["text"].as_str().unwrap()).is_ok().into(),
        "today" => {
            clock.set(row["at"].as_str().unwrap().parse().unwrap());
            today(kernel).await.into()
        }
        other => panic!("nobody asks for {other}"),
    }
}

/// The date that a question without one is answered for.
async fn today(kernel: &Kernel) -> String {
    let household = json!({ "division": "330106", "members": [{ "ref": "a" }] });
    let outputs = Some(vec!["dibao.status".to_owned()]);
    let request = CalculationRequest { household, as_of: None, known_at: None, outputs };
    kernel.calculate(&Actor::local_operator(), request).await.unwrap().as_of.to_string()
}

#[tokio::test]
async fn every_row_of_the_table_is_answered_as_python_does() {
    let clock = Clock::new();
    clock.set("2024-01-01T00:00:00Z".parse().unwrap());
    let kernel = kernel(&clock, &Database::memory().await.unwrap()).await;
    let table = python(&[&root().join("tests/calendar_oracle.py").display().to_string()], "");
    let (mut asked, mut wrong) = (BTreeMap::<String, usize>::new(), Vec::new());
    for line in table.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        *asked.entry(row["what"].as_str().unwrap().to_owned()).or_default() += 1;
        let answer = answer(&row, &kernel, &clock).await;
        if answer != row["expected"] {
            wrong.push(format!("{line} but {answer}"));
        }
    }
    println!("T23 table, seed none, N {}, failures {}", table.lines().count(), wrong.len());
    assert_eq!(wrong, Vec::<String>::new());
    assert!(table.lines().count() >= 300 && asked.len() == 8, "{asked:?}");
}

#[test]
fn every_day_of_two_centuries_has_an_age_a_month_and_a_name() {
    let first = Date::parse("1900-01-01").unwrap().days();
    let last = Date::parse("2100-12-31").unwrap().days();
    let leap_day = Date::parse("1904-02-29").unwrap();
    let mut before = (i64::MIN, Month::parse("1899-12").unwrap());
    for day in (first..=last).map(Date::from_days) {
        assert_eq!(Date::parse(&day.to_string()).unwrap(), day);
        let (age, month) = (leap_day.age_years(day), day.month());
        assert!(
            before.0 <= age && before.1 <= month && month.first_day() <= day && day < month.plus(1).first_day(),
            "{day}"
        );
        assert!(day.age_years(day) == 0 && day.age_years(Date::from_days(day.days() + 366)) == 1, "{day}");
        before = (age, month);
    }
    println!("T23 days, seed none, N {}, failures 0", last - first + 1);
}

#[tokio::test]
async fn a_clock_that_steps_leaps_or_stands_still_loses_nothing() {
    let clock = Clock::new();
    let database = Database::sqlite("clock").await.unwrap();
    let start: Timestamp = "2025-03-01T12:00:00Z".parse().unwrap();
    clock.set(start);
    let kernel = kernel(&clock, &database).await;
    let actor = Actor::local_operator();
    let steps = [0, -3_600, 3_600, 315_576_000, -315_576_000, 0, 0, 1, -1, 3_600, -7_200];
    let mut recorded = Vec::new();
    let mut now = start;
    for (number, step) in steps.into_iter().cycle().take(44).enumerate() {
        now = now.checked_add(jiff::SignedDuration::from_secs(step)).unwrap();
        clock.set(now);
        let document = json!({ "division": "330106", "members": [{ "ref": "a" }] });
        let id = kernel.record_household(&actor, document, None).await.unwrap().body.id;
        recorded.push(id);
        if number % 4 == 0 {
            let request = nuan_kernel::DeterminationRequest { as_of: Date::parse("2024-07-01").ok(), known_at: None };
            kernel.determine_household(&actor, id, request, None).await.unwrap();
            kernel.publish_checkpoint().await.unwrap();
        }
    }
    kernel.publish_checkpoint().await.unwrap();
    let mut reading = database.store.begin_read().await.unwrap();
    let leaves = nuan_store::audit::leaves(&mut reading, "330106".parse().unwrap(), 0, 1_000).await.unwrap();
    drop(reading);
    assert!(leaves.iter().map(|leaf| leaf.seq).eq(0..i64::try_from(leaves.len()).unwrap()), "gapless and in order");
    assert_eq!(leaves.len(), 44 + 11);
    let mut different = recorded.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 44, "ids differ though time repeats");
    for id in recorded {
        assert_eq!(kernel.household(&actor, id).await.unwrap().id, id);
    }
    let seen = kernel.verify_audit(None, |_| {}).await.unwrap();
    assert_eq!(seen.findings, []);
    println!("T23 clock, seed none, N 44 acts, failures 0");
}
