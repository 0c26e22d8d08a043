//! 基本生活救助（浙江）：低保、低保边缘、单人户、支出型和刚性支出困难家庭、特困人员、分类施保、渐退期。
//!
//! Basic living assistance in Zhejiang. One file a theme, one place an article: its number and its point in our own words
//! stand above the code of its paragraph. Numbers stand in `parameters/`, first days of formulas in [`in_force`], readings
//! of what the law leaves open in `interpretations.yaml`, and the sentences of the citizen's letter in `locales/`.
//!
//! `household` below is the order of the work. Each programme reads what the ones before it have found.

pub mod annual;
pub mod conditions;
pub mod disability;
pub mod in_force;
pub mod rounding;
pub mod three_valued;

pub mod person;

pub mod employment;
pub mod household_members;
pub mod income;
pub mod means;
pub mod property;
pub mod residence;

pub mod category_supplement;
pub mod dibao;
pub mod expenditure_type;
pub mod graduation;
pub mod job_refusal;
pub mod margin;
pub mod necessary_spending;
pub mod rigid_expenditure;
pub mod single_person;
pub mod tekun;

use nuan_sdk::prelude::*;

use crate::annual::Window;
use crate::means::Means;
use crate::person::{Listed, Person};
use crate::property::PropertyTests;
use crate::view::{Home, Member, Results};

nuan_sdk::plugin! { manifest: "plugin.toml", household: crate::household }

/// Everything that the rules say about one household.
pub fn household(home: &Home<'_>, out: &mut Results, trace: &mut impl Trace) {
    let window = Window::of(home);
    let people: Vec<Listed<'_>> =
        home.members().into_iter().flatten().map(|member| listed(home, member, &window, out, trace)).collect();
    let means = means(home, &people, out, trace);

    let dibao = dibao::dibao_eligibility(home, &means, out, trace);
    dibao::dibao_shortfall(home, &means, &dibao, out, trace);
    category_supplement::category_supplement(home, &people, &dibao, out, trace);
    graduation::graduation(home, &means, out, trace);

    let margin = margin::margin_eligibility(home, &means, &dibao, out, trace);
    for listed in &people {
        single_person::single_person(home, listed, &dibao, &margin, out, trace);
    }
    expenditure_type::expenditure_type(home, &means, &dibao, &margin, &window, out, trace);
    rigid_expenditure::rigid_expenditure_status(home, &means, &dibao, &margin, &window, out, trace);
}

/// What each person alone is found to be, before the household is looked at.
fn listed<'a>(
    home: &Home<'a>,
    member: Member<'a>,
    window: &Known<Window>,
    out: &mut Results,
    trace: &mut impl Trace,
) -> Listed<'a> {
    let earnings = employment::earnings(home, &member, window, out, trace);
    let is_alone = home.members().map(|members| members.len()) == Ok(1);
    let person = Person { member, earnings, is_alone };
    let tekun = tekun::tekun(home, &person, out, trace);
    let counted = household_members::counted(home, &person, &tekun, out, trace);
    job_refusal::alert(home, &person.member, out, trace);
    Listed { person, tekun, counted }
}

/// 家庭经济状况：人口、收入、户籍、财产。
///
/// Members, income, residence and property of the household.
fn means(home: &Home<'_>, people: &[Listed<'_>], out: &mut Results, trace: &mut impl Trace) -> Means {
    let size = household_members::size(home, people, out, trace);
    let income = income::countable_income(home, people, out, trace);
    let local_hukou = residence::local_hukou(home, people);
    let residence = residence::of_household(home, &local_hukou);
    let property = PropertyTests::of(home, &size, out, trace);
    Means { size, income, local_hukou, residence, property }
}
