//! 户籍条件。Where somebody may apply.

use nuan_sdk::prelude::*;

use crate::person::{Listed, Person};
use crate::view::Home;

/// 条例第十一条第一款：向户籍所在地申请。审核确认办法第五条：成员户籍不在一处的，户籍在本地的成员可以申请。
///
/// Local hukou: as established for the household, else one member who is registered here.
pub fn local_hukou(home: &Home<'_>, people: &[Listed<'_>]) -> Known<bool> {
    let through_a_member =
        || some(people.iter().map(|listed| both(listed.counted.clone(), listed.person.member.local_hukou())));
    home.local_hukou().or_else(|_| home.members().and(through_a_member()))
}

/// 条例第六十二条、审核确认办法第五条第三款：县级可以接受持有浙江省居住证的人申请。
///
/// A residence permit, where the county accepts it.
fn permit(home: &Home<'_>) -> Known<bool> {
    both(home.residence_permit(), home.residence_permit_accepted())
}

/// 条例第十一条、第六十二条：有本地户籍，或者持居住证而当地接受。
///
/// The residence condition of a household.
pub fn of_household(home: &Home<'_>, local_hukou: &Known<bool>) -> Known<bool> {
    either(local_hukou.clone(), permit(home))
}

/// 特困认定办法第十条：由本人向户籍地申请。
///
/// The residence condition of a person who applies alone.
pub fn of_person(home: &Home<'_>, person: &Person<'_>) -> Known<bool> {
    either(person.own_or_household(person.member.local_hukou(), || home.local_hukou()), permit(home))
}
