//! 低保渐退期：审核确认办法第三十三条、2022通知一(三)。The benefit kept for a time after work has lifted the household.

use nuan_sdk::prelude::*;

use crate::conditions::{Conditions, says_amount};
use crate::dibao;
use crate::in_force::{GRADUATION, GRADUATION_REVIEW};
use crate::means::Means;
use crate::property::Class;
use crate::three_valued::only_where;
use crate::view::{Home, Results, RiseCause, output};

/// 第三十三条：就业后人均收入超过标准的低保家庭，可以有渐退期；2022通知一(三)：原则上不超过六个月，具体由参数规定。
///
/// In receipt in the month before, lifted to the line through work, property still within the limits, within the months.
pub fn graduation(home: &Home<'_>, means: &Means, out: &mut Results, trace: &mut impl Trace) {
    let conditions = Conditions([
        (was_in_receipt(home), "graduation-not-in-receipt"),
        (not(dibao::is_below_line(home, means)), "graduation-below-line"),
        (rose_through_work(home), "graduation-not-through-work"),
        (means.property.of_class(Class::Dibao), "graduation-property"),
        (lies_within(home), "graduation-over"),
    ]);
    let held = GRADUATION.held(home.as_of());
    let status = held.clone().and_then(|()| conditions.hold());
    out.graduation_status(home, status.clone());
    trace.step(|| {
        step("graduation")
            .for_output(output::GRADUATION_STATUS, home)
            .cites("national-dibao-review-2021", "33")
            .cites("national-notice-2022-10-20", "一(三)")
            .says(if held.is_ok() { conditions.says("graduation-eligible") } else { "no-rule-held" })
            .with("number", month_number(home))
            .with("months", home.graduation_months())
            .with("line", dibao::line(home, means))
            .with("income", means.income.clone())
            .uses(["record.dibao.last_month", "record.dibao.rise_month", "record.dibao.rise_cause"])
            .uses(["graduation.months"])
            .uses(["countable_income.amount", "household_members.size", "dibao_standard", "property.dibao"])
            .uses(["interpretation:graduation-line", "interpretation:graduation-word"])
            .gives(&status)
    });
    amount(home, &status, out, trace);
}

/// 第三十三条：原来是低保家庭，上个月还在享受。
///
/// In receipt in the month before.
fn was_in_receipt(home: &Home<'_>) -> Known<bool> {
    let month_before = home.as_of().month().plus(-1);
    home.record_dibao_last_month().map(|last| last.is_some_and(|last| month_before <= last))
}

/// 第三十三条“就业后”：收入因就业、创业而超过标准。
///
/// Through work or own business.
fn rose_through_work(home: &Home<'_>) -> Known<bool> {
    home.record_dibao_rise_cause().map(|cause| cause == Some(RiseCause::Work))
}

/// 2022通知一(三)：第一个月是本应停发的首月。
///
/// Month 1 is the first month in which the benefit would stop.
fn lies_within(home: &Home<'_>) -> Known<bool> {
    if home.record_dibao_rise_month() == Ok(None) {
        return Ok(false);
    }
    let (number, months) = all((month_number(home), home.graduation_months()))?;
    Ok(1 <= number && number <= months)
}

fn month_number(home: &Home<'_>) -> Known<i64> {
    let rise = home.record_dibao_rise_month()?;
    Ok(rise.map_or(0, |rise| i64::from(home.as_of().month().months() - rise.months()) + 1))
}

/// 条例第五十条第二款：不再符合条件的停止救助，渐退期是例外；理解 `graduation-amount`：办法规定了时间，没有规定数额，
/// 按最近一次的月额照发。
///
/// The last monthly amount, unchanged.
fn amount(home: &Home<'_>, status: &Known<bool>, out: &mut Results, trace: &mut impl Trace) {
    let last = home.record_dibao_last_amount().and_then(|last| sum(last.map(Ok)));
    let amount = only_where(status.clone(), last);
    out.graduation_amount(home, amount.clone());
    trace.step(|| {
        let step = step("graduation").for_output(output::GRADUATION_AMOUNT, home);
        GRADUATION_REVIEW
            .cited(step.cites("zhejiang-social-assistance-2020", "50"), home.as_of())
            .says(says_amount(status, &amount, "graduation-amount"))
            .with("amount", amount.clone())
            .uses(["graduation.status", "record.dibao.last_amount", "interpretation:graduation-amount"])
            .gives(&amount)
    });
}
