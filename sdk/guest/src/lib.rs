//! What the author of a Rust plugin imports.
//!
//! `plugin!` reads `plugin.toml`, the fact catalogue and the parameter files and writes `mod view`: typed rows instead
//! of columns. A rule is an ordinary function over them. It says what it knows through the setters of `Results` and why
//! through `trace`; what it does not know travels as [`Known`](prelude::Known).
//!
//! ```text
//! mod rules;
//! nuan_sdk::plugin! { manifest: "plugin.toml", household: crate::rules::household }
//! ```
//!
//! ```text
//! use nuan_sdk::prelude::*;
//! use crate::view::{Home, Results, output};
//!
//! pub fn household(home: &Home<'_>, out: &mut Results, trace: &mut impl Trace) {
//!     out.dibao_amount(home, shortfall(home, trace));
//! }
//! ```
//!
//! Names in `view`: a fact loses its entity (`member.age_years` is `member.age_years()`, `household.local_hukou` is
//! `home.local_hukou()`), every other name keeps all its words (`record.dibao.since` is `home.record_dibao_since()`).
//! A list is the plural of its entity (`home.vehicles()`, `member.monthly_wages()`). A household is a `Home`, every other
//! row is called like its entity (`Member`, `MonthlyWage`; a dwelling, `home`, is a `HomeRow`). The type of a code is
//! named after its code list, or after the whole name of a parameter that brings its own codes (`benefit.rounding` is a
//! `BenefitRounding`). A code is a variant: `junior_secondary` is `JuniorSecondary`, `01` is `Code01`, and `self`, which
//! Rust keeps for itself, is `Self_`.

pub mod cells;
pub mod frame;
pub mod list;
pub mod prelude;
pub mod results;
pub mod rules;
pub mod trace;

#[cfg(target_arch = "wasm32")]
mod adapter;
#[cfg(target_arch = "wasm32")]
#[expect(missing_docs, reason = "what is generated is documented in `sdk/wit`")]
pub mod bindings;
#[cfg(target_arch = "wasm32")]
mod boundary;

pub use nuan_sdk_macros::plugin;
pub use nuan_vocabulary as vocabulary;
pub use rules::Rules;

/// Makes a [`Rules`] type the component's export. `plugin!` calls it.
#[cfg(target_arch = "wasm32")]
#[macro_export]
macro_rules! export {
    ($plugin:ident) => {
        $crate::bindings::export_rules!($plugin with_types_in $crate::bindings);
    };
}

/// Makes a [`Rules`] type the component's export; outside a component there is nothing to do. `plugin!` calls it.
#[cfg(not(target_arch = "wasm32"))]
#[macro_export]
macro_rules! export {
    ($plugin:ident) => {};
}
