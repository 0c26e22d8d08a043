//! Persons on the register: one record each, shown masked, with the households that it belongs and belonged to.
//!
//! Not here: what is stated about a person, which the household's document shows; a search (`search`); merges (`matches`).
//! INVARIANT: no name and no document number leaves this file unmasked.

use jiff::civil;
use nuan_domain::register::PersonPart;
use nuan_store::Transaction;
use nuan_store::household as household_store;
use nuan_store::membership::{self as membership_store, Membership};
use nuan_store::person::{self as person_store, Person};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{HouseholdId, PersonId};
use nuan_vocabulary::identity_document::IdentityDocument;
use nuan_vocabulary::person_name::PersonName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::actor::Actor;
use crate::data_keys::DataKey;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::parts::{open_person, read};
use crate::surroundings::instant_text;

/// The fact that states a date of birth where no document does.
const BIRTH_DATE: &str = "member.birth_date";

/// A person on the register (一人一档).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonBody {
    /// Its id.
    pub id: PersonId,
    /// The county that keeps it.
    pub county: DivisionCode,
    /// The name (姓名), masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The number of the identity document (身份证件号码), masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// The year of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_year: Option<i16>,
    /// Which version of what is stated about the person is the newest, from 1.
    pub version: i64,
    /// When the person was entered, RFC 3339.
    pub created_at: String,
    /// The household to which the person belongs now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<HouseholdId>,
    /// Every household to which the person belongs or belonged, the earliest first.
    pub memberships: Vec<PersonMembershipBody>,
    /// The record that remains, where this one was found to be of the same person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<PersonId>,
    /// Whether what is kept of the person was erased.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_erased: bool,
    /// What the actor may do with it now.
    pub allowed_actions: Vec<String>,
}

/// A person's time in a household, as it is understood now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonMembershipBody {
    /// The household.
    pub household: HouseholdId,
    /// The household's county.
    pub county: DivisionCode,
    /// The first day; of a household that came without dates, the day on which it came.
    pub from: Date,
    /// The first day after it; still a member, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// A person in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonSummary {
    /// The person.
    pub person: PersonId,
    /// The household, and the last one of somebody who belongs to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<HouseholdId>,
    /// The name that the household's documents use.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Where the household lives; of somebody without one, the county that keeps the person.
    pub division: DivisionCode,
    /// The name (姓名), masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The number of the identity document (身份证件号码), masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// The year of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_year: Option<i16>,
}

/// What is shown of a person: masks and a year.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub name: Option<String>,
    pub document: Option<String>,
    pub birth_year: Option<i16>,
}

/// A person's record as it is now.
pub(crate) struct Record {
    pub row: Person,
    pub version: i64,
    /// The person's key and part; none where they were erased.
    pub opened: Option<(DataKey, PersonPart)>,
    /// Every membership, the earliest first.
    pub memberships: Vec<Membership>,
}

impl Record {
    /// The household to which the person belongs now.
    pub fn current(&self) -> Option<&Membership> {
        self.memberships.iter().find(|membership| membership.left_on.is_none())
    }

    /// That household, or else the last one.
    pub fn home(&self) -> Option<&Membership> {
        self.current().or(self.memberships.last())
    }
}

impl Kernel {
    /// A person's record.
    pub async fn person(&self, _actor: &Actor, id: PersonId) -> Result<PersonBody, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let record = self.record(&mut transaction, id).await?;
        let Shown { name, document, birth_year } = shown(record.opened.as_ref().map(|(_, part)| part));
        let is_whole = record.opened.is_some() && record.row.merged_into.is_none();
        let actions = if is_whole { ["match"].as_slice() } else { &[] };
        Ok(PersonBody {
            id,
            county: record.row.county,
            name,
            document,
            birth_year,
            version: record.version,
            created_at: instant_text(record.row.created_at),
            household: record.current().map(|membership| membership.household_id),
            memberships: record.memberships.iter().map(membership_body).collect(),
            merged_into: record.row.merged_into,
            is_erased: record.opened.is_none(),
            allowed_actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        })
    }

    /// Everything that is known of a person now.
    pub(crate) async fn record(&self, transaction: &mut Transaction, id: PersonId) -> Result<Record, KernelError> {
        let lost = || KernelError::NotFound(id.to_string());
        let row = person_store::person(transaction, id).await?.ok_or_else(lost)?;
        let document = person_store::latest_person_document(transaction, id).await?.ok_or_else(lost)?;
        let opened = match self.0.data_keys.of(&document.sealed).await {
            Ok(key) => {
                let part = read(&open_person(&document, &key)?, "a person part")?;
                Some((key, part))
            }
            Err(KernelError::Erased) => None,
            Err(error) => return Err(error),
        };
        let memberships = membership_store::memberships_of_person(transaction, id).await?;
        Ok(Record { row, version: document.version, opened, memberships })
    }

    /// A person as a list shows it that is about persons and not about a household.
    pub(crate) async fn person_summary(
        &self,
        transaction: &mut Transaction,
        id: PersonId,
    ) -> Result<PersonSummary, KernelError> {
        let record = self.record(transaction, id).await?;
        let household = record.home().map(|membership| membership.household_id);
        let division = self.division_of(transaction, household).await?.unwrap_or(record.row.county);
        let Shown { name, document, birth_year } = shown(record.opened.as_ref().map(|(_, part)| part));
        Ok(PersonSummary { person: id, household, reference: None, division, name, document, birth_year })
    }

    /// Where a household lives.
    pub(crate) async fn division_of(
        &self,
        transaction: &mut Transaction,
        household: Option<HouseholdId>,
    ) -> Result<Option<DivisionCode>, KernelError> {
        let Some(id) = household else { return Ok(None) };
        let found = household_store::household(transaction, id).await?;
        Ok(found.map(|household| household.division))
    }
}

/// What is shown of a person part; nothing of one that was erased.
pub(crate) fn shown(part: Option<&PersonPart>) -> Shown {
    let Some(part) = part else { return Shown::default() };
    Shown {
        name: name_of(part).map(|name| name.masked()),
        document: document_of(part).map(|document| document.masked()),
        birth_year: birth_date_of(part).map(|date| civil::Date::from(date).year()),
    }
}

/// The name, where there is one that can be one.
pub(crate) fn name_of(part: &PersonPart) -> Option<PersonName> {
    part.name.clone().and_then(|name| PersonName::try_from(name).ok())
}

/// The identity document, where there is a valid one.
pub(crate) fn document_of(part: &PersonPart) -> Option<IdentityDocument> {
    serde_json::from_value(part.document.clone()?).ok()
}

/// The date of birth: of the document where it states one, else as it was stated last.
pub(crate) fn birth_date_of(part: &PersonPart) -> Option<Date> {
    let of_document = document_of(part).and_then(|document| document.birth_date());
    let stated = || match part.facts.as_ref()?.get(BIRTH_DATE)? {
        Value::Array(statements) => statements.last()?.get("value")?.as_str(),
        plain => plain.as_str(),
    };
    of_document.map(Date::from).or_else(|| Date::parse(stated()?).ok())
}

fn membership_body(membership: &Membership) -> PersonMembershipBody {
    PersonMembershipBody {
        household: membership.household_id,
        county: membership.county,
        from: membership.joined_on,
        until: membership.left_on,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(content: Value) -> PersonPart {
        serde_json::from_value(content).unwrap()
    }

    #[test]
    fn a_person_is_shown_in_masks() {
        let whole = part(json!({
            "name": "欧阳锋",
            "document": { "kind": "citizen_id", "number": "999999198001010011" },
            "facts": { "member.birth_date": "1999-09-09" },
        }));
        let expected = Shown {
            name: Some("欧**".to_owned()),
            document: Some("9999**********0011".to_owned()),
            birth_year: Some(1980),
        };
        assert_eq!(shown(Some(&whole)), expected, "the document says when");
        assert_eq!(shown(None), Shown::default());
    }

    #[test]
    fn without_a_document_the_last_statement_says_when() {
        let stated = |birth: Value| birth_date_of(&part(json!({ "facts": { "member.birth_date": birth } })));
        assert_eq!(stated(json!("1980-01-01")), Date::parse("1980-01-01").ok());
        let corrected = json!([{ "value": "1980-01-01" }, { "value": "1981-01-01", "source": "hukou" }]);
        assert_eq!(stated(corrected), Date::parse("1981-01-01").ok());
        assert_eq!(stated(json!(1980)), None);
        assert_eq!(stated(json!([])), None);
        assert_eq!(birth_date_of(&part(json!({}))), None);
    }

    #[test]
    fn what_is_no_name_or_number_is_not_shown() {
        let broken = part(json!({ "name": "\u{1}", "document": { "kind": "unheard-of", "number": "12345" } }));
        assert_eq!(shown(Some(&broken)), Shown::default());
    }
}
