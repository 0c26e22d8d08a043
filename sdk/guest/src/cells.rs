//! The columns of a batch, typed: what a row holds, or that somebody has to supply it.

use nuan_vocabulary::columns::{ColumnValues, TextColumn};
use nuan_vocabulary::date::{Date, Month};
use nuan_vocabulary::fen::{Fen, Ratio};
use nuan_vocabulary::known::{Known, Unknown};

/// How a kind of column is stored.
pub trait Stored: Copy + Default {
    /// The values, if the column is of this kind.
    fn of(values: &ColumnValues) -> Option<&[Self]>;
    /// A column of these values.
    fn column(values: Vec<Self>) -> ColumnValues;
}

macro_rules! stored {
    ($($type:ty => $variant:ident),+ $(,)?) => {
        $(impl Stored for $type {
            fn of(values: &ColumnValues) -> Option<&[Self]> {
                if let ColumnValues::$variant(values) = values { Some(values) } else { None }
            }
            fn column(values: Vec<Self>) -> ColumnValues {
                ColumnValues::$variant(values)
            }
        })+
    };
}
stored!(i64 => Int64, i32 => Int32, u32 => Code, u8 => Flag);

/// A value that columns carry.
pub trait Carried: Copy {
    /// How it is stored.
    type Stored: Stored;
    /// What a stored number means.
    fn from_stored(stored: Self::Stored) -> Self;
    /// The number that stands for it.
    fn into_stored(self) -> Self::Stored;
    /// Whether the number stands for anything; only codes have numbers without a meaning.
    #[inline]
    fn is_valid(_: Self::Stored) -> bool {
        true
    }
}

macro_rules! carried {
    ($($type:ty as $stored:ty: $from:expr, $into:expr;)+) => {
        $(impl Carried for $type {
            type Stored = $stored;
            #[inline]
            fn from_stored(stored: $stored) -> Self {
                $from(stored)
            }
            #[inline]
            fn into_stored(self) -> $stored {
                $into(self)
            }
        })+
    };
}
carried! {
    i64 as i64: std::convert::identity, std::convert::identity;
    Fen as i64: Fen::new, Fen::get;
    Ratio as i64: Ratio::from_millionths, Ratio::millionths;
    Date as i32: Date::from_days, Date::days;
    Month as i32: Month::from_months, Month::months;
    bool as u8: |stored| stored != 0, u8::from;
}

/// Eligible or not: how an output of type `status` is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub bool);

impl Carried for Status {
    type Stored = u32;
    #[inline]
    fn from_stored(stored: u32) -> Self {
        Self(stored == 1)
    }
    #[inline]
    fn into_stored(self) -> u32 {
        u32::from(self.0)
    }
    #[inline]
    fn is_valid(stored: u32) -> bool {
        stored <= 1
    }
}

/// Which rows have a value, which are known to have none.
#[derive(Clone, Copy, Debug)]
pub struct Validity<'a> {
    pub(crate) known: Option<&'a [u8]>,
    pub(crate) none: Option<&'a [u8]>,
}

impl Validity<'_> {
    #[inline]
    pub(crate) fn is_known(self, row: u32) -> bool {
        self.known.is_none_or(|known| bit(known, row))
    }

    #[inline]
    pub(crate) fn is_none(self, row: u32) -> bool {
        self.none.is_some_and(|none| bit(none, row))
    }
}

/// Whether the row's bit is set; a row beyond the end has none.
#[inline]
pub(crate) fn bit(bitmap: &[u8], row: u32) -> bool {
    bitmap.get(place(row >> 3)).is_some_and(|byte| byte >> (row & 7) & 1 == 1)
}

/// A row as an index.
#[inline]
pub(crate) const fn place(row: u32) -> usize {
    row as usize
}

/// A column of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a, V: Carried> {
    pub(crate) values: &'a [V::Stored],
    pub(crate) validity: Validity<'a>,
}

impl<V: Carried> Cells<'_, V> {
    /// The row's value; `input` is the column's number in the resolved manifest.
    #[inline]
    pub fn get(&self, row: u32, input: u32) -> Known<V> {
        match self.values.get(place(row)) {
            Some(stored) if self.validity.is_known(row) => Ok(V::from_stored(*stored)),
            _ => Err(Unknown::missing(input, row)),
        }
    }

    /// The row's value, or that it is known to have none.
    #[inline]
    pub fn get_optional(&self, row: u32, input: u32) -> Known<Option<V>> {
        if self.validity.is_none(row) { Ok(None) } else { self.get(row, input).map(Some) }
    }
}

/// A text column of a batch.
#[derive(Clone, Copy, Debug)]
pub struct TextCells<'a> {
    pub(crate) values: &'a TextColumn,
    pub(crate) validity: Validity<'a>,
}

impl<'a> TextCells<'a> {
    /// The row's text; `input` is the column's number in the resolved manifest.
    pub fn get(&self, row: u32, input: u32) -> Known<&'a str> {
        let text = self.values.get(place(row)).filter(|_| self.validity.is_known(row));
        text.ok_or_else(|| Unknown::missing(input, row))
    }

    /// The row's text, or that it is known to have none.
    pub fn get_optional(&self, row: u32, input: u32) -> Known<Option<&'a str>> {
        if self.validity.is_none(row) { Ok(None) } else { self.get(row, input).map(Some) }
    }
}
