//! 生活自理能力和照料护理：特困人员认定办法第二十条至第二十二条。Self-care, and what care is due.

use nuan_sdk::prelude::*;

use crate::annual::share;
use crate::conditions::says_amount;
use crate::in_force::TEKUN_CARE_LEVEL;
use crate::rounding;
use crate::three_valued::only_where;
use crate::view::{CareLevel, Home, Member, Results, output};

/// 第二十二条：六项全部达到的具备自理能力，三项以下不能达到的部分丧失，四项以上不能达到的完全丧失。
///
/// The level by failed items. It is a finding about the person; only the amount asks whether the person is tekun.
pub fn tekun_care_level(
    home: &Home<'_>,
    member: &Member<'_>,
    out: &mut Results,
    trace: &mut impl Trace,
) -> Known<CareLevel> {
    let level = TEKUN_CARE_LEVEL.held(home.as_of()).and_then(|()| level(home, &failed_items(member)));
    out.tekun_care_level(member, level.clone());
    trace.step(|| {
        step("tekun_care_level")
            .for_output(output::TEKUN_CARE_LEVEL, member)
            .cites("national-tekun-recognition-2021", "21")
            .cites("national-tekun-recognition-2021", "22")
            .says(match &level {
                Ok(CareLevel::Self_) => "care-self",
                Ok(CareLevel::Partial) => "care-partial",
                Ok(CareLevel::Full) => "care-full",
                Err(_) => "open",
            })
            .with("failed", known_to_fail(&failed_items(member)))
            .uses(["member.eats_unaided", "member.dresses_unaided", "member.leaves_bed_unaided"])
            .uses(["member.uses_toilet_unaided"])
            .uses(["member.walks_indoors_unaided", "member.bathes_unaided", "tekun.partial_care_items"])
            .uses(["tekun.full_care_items"])
            .gives(&level)
    });
    level
}

/// 第二十一条：吃饭、穿衣、上下床、如厕、室内行走、洗澡，不能自主做到的。
///
/// The six items, each failed or not.
fn failed_items(member: &Member<'_>) -> [Known<bool>; 6] {
    [
        not(member.eats_unaided()),
        not(member.dresses_unaided()),
        not(member.leaves_bed_unaided()),
        not(member.uses_toilet_unaided()),
        not(member.walks_indoors_unaided()),
        not(member.bathes_unaided()),
    ]
}

/// An item that nobody has assessed is asked about only where it could change the level.
fn level(home: &Home<'_>, failed: &[Known<bool>; 6]) -> Known<CareLevel> {
    let at_most = count(failed.iter().map(|item| item.clone().or(Ok(true))));
    let (least, most) = (level_of(home, known_to_fail(failed))?, level_of(home, at_most)?);
    if least == most { Ok(least) } else { level_of(home, count(failed.iter().cloned())) }
}

fn known_to_fail(failed: &[Known<bool>; 6]) -> Known<i64> {
    count(failed.iter().map(|item| item.clone().or(Ok(false))))
}

fn level_of(home: &Home<'_>, failed: Known<i64>) -> Known<CareLevel> {
    let (failed, partial, full) = all((failed, home.tekun_partial_care_items(), home.tekun_full_care_items()))?;
    Ok(match failed {
        failed if full <= failed => CareLevel::Full,
        failed if partial <= failed => CareLevel::Partial,
        _ => CareLevel::Self_,
    })
}

/// 第二十条：按自理能力的档次确定照料护理标准；办法没有规定比例，按最低工资的比例计算，比例是参数。
///
/// The care standard of the level: a share of the minimum wage.
pub fn tekun_care(
    home: &Home<'_>,
    member: &Member<'_>,
    status: &Known<bool>,
    level: &Known<CareLevel>,
    out: &mut Results,
    trace: &mut impl Trace,
) {
    let amount = if *status == Ok(false) { Ok(Fen::ZERO) } else { only_where(status.clone(), care(home, level)) };
    out.tekun_care(member, amount.clone());
    trace.step(|| {
        step("tekun_care")
            .for_output(output::TEKUN_CARE, member)
            .cites("national-tekun-recognition-2021", "20")
            .says(says_amount(status, &amount, "tekun-care"))
            .with("minimum_wage", home.minimum_wage())
            .with("ratio", level.clone().and_then(|level| ratio(home, level)))
            .with("amount", amount.clone())
            .uses(["tekun.status", "tekun.care_level", "minimum_wage", "benefit.rounding"])
            .uses(["tekun.care_ratio_self", "tekun.care_ratio_partial", "tekun.care_ratio_full"])
            .gives(&amount)
    });
}

fn care(home: &Home<'_>, level: &Known<CareLevel>) -> Known<Fen> {
    let ratio = level.clone().and_then(|level| ratio(home, level));
    let (standard, rounding) = all((share(home.minimum_wage(), ratio), rounding::monthly_benefit(home)))?;
    Ok(standard.round(rounding)?)
}

fn ratio(home: &Home<'_>, level: CareLevel) -> Known<Ratio> {
    match level {
        CareLevel::Self_ => home.tekun_care_ratio_self(),
        CareLevel::Partial => home.tekun_care_ratio_partial(),
        CareLevel::Full => home.tekun_care_ratio_full(),
    }
}
