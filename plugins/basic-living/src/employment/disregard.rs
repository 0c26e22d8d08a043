//! 条例第五十条第三款、规划三(三)3：哪些月份的就业收入不计入、按什么扣除。Which line a month of work takes.

use nuan_sdk::prelude::*;

use crate::annual::share;
use crate::in_force::{EMPLOYMENT_COST_DEDUCTION, EMPLOYMENT_DISREGARD_PLAN, WAGE_COUNTED};
use crate::person::certificate;
use crate::rounding;
use crate::three_valued::first_that_holds;
use crate::view::{EmploymentCostDeductionAfter, EmploymentKind, Home, Member, WageRule};

/// The work of a person, as the disregards look at it.
pub struct Work {
    kind: EmploymentKind,
    begun_in_receipt: Known<bool>,
    is_first: Known<bool>,
    is_disabled: Known<bool>,
    start: Known<Option<Month>>,
}

impl Work {
    /// The person's work of one kind.
    pub fn of(home: &Home<'_>, member: &Member<'_>, kind: EmploymentKind) -> Self {
        let is_of_kind = member.employment_kind().map(|of_work| of_work == Some(kind));
        Self {
            kind,
            begun_in_receipt: both(is_of_kind, begun_in_receipt(home, member)),
            is_first: member.employment_is_first().map(|is_first| is_first == Some(true)),
            is_disabled: certificate(member).is_held(),
            start: member.employment_start().map(|start| start.map(Date::month)),
        }
    }

    /// The lines as they stand for a month.
    pub fn lines(&self, home: &Home<'_>, month: Known<Month>) -> Lines {
        let number = self.number(month);
        if self.begun_in_receipt == Ok(false) {
            // Every line asks for it; nearly all work is settled here.
            return Lines { number, plan: Ok(false), article_50: Ok(false), minimum_wage: Ok(false) };
        }
        Lines {
            plan: self.employment_disregard_plan(home, &number),
            article_50: self.employment_disregard_art50(home, &number),
            minimum_wage: self.employment_cost_deduction(home, &number),
            number,
        }
    }

    /// 理解 `month-one`：第一个月是开始有报酬的那个自然月，没有报酬的月份照算。
    ///
    /// The number of a month: month 1 is the first calendar month with pay; 0 and below lie before the work.
    fn number(&self, month: Known<Month>) -> Known<i64> {
        if self.start == Ok(None) {
            return Ok(0);
        }
        let (start, month) = all((self.start.clone(), month))?;
        Ok(start.map_or(0, |start| i64::from(month.months() - start.months()) + 1))
    }

    /// 规划三(三)3：低保成员首次就业、创业的，十二个月内不计算；残疾成员初次就业、再就业的，三年内不计算。
    ///
    /// The disregard of the plan: first work or own business; for disabled members first or renewed work, and longer.
    fn employment_disregard_plan(&self, home: &Home<'_>, number: &Known<i64>) -> Known<bool> {
        if !EMPLOYMENT_DISREGARD_PLAN.has_begun(home.as_of()) {
            return Ok(false);
        }
        let of_first_work = both(self.is_first.clone(), lies_in(number, home.employment_disregard_months_first()));
        let of_disabled = both(self.is_disabled.clone(), lies_in(number, home.employment_disregard_months_disabled()));
        both(self.begun_in_receipt.clone(), either(of_first_work, of_disabled))
    }

    /// 条例第五十条第三款：享受低保期间因就业增加的收入，六到十二个月内不计入，具体月数由参数规定；自主创业不在其内。
    ///
    /// The disregard of the regulation: any employment begun in receipt, but no own business.
    fn employment_disregard_art50(&self, home: &Home<'_>, number: &Known<i64>) -> Known<bool> {
        if self.kind == EmploymentKind::OwnBusiness {
            return Ok(false);
        }
        both(self.begun_in_receipt.clone(), lies_in(number, home.employment_disregard_months()))
    }

    /// 规划三(三)3：不计算的期限满后，可以按当地最低工资扣除就业、创业成本。
    ///
    /// After the disregard of the plan has run out, the minimum wage comes off as the cost of work.
    fn employment_cost_deduction(&self, home: &Home<'_>, number: &Known<i64>) -> Known<bool> {
        if !EMPLOYMENT_COST_DEDUCTION.has_begun(home.as_of()) {
            return Ok(false);
        }
        let of_first_work = every([
            not(self.is_disabled.clone()),
            self.is_first.clone(),
            lies_after(number, home.employment_disregard_months_first()),
        ]);
        let of_disabled =
            both(self.is_disabled.clone(), lies_after(number, home.employment_disregard_months_disabled()));
        let may_deduct =
            home.employment_cost_deduction_after().map(|after| after == EmploymentCostDeductionAfter::MinimumWage);
        every([self.begun_in_receipt.clone(), either(of_first_work, of_disabled), may_deduct])
    }
}

/// 条例第五十条第三款“在接受救助期间因就业”：开始工作时家庭正在享受低保。
///
/// The household was in receipt on the day the work began.
fn begun_in_receipt(home: &Home<'_>, member: &Member<'_>) -> Known<bool> {
    match (home.record_dibao_since(), member.employment_start()) {
        (Ok(None), _) | (_, Ok(None)) => Ok(false),
        (since, start) => {
            let (since, start) = all((since, start))?;
            Ok(since.zip(start).is_some_and(|(since, start)| since <= start))
        }
    }
}

fn lies_in(number: &Known<i64>, months: Known<i64>) -> Known<bool> {
    let (number, months) = all((number.clone(), months))?;
    Ok(1 <= number && number <= months)
}

fn lies_after(number: &Known<i64>, months: Known<i64>) -> Known<bool> {
    let (number, months) = all((number.clone(), months))?;
    Ok(months < number)
}

/// The lines of one month, and which month of work it is.
pub struct Lines {
    /// The number of the month, from 1.
    pub number: Known<i64>,
    plan: Known<bool>,
    article_50: Known<bool>,
    minimum_wage: Known<bool>,
}

impl Lines {
    /// 理解 `disregard-one-of`：每月只适用一种，按此顺序。
    ///
    /// Exactly one line a month.
    pub fn rule(&self, as_of: Date) -> Known<WageRule> {
        let lines = [
            (self.plan.clone(), WageRule::PlanDisregard),
            (self.article_50.clone(), WageRule::Art50Disregard),
            (self.minimum_wage.clone(), WageRule::MinimumWageDeduction),
        ];
        match first_that_holds(lines, WageRule::ActualCost)? {
            WageRule::ActualCost => WAGE_COUNTED.held(as_of).map(|()| WageRule::ActualCost),
            rule => Ok(rule),
        }
    }

    /// What of an amount counts in the month, `earlier` being what earlier pay of the month comes to; `otherwise` where no
    /// line of the regulation or the plan applies.
    pub fn counted(
        &self,
        home: &Home<'_>,
        amount: Known<Fen>,
        earlier: impl FnOnce() -> Known<Fen>,
        otherwise: impl FnOnce() -> Known<Fen>,
    ) -> Known<Fen> {
        match (self.allowance(home), amount) {
            (Ok(Some(allowance)), amount) => allowance.less(amount, earlier),
            (Ok(None), _) => otherwise(),
            (Err(unknown), Ok(_)) => Err(unknown),
            (Err(a), Err(b)) => Err(a.and(b)),
        }
    }

    /// What comes off in the month; `None` where no line applies. The two disregards take off the same, so that the amount
    /// is known even where the line is open between them.
    fn allowance(&self, home: &Home<'_>) -> Known<Option<Allowance>> {
        let is_disregarded = either(self.plan.clone(), self.article_50.clone());
        let lines = [(is_disregarded, Some(Off::Limit)), (self.minimum_wage.clone(), Some(Off::MinimumWage))];
        Ok(match first_that_holds(lines, None)? {
            Some(Off::Limit) => Some(disregard_limit(home)?),
            Some(Off::MinimumWage) => Some(Allowance::UpTo(home.minimum_wage()?)),
            None => None,
        })
    }
}

/// What a line takes off.
#[derive(Clone, Copy)]
enum Off {
    Limit,
    MinimumWage,
}

/// 条例第五十条第三款：不计入的额度每月最高为低保标准的三倍；理解 `disregard-cap`：规划的不计算同样受此限制，参数可以取消。
///
/// The limit of a disregard in a month: a multiple of the standard, or none.
fn disregard_limit(home: &Home<'_>) -> Known<Allowance> {
    let cap = match home.employment_disregard_cap() {
        Ok(None) => return Ok(Allowance::Everything),
        Ok(Some(cap)) => Ok(cap),
        Err(unknown) => Err(unknown),
    };
    Ok(Allowance::UpTo(share(home.dibao_standard(), cap)?.round(rounding::LIMIT)?))
}

/// What comes off the pay of one month.
enum Allowance {
    Everything,
    UpTo(Fen),
}

impl Allowance {
    /// What is left of an amount, where earlier pay of the month has already taken its part.
    fn less(&self, amount: Known<Fen>, earlier: impl FnOnce() -> Known<Fen>) -> Known<Fen> {
        let Self::UpTo(limit) = self else { return Ok(Fen::ZERO) };
        let (amount, earlier) = all((amount, earlier()))?;
        let left = limit.minus(earlier)?.max(Fen::ZERO);
        Ok(amount.minus(left)?.max(Fen::ZERO))
    }
}
