//! The questions, asked turn by turn about other people each time, and the time that each took.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use nuan_domain::identity::name_key::{TermKind, search_terms};
use nuan_kernel::{Actor, HouseholdCursor, Kernel, PersonSearch, SearchBy, SearchScope};
use nuan_tests::installation::scrambled;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::person_name::PersonName;

use super::Figures;
use super::fill::{Filled, Somebody};
use super::people::{self, MEMBERS};

/// How often each question is asked.
const ROUNDS: usize = 3_000;
/// What a page of the API holds where nobody asks for more.
const PAGE: u32 = 50;

/// A question: reading by the id first, then the searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Read,
    Initials,
    InitialsDeep,
    Document,
    Division,
    DivisionDeep,
}

const QUESTIONS: [(Question, &str); 6] = [
    (Question::Read, "read"),
    (Question::Initials, "initials"),
    (Question::InitialsDeep, "initials_deep"),
    (Question::Document, "document"),
    (Question::Division, "division"),
    (Question::DivisionDeep, "division_deep"),
];

/// Asks everything, and says the times in microseconds and their ratios.
pub async fn measure(kernel: &Kernel, filled: &Filled, on: &str) -> Result<Figures> {
    let mut times: Vec<Vec<f64>> = QUESTIONS.iter().map(|_| Vec::with_capacity(ROUNDS)).collect();
    let mut found = vec![0_usize; QUESTIONS.len()];
    for round in 0..ROUNDS {
        // Another question begins each round, so that none always follows the same one.
        for turn in 0..QUESTIONS.len() {
            let at = (round + turn) % QUESTIONS.len();
            let (question, _) = QUESTIONS.get(at).copied().context("there is no such question")?;
            let (about, cursor) = (anybody(filled, round, at)?, anybody(filled, round, at + 100)?);
            let begun = Instant::now();
            let count = ask(kernel, question, about, cursor).await?;
            let micros = begun.elapsed().as_secs_f64() * 1_000_000.0;
            times.get_mut(at).context("no times are kept")?.push(micros);
            *found.get_mut(at).context("nothing is counted")? += count;
        }
    }
    let mut figures = Figures::new();
    let mut read = f64::NAN;
    for (((question, name), times), found) in QUESTIONS.iter().zip(times).zip(found) {
        let (p50, p99) = (percentile(times.clone(), 50), percentile(times, 99));
        ensure!(*question == Question::InitialsDeep || found >= ROUNDS, "`{name}` found {found} in {ROUNDS} rounds");
        figures.push((format!("{on}_{name}_p50_us"), p50));
        figures.push((format!("{on}_{name}_p99_us"), p99));
        figures.push((format!("{on}_{name}_found"), found as f64 / ROUNDS as f64));
        if *question == Question::Read {
            read = p99;
        } else {
            figures.push((format!("{on}_{name}_p99_over_read"), p99 / read));
        }
    }
    Ok(figures)
}

/// Somebody else for each round and question, the same in every run.
fn anybody(filled: &Filled, round: usize, salt: usize) -> Result<Somebody> {
    let draw = scrambled(u64::try_from(round * 1_000 + salt)?);
    let count = u64::try_from(filled.somebody.len())?;
    let at = usize::try_from(draw.checked_rem(count).context("the register is empty")?)?;
    filled.somebody.get(at).copied().context("nobody is there")
}

/// How many were found.
async fn ask(kernel: &Kernel, question: Question, about: Somebody, cursor: Somebody) -> Result<usize> {
    let actor = Actor::local_operator();
    let home = about.number.checked_div(MEMBERS).unwrap_or(0);
    let county: DivisionCode = people::county(home).parse()?;
    let search = |by: SearchBy, after| -> Result<PersonSearch> {
        Ok(PersonSearch { scope: SearchScope::new(county)?, by, after, limit: PAGE })
    };
    match question {
        Question::Read => {
            let person = kernel.person(&actor, about.person).await?;
            ensure!(person.name.is_some(), "the person was not opened");
            Ok(1)
        }
        Question::Initials | Question::InitialsDeep => {
            let by = SearchBy::Name(initials(about.number)?.parse()?);
            let after = (question == Question::InitialsDeep).then_some(cursor.person);
            Ok(kernel.search_persons(&actor, &search(by, after)?).await?.items.len())
        }
        Question::Document => {
            let by = SearchBy::Document(people::number(about.number)?.parse()?);
            Ok(kernel.search_persons(&actor, &search(by, None)?).await?.items.len())
        }
        Question::Division => {
            let township: DivisionCode = people::division(home).parse()?;
            Ok(kernel.households_in(&actor, township, None, PAGE).await?.items.len())
        }
        Question::DivisionDeep => {
            let division = people::division(cursor.number.checked_div(MEMBERS).unwrap_or(0)).parse()?;
            let after = HouseholdCursor { division, id: cursor.household };
            let wide: DivisionCode = "999900".parse()?;
            Ok(kernel.households_in(&actor, wide, Some(after), PAGE).await?.items.len())
        }
    }
}

/// The initials of somebody's name, as a clerk types them.
fn initials(number: usize) -> Result<String> {
    let name: PersonName = people::name(number).parse()?;
    let found = search_terms(&name).into_iter().find(|(kind, _)| *kind == TermKind::Initials);
    found.map(|(_, text)| text).context("the name has no initials")
}

fn percentile(mut times: Vec<f64>, percent: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    let at = times.len().saturating_mul(percent).checked_div(100).unwrap_or(0).min(times.len().saturating_sub(1));
    times.get(at).copied().unwrap_or(f64::NAN)
}
