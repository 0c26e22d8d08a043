//! By which document number and which names each person is found, against the person's newest part; and which record stands
//! for another, against the decision that says so.

use std::collections::{BTreeSet, HashMap};

use nuan_domain::crypto::blind::BlindIndex;
use nuan_domain::register::PersonPart;
use nuan_store::Transaction;
use nuan_store::indexed::{self, Indexed};
use nuan_store::membership::Membership;
use nuan_store::person::{self as person_store, Person, PersonDocument};
use nuan_store::person_index::{self, Identity, Term};
use nuan_store::person_match::{self as match_store, MatchState};
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::id::PersonId;

use super::{PAGE, Verification, Walk, count};
use crate::entry::{identity_token, name_tokens};
use crate::erasure::{merged_into, stands_for};
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::parts::opened_person;

const LOST: &str = "the person has no part";
const NUMBER: &str = "the person is not found by the document number of the newest part";
const OTHER_NUMBER: &str = "the person is found by a document number that no part states";
const NAMES: &str = "the person is found by other names, or in another place, than the newest part says";
const POINTS: &str = "the record points to another one, and no decision says so";

/// A person as the register has it.
struct Indexing {
    row: Person,
    identities: Vec<Identity>,
    terms: Vec<Term>,
    home: Option<Membership>,
}

impl Kernel {
    pub(super) async fn verify_persons(
        &self,
        transaction: &mut Transaction,
        walk: &Walk,
        met: &mut Indexed,
        seen: &mut Verification,
    ) -> Result<(), KernelError> {
        let mut after = None;
        loop {
            let page = person_store::persons_after(transaction, after, PAGE).await?;
            let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(()) };
            let (first, last) = (first.id, last.id);
            let documents = person_store::latest_person_documents(transaction, first, last).await?;
            let keys = self.openable(documents.iter().map(|document| document.sealed.key_id.as_str()), walk).await?;
            let mut documents: HashMap<PersonId, PersonDocument> =
                documents.into_iter().map(|document| (document.person_id, document)).collect();
            for person in indexing(transaction, page, met).await? {
                let subject = person.row.id.to_string();
                let Some(document) = documents.remove(&person.row.id) else {
                    seen.add(person.row.county, None, &subject, LOST);
                    continue;
                };
                // What was erased says nothing; what does not open was named with its leaf.
                let Ok(Some((_, part))) = opened_person(&document, &keys) else { continue };
                for what in self.wrong_with(transaction, &person, &part).await? {
                    seen.add(document.county, None, &subject, what);
                }
            }
            after = Some(last);
        }
    }

    async fn wrong_with(
        &self,
        transaction: &mut Transaction,
        person: &Indexing,
        part: &PersonPart,
    ) -> Result<Vec<&'static str>, KernelError> {
        let (id, mut wrong) = (person.row.id, Vec::new());
        if let Some(own) = identity_token(part, &self.0.blind_index)
            && !self.is_found_by(transaction, person, own).await?
        {
            wrong.push(NUMBER);
        }
        let Some(into) = person.row.merged_into else {
            if !self.are_all_stated(transaction, person, part).await? {
                wrong.push(OTHER_NUMBER);
            }
            if !are_its_names(person, part, &self.0.blind_index) {
                wrong.push(NAMES);
            }
            return Ok(wrong);
        };
        if !self.is_merged(transaction, id, into).await? {
            wrong.push(POINTS);
        }
        if !person.identities.is_empty() {
            wrong.push(OTHER_NUMBER);
        }
        if !person.terms.is_empty() {
            wrong.push(NAMES);
        }
        Ok(wrong)
    }

    /// Whether a number leads to the record that stands for the person. It may have been given up since: by a record that took
    /// it over in a merge and was identified anew later.
    async fn is_found_by(
        &self,
        transaction: &mut Transaction,
        person: &Indexing,
        token: [u8; 16],
    ) -> Result<bool, KernelError> {
        if person.identities.iter().any(|identity| identity.token == token) {
            return Ok(true);
        }
        let id = person.row.id;
        let stands = stands_for(transaction, id).await?;
        let owner = person_index::person_with(transaction, &token).await?;
        if stands != id && owner.is_some_and(|owner| owner.person_id == stands) {
            return Ok(true);
        }
        let mut linked = BTreeSet::from([stands]);
        for pair in match_store::matches_of_person(transaction, id).await? {
            if matches!(pair.state, MatchState::Merged | MatchState::Undone) {
                linked.extend([pair.person_a, pair.person_b]);
            }
        }
        linked.remove(&id);
        for other in linked {
            let given_up = self.newest_part(transaction, other).await?.map(|part| given_up(&part, &self.0.blind_index));
            if given_up.is_some_and(|given_up| given_up.contains(&token)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether every number by which the person is found is stated: by its own part, or by that of a record that was merged
    /// into it.
    async fn are_all_stated(
        &self,
        transaction: &mut Transaction,
        person: &Indexing,
        part: &PersonPart,
    ) -> Result<bool, KernelError> {
        let index = &self.0.blind_index;
        let mut tokens: BTreeSet<&[u8]> = person.identities.iter().map(|identity| identity.token.as_slice()).collect();
        let mut stated = vec![part.clone()];
        let mut records = vec![person.row.id];
        loop {
            for token in stated.drain(..).filter_map(|part| identity_token(&part, index)) {
                tokens.remove(token.as_slice());
            }
            if tokens.is_empty() {
                return Ok(true);
            }
            let Some(record) = records.pop() else { return Ok(false) };
            for merged in merged_into(transaction, record).await? {
                stated.extend(self.newest_part(transaction, merged).await?);
                records.push(merged);
            }
            if records.is_empty() && stated.is_empty() {
                return Ok(false);
            }
        }
    }

    /// Whether a decision that has not been undone says that the one record stands for the other. One that was erased says
    /// nothing any more.
    async fn is_merged(
        &self,
        transaction: &mut Transaction,
        other: PersonId,
        kept: PersonId,
    ) -> Result<bool, KernelError> {
        for pair in match_store::matches_of_person(transaction, other).await? {
            let is_pair = [pair.person_a, pair.person_b].contains(&kept);
            if is_pair && pair.state == MatchState::Merged {
                return match self.merge_of(&pair).await {
                    Ok(merge) => Ok(merge.is_some_and(|pair| pair == (kept, other))),
                    Err(KernelError::Erased | KernelError::CannotOpen { .. }) => Ok(true),
                    Err(error) => Err(error),
                };
            }
        }
        Ok(false)
    }

    async fn newest_part(
        &self,
        transaction: &mut Transaction,
        id: PersonId,
    ) -> Result<Option<PersonPart>, KernelError> {
        let Some(document) = person_store::latest_person_document(transaction, id).await? else { return Ok(None) };
        match self.0.data_keys.find([document.sealed.key_id.as_str()]).await {
            Ok(keys) => Ok(opened_person(&document, &keys).ok().flatten().map(|(_, part)| part)),
            Err(KernelError::CannotOpen { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What is indexed of each person of a page.
async fn indexing(
    transaction: &mut Transaction,
    page: Vec<Person>,
    met: &mut Indexed,
) -> Result<Vec<Indexing>, KernelError> {
    let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(Vec::new()) };
    let (first, last) = (first.id, last.id);
    let mut identities: HashMap<PersonId, Vec<Identity>> = HashMap::new();
    for row in indexed::identities_of_persons(transaction, first, last).await? {
        identities.entry(row.person_id).or_default().push(row);
    }
    let mut terms: HashMap<PersonId, Vec<Term>> = HashMap::new();
    for row in indexed::terms_of_persons(transaction, first, last).await? {
        terms.entry(row.person_id).or_default().push(row);
    }
    let homes = indexed::current_memberships_of_persons(transaction, first, last).await?;
    let mut homes: HashMap<PersonId, Membership> = homes.into_iter().map(|row| (row.person_id, row)).collect();
    let mut persons = Vec::with_capacity(page.len());
    for row in page {
        let identities = identities.remove(&row.id).unwrap_or_default();
        let terms = terms.remove(&row.id).unwrap_or_default();
        met.identities += count(&identities);
        met.terms += count(&terms);
        persons.push(Indexing { identities, terms, home: homes.remove(&row.id), row });
    }
    Ok(persons)
}

/// Whether the person is found by the names of the part where it belongs now; by earlier ones, and by those of a record that
/// was merged into it, it may be. Somebody who belongs to no household is found where the last one was.
fn are_its_names(person: &Indexing, part: &PersonPart, index: &BlindIndex) -> bool {
    let indexed_in = person.terms.first().map(|term| term.county);
    let county = person.home.as_ref().map(|home| home.county).or(indexed_in).unwrap_or(person.row.county);
    let household = person.home.as_ref().map(|home| home.household_id);
    let is_there =
        |term: &Term| term.county == county && household.is_none_or(|household| household == term.household_id);
    let tokens: BTreeSet<&[u8]> = person.terms.iter().map(|term| term.token.as_slice()).collect();
    let names = name_tokens(part, county, index);
    let former = former_names(part, county, index);
    let may_be = |token: &&[u8]| names.iter().chain(&former).any(|name| name.as_slice() == *token);
    person.terms.iter().all(is_there)
        && names.iter().all(|name| tokens.contains(name.as_slice()))
        && tokens.iter().all(may_be)
}

fn former_names(part: &PersonPart, county: DivisionCode, index: &BlindIndex) -> Vec<[u8; 16]> {
    let named = |name: &Option<String>| PersonPart { name: name.clone(), ..PersonPart::default() };
    part.former.iter().flat_map(|former| name_tokens(&named(&former.name), county, index)).collect()
}

/// The numbers by which the person was known once and is not any more. A merge keeps what the other record states behind what
/// it replaces, of the same instant; that was never current.
fn given_up(part: &PersonPart, index: &BlindIndex) -> Vec<[u8; 16]> {
    let instants = std::iter::once(None).chain(part.former.iter().map(|former| Some(former.until_known)));
    let current = part.former.iter().zip(instants).filter(|(former, before)| *before != Some(former.until_known));
    let stated =
        |document: &Option<serde_json::Value>| PersonPart { document: document.clone(), ..PersonPart::default() };
    current.filter_map(|(former, _)| identity_token(&stated(&former.document), index)).collect()
}
