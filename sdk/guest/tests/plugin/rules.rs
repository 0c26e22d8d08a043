//! The fixture's rule: an invented notice, written as a plugin author writes.

use nuan_sdk::prelude::*;

use crate::view::{CareLevel, Home, Member, Relation, Results, StudyStage, WinterCoalRounding, output};

/// Everything that the notice says about one household.
pub fn household(home: &Home<'_>, out: &mut Results, trace: &mut impl Trace) {
    out.winter_coal_status(home, eligible(home));
    out.winter_coal_amount(home, amount(home, trace));
    for member in home.members().into_iter().flatten() {
        if member.relation() != Ok(Relation::Code02) {
            out.winter_coal_care_level(&member, care_level(&member));
        }
    }
}

/// Article 3: local dibao households without a car, since at least one day.
fn eligible(home: &Home<'_>) -> Known<bool> {
    let in_receipt = home.record_dibao_since().map(|since| since.is_some_and(|since| since < home.as_of()));
    let without_car =
        home.vehicles().and_then(|vehicles| every(vehicles.map(|car| car.value().map(|value| value == Fen::ZERO))));
    every([home.dibao_status(), home.local_hukou(), in_receipt, without_car])
}

/// Article 3: the standard for each member, less a share of their wages.
fn amount(home: &Home<'_>, trace: &mut impl Trace) -> Known<Fen> {
    let amount = less_wages(home);
    trace.step(|| {
        step("winter_coal_less_wages")
            .for_output(output::WINTER_COAL_AMOUNT, home)
            .cites("example-notice-2023-12", "3")
            .says("less_wages")
            .with("standard", home.winter_coal_standard())
            .uses(["winter_coal.standard", "winter_coal.share", "monthly_wage.gross"])
            .gives(&amount)
    });
    amount
}

fn less_wages(home: &Home<'_>) -> Known<Fen> {
    let (standard, share, members) = all((home.winter_coal_standard(), home.winter_coal_share(), home.members()))?;
    let rounding = match home.winter_coal_rounding()? {
        WinterCoalRounding::UpToFen => Rounding::UpToFen,
        WinterCoalRounding::UpToYuan => Rounding::UpToYuan,
    };
    let heads = i64::try_from(members.len()).map_err(|_| OutOfRange)?;
    let wages = sum(members.map(|member| wage(&member)))?;
    let left = standard.times(heads)?.exact()?.minus(wages.times_ratio(share)?)?.round(rounding)?;
    Ok(left.max(Fen::ZERO))
}

fn wage(member: &Member<'_>) -> Known<Fen> {
    sum(member.monthly_wages()?.map(|month| month.gross()))
}

/// Article 4: pupils of a primary school need some care, younger children all of it.
fn care_level(member: &Member<'_>) -> Known<CareLevel> {
    let (age, stage) = all((member.age_years(), member.study_stage()))?;
    Ok(match stage {
        Some(StudyStage::Primary) => CareLevel::Partial,
        None if age < 6 => CareLevel::Full,
        _ => CareLevel::Self_,
    })
}
