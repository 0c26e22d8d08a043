//! A household enters the register: its document is taken apart, every person and the household get a record and a key of
//! their own, and one leaf commits to all of it.

use jiff::Timestamp;
use nuan_domain::crypto::blind::BlindIndex;
use nuan_domain::identity::document_key::document_key;
use nuan_domain::identity::name_key::{TermKind, search_terms};
use nuan_domain::register::{self, PersonPart};
use nuan_store::determination as determination_store;
use nuan_store::household::{self as household_store, Household};
use nuan_store::membership::{self as membership_store, Membership};
use nuan_store::person::{self as person_store, Person};
use nuan_store::person_index::{self, Identity, Term};
use nuan_store::{StoreError, Transaction, key_store};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::{HouseholdId, PersonId};
use nuan_vocabulary::identity_document::IdentityDocument;
use nuan_vocabulary::person_name::PersonName;
use serde_json::Value;

use crate::actor::Actor;
use crate::data_keys::DataKey;
use crate::error::KernelError;
use crate::kernel::{Kernel, county_of};
use crate::log::Act;
use crate::parts::{Held, HeldPerson, Recorded};
use crate::surroundings::today;
use crate::writer::Writing;

/// Everything that one new household writes.
pub(crate) struct Entry {
    /// The data keys; durable before the rest.
    pub keys: Vec<key_store::DataKey>,
    /// The household as it will be held.
    pub held: Held,
    /// The leaf.
    pub act: Act,
    rows: EntryRows,
}

/// The rows of one or many entries.
#[derive(Default)]
pub(crate) struct EntryRows {
    pub households: Vec<Household>,
    pub documents: Vec<household_store::HouseholdDocument>,
    pub persons: Vec<Person>,
    pub person_documents: Vec<person_store::PersonDocument>,
    pub memberships: Vec<Membership>,
    pub identities: Vec<Identity>,
    pub terms: Vec<Term>,
    pub determinations: Vec<determination_store::Determination>,
}

impl EntryRows {
    /// Adds the rows of another entry.
    pub fn add(&mut self, mut other: Self) {
        self.households.append(&mut other.households);
        self.documents.append(&mut other.documents);
        self.persons.append(&mut other.persons);
        self.person_documents.append(&mut other.person_documents);
        self.memberships.append(&mut other.memberships);
        self.identities.append(&mut other.identities);
        self.terms.append(&mut other.terms);
        self.determinations.append(&mut other.determinations);
    }

    /// Claims the document numbers, and leaves the rest to the writer, which inserts the rows of all acts together. A number
    /// that somebody else has refuses the act.
    pub async fn enter(mut self, writing: &mut Writing) -> Result<(), KernelError> {
        for identity in std::mem::take(&mut self.identities) {
            if let Some(known) = person_index::claim_identity(&mut writing.transaction, &identity).await? {
                return Err(KernelError::PersonKnown { person: known.person_id });
            }
        }
        writing.enter(self);
        Ok(())
    }

    /// Inserts everything but document numbers, table by table.
    pub async fn insert(&self, transaction: &mut Transaction) -> Result<(), StoreError> {
        household_store::insert_households(transaction, &self.households).await?;
        household_store::insert_documents(transaction, &self.documents).await?;
        person_store::insert_persons(transaction, &self.persons).await?;
        person_store::insert_person_documents(transaction, &self.person_documents).await?;
        membership_store::insert_memberships(transaction, &self.memberships).await?;
        person_index::insert_terms(transaction, &self.terms).await?;
        determination_store::insert_determinations(transaction, &self.determinations).await
    }

    /// How many rows there are of each kind, so that those of an act that was refused can be taken back.
    pub fn lengths(&self) -> [usize; 7] {
        [
            self.households.len(),
            self.documents.len(),
            self.persons.len(),
            self.person_documents.len(),
            self.memberships.len(),
            self.terms.len(),
            self.determinations.len(),
        ]
    }

    /// Takes back the rows beyond these lengths.
    pub fn truncate(&mut self, lengths: [usize; 7]) {
        let [households, documents, persons, person_documents, memberships, terms, determinations] = lengths;
        self.households.truncate(households);
        self.documents.truncate(documents);
        self.persons.truncate(persons);
        self.person_documents.truncate(person_documents);
        self.memberships.truncate(memberships);
        self.terms.truncate(terms);
        self.determinations.truncate(determinations);
    }
}

impl Entry {
    /// The rows, taken out for a batch.
    pub fn into_rows(self) -> EntryRows {
        self.rows
    }

    /// Whether document numbers are claimed, one of which may be somebody else's.
    pub fn claims_numbers(&self) -> bool {
        !self.rows.identities.is_empty()
    }

    /// Enters the household with its leaf.
    pub async fn enter(self, writing: &mut Writing) -> Result<(), KernelError> {
        self.rows.enter(writing).await?;
        writing.log(self.act);
        Ok(())
    }
}

impl Kernel {
    /// Draws ids and keys for a valid document, seals its parts, and prepares the leaf.
    pub(crate) fn entry(
        &self,
        actor: &Actor,
        document: &Value,
        division: DivisionCode,
        at: Timestamp,
    ) -> Result<Entry, KernelError> {
        let parts = register::split(document).ok_or(KernelError::Malformed)?;
        let county = county_of(division);
        let household = HouseholdId::from_uuid(self.new_uuid());
        let recorded = Recorded { household, county, at };
        let household_key = self.0.data_keys.draw()?;
        let (mut rows, mut keys) = (EntryRows::default(), Vec::from_iter(household_key.row));
        let mut persons = std::collections::BTreeMap::new();
        let mut listed = Vec::with_capacity(parts.members.len());
        for member in &parts.members {
            let person = PersonId::from_uuid(self.new_uuid());
            let key = self.0.data_keys.draw()?;
            let sealed = self.sealed_person(&key.key, person, 1, recorded, &member.person)?;
            rows.person_documents.push(sealed.row);
            rows.add_person(person, recorded, today(at), &member.person, &self.0.blind_index);
            persons.insert(person, HeldPerson { version: 1, key: key.key, part: member.person.clone() });
            keys.extend(key.row);
            listed.push((person, 1, sealed.commitment));
        }
        let part = parts.household_with(listed);
        let (row, commitment) = self.sealed_household(&household_key.key, 1, recorded, &part)?;
        rows.households.push(Household { id: household, county, division, created_at: at, ended_at: None });
        rows.documents.push(row.clone());
        let act = leaf("household.record", actor, recorded, format!("{household}#1"), commitment, &household_key.key);
        let held = Held { row, key: household_key.key, part, persons };
        Ok(Entry { keys, held, act, rows })
    }
}

impl EntryRows {
    /// A person's record, current membership, and what the person is found by.
    fn add_person(&mut self, person: PersonId, recorded: Recorded, on: Date, part: &PersonPart, index: &BlindIndex) {
        let Recorded { household, county, at } = recorded;
        self.persons.push(Person { id: person, county, created_at: at, merged_into: None });
        self.memberships.push(Membership {
            person_id: person,
            household_id: household,
            county,
            joined_on: on,
            left_on: None,
        });
        self.identities.extend(identity_token(part, index).map(|token| Identity {
            token: token.to_vec(),
            person_id: person,
            county,
        }));
        let term = |token: [u8; 16]| Term { county, token: token.to_vec(), person_id: person, household_id: household };
        self.terms.extend(name_tokens(part, county, index).into_iter().map(term));
    }
}

/// A leaf about a household.
pub(crate) fn leaf(
    act: &'static str,
    actor: &Actor,
    recorded: Recorded,
    subject: String,
    commitment: String,
    key: &DataKey,
) -> Act {
    let (county, at) = (recorded.county, recorded.at);
    Act { county, act, actor: actor.name().to_owned(), at, subject, commitment, key: key.id.to_string() }
}

/// What the person's identity document is found by; the same for 15 and 18 digits, and in every county.
pub(crate) fn identity_token(part: &PersonPart, index: &BlindIndex) -> Option<[u8; 16]> {
    let document: IdentityDocument = serde_json::from_value(part.document.clone()?).ok()?;
    Some(index.token("document", "", &document_key(&document)))
}

/// What the person's name is found by in a county.
pub(crate) fn name_tokens(part: &PersonPart, county: DivisionCode, index: &BlindIndex) -> Vec<[u8; 16]> {
    let name = part.name.clone().and_then(|name| PersonName::try_from(name).ok());
    let terms = name.map(|name| search_terms(&name)).unwrap_or_default();
    terms.iter().map(|(kind, term)| term_token(*kind, term, county, index)).collect()
}

/// The token of one search term.
pub(crate) fn term_token(kind: TermKind, term: &str, county: DivisionCode, index: &BlindIndex) -> [u8; 16] {
    index.token(kind.as_str(), &county.to_string(), term)
}
