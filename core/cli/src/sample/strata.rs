//! Who is in which household: every block of households has exactly the shares that the profiles name.
//!
//! Since a block always holds the same persons of each cohort and sex, everybody has a number among them that depends on
//! the household's number alone. That is what keeps citizen ids apart without looking at other households.

use std::collections::BTreeMap;

use nuan_vocabulary::citizen_id::Sex;

use super::distributions::{Distributions, MemberOf, Profile, SexOf, Structure};
use super::person::Register;
use super::splitmix::SplitMix;

/// One block of households, in the order of the file.
#[derive(Debug)]
pub struct Strata<'a> {
    places: Vec<Place<'a>>,
    persons: BTreeMap<Peers<'a>, u64>,
}

/// What a household is to be.
#[derive(Debug)]
pub struct Place<'a> {
    /// What it has in common with others.
    pub profile: &'a Profile,
    /// Who lives in it.
    pub structure: &'a Structure,
    seats: Vec<Seat<'a>>,
}

/// A member's place, with the number among the peers of one block.
#[derive(Clone, Copy, Debug)]
struct Seat<'a> {
    member: &'a MemberOf,
    peers: Peers<'a>,
    number: u64,
}

/// Persons of one cohort and sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peers<'a> {
    /// The cohort's name.
    pub cohort: &'a str,
    /// Their sex.
    pub sex: Sex,
}

/// A member to be.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// What the structure says.
    pub member: &'a MemberOf,
    /// Whose number this is.
    pub peers: Peers<'a>,
    /// The number among all such persons.
    pub number: u64,
}

/// A household to be.
#[derive(Debug)]
pub struct Plan<'s, 'a> {
    /// Profile and structure.
    pub place: &'s Place<'a>,
    /// Everybody in it.
    pub persons: Vec<Person<'a>>,
}

impl<'a> Strata<'a> {
    /// Lays out one block.
    pub fn new(distributions: &'a Distributions) -> Self {
        let mut strata = Self { places: Vec::new(), persons: BTreeMap::new() };
        for profile in distributions.profiles.values() {
            for (name, households) in &profile.structures {
                let structure = distributions.structures.get(name);
                let place = || structure.map(|structure| Place { profile, structure, seats: Vec::new() });
                strata.places.extend((0..*households).filter_map(|_| place()));
            }
        }
        for (number, place) in strata.places.iter_mut().enumerate() {
            place.seats = seats(place.structure, number, &mut strata.persons);
        }
        strata
    }

    /// The household with this number: its place in a block that is shuffled anew each time.
    pub fn household(&self, seed: u64, number: u64) -> Option<Plan<'_, 'a>> {
        let size = u64::try_from(self.places.len()).ok()?;
        let (block, rank) = (number.checked_div(size)?, number.checked_rem(size)?);
        let order = SplitMix::of(seed, "block", block).shuffled(self.places.len());
        let place = self.places.get(*order.get(usize::try_from(rank).ok()?)?)?;
        let persons = place.seats.iter().map(|seat| {
            let each_block = self.persons.get(&seat.peers).copied().unwrap_or_default();
            let number = block.saturating_mul(each_block).saturating_add(seat.number);
            Person { member: seat.member, peers: seat.peers, number }
        });
        Some(Plan { place, persons: persons.collect() })
    }

    /// How many households there are before a number comes again.
    pub fn most(&self, register: &Register) -> u64 {
        let size = u64::try_from(self.places.len()).unwrap_or(u64::MAX);
        let blocks = self.persons.iter().filter_map(|(peers, each)| register.numbers(peers.cohort).checked_div(*each));
        blocks.min().unwrap_or_default().saturating_mul(size)
    }
}

fn seats<'a>(structure: &'a Structure, place: usize, persons: &mut BTreeMap<Peers<'a>, u64>) -> Vec<Seat<'a>> {
    let first = sex_of_bit(place, 0);
    let seat = |(bit, member): (u32, &'a MemberOf)| {
        let sex = match member.sex {
            SexOf::Either => sex_of_bit(place, bit),
            SexOf::Other => other(first),
        };
        let peers = Peers { cohort: &member.cohort, sex };
        let next = persons.entry(peers).or_default();
        let number = *next;
        *next += 1;
        Seat { member, peers, number }
    };
    (0..).zip(&structure.members).map(seat).collect()
}

/// Neighbouring places differ, so that either sex is as frequent.
const fn sex_of_bit(place: usize, bit: u32) -> Sex {
    if place.wrapping_shr(bit).is_multiple_of(2) { Sex::Female } else { Sex::Male }
}

const fn other(sex: Sex) -> Sex {
    match sex {
        Sex::Male => Sex::Female,
        Sex::Female => Sex::Male,
    }
}
