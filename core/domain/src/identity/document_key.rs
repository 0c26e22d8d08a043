//! The text by which an identity document is found again: one document, one key.
//!
//! INVARIANT: numbers of different kinds never have the same key, and 15 and 18 digits of one citizen have one. The key is
//! the number in clear: it goes into a keyed hash and nowhere else.

use nuan_vocabulary::identity_document::IdentityDocument;

/// The kind, a colon and the number, for the blind index.
///
/// A citizen's number is in its eighteen-character form already. A home-return permit (回乡证) of the older form ends in
/// two digits that count its issues; they go, since the eight before them are the holder's for life.
pub fn document_key(document: &IdentityDocument) -> String {
    match document {
        IdentityDocument::CitizenId { number, .. } => format!("citizen_id:{}", number.reveal()),
        IdentityDocument::ResidencePermit { number, .. } => format!("residence_permit:{}", number.reveal()),
        IdentityDocument::ForeignPermanentResident { number, .. } => {
            format!("foreign_permanent_resident:{}", number.reveal())
        }
        IdentityDocument::TravelPermit { number, .. } => format!("travel_permit:{}", without_issue(number.reveal())),
    }
}

/// `H` or `M` and eight digits of `H9999990102`; the eight digits of a 台胞证 as they are.
fn without_issue(number: &str) -> &str {
    number.get(..9).unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: &str, number: &str) -> String {
        let json = serde_json::json!({ "kind": kind, "number": number });
        document_key(&serde_json::from_value(json).unwrap())
    }

    #[test]
    fn fifteen_and_eighteen_digits_are_one_person() {
        assert_eq!(key("citizen_id", "999999800101001"), key("citizen_id", "999999198001010011"));
        assert_eq!(key("citizen_id", "11010519491231002x"), key("citizen_id", "110105491231002"));
        assert_eq!(key("citizen_id", "999999198001010011"), "citizen_id:999999198001010011");
    }

    #[test]
    fn another_number_is_another_person() {
        assert_ne!(key("citizen_id", "999999800101001"), key("citizen_id", "999999197202290043"));
        assert_ne!(key("travel_permit", "H99999901"), key("travel_permit", "M99999901"));
        assert_ne!(key("travel_permit", "H99999901"), key("travel_permit", "99999901"));
        assert_ne!(key("travel_permit", "H9999990101"), key("travel_permit", "H9999990201"));
    }

    #[test]
    fn a_permit_issued_again_is_the_same_person() {
        assert_eq!(key("travel_permit", "H9999990101"), key("travel_permit", "H9999990102"));
        assert_eq!(key("travel_permit", "H9999990101"), key("travel_permit", "H99999901"));
    }

    #[test]
    fn each_kind_has_its_prefix_as_the_document_writes_it() {
        for (kind, number) in [
            ("citizen_id", "999999198001010011"),
            ("residence_permit", "810000199001010019"),
            ("foreign_permanent_resident", "911840198503150016"),
            ("foreign_permanent_resident", "USA110085031501"),
            ("travel_permit", "99999901"),
        ] {
            assert_eq!(key(kind, number), format!("{kind}:{number}"));
        }
    }
}
