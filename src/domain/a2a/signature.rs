//! What the signature of a card is over: section 8.4 of the specification.

use a2a::AgentCard;
use serde_json::Value;

use super::card::tidy;

/// The bytes that are signed: the card without its signatures as RFC 8785 writes
/// JSON. What is required stands there even when empty, what is unset or has its
/// default does not.
///
/// # Errors
///
/// A number in it has no JSON form.
pub fn canonical(card: &AgentCard) -> serde_json::Result<Vec<u8>> {
    let mut card = card.clone();
    card.signatures = None;
    tidy(&mut card);
    let mut json = serde_json::to_value(&card)?;
    let required = |of: &mut Value| of.get_mut("securityRequirements").map(drop_empty_lists);
    required(&mut json);
    let skills = json.get_mut("skills").and_then(Value::as_array_mut);
    for skill in skills.into_iter().flatten() {
        required(skill);
    }
    serde_json_canonicalizer::to_vec(&json)
}

/// A scheme that wants no scope has an empty list, which is a default.
fn drop_empty_lists(requirements: &mut Value) {
    for one in requirements.as_array_mut().into_iter().flatten() {
        let schemes = one.get_mut("schemes").and_then(Value::as_object_mut);
        for scopes in schemes.into_iter().flat_map(|schemes| schemes.values_mut()) {
            if let Some(scopes) = scopes.as_object_mut() {
                scopes.retain(|_, list| list.as_array().is_none_or(|list| !list.is_empty()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(card: Value) -> String {
        let card: AgentCard = serde_json::from_value(card).unwrap();
        String::from_utf8(canonical(&card).unwrap()).unwrap()
    }

    #[test]
    fn what_is_required_stays_and_other_defaults_go() {
        let card = json!({
            "name": "n", "description": "", "version": "1", "supportedInterfaces": [],
            "capabilities": {
                "streaming": false, "extensions": [{ "uri": "u", "description": "", "required": false }],
            },
            "defaultInputModes": [], "defaultOutputModes": [],
            "skills": [{
                "id": "i", "name": "n", "description": "", "tags": [], "examples": [],
                "securityRequirements": [{ "schemes": { "b": { "list": [] } } }],
            }],
            "securitySchemes": {}, "securityRequirements": [],
            "signatures": [{ "protected": "p", "signature": "s" }],
        });
        let expected = concat!(
            r#"{"capabilities":{"extensions":[{"uri":"u"}],"streaming":false},"#,
            r#""defaultInputModes":[],"defaultOutputModes":[],"description":"","name":"n","#,
            r#""skills":[{"description":"","id":"i","name":"n","#,
            r#""securityRequirements":[{"schemes":{"b":{}}}],"tags":[]}],"#,
            r#""supportedInterfaces":[],"version":"1"}"#
        );
        assert_eq!(text(card), expected);
    }
}
