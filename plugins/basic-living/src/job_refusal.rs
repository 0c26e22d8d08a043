//! 连续拒绝介绍工作：条例第三十六条、暂行办法第四十五条、审核确认办法第三十四条。Work refused several times in a row.
//!
//! 减发、停发本人低保金由县级决定，这里只提醒，不减任何数额。
//! Reducing or stopping the person's share is a decision of the county: the rules raise an alert and take nothing off.

use nuan_sdk::prelude::*;

use crate::in_force::JOB_REFUSAL_REVIEW;
use crate::view::{Home, Member, Results, output};

/// 条例第三十六条：六个月内连续三次无正当理由拒绝合适的工作（次数、期间是参数）。
///
/// So many unjustified refusals in a row within so many months.
pub fn alert(home: &Home<'_>, member: &Member<'_>, out: &mut Results, trace: &mut impl Trace) {
    let alert = has_refused_in_a_row(home, member);
    out.job_refusal_alert(member, alert.clone());
    trace.step(|| {
        let step = step("job_refusal")
            .for_output(output::JOB_REFUSAL_ALERT, member)
            .cites("zhejiang-social-assistance-2020", "36")
            .cites("national-social-assistance-2019", "45");
        JOB_REFUSAL_REVIEW
            .cited(step, home.as_of())
            .says(match alert {
                Ok(true) => "job-refusal-alert",
                Ok(false) => "job-refusal-none",
                Err(_) => "open",
            })
            .with("count", home.job_refusal_count())
            .with("months", home.job_refusal_window_months())
            .uses(["job_refusal.date", "job_refusal.count", "job_refusal.window_months"])
            .gives(&alert)
    });
}

fn has_refused_in_a_row(home: &Home<'_>, member: &Member<'_>) -> Known<bool> {
    let refusals = member.job_refusals()?;
    if refusals.is_empty() {
        return Ok(false);
    }
    let (count, months) = all((home.job_refusal_count(), home.job_refusal_window_months()))?;
    let (count, months) =
        (usize::try_from(count).map_err(|_| OutOfRange)?.max(1), i32::try_from(months).map_err(|_| OutOfRange)?);
    if refusals.len() < count {
        return Ok(false);
    }
    let dates: Vec<Known<Date>> = refusals.map(|refusal| refusal.date()).collect();
    let mut known: Vec<Date> = dates.iter().filter_map(|date| date.clone().ok()).collect();
    known.sort_unstable();
    if known.windows(count).any(|series| lies_within(series, months)) {
        return Ok(true);
    }
    let nothing_open = every(dates.into_iter().map(|date| date.map(|_| true)));
    not(nothing_open)
}

/// 条例第三十六条“在六个月内”：从第一次拒绝到最后一次，不超过到期月的对应日。
///
/// The last refusal lies no later than the day of the first, so many months on.
fn lies_within(series: &[Date], months: i32) -> bool {
    let (Some(first), Some(last)) = (series.first(), series.last()) else { return false };
    let day_of_month = |date: &Date| date.days() - date.month().first_day().days();
    let end = first.month().plus(months);
    last.month() < end || (last.month() == end && day_of_month(last) <= day_of_month(first))
}
