//! A secret of 32 bytes that does not print itself and is wiped when it is dropped.
//!
//! Not here: any use of it; and no comparison, since `==` on a secret tells by its time how much of it was right.

use std::fmt;

use sm2::elliptic_curve::zeroize::Zeroize;

use super::Key;

/// 32 secret bytes: a data key, a wrap key, a seed. Whoever reads them says so by [`Secret::expose`].
#[derive(Clone)]
pub struct Secret(Key);

impl Secret {
    /// Takes the bytes in. The caller's own copy is the caller's to wipe.
    pub const fn new(bytes: Key) -> Self {
        Self(bytes)
    }

    /// The bytes themselves, for a cipher, a keyed hash or a key file.
    pub const fn expose(&self) -> &Key {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_given_only_when_asked() {
        let secret = Secret::new([0xab; 32]);
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret([redacted]) Secret([redacted])");
        assert_eq!(secret.clone().expose(), &[0xab; 32]);
    }
}
