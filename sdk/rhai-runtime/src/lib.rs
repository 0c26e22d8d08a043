//! Runs one Rhai script over batches of households: as the component of the world `script-runtime`, and natively as
//! [`Script`], which benchmarks and tests use.
//!
//! Not here: the host's checks, and any other language. No other crate knows Rhai.
//! INVARIANT: what a household gets depends on nothing but its own rows; a fault or an unknown value never counts as an
//! answer; nothing that a script writes can hold the component up longer than its budget.
//!
//! # What authors write
//!
//! One function for each entity that has outputs, named after it. It is called once for every row:
//!
//! ```rhai
//! fn household(home) {
//!     let children = home.members.count(|member| member.age_years < home.hangzhou_milk_age_limit);
//!     home.answer("hangzhou.milk.children", children, #{
//!         rule: "milk_allowance", cites: ["example-notice-2023-12#3"], says: "milk_children",
//!         arguments: #{ children: children },
//!     });
//! }
//! ```
//!
//! **Properties.** `household.x` is `x`; a fact of another entity drops the entity's name; records, outputs of other plugins
//! and parameters keep theirs, with underscores for dots. A list is the plural of its entity (`home.members`,
//! `member.monthly_wages`), the row above is the name of its entity (`member.household`), and every row has `as_of`.
//! Codes and text are texts, a status is `true` or `false`, none is `()`.
//!
//! **Money** is `yuan("60.00")` with `+`, `-`, `* whole number`, `min` and `max`. There is no `/`, which would round
//! without saying how: `amount.divide(12, "up_to_fen")`. Money times a ratio is unrounded: it can be added up and compared,
//! and is money again after `.round("up_to_fen")`. The roundings are `up_to_fen`, `up_to_jiao` and `up_to_yuan`, also from
//! a parameter. **Whole numbers** have `+`, `-`, `*`, `min`, `max`, `quotient(a, b)` (rounded down) and `remainder(a, b)`.
//!
//! **Dates**: `birth.age_years(home.as_of)`, `date.month()`, `month.first_day()`, differences in days and in months,
//! `month + 6`, `date("2024-01-01")`, `month("2024-01")`.
//!
//! **Lists and arrays**: `count`, `any`, `every`, `filter`, `first`, `map`, `sum` (money), `sum_int`, `min`, `max` with a
//! closure, the last four also with the name of a property, which is faster; `len`, `is_empty`; for arrays `push`,
//! `contains`, `sort`, `dedup`. **Settings** of the operator: `setting("name")`.
//!
//! # Unknown values
//!
//! What nobody has supplied is unknown, and so is everything computed from it; it remembers all that it lacks. `&&` and
//! `||` (also `both`, `either`, `not`) are settled by one known side; they always look at both. An aggregate is settled in
//! the same way. `choose(condition, a, b)` is unknown where the condition is. An `if` or a `for` over something unknown
//! ends the row: what it has not answered yet is undetermined and lacks the same. A comparison with none never holds.
//!
//! # Answers
//!
//! `row.answer(output, value, because)`, once for every output and row. The reason's `rule`, `cites` and `says` are written
//! out; `arguments` of the message and `uses` may follow. Without `uses` a reason names all inputs that the row has read so
//! far. `evaluate` leaves reasons out altogether: what stands in them costs nothing and cannot fail there.
//!
//! # What is not there
//!
//! `while`, `do`, `switch`, `try`, `throw`, `import`, `eval`, `/`, `%`, printing, decimal numbers, and every function that
//! is not named above. Mistakes that can be found before a run are found by [`Script::load`], with line and column.

mod aggregate;
mod answer;
mod array;
mod blank;
mod calculation;
#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "the generated bindings are written in it")]
mod component;
mod engine;
mod fault;
mod fit;
mod frame;
mod lint;
mod logic;
mod plan;
mod reason;
mod row;
mod run;
mod script;
mod surface;
mod syntax;
mod value;

pub use script::Script;
