//! Puts the parts together: the view, the plugin, the export, and the files that the build depends on.

use nuan_vocabulary::diagnostic::Diagnostic;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

use crate::codes::CodeTypes;
use crate::read::Sources;
use crate::results;
use crate::view::View;

/// What `plugin!` writes.
pub fn plugin(sources: &Sources, household: &Path) -> Result<TokenStream, Vec<Diagnostic>> {
    let view = View { sources, codes: CodeTypes::of(sources) };
    let mut mistakes = view.collisions();
    mistakes.extend(results::collisions(&sources.resolved.outputs));
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let resolved = serde_json_canonicalizer::to_string(&sources.resolved)
        .map_err(|error| vec![Diagnostic::new("NU3101", "plugin.toml", error.to_string())])?;
    let (rows, results, rules) = (view.tokens(), results::tokens(&view), rules(sources, household, &resolved));
    let files = sources.files.iter().map(|file| file.display().to_string());
    Ok(quote! {
        /// The facts, parameters and outputs of `plugin.toml` as typed rows; written by `plugin!`.
        pub mod view {
            #rows
            #results
        }
        #rules
        ::nuan_sdk::export!(Plugin);
        const _: &[&[u8]] = &[#(include_bytes!(#files)),*];
    })
}

fn rules(sources: &Sources, household: &Path, resolved: &str) -> TokenStream {
    let inputs = sources.resolved.input_names();
    let outputs = sources.resolved.outputs.iter().map(|output| output.name.as_str());
    quote! {
        /// The plugin, as the component, the testkit and benchmarks call it.
        #[derive(Clone, Copy, Debug)]
        pub struct Plugin;

        impl ::nuan_sdk::Rules for Plugin {
            fn resolved_manifest() -> &'static str {
                #resolved
            }

            fn evaluate(
                batch: &::nuan_sdk::vocabulary::columns::Batch,
            ) -> ::core::result::Result<
                ::nuan_sdk::vocabulary::columns::Outputs,
                ::nuan_sdk::vocabulary::columns::Failure,
            > {
                let columns = view::Columns::of(batch)?;
                let mut results = view::Results::of(&columns);
                for home in columns.households() {
                    #household(&home, &mut results, &mut ::nuan_sdk::trace::Silent);
                }
                ::core::result::Result::Ok(results.finish())
            }

            fn explain(
                household: &::nuan_sdk::vocabulary::columns::Batch,
            ) -> ::core::result::Result<
                ::std::vec::Vec<::nuan_sdk::vocabulary::reason::Step>,
                ::nuan_sdk::vocabulary::columns::Failure,
            > {
                let columns = view::Columns::of(household)?;
                let home = columns.households().only()?;
                let mut trace = ::nuan_sdk::trace::Record::new(&[#(#inputs),*], &[#(#outputs),*]);
                #household(&home, &mut view::Results::of(&columns), &mut trace);
                trace.into_steps()
            }
        }
    }
}

/// Every mistake as an error of the compiler.
pub fn mistakes(mistakes: &[Diagnostic]) -> TokenStream {
    let texts = mistakes.iter().map(Diagnostic::to_string);
    quote! { #(::core::compile_error! { #texts })* }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use nuan_vocabulary::resolved::{Names, resolve};

    use super::*;

    const CATALOGUE: &str = r#"
version: 1
entities:
  household: { title: { zh-CN: 家庭, en: Household } }
  member: { parent: household, title: { zh-CN: 成员, en: Member } }
facts:
  member.age_years:
    { entity: member, type: int, class: personal, title: { zh-CN: 年龄, en: Age }, sources: [], cites: [] }
  member.row: { entity: member, type: int, class: personal, title: { zh-CN: 行, en: Row }, sources: [], cites: [] }
  member.level:
    { entity: member, type: code, codes: level, class: personal, title: { zh-CN: 级, en: Level }, sources: [], cites: [] }
codes:
  level: { low_1: { zh-CN: 低, en: low }, low-1: { zh-CN: 低, en: low } }
"#;

    fn sources(inputs: &[&str]) -> Sources {
        let inputs: String = inputs.iter().map(|name| format!("\"{name}\" = \"why\"\n")).collect();
        let manifest = toml::from_str(&format!(
            r#"
            manifest_version = 1
            id = "cn.999900.small"
            version = "1.0.0"
            kind = "rules"
            runtime = "wasm"
            abi = "1"
            catalogue = "1"
            namespace = "small"
            title = {{ zh-CN = "小", en = "Small" }}
            legal_basis = []
            applies = {{ jurisdictions = ["999900"], effective = {{ from = "2024-01-01" }} }}
            [outputs."small.note"]
            entity = "member"
            type = "text"
            role = "index"
            title = {{ zh-CN = "注", en = "Note" }}
            cites = []
            [inputs]
            {inputs}"#
        ));
        let (manifest, catalogue) = (manifest.unwrap(), serde_saphyr::from_str(CATALOGUE).unwrap());
        let parameters = BTreeMap::new();
        let names = Names { catalogue: &catalogue, parameters: &parameters, outputs: &BTreeMap::new() };
        let resolved = resolve(&manifest, &names).unwrap();
        Sources { manifest, catalogue, parameters, resolved, files: Vec::new() }
    }

    fn expanded(inputs: &[&str]) -> Result<String, Vec<Diagnostic>> {
        plugin(&sources(inputs), &syn::parse_quote!(crate::rules::household)).map(|tokens| tokens.to_string())
    }

    #[test]
    fn the_view_is_a_rust_file() {
        let text = expanded(&["member.age_years"]).unwrap();
        assert!(syn::parse_file(&text).is_ok(), "{text}");
        assert!(text.contains("pub fn age_years") && text.contains("pub fn small_note"), "{text}");
    }

    #[test]
    fn names_that_meet_are_refused_together() {
        let mistakes = expanded(&["member.row", "member.level"]).unwrap_err();
        assert_eq!(mistakes.iter().map(|mistake| mistake.code.as_str()).collect::<Vec<_>>(), ["NU3110", "NU3110"]);
    }

    #[test]
    fn every_mistake_is_an_error_of_the_compiler() {
        let both = [
            Diagnostic::new("NU3101", "a.yaml:1:2", "no"),
            Diagnostic::new("NU3102", "/inputs/x", "no").with_hint("x?"),
        ];
        let text = mistakes(&both).to_string();
        assert!(text.contains("\"NU3101 a.yaml:1:2: no\"") && text.contains("\"NU3102 /inputs/x: no (x?)\""), "{text}");
    }
}
