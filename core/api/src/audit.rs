//! `/v1/audit`: what anyone may see of the audit logs: leaves, proofs, and the signed checkpoint, hashes and ids alone; and the
//! opening of a leaf, for whoever may see its content.

pub mod checkpoint;
pub mod growth;
pub mod leaves;
pub mod opening;
pub mod proof;
