//! 共同生活的家庭成员：条例第九条，审核确认办法第七条。Who counts as a member of the household.

use nuan_sdk::prelude::*;

use crate::conditions::Conditions;
use crate::in_force::HOUSEHOLD_MEMBERS;
use crate::person::{Listed, Person, is_found};
use crate::view::{Home, Member, Relation, Results, StudyStage, output};

/// Whether a listed person counts, with the reason.
pub fn counted(
    home: &Home<'_>,
    person: &Person<'_>,
    tekun: &Known<bool>,
    out: &mut Results,
    trace: &mut impl Trace,
) -> Known<bool> {
    let (counted, says) = finding(home, &person.member, tekun);
    out.household_members_counted(&person.member, counted.clone());
    trace.step(|| {
        let step = step("household_members").for_output(output::HOUSEHOLD_MEMBERS_COUNTED, &person.member);
        HOUSEHOLD_MEMBERS
            .cited(step.cites("zhejiang-social-assistance-2020", "9"), home.as_of())
            .says(says)
            .uses(["household.members_established", "member.relation", "member.lives_with_household"])
            .uses(["member.age_years"])
            .uses(["member.study_stage", "member.is_dependent_adult", "member.has_support_duty"])
            .uses(["member.clergy_apart_since"])
            .uses(["member.in_prison", "member.in_compulsory_isolation", "member.is_declared_missing"])
            .uses(["household_members.clergy_apart_years", "single_person.adult_age"])
            .uses(["member.is_recognised_tekun", "tekun.status", "interpretation:tekun-out-of-household"])
            .gives(&counted)
    });
    counted
}

/// 审核确认办法自2021年7月1日施行：此前的成员由县里认定。成员已经认定的，不再逐人判断，只是特困人员仍然另行供养。
///
/// Established members take the place of the list of the article, and are the only way before the measures were in force.
fn finding(home: &Home<'_>, member: &Member<'_>, tekun: &Known<bool>) -> (Known<bool>, &'static str) {
    if is_found(tekun) {
        return (Ok(false), "member-tekun");
    }
    let established = home.members_established();
    if established == Ok(true) {
        return (Ok(true), "member-established");
    }
    if let Err(no_text) = HOUSEHOLD_MEMBERS.held(home.as_of()) {
        return (Err(established.err().map_or(no_text.clone(), |absent| absent.and(no_text))), "no-rule-held");
    }
    let conditions = Conditions([
        (member.lives_with_household(), "member-lives-elsewhere"),
        (belongs(home, member), "member-not-named"),
        (not(is_left_out(home, member)), "member-left-out"),
        (not(member.is_recognised_tekun()), "member-tekun"),
    ]);
    (conditions.hold(), conditions.says("member-counts"))
}

/// 第七条第一款：配偶；未成年子女；不能独立生活的成年子女；其他有法定供养义务、长期同住的人。申请人本人当然在内。
///
/// Paragraph 1: spouse, minor children, dependent adult children, others with a support duty who live there. And the
/// applicant.
fn belongs(home: &Home<'_>, member: &Member<'_>) -> Known<bool> {
    let relation = member.relation();
    let is_head = relation.clone().map(|relation| matches!(relation, Relation::Code01 | Relation::Code02));
    let is_spouse =
        relation.clone().map(|relation| matches!(relation, Relation::Code10 | Relation::Code11 | Relation::Code12));
    let is_dependent_child = both(relation.map(is_child), some([is_minor(home, member), is_dependent_adult(member)]));
    some([is_head, is_spouse, is_dependent_child, member.has_support_duty()])
}

/// 第一款第二项、第三项的子女，含养子女、继子女，不含女婿、儿媳。
///
/// Sons and daughters, adopted and step ones too; not their spouses.
const fn is_child(relation: Relation) -> bool {
    use Relation as R;
    let is_son = matches!(
        relation,
        R::Code20 | R::Code21 | R::Code22 | R::Code23 | R::Code24 | R::Code25 | R::Code26 | R::Code27 | R::Code29
    );
    let is_daughter = matches!(
        relation,
        R::Code30 | R::Code31 | R::Code32 | R::Code33 | R::Code34 | R::Code35 | R::Code36 | R::Code37 | R::Code39
    );
    is_son || is_daughter
}

/// 第一款第二项：未成年。
///
/// A minor.
fn is_minor(home: &Home<'_>, member: &Member<'_>) -> Known<bool> {
    let (age, adult) = all((member.age_years(), home.single_person_adult_age()))?;
    Ok(age < adult)
}

/// 第一款第三项：成年但不能独立生活，包括在校接受全日制本科及以下教育。
///
/// An adult who cannot live independently, among them full-time students up to bachelor.
fn is_dependent_adult(member: &Member<'_>) -> Known<bool> {
    let studies = member.study_stage().map(|stage| stage.is_some_and(|stage| stage != StudyStage::Postgraduate));
    either(studies, member.is_dependent_adult())
}

/// 第七条第二款：连续三年以上（含）脱离家庭的教职人员，服刑、强制隔离戒毒、宣告失踪的人，不计入。
///
/// Paragraph 2: clergy long apart, prisoners, persons in compulsory isolation, persons declared missing.
fn is_left_out(home: &Home<'_>, member: &Member<'_>) -> Known<bool> {
    let clergy_apart = lasts(home, member.clergy_apart_since(), || home.household_members_clergy_apart_years());
    some([clergy_apart, member.in_prison(), member.in_compulsory_isolation(), member.is_declared_missing()])
}

/// Whether a time that has begun, if it has, has lasted so many full years.
pub fn lasts(home: &Home<'_>, since: Known<Option<Date>>, years: impl FnOnce() -> Known<i64>) -> Known<bool> {
    if since == Ok(None) {
        return Ok(false);
    }
    let (since, years) = all((since, years()))?;
    Ok(since.is_some_and(|since| years <= since.age_years(home.as_of())))
}

/// 第七条：家庭人数。
///
/// The size of the household.
pub fn size(home: &Home<'_>, people: &[Listed<'_>], out: &mut Results, trace: &mut impl Trace) -> Known<i64> {
    let size = home.members().and_then(|_| count(people.iter().map(|listed| listed.counted.clone())));
    out.household_members_size(home, size.clone());
    trace.step(|| {
        let step = step("household_members").for_output(output::HOUSEHOLD_MEMBERS_SIZE, home);
        HOUSEHOLD_MEMBERS
            .cited(step.cites("zhejiang-social-assistance-2020", "9"), home.as_of())
            .says(if size.is_ok() { "household-size" } else { "open" })
            .with("size", size.clone())
            .uses(["household_members.counted"])
            .gives(&size)
    });
    size
}
