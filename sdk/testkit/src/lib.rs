//! Golden cases: what a caseworker would say of a household, read from `cases/*.yaml` and held against the rules.
//!
//! A case runs natively ([`Plugin::native`]) and in the sandbox ([`Plugin::open`]); both go through the machinery that
//! determines households. Properties stand beside the cases and are tried around each of their households. How cases are
//! written stands in `plugins/basic-living/cases/README.md`. This is *not* where anything is computed.
//!
//! INVARIANT: a case that does not say what it means is a mistake with file and line, never a case that passes.
//!
//! ```text
//! //! `tests/golden.rs` of a plugin in Rust, `harness = false`:
//! fn main() -> std::process::ExitCode {
//!     nuan_testkit::run_native::<my_plugin::Plugin>(env!("CARGO_MANIFEST_DIR"))
//! }
//! ```

mod folder;
mod mistakes;

mod case;
mod expect;
mod given;
mod parameters;

mod answers;
mod native;
mod plugin;
mod sandbox;

mod properties;
mod trials;

pub use answers::{Answers, Row, Told};
pub use case::{Case, CaseFile, Place, cases, files};
pub use expect::{Difference, Expectation, Expected, differences, expectations};
pub use folder::{components, plugin_folders, workspace};
pub use given::document;
pub use mistakes::Mistakes;
pub use parameters::override_parameters;
pub use plugin::Plugin;
pub use properties::Property;
pub use trials::{Kind, run_native, run_sandbox, trials};
