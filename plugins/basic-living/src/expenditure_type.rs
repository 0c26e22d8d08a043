//! 支出型困难家庭生活救助：条例第四十一条。Households pushed below the line by what they have to spend.
//!
//! 条例规定了本地户籍、低于标准、一定期限，其余由县级规定：都是参数。
//! The regulation fixes local hukou, the line and a limited time; all else is left to the county and is a parameter.

use nuan_sdk::prelude::*;

use crate::annual::{self, Window};
use crate::conditions::{Conditions, says_amount};
use crate::dibao;
use crate::means::Means;
use crate::necessary_spending;
use crate::three_valued::only_where;
use crate::view::{Home, Results, output};

/// 第四十一条：因大病等必需支出过大，实际生活水平低于低保标准的本地户籍家庭，在一定期限内给予生活救助。
///
/// Eligibility and benefit. Dibao and tekun go first; margin households may have it where the parameter says so.
pub fn expenditure_type(
    home: &Home<'_>,
    means: &Means,
    dibao: &Known<bool>,
    margin: &Known<bool>,
    window: &Known<Window>,
    out: &mut Results,
    trace: &mut impl Trace,
) {
    let spending = necessary_spending::of_expenditure_type(home, window);
    let conditions = Conditions([
        (means.has_members(), "household-empty"),
        (means.local_hukou.clone(), "expenditure-type-not-local"),
        (not(dibao.clone()), "expenditure-type-dibao"),
        (either(home.expenditure_type_margin_allowed(), not(margin.clone())), "expenditure-type-margin"),
        (lies_within(home), "expenditure-type-over"),
        (is_below_line(home, means, &spending), "expenditure-type-above-line"),
        (is_below_average(home, means), "expenditure-type-income"),
        (
            home.expenditure_type_property().and_then(|class| means.property.of_class(class)),
            "expenditure-type-property",
        ),
    ]);
    let status = conditions.hold();
    out.expenditure_type_status(home, status.clone());
    trace.step(|| {
        step("expenditure_type_eligibility")
            .for_output(output::EXPENDITURE_TYPE_STATUS, home)
            .cites("zhejiang-social-assistance-2020", "41")
            .says(conditions.says("expenditure-type-eligible"))
            .with("income", means.income.clone())
            .with("spending", spending.clone())
            .with("line", dibao::line(home, means))
            .with("average", home.disposable_income_per_capita_total())
            .with("months", home.expenditure_type_months())
            .uses(["dibao.status", "margin.status", "household.local_hukou", "member.local_hukou", "property.margin"])
            .uses(["countable_income.amount", "household_members.size", "receipt", "record.expenditure_type.since"])
            .uses(["dibao_standard", "disposable_income_per_capita_total", "expenditure_type.property"])
            .uses(["expenditure_type.months"])
            .uses(["expenditure_type.margin_allowed", "expenditure_type.counts_medical"])
            .uses(["expenditure_type.counts_education"])
            .uses(["expenditure_type.counts_rehabilitation", "expenditure_type.counts_county_other"])
            .uses(["income.window_months"])
            .uses(["interpretation:expenditure-list", "interpretation:expenditure-both"])
            .uses(["interpretation:local-is-county"])
            .gives(&status)
    });
    benefit(home, means, &status, &spending, out, trace);
}

/// 第四十一条“家庭实际生活水平低于当地最低生活保障标准”：收入减去必需支出，低于全家标准。
///
/// Income less necessary spending is below the line.
fn is_below_line(home: &Home<'_>, means: &Means, spending: &Known<Fen>) -> Known<bool> {
    let (income, spending, line) = all((means.income.clone(), spending.clone(), dibao::line(home, means)))?;
    Ok(income.minus(spending)? < line)
}

/// 第四十一条留给县级的条件：人均收入低于上年度当地居民人均可支配收入。
///
/// Left to the county: income per head below the local disposable income of the prior year.
pub fn is_below_average(home: &Home<'_>, means: &Means) -> Known<bool> {
    let (income, average, size) =
        all((means.income.clone(), home.disposable_income_per_capita_total(), means.size.clone()))?;
    Ok(income < average.times(size)?)
}

/// 第四十一条“一定期限”：从享受的首月起若干个月，期满重新申请。
///
/// A limited time, counted in calendar months from the first; then a new application.
fn lies_within(home: &Home<'_>) -> Known<bool> {
    let since = home.record_expenditure_type_since();
    if since == Ok(None) {
        return Ok(true);
    }
    let (since, months) = all((since, home.expenditure_type_months()))?;
    Ok(since.is_none_or(|since| i64::from(home.as_of().month().months() - since.month().months()) < months))
}

/// 第四十一条的数额由县级规定：全家标准与扣除必需支出后的收入之差；支出超过收入的，按标准全额。
///
/// The gap between the line and income after spending; the whole line where spending exceeds income.
fn benefit(
    home: &Home<'_>,
    means: &Means,
    status: &Known<bool>,
    spending: &Known<Fen>,
    out: &mut Results,
    trace: &mut impl Trace,
) {
    let amount = only_where(status.clone(), gap(home, means, spending));
    out.expenditure_type_amount(home, amount.clone());
    trace.step(|| {
        step("expenditure_type_benefit")
            .for_output(output::EXPENDITURE_TYPE_AMOUNT, home)
            .cites("zhejiang-social-assistance-2020", "41")
            .says(says_amount(status, &amount, "expenditure-type-amount"))
            .with("line", dibao::line(home, means))
            .with("income", means.income.clone())
            .with("spending", spending.clone())
            .with("months", home.expenditure_type_months())
            .with("amount", amount.clone())
            .uses(["expenditure_type.status", "countable_income.amount", "household_members.size", "receipt"])
            .uses(["dibao_standard", "expenditure_type.months", "benefit.rounding"])
            .uses(["interpretation:monthly-benefit-rounding"])
            .gives(&amount)
    });
}

fn gap(home: &Home<'_>, means: &Means, spending: &Known<Fen>) -> Known<Fen> {
    let (line, income, spending) = all((dibao::line(home, means), means.income.clone(), spending.clone()))?;
    let left = income.minus(spending)?.max(Fen::ZERO);
    annual::monthly(home, Ok(line.minus(left)?))
}
