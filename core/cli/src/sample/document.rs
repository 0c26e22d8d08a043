//! A household document: who is in it, what is stated, and what is left out.

use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::identity_document::IdentityDocument;
use serde_json::{Map, Value, json};

use super::Population;
use super::distributions::Distributions;
use super::draw::{Circumstances, Statements};
use super::person;
use super::splitmix::SplitMix;
use super::strata::{Person, Place, Plan};

/// What a document calls its members.
pub const REFERENCES: std::ops::RangeInclusive<char> = 'a'..='z';

/// The document of one household.
pub fn household(population: &Population<'_>, number: u64, plan: &Plan<'_, '_>) -> Value {
    let Plan { place, persons } = plan;
    let all = population.distributions;
    let mut around = Circumstances {
        as_of: population.as_of,
        members: i64::try_from(persons.len()).unwrap_or(i64::MAX),
        random: SplitMix::of(population.seed, "household", number),
    };
    let division = division(all, place, &mut around.random);
    let surname = around.random.any(&all.names.surnames).map_or("", String::as_str);
    let aspects = all.background.iter().chain(&place.structure.aspects).chain(&place.profile.household);
    let mut shared = stated(all, aspects, &mut around);
    let mut members: Vec<Member> =
        persons.iter().map(|one| member(population, place, one, surname, &mut around)).collect();
    omit(all, &mut shared, &mut members, &mut around.random);
    let members: Vec<Value> =
        members.into_iter().zip(REFERENCES).map(|(member, reference)| member.write(reference)).collect();
    json!({
        "division": division,
        "as_of": population.as_of,
        "facts": shared.facts,
        "entities": shared.lists,
        "members": members,
    })
}

fn division(all: &Distributions, place: &Place<'_>, random: &mut SplitMix) -> Option<DivisionCode> {
    let table = all.divisions.get(&place.profile.divisions)?;
    random.choose(table.weights.iter(), |(_, weight)| **weight).map(|(code, _)| *code)
}

fn stated<'a>(all: &Distributions, names: impl Iterator<Item = &'a String>, around: &mut Circumstances) -> Statements {
    let mut statements = Statements::default();
    for aspect in names.filter_map(|name| all.aspects.get(name)) {
        statements.add(aspect, around);
    }
    statements
}

/// A member whose document is not yet written.
struct Member {
    head: Map<String, Value>,
    statements: Statements,
}

/// Aspects from the general to the special: cohort, role, structure, profile.
fn member(
    population: &Population<'_>,
    place: &Place<'_>,
    person: &Person<'_>,
    surname: &str,
    around: &mut Circumstances,
) -> Member {
    let all = population.distributions;
    let (of, profile) = (person.member, place.profile);
    let cohort = all.cohorts.get(&of.cohort).map(|cohort| &cohort.aspects);
    let role = all.roles.get(&of.role);
    let of_role = profile.roles.get(&of.role);
    let aspects = cohort.into_iter().chain(role.map(|role| &role.aspects)).chain([&of.aspects, &profile.everyone]);
    let statements = stated(all, aspects.chain(of_role).flatten(), around);
    let sex = person.peers.sex;
    let mut head = Map::new();
    if let Some(number) = population.register.citizen_id(person.peers, person.number) {
        head.insert("document".to_owned(), json!(IdentityDocument::from(number)));
    }
    head.insert("name".to_owned(), json!(person::name(&all.names, surname, sex, &mut around.random)));
    head.extend(role.map(|role| ("relation".to_owned(), json!(role.relation.of(sex)))));
    Member { head, statements }
}

impl Member {
    fn write(self, reference: char) -> Value {
        let Self { mut head, statements } = self;
        head.insert("ref".to_owned(), json!(reference));
        head.insert("facts".to_owned(), Value::Object(statements.facts));
        head.insert("entities".to_owned(), Value::Object(statements.lists));
        Value::Object(head)
    }
}

/// Leaves out one fact or list of the household or of one member, in a few households.
fn omit(all: &Distributions, shared: &mut Statements, members: &mut [Member], random: &mut SplitMix) {
    if random.below(1_000) >= all.omissions.per_mille {
        return;
    }
    let everything = std::iter::once(shared).chain(members.iter_mut().map(|member| &mut member.statements));
    let mut everything: Vec<&mut Statements> = everything.collect();
    let stated = |one: &Statements, name: &str| one.facts.contains_key(name) || one.lists.contains_key(name);
    let weights = all.omissions.weights.iter().filter(|(name, _)| everything.iter().any(|one| stated(one, name)));
    let Some((name, _)) = random.choose(weights, |(_, weight)| **weight) else { return };
    everything.retain(|one| stated(one, name));
    let last = i64::try_from(everything.len()).unwrap_or(1).saturating_sub(1);
    let chosen = usize::try_from(random.between(0, last)).unwrap_or_default();
    if let Some(one) = everything.get_mut(chosen) {
        one.facts.remove(name);
        one.lists.remove(name);
    }
}
