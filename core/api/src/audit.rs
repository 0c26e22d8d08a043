//! `/v1/audit`: what anyone may see of the audit logs: leaves, proofs, and the signed checkpoint. Hashes and ids alone.

pub mod checkpoint;
pub mod growth;
pub mod leaves;
pub mod proof;
