//! Lists of rows: the members of a household, the vehicles, the monthly wages of a member.

use std::iter::FusedIterator;

use nuan_vocabulary::columns::Failure;
use nuan_vocabulary::known::{Known, Unknown};

use crate::cells::{bit, place};

/// One row of an entity, as `plugin!` generates it.
pub trait Row<'a>: Copy {
    /// The columns of the whole batch.
    type Columns: 'a;
    /// The row; `index` counts within its parent.
    fn new(columns: &'a Self::Columns, row: u32, index: u32) -> Self;
}

/// A row of the level `LEVEL`.
pub trait At<const LEVEL: u32> {
    /// Its number within the batch.
    fn row(&self) -> u32;
}

/// Which rows belong to which parent, and whose list is complete.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    pub(crate) offsets: &'a [u32],
    pub(crate) listed: Option<&'a [u8]>,
}

impl List<'_> {
    /// The rows of a parent; `input` is the list's number in the resolved manifest.
    #[inline]
    pub fn of<'a, R: Row<'a>>(&self, columns: &'a R::Columns, parent: u32, input: u32) -> Known<Rows<'a, R>> {
        let is_listed = self.listed.is_none_or(|listed| bit(listed, parent));
        match (self.offsets.get(place(parent)), self.offsets.get(place(parent) + 1)) {
            (Some(&from), Some(&until)) if is_listed => Ok(Rows::new(columns, from, until)),
            _ => Err(Unknown::missing(input, parent)),
        }
    }
}

/// The rows of one parent, in the order of the document.
pub struct Rows<'a, R: Row<'a>> {
    columns: &'a R::Columns,
    from: u32,
    next: u32,
    until: u32,
}

impl<'a, R: Row<'a>> Rows<'a, R> {
    /// The rows `from..until`.
    #[inline]
    pub const fn new(columns: &'a R::Columns, from: u32, until: u32) -> Self {
        Self { columns, from, next: from, until }
    }

    /// Whether there is no row left.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.next >= self.until
    }

    /// The only row; a failure if there is not exactly one.
    pub fn only(mut self) -> Result<R, Failure> {
        match (self.next(), self.next()) {
            (Some(row), None) => Ok(row),
            _ => Err(Failure {
                code: "NU4012".to_owned(),
                message: "reasons are given for exactly one household".to_owned(),
                row: None,
            }),
        }
    }
}

impl<'a, R: Row<'a>> Clone for Rows<'a, R> {
    #[inline]
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<'a, R: Row<'a>> Iterator for Rows<'a, R> {
    type Item = R;

    #[inline]
    fn next(&mut self) -> Option<R> {
        if self.next >= self.until {
            return None;
        }
        let row = self.next;
        self.next += 1;
        Some(R::new(self.columns, row, row - self.from))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = place(self.until.saturating_sub(self.next));
        (left, Some(left))
    }
}

impl<'a, R: Row<'a>> ExactSizeIterator for Rows<'a, R> {}
impl<'a, R: Row<'a>> FusedIterator for Rows<'a, R> {}
