//! What is shown of a household document unless somebody with a purpose asks for more: 张*, 3301**********1234.

use nuan_vocabulary::identity_document::IdentityDocument;
use nuan_vocabulary::person_name::PersonName;
use serde_json::Value;

/// What stands where nothing may be shown at all.
const HIDDEN: &str = "****";

/// The document with masked names and identity numbers.
pub fn masked(mut document: Value) -> Value {
    let members = document.get_mut("members").and_then(Value::as_array_mut);
    members.into_iter().flatten().for_each(mask_member);
    document
}

fn mask_member(member: &mut Value) {
    if let Some(name) = member.get_mut("name") {
        let parsed = name.as_str().and_then(|text| PersonName::try_from(text.to_owned()).ok());
        *name = parsed.map_or_else(|| HIDDEN.to_owned(), |name| name.masked()).into();
    }
    if let Some(document) = member.get_mut("document") {
        let parsed: Option<IdentityDocument> = serde_json::from_value(document.clone()).ok();
        let shown = parsed.map_or_else(|| HIDDEN.to_owned(), |document| document.masked());
        if let Some(number) = document.get_mut("number") {
            *number = shown.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_numbers_are_masked_and_nothing_else() {
        let document = json!({ "division": "330106", "members": [
            { "ref": "a", "name": "张三", "document": { "kind": "citizen_id", "number": "999999198001010011" } },
            { "ref": "b", "name": "\u{1}", "document": { "kind": "unheard-of", "number": "12345" } },
            { "ref": "c", "facts": { "member.birth_date": "1980-01-01" } },
        ]});
        let shown = masked(document.clone());
        assert_eq!(shown["members"][0]["name"], "张*");
        assert_eq!(shown["members"][0]["document"]["number"], "9999**********0011");
        assert_eq!(shown["members"][1]["name"], "****");
        assert_eq!(shown["members"][1]["document"]["number"], "****");
        assert_eq!(shown["members"][2], document["members"][2]);
        assert_eq!(shown["division"], document["division"]);
    }
}
