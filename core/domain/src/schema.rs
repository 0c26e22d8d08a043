//! The fact catalogue made ready for speed: every fact, entity and code has a small number.
//!
//! INVARIANT: numbers follow the order of names, so the same catalogue always gives the same numbers.

use std::collections::{BTreeMap, HashMap};

use nuan_vocabulary::catalogue::{Catalogue, CatalogueConflict, ValueType};

/// A fact's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactIndex(pub usize);

/// An entity's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityIndex(pub usize);

/// What the machinery needs to know of a fact.
#[derive(Debug)]
pub struct FactShape {
    /// Its full name.
    pub name: String,
    /// What it is about.
    pub entity: EntityIndex,
    /// What it is.
    pub value_type: ValueType,
    /// Whether `none` is a value.
    pub optional: bool,
    /// Codes with their numbers.
    pub codes: BTreeMap<String, u32>,
    /// The fact that it is derived from.
    pub derived_from: Option<FactIndex>,
}

/// What the machinery needs to know of an entity.
#[derive(Debug)]
pub struct EntityShape {
    /// Its name.
    pub name: String,
    /// What it belongs to.
    pub parent: Option<EntityIndex>,
    /// Its facts by the short name that rows of a document use.
    pub fields: HashMap<String, FactIndex>,
}

/// A catalogue with numbers.
#[derive(Debug)]
pub struct Schema {
    catalogue: Catalogue,
    facts: Vec<FactShape>,
    entities: Vec<EntityShape>,
    fact_numbers: HashMap<String, FactIndex>,
    entity_numbers: HashMap<String, EntityIndex>,
    household: EntityIndex,
    member: EntityIndex,
}

/// The catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// It contradicts itself.
    #[error("the fact catalogue contradicts itself")]
    Conflict(#[source] CatalogueConflict),
    /// Documents are about households and members.
    #[error("the fact catalogue has no entity `{0}`")]
    NoEntity(&'static str),
}

impl Schema {
    /// Numbers a catalogue.
    pub fn new(catalogue: Catalogue) -> Result<Self, SchemaError> {
        catalogue.check().map_err(SchemaError::Conflict)?;
        let entity_numbers: HashMap<String, EntityIndex> =
            catalogue.entities.keys().enumerate().map(|(n, name)| (name.clone(), EntityIndex(n))).collect();
        let fact_numbers: HashMap<String, FactIndex> =
            catalogue.facts.keys().enumerate().map(|(n, name)| (name.clone(), FactIndex(n))).collect();
        let number = |name: &'static str| entity_numbers.get(name).copied().ok_or(SchemaError::NoEntity(name));
        let (household, member) = (number("household")?, number("member")?);
        let facts = fact_shapes(&catalogue, &fact_numbers, &entity_numbers, household);
        let entities = catalogue
            .entities
            .iter()
            .map(|(name, entity)| EntityShape {
                name: name.clone(),
                parent: entity.parent.as_ref().and_then(|parent| entity_numbers.get(parent).copied()),
                fields: fields(name, &fact_numbers),
            })
            .collect();
        Ok(Self { catalogue, facts, entities, fact_numbers, entity_numbers, household, member })
    }

    /// The catalogue itself.
    pub const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The fact of this name.
    pub fn fact(&self, name: &str) -> Option<FactIndex> {
        self.fact_numbers.get(name).copied()
    }

    /// The entity of this name.
    pub fn entity(&self, name: &str) -> Option<EntityIndex> {
        self.entity_numbers.get(name).copied()
    }

    /// What a fact is.
    pub fn fact_shape(&self, fact: FactIndex) -> Option<&FactShape> {
        self.facts.get(fact.0)
    }

    /// What an entity is.
    pub fn entity_shape(&self, entity: EntityIndex) -> Option<&EntityShape> {
        self.entities.get(entity.0)
    }

    /// All facts in the order of their numbers.
    pub fn facts(&self) -> impl Iterator<Item = (FactIndex, &FactShape)> {
        self.facts.iter().enumerate().map(|(n, shape)| (FactIndex(n), shape))
    }

    /// How many entities there are.
    pub const fn entity_count(&self) -> usize {
        self.entities.len()
    }

    /// How many facts there are.
    pub const fn fact_count(&self) -> usize {
        self.facts.len()
    }

    /// The household.
    pub const fn household(&self) -> EntityIndex {
        self.household
    }

    /// The member.
    pub const fn member(&self) -> EntityIndex {
        self.member
    }
}

fn fact_shapes(
    catalogue: &Catalogue,
    fact_numbers: &HashMap<String, FactIndex>,
    entity_numbers: &HashMap<String, EntityIndex>,
    household: EntityIndex,
) -> Vec<FactShape> {
    let shape = |(name, fact): (&String, &nuan_vocabulary::catalogue::Fact)| {
        let list = fact.codes.as_deref().map(|list| catalogue.code_names(list)).unwrap_or_default();
        FactShape {
            name: name.clone(),
            entity: entity_numbers.get(&fact.entity).copied().unwrap_or(household),
            value_type: fact.value_type,
            optional: fact.optional,
            codes: list.into_iter().zip(0..).collect(),
            derived_from: fact.derived_from.as_ref().and_then(|base| fact_numbers.get(base).copied()),
        }
    };
    catalogue.facts.iter().map(shape).collect()
}

fn fields(entity: &str, fact_numbers: &HashMap<String, FactIndex>) -> HashMap<String, FactIndex> {
    let short = |name: &str| name.strip_prefix(entity).and_then(|rest| rest.strip_prefix('.')).map(str::to_owned);
    fact_numbers.iter().filter_map(|(name, index)| Some((short(name)?, *index))).collect()
}
