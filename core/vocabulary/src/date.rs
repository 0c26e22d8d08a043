//! Civil dates and months: what law and births are counted in. Never an instant, never a time zone.

use std::fmt;

use jiff::civil;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The text is not a date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date")]
pub struct NotADate(String);

/// A civil date, kept as days since 1970-01-01 so that columns and comparisons are plain integers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(i32);

/// A civil month, kept as months since 1970-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(i32);

impl Date {
    /// What a date looks like, but for 29 February of common years.
    pub const PATTERN: &str = concat!(
        "^((1[89]|2[01])[0-9]{2}|2200)-",
        "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))$"
    );

    /// The date so many days after 1970-01-01.
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// A day of the calendar; `None` if there is no such day or the year lies outside 1800 to 2200.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        if !(1800..=2200).contains(&year) {
            return None;
        }
        civil::Date::new(year, month, day).ok().map(Self::from)
    }

    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Self, NotADate> {
        let refuse = || NotADate(text.chars().take(20).collect());
        let mut parts = text.split('-');
        let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(refuse());
        };
        let digits = |s: &str, len| s.len() == len && s.bytes().all(|b| b.is_ascii_digit());
        if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
            return Err(refuse());
        }
        let read = || Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        read().ok_or_else(refuse)
    }

    /// The month the date lies in.
    pub fn month(self) -> Month {
        let date = civil::Date::from(self);
        Month((i32::from(date.year()) - 1970) * 12 + i32::from(date.month()) - 1)
    }

    /// Full years (周岁) on `on`, reached on the birthday itself; negative before birth.
    ///
    /// Reading `age-on-birthday`: someone born on 29 February turns a year older on 1 March of a common year.
    pub fn age_years(self, on: Self) -> i64 {
        let (birth, on) = (civil::Date::from(self), civil::Date::from(on));
        let had_birthday = (on.month(), on.day()) >= (birth.month(), birth.day());
        i64::from(on.year()) - i64::from(birth.year()) - i64::from(!had_birthday)
    }
}

impl From<civil::Date> for Date {
    fn from(date: civil::Date) -> Self {
        // Days from the civil calendar (proleptic Gregorian), counting years from March.
        let (year, month, day) = (i32::from(date.year()), i32::from(date.month()), i32::from(date.day()));
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2).div_euclid(5) + day - 1;
        let of_era = of_era * 365 + of_era.div_euclid(4) - of_era.div_euclid(100) + of_year;
        Self(era * 146_097 + of_era - 719_468)
    }
}

impl From<Date> for civil::Date {
    fn from(date: Date) -> Self {
        let days = date.0.clamp(-200_000, 200_000) + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (of_era - of_era.div_euclid(1_460) + of_era.div_euclid(36_524) - of_era.div_euclid(146_096))
            .div_euclid(365);
        let of_year = of_era - (365 * year + year.div_euclid(4) - year.div_euclid(100));
        let shifted = (5 * of_year + 2).div_euclid(153);
        let day = of_year - (153 * shifted + 2).div_euclid(5) + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year + era * 400 + i32::from(month <= 2);
        let small = |n: i32| i8::try_from(n).unwrap_or(1);
        civil::Date::new(i16::try_from(year).unwrap_or(1970), small(month), small(day)).unwrap_or(civil::Date::ZERO)
    }
}

impl Month {
    /// What a month looks like.
    pub const PATTERN: &str = "^((1[89]|2[01])[0-9]{2}|2200)-(0[1-9]|1[0-2])$";

    /// The month so many months after 1970-01.
    pub const fn from_months(months: i32) -> Self {
        Self(months)
    }

    /// Months since 1970-01.
    pub const fn months(self) -> i32 {
        self.0
    }

    /// Reads `YYYY-MM`.
    pub fn parse(text: &str) -> Result<Self, NotADate> {
        Date::parse(&format!("{text}-01")).map(Date::month).map_err(|_| NotADate(text.chars().take(20).collect()))
    }

    /// The first day.
    pub fn first_day(self) -> Date {
        let (year, month) = (self.0.div_euclid(12) + 1970, self.0.rem_euclid(12) + 1);
        let date = civil::Date::new(i16::try_from(year).unwrap_or(1970), i8::try_from(month).unwrap_or(1), 1);
        Date::from(date.unwrap_or(civil::Date::ZERO))
    }

    /// The month so many months later, earlier where negative.
    #[must_use]
    pub const fn plus(self, months: i32) -> Self {
        Self(self.0.saturating_add(months))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        civil::Date::from(*self).fmt(f)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12) + 1970, self.0.rem_euclid(12) + 1)
    }
}

macro_rules! civil_text {
    ($type:ident, $schema:tt) => {
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl TryFrom<String> for $type {
            type Error = NotADate;
            fn try_from(text: String) -> Result<Self, NotADate> {
                Self::parse(&text)
            }
        }
        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }
        impl JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}
civil_text!(Date, {
    "type": "string",
    "description": "A civil date, `YYYY-MM-DD`, of the years 1800 to 2200.",
    "format": "date",
    "pattern": Date::PATTERN,
});
civil_text!(Month, {
    "type": "string",
    "description": "A civil month, `YYYY-MM`, of the years 1800 to 2200.",
    "pattern": Month::PATTERN,
});

/// A half-open period `[from, until)`; without `until` it is open-ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The first day after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Period {
    /// Whether the day lies in the period.
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_is_read_back() {
        for days in -62_000..84_000 {
            let date = Date::from_days(days);
            assert_eq!(Date::from(civil::Date::from(date)), date);
        }
        assert_eq!(Date::parse("1970-01-01").unwrap().days(), 0);
        assert_eq!(Date::parse("2022-09-01").unwrap().days(), 19_236);
    }

    #[test]
    fn impossible_dates_are_refused() {
        for text in
            ["2022-13-01", "2021-02-29", "2022-9-1", "22-09-01", "2022-09-01T00:00:00", "", "9999-01-01", "1700-01-01"]
        {
            assert!(Date::parse(text).is_err(), "{text}");
        }
        assert!(Month::parse("2022-13").is_err());
        assert_eq!(Month::parse("2022-08").unwrap().to_string(), "2022-08");
        assert_eq!(Month::parse("2022-08").unwrap().first_day(), Date::parse("2022-08-01").unwrap());
        assert_eq!(Month::parse("2022-01").unwrap().plus(-1).to_string(), "2021-12");
    }

    #[test]
    fn an_age_is_reached_on_the_birthday() {
        #[track_caller]
        fn check(birth: &str, on: &str, years: i64) {
            assert_eq!(Date::parse(birth).unwrap().age_years(Date::parse(on).unwrap()), years);
        }
        check("2006-09-01", "2022-08-31", 15);
        check("2006-09-01", "2022-09-01", 16);
        check("2004-02-29", "2022-02-28", 17);
        check("2004-02-29", "2022-03-01", 18);
    }
}
