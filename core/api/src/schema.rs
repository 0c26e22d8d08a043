//! Schemas as bodies are really read: a key may be left out, but it is never null.

use schemars::Schema;
use serde_json::Value;

/// Takes `null` out of every property of an object; for `#[schemars(transform = never_null)]`.
pub fn never_null(schema: &mut Schema) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(|properties| properties.values_mut()) {
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|name| name != "null");
        }
        let Some(Value::Array(choices)) = property.get_mut("anyOf") else { continue };
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let ([Value::Object(only)], Some(of)) = (&*choices.clone(), property.as_object_mut()) {
            of.remove("anyOf");
            of.extend(only.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_may_be_left_out_is_not_null() {
        let optional = json!({ "properties": {
            "a": { "type": ["string", "null"] },
            "b": { "anyOf": [{ "$ref": "#/x" }, { "type": "null" }], "description": "B." }
        } });
        let mut schema = Schema::try_from(optional).unwrap();
        never_null(&mut schema);
        let expected =
            json!({ "properties": { "a": { "type": ["string"] }, "b": { "$ref": "#/x", "description": "B." } } });
        assert_eq!(schema.to_value(), expected);
    }
}
