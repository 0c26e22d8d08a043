//! The reasons of a case name the place in the law that the case is about: whoever reads an answer finds where it comes from.

use std::collections::{BTreeMap, BTreeSet};

use libtest_mimic::Failed;
use nuan_testkit::Case;
use nuan_vocabulary::citation::{Citation, Instrument};
use nuan_vocabulary::determination::Determination;

/// Some reason names the case's article, or a number that was used rests on it. An instrument that is not in force on the
/// date can be no reason, and a case about a rule that applies to nobody has none.
pub fn name_the_law(
    case: &Case,
    answer: &Determination,
    instruments: &BTreeMap<String, Instrument>,
) -> Result<(), Failed> {
    if case.expect.values().all(|expected| expected == "not_applicable") || !is_in_force(case, instruments) {
        return Ok(());
    }
    let cited = answer.reasons.iter().flat_map(|reason| &reason.cites);
    let cited = cited.map(|place| Citation { instrument: place.instrument.clone(), article: place.article.clone() });
    let grounds = answer.parameters.iter().map(|parameter| Citation::parse(&parameter.ground));
    let places: BTreeSet<Citation> = cited.chain(grounds).collect();
    if places.contains(&case.cites) {
        return Ok(());
    }
    let same: Vec<String> =
        places.iter().filter(|place| place.instrument == case.cites.instrument).map(ToString::to_string).collect();
    let detail = format!("no reason cites {}; of this instrument they cite: {}", case.cites, same.join(", "));
    Err(format!("{} {}\n  {detail}", case.place, case.name).into())
}

fn is_in_force(case: &Case, instruments: &BTreeMap<String, Instrument>) -> bool {
    let period = instruments.get(&case.cites.instrument).and_then(|instrument| instrument.in_force.as_ref());
    period.is_none_or(|period| period.contains(case.as_of))
}
