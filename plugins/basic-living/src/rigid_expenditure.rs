//! 刚性支出困难家庭：刚性支出困难家庭认定办法第四条、第五条、第十条。A status, without cash.

use nuan_sdk::prelude::*;

use crate::annual::{Window, share};
use crate::conditions::Conditions;
use crate::expenditure_type::is_below_average;
use crate::in_force::RIGID_EXPENDITURE;
use crate::means::Means;
use crate::necessary_spending;
use crate::property::Class;
use crate::view::{Home, Results, output};

/// 第四条：不在低保、特困、边缘之列；人均收入低于上年度当地人均可支配收入；财产符合规定；刚性支出占收入的比例超出规定。
/// 第十条：认定最长十二个月有效。
///
/// Not dibao, not tekun, not margin; income per head below the local average; rigid expenditure above a share of income.
pub fn rigid_expenditure_status(
    home: &Home<'_>,
    means: &Means,
    dibao: &Known<bool>,
    margin: &Known<bool>,
    window: &Known<Window>,
    out: &mut Results,
    trace: &mut impl Trace,
) {
    let spending = necessary_spending::of_all_kinds(home, window);
    let conditions = Conditions([
        (means.has_members(), "household-empty"),
        (not(dibao.clone()), "rigid-expenditure-dibao"),
        (not(margin.clone()), "rigid-expenditure-margin"),
        (is_below_average(home, means), "rigid-expenditure-income"),
        (exceeds_share(home, means, &spending), "rigid-expenditure-share"),
        (means.property.of_class(Class::Margin), "rigid-expenditure-property"),
    ]);
    let held = RIGID_EXPENDITURE.held(home.as_of());
    let status = held.clone().and_then(|()| conditions.hold());
    out.rigid_expenditure_status(home, status.clone());
    trace.step(|| {
        step("rigid_expenditure_status")
            .for_output(output::RIGID_EXPENDITURE_STATUS, home)
            .cites("national-rigid-expenditure-2025", "4")
            .cites("national-rigid-expenditure-2025", "5")
            .cites("national-rigid-expenditure-2025", "10")
            .says(if held.is_ok() { conditions.says("rigid-expenditure-eligible") } else { "no-rule-held" })
            .with("income", means.income.clone())
            .with("spending", spending.clone())
            .with("ratio", home.rigid_ratio())
            .with("average", home.disposable_income_per_capita_total())
            .with("months", home.rigid_valid_months())
            .uses(["dibao.status", "margin.status", "countable_income.amount", "household_members.size", "receipt"])
            .uses(["property.margin", "disposable_income_per_capita_total", "rigid.ratio", "rigid.valid_months"])
            .uses(["income.window_months", "interpretation:expenditure-both", "interpretation:local-is-county"])
            .gives(&status)
    });
}

/// 第四条第四项“超出”：大于，不含等于；写成乘积，收入为零也不用相除。
///
/// Exceeds: more than, never equal; a product, so that no income needs no division.
fn exceeds_share(home: &Home<'_>, means: &Means, spending: &Known<Fen>) -> Known<bool> {
    let (spending, part) = all((spending.clone(), share(means.income.clone(), home.rigid_ratio())))?;
    Ok(part < spending.exact()?)
}
