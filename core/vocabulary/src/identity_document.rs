//! The document that identifies a person: which kind it is, and its number.
//!
//! INVARIANT: the kind fits the number, so that one person cannot stand in a household under two kinds. Outside this crate a
//! document is made from a number (`From`) or read (`Deserialize`), never put together.

mod foreign_permit;
pub(crate) mod number_text;
mod travel_permit;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::citizen_id::{CitizenId, CitizenIdKind};

pub use foreign_permit::{ForeignPermit, ForeignPermitError};
pub use travel_permit::{TravelPermit, TravelPermitError};

/// A person's identity document. `Debug` shows the kind and a mask; serialization writes the whole number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum IdentityDocument {
    /// A citizen's id card (居民身份证).
    #[non_exhaustive]
    CitizenId {
        /// The citizen id.
        #[serde(deserialize_with = "citizen_id")]
        number: CitizenId,
    },
    /// A residence permit for Hong Kong, Macao and Taiwan residents (港澳台居民居住证).
    #[non_exhaustive]
    ResidencePermit {
        /// The permit's number, of the same form as a citizen id.
        #[serde(deserialize_with = "residence_permit")]
        number: CitizenId,
    },
    /// A foreign permanent resident's card (外国人永久居留身份证).
    #[non_exhaustive]
    ForeignPermanentResident {
        /// The card's number.
        number: ForeignPermit,
    },
    /// A mainland travel permit (回乡证, 台胞证).
    #[non_exhaustive]
    TravelPermit {
        /// The permit's number.
        number: TravelPermit,
    },
}

impl IdentityDocument {
    /// The number itself. Calling this is a deliberate act: nothing that is logged or shown in lists may do it.
    pub fn reveal(&self) -> &str {
        match self {
            Self::CitizenId { number } | Self::ResidencePermit { number } => number.reveal(),
            Self::ForeignPermanentResident { number } => number.reveal(),
            Self::TravelPermit { number } => number.reveal(),
        }
    }

    /// The number with its ends only.
    pub fn masked(&self) -> String {
        match self {
            Self::CitizenId { number } | Self::ResidencePermit { number } => number.masked(),
            Self::ForeignPermanentResident { number } => number.masked(),
            Self::TravelPermit { number } => number.masked(),
        }
    }

    /// The date of birth that the number states, where it states one.
    pub fn birth_date(&self) -> Option<Date> {
        match self {
            Self::CitizenId { number } | Self::ResidencePermit { number } => Some(number.birth_date()),
            Self::ForeignPermanentResident { number } => number.birth_date(),
            Self::TravelPermit { .. } => None,
        }
    }
}

impl From<CitizenId> for IdentityDocument {
    fn from(number: CitizenId) -> Self {
        match number.kind() {
            CitizenIdKind::CitizenId => Self::CitizenId { number },
            CitizenIdKind::ResidencePermit => Self::ResidencePermit { number },
        }
    }
}

impl From<ForeignPermit> for IdentityDocument {
    fn from(number: ForeignPermit) -> Self {
        Self::ForeignPermanentResident { number }
    }
}

impl From<TravelPermit> for IdentityDocument {
    fn from(number: TravelPermit) -> Self {
        Self::TravelPermit { number }
    }
}

fn citizen_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CitizenId, D::Error> {
    let number = CitizenId::deserialize(deserializer)?;
    match number.kind() {
        CitizenIdKind::CitizenId => Ok(number),
        CitizenIdKind::ResidencePermit => Err(D::Error::custom("the number is that of a `residence_permit`")),
    }
}

fn residence_permit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CitizenId, D::Error> {
    let number = CitizenId::deserialize(deserializer)?;
    match number.kind() {
        CitizenIdKind::ResidencePermit => Ok(number),
        CitizenIdKind::CitizenId => Err(D::Error::custom("the number is that of a `citizen_id`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn read(kind: &str, number: &str) -> Result<IdentityDocument, String> {
        let json = format!(r#"{{ "kind": "{kind}", "number": {number} }}"#);
        serde_json::from_str(&json).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check(kind: &str, number: &str, masked: &str, born: Option<Date>) {
        let document = read(kind, &format!("\"{number}\"")).unwrap();
        assert_eq!((document.reveal(), document.masked().as_str(), document.birth_date()), (number, masked, born));
        let json = serde_json::json!({ "kind": kind, "number": number });
        assert_eq!(serde_json::to_value(&document).unwrap(), json);
        assert!(!format!("{document:?}").contains(number));
    }

    #[test]
    fn each_kind_is_read_and_written() {
        check("citizen_id", "999999198001010011", "9999**********0011", Some(date(1980, 1, 1)));
        check("residence_permit", "810000199001010019", "8100**********0019", Some(date(1990, 1, 1)));
        check("foreign_permanent_resident", "911840198503150016", "9118**********0016", Some(date(1985, 3, 15)));
        check("travel_permit", "H99999901", "H******01", None);
    }

    #[track_caller]
    fn refuse(kind: &str, number: &str, reason: &str) {
        let message = read(kind, number).unwrap_err();
        assert!(message.contains(reason), "{message}");
        assert!(!message.contains(number.trim_matches('"')), "{message}");
    }

    #[test]
    fn a_number_of_another_kind_is_refused() {
        refuse("citizen_id", "\"810000199001010019\"", "`residence_permit`");
        refuse("residence_permit", "\"999999198001010011\"", "`citizen_id`");
        refuse("citizen_id", "\"911840198503150016\"", "foreign permanent resident");
        refuse("foreign_permanent_resident", "\"999999198001010011\"", "9, a province");
        refuse("travel_permit", "\"999999198001010011\"", "H or M");
    }

    #[test]
    fn a_number_without_quotes_is_refused_and_not_echoed() {
        for kind in ["citizen_id", "residence_permit", "foreign_permanent_resident", "travel_permit"] {
            refuse(kind, "999999198001010011", "stands in quotes");
        }
    }

    #[test]
    fn unknown_kinds_and_fields_are_refused() {
        refuse("passport", "\"999999198001010011\"", "unknown variant `passport`");
        let json = r#"{ "kind": "citizen_id", "number": "999999198001010011", "note": "x" }"#;
        assert!(serde_json::from_str::<IdentityDocument>(json).unwrap_err().to_string().contains("unknown field"));
    }

    #[test]
    fn a_document_made_from_a_number_has_its_kind() {
        let permit: CitizenId = "830000198812120026".parse().unwrap();
        assert_eq!(Ok(permit.into()), read("residence_permit", "\"830000198812120026\""));
        let old_form = read("citizen_id", "\"999999800101001\"");
        assert_eq!(old_form, read("citizen_id", "\"999999198001010011\""));
    }

    #[test]
    fn the_schema_lists_every_kind_with_its_number() {
        let schema = serde_json::to_value(schemars::schema_for!(IdentityDocument)).unwrap();
        let kinds: Vec<_> = schema["oneOf"]
            .as_array()
            .unwrap()
            .iter()
            .map(|kind| (&kind["properties"]["kind"]["const"], &kind["properties"]["number"]["$ref"]))
            .map(|(kind, number)| format!("{} {}", kind.as_str().unwrap(), number.as_str().unwrap()))
            .collect();
        assert_eq!(
            kinds,
            [
                "citizen_id #/$defs/CitizenId",
                "residence_permit #/$defs/CitizenId",
                "foreign_permanent_resident #/$defs/ForeignPermit",
                "travel_permit #/$defs/TravelPermit",
            ]
        );
    }
}
