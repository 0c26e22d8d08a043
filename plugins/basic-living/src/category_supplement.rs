//! 分类施保：社会救助暂行办法第十二条第二款、审核确认办法第二十七条。Supplements for those who need more.
//!
//! 两条只规定应当采取措施，没有规定比例：比例都是可以替换的参数。
//! Both articles say that something is due and name no rate: every rate is a parameter.

use nuan_sdk::prelude::*;

use crate::conditions::says_amount;
use crate::in_force::SUPPLEMENT_REVIEW;
use crate::person::{Listed, Person};
use crate::rounding;
use crate::three_valued::{highest, only_where};
use crate::view::{Home, Results, output};

/// 暂行办法第十二条第二款、审核确认办法第二十七条：享受低保的家庭中，每个成员按本人情况加发；全家合计。
///
/// Per member of a dibao household; the household gets the sum.
pub fn category_supplement(
    home: &Home<'_>,
    people: &[Listed<'_>],
    dibao: &Known<bool>,
    out: &mut Results,
    trace: &mut impl Trace,
) {
    let of_members = sum(people.iter().map(|listed| of_member(home, listed, dibao, out, trace)));
    let total = home.members().and(of_members);
    out.category_supplement_amount(home, total.clone());
    trace.step(|| {
        let step = step("category_supplement").for_output(output::CATEGORY_SUPPLEMENT_AMOUNT, home);
        SUPPLEMENT_REVIEW
            .cited(step.cites("national-social-assistance-2019", "12"), home.as_of())
            .says(says_amount(dibao, &total, "supplement-total"))
            .with("amount", total.clone())
            .uses(["dibao.status", "category_supplement.member_amount"])
            .gives(&total)
    });
}

fn of_member(
    home: &Home<'_>,
    listed: &Listed<'_>,
    dibao: &Known<bool>,
    out: &mut Results,
    trace: &mut impl Trace,
) -> Known<Fen> {
    let (member, is_entitled) = (&listed.person.member, both(dibao.clone(), listed.counted.clone()));
    let rate = if is_entitled == Ok(false) { Ok(None) } else { rate(home, &listed.person) };
    let amount = only_where(is_entitled.clone(), monthly(home, &rate));
    out.category_supplement_member_amount(member, amount.clone());
    trace.step(|| {
        let due = if rate == Ok(None) { "supplement-none" } else { "supplement-due" };
        let step = step("category_supplement").for_output(output::CATEGORY_SUPPLEMENT_MEMBER_AMOUNT, member);
        SUPPLEMENT_REVIEW
            .cited(step.cites("national-social-assistance-2019", "12"), home.as_of())
            .says(says_amount(&is_entitled, &amount, due))
            .with("rate", rate.clone())
            .with("standard", home.dibao_standard())
            .with("amount", amount.clone())
            .uses(["dibao.status", "household_members.counted", "member.has_serious_illness", "member.age_years"])
            .uses(["member.is_single_parent", "member.is_pregnant", "dibao_standard"])
            .uses(["category_supplement.serious_illness"])
            .uses(["category_supplement.elderly", "category_supplement.elderly_age", "category_supplement.minor"])
            .uses(["category_supplement.minor_age", "category_supplement.single_parent"])
            .uses(["category_supplement.pregnant"])
            .uses(["interpretation:age-on-birthday"])
            .gives(&amount)
    });
    amount
}

/// 重病、老年、未成年、单亲、孕期：一人符合几项的，取最高的一项。
///
/// Serious illness, old age, minority, single parent, pregnancy: one rate a person, the highest.
fn rate(home: &Home<'_>, person: &Person<'_>) -> Known<Option<Ratio>> {
    let member = &person.member;
    let age_and = |age| all((member.age_years(), age));
    highest([
        (member.has_serious_illness(), home.category_supplement_serious_illness()),
        (
            age_and(home.category_supplement_elderly_age()).map(|(age, from)| from <= age),
            home.category_supplement_elderly(),
        ),
        (
            age_and(home.category_supplement_minor_age()).map(|(age, until)| age < until),
            home.category_supplement_minor(),
        ),
        (member.is_single_parent(), home.category_supplement_single_parent()),
        (member.is_pregnant(), home.category_supplement_pregnant()),
    ])
}

fn monthly(home: &Home<'_>, rate: &Known<Option<Ratio>>) -> Known<Fen> {
    if *rate == Ok(None) {
        return Ok(Fen::ZERO);
    }
    let (rate, standard, rounding) = all((rate.clone(), home.dibao_standard(), rounding::monthly_benefit(home)))?;
    let Some(rate) = rate else { return Ok(Fen::ZERO) };
    Ok(standard.times_ratio(rate)?.round(rounding)?)
}
