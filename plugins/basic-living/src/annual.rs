//! The annual base: income and lines are compared as sums of twelve months, never as a divided or rounded monthly figure.

use nuan_sdk::prelude::*;

use crate::rounding;
use crate::view::Home;

/// Months of a year: the base of every annual figure, and no number of the law.
pub const MONTHS: i64 = 12;

/// 条例第九条：人均月收入与月标准比较，等于全家全年收入与十二个月、全家人数的标准之和比较。
///
/// The line of the household for a year: comparing sums, nothing is rounded before it is compared.
pub fn line(standard: Known<Fen>, size: Known<i64>) -> Known<Fen> {
    let (standard, size) = all((standard, size))?;
    Ok(standard.times(size)?.times(MONTHS)?)
}

/// A share or multiple of an amount, exact: for comparisons, or for one rounding at the end.
pub fn share(amount: Known<Fen>, ratio: Known<Ratio>) -> Known<Exact> {
    let (amount, ratio) = all((amount, ratio))?;
    Ok(amount.times_ratio(ratio)?)
}

/// 条例第十二条、第五十六条：按月发给。全年差额只除一次、进一次位。
///
/// The monthly amount of a yearly gap: divided once and rounded once.
pub fn monthly(home: &Home<'_>, yearly_gap: Known<Fen>) -> Known<Fen> {
    let (yearly_gap, rounding) = all((yearly_gap, rounding::monthly_benefit(home)))?;
    Ok(yearly_gap.max(Fen::ZERO).divide(MONTHS, rounding)?)
}

/// 审核确认办法第十三条“规定期限”、刚性支出办法第四条“前十二个月”：测算日所在月之前的各个自然月。
///
/// Reading `window-12-months`: the calendar months before the month of the as-of date.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    from: Month,
    until: Month,
}

impl Window {
    /// The window of a household.
    pub fn of(home: &Home<'_>) -> Known<Self> {
        let until = home.as_of().month();
        let length = i32::try_from(home.income_window_months()?).map_err(|_| OutOfRange)?;
        Ok(Self { from: until.plus(length.saturating_neg()), until })
    }

    /// Whether a month lies in it.
    pub fn contains(self, month: Month) -> bool {
        self.from <= month && month < self.until
    }
}

/// Whether a month lies in the window.
pub fn within(window: &Known<Window>, month: Known<Month>) -> Known<bool> {
    let (window, month) = all((window.clone(), month))?;
    Ok(window.contains(month))
}
