//! The setters of the view: one method an output.

use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::naming;
use nuan_vocabulary::resolved::ResolvedOutput;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::names::{self, Scope};
use crate::view::{View, count, shown};

/// Names that two outputs would share.
pub fn collisions(outputs: &[ResolvedOutput]) -> Vec<Diagnostic> {
    let mut methods = Scope::with(&["of", "finish"]);
    outputs.iter().filter_map(|output| methods.take(&naming::snake(&output.name), &output.name)).collect()
}

/// `struct Results` and `mod output`.
pub fn tokens(view: &View<'_>) -> TokenStream {
    let outputs = || view.sources.resolved.outputs.iter().enumerate();
    let (mut fields, mut empty) = (TokenStream::new(), TokenStream::new());
    let (mut finish, mut names) = (TokenStream::new(), TokenStream::new());
    for (number, output) in outputs() {
        let (field, rows) = (format_ident!("output_{number}"), format_ident!("rows_{}", output.level));
        let (name, level, number) = (&output.name, output.level, count(number));
        let cells = match view.carried(output.value_type, name) {
            Some(carried) => quote! { ::nuan_sdk::results::OutputCells<#carried> },
            None => quote! { ::nuan_sdk::results::OutputTexts },
        };
        fields.extend(quote! { #field: #cells, });
        empty.extend(quote! { #field: <#cells>::new(columns.#rows), });
        let id = quote! { ::nuan_sdk::results::OutputId { number: #number, name: #name } };
        finish.extend(quote! { self.#field.finish(#id, &mut outputs); });
        let (constant, doc) = (names::ident(&names::constant(name)), doc(view, name));
        names.extend(quote! {
            #[doc = #doc]
            pub const #constant: ::nuan_sdk::trace::Output<#level> = ::nuan_sdk::trace::Output(#name);
        });
    }
    let setters = outputs().map(|(number, output)| setter(view, number, output));
    quote! {
        /// What the rule has found; a row that it never sets is unknown.
        pub struct Results { #fields }

        impl Results {
            /// No output is known yet.
            pub fn of(columns: &Columns<'_>) -> Self {
                Self { #empty }
            }

            #(#setters)*

            /// The columns, and why each unknown row is unknown.
            pub fn finish(self) -> ::nuan_sdk::vocabulary::columns::Outputs {
                let mut outputs = ::nuan_sdk::vocabulary::columns::Outputs::default();
                #finish
                outputs
            }
        }

        /// The outputs by name, for the steps of a trace.
        pub mod output { #names }
    }
}

fn setter(view: &View<'_>, number: usize, output: &ResolvedOutput) -> TokenStream {
    let (field, doc) = (format_ident!("output_{number}"), doc(view, &output.name));
    let method = names::ident(&naming::snake(&output.name));
    let level = view.sources.resolved.levels.iter().zip(0_u32..).find(|(_, level)| *level == output.level);
    let row = names::ident(&names::row_type(level.map_or("household", |(level, _)| level.entity.as_str())));
    let (value, stored) = match output.value_type {
        ValueType::Status => (quote! { bool }, quote! { value.map(::nuan_sdk::cells::Status) }),
        ValueType::Text => (quote! { ::std::string::String }, quote! { value }),
        _ => (view.carried(output.value_type, &output.name).unwrap_or_default(), quote! { value }),
    };
    quote! {
        #[doc = #doc]
        #[inline]
        pub fn #method(&mut self, at: &#row<'_>, value: ::nuan_sdk::vocabulary::known::Known<#value>) {
            self.#field.set(at.row, #stored);
        }
    }
}

fn doc(view: &View<'_>, name: &str) -> String {
    format!("`{name}`{}", shown(view.sources.manifest.outputs.get(name).map(|output| &output.title)))
}
