//! The fact catalogue: the one language of documents, columns, schemas and forms.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::citation::Citation;
use crate::text::Bilingual;

/// What a fact, parameter or output is, and so how its column is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// Yes or no.
    Flag,
    /// A count.
    Int,
    /// Money: quoted yuan where people write, fen where machines do.
    Money,
    /// A ratio: a quoted decimal where people write, parts per million where machines do.
    Ratio,
    /// A civil date.
    Date,
    /// A civil month.
    Month,
    /// One of a code list.
    Code,
    /// Text; a plugin needs a grant of its own for it.
    Text,
    /// `not_eligible` or `eligible`: only for outputs, carried as a code.
    Status,
}

/// The codes of every output of type `status`, in column order.
pub const STATUS_CODES: [&str; 2] = ["not_eligible", "eligible"];

/// How closely a fact is to be kept. One without a class does not load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Anyone may know.
    Public,
    /// Personal.
    Personal,
    /// Sensitive personal: income, assets.
    Sensitive,
    /// Special: health, disability, minors.
    Special,
}

/// A thing that facts are about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// The entity it belongs to; the household belongs to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Its name for people.
    pub title: Bilingual,
}

/// A kind of statement about an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// What it is about.
    pub entity: String,
    /// What it is.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// The unit of a count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What an amount is counted by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per: Vec<String>,
    /// The code list of a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes: Option<String>,
    /// Whether `none` is a value that can be known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// How closely it is kept.
    pub class: Sensitivity,
    /// Its name for people.
    pub title: Bilingual,
    /// What to ask for instead, if it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coarser: Option<String>,
    /// The fact that the kernel derives it from on the as-of date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived_from: Option<String>,
    /// Who can state it.
    pub sources: Vec<String>,
    /// Why it may be asked for.
    pub cites: Vec<Citation>,
}

/// A code list: what people read for each code, in column order.
pub type CodeList = BTreeMap<String, Bilingual>;

/// Everything that can be said about a household.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// The version that manifests name.
    pub version: u32,
    /// Entities by name.
    #[serde(default)]
    pub entities: BTreeMap<String, Entity>,
    /// Facts by name.
    #[serde(default)]
    pub facts: BTreeMap<String, Fact>,
    /// Code lists by name.
    #[serde(default)]
    pub codes: BTreeMap<String, CodeList>,
}

/// Two files of a catalogue name the same thing, or count versions differently.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueConflict {
    /// Named twice.
    #[error("`{0}` stands in two catalogue files")]
    Twice(String),
    /// The files belong to different versions.
    #[error("catalogue files of version {0} and {1}")]
    Version(u32, u32),
    /// A fact names an entity that there is not.
    #[error("fact `{fact}` is about `{entity}`, which is no entity")]
    NoEntity {
        /// The fact.
        fact: String,
        /// What it names.
        entity: String,
    },
    /// A fact of type code names a code list that there is not.
    #[error("fact `{fact}` needs the code list `{list}`, which there is not")]
    NoCodes {
        /// The fact.
        fact: String,
        /// What it names.
        list: String,
    },
}

impl Catalogue {
    /// Adds another file.
    pub fn merge(&mut self, other: Self) -> Result<(), CatalogueConflict> {
        if self.version != 0 && self.version != other.version {
            return Err(CatalogueConflict::Version(self.version, other.version));
        }
        self.version = other.version;
        add(&mut self.entities, other.entities)?;
        add(&mut self.facts, other.facts)?;
        add(&mut self.codes, other.codes)
    }

    /// That every fact is about an entity and every code has its list.
    pub fn check(&self) -> Result<(), CatalogueConflict> {
        for (name, fact) in &self.facts {
            if !self.entities.contains_key(&fact.entity) {
                return Err(CatalogueConflict::NoEntity { fact: name.clone(), entity: fact.entity.clone() });
            }
            let list = fact.codes.as_deref().unwrap_or_default();
            if fact.value_type == ValueType::Code && !self.codes.contains_key(list) {
                return Err(CatalogueConflict::NoCodes { fact: name.clone(), list: list.to_owned() });
            }
        }
        Ok(())
    }

    /// The codes of a list, in column order.
    pub fn code_names(&self, list: &str) -> Vec<String> {
        self.codes.get(list).map(|codes| codes.keys().cloned().collect()).unwrap_or_default()
    }
}

fn add<T>(all: &mut BTreeMap<String, T>, more: BTreeMap<String, T>) -> Result<(), CatalogueConflict> {
    for (name, value) in more {
        if all.insert(name.clone(), value).is_some() {
            return Err(CatalogueConflict::Twice(name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_named_twice() {
        let household = Entity { parent: None, title: Bilingual::default() };
        let mut one = Catalogue { version: 1, ..Catalogue::default() };
        one.entities.insert("household".to_owned(), household);
        let mut both = one.clone();
        assert_eq!(both.merge(one), Err(CatalogueConflict::Twice("household".to_owned())));
        assert_eq!(both.merge(Catalogue { version: 2, ..Catalogue::default() }), Err(CatalogueConflict::Version(1, 2)));
    }
}
