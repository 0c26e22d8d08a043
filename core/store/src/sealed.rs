//! Bytes that the store keeps and cannot read.

use std::fmt;

/// An encrypted payload and the key that opens it. Which key that is, and how, only the kernel knows.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sealed {
    /// The key's id.
    pub key_id: String,
    /// The encrypted bytes.
    pub ciphertext: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes under key {})", self.ciphertext.len(), self.key_id)
    }
}
