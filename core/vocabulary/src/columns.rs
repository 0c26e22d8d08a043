//! Columns of facts and outputs as they cross to a plugin: typed, with validity, no names and no ids.
//!
//! The shapes are those of `sdk/wit`; both the guest's and the host's bindings convert by moving the vectors.

use crate::date::Date;
use crate::known::{Absence, Cause};

/// One bit a row, least significant bit first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitmap(Vec<u8>);

impl Bitmap {
    /// All bits clear.
    pub fn clear(rows: usize) -> Self {
        Self(vec![0; rows.div_ceil(8)])
    }

    /// All bits set.
    pub fn full(rows: usize) -> Self {
        Self(vec![0xff; rows.div_ceil(8)])
    }

    /// Takes bytes as they came; a row beyond the end reads as clear.
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Gives the bytes away.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether the bit is set.
    #[inline]
    pub fn get(&self, row: usize) -> bool {
        self.0.get(row >> 3).is_some_and(|byte| byte >> (row & 7) & 1 == 1)
    }

    /// Sets the bit.
    #[inline]
    pub fn set(&mut self, row: usize) {
        if let Some(byte) = self.0.get_mut(row >> 3) {
            *byte |= 1 << (row & 7);
        }
    }

    /// Clears the bit.
    #[inline]
    pub fn unset(&mut self, row: usize) {
        if let Some(byte) = self.0.get_mut(row >> 3) {
            *byte &= !(1 << (row & 7));
        }
    }
}

/// Text rows: row `i` is `bytes[offsets[i]..offsets[i + 1]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextColumn {
    /// Rows + 1 entries, ascending, from 0.
    pub offsets: Vec<u32>,
    /// UTF-8.
    pub bytes: Vec<u8>,
}

impl Default for TextColumn {
    fn default() -> Self {
        Self { offsets: vec![0], bytes: Vec::new() }
    }
}

impl TextColumn {
    /// Appends a row.
    pub fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.offsets.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
    }

    /// The row's text; `None` beyond the end, for false offsets, or where it is not UTF-8.
    pub fn get(&self, row: usize) -> Option<&str> {
        let from = usize::try_from(*self.offsets.get(row)?).ok()?;
        let until = usize::try_from(*self.offsets.get(row + 1)?).ok()?;
        std::str::from_utf8(self.bytes.get(from..until)?).ok()
    }
}

/// The values of one column; what a row holds where it is unknown or none is not defined and never read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnValues {
    /// Counts, money in fen, ratios in parts per million.
    Int64(Vec<i64>),
    /// Days since 1970-01-01 or months since 1970-01.
    Int32(Vec<i32>),
    /// Index into the column's code list.
    Code(Vec<u32>),
    /// 0 or 1.
    Flag(Vec<u8>),
    /// Text.
    Text(TextColumn),
}

impl ColumnValues {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        match self {
            Self::Int64(values) => values.len(),
            Self::Int32(values) => values.len(),
            Self::Code(values) => values.len(),
            Self::Flag(values) => values.len(),
            Self::Text(values) => values.offsets.len().saturating_sub(1),
        }
    }
}

/// One column with its validity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The values.
    pub values: ColumnValues,
    /// Which rows are known; `None`: all.
    pub known: Option<Bitmap>,
    /// Which rows are known to be none; `None`: no row.
    pub none: Option<Bitmap>,
}

impl Column {
    /// Whether somebody has supplied the row.
    #[inline]
    pub fn is_known(&self, row: usize) -> bool {
        self.known.as_ref().is_none_or(|known| known.get(row))
    }

    /// Whether the row is known to have no value.
    #[inline]
    pub fn is_none(&self, row: usize) -> bool {
        self.none.as_ref().is_some_and(|none| none.get(row))
    }
}

/// The rows of one entity and the columns over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// The level of the parent; 0 for level 0 itself.
    pub parent: u32,
    /// Rows of parent `p`: `offsets[p]..offsets[p + 1]`; empty at level 0.
    pub offsets: Vec<u32>,
    /// Which parents have a complete list; `None`: all.
    pub listed: Option<Bitmap>,
    /// How many rows there are.
    pub rows: u32,
    /// In the order of the resolved manifest.
    pub columns: Vec<Column>,
}

/// Up to some thousand households, as one plugin sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The date of the law and of all ages.
    pub as_of: Date,
    /// Household, member, then lists, in the order of the resolved manifest.
    pub levels: Vec<Level>,
}

/// Why one row of an output is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The output's number in the resolved manifest.
    pub output: u32,
    /// The row at the output's level.
    pub row: u32,
    /// What somebody has to supply.
    pub missing: Vec<Absence>,
    /// What else stands in the way.
    pub causes: Vec<Cause>,
}

/// What a plugin answers for a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// In the order of the resolved manifest.
    pub columns: Vec<Column>,
    /// One entry for every unknown row.
    pub missing: Vec<Gap>,
}

/// The plugin says that it cannot; not a fault of the machinery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A stable code.
    pub code: String,
    /// What went wrong, without personal values.
    pub message: String,
    /// The household, if it was one.
    pub row: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_from_the_least_significant() {
        let mut bits = Bitmap::clear(10);
        bits.set(0);
        bits.set(9);
        assert_eq!(bits.as_bytes(), [1, 2]);
        assert!(bits.get(9) && !bits.get(8) && !bits.get(800));
        bits.unset(9);
        assert_eq!(bits.into_bytes(), [1, 0]);
    }

    #[test]
    fn forged_offsets_read_as_nothing() {
        let text = TextColumn { offsets: vec![0, 9, 2], bytes: vec![b'a'; 3] };
        assert_eq!((text.get(0), text.get(1), text.get(7)), (None, None, None));
        let mut text = TextColumn::default();
        text.push("暖");
        assert_eq!(text.get(0), Some("暖"));
    }
}
