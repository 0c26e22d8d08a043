//! The use cases: one function an act. It authorizes, owns the transaction and writes the audit leaf.
//!
//! API and CLI call nothing else, so they cannot differ. Not here: HTTP, SQL, wasmtime, and any rule.

mod actor;
mod answer;
mod archive;
mod body;
mod calculate;
mod create;
mod determinations;
mod documents;
mod error;
mod evaluate;
mod households;
mod idempotency;
mod installed;
mod job;
mod kernel;
mod law;
mod log;
mod messages;
mod protection;
mod ready;
mod reasons;
mod reference;
mod register;
mod replay;
mod snapshot;
mod surroundings;
mod verify;

pub use actor::Actor;
pub use body::{
    Created, DeterminationSummary, HouseholdBody, HouseholdSummary, Page, ParameterBody, PluginBody, PluginOutputBody,
};
pub use calculate::CalculationRequest;
pub use determinations::DeterminationRequest;
pub use error::{ErrorKind, KernelError};
pub use idempotency::IdempotencyKey;
pub use installed::Installed;
pub use job::{Breakdown, Computed, Done, Job};
pub use kernel::Kernel;
pub use protection::{Keys, ProtectionError};
pub use reference::Reference;
pub use replay::Replayed;
pub use surroundings::{Shared, Surroundings};
pub use verify::{Finding, Verification};
