//! What can be wrong with distributions that are well formed.

use nuan_vocabulary::diagnostic::Diagnostic;

use super::super::document::REFERENCES;
use super::{Alternative, Band, Distributions, Draw, Rows};

/// All mistakes, in the order of the file.
pub fn mistakes(all: &Distributions) -> Vec<Diagnostic> {
    let mut found = Found(Vec::new());
    found.refuse_unless(all.version == 1, "NU2300", "version", "this is not version 1 of the format");
    let names = [&all.names.surnames, &all.names.male, &all.names.female];
    found.refuse_unless(names.iter().all(|list| !list.is_empty()), "NU2302", "names", "a list of names is empty");
    for (name, table) in &all.divisions {
        found.any_weight(&format!("divisions/{name}"), table.weights.values().copied());
        found.sourced(&format!("divisions/{name}"), &table.source);
    }
    check_cohorts(all, &mut found);
    for (name, aspect) in &all.aspects {
        let place = format!("aspects/{name}");
        found.sourced(&place, &aspect.source);
        found.any_weight(&place, aspect.alternatives.iter().map(|one| one.weight));
        for (number, alternative) in aspect.alternatives.iter().enumerate() {
            check_alternative(&format!("{place}/{number}"), alternative, &mut found);
        }
    }
    check_references(all, &mut found);
    found.any_weight("omissions", all.omissions.weights.values().copied());
    found.sourced("omissions", &all.omissions.source);
    found.sourced("names", &all.names.source);
    found.0
}

fn check_cohorts(all: &Distributions, found: &mut Found) {
    let mut ages: Vec<_> = all.cohorts.iter().map(|(name, cohort)| (cohort.ages, name)).collect();
    ages.sort_unstable();
    for ([least, most], name) in &ages {
        found.ascending(&format!("cohorts/{name}"), *least, *most);
        found.ascending(&format!("cohorts/{name}"), 0, *least);
    }
    for pair in ages.windows(2) {
        if let [([_, most], one), ([least, _], other)] = pair
            && least <= most
        {
            found.refuse("NU2304", &format!("cohorts/{other}"), &format!("its ages overlap those of `{one}`"));
        }
    }
    for (name, cohort) in &all.cohorts {
        found.sourced(&format!("cohorts/{name}"), &cohort.source);
    }
}

fn check_references(all: &Distributions, found: &mut Found) {
    let aspects = |found: &mut Found, place: &str, names: &[String]| {
        for name in names {
            found.defined(place, name, all.aspects.keys());
        }
    };
    for (name, cohort) in &all.cohorts {
        aspects(found, &format!("cohorts/{name}"), &cohort.aspects);
    }
    for (name, role) in &all.roles {
        aspects(found, &format!("roles/{name}"), &role.aspects);
    }
    for (name, structure) in &all.structures {
        let place = format!("structures/{name}");
        found.sourced(&place, &structure.source);
        let members = 1..=REFERENCES.count();
        found.refuse_unless(
            members.contains(&structure.members.len()),
            "NU2302",
            &place,
            "it has no or too many members",
        );
        aspects(found, &place, &structure.aspects);
        for member in &structure.members {
            found.defined(&place, &member.role, all.roles.keys());
            found.defined(&place, &member.cohort, all.cohorts.keys());
            aspects(found, &place, &member.aspects);
        }
    }
    aspects(found, "background", &all.background);
    for (name, profile) in &all.profiles {
        let place = format!("profiles/{name}");
        found.sourced(&place, &profile.source);
        found.defined(&place, &profile.divisions, all.divisions.keys());
        for structure in profile.structures.keys() {
            found.defined(&place, structure, all.structures.keys());
        }
        for role in profile.roles.keys() {
            found.defined(&place, role, all.roles.keys());
        }
        for names in [&profile.household, &profile.everyone].into_iter().chain(profile.roles.values()) {
            aspects(found, &place, names);
        }
    }
    let places: usize = all.profiles.values().flat_map(|profile| profile.structures.values()).sum();
    found.refuse_unless(places > 0, "NU2302", "profiles", "there are no households");
}

fn check_alternative(place: &str, alternative: &Alternative, found: &mut Found) {
    for (name, draw) in &alternative.draws {
        check_draw(&format!("{place}/{name}"), draw, found);
    }
    for (list, rows) in &alternative.rows {
        for rows in rows {
            check_rows(&format!("{place}/{list}"), rows, found);
        }
    }
}

fn check_rows(place: &str, rows: &Rows, found: &mut Found) {
    let [least, most] = rows.count;
    found.ascending(place, least, most);
    found.refuse_unless(least > 0, "NU2302", place, "write `empty` for a list without rows");
    if let Some([least, most]) = rows.months_before {
        found.ascending(place, least, most);
    }
    for (name, draw) in rows.same.iter().chain(&rows.each) {
        check_draw(&format!("{place}/{name}"), draw, found);
    }
}

fn check_draw(place: &str, draw: &Draw, found: &mut Found) {
    match draw {
        Draw::PerMille(_) | Draw::MonthOfRow => {}
        Draw::OneOf(choices) => found.any_weight(place, choices.values().copied()),
        Draw::Count([least, most]) => found.ascending(place, least, most),
        Draw::MonthBefore([least, most]) | Draw::DayInMonthBefore([least, most]) => found.ascending(place, least, most),
        Draw::Yuan(band) | Draw::YuanPerMember(band) => check_band(place, band, found),
    }
}

fn check_band(place: &str, band: &Band, found: &mut Found) {
    found.ascending(place, band.least, band.most);
    found.refuse_unless(band.step.get() > 0, "NU2303", place, "the step is not above zero");
}

struct Found(Vec<Diagnostic>);

impl Found {
    fn refuse(&mut self, code: &str, place: &str, detail: &str) {
        self.0.push(Diagnostic::new(code, place, detail));
    }

    fn refuse_unless(&mut self, holds: bool, code: &str, place: &str, detail: &str) {
        if !holds {
            self.refuse(code, place, detail);
        }
    }

    fn sourced(&mut self, place: &str, source: &str) {
        self.refuse_unless(!source.is_empty(), "NU2305", place, "it names no source; write `assumed` if there is none");
    }

    fn any_weight(&mut self, place: &str, mut weights: impl Iterator<Item = u64>) {
        self.refuse_unless(weights.any(|weight| weight > 0), "NU2302", place, "there is nothing to choose from");
    }

    fn ascending<T: PartialOrd>(&mut self, place: &str, least: T, most: T) {
        self.refuse_unless(least <= most, "NU2303", place, "the range ends before it begins");
    }

    fn defined<'a>(&mut self, place: &str, name: &str, known: impl Iterator<Item = &'a String> + Clone) {
        if !known.clone().any(|one| one == name) {
            let mistake = Diagnostic::new("NU2301", place, format!("`{name}` is not defined"));
            self.0.push(mistake.with_suggestion(name, known.map(String::as_str)));
        }
    }
}
