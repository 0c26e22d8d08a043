//! What somebody searches for, read once at the edge: a place that is narrow enough, and exactly one thing to go by.

use std::fmt;
use std::str::FromStr;

use nuan_domain::identity::name_key::{NameQueryError, TermKind, query_terms};
use nuan_vocabulary::citizen_id::CitizenId;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{HouseholdId, PersonId};
use nuan_vocabulary::identity_document::{ForeignPermit, IdentityDocument, TravelPermit};

/// A search for persons.
#[derive(Clone, Debug)]
pub struct PersonSearch {
    /// Where.
    pub scope: SearchScope,
    /// By what.
    pub by: SearchBy,
    /// The last person of the part before.
    pub after: Option<PersonId>,
    /// How many at most.
    pub limit: u32,
}

/// What a person is searched by.
#[derive(Clone, Debug)]
pub enum SearchBy {
    /// A name, its pinyin, or its initials.
    Name(NameQuery),
    /// The number of an identity document.
    Document(DocumentQuery),
    /// The household to which the person belongs or belonged.
    Household(HouseholdId),
}

/// A county, or a township or village in it: nobody searches a city or a province for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchScope {
    county: DivisionCode,
    division: DivisionCode,
}

/// The division is a city or wider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("persons are searched within a county, or within a township or village")]
pub struct ScopeTooWide;

/// A county, whose officials decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct County(DivisionCode);

/// The division is wider or narrower than a county.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("officials decide for a county, so name one")]
pub struct NotACounty;

/// What a text may stand for as a name. Personal: `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct NameQuery(Vec<(TermKind, String)>);

/// A document number of whatever kind. Personal: `Debug` shows a mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentQuery(IdentityDocument);

/// The text is no document number of any kind. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is the number of no identity document; most often a typing error")]
pub struct NoDocumentNumber;

impl SearchScope {
    /// The place to search in.
    pub fn new(division: DivisionCode) -> Result<Self, ScopeTooWide> {
        let county = division.county().ok_or(ScopeTooWide)?;
        Ok(Self { county, division })
    }

    /// Whose index is searched.
    pub const fn county(self) -> DivisionCode {
        self.county
    }

    /// What is shown.
    pub const fn division(self) -> DivisionCode {
        self.division
    }
}

impl County {
    /// A county, and nothing wider or narrower.
    pub fn new(division: DivisionCode) -> Result<Self, NotACounty> {
        if division.county() == Some(division) { Ok(Self(division)) } else { Err(NotACounty) }
    }

    /// Its code.
    pub const fn code(self) -> DivisionCode {
        self.0
    }
}

impl NameQuery {
    /// What is looked up, all of it together.
    pub(crate) fn terms(&self) -> &[(TermKind, String)] {
        &self.0
    }
}

impl DocumentQuery {
    /// The document.
    pub(crate) const fn document(&self) -> &IdentityDocument {
        &self.0
    }
}

impl FromStr for NameQuery {
    type Err = NameQueryError;

    fn from_str(text: &str) -> Result<Self, NameQueryError> {
        query_terms(text).map(Self)
    }
}

impl FromStr for DocumentQuery {
    type Err = NoDocumentNumber;

    /// Reads a number as people type it; its form says of what kind of document it is, 15 and 18 digits alike.
    fn from_str(text: &str) -> Result<Self, NoDocumentNumber> {
        let citizen = || text.parse::<CitizenId>().ok().map(IdentityDocument::from);
        let foreign = || text.parse::<ForeignPermit>().ok().map(IdentityDocument::from);
        let travel = || text.parse::<TravelPermit>().ok().map(IdentityDocument::from);
        citizen().or_else(foreign).or_else(travel).map(Self).ok_or(NoDocumentNumber)
    }
}

impl fmt::Debug for NameQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NameQuery(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_county_is_narrow_enough_and_a_city_is_not() {
        let scope = |code: &str| SearchScope::new(code.parse().unwrap());
        assert_eq!(scope("330106").unwrap().county(), scope("330106").unwrap().division());
        let village = scope("330106109001").unwrap();
        assert_eq!(village.county().to_string(), "330106");
        assert_eq!(village.division().to_string(), "330106109001");
        for wide in ["330100", "330000", "000000"] {
            assert_eq!(scope(wide), Err(ScopeTooWide), "{wide}");
        }
    }

    #[test]
    fn officials_decide_for_a_county() {
        let county = |code: &str| County::new(code.parse().unwrap());
        assert_eq!(county("330106").map(County::code), "330106".parse().map_err(|_| NotACounty));
        for other in ["330106109", "330100", "330000", "000000"] {
            assert_eq!(county(other), Err(NotACounty), "{other}");
        }
    }

    #[test]
    fn a_number_is_of_one_kind_however_it_is_typed() {
        let read = |text: &str| text.parse::<DocumentQuery>();
        assert_eq!(read(" 999999800101001 "), read("999999198001010011"));
        let kinds = [
            ("999999198001010011", "9999**********0011"),
            ("810000199001010019", "8100**********0019"),
            ("911840198503150016", "9118**********0016"),
            ("h99999901", "H******01"),
        ];
        for (number, shown) in kinds {
            assert_eq!(read(number).unwrap().document().masked(), shown);
            assert!(!format!("{:?}", read(number)).contains(number));
        }
        for wrong in ["", "张三", "999999198001010012", "1234567"] {
            assert_eq!(read(wrong), Err(NoDocumentNumber), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_looked_up_as_all_that_it_may_be() {
        let kinds = |text: &str| {
            let query: NameQuery = text.parse().unwrap();
            assert!(!format!("{query:?}").contains(text));
            query.terms().iter().map(|(kind, _)| *kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds("单雄信"), [TermKind::Name]);
        assert_eq!(kinds("shanxiongxin"), [TermKind::Pinyin]);
        assert_eq!(kinds("sxx"), [TermKind::Initials]);
        assert_eq!(kinds("an"), [TermKind::Pinyin, TermKind::Initials]);
        assert_eq!("z".parse::<NameQuery>(), Err(NameQueryError::OneLetter));
    }
}
