//! 嘉兴“暖巢”更新：在低保家庭中找出有儿童、居住条件低于标准的家庭（规划专栏1）。
//!
//! A city's rule in Rust: it reads an output of the province's plugin, counts what a home lacks, and answers with a status.
//! What nobody has surveyed stays unknown, unless what is known settles the answer already.

use nuan_sdk::prelude::*;

use crate::view::{Home, Results, output};

nuan_sdk::plugin! { manifest: "plugin.toml", household: crate::household }

/// 专栏1（要点）：为有儿童的低保家庭更新住房，达到居住条件标准；一户一方案，不重复实施。
///
/// Everything that the rule says about one household.
pub fn household(home: &Home<'_>, out: &mut Results, trace: &mut impl Trace) {
    let shortcomings = shortcomings(home);
    out.jiaxing_warm_nest_shortcomings(home, shortcomings.clone());
    let status = every([home.dibao_status(), has_children(home), not(home.home_is_renewed()), falls_short(home)]);
    out.jiaxing_warm_nest_status(home, status.clone());
    trace.step(|| {
        step("warm_nest")
            .for_output(output::JIAXING_WARM_NEST_STATUS, home)
            .cites("zhejiang-plan-2021-72", "专栏1")
            .says(sentence(&status))
            .with("shortcomings", shortcomings)
            .uses(["dibao.status", "jiaxing.warm_nest.shortcomings", "member.age_years", "household.home_is_renewed"])
            .uses(["jiaxing.warm_nest.child_age", "jiaxing.warm_nest.least_shortcomings"])
            .gives(&status)
    });
}

fn sentence(status: &Known<bool>) -> &'static str {
    match status {
        Ok(true) => "warm-nest-due",
        Ok(false) => "warm-nest-not-due",
        Err(_) => "warm-nest-open",
    }
}

/// 家庭中至少有一名儿童。
fn has_children(home: &Home<'_>) -> Known<bool> {
    let members = home.members()?;
    some(members.map(|member| {
        let (age, child_age) = all((member.age_years(), home.jiaxing_warm_nest_child_age()))?;
        Ok(age < child_age)
    }))
}

/// 居住条件标准的八项。
///
/// Each point that the home lacks.
fn points(home: &Home<'_>) -> [Known<bool>; 8] {
    [
        not(home.home_is_safe()),
        not(home.has_study_corner()),
        not(home.has_study_desk()),
        not(home.has_study_light()),
        not(home.children_have_own_beds()),
        not(home.has_toilet()),
        not(home.has_shower()),
        not(home.has_kitchen()),
    ]
}

fn shortcomings(home: &Home<'_>) -> Known<i64> {
    count(points(home))
}

/// 不达标项数达到规定的最少项数。已知的项数已经足够时，其余各项未知也不影响结论。
///
/// Enough points are known to be lacking, or all are known; otherwise the unknown ones are asked for.
fn falls_short(home: &Home<'_>) -> Known<bool> {
    let least = home.jiaxing_warm_nest_least_shortcomings()?;
    let lacking = points(home).into_iter().filter(|point| *point == Ok(true)).fold(0, |lacking, _| lacking + 1);
    if least <= lacking { Ok(true) } else { shortcomings(home).map(|all| least <= all) }
}
