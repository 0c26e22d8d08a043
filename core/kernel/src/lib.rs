//! The use cases: one function an act. It authorizes, owns the transaction and writes the audit leaf.
//!
//! API and CLI call nothing else, so they cannot differ. Not here: HTTP, SQL, wasmtime, and any rule.

mod actor;
mod answer;
mod archive;
pub mod backup;
mod benefits;
mod body;
mod calculate;
mod changes;
mod checkpoints;
pub mod configuration;
mod create;
mod data_keys;
mod decisions;
mod determinations;
mod entitlements;
mod entry;
mod erasure;
mod error;
mod evaluate;
mod export;
mod halt;
mod households;
mod idempotency;
pub mod import;
mod imports;
mod installed;
mod job;
mod kernel;
mod keys;
mod law;
mod log;
mod masking;
mod matches;
mod messages;
mod openings;
mod parts;
mod persons;
mod places;
mod proofs;
mod readiness;
mod ready;
mod reasons;
mod reassess;
mod reference;
mod register;
mod replay;
mod search;
mod snapshot;
mod surroundings;
mod upkeep;
mod verify;
mod witness;
mod witness_key;
mod witness_memory;
mod witnessing;
mod writer;

pub use actor::{Actor, NotAName};
pub use benefits::AmountBody;
pub use body::{
    Created, DeterminationSummary, HouseholdBody, HouseholdSummary, MemberBody, Page, ParameterBody, PluginBenefitBody,
    PluginBody, PluginOutputBody,
};
pub use calculate::CalculationRequest;
pub use changes::{ChangeAction, ChangeDecision, ChangeRequestBody, DecidedChangeBody, OutputChange, Recomputed};
pub use checkpoints::Outside;
pub use decisions::{
    BenefitOutcome, DecidedBenefitBody, DecidedInstead, DecisionAction, DecisionBody, DecisionRequest,
};
pub use determinations::DeterminationRequest;
pub use entitlements::{
    Concern, ConcernBody, CorrectionBody, EndBody, EndRequest, EntitlementBody, EntitlementStanding,
};
pub use erasure::Erasure;
pub use error::{ErrorKind, KernelError};
pub use households::HouseholdMoment;
pub use idempotency::IdempotencyKey;
pub use imports::{ImportBody, ImportRequest, RefusedHousehold};
pub use installed::Installed;
pub use job::{Breakdown, Computed, Done, Job};
pub use kernel::{Kernel, Setup};
pub use keys::rotation::{Rotation, RotationRefused};
pub use keys::{KeyFileError, Keys};
pub use matches::{MatchAction, MatchBody, MatchDecision, MatchDecisionBody, MatchStanding, MatchesBody};
pub use openings::OpeningBody;
pub use persons::{PersonBody, PersonMembershipBody, PersonSummary};
pub use places::{Growth, LeafPlace, LeafSubject, NotAPlace};
pub use proofs::{CheckpointBody, ConsistencyBody, InclusionBody, LeafBody, ProofBody};
pub use readiness::Readiness;
pub use reassess::{
    BatchStored, LeftOut, Moved, Pace, ProgrammeChanges, ReassessmentBody, ReassessmentRequest, ReassessmentState,
    Spent,
};
pub use reference::Reference;
pub use replay::Replayed;
pub use search::{
    County, DocumentQuery, FoundPersons, HouseholdCursor, NameQuery, NoDocumentNumber, NotACounty, PersonSearch,
    ScopeTooWide, SearchBy, SearchScope,
};
pub use surroundings::{Shared, Surroundings};
pub use verify::{Finding, Verification};
pub use witness::{EvidenceBody, HeldBody, NotCosigned, Witness, watched_log, witness_evidence};
pub use witness_key::{new_witness_key, open_witness_key};
pub use witness_memory::{MemoryRefused, new_witness_memory, open_witness_memory, refuse_existing_memory};
pub use witnessing::{Asking, NoAnswer, RemoteWitness, WitnessStanding, WitnessState, Witnesses};
