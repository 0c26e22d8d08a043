//! Rounding is a named step: once, at the end, in the household's favour.

use nuan_sdk::prelude::*;

use crate::view::{BenefitRounding, Home};

/// 条例第十二条只规定差额，没有规定怎样进位：按理解只在最后进位一次，进到的单位由参数规定。
///
/// Reading `monthly-benefit-rounding`: the regulation gives a difference and no rounding; the unit is a parameter.
pub fn monthly_benefit(home: &Home<'_>) -> Known<Rounding> {
    home.benefit_rounding().map(|unit| match unit {
        BenefitRounding::UpToFen => Rounding::UpToFen,
        BenefitRounding::UpToJiao => Rounding::UpToJiao,
        BenefitRounding::UpToYuan => Rounding::UpToYuan,
    })
}
