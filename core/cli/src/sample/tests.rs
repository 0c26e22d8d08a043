//! Distributions of the repository, documents against the real catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use nuan_domain::document::HouseholdDocument;
use nuan_domain::schema::Schema;
use nuan_vocabulary::catalogue::Catalogue;

use super::*;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn zhejiang() -> String {
    fs::read_to_string(root().join("examples/population/zhejiang.yaml")).unwrap()
}

fn schema() -> Schema {
    let mut catalogue = Catalogue::default();
    for entry in fs::read_dir(root().join("sdk/catalogue")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "yaml") {
            catalogue.merge(serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap()).unwrap();
        }
    }
    Schema::new(catalogue).unwrap()
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn lines(households: usize, seed: u64, as_of: &str) -> Vec<String> {
    let distributions = Distributions::parse(&zhejiang()).unwrap();
    population(&distributions, households, seed, day(as_of)).unwrap().map(|one| one.to_string()).collect()
}

#[test]
fn every_document_is_valid() {
    let schema = schema();
    for as_of in ["2022-09-01", "2024-02-29", "2025-12-31"] {
        let lines = lines(1_000, 7, as_of);
        for line in &lines {
            let read = HouseholdDocument::parse(line.as_bytes(), &schema).map_err(|refused| refused.0);
            assert_eq!(read.map(|document| document.as_of), Ok(Some(day(as_of))), "{line}");
        }
        let bytes = lines.iter().map(String::len).sum::<usize>();
        assert!((1_500..3_500).contains(&bytes.div_euclid(lines.len())), "{bytes}");
    }
}

#[test]
fn a_slice_alone_is_the_same_as_in_the_whole() {
    let distributions = Distributions::parse(&zhejiang()).unwrap();
    let whole = lines(1_100, 3, "2024-09-01");
    let slice: Vec<String> =
        Population::new(&distributions, 3, day("2024-09-01")).slice(990..1_010).map(|one| one.to_string()).collect();
    assert_eq!(slice, whole[990..1_010]);
    assert_ne!(whole, lines(1_100, 4, "2024-09-01"));
}

#[test]
fn nobody_stands_in_two_households() {
    let mut numbers = BTreeSet::new();
    let mut persons = 0_usize;
    for line in lines(5_000, 1, "2024-09-01") {
        for (at, _) in line.match_indices("\"999999") {
            persons += 1;
            assert!(numbers.insert(line[at + 1..at + 19].to_owned()), "{line}");
        }
    }
    assert!(persons > 10_000 && persons == numbers.len());
}

/// The guarantee does not rest on luck: in a cohort every number has an id of its own, up to the last.
#[test]
fn a_cohort_gives_every_number_once() {
    let distributions = Distributions::parse(&zhejiang()).unwrap();
    let population = Population::new(&distributions, 1, day("2024-09-01"));
    assert!(population.most() >= 10_000_000, "{}", population.most());
    let peers = strata::Peers { cohort: "toddler", sex: nuan_vocabulary::citizen_id::Sex::Female };
    let all = population.register.numbers("toddler");
    let ids: BTreeSet<_> =
        (0..2_000).chain(all - 2_000..all).map(|n| population.register.citizen_id(peers, n)).collect();
    assert!(ids.len() == 4_000 && !ids.contains(&None));
    let asked = usize::try_from(population.most()).unwrap() + 1;
    let refused = super::population(&distributions, asked, 1, day("2024-09-01")).err();
    assert!(matches!(refused, Some(SampleError::TooMany { .. })));
}

#[test]
fn ages_are_those_of_the_cohort() {
    let distributions = Distributions::parse(&zhejiang()).unwrap();
    for as_of in ["2024-02-29", "2024-03-01", "2023-12-31"].map(day) {
        let population = Population::new(&distributions, 5, as_of);
        for (name, cohort) in &distributions.cohorts {
            let peers = strata::Peers { cohort: name, sex: nuan_vocabulary::citizen_id::Sex::Male };
            let age = |number| {
                let id = population.register.citizen_id(peers, number).unwrap();
                assert_eq!(id.sex(), peers.sex);
                Date::from(id.birth_date()).age_years(as_of)
            };
            let ages: BTreeSet<i64> = (0..1_000).map(age).collect();
            let expected = i64::from(cohort.ages[0])..=i64::from(cohort.ages[1]);
            assert_eq!(ages, expected.collect(), "{name}");
        }
    }
}

#[test]
fn every_block_has_the_shares_of_the_file() {
    let distributions = Distributions::parse(&zhejiang()).unwrap();
    let mut expected: BTreeMap<usize, usize> = BTreeMap::new();
    for profile in distributions.profiles.values() {
        for (structure, households) in &profile.structures {
            *expected.entry(distributions.structures[structure].members.len()).or_default() += households;
        }
    }
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for line in lines(1_000, 11, "2024-09-01") {
        *sizes.entry(line.matches("\"relation\"").count()).or_default() += 1;
    }
    assert_eq!(sizes, expected);
}

#[track_caller]
fn refuse(right: &str, wrong: &str, code: &str) {
    let yaml = zhejiang();
    assert!(yaml.contains(right), "{right}");
    match Distributions::parse(&yaml.replacen(right, wrong, 1)) {
        Err(SampleError::Mistakes(mistakes)) => assert!(mistakes.iter().any(|one| one.code == code), "{mistakes:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn mistakes_in_the_file_are_named() {
    refuse("version: 1", "version: 2", "NU2300");
    refuse("everyone: [no_income]", "everyone: [no_incmoe]", "NU2301");
    refuse("weights: { \"999901\": 1 }", "weights: { \"999901\": 0 }", "NU2302");
    refuse("months_before: [1, 5]", "months_before: [6, 5]", "NU2303");
    refuse("ages: [6, 11]", "ages: [5, 11]", "NU2304");
    refuse("source: assumed, ages: [6, 11]", "source: \"\", ages: [6, 11]", "NU2305");
    assert!(matches!(Distributions::parse("version: 1.5"), Err(SampleError::Read(_))));
}
