//! The component: the generated bindings of the world `script-runtime`, and one script for the life of the instance.
//!
//! Not here: anything about scripts. This module exists on wasm32 only; elsewhere a [`Script`] is used as it is.

mod bindings;
// The text is the SDK's; over these bindings its types are those of this world.
#[path = "../../guest/src/boundary.rs"]
mod boundary;

use std::cell::RefCell;

use nuan_vocabulary::diagnostic::Diagnostic;

use self::bindings::exports::nuan::plugin::{rules, script};
use self::bindings::nuan::plugin::types;
use crate::Script;
use crate::fault;

thread_local! {
    /// The script of this instance, with the manifest text that it was loaded with.
    static LOADED: RefCell<Option<(String, Script)>> = const { RefCell::new(None) };
}

struct Runtime;

impl script::Guest for Runtime {
    fn load(resolved_manifest: String, source: String) -> Result<(), Vec<types::Diagnostic>> {
        boundary::log_panics();
        let loaded = Script::load(&resolved_manifest, &source).map_err(boundary::diagnostics_out)?;
        LOADED.with_borrow_mut(|slot| *slot = Some((resolved_manifest, loaded)));
        Ok(())
    }
}

impl rules::Guest for Runtime {
    fn configure(resolved_manifest: String, settings: Vec<types::NamedValue>) -> Result<(), Vec<types::Diagnostic>> {
        LOADED.with_borrow(|slot| match slot {
            Some((manifest, script)) if *manifest == resolved_manifest => {
                script.configure(boundary::settings_in(settings));
                Ok(())
            }
            Some(_) => Err(refused("the script was loaded with another manifest")),
            None => Err(refused("no script is loaded")),
        })
    }

    fn evaluate(batch: types::Batch) -> Result<rules::Outputs, types::Failure> {
        with_script(|script| script.evaluate(boundary::batch_in(batch)).map(boundary::outputs_out))
    }

    fn explain(household: types::Batch) -> Result<Vec<rules::Step>, types::Failure> {
        with_script(|script| script.explain(boundary::batch_in(household)).map(boundary::steps_out))
    }
}

fn with_script<T>(
    work: impl FnOnce(&Script) -> Result<T, nuan_vocabulary::columns::Failure>,
) -> Result<T, types::Failure> {
    LOADED.with_borrow(|slot| match slot {
        Some((_, script)) => work(script).map_err(boundary::failure_out),
        None => {
            Err(types::Failure { code: fault::CODE.to_owned(), message: "no script is loaded".to_owned(), row: None })
        }
    })
}

fn refused(detail: &str) -> Vec<types::Diagnostic> {
    boundary::diagnostics_out(vec![Diagnostic::new("NU3207", fault::FILE, detail)])
}
