//! Nuan over HTTP: each handler extracts, makes one kernel call, and renders. Also the first page and the API explorer.
//!
//! This is *not* where anything is decided: what the API can do, the command line can do through the same kernel function.
//!
//! INVARIANT: only this machine is served until people can sign in; no body, name or amount ever reaches a log.

pub mod audit;
pub mod calculate;
pub mod catalogue;
pub mod changes;
pub mod created;
pub mod decisions;
mod description;
pub mod determinations;
pub mod document;
pub mod entitlements;
pub mod error;
mod explorer;
pub mod extract;
pub mod health;
pub mod households;
pub mod imports;
pub mod limits;
pub mod matches;
pub mod metrics;
mod middleware;
mod page;
pub mod parameters;
pub mod persons;
pub mod plugins;
pub mod problem;
pub mod reassessments;
mod router;
mod schema;
mod server;
mod witness;

pub use self::middleware::hide_panic_messages;
pub use self::router::{openapi, router};
pub use self::server::{ServeError, Server, serve, told_to_stop};
pub use self::witness::{HttpWitness, NotAWitness, WitnessServer, witness_router};
