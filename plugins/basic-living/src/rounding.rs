//! Rounding is a named step: once, at the end, in the household's favour.

use nuan_sdk::prelude::*;

use crate::view::{BenefitRounding, Home};

/// 条例第五十条第三款的额度、供养人自留的部分：没有规定怎样进位，不是整分的进到分。
///
/// What is left to people before income counts: no article rounds it, and up is in the household's favour.
pub const LIMIT: Rounding = Rounding::UpToFen;

/// 计入的收入没有规定怎样进位：不是整分的舍到分，同样有利于家庭。
///
/// One part of `parts` in whole fen, rounded down, as for income that counts.
pub fn down_to_fen(amount: Exact, parts: i64) -> Result<Fen, OutOfRange> {
    let up = Fen::ZERO.exact()?.minus(amount)?.divide(parts, Rounding::UpToFen)?;
    Fen::ZERO.minus(up)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn down_is_down_to_the_whole_fen() {
        let down = |fen: i64, parts| down_to_fen(Fen::new(fen).exact().unwrap(), parts).map(Fen::get);
        assert_eq!([down(11, 4), down(12, 4), down(13, 4)], [Ok(2), Ok(3), Ok(3)]);
        assert_eq!(down(1, 0), Err(OutOfRange));
    }
}
