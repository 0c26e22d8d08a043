//! 赡养费、抚养费、扶养费：审核确认办法第十三条第一款第四项。What supporters outside the household give.

use nuan_sdk::prelude::*;

use crate::annual::{self, share};
use crate::rounding;
use crate::view::{Home, Supporter};

/// 第十三条第一款第四项：转移性收入包括赡养（抚养、扶养）费；不共同生活的义务人逐户计算。
///
/// Support for a year, one supporting household after the other. `none` on the list: there is nobody.
pub fn support_income(home: &Home<'_>) -> Known<Fen> {
    sum(home.supporters()?.map(|supporter| of_supporter(home, &supporter)))
}

/// 裁判或者协议已经确定数额的，从其数额；没有确定的，按能力计算。
///
/// What a court or an agreement has fixed; where nothing was fixed, what the supporters are able to give.
fn of_supporter(home: &Home<'_>, supporter: &Supporter<'_>) -> Known<Fen> {
    match supporter.fixed_monthly_amount() {
        Ok(Some(fixed)) => Ok(fixed.times(annual::MONTHS)?),
        Ok(None) => by_ability(home, supporter),
        Err(unknown) => Err(by_ability(home, supporter).err().map_or(unknown.clone(), |more| unknown.and(more))),
    }
}

/// 义务人家庭人均收入超过其所在地低保标准若干倍的部分，按比例计入，由受其供养的人均分（倍数、比例没有依据，可以替换）。
///
/// A share of what the supporters have per head above a multiple of their own standard, divided among all whom they support.
/// As sums of a year: (income − multiple · 12 · size · standard) · share ÷ (size · persons), divided once, at the end.
fn by_ability(home: &Home<'_>, supporter: &Supporter<'_>) -> Known<Fen> {
    let kept =
        share(annual::line(supporter.dibao_standard(), supporter.household_size()), home.support_income_multiple());
    let (kept, income, size) = all((kept, supporter.income_12_months(), supporter.household_size()))?;
    let excess = income.minus(kept.round(rounding::LIMIT)?)?.max(Fen::ZERO);
    if excess == Fen::ZERO {
        return Ok(Fen::ZERO);
    }
    let (part, persons) = all((share(Ok(excess), home.support_share()), supporter.persons_supported()))?;
    let parts = size.checked_mul(persons).ok_or(OutOfRange)?;
    Ok(rounding::down_to_fen(part, parts)?)
}
