//! The words that rules are written in.

pub use nuan_vocabulary::date::{Date, Month};
pub use nuan_vocabulary::fen::{Exact, Fen, OutOfRange, Ratio, Rounding};
pub use nuan_vocabulary::known::{Known, Unknown, all, both, count, either, every, not, some, sum};
pub use nuan_vocabulary::reason::Value;

pub use crate::trace::{Trace, step};
