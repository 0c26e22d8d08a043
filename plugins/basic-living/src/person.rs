//! The people of a household: first each one alone, then as listed together.

use nuan_sdk::prelude::*;

use crate::disability::Certificate;
use crate::employment::Earnings;
use crate::view::Member;

/// A person, looked at alone.
pub struct Person<'a> {
    /// The facts.
    pub member: Member<'a>,
    /// What of the person's work counts.
    pub earnings: Earnings,
    /// Whether nobody else is listed.
    pub is_alone: bool,
}

impl Person<'_> {
    /// What is stated about the person; in a household of one what is stated about the household is about the person.
    pub fn own_or_household<T>(&self, own: Known<T>, of_household: impl FnOnce() -> Known<T>) -> Known<T> {
        own.or_else(|absent| if self.is_alone { of_household().map_err(|_| absent) } else { Err(absent) })
    }

    /// The disability certificate.
    pub fn certificate(&self) -> Certificate {
        certificate(&self.member)
    }
}

/// The disability certificate of a member.
pub fn certificate(member: &Member<'_>) -> Certificate {
    Certificate { kind: member.disability_kind(), grade: member.disability_grade() }
}

/// A person as listed in the household.
pub struct Listed<'a> {
    /// The person.
    pub person: Person<'a>,
    /// Whether this determination finds the person tekun.
    pub tekun: Known<bool>,
    /// Whether the person counts as a member of the household.
    pub counted: Known<bool>,
}

impl Listed<'_> {
    /// 条例第十四条，理解 `tekun-out-of-household`：一人只享受一项基本生活救助，特困优先。
    ///
    /// Tekun by the register or by this determination: no other programme of basic living for the person.
    pub fn is_tekun(&self) -> Known<bool> {
        either(Ok(is_found(&self.tekun)), self.person.member.is_recognised_tekun())
    }
}

/// Found tekun by this determination. While that is open, the person stays where the register has him.
pub fn is_found(tekun: &Known<bool>) -> bool {
    *tekun == Ok(true)
}
