//! 家庭收入：审核确认办法第十三条。What the household has had in twelve months.
//!
//! 优抚金、计划生育奖励、奖学金、见义勇为奖励和各种社会救助不计入（第二款）：没有任何事实要求申报，也就无从计入。
//! What paragraph 2 leaves out is asked for by no fact, except the base pension, which is left out for a time.

mod support;

use nuan_sdk::prelude::*;

use self::support::support_income;
use crate::in_force::COUNTABLE_INCOME;
use crate::person::{Listed, Person, is_found};
use crate::three_valued::only_where;
use crate::view::{Home, Member, Results, output};

/// 第十三条第一款：工资性收入、经营净收入、财产净收入、转移净收入和其他收入之和；
/// 第三款：残疾、重病等增加的刚性支出可以扣减。
///
/// Paragraph 1: the five kinds of income of a person; paragraph 3: less recognised cost of disability and illness.
fn of_kinds(person: &Person<'_>) -> Known<Fen> {
    let member = &person.member;
    let income = sum([
        person.earnings.wages.clone(),
        person.earnings.business.clone(),
        member.property_net_12_months(),
        member.transfer_net_12_months(),
        member.other_income_12_months(),
    ]);
    let (income, cost) = all((income, member.recognised_cost_12_months()))?;
    Ok(income.minus(cost)?)
}

/// The income of a person as it counts for the household.
fn of_person(home: &Home<'_>, person: &Person<'_>) -> Known<Fen> {
    sum([of_kinds(person), base_pension(home, &person.member)])
}

/// 第十三条第二款：“十四五”期间，中央确定的基础养老金不计入；理解 `base-pension-end`：期满后没有录入新规定的，不能下结论。
///
/// The base pension is left out for the plan period. What is paid after it is open until a rule is entered; nothing paid
/// after it leaves nothing open.
fn base_pension(home: &Home<'_>, member: &Member<'_>) -> Known<Fen> {
    let counts = not(home.income_exclude_base_pension());
    if counts == Ok(false) { Ok(Fen::ZERO) } else { only_where(counts, member.base_pension_after_plan()) }
}

/// 第十三条：全家收入为各成员收入与赡养费之和，不小于零。
///
/// The household's income: every counted member's, with support from outside; never below nothing.
fn computed(home: &Home<'_>, people: &[Listed<'_>]) -> Known<Fen> {
    let of_members = people.iter().map(|listed| only_where(listed.counted.clone(), of_person(home, &listed.person)));
    let income = sum(of_members.chain([support_income(home)]));
    Ok(home.members().and(income)?.max(Fen::ZERO))
}

/// 县里已经核定的收入代替测算的收入。测算中认定为特困的人带走自己的收入（理解 `tekun-out-of-household`）。
///
/// Income as established by the county takes the place of the computed one; who is found tekun takes his own along.
fn established(home: &Home<'_>, people: &[Listed<'_>], income: Fen) -> Known<Fen> {
    let of_tekun =
        people.iter().filter(|listed| is_found(&listed.tekun)).map(|listed| own_income(home, &listed.person));
    Ok(income.minus(sum(of_tekun)?)?.max(Fen::ZERO))
}

/// The household's income for the year. Before the measures were in force only an established figure can be had.
pub fn countable_income(
    home: &Home<'_>,
    people: &[Listed<'_>],
    out: &mut Results,
    trace: &mut impl Trace,
) -> Known<Fen> {
    let stated = home.income_12_months();
    let is_established = stated.is_ok();
    let income = match (stated, COUNTABLE_INCOME.held(home.as_of())) {
        (Ok(income), _) => established(home, people, income),
        (Err(_), Ok(())) => computed(home, people),
        (Err(absent), Err(no_text)) => Err(absent.and(no_text)),
    };
    out.countable_income_amount(home, income.clone());
    trace.step(|| {
        let base_pension = sum(people.iter().map(|listed| listed.person.member.base_pension_12_months()));
        let step = step("countable_income").for_output(output::COUNTABLE_INCOME_AMOUNT, home);
        COUNTABLE_INCOME
            .cited(step.cites("zhejiang-social-assistance-2020", "9"), home.as_of())
            .says(match &income {
                Ok(_) if is_established => "income-established",
                Ok(_) => "income-computed",
                Err(_) => "open",
            })
            .with("income", income.clone())
            .with("base_pension", base_pension)
            .uses(["household.income_12_months", "household_members.counted", "wage_counted.amount"])
            .uses(["business_counted.amount"])
            .uses(["member.property_net_12_months", "member.transfer_net_12_months", "member.other_income_12_months"])
            .uses(["member.base_pension_12_months", "member.base_pension_after_plan", "income.exclude_base_pension"])
            .uses(["member.recognised_cost_12_months"])
            .uses(["supporter", "support.income_multiple", "support.share", "income.window_months"])
            .uses(["interpretation:window-12-months", "interpretation:base-pension-end"])
            .gives(&income)
    });
    income
}

/// 审核确认办法第八条：单独申请的人看本人收入。
///
/// The own income of a person who applies alone, established or computed.
pub fn own_income(home: &Home<'_>, person: &Person<'_>) -> Known<Fen> {
    let established = person.own_or_household(person.member.own_income_12_months(), || home.income_12_months());
    established.or_else(|absent| match COUNTABLE_INCOME.held(home.as_of()) {
        Ok(()) => Ok(sum([of_person(home, person), own_support(home, person)])?.max(Fen::ZERO)),
        Err(no_text) => Err(absent.and(no_text)),
    })
}

/// 特困认定办法第六条第二款：各类收入，不含基础养老金。
///
/// The own income of a person by kinds, without the base pension whatever the date.
pub fn without_base_pension(home: &Home<'_>, person: &Person<'_>) -> Known<Fen> {
    sum([of_kinds(person), own_support(home, person)])
}

/// A household of one has the support that the household gets.
fn own_support(home: &Home<'_>, person: &Person<'_>) -> Known<Fen> {
    if person.is_alone { support_income(home) } else { Ok(Fen::ZERO) }
}
