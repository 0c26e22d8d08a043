//! Facts of many households as columns, as they hold on a date and were known at an instant.
//!
//! INVARIANT: rows stand in the order of the documents, members and lists; a column says for every row whether it is known.

use jiff::Timestamp;
use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::columns::{Bitmap, Column, ColumnValues, TextColumn};
use nuan_vocabulary::date::Date;

use crate::document::{FactValue, HouseholdDocument, List, Statement, effective};
use crate::schema::{EntityIndex, FactIndex, Schema};

/// The rows of one entity.
#[derive(Debug)]
pub struct EntityRows {
    /// Rows of parent `p`: `offsets[p]..offsets[p + 1]`; empty for the household.
    pub offsets: Vec<u32>,
    /// Which parents have a complete list; `None`: all.
    pub listed: Option<Bitmap>,
    /// How many there are.
    pub rows: usize,
}

/// All facts of a batch of households.
#[derive(Debug)]
pub struct FactTable {
    /// The date they hold on.
    pub as_of: Date,
    entities: Vec<EntityRows>,
    columns: Vec<Option<Column>>,
}

/// Which columns are wanted; those of facts that nobody reads are never made.
pub struct Wanted(Vec<bool>);

impl Wanted {
    /// None yet.
    pub fn none(schema: &Schema) -> Self {
        Self(vec![false; schema.fact_count()])
    }

    /// Adds a fact, and the fact it is derived from.
    pub fn add(&mut self, fact: FactIndex, schema: &Schema) {
        if let Some(wanted) = self.0.get_mut(fact.0) {
            *wanted = true;
        }
        if let Some(base) = schema.fact_shape(fact).and_then(|shape| shape.derived_from) {
            self.add(base, schema);
        }
    }

    fn contains(&self, fact: FactIndex) -> bool {
        self.0.get(fact.0).copied().unwrap_or(false)
    }
}

impl FactTable {
    /// Turns documents into columns.
    pub fn build(
        schema: &Schema,
        documents: &[&HouseholdDocument],
        as_of: Date,
        known_at: Timestamp,
        wanted: &Wanted,
    ) -> Self {
        let rows = RowsInOrder::gather(schema, documents);
        let mut columns: Vec<Option<Builder>> = schema
            .facts()
            .map(|(fact, shape)| {
                wanted.contains(fact).then(|| Builder::new(shape.value_type, rows.count(shape.entity)))
            })
            .collect();
        for of_entity in &rows.statements {
            for (row, statements) in of_entity.iter().enumerate() {
                for statement in effective(statements, as_of, known_at) {
                    if let Some(Some(builder)) = columns.get_mut(statement.fact.0) {
                        builder.set(row, &statement.value);
                    }
                }
            }
        }
        let columns = columns.into_iter().map(|builder| builder.map(Builder::finish)).collect();
        let mut table = Self { as_of, entities: rows.shapes(), columns };
        table.derive(schema, wanted);
        table
    }

    /// The rows of an entity.
    pub fn entity(&self, entity: EntityIndex) -> Option<&EntityRows> {
        self.entities.get(entity.0)
    }

    /// The column of a fact that was wanted.
    pub fn column(&self, fact: FactIndex) -> Option<&Column> {
        self.columns.get(fact.0).and_then(Option::as_ref)
    }

    /// Fills derived facts where nobody stated them: an age in years from a date.
    fn derive(&mut self, schema: &Schema, wanted: &Wanted) {
        for (fact, shape) in schema.facts() {
            let Some(base) = shape.derived_from.filter(|_| wanted.contains(fact)) else { continue };
            let Some(base) = self.column(base).cloned() else { continue };
            let (ColumnValues::Int32(days), as_of) = (&base.values, self.as_of) else { continue };
            if let Some(Some(column)) = self.columns.get_mut(fact.0) {
                fill_ages(column, days, &base, as_of);
            }
        }
    }
}

/// Ages for rows that have a date and no stated age. Someone born after the date has no age yet: unknown.
fn fill_ages(column: &mut Column, days: &[i32], base: &Column, as_of: Date) {
    let (ColumnValues::Int64(ages), Some(known)) = (&mut column.values, &mut column.known) else { return };
    for (row, (age, day)) in ages.iter_mut().zip(days).enumerate() {
        let derivable = !known.get(row) && base.is_known(row) && !base.is_none(row);
        let years = Date::from_days(*day).age_years(as_of);
        if derivable && years >= 0 {
            *age = years;
            known.set(row);
        }
    }
}

/// The statements of every row, entity by entity, in the one order that everything else relies on.
struct RowsInOrder<'a> {
    statements: Vec<Vec<&'a [Statement]>>,
    offsets: Vec<Vec<u32>>,
    listed: Vec<Vec<bool>>,
}

impl<'a> RowsInOrder<'a> {
    fn gather(schema: &Schema, documents: &[&'a HouseholdDocument]) -> Self {
        let count = schema.entity_count();
        let mut rows = Self {
            statements: vec![Vec::new(); count],
            offsets: vec![vec![0]; count],
            listed: vec![Vec::new(); count],
        };
        let lists_of = |parent: EntityIndex| -> Vec<EntityIndex> {
            let belongs = |n: &EntityIndex| schema.entity_shape(*n).and_then(|shape| shape.parent) == Some(parent);
            (0..count).map(EntityIndex).filter(|n| *n != schema.member()).filter(belongs).collect()
        };
        let (of_household, of_member) = (lists_of(schema.household()), lists_of(schema.member()));
        for document in documents {
            rows.push(schema.household(), &document.statements);
            rows.push_lists(&of_household, &document.lists);
            for member in &document.members {
                rows.push(schema.member(), &member.statements);
                rows.push_lists(&of_member, &member.lists);
            }
            rows.close(schema.member(), true);
        }
        rows
    }

    fn push(&mut self, entity: EntityIndex, statements: &'a [Statement]) {
        if let Some(rows) = self.statements.get_mut(entity.0) {
            rows.push(statements);
        }
    }

    fn push_lists(&mut self, entities: &[EntityIndex], lists: &'a [List]) {
        for entity in entities {
            let list = lists.iter().find(|list| list.entity == *entity);
            for row in list.map(|list| list.rows.as_slice()).unwrap_or_default() {
                self.push(*entity, row);
            }
            self.close(*entity, list.is_some());
        }
    }

    /// Ends the list of one parent.
    fn close(&mut self, entity: EntityIndex, listed: bool) {
        let rows = u32::try_from(self.count(entity)).unwrap_or(u32::MAX);
        if let (Some(offsets), Some(all)) = (self.offsets.get_mut(entity.0), self.listed.get_mut(entity.0)) {
            offsets.push(rows);
            all.push(listed);
        }
    }

    fn count(&self, entity: EntityIndex) -> usize {
        self.statements.get(entity.0).map_or(0, Vec::len)
    }

    fn shapes(self) -> Vec<EntityRows> {
        let ends = self.offsets.into_iter().zip(self.listed);
        let shape = |(statements, (offsets, listed)): (Vec<_>, (Vec<u32>, Vec<bool>))| {
            let mut bits = Bitmap::clear(listed.len());
            (0..listed.len()).filter(|row| listed.get(*row) == Some(&true)).for_each(|row| bits.set(row));
            let complete = listed.iter().all(|listed| *listed);
            EntityRows { offsets, listed: (!complete).then_some(bits), rows: statements.len() }
        };
        self.statements.into_iter().zip(ends).map(shape).collect()
    }
}

/// A column in the making; what nobody sets stays unknown.
enum Builder {
    Plain(Column),
    Text { texts: Vec<String>, known: Bitmap, none: Bitmap },
}

impl Builder {
    fn new(value_type: ValueType, rows: usize) -> Self {
        let values = match value_type {
            ValueType::Flag => ColumnValues::Flag(vec![0; rows]),
            ValueType::Int | ValueType::Money | ValueType::Ratio => ColumnValues::Int64(vec![0; rows]),
            ValueType::Date | ValueType::Month => ColumnValues::Int32(vec![0; rows]),
            ValueType::Code | ValueType::Status => ColumnValues::Code(vec![0; rows]),
            ValueType::Text => {
                return Self::Text {
                    texts: vec![String::new(); rows],
                    known: Bitmap::clear(rows),
                    none: Bitmap::clear(rows),
                };
            }
        };
        Self::Plain(Column { values, known: Some(Bitmap::clear(rows)), none: None })
    }

    fn set(&mut self, row: usize, value: &FactValue) {
        match self {
            Self::Text { texts, known, none } => {
                known.set(row);
                match value {
                    FactValue::Text(text) => {
                        none.unset(row);
                        if let Some(kept) = texts.get_mut(row) {
                            kept.clone_from(text);
                        }
                    }
                    _ => none.set(row),
                }
            }
            Self::Plain(column) => set_plain(column, row, value),
        }
    }

    fn finish(self) -> Column {
        match self {
            Self::Plain(column) => column,
            Self::Text { texts, known, none } => {
                let mut column = TextColumn::default();
                texts.iter().for_each(|text| column.push(text));
                Column { values: ColumnValues::Text(column), known: Some(known), none: Some(none) }
            }
        }
    }
}

fn set_plain(column: &mut Column, row: usize, value: &FactValue) {
    let rows = column.values.rows();
    if let Some(known) = &mut column.known {
        known.set(row);
    }
    match (&mut column.values, value) {
        (_, FactValue::None) => return column.none.get_or_insert_with(|| Bitmap::clear(rows)).set(row),
        (ColumnValues::Flag(values), FactValue::Flag(flag)) => put(values, row, u8::from(*flag)),
        (ColumnValues::Int64(values), FactValue::Number(number)) => put(values, row, *number),
        (ColumnValues::Int32(values), FactValue::Day(day)) => put(values, row, *day),
        (ColumnValues::Code(values), FactValue::Code(code)) => put(values, row, *code),
        _ => {}
    }
    if let Some(none) = &mut column.none {
        none.unset(row);
    }
}

fn put<T>(values: &mut [T], row: usize, value: T) {
    if let Some(slot) = values.get_mut(row) {
        *slot = value;
    }
}
