//! `plugin!`: reads `plugin.toml`, the fact catalogue and the parameter files of a Rust plugin, and writes the typed
//! view over its columns. Authors import it from `nuan-sdk`, which describes what comes out.

mod arguments;
mod codes;
mod expand;
mod names;
mod read;
mod results;
mod view;

use std::path::Path;

use proc_macro::TokenStream;

/// Writes `mod view`, `struct Plugin` and the component's export.
///
/// `manifest` names `plugin.toml` from the folder of the crate; `parameters/` lies beside it. `household` is the rule:
/// a function of one household, its results and its trace.
#[proc_macro]
pub fn plugin(input: TokenStream) -> TokenStream {
    let arguments = syn::parse_macro_input!(input as arguments::Arguments);
    let crate_folder = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let manifest = Path::new(&crate_folder).join(&arguments.manifest);
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue");
    let written =
        read::sources(&manifest, &catalogue).and_then(|sources| expand::plugin(&sources, &arguments.household));
    written.unwrap_or_else(|mistakes| expand::mistakes(&mistakes)).into()
}
