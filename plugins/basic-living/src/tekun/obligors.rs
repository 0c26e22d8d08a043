//! 法定义务人无履行能力：特困人员认定办法第八条。When nobody is able to support a person.

use nuan_sdk::prelude::*;

use crate::disability::Certificate;
use crate::view::{Home, Member, Obligor};

/// 第四条第三项：没有法定义务人，或者义务人都没有履行能力。
///
/// No obligor, or not one who is able. `none` on the list: there is nobody.
pub fn nobody_able(home: &Home<'_>, member: &Member<'_>) -> Known<bool> {
    every(member.obligors()?.map(|obligor| is_unable(home, &obligor)))
}

/// 第八条：符合其中一项的，视为没有履行能力。
///
/// Any one of the cases will do.
fn is_unable(home: &Home<'_>, obligor: &Obligor<'_>) -> Known<bool> {
    some([
        obligor.is_tekun(),
        is_elderly_in_dibao(home, obligor),
        is_old_and_poor(home, obligor),
        is_disabled_and_poor(home, obligor),
        cannot_act(obligor),
    ])
}

/// 第八条第二项：六十周岁以上的低保对象。
///
/// In dibao, from a certain age.
fn is_elderly_in_dibao(home: &Home<'_>, obligor: &Obligor<'_>) -> Known<bool> {
    both(obligor.in_dibao(), is_aged(obligor, home.tekun_obligor_age_dibao()))
}

/// 第八条第三项：七十周岁以上，本人收入低于当地上年人均可支配收入，财产符合规定。
///
/// Old, with income below the local average and property within the limits.
fn is_old_and_poor(home: &Home<'_>, obligor: &Obligor<'_>) -> Known<bool> {
    both(is_aged(obligor, home.tekun_obligor_age_income()), is_poor(home, obligor))
}

/// 第八条第四项：重度残疾人和三级智力、精神残疾人，本人收入低于当地上年人均可支配收入，财产符合规定。
///
/// Severely disabled or grade 3 of mind, with income below the local average and property within the limits.
fn is_disabled_and_poor(home: &Home<'_>, obligor: &Obligor<'_>) -> Known<bool> {
    let certificate = Certificate { kind: obligor.disability_kind(), grade: obligor.disability_grade() };
    both(either(certificate.is_severe(), certificate.is_third_grade_of_mind()), is_poor(home, obligor))
}

/// 第八条第五项：无民事行为能力、被宣告失踪、在监狱服刑，财产符合规定。
///
/// Without civil capacity, declared missing or in prison, with property within the limits.
fn cannot_act(obligor: &Obligor<'_>) -> Known<bool> {
    let is_absent = some([obligor.lacks_civil_capacity(), obligor.is_declared_missing(), obligor.in_prison()]);
    both(is_absent, obligor.property_within_limits())
}

fn is_aged(obligor: &Obligor<'_>, from: Known<i64>) -> Known<bool> {
    let (age, from) = all((obligor.age_years(), from))?;
    Ok(from <= age)
}

/// 第三项、第四项“低于”：小于上年度当地居民人均可支配收入；财产按参数所列类别由县里认定。
///
/// Own income below the local disposable income of the prior year; property as the county has established it.
fn is_poor(home: &Home<'_>, obligor: &Obligor<'_>) -> Known<bool> {
    let average = home.disposable_income_per_capita_total();
    let is_below = all((obligor.income_12_months(), average)).map(|(income, average)| income < average);
    both(is_below, obligor.property_within_limits())
}
