//! What a script sees of its manifest: facts, lists and parents by the names that [`naming`] gives them, and where each of
//! them is found. A parent is called like its entity.

use std::collections::BTreeMap;
use std::rc::Rc;

use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::naming;
use nuan_vocabulary::resolved::{ResolvedColumn, ResolvedManifest};
use rhai::ImmutableString;

/// How a column becomes a value.
#[derive(Clone, Debug)]
pub(crate) enum Reading {
    /// Yes or no.
    Flag,
    /// A status, which reads as yes or no.
    Status,
    /// A whole number.
    Int,
    /// Money.
    Money,
    /// A ratio.
    Ratio,
    /// A date.
    Date,
    /// A month.
    Month,
    /// One of these codes, as text.
    Code(Rc<[ImmutableString]>),
    /// Text.
    Text,
}

impl Reading {
    /// What the value is written as.
    pub(crate) const fn words(&self) -> &'static str {
        match self {
            Self::Flag | Self::Status => "true or false",
            Self::Int => "a whole number",
            Self::Money => "yuan(\"…\")",
            Self::Ratio => "ratio(\"…\")",
            Self::Date => "date(\"…\")",
            Self::Month => "month(\"…\")",
            Self::Code(_) => "one of its codes",
            Self::Text => "a text",
        }
    }
}

/// What a property of a row leads to.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// A value of the row's own.
    Column {
        /// Its place among the columns of the level.
        column: usize,
        /// Its number as absences count it.
        input: u32,
        /// How it becomes a value.
        reading: Reading,
    },
    /// The rows of a list.
    List {
        /// The level of the list.
        level: u32,
        /// The list's number as absences count it.
        input: u32,
    },
    /// The row that the row belongs to.
    Parent {
        /// Its level.
        level: u32,
    },
    /// The date of the law and of all ages.
    AsOf,
}

impl Target {
    /// The input it reads, as absences count them.
    pub(crate) const fn input(&self) -> Option<u32> {
        match self {
            Self::Column { input, .. } | Self::List { input, .. } => Some(*input),
            Self::Parent { .. } | Self::AsOf => None,
        }
    }
}

/// A property's name with what it leads to from each level that has it.
pub(crate) type Properties = BTreeMap<String, Vec<(u32, Target)>>;

/// The properties of all levels.
pub(crate) fn properties(manifest: &ResolvedManifest) -> Properties {
    let mut properties = Properties::new();
    let mut add = |name: String, level: u32, target: Target| properties.entry(name).or_default().push((level, target));
    let mut input = 0;
    for (level, resolved) in (0_u32..).zip(&manifest.levels) {
        add("as_of".to_owned(), level, Target::AsOf);
        for (column, found) in resolved.columns.iter().enumerate() {
            let target = Target::Column { column, input, reading: reading(found) };
            add(naming::property(&resolved.entity, found), level, target);
            input += 1;
        }
    }
    for (level, resolved) in (0_u32..).zip(&manifest.levels) {
        let Some(parent) = resolved.parent else { continue };
        add(naming::plural(&resolved.entity), parent, Target::List { level, input: input + level });
        if let Some(above) = usize::try_from(parent).ok().and_then(|parent| manifest.levels.get(parent)) {
            add(above.entity.clone(), level, Target::Parent { level: parent });
        }
    }
    properties
}

/// Names that one level would have to use twice.
pub(crate) fn taken_twice(properties: &Properties) -> impl Iterator<Item = &String> {
    let twice = |places: &Vec<(u32, Target)>| {
        places.iter().enumerate().any(|(n, (level, _))| places.iter().take(n).any(|(other, _)| other == level))
    };
    properties.iter().filter(move |(_, places)| twice(places)).map(|(name, _)| name)
}

/// How a column of this type becomes a value.
fn reading(column: &ResolvedColumn) -> Reading {
    match column.value_type {
        ValueType::Flag => Reading::Flag,
        ValueType::Status => Reading::Status,
        ValueType::Int => Reading::Int,
        ValueType::Money => Reading::Money,
        ValueType::Ratio => Reading::Ratio,
        ValueType::Date => Reading::Date,
        ValueType::Month => Reading::Month,
        ValueType::Code => Reading::Code(column.codes.iter().map(Into::into).collect()),
        ValueType::Text => Reading::Text,
    }
}
