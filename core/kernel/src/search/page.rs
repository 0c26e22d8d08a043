//! What a search gives out: a part of a list, and where the next part begins.

use std::fmt;
use std::str::FromStr;

use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::HouseholdId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::persons::PersonSummary;

/// Persons that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundPersons {
    /// The persons within the division. A part may hold few or none and still have a next one.
    pub items: Vec<PersonSummary>,
    /// Where the next part begins; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The county in which the document number is on the register, where that is not in the division.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<DivisionCode>,
}

/// The last household of a part of a list that is ordered by division and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HouseholdCursor {
    /// Where it lived when it was listed.
    pub division: DivisionCode,
    /// The household.
    pub id: HouseholdId,
}

/// The text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of a list of households")]
pub struct NoCursor;

impl fmt::Display for HouseholdCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.division, self.id)
    }
}

impl FromStr for HouseholdCursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (division, id) = text.split_once('-').ok_or(NoCursor)?;
        Ok(Self { division: division.parse().map_err(|_| NoCursor)?, id: id.parse().map_err(|_| NoCursor)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is_one() {
        let text = "330106109-hh_00000000000000000000000000000007";
        assert_eq!(text.parse::<HouseholdCursor>().unwrap().to_string(), text);
        for wrong in ["", "330106", "hh_00000000000000000000000000000007", "330106-hh_7", "-"] {
            assert_eq!(wrong.parse::<HouseholdCursor>(), Err(NoCursor), "{wrong}");
        }
    }
}
