//! All checks over the whole project: its shape, its words, its citations, and its promises end to end.

mod architecture;
mod batches;
mod citations;
mod codes;
mod hygiene;
mod languages;
mod replay;
mod words;
