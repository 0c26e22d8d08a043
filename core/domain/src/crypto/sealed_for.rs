//! The row that a content is sealed for, as the associated bytes of its cipher.
//!
//! Not here: the sealing itself, and the database. Content that is moved to another row, version or key does not open there.
//! INVARIANT: two rows, or one row under two keys, never have the same associated bytes.

use super::length;

/// The row that a content is sealed for. Every column that lies open beside it is bound with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedFor {
    /// The table.
    pub table: &'static str,
    /// The row's id.
    pub id: String,
    /// The other columns, in a fixed order: the sealed column's name, the version, what else must not change.
    pub columns: Vec<String>,
}

impl SealedFor {
    /// Table, id, columns and the id of the key, each after its length in 8 bytes.
    pub fn associated(&self, key_id: &str) -> Vec<u8> {
        let columns = self.columns.iter().map(String::as_str);
        let parts = [self.table, &self.id].into_iter().chain(columns).chain([key_id]);
        parts.fold(Vec::with_capacity(256), |mut bytes, part| {
            bytes.extend(length(part.as_bytes()));
            bytes.extend(part.as_bytes());
            bytes
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{CipherError, CryptoSuite, open};
    use super::*;

    fn row(table: &'static str, id: &str, columns: &[&str]) -> SealedFor {
        SealedFor { table, id: id.to_owned(), columns: columns.iter().map(|column| (*column).to_owned()).collect() }
    }

    #[test]
    fn what_is_sealed_opens_in_its_own_row_only() {
        let home = row("household_part", "hh_1", &["330106", "2025-01-01"]);
        for suite in CryptoSuite::ALL {
            let sealed = suite.seal(&[9; 32], &[5; 12], &home.associated("k1"), b"content").unwrap();
            assert_eq!(open(&[9; 32], &home.associated("k1"), &sealed).unwrap(), b"content");
            for other in [
                row("household_part", "hh_2", &["330106", "2025-01-01"]).associated("k1"),
                row("determination", "hh_1", &["330106", "2025-01-01"]).associated("k1"),
                row("household_part", "hh_1", &["330106", "2025-01-02"]).associated("k1"),
                row("household_part", "hh_1", &["2025-01-01", "330106"]).associated("k1"),
                row("household_part", "hh_1", &["3301062025-01-01"]).associated("k1"),
                row("household_part", "hh_1", &["330106"]).associated("k1"),
                home.associated("k2"),
            ] {
                assert_eq!(open(&[9; 32], &other, &sealed), Err(CipherError::CannotOpen));
            }
        }
    }

    #[test]
    fn each_part_stands_after_its_length() {
        let expected = b"\0\0\0\0\0\0\0\x01t\0\0\0\0\0\0\0\x02id\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01k";
        assert_eq!(row("t", "id", &[""]).associated("k"), expected);
    }

    /// Few letters and short texts, so that rows which only look alike come up often.
    fn rows() -> impl Strategy<Value = (SealedFor, String)> {
        let columns = proptest::collection::vec("[ab]{0,2}", 0..3);
        let table = proptest::sample::select(vec!["a", "ab"]);
        (table, "[ab]{0,2}", columns, "[ab]{0,2}")
            .prop_map(|(table, id, columns, key)| (SealedFor { table, id, columns }, key))
    }

    proptest! {
        #[test]
        fn only_equal_rows_have_equal_bytes((one, one_key) in rows(), (two, two_key) in rows()) {
            let equal = one == two && one_key == two_key;
            prop_assert_eq!(one.associated(&one_key) == two.associated(&two_key), equal);
        }
    }
}
