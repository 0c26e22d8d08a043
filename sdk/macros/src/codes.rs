//! Code lists as enums. A list of the catalogue gives its type the name; a list that a parameter or an output brings
//! itself takes that one's whole name, and where two bring the same codes the later name is an alias of the first.

use std::collections::{BTreeMap, BTreeSet};

use nuan_vocabulary::catalogue::{CodeList, ValueType};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::resolved::ColumnSource;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::names;
use crate::read::Sources;

/// The types of all codes of a plugin.
pub struct CodeTypes<'a> {
    sources: &'a Sources,
    enums: BTreeMap<String, &'a [String]>,
    aliases: BTreeMap<String, String>,
    doubles: Vec<String>,
}

impl<'a> CodeTypes<'a> {
    /// Finds every code list in use.
    pub fn of(sources: &'a Sources) -> Self {
        let mut types = Self { sources, enums: BTreeMap::new(), aliases: BTreeMap::new(), doubles: Vec::new() };
        let mut own: Vec<(String, &'a [String])> = Vec::new();
        let inputs = sources.resolved.inputs().map(|(_, column)| (&column.name, column.value_type, &column.codes));
        let outputs = sources.resolved.outputs.iter().map(|output| (&output.name, output.value_type, &output.codes));
        for (name, _, codes) in inputs.chain(outputs).filter(|(_, value_type, _)| *value_type == ValueType::Code) {
            match types.list(name) {
                Some(list) => types.add(names::type_name(list), codes),
                None => own.push((names::type_name(name), codes)),
            }
        }
        own.sort();
        let mut first: BTreeMap<&[String], String> = BTreeMap::new();
        for (name, codes) in own {
            if let Some(same) = first.get(codes) {
                types.aliases.insert(name, same.clone());
            } else {
                first.insert(codes, name.clone());
                types.add(name, codes);
            }
        }
        types
    }

    fn add(&mut self, name: String, codes: &'a [String]) {
        if self.enums.insert(name.clone(), codes).is_some_and(|others| others != codes) {
            self.doubles.push(name);
        }
    }

    /// The catalogue's code list of a fact or of one of the plugin's outputs.
    fn list(&self, name: &str) -> Option<&'a str> {
        let sources = self.sources;
        let of_fact = || sources.catalogue.facts.get(name).and_then(|fact| fact.codes.as_deref());
        let of_output = || sources.manifest.outputs.get(name).and_then(|output| output.codes.as_deref());
        let is_parameter =
            sources.resolved.inputs().any(|(_, column)| column.name == name && column.from == ColumnSource::Parameter);
        if is_parameter { None } else { of_fact().or_else(of_output) }
    }

    /// The type of a fact, parameter or output.
    pub fn name_of(&self, name: &str) -> Ident {
        names::ident(&names::type_name(self.list(name).unwrap_or(name)))
    }

    /// The names of all types.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.enums.keys().chain(self.aliases.keys())
    }

    /// Lists, or codes of one list, that would be called the same.
    pub fn collisions(&self) -> Vec<Diagnostic> {
        let lists = self.doubles.iter().map(|name| format!("two code lists would both be called `{name}` in the view"));
        let codes = self.enums.iter().filter_map(|(name, codes)| {
            let variants: BTreeSet<String> = codes.iter().map(|code| names::variant(code)).collect();
            (variants.len() < codes.len())
                .then(|| format!("two codes of `{name}` would be called the same in the view"))
        });
        lists
            .chain(codes)
            .map(|detail| Diagnostic::new("NU3110", "plugin.toml", detail).with_hint("rename one of them"))
            .collect()
    }

    /// The enums and aliases.
    pub fn tokens(&self) -> TokenStream {
        let enums = self.enums.iter().map(|(name, codes)| self.code_enum(name, codes));
        let aliases = self.aliases.iter().map(|(alias, name)| {
            let (alias, name) = (names::ident(alias), names::ident(name));
            quote! {
                /// The same codes under another name.
                pub type #alias = #name;
            }
        });
        quote! { #(#enums)* #(#aliases)* }
    }

    fn code_enum(&self, type_name: &str, codes: &[String]) -> TokenStream {
        let name = names::ident(type_name);
        let lists = &self.sources.catalogue.codes;
        let list = lists.iter().find(|(list, _)| names::type_name(list) == type_name).map(|(_, titles)| titles);
        let variants: Vec<Ident> = codes.iter().map(|code| names::ident(&names::variant(code))).collect();
        let titles = codes.iter().map(|code| title(code, list));
        let numbers = (0_u32..).zip(&variants).skip(1).map(|(number, variant)| quote! { #number => Self::#variant, });
        let (count, length) = (u32::try_from(codes.len()).unwrap_or(u32::MAX), codes.len());
        let first = variants.first();
        let doc = format!("The codes `{}`.", codes.join("`, `"));
        quote! {
            #[doc = #doc]
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
            pub enum #name { #(#[doc = #titles] #variants,)* }

            impl #name {
                /// All codes, in column order.
                pub const ALL: [Self; #length] = [#(Self::#variants,)*];

                /// The code as documents write it.
                pub const fn name(self) -> &'static str {
                    match self { #(Self::#variants => #codes,)* }
                }
            }

            impl ::nuan_sdk::cells::Carried for #name {
                type Stored = u32;
                #[inline]
                fn from_stored(stored: u32) -> Self {
                    match stored { #(#numbers)* _ => Self::#first }
                }
                #[inline]
                fn into_stored(self) -> u32 {
                    self as u32
                }
                #[inline]
                fn is_valid(stored: u32) -> bool {
                    stored < #count
                }
            }

            impl ::core::convert::From<#name> for ::nuan_sdk::vocabulary::reason::Value {
                fn from(code: #name) -> Self {
                    Self::Code(code as u32)
                }
            }
        }
    }
}

fn title(code: &str, list: Option<&CodeList>) -> String {
    match list.and_then(|titles| titles.get(code)) {
        Some(title) => format!("`{code}`: {} / {}", title.zh_cn, title.en),
        None => format!("`{code}`"),
    }
}
