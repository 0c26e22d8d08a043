//! 家庭经济状况：各项救助共同依据的结论。What every programme looks at.

use nuan_sdk::prelude::*;

use crate::property::PropertyTests;

/// The household as assessed: who counts, what it has had, where it belongs, what it owns.
pub struct Means {
    /// How many members count.
    pub size: Known<i64>,
    /// Countable income of twelve months.
    pub income: Known<Fen>,
    /// Local hukou.
    pub local_hukou: Known<bool>,
    /// The residence condition: local hukou, or a permit where it is accepted.
    pub residence: Known<bool>,
    /// The property tests.
    pub property: PropertyTests,
}

impl Means {
    /// 家庭至少有一名成员：全家都是特困人员的，没有谁享受别的基本生活救助。
    ///
    /// Somebody is left in the household: where all are tekun, nobody is.
    pub fn has_members(&self) -> Known<bool> {
        self.size.clone().map(|size| 1 <= size)
    }
}
