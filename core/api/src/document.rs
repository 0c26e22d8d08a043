//! The household document at the edge: passed on unread, since the kernel alone knows the facts there are.

mod facts;

use std::collections::BTreeMap;

use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::identity_document::IdentityDocument;
use schemars::JsonSchema;
use serde_json::Value;

pub use self::facts::household_schema;
use crate::error::ApiError;
use crate::extract::ReadBody;
use crate::schema::never_null;

/// A household as it is applied for. Absent is unknown, never zero.
#[derive(Debug, JsonSchema)]
#[schemars(with = "Outline", rename = "HouseholdDocument")]
pub struct HouseholdDocument(pub Value);

impl ReadBody for HouseholdDocument {
    fn read(body: Value) -> Result<Self, ApiError> {
        Ok(Self(body))
    }
}

/// The document without its facts; the fact catalogue names those.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = never_null)]
#[expect(dead_code, reason = "only its schema is used; the kernel reads documents against the catalogue")]
struct Outline {
    /// A county or a division below it.
    #[schemars(extend("pattern" = "^(0[1-9]|[1-9][0-9])[0-9]{2}(0[1-9]|[1-9][0-9])([0-9]{3}){0,2}$"))]
    division: DivisionCode,
    /// The date that is asked about; today where absent.
    as_of: Option<Date>,
    /// Facts about the household by name: a value, or a list of dated statements.
    facts: Option<BTreeMap<String, Value>>,
    /// Lists under the household by name: rows, or `{"none": true}`.
    entities: Option<BTreeMap<String, Value>>,
    /// Everybody who lives together.
    #[schemars(length(min = 1, max = 64))]
    members: Vec<MemberOutline>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = never_null, rename = "HouseholdDocumentMember")]
#[expect(dead_code, reason = "only its schema is used; the kernel reads documents against the catalogue")]
struct MemberOutline {
    /// The member's name inside the document: 1 to 16 letters or digits.
    #[schemars(regex(pattern = "^[0-9A-Za-z]{1,16}$"))]
    r#ref: String,
    /// The identity document: its kind and number.
    document: Option<IdentityDocument>,
    /// The name.
    #[schemars(length(min = 1, max = 1000))]
    name: Option<String>,
    /// The relation to the applicant, by GB/T 4761.
    relation: Option<String>,
    /// Facts about the member by name.
    facts: Option<BTreeMap<String, Value>>,
    /// Lists under the member by name.
    entities: Option<BTreeMap<String, Value>>,
}
