//! The rows of the view: one type an entity, one method a column.

use nuan_vocabulary::catalogue::ValueType;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::naming;
use nuan_vocabulary::resolved::{ResolvedColumn, ResolvedLevel};
use nuan_vocabulary::text::Bilingual;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::codes::CodeTypes;
use crate::names::{self, Scope};
use crate::read::Sources;

/// Writes the view's rows and columns.
pub struct View<'a> {
    /// What was read.
    pub sources: &'a Sources,
    /// The types of all codes.
    pub codes: CodeTypes<'a>,
}

/// A level with its number and the number of its first column as absences count them.
struct Placed<'a> {
    number: u32,
    first_input: u32,
    level: &'a ResolvedLevel,
}

impl<'a> View<'a> {
    fn levels(&self) -> impl Iterator<Item = Placed<'a>> {
        let mut first_input = 0;
        (0_u32..).zip(&self.sources.resolved.levels).map(move |(number, level)| {
            let placed = Placed { number, first_input, level };
            first_input += count(level.columns.len());
            placed
        })
    }

    fn children(&self, parent: u32) -> impl Iterator<Item = Placed<'a>> {
        self.levels().filter(move |placed| placed.level.parent == Some(parent))
    }

    /// Names that two things of the view would share.
    pub fn collisions(&self) -> Vec<Diagnostic> {
        let mut mistakes = Vec::new();
        let mut types = Scope::with(&["Columns", "Results"]);
        for placed in self.levels() {
            let entity = &placed.level.entity;
            mistakes.extend(types.take(&names::row_type(entity), entity));
            let mut methods = Scope::with(&["row", "index", "as_of"]);
            let children =
                self.children(placed.number).map(|child| (naming::plural(&child.level.entity), &child.level.entity));
            let columns = placed.level.columns.iter().map(|column| (naming::property(entity, column), &column.name));
            mistakes.extend(children.chain(columns).filter_map(|(method, name)| methods.take(&method, name)));
        }
        mistakes.extend(self.codes.names().filter_map(|name| types.take(name, name)));
        mistakes.extend(self.codes.collisions());
        mistakes
    }

    /// `struct Columns` and every row type.
    pub fn tokens(&self) -> TokenStream {
        let (columns, codes) = (self.columns(), self.codes.tokens());
        let rows = self.levels().map(|placed| self.row(&placed));
        quote! { #columns #(#rows)* #codes }
    }

    fn columns(&self) -> TokenStream {
        let mut fields = TokenStream::new();
        let mut reads = TokenStream::new();
        for Placed { number, first_input, level } in self.levels() {
            let (rows, list, place) =
                (format_ident!("rows_{number}"), format_ident!("list_{number}"), to_index(number));
            fields.extend(quote! { #rows: u32, });
            reads.extend(quote! { #rows: frame.rows(#place), });
            if number > 0 {
                fields.extend(quote! { #list: ::nuan_sdk::list::List<'a>, });
                reads.extend(quote! { #list: frame.list(#place), });
            }
            for (index, column) in level.columns.iter().enumerate() {
                let (field, optional) = (field(first_input + count(index)), column.optional);
                let (cells, read) = match self.carried(column.value_type, &column.name) {
                    Some(carried) => (quote! { ::nuan_sdk::cells::Cells<'a, #carried> }, quote! { cells }),
                    None => (quote! { ::nuan_sdk::cells::TextCells<'a> }, quote! { texts }),
                };
                fields.extend(quote! { #field: #cells, });
                reads.extend(quote! { #field: frame.#read(#place, #index, #optional)?, });
            }
        }
        let shapes = self.levels().map(|Placed { level, .. }| {
            let (parent, columns) = (level.parent.unwrap_or(0), level.columns.len());
            quote! { ::nuan_sdk::frame::LevelShape { parent: #parent, columns: #columns } }
        });
        quote! {
            /// The columns of a batch, held against the manifest once.
            pub struct Columns<'a> {
                as_of: ::nuan_sdk::vocabulary::date::Date,
                #fields
            }

            impl<'a> Columns<'a> {
                /// Holds a batch against the manifest that the plugin was built with.
                pub fn of(
                    batch: &'a ::nuan_sdk::vocabulary::columns::Batch,
                ) -> ::core::result::Result<Self, ::nuan_sdk::vocabulary::columns::Failure> {
                    let frame = ::nuan_sdk::frame::Frame::of(batch, &[#(#shapes),*])?;
                    ::core::result::Result::Ok(Self { as_of: frame.as_of(), #reads })
                }

                /// The households, in the order of the batch.
                pub fn households(&'a self) -> ::nuan_sdk::list::Rows<'a, Home<'a>> {
                    ::nuan_sdk::list::Rows::new(self, 0, self.rows_0)
                }
            }
        }
    }

    fn row(&self, placed: &Placed<'_>) -> TokenStream {
        let (number, entity) = (placed.number, placed.level.entity.as_str());
        let name = names::ident(&names::row_type(entity));
        let doc =
            format!("One `{entity}`{}", shown(self.sources.catalogue.entities.get(entity).map(|entity| &entity.title)));
        let lists = self.children(number).map(|child| self.list(&child));
        let accessors = (placed.first_input..)
            .zip(&placed.level.columns)
            .map(|(input, column)| self.accessor(input, column, entity));
        quote! {
            #[doc = #doc]
            #[derive(Clone, Copy)]
            pub struct #name<'a> {
                columns: &'a Columns<'a>,
                row: u32,
                index: u32,
            }

            impl<'a> ::nuan_sdk::list::Row<'a> for #name<'a> {
                type Columns = Columns<'a>;
                #[inline]
                fn new(columns: &'a Columns<'a>, row: u32, index: u32) -> Self {
                    Self { columns, row, index }
                }
            }

            impl ::nuan_sdk::list::At<#number> for #name<'_> {
                #[inline]
                fn row(&self) -> u32 {
                    self.row
                }
            }

            impl<'a> #name<'a> {
                /// Its number within the batch.
                #[inline]
                pub fn row(&self) -> u32 {
                    self.row
                }
                /// Its number within the list that it stands in, from 0.
                #[inline]
                pub fn index(&self) -> u32 {
                    self.index
                }
                /// The date of the law and of all ages.
                #[inline]
                pub fn as_of(&self) -> ::nuan_sdk::vocabulary::date::Date {
                    self.columns.as_of
                }
                #(#lists)*
                #(#accessors)*
            }
        }
    }

    fn list(&self, child: &Placed<'_>) -> TokenStream {
        let entity = &child.level.entity;
        let (method, row) = (names::ident(&naming::plural(entity)), names::ident(&names::row_type(entity)));
        let columns = count(self.sources.resolved.inputs().count());
        let (field, input) = (format_ident!("list_{}", child.number), columns + child.number);
        let doc = format!(
            "`{entity}`{}: a list that may be unknown as a whole.",
            shown(self.sources.catalogue.entities.get(entity).map(|entity| &entity.title))
        );
        quote! {
            #[doc = #doc]
            #[inline]
            pub fn #method(&self) -> ::nuan_sdk::vocabulary::known::Known<::nuan_sdk::list::Rows<'a, #row<'a>>> {
                self.columns.#field.of(self.columns, self.row, #input)
            }
        }
    }

    fn accessor(&self, input: u32, column: &ResolvedColumn, entity: &str) -> TokenStream {
        let (method, field) = (names::ident(&naming::property(entity, column)), field(input));
        let doc = format!("`{}`{}", column.name, shown(self.title(&column.name)));
        let value = match column.value_type {
            ValueType::Status => quote! { bool },
            ValueType::Text => quote! { &'a str },
            _ => self.carried(column.value_type, &column.name).unwrap_or_default(),
        };
        let (value, get) = if column.optional {
            (quote! { ::core::option::Option<#value> }, quote! { get_optional(self.row, #input) })
        } else {
            (value, quote! { get(self.row, #input) })
        };
        let plain = (column.value_type == ValueType::Status).then(|| quote! { .map(|status| status.0) });
        quote! {
            #[doc = #doc]
            #[inline]
            pub fn #method(&self) -> ::nuan_sdk::vocabulary::known::Known<#value> {
                self.columns.#field.#get #plain
            }
        }
    }

    fn title(&self, name: &str) -> Option<&Bilingual> {
        let fact = self.sources.catalogue.facts.get(name).map(|fact| &fact.title);
        let parameter = || self.sources.parameters.get(name).map(|parameter| &parameter.title);
        fact.or_else(parameter).or_else(|| self.sources.manifest.outputs.get(name).map(|output| &output.title))
    }

    /// The type that a column carries; `None` for text.
    pub fn carried(&self, value_type: ValueType, name: &str) -> Option<TokenStream> {
        Some(match value_type {
            ValueType::Flag => quote! { bool },
            ValueType::Int => quote! { i64 },
            ValueType::Money => quote! { ::nuan_sdk::vocabulary::fen::Fen },
            ValueType::Ratio => quote! { ::nuan_sdk::vocabulary::fen::Ratio },
            ValueType::Date => quote! { ::nuan_sdk::vocabulary::date::Date },
            ValueType::Month => quote! { ::nuan_sdk::vocabulary::date::Month },
            ValueType::Status => quote! { ::nuan_sdk::cells::Status },
            ValueType::Code => {
                let name = self.codes.name_of(name);
                quote! { #name }
            }
            ValueType::Text => return None,
        })
    }
}

fn field(input: u32) -> Ident {
    format_ident!("input_{input}")
}

/// `: 中文 / English`.
pub fn shown(title: Option<&Bilingual>) -> String {
    title.map(|title| format!(": {} / {}", title.zh_cn, title.en)).unwrap_or_default()
}

/// A length as columns and absences are counted.
pub fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn to_index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
