//! Who is who: the key of a document, the keys of a name, and how much two records speak for one person.
//!
//! Not here: the keyed hash over these keys (a blind index is the kernel's), and any merge: a machine proposes, a person
//! decides. INVARIANT: everything is a pure function of its arguments, so two installations find the same people.

pub mod document_key;
pub mod matching;
pub mod name_key;
