//! 最低生活保障（低保）：条例第九条、第十一条、第十二条、第五十六条。The minimum living guarantee.

use nuan_sdk::prelude::*;

use crate::annual;
use crate::conditions::{Conditions, says_amount};
use crate::in_force::{RESIDENCE_REVIEW, SHORTFALL_REVIEW};
use crate::means::Means;
use crate::property::Class;
use crate::three_valued::only_where;
use crate::view::{Home, Results, output};

/// 条例第九条：家庭人均月收入低于当地低保标准，财产也符合规定的，全家享受低保。2022通知一(一)：不得只保其中几个人。
///
/// Income per head below the standard, and property within the limits; the whole household or nobody.
pub fn dibao_eligibility(home: &Home<'_>, means: &Means, out: &mut Results, trace: &mut impl Trace) -> Known<bool> {
    let conditions = Conditions([
        (means.has_members(), "household-empty"),
        (means.residence.clone(), "dibao-not-resident"),
        (is_below_line(home, means), "dibao-income"),
        (means.property.of_class(Class::Dibao), "dibao-property"),
    ]);
    let status = conditions.hold();
    out.dibao_status(home, status.clone());
    trace.step(|| {
        let step = step("dibao_eligibility")
            .for_output(output::DIBAO_STATUS, home)
            .cites("zhejiang-social-assistance-2020", "9")
            .cites("zhejiang-social-assistance-2020", "11")
            .cites("zhejiang-social-assistance-2020", "62")
            .cites("national-social-assistance-2019", "9");
        RESIDENCE_REVIEW
            .cited(step, home.as_of())
            .says(conditions.says("dibao-eligible"))
            .with("size", means.size.clone())
            .with("standard", home.dibao_standard())
            .with("line", line(home, means))
            .with("income", means.income.clone())
            .uses(["countable_income.amount", "household_members.size", "dibao_standard", "property.dibao"])
            .uses(["household.local_hukou"])
            .uses(["member.local_hukou", "household.residence_permit", "residence_permit_accepted"])
            .uses(["interpretation:window-12-months", "interpretation:text-before-2020-09-24"])
            .uses(["interpretation:local-is-county"])
            .gives(&status)
    });
    status
}

/// 第九条：当地低保标准，全家全年。
///
/// The line of the household for a year.
pub fn line(home: &Home<'_>, means: &Means) -> Known<Fen> {
    annual::line(home.dibao_standard(), means.size.clone())
}

/// 第九条“低于”：小于，不含等于。
///
/// Below the line: less than, never equal.
pub fn is_below_line(home: &Home<'_>, means: &Means) -> Known<bool> {
    let (income, line) = all((means.income.clone(), line(home, means)))?;
    Ok(income < line)
}

/// 条例第十二条：低保金按月发，数额为全家标准与全家收入之差。第五十六条：批准的次月起发。
///
/// The gap between standard and income, for the whole household at once: a gap per head would be rounded several times.
pub fn dibao_shortfall(home: &Home<'_>, means: &Means, dibao: &Known<bool>, out: &mut Results, trace: &mut impl Trace) {
    let shortfall = shortfall(home, means);
    let amount = only_where(dibao.clone(), shortfall);
    out.dibao_amount(home, amount.clone());
    trace.step(|| {
        let step = step("dibao_shortfall")
            .for_output(output::DIBAO_AMOUNT, home)
            .cites("zhejiang-social-assistance-2020", "12")
            .cites("zhejiang-social-assistance-2020", "56");
        SHORTFALL_REVIEW
            .cited(step, home.as_of())
            .says(says_amount(dibao, &amount, "dibao-shortfall"))
            .with("line", line(home, means))
            .with("income", means.income.clone())
            .with("amount", amount.clone())
            .uses(["dibao.status", "countable_income.amount", "household_members.size", "dibao_standard"])
            .uses(["benefit.rounding"])
            .uses(["interpretation:monthly-benefit-rounding"])
            .gives(&amount)
    });
}

fn shortfall(home: &Home<'_>, means: &Means) -> Known<Fen> {
    let (line, income) = all((line(home, means), means.income.clone()))?;
    annual::monthly(home, Ok(line.minus(income)?))
}
