//! 就业收入：条例第五十条第三款、规划三(三)3、审核确认办法第十三条第一款第一项。What of a month's earnings counts.
//!
//! 每月只适用一种（理解 `disregard-one-of`）：规划不计算，条例不计入，按最低工资扣除，扣除实际成本。
//! Exactly one line a month, in that order.

mod disregard;

use nuan_sdk::list::{Row, Rows};
use nuan_sdk::prelude::*;
use nuan_sdk::trace::{StepDraft, Uncited};

use self::disregard::{Lines, Work};
use crate::annual::{Window, within};
use crate::in_force::{COUNTABLE_INCOME, WAGE_COUNTED};
use crate::three_valued::only_where;
use crate::view::{EmploymentKind, Home, Member, MonthlyBusiness, MonthlyWage, Results, WageRule, output};

/// What of a person's earnings in the window counts.
pub struct Earnings {
    /// Wages.
    pub wages: Known<Fen>,
    /// Business income.
    pub business: Known<Fen>,
}

/// The counted earnings of a person; every month gets its line, months outside the window too.
pub fn earnings(
    home: &Home<'_>,
    member: &Member<'_>,
    window: &Known<Window>,
    out: &mut Results,
    trace: &mut impl Trace,
) -> Earnings {
    let wages = member.monthly_wages().and_then(|rows| wages(home, member, &rows, window, out, trace));
    let business = member.monthly_businesses().and_then(|rows| business(home, member, &rows, window, out, trace));
    Earnings { wages, business }
}

/// 审核确认办法第十三条第一款第一项：工资性收入。
///
/// Wages, gross, each month by its line.
fn wages<'a>(
    home: &Home<'_>,
    member: &Member<'_>,
    rows: &Rows<'a, MonthlyWage<'a>>,
    window: &Known<Window>,
    out: &mut Results,
    trace: &mut impl Trace,
) -> Known<Fen> {
    sum_of_months(
        home,
        rows,
        window,
        || Work::of(home, member, EmploymentKind::Employee),
        |row| (row.month(), row.gross()),
        |row| less_actual_cost(home, row),
        |row, lines, counted| wage_outputs(lines, row, counted, out, trace),
    )
}

/// 审核确认办法第十三条第一款第一项：没有适用不计入和最低工资扣除的月份，工资扣除必要的就业成本。
///
/// Where no disregard and no minimum wage is taken off, the actual cost of work is. Nothing says so before the measures.
fn less_actual_cost(home: &Home<'_>, row: &MonthlyWage<'_>) -> Known<Fen> {
    WAGE_COUNTED.held(home.as_of())?;
    let (gross, cost) = all((row.gross(), row.actual_cost()))?;
    Ok(gross.minus(cost)?.max(Fen::ZERO))
}

/// 规划三(三)3：自主创业的收入同样不计算、扣除。
///
/// Own business: the disregard and the deduction of the plan hold for it as for wages.
fn business<'a>(
    home: &Home<'_>,
    member: &Member<'_>,
    rows: &Rows<'a, MonthlyBusiness<'a>>,
    window: &Known<Window>,
    out: &mut Results,
    trace: &mut impl Trace,
) -> Known<Fen> {
    sum_of_months(
        home,
        rows,
        window,
        || Work::of(home, member, EmploymentKind::OwnBusiness),
        |row| (row.month(), row.net()),
        |row| net_of_cost(home, row),
        |row, lines, counted| business_output(lines, row, counted, out, trace),
    )
}

/// 审核确认办法第十三条第一款第二项：经营净收入已经扣除费用、折旧和税，计入。
///
/// Business income comes net of cost and counts as it is. Nothing says so before the measures.
fn net_of_cost(home: &Home<'_>, row: &MonthlyBusiness<'_>) -> Known<Fen> {
    COUNTABLE_INCOME.held(home.as_of())?;
    Ok(row.net()?.max(Fen::ZERO))
}

/// What counts in the window, line by line. `pay` is the month and the amount of a row, `otherwise` what counts of it where no
/// disregard and no deduction applies, and `state` tells the result of every month, those outside the window too.
fn sum_of_months<'a, R: Row<'a>>(
    home: &Home<'_>,
    rows: &Rows<'a, R>,
    window: &Known<Window>,
    work: impl FnOnce() -> Work,
    pay: impl Fn(&R) -> (Known<Month>, Known<Fen>),
    otherwise: impl Fn(&R) -> Known<Fen>,
    mut state: impl FnMut(&R, &Lines, &Known<Fen>),
) -> Known<Fen> {
    if rows.is_empty() {
        return Ok(Fen::ZERO);
    }
    let work = work();
    sum(rows.clone().enumerate().map(|(index, row)| {
        let (month, amount) = pay(&row);
        let lines = work.lines(home, month.clone());
        let earlier = || earlier_in_month(rows.clone().take(index).map(|row| pay(&row)), &month);
        let counted = lines.counted(home, amount, earlier, || otherwise(&row));
        state(&row, &lines, &counted);
        only_where(within(window, month), counted)
    }))
}

/// 条例第五十条第三款“每月最高”：一个月有几份报酬的，不计入的额度合并计算。
///
/// A limit of a month is one for all pay of the month: what earlier rows of the same month have taken of it.
fn earlier_in_month(earlier: impl Iterator<Item = (Known<Month>, Known<Fen>)>, month: &Known<Month>) -> Known<Fen> {
    sum(earlier.map(|(of_month, amount)| {
        let is_same = all((of_month, month.clone())).map(|(of_month, month)| of_month == month);
        only_where(is_same, amount)
    }))
}

fn wage_outputs(lines: &Lines, row: &MonthlyWage<'_>, counted: &Known<Fen>, out: &mut Results, trace: &mut impl Trace) {
    let rule = lines.rule(row.as_of());
    out.wage_counted_amount(row, counted.clone());
    out.wage_counted_rule(row, rule.clone());
    trace.step(|| {
        let (instrument, article, says) = line_taken(&rule);
        step("wage_counted")
            .for_output(output::WAGE_COUNTED_RULE, row)
            .cites(instrument, article)
            .says(says)
            .with("month", row.month())
            .with("number", lines.number.clone())
            .uses(["record.dibao.since", "member.employment_start", "member.employment_kind"])
            .uses(["member.employment_is_first"])
            .uses(["member.disability_grade", "interpretation:disregard-one-of", "interpretation:month-one"])
            .uses(["employment.disregard_months", "employment.disregard_months_first"])
            .uses(["employment.disregard_months_disabled"])
            .uses(["employment.cost_deduction_after", "interpretation:one-period"])
            .uses(["interpretation:disregard-36-months"])
            .gives(&rule)
    });
    trace.step(|| {
        stated_by_line(step("wage_counted").for_output(output::WAGE_COUNTED_AMOUNT, row), &rule)
            .says(if counted.is_ok() { "wage-counted" } else { "open" })
            .with("month", row.month())
            .with("gross", row.gross())
            .with("counted", counted.clone())
            .uses(["wage_counted.rule", "monthly_wage.month", "monthly_wage.gross", "monthly_wage.actual_cost"])
            .uses(["dibao_standard", "minimum_wage"])
            .uses(["employment.disregard_cap", "interpretation:disregard-cap", "interpretation:parameters-on-as-of"])
            .gives(counted)
    });
}

fn business_output(
    lines: &Lines,
    row: &MonthlyBusiness<'_>,
    counted: &Known<Fen>,
    out: &mut Results,
    trace: &mut impl Trace,
) {
    out.business_counted_amount(row, counted.clone());
    trace.step(|| {
        let step = step("wage_counted").for_output(output::BUSINESS_COUNTED_AMOUNT, row);
        stated_by_line(step, &lines.rule(row.as_of()))
            .says(if counted.is_ok() { "business-counted" } else { "open" })
            .with("month", row.month())
            .with("number", lines.number.clone())
            .with("net", row.net())
            .with("counted", counted.clone())
            .uses(["monthly_business.month", "monthly_business.net", "member.employment_start"])
            .uses(["member.employment_kind", "record.dibao.since"])
            .uses(["member.employment_is_first", "member.disability_grade", "dibao_standard", "minimum_wage"])
            .uses(["employment.disregard_months_first", "employment.disregard_months_disabled"])
            .uses(["employment.cost_deduction_after", "employment.disregard_cap"])
            .uses(["interpretation:disregard-one-of", "interpretation:disregard-cap"])
            .gives(counted)
    });
}

/// The articles for what counts of a month: that of its line, and for the plan, which names no limit, also article 50
/// (reading `disregard-cap`).
fn stated_by_line(step: Uncited<'_>, rule: &Known<WageRule>) -> StepDraft {
    let (instrument, article, _) = line_taken(rule);
    let step = step.cites(instrument, article);
    if matches!(rule, Ok(WageRule::PlanDisregard)) { step.cites("zhejiang-social-assistance-2020", "50") } else { step }
}

/// The article of the line that a month takes, and its sentence.
const fn line_taken(rule: &Known<WageRule>) -> (&'static str, &'static str, &'static str) {
    match rule {
        Ok(WageRule::PlanDisregard) => ("zhejiang-plan-2021-72", "三(三)3", "line-plan-disregard"),
        Ok(WageRule::Art50Disregard) => ("zhejiang-social-assistance-2020", "50", "line-article-50"),
        Ok(WageRule::MinimumWageDeduction) => ("zhejiang-plan-2021-72", "三(三)3", "line-minimum-wage"),
        Ok(WageRule::ActualCost) => ("national-dibao-review-2021", "13", "line-actual-cost"),
        Err(_) => ("zhejiang-social-assistance-2020", "50", "open"),
    }
}
