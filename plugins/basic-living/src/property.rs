//! 家庭财产状况：条例第九条、第十三条，审核确认办法第十四条。What a household may own.
//!
//! 条例和办法规定必须看财产，没有规定数额：每个数额都是可以替换的参数。
//! The law has property tested and names no number: every limit is a parameter that a place can replace.

use nuan_sdk::prelude::*;
use nuan_sdk::trace::StepDraft;

use crate::annual::share;
use crate::conditions::Conditions;
use crate::in_force::PROPERTY_REVIEW;
use crate::person::Person;
use crate::three_valued::{at_most_one, only_where};
use crate::view::{FinancialAccount, Home, Results, Vehicle, VehicleExemption, output};

/// 财产标准的两类：低保、边缘。特困、支出型等按参数归入其中一类。
///
/// The two classes of limits; other programmes name one of them in a parameter.
pub use crate::view::PropertyTekunClass as Class;

/// The results of both classes for a household.
pub struct PropertyTests {
    dibao: Known<bool>,
    margin: Known<bool>,
}

impl PropertyTests {
    /// Tests the household and states the results.
    pub fn of(home: &Home<'_>, size: &Known<i64>, out: &mut Results, trace: &mut impl Trace) -> Self {
        let (dibao, margin) = (conditions(home, Class::Dibao, size), conditions(home, Class::Margin, size));
        let tests = Self { dibao: dibao.hold(), margin: margin.hold() };
        out.property_dibao(home, tests.dibao.clone());
        out.property_margin(home, tests.margin.clone());
        trace.step(|| {
            let step = step("property_test").for_output(output::PROPERTY_DIBAO, home);
            stated(step.cites("zhejiang-social-assistance-2020", "9"), home)
                .says(dibao.says("property-within-dibao"))
                .uses(["property.monetary_per_capita_multiple.dibao", "property.subscribed_capital_max.dibao"])
                .gives(&tests.dibao)
        });
        trace.step(|| {
            let step = step("property_test").for_output(output::PROPERTY_MARGIN, home);
            stated(step.cites("zhejiang-social-assistance-2020", "13"), home)
                .says(margin.says("property-within-margin"))
                .uses(["property.monetary_per_capita_multiple.margin", "property.subscribed_capital_max.margin"])
                .uses(["property.margin_vehicle_max_multiple"])
                .gives(&tests.margin)
        });
        tests
    }

    /// The result of a class.
    pub fn of_class(&self, class: Class) -> Known<bool> {
        match class {
            Class::Dibao => self.dibao.clone(),
            Class::Margin => self.margin.clone(),
        }
    }
}

fn stated(step: StepDraft, home: &Home<'_>) -> StepDraft {
    PROPERTY_REVIEW
        .cited(step, home.as_of())
        .uses(["financial_account", "vehicle", "home", "real_estate", "company_share", "dibao_standard"])
        .uses(["household_members.size"])
        .uses(["property.livelihood_vehicle_max_multiple", "property.home_area_average"])
}

/// 审核确认办法第八条、特困认定办法第七条：单独申请的人看本人财产。
///
/// The property of a person who applies alone: as established; a household of one is tested by its own assets.
pub fn of_person(home: &Home<'_>, person: &Person<'_>, class: Known<Class>) -> Known<bool> {
    let of_household = || conditions(home, class?, &Ok(1)).hold();
    person.member.property_within_limits().or_else(|absent| if person.is_alone { of_household() } else { Err(absent) })
}

/// 审核确认办法第十四条：动产、不动产分项看，都在规定以内才符合；必需的可以豁免。
///
/// Every kind of property has to be within its limit.
fn conditions(home: &Home<'_>, class: Class, size: &Known<i64>) -> Conditions<5> {
    Conditions([
        (monetary_assets(home, class, size), "property-money"),
        (vehicles(home, class), "property-vehicle"),
        (homes(home, size), "property-homes"),
        (real_estate(home, class), "property-real-estate"),
        (subscribed_capital(home, class), "property-capital"),
    ])
}

/// 存款、证券、保险、债权等货币财产：人均不超过低保标准若干倍；边缘家庭的非住宅不动产按价值并入。
///
/// Monetary assets: at most a multiple of the standard per head. Class margin adds the value of other real estate.
fn monetary_assets(home: &Home<'_>, class: Class, size: &Known<i64>) -> Known<bool> {
    let accounts = home.financial_accounts().and_then(|accounts| sum(accounts.map(|account| countable(&account))));
    let (assets, multiple) = match class {
        Class::Dibao => (accounts, home.property_monetary_per_capita_multiple_dibao()),
        Class::Margin => {
            (sum([accounts, value_of_real_estate(home)]), home.property_monetary_per_capita_multiple_margin())
        }
    };
    within(assets, |assets| {
        let (limit, size) = all((share(home.dibao_standard(), multiple), size.clone()))?;
        Ok(assets.exact()? <= limit.times(size)?)
    })
}

/// 第十四条：必需的可以豁免，例如存入的救助款、待购房的售房款。
///
/// Exempt money does not count.
fn countable(account: &FinancialAccount<'_>) -> Known<Fen> {
    only_where(account.exemption().map(|exemption| exemption.is_none()), account.amount())
}

fn value_of_real_estate(home: &Home<'_>) -> Known<Fen> {
    sum(home.real_estates()?.map(|real_estate| real_estate.value()))
}

/// 车辆：没有豁免以外的车辆；边缘家庭可以有一辆价值在规定以内的。
///
/// No vehicle but exempt ones; class margin allows one more up to a value.
fn vehicles(home: &Home<'_>, class: Class) -> Known<bool> {
    let mut vehicles = home.vehicles()?;
    match class {
        Class::Dibao => every(vehicles.map(|vehicle| is_exempt(home, &vehicle))),
        Class::Margin => both(
            at_most_one(vehicles.clone().map(|vehicle| not(is_exempt(home, &vehicle)))),
            every(vehicles.by_ref().map(|vehicle| {
                let is_modest = is_worth_at_most(home, &vehicle, home.property_margin_vehicle_max_multiple());
                either(is_exempt(home, &vehicle), is_modest)
            })),
        ),
    }
}

/// 残疾人代步车、就医用车豁免；生计用车价值在规定以内的豁免。
///
/// Exempt: for mobility, for medical transport; to earn a living up to a value.
fn is_exempt(home: &Home<'_>, vehicle: &Vehicle<'_>) -> Known<bool> {
    match vehicle.exemption() {
        Ok(Some(VehicleExemption::DisabilityMobility | VehicleExemption::MedicalTransport)) => Ok(true),
        Ok(Some(VehicleExemption::Livelihood)) => {
            is_worth_at_most(home, vehicle, home.property_livelihood_vehicle_max_multiple())
        }
        Ok(None) => Ok(false),
        Err(unknown) => Err(unknown),
    }
}

fn is_worth_at_most(home: &Home<'_>, vehicle: &Vehicle<'_>, multiple: Known<Ratio>) -> Known<bool> {
    within(vehicle.value(), |value| Ok(value.exact()? <= share(home.dibao_standard(), multiple)?))
}

/// 住房：一套以内；两套的，人均面积低于当地平均。
///
/// One home; two only where the area per head is below the local average. Compared as sums, without dividing.
fn homes(home: &Home<'_>, size: &Known<i64>) -> Known<bool> {
    let mut homes = home.homes()?;
    match (homes.next(), homes.next(), homes.next()) {
        (_, None, _) => Ok(true),
        (Some(first), Some(second), None) => {
            let average = home.property_home_area_average();
            let (first, second, average, size) =
                all((first.floor_area_dm2(), second.floor_area_dm2(), average, size.clone()))?;
            Ok(first.checked_add(second).ok_or(OutOfRange)? < average.checked_mul(size).ok_or(OutOfRange)?)
        }
        _ => Ok(false),
    }
}

/// 非住宅不动产：低保家庭没有；边缘家庭按价值并入货币财产。
///
/// Other real estate: none in class dibao; class margin counts its value as money.
fn real_estate(home: &Home<'_>, class: Class) -> Known<bool> {
    match class {
        Class::Dibao => home.real_estates().map(|real_estates| real_estates.is_empty()),
        Class::Margin => Ok(true),
    }
}

/// 企业出资：正常经营的企业，认缴出资合计不超过规定。
///
/// Subscribed capital in active companies, together, up to a limit.
fn subscribed_capital(home: &Home<'_>, class: Class) -> Known<bool> {
    let limit = match class {
        Class::Dibao => home.property_subscribed_capital_max_dibao(),
        Class::Margin => home.property_subscribed_capital_max_margin(),
    };
    within(capital(home), |capital| Ok(capital <= limit?))
}

fn capital(home: &Home<'_>) -> Known<Fen> {
    sum(home.company_shares()?.map(|share| only_where(share.is_active(), share.subscribed_capital())))
}

/// Whether an amount is within a limit. Nothing is within any limit, known or not.
fn within(amount: Known<Fen>, limit: impl FnOnce(Fen) -> Known<bool>) -> Known<bool> {
    match amount {
        Ok(Fen::ZERO) => Ok(true),
        Ok(amount) => limit(amount),
        Err(unknown) => Err(limit(Fen::ZERO).err().map_or(unknown.clone(), |limit| unknown.and(limit))),
    }
}
