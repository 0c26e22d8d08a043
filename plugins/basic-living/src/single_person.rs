//! 单人户低保：规划三(一)5，审核确认办法第八条，2022通知一(一)、一(四)。Persons who may apply for dibao alone.

use nuan_sdk::prelude::*;

use crate::annual::{self, share};
use crate::conditions::{Conditions, says_amount};
use crate::household_members::lasts;
use crate::in_force::{SINGLE_PERSON_ADULT, SINGLE_PERSON_REVIEW, SINGLE_PERSON_ROUTE};
use crate::income::own_income;
use crate::person::Listed;
use crate::property::{self, Class};
use crate::residence;
use crate::rounding;
use crate::three_valued::only_where;
use crate::view::{Home, Results, output};

/// The four ways to apply alone, as they stand for one person.
struct Routes {
    severe_of_margin: Known<bool>,
    ill_of_margin: Known<bool>,
    clergy: Known<bool>,
    severe_adult: Known<bool>,
}

/// 规划三(一)5：边缘家庭的重病、重残成员经本人申请，以单人户纳入低保。
///
/// Status and amount of one person. Who is tekun or in a dibao household has a programme already.
pub fn single_person(
    home: &Home<'_>,
    listed: &Listed<'_>,
    dibao: &Known<bool>,
    margin: &Known<bool>,
    out: &mut Results,
    trace: &mut impl Trace,
) {
    let person = &listed.person;
    let routes = Routes::of(home, listed, margin);
    let conditions = Conditions([
        (routes.any(), "single-person-no-route"),
        (residence::of_person(home, person), "single-person-not-resident"),
        (not(listed.is_tekun()), "single-person-tekun"),
        (not(both(dibao.clone(), listed.counted.clone())), "single-person-in-dibao"),
    ]);
    let held = SINGLE_PERSON_ROUTE.held(home.as_of());
    let status = held.clone().and_then(|()| conditions.hold());
    out.single_person_status(&person.member, status.clone());
    trace.step(|| {
        let step = step("single_person_route").for_output(output::SINGLE_PERSON_STATUS, &person.member);
        let step = step.cites(SINGLE_PERSON_ROUTE.instrument, SINGLE_PERSON_ROUTE.article);
        let later = [SINGLE_PERSON_REVIEW, SINGLE_PERSON_ADULT];
        later
            .iter()
            .fold(step, |step, text| text.cited(step, home.as_of()))
            .says(if held.is_ok() { conditions.says("single-person-eligible") } else { "no-rule-held" })
            .with("income", own_income(home, person))
            .with("line", annual::line(home.dibao_standard(), Ok(1)))
            .uses(["margin.status", "dibao.status", "tekun.status", "member.is_recognised_tekun", "member.local_hukou"])
            .uses(["member.disability_kind", "member.disability_grade", "member.has_serious_illness"])
            .uses(["member.is_jobless"])
            .uses(["member.religious_site_since", "member.own_income_12_months", "member.property_within_limits"])
            .uses(["dibao_standard", "single_person.adult_age", "single_person.clergy_years"])
            .uses(["interpretation:single-person-lines", "interpretation:single-person-adult"])
            .gives(&status)
    });
    single_person_amount(home, listed, &routes, &status, out, trace);
}

impl Routes {
    fn of(home: &Home<'_>, listed: &Listed<'_>, margin: &Known<bool>) -> Self {
        let is_of_margin = both(margin.clone(), listed.counted.clone());
        Self {
            severe_of_margin: severe_of_margin(listed, &is_of_margin),
            ill_of_margin: ill_of_margin(home, listed, &is_of_margin),
            clergy: clergy(home, listed),
            severe_adult: severe_adult(home, listed),
        }
    }

    fn any(&self) -> Known<bool> {
        either(self.to_full_standard(), self.to_difference())
    }

    fn to_full_standard(&self) -> Known<bool> {
        either(self.severe_of_margin.clone(), self.severe_adult.clone())
    }

    fn to_difference(&self) -> Known<bool> {
        either(self.ill_of_margin.clone(), self.clergy.clone())
    }
}

/// 规划三(一)5、审核确认办法第八条第一项：边缘家庭中一级、二级重度残疾人；理解 `single-person-lines`：不看本人收入。
///
/// (a) Severely disabled members of a margin household, without a line for own income.
fn severe_of_margin(listed: &Listed<'_>, is_of_margin: &Known<bool>) -> Known<bool> {
    both(listed.person.certificate().is_severe(), is_of_margin.clone())
}

/// 规划三(一)5、审核确认办法第八条第一项、第二项：边缘家庭中的重病成员；2021年7月1日起还有三级智力、精神残疾人。
///
/// (b) Seriously ill members of a margin household, and since the measures grade 3 of mind; own income below the line.
fn ill_of_margin(home: &Home<'_>, listed: &Listed<'_>, is_of_margin: &Known<bool>) -> Known<bool> {
    let person = &listed.person;
    let is_third_grade = if SINGLE_PERSON_REVIEW.has_begun(home.as_of()) {
        person.certificate().is_third_grade_of_mind()
    } else {
        Ok(false)
    };
    let is_ill = both(either(person.member.has_serious_illness(), is_third_grade), is_of_margin.clone());
    if is_ill == Ok(false) { is_ill } else { both(is_ill, is_below_line(home, listed)) }
}

/// 审核确认办法第八条第三项：脱离家庭、在宗教场所居住三年以上（含三年）的生活困难的教职人员。
///
/// (c) Needy clergy who have lived in a religious site for three years or more.
fn clergy(home: &Home<'_>, listed: &Listed<'_>) -> Known<bool> {
    if !SINGLE_PERSON_REVIEW.has_begun(home.as_of()) {
        return Ok(false);
    }
    let since = listed.person.member.religious_site_since();
    let lives_there = lasts(home, since, || home.single_person_clergy_years());
    if lives_there == Ok(false) { lives_there } else { both(lives_there, is_poor(home, listed)) }
}

/// 2022通知一(一)：成年无业重残人员可以参照单人户申请；理解 `single-person-adult`：不要求边缘家庭，看本人收入和财产。
///
/// (d) Jobless severely disabled adults of any household; own income and own property.
fn severe_adult(home: &Home<'_>, listed: &Listed<'_>) -> Known<bool> {
    if !SINGLE_PERSON_ADULT.has_begun(home.as_of()) {
        return Ok(false);
    }
    let member = &listed.person.member;
    let is_adult = || {
        let (age, adult) = all((member.age_years(), home.single_person_adult_age()))?;
        Ok(adult <= age)
    };
    let is_severe = listed.person.certificate().is_severe();
    if is_severe == Ok(false) {
        return is_severe;
    }
    every([is_severe, is_adult(), member.is_jobless(), is_poor(home, listed)])
}

/// 理解 `single-person-lines`：本人收入低于低保标准。
///
/// Own income below the standard.
fn is_below_line(home: &Home<'_>, listed: &Listed<'_>) -> Known<bool> {
    let (income, line) = all((own_income(home, &listed.person), annual::line(home.dibao_standard(), Ok(1))))?;
    Ok(income < line)
}

/// 生活困难：本人收入低于标准，本人财产符合低保规定。
///
/// Needy: own income below the standard and own property within the limits of dibao.
fn is_poor(home: &Home<'_>, listed: &Listed<'_>) -> Known<bool> {
    both(is_below_line(home, listed), property::of_person(home, &listed.person, Ok(Class::Dibao)))
}

/// 浙江省残疾人保障条例第二十六条第二款（原文未掌握）：一级、二级按标准全额；其他人为标准减本人收入；都符合的取高。
///
/// Grades 1 and 2 get the standard in full, the others the standard less own income; where both apply, the higher.
fn single_person_amount(
    home: &Home<'_>,
    listed: &Listed<'_>,
    routes: &Routes,
    status: &Known<bool>,
    out: &mut Results,
    trace: &mut impl Trace,
) {
    let member = &listed.person.member;
    let amount = only_where(status.clone(), higher(home, listed, routes, status));
    out.single_person_amount(member, amount.clone());
    trace.step(|| {
        let is_full = routes.to_full_standard() == Ok(true);
        let due = if is_full { "single-person-full-standard" } else { "single-person-difference" };
        let step = step("single_person_amount")
            .for_output(output::SINGLE_PERSON_AMOUNT, member)
            .cites("zhejiang-social-assistance-2020", "12")
            .cites("zhejiang-disabled-persons", "26");
        SINGLE_PERSON_REVIEW
            .cited(step, home.as_of())
            .says(says_amount(status, &amount, due))
            .with("standard", home.dibao_standard())
            .with("amount", amount.clone())
            .uses(["single_person.status", "member.disability_grade", "member.own_income_12_months", "dibao_standard"])
            .uses(["single_person.severe_disability_share", "benefit.rounding"])
            .uses(["interpretation:severe-disability-full-s"])
            .uses(["interpretation:single-person-lines", "interpretation:monthly-benefit-rounding"])
            .gives(&amount)
    });
}

/// Nobody gets more than the standard: where it is due in full, own income is not asked about.
fn higher(home: &Home<'_>, listed: &Listed<'_>, routes: &Routes, status: &Known<bool>) -> Known<Fen> {
    if *status == Ok(false) {
        return Ok(Fen::ZERO);
    }
    let full = only_where(routes.to_full_standard(), full_standard(home));
    if let (Ok(full), Ok(standard)) = (&full, home.dibao_standard())
        && standard <= *full
    {
        return Ok(*full);
    }
    let difference = only_where(routes.to_difference(), difference(home, listed));
    let (full, difference) = all((full, difference))?;
    Ok(full.max(difference))
}

fn full_standard(home: &Home<'_>) -> Known<Fen> {
    let (part, rounding) = all((
        share(home.dibao_standard(), home.single_person_severe_disability_share()),
        rounding::monthly_benefit(home),
    ))?;
    Ok(part.round(rounding)?)
}

fn difference(home: &Home<'_>, listed: &Listed<'_>) -> Known<Fen> {
    let (line, income) = all((annual::line(home.dibao_standard(), Ok(1)), own_income(home, &listed.person)))?;
    annual::monthly(home, Ok(line.minus(income)?))
}
