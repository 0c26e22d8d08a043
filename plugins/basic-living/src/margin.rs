//! 最低生活保障边缘家庭：条例第十三条、规划三(一)5。Households a little above the line.
//!
//! 边缘家庭没有现金待遇，可以申请专项救助，重残、重病成员可以单独申请低保。
//! No cash: the status opens special assistance and the single-person route.

use nuan_sdk::prelude::*;

use crate::annual::{self, share};
use crate::conditions::Conditions;
use crate::in_force::MARGIN_OF_THE_PLAN;
use crate::means::Means;
use crate::property::Class;
use crate::rounding;
use crate::view::{Home, MarginCap, Results, output};

/// 条例第十三条第一款：没有纳入低保，人均月收入在标准的规定倍数以内，财产符合规定。
/// 2021年4月16日起规划三(一)5 把倍数放宽；倍数和上限都是有日期的参数。
///
/// Not dibao, not tekun, income per head up to the line, property within the limits. The multiple changed with the plan.
pub fn margin_eligibility(
    home: &Home<'_>,
    means: &Means,
    dibao: &Known<bool>,
    out: &mut Results,
    trace: &mut impl Trace,
) -> Known<bool> {
    let conditions = Conditions([
        (means.has_members(), "household-empty"),
        (not(dibao.clone()), "margin-dibao"),
        (means.residence.clone(), "margin-not-resident"),
        (both(is_within_multiple(home, means), is_within_cap(home, means)), "margin-income"),
        (means.property.of_class(Class::Margin), "margin-property"),
    ]);
    let status = conditions.hold();
    out.margin_status(home, status.clone());
    trace.step(|| {
        let step = step("margin_eligibility").for_output(output::MARGIN_STATUS, home);
        MARGIN_OF_THE_PLAN
            .cited(step.cites("zhejiang-social-assistance-2020", "13"), home.as_of())
            .says(conditions.says("margin-eligible"))
            .with("size", means.size.clone())
            .with("standard", home.dibao_standard())
            .with("multiplier", home.margin_multiplier())
            .with("line", line(home, means))
            .with("income", means.income.clone())
            .uses(["dibao.status", "countable_income.amount", "household_members.size", "property.margin"])
            .uses(["household.local_hukou"])
            .uses(["dibao_standard", "minimum_wage", "margin.multiplier", "margin.cap"])
            .uses(["interpretation:window-12-months", "interpretation:margin-cap-both"])
            .uses(["interpretation:text-before-2020-09-24"])
            .gives(&status)
    });
    status
}

/// 第十三条第一款“以下”：小于等于，含本数。
///
/// Up to the multiple of the standard, the line itself included.
fn is_within_multiple(home: &Home<'_>, means: &Means) -> Known<bool> {
    let (income, line) = all((
        means.income.clone(),
        share(annual::line(home.dibao_standard(), means.size.clone()), home.margin_multiplier()),
    ))?;
    Ok(income.exact()? <= line)
}

/// 第十三条第二款：认定标准最高不得超过当地月最低工资；理解 `margin-cap-both`：第一款的倍数同样受此限制。
///
/// Never above the minimum wage, where the cap holds.
fn is_within_cap(home: &Home<'_>, means: &Means) -> Known<bool> {
    let has_no_cap = home.margin_cap().map(|cap| cap == MarginCap::None);
    let is_within = || {
        let (income, cap) = all((means.income.clone(), annual::line(home.minimum_wage(), means.size.clone())))?;
        Ok(income <= cap)
    };
    if has_no_cap == Ok(true) { Ok(true) } else { either(has_no_cap, is_within()) }
}

/// The lower of the two lines for a year, for the reason: down to the fen, so that income within it is within the line.
fn line(home: &Home<'_>, means: &Means) -> Known<Fen> {
    let multiple = share(annual::line(home.dibao_standard(), means.size.clone()), home.margin_multiplier())?;
    let multiple = rounding::down_to_fen(multiple, 1)?;
    match home.margin_cap()? {
        MarginCap::None => Ok(multiple),
        MarginCap::MinimumWage => Ok(multiple.min(annual::line(home.minimum_wage(), means.size.clone())?)),
    }
}
