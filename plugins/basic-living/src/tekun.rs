//! 特困人员：条例第十四条，特困人员认定办法第四条至第十条，规划三(一)5。The extremely poor: who is recognised, and what is due.

mod care;
mod obligors;

use nuan_sdk::prelude::*;

use crate::annual;
use crate::conditions::{Conditions, says_amount};
use crate::in_force::TEKUN_ELIGIBILITY;
use crate::income;
use crate::person::Person;
use crate::property;
use crate::residence;
use crate::three_valued::only_where;
use crate::view::{Home, Member, Results, output};

/// Status, self-care and amounts of one person; the status is what later rules look at.
pub fn tekun(home: &Home<'_>, person: &Person<'_>, out: &mut Results, trace: &mut impl Trace) -> Known<bool> {
    let status = tekun_eligibility(home, person, out, trace);
    let level = care::tekun_care_level(home, &person.member, out, trace);
    tekun_living(home, &person.member, &status, out, trace);
    care::tekun_care(home, &person.member, &status, &level, out, trace);
    status
}

/// 认定办法第四条、条例第十四条：老年人、残疾人、未成年人，同时没有劳动能力、没有生活来源、没有有能力的义务人。
///
/// Without ability to work, without income, without able supporters, all three.
fn tekun_eligibility(home: &Home<'_>, person: &Person<'_>, out: &mut Results, trace: &mut impl Trace) -> Known<bool> {
    let member = &person.member;
    let conditions = conditions(home, person);
    let held = TEKUN_ELIGIBILITY.held(home.as_of());
    let status = held.clone().and_then(|()| conditions.hold());
    out.tekun_status(member, status.clone());
    trace.step(|| {
        let step = step("tekun_eligibility").for_output(output::TEKUN_STATUS, member);
        let step = TEKUN_ELIGIBILITY.cited(step.cites("zhejiang-social-assistance-2020", "14"), home.as_of());
        let deciding = if held.is_ok() { articles(&conditions.deciding()) } else { Vec::new() };
        deciding
            .into_iter()
            .fold(step, |step, (instrument, article)| step.cites(instrument, article))
            .says(if held.is_ok() { conditions.says("tekun-eligible") } else { "no-rule-held" })
            .with("age", member.age_years())
            .with("income", person.own_or_household(tekun_income(home, person), || home.income_12_months()))
            .with("line", annual::line(home.dibao_standard(), Ok(1)))
            .uses(["member.age_years", "member.disability_kind", "member.disability_grade", "member.local_hukou"])
            .uses(["member.own_income_12_months", "member.old_age_allowance_12_months"])
            .uses(["member.medical_insurance_12_months"])
            .uses(["member.property_within_limits", "member.in_orphan_programme", "obligor"])
            .uses(["obligor.property_within_limits"])
            .uses(["dibao_standard", "disposable_income_per_capita_total", "tekun.elderly_age", "tekun.minor_age"])
            .uses(["tekun.obligor_age_dibao", "tekun.obligor_age_income", "property.tekun_class"])
            .uses(["property.obligor_class"])
            .uses(["interpretation:age-on-birthday", "interpretation:tekun-minor-until"])
            .uses(["interpretation:tekun-out-of-household"])
            .gives(&status)
    });
    status
}

/// 第五条至第十条的各项条件。有劳动能力的，其他不再看。
///
/// The conditions of articles 5 to 10. Of a person able to work nothing else is looked at.
fn conditions(home: &Home<'_>, person: &Person<'_>) -> Conditions<6> {
    const ABLE: (Known<bool>, &str) = (Ok(false), "tekun-able");
    match has_no_ability(home, person) {
        Ok(false) => Conditions([ABLE; 6]),
        no_ability => Conditions([
            (no_ability, "tekun-able"),
            (is_below_line(home, person), "tekun-income"),
            (property::of_person(home, person, home.property_tekun_class()), "tekun-property"),
            (obligors::nobody_able(home, &person.member), "tekun-supported"),
            (not(chose_orphan_programme(home, &person.member)), "tekun-orphan-programme"),
            (residence::of_person(home, person), "tekun-not-resident"),
        ]),
    }
}

/// The articles that state the conditions which decided, each once: income and property share article 6.
fn articles(deciding: &[&str]) -> Vec<(&'static str, &'static str)> {
    let mut articles: Vec<_> = deciding.iter().flat_map(|condition| stated_in(condition)).copied().collect();
    articles.dedup();
    articles
}

/// 各项条件由哪些条规定；条件以它不符合时的那句理由为名。第十条：由本人向户籍地申请，测算的是申请后能否认定。
///
/// Where the law states a condition, which goes by the sentence that says that it fails.
fn stated_in(condition: &str) -> &'static [(&'static str, &'static str)] {
    match condition {
        "tekun-able" => &[("national-tekun-recognition-2021", "5"), ("zhejiang-plan-2021-72", "三(一)5")],
        "tekun-income" => &[("national-tekun-recognition-2021", "6")],
        "tekun-property" => &[("national-tekun-recognition-2021", "6"), ("national-tekun-recognition-2021", "7")],
        "tekun-supported" => &[("national-tekun-recognition-2021", "8")],
        "tekun-orphan-programme" => &[("national-tekun-recognition-2021", "9")],
        _ => &[("national-tekun-recognition-2021", "10"), ("zhejiang-social-assistance-2020", "62")],
    }
}

/// 认定办法第五条：六十周岁以上；未成年（条例为十六周岁，规划三(一)5 延长到十八周岁，年龄是参数）；规定类别和等级的残疾人。
///
/// Without ability to work: the elderly, minors, the disabled of certain kinds and grades.
fn has_no_ability(home: &Home<'_>, person: &Person<'_>) -> Known<bool> {
    let age = || person.member.age_years();
    let is_elderly = all((age(), home.tekun_elderly_age())).map(|(age, from)| from <= age);
    some([is_elderly, is_minor(home, &person.member), person.certificate().excludes_work()])
}

/// 规划三(一)5：未成年特困人员的年龄上限。
///
/// A minor, up to the age of the plan.
fn is_minor(home: &Home<'_>, member: &Member<'_>) -> Known<bool> {
    let (age, until) = all((member.age_years(), home.tekun_minor_age()))?;
    Ok(age < until)
}

/// 认定办法第九条：未成年人选择孤儿、事实无人抚养儿童保障的，不再认定为特困人员。
///
/// A minor who is in the programme for orphans is not recognised.
fn chose_orphan_programme(home: &Home<'_>, member: &Member<'_>) -> Known<bool> {
    both(is_minor(home, member), member.in_orphan_programme())
}

/// 认定办法第六条第一款“低于”：本人收入小于当地低保标准；同款的财产由第七条定标准，见 [`property::of_person`]。
///
/// Own income below the standard. Where it is open, a household of one whose established income is below the standard
/// settles it: what counts for the household leaves out less.
fn is_below_line(home: &Home<'_>, person: &Person<'_>) -> Known<bool> {
    let is_below = |income| {
        let (income, line) = all((income, annual::line(home.dibao_standard(), Ok(1))))?;
        Ok(income < line)
    };
    match is_below(tekun_income(home, person)) {
        Err(_) if person.is_alone && is_below(home.income_12_months()) == Ok(true) => Ok(true),
        own_is_below => own_is_below,
    }
}

/// 认定办法第六条第二款：基础养老金（没有截止日期）、基本医疗保险等待遇、优抚金、高龄津贴不计入。
///
/// Own income, established or computed. Medical insurance benefits and the old-age allowance stand within the transfers and
/// come off; the base pension is never added.
fn tekun_income(home: &Home<'_>, person: &Person<'_>) -> Known<Fen> {
    person.member.own_income_12_months().or_else(|_| {
        let left_out = sum([person.member.old_age_allowance_12_months(), person.member.medical_insurance_12_months()]);
        let (income, left_out) = all((income::without_base_pension(home, person), left_out))?;
        Ok(income.minus(left_out)?.max(Fen::ZERO))
    })
}

/// 条例第十四条第二款：供养标准由县级以上人民政府确定、公布。
///
/// The living standard as the county has published it.
fn tekun_living(home: &Home<'_>, member: &Member<'_>, status: &Known<bool>, out: &mut Results, trace: &mut impl Trace) {
    let amount = only_where(status.clone(), home.tekun_basic_living_standard());
    out.tekun_living(member, amount.clone());
    trace.step(|| {
        step("tekun_living")
            .for_output(output::TEKUN_LIVING, member)
            .cites("zhejiang-social-assistance-2020", "14")
            .cites("zhejiang-plan-2021-72", "三(一)1")
            .says(says_amount(status, &amount, "tekun-living"))
            .with("amount", amount.clone())
            .uses(["tekun.status", "tekun_basic_living_standard"])
            .gives(&amount)
    });
}
