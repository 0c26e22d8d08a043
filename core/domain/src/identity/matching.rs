//! How much two records speak for one person: explainable probabilistic matching (Fellegi and Sunter, 1969).
//!
//! Each field that both records have adds a weight from one table; the sum falls into a band, and every summand is shown.
//! Not here: who is compared with whom, and what happens then. INVARIANT: a comparison only proposes; even [`Band::Same`]
//! merges nobody. It does not depend on the order of the two records.

pub mod level;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use nuan_vocabulary::citizen_id::Sex;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::{DivisionCode, DivisionLevel};
use nuan_vocabulary::identity_document::IdentityDocument;
use nuan_vocabulary::person_name::PersonName;
use rapidfuzz::distance::osa;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::level::{BirthDateLevel, DocumentTailLevel, NameLevel, ResidenceLevel, SexLevel};
use super::name_key::{readings, written};

/// What is compared of a person; whatever is unknown stays `None` and says nothing. Personal: `Debug` shows a mask.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Particulars {
    /// The name (姓名).
    pub name: Option<PersonName>,
    /// The date of birth (出生日期).
    pub birth_date: Option<Date>,
    /// The sex (性别).
    pub sex: Option<Sex>,
    /// Where the person lives (经常居住地), as finely as it is known.
    pub division: Option<DivisionCode>,
    /// The end of the citizen's number.
    pub document_tail: Option<DocumentTail>,
}

/// The last four characters of a citizen's number (公民身份号码后四位). Personal: `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentTail(String);

/// The text is not the end of a citizen's number. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a citizen's number ends in three digits and a digit or X")]
pub struct DocumentTailError;

/// Every field with its degree and weight, and their sum. Holds nothing personal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Name, birth date, sex, residence, document tail, in this order.
    pub agreements: Vec<FieldAgreement>,
    /// The sum of the weights, in thousandths of a bit: 1000 doubles the odds.
    pub total_millibits: i64,
}

/// How much two records agree in one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "field", rename_all = "snake_case", deny_unknown_fields)]
pub enum FieldAgreement {
    /// The names.
    Name {
        /// How much they agree.
        level: NameLevel,
        /// What that weighs.
        weight_millibits: i64,
    },
    /// The dates of birth.
    BirthDate {
        /// How much they agree.
        level: BirthDateLevel,
        /// What that weighs.
        weight_millibits: i64,
    },
    /// The sexes.
    Sex {
        /// Whether they agree.
        level: SexLevel,
        /// What that weighs.
        weight_millibits: i64,
    },
    /// The divisions in which they live.
    Residence {
        /// How near they are.
        level: ResidenceLevel,
        /// What that weighs.
        weight_millibits: i64,
    },
    /// The ends of the citizens' numbers.
    DocumentTail {
        /// Whether they agree.
        level: DocumentTailLevel,
        /// What that weighs.
        weight_millibits: i64,
    },
}

/// What a sum of weights proposes to the person who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Not worth a person's time.
    Different,
    /// A person should look.
    Possible,
    /// Almost certainly one person; still a proposal.
    Same,
}

/// From here on two records are proposed as one person.
///
/// Of two records taken at random in a province of 64 million persons, one pair in 2^26 is one person; 33 bits turn that
/// into odds of 2^7, 128 to 1.
pub const SAME_FROM_MILLIBITS: i64 = 33_000;

/// From here on a person should look: odds of 2^-3.5, about 1 to 11.
///
/// Low enough that the same name and the same day of birth are shown wherever the two live, and high enough that
/// neighbours with other names are not.
pub const POSSIBLE_FROM_MILLIBITS: i64 = 22_500;

/// Compares two records, field by field.
pub fn compare(left: &Particulars, right: &Particulars) -> Comparison {
    let name = left.name.as_ref().zip(right.name.as_ref()).map_or(NameLevel::Missing, name_level);
    let birth_date = left.birth_date.zip(right.birth_date).map_or(BirthDateLevel::Missing, birth_date_level);
    let sex = left.sex.zip(right.sex).map_or(SexLevel::Missing, sex_level);
    let residence = left.division.zip(right.division).map_or(ResidenceLevel::Missing, residence_level);
    let tails = left.document_tail.as_ref().zip(right.document_tail.as_ref());
    let tail = tails.map_or(DocumentTailLevel::Missing, document_tail_level);
    let agreements = vec![
        FieldAgreement::Name { level: name, weight_millibits: name.weight_millibits() },
        FieldAgreement::BirthDate { level: birth_date, weight_millibits: birth_date.weight_millibits() },
        FieldAgreement::Sex { level: sex, weight_millibits: sex.weight_millibits() },
        FieldAgreement::Residence { level: residence, weight_millibits: residence.weight_millibits() },
        FieldAgreement::DocumentTail { level: tail, weight_millibits: tail.weight_millibits() },
    ];
    let total_millibits = agreements.iter().map(FieldAgreement::weight_millibits).sum();
    Comparison { agreements, total_millibits }
}

impl Comparison {
    /// What the sum proposes.
    pub fn band(&self) -> Band {
        Band::of(self.total_millibits)
    }
}

impl Band {
    /// The band of a sum of weights in thousandths of a bit.
    pub const fn of(total_millibits: i64) -> Self {
        if SAME_FROM_MILLIBITS <= total_millibits {
            return Self::Same;
        }
        if POSSIBLE_FROM_MILLIBITS <= total_millibits { Self::Possible } else { Self::Different }
    }
}

impl FieldAgreement {
    /// The weight in thousandths of a bit; below zero it speaks against one person.
    pub const fn weight_millibits(&self) -> i64 {
        match self {
            Self::Name { weight_millibits, .. }
            | Self::BirthDate { weight_millibits, .. }
            | Self::Sex { weight_millibits, .. }
            | Self::Residence { weight_millibits, .. }
            | Self::DocumentTail { weight_millibits, .. } => *weight_millibits,
        }
    }
}

impl Particulars {
    /// What a document states of its holder: date of birth, sex and the end of the number, as far as its kind has them.
    pub fn of_document(document: &IdentityDocument) -> Self {
        let sex = match document {
            IdentityDocument::CitizenId { number, .. } | IdentityDocument::ResidencePermit { number, .. } => {
                Some(number.sex())
            }
            IdentityDocument::ForeignPermanentResident { .. } | IdentityDocument::TravelPermit { .. } => None,
        };
        let birth_date = document.birth_date().map(Date::from);
        Self { birth_date, sex, document_tail: DocumentTail::of(document), ..Self::default() }
    }
}

impl DocumentTail {
    /// The tail of a citizen's number. Other documents have none: a second document of one person ends otherwise.
    pub fn of(document: &IdentityDocument) -> Option<Self> {
        match document {
            IdentityDocument::CitizenId { number, .. } => number.reveal().get(14..)?.parse().ok(),
            _ => None,
        }
    }
}

impl FromStr for DocumentTail {
    type Err = DocumentTailError;

    /// Reads the four characters as people say them; a small x is an X.
    fn from_str(text: &str) -> Result<Self, DocumentTailError> {
        let tail = text.trim().to_ascii_uppercase();
        let digits = tail.strip_suffix('X').unwrap_or(&tail);
        let has_form = tail.len() == 4 && digits.len() >= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if has_form { Ok(Self(tail)) } else { Err(DocumentTailError) }
    }
}

impl fmt::Debug for Particulars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Particulars({})", self.name.as_ref().map(PersonName::masked).unwrap_or_default())
    }
}

impl fmt::Debug for DocumentTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DocumentTail(****)")
    }
}

fn name_level((left, right): (&PersonName, &PersonName)) -> NameLevel {
    let (left_text, right_text) = (written(left), written(right));
    if left_text == right_text {
        return NameLevel::Exact;
    }
    let of_right = readings(right);
    if readings(left).iter().any(|reading| reading.skipped == 0 && of_right.contains(reading)) {
        return NameLevel::SamePinyin;
    }
    if is_one_slip(&left_text, &right_text) { NameLevel::OneCharacter } else { NameLevel::Different }
}

/// One character other, missing, or swapped with its neighbour. In a name of two an other one is half the name.
fn is_one_slip(left: &str, right: &str) -> bool {
    let sorted = |text: &str| {
        let mut characters: Vec<char> = text.chars().collect();
        characters.sort_unstable();
        characters
    };
    let (left_sorted, right_sorted) = (sorted(left), sorted(right));
    let is_long = left_sorted.len().max(right_sorted.len()) >= 3;
    (is_long || left_sorted == right_sorted) && osa::distance(left.chars(), right.chars()) == 1
}

fn birth_date_level((left, right): (Date, Date)) -> BirthDateLevel {
    let (left, right) = (civil::Date::from(left), civil::Date::from(right));
    if left == right {
        return BirthDateLevel::Exact;
    }
    let is_same_year = left.year() == right.year();
    if is_same_year && (left.month(), left.day()) == (right.day(), right.month()) {
        return BirthDateLevel::DayMonthSwapped;
    }
    let digits = |date: civil::Date| format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
    let differing = digits(left).chars().zip(digits(right).chars()).filter(|(left, right)| left != right).count();
    match (differing, is_same_year) {
        (1, _) => BirthDateLevel::OneDigit,
        (_, true) => BirthDateLevel::SameYear,
        (_, false) => BirthDateLevel::Different,
    }
}

fn sex_level((left, right): (Sex, Sex)) -> SexLevel {
    if left == right { SexLevel::Same } else { SexLevel::Different }
}

/// The smallest division that holds both. Where one is known only down to a division that holds the other, that is it;
/// but a province says nothing, since all records are of one.
fn residence_level((left, right): (DivisionCode, DivisionCode)) -> ResidenceLevel {
    let shared = left.chain().find(|division| division.contains(&right)).unwrap_or(DivisionCode::NATION);
    match shared.level() {
        DivisionLevel::Village => ResidenceLevel::SameVillage,
        DivisionLevel::Township => ResidenceLevel::SameTownship,
        DivisionLevel::County => ResidenceLevel::SameCounty,
        DivisionLevel::City => ResidenceLevel::SameCity,
        DivisionLevel::Province | DivisionLevel::Nation if shared == left || shared == right => ResidenceLevel::Missing,
        DivisionLevel::Province | DivisionLevel::Nation => ResidenceLevel::Different,
    }
}

fn document_tail_level((left, right): (&DocumentTail, &DocumentTail)) -> DocumentTailLevel {
    if left == right { DocumentTailLevel::Same } else { DocumentTailLevel::Different }
}
