//! The kinds of ids, one alphabetical list. Ids are made in `kernel`; what leaves the house is never one of them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not an id of the kind that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind} id; one begins with `{prefix}_`")]
pub struct NotAnId {
    kind: &'static str,
    prefix: &'static str,
}

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident => $prefix:literal),+ $(,)?) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
            #[serde(try_from = "String", into = "String")]
            pub struct $name(Uuid);

            impl $name {
                /// The id with this number.
                pub const fn from_uuid(uuid: Uuid) -> Self {
                    Self(uuid)
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, concat!($prefix, "_{}"), self.0.simple())
                }
            }

            impl FromStr for $name {
                type Err = NotAnId;
                fn from_str(text: &str) -> Result<Self, NotAnId> {
                    let refuse = NotAnId { kind: stringify!($name), prefix: $prefix };
                    let digits = text.strip_prefix(concat!($prefix, "_")).filter(|digits| digits.len() == 32);
                    let lower = digits.filter(|digits| !digits.bytes().any(|b| b.is_ascii_uppercase()));
                    lower.and_then(|digits| Uuid::try_parse(digits).ok()).map(Self).ok_or(refuse)
                }
            }

            impl TryFrom<String> for $name {
                type Error = NotAnId;
                fn try_from(text: String) -> Result<Self, NotAnId> {
                    text.parse()
                }
            }

            impl From<$name> for String {
                fn from(id: $name) -> Self {
                    id.to_string()
                }
            }

            impl JsonSchema for $name {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }
                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({ "type": "string", "pattern": concat!("^", $prefix, "_[0-9a-f]{32}$") })
                }
            }
        )+
    };
}

typed_id! {
    /// A request to change what the register holds (变更申请).
    ChangeRequestId => "cr",
    /// An official's act that adopts a determination or departs from it (审核确认决定).
    DecisionId => "dec",
    /// A computed, reasoned result for a household and a date (测算结论).
    DeterminationId => "det",
    /// What is due to somebody: kind, amount, period, payee (应享待遇).
    EntitlementId => "ent",
    /// A household on the register (共同生活家庭).
    HouseholdId => "hh",
    /// A proposal that two records are one person.
    MatchId => "mat",
    /// A person on the register.
    PersonId => "ps",
    /// A reassessment of all households of a division (复核).
    ReassessmentId => "ra",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_and_never_as_another_kind() {
        let id = HouseholdId::from_uuid(Uuid::from_u128(7));
        assert_eq!(id.to_string(), "hh_00000000000000000000000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.to_string().parse::<DeterminationId>().is_err());
        assert!("hh_0".parse::<HouseholdId>().is_err());
        assert!("hh_0000000000000000000000000000000A".parse::<HouseholdId>().is_err());
    }
}
