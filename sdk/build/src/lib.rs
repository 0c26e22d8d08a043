//! Finds or installs what Nuan needs to build and test itself, and turns guest crates into components.
//!
//! `nuan doctor` and `cargo xtask` share this crate, so that a machine is examined, mended and
//! explained in one way. It is *not* a build system: cargo decides what is out of date. It knows no plugin by name.
//!
//! INVARIANT: the bytes of a component depend on its sources, `Cargo.lock` and the compiler, and on nothing else: not on
//! the folder of the checkout, the registry it was fetched from, or the packages built beside it.

mod apt;
mod component;
mod doctor;
mod error;
mod guest;
mod postgres;
mod process;
mod progress;
mod tool;
mod toolchain;
mod workspace;

pub use component::{Component, componentize};
pub use doctor::{Finding, State, Subject, examine, repair};
pub use error::{Attempt, BuildError};
pub use guest::{build_all, build_guest, components_folder};
pub use postgres::{Postgres, TestCluster, ensure_postgres, find_postgres};
pub use process::spelled;
pub use progress::{Progress, Step};
pub use tool::{CURL, PYTHON, STRACE, Tool, ensure_tool};
pub use toolchain::{GUEST_TARGET, GuestToolchain, Route, debian_guest_target, ensure_guest_target, find_guest_target};
pub use workspace::{guest_packages, locate_workspace, target_folder};
