//! What rules call the things of a manifest: a method in Rust and a property in Rhai have the same name, found here.

use crate::resolved::{ColumnSource, ResolvedColumn};

/// A name as one word: `record.dibao.since` is `record_dibao_since`.
pub fn snake(name: &str) -> String {
    name.replace(|letter: char| !letter.is_alphanumeric(), "_")
}

/// A column of an entity: the fact `member.age_years` is `age_years` of a member. What is no fact of the entity keeps all
/// its words, with underscores for dots.
pub fn property(entity: &str, column: &ResolvedColumn) -> String {
    let own = column.name.strip_prefix(entity).and_then(|rest| rest.strip_prefix('.'));
    snake(own.filter(|_| column.from == ColumnSource::Fact).unwrap_or(&column.name))
}

/// A list of an entity: `vehicle` is `vehicles`, `company` is `companies`, `monthly_business` is `monthly_businesses`.
pub fn plural(entity: &str) -> String {
    let stem = entity.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match stem {
        Some(stem) => format!("{stem}ies"),
        None if entity.ends_with('s') => format!("{entity}es"),
        None => format!("{entity}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::ValueType;

    #[track_caller]
    fn check(entity: &str, name: &str, from: ColumnSource, expected: &str) {
        let (name, value_type) = (name.to_owned(), ValueType::Int);
        let column = ResolvedColumn { name, from, value_type, unit: None, per: vec![], codes: vec![], optional: false };
        assert_eq!(property(entity, &column), expected);
    }

    #[test]
    fn a_fact_of_the_entity_drops_the_entity() {
        check("member", "member.age_years", ColumnSource::Fact, "age_years");
        check("member", "member.income.wage", ColumnSource::Fact, "income_wage");
        check("household", "record.dibao.since", ColumnSource::Fact, "record_dibao_since");
        check("home", "homes.count", ColumnSource::Fact, "homes_count");
        check("household", "household.status", ColumnSource::Output, "household_status");
        check("household", "household.limit", ColumnSource::Parameter, "household_limit");
    }

    #[test]
    fn lists_are_plurals() {
        for (one, many) in [
            ("member", "members"),
            ("monthly_business", "monthly_businesses"),
            ("company", "companies"),
            ("day", "days"),
        ] {
            assert_eq!(plural(one), many);
        }
    }
}
