//! A witness as flags name it: its key, and the address before it where the witness is to be asked.

use nuan_api::{HttpWitness, NotAWitness};
use nuan_domain::audit::note::NoteKey;

/// `https://…=<key>` or `<key>`.
#[derive(Clone, Debug)]
pub struct NamedWitness {
    address: Option<String>,
    key: NoteKey,
}

impl NamedWitness {
    /// Reads a flag.
    pub fn parse(text: &str) -> Result<Self, NotAWitness> {
        let (address, key) = match text.split_once('=') {
            Some((address, key)) if address.contains("://") => (Some(address.to_owned()), key),
            _ => (None, text),
        };
        Ok(Self { address, key: NoteKey::parse(key).map_err(NotAWitness::Key)? })
    }

    /// Its key.
    pub const fn key(&self) -> &NoteKey {
        &self.key
    }

    /// The witness at its address.
    pub fn remote(&self) -> Result<HttpWitness, NotAWitness> {
        let address = self.address.as_deref().ok_or_else(|| NotAWitness::Address(self.key.name().to_owned()))?;
        HttpWitness::new(address, self.key.clone())
    }
}

#[cfg(test)]
mod tests {
    use nuan_domain::audit::note::Kind;
    use nuan_domain::crypto::CryptoSuite;

    use super::*;

    #[test]
    fn an_address_may_stand_before_the_key() {
        let key = |kind| NoteKey::new("w.example", kind, CryptoSuite::GuoMi.signer(&[1; 32]).verifier()).unwrap();
        let key = key(Kind::Cosignature).to_string();
        assert!(key.ends_with('='), "the padding is no sign between the two: {key}");
        let named = NamedWitness::parse(&format!("https://w.example/a={key}")).unwrap();
        assert_eq!((named.address.as_deref(), named.key.to_string()), (Some("https://w.example/a"), key.clone()));
        let named = NamedWitness::parse(&key).unwrap();
        assert!(matches!(named.remote(), Err(NotAWitness::Address(_))));
        assert!(matches!(NamedWitness::parse("https://w.example"), Err(NotAWitness::Key(_))));
    }
}
