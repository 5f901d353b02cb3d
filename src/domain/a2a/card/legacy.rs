//! A card that clients of 0.3 can read too: they want fields that 1.0 has under
//! other names, and know none of the new ones.

use a2a::{AgentCard, AgentInterface, SecurityScheme};
use serde_json::{Map, Value, json};

/// `card` as JSON, with what 0.3 calls its fields beside the others. Where none
/// of its interfaces speak 0.3 it is as it was.
///
/// # Errors
///
/// A number in it has no JSON form.
pub fn with_legacy(card: &AgentCard) -> serde_json::Result<Value> {
    let mut json = serde_json::to_value(card)?;
    let interfaces = card.supported_interfaces.iter();
    let old: Vec<&AgentInterface> = interfaces
        .filter(|one| one.protocol_version == "0.3")
        .collect();
    let (Some(first), Some(members)) = (old.first(), json.as_object_mut()) else {
        return Ok(json);
    };
    let others = old
        .iter()
        .map(|one| json!({ "url": one.url, "transport": one.protocol_binding }));
    let extends = card.capabilities.extended_agent_card.unwrap_or(false);
    for (name, value) in [
        ("url", json!(first.url)),
        ("preferredTransport", json!(first.protocol_binding)),
        ("protocolVersion", json!("0.3.0")),
        ("additionalInterfaces", others.collect()),
        ("supportsAuthenticatedExtendedCard", json!(extends)),
    ] {
        members.insert(name.to_owned(), value);
    }
    add_security(members, card);
    Ok(json)
}

fn add_security(members: &mut Map<String, Value>, card: &AgentCard) {
    // A requirement is a bare map in 0.3, as it is in the type.
    members.insert("security".to_owned(), json!(card.security_requirements));
    let skills = members.get_mut("skills").and_then(Value::as_array_mut);
    for (json, skill) in skills.into_iter().flatten().zip(&card.skills) {
        if let Some(required) = &skill.security_requirements {
            json["security"] = json!(required);
        }
    }
    let schemes = members.get_mut("securitySchemes");
    let schemes = schemes.and_then(Value::as_object_mut);
    for (name, json) in schemes.into_iter().flatten() {
        let known = card.security_schemes.as_ref().and_then(|all| all.get(name));
        if let (Some(old), Some(json)) = (known.and_then(old_scheme), json.as_object_mut()) {
            json.extend(old);
        }
    }
}

/// The scheme as 0.3 writes it: `type` and the members, not a member by type.
fn old_scheme(scheme: &SecurityScheme) -> Option<Map<String, Value>> {
    let (kind, scheme) = match scheme {
        SecurityScheme::HttpAuth(scheme) => ("http", serde_json::to_value(scheme)),
        SecurityScheme::OpenIdConnect(scheme) => ("openIdConnect", serde_json::to_value(scheme)),
        // No card of ours has another.
        _ => return None,
    };
    let Ok(Value::Object(mut members)) = scheme else {
        return None;
    };
    members.insert("type".to_owned(), json!(kind));
    Some(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::a2a::card::{Place, fill};

    fn card(v03: bool) -> AgentCard {
        let place = Place {
            base: "http://gateway".to_owned(),
            grpc: None,
            v03,
            issuers: vec!["http://issuer/.well-known/openid-configuration".to_owned()],
        };
        let bare = json!({
            "name": "", "version": "1", "supportedInterfaces": [],
            "capabilities": { "extendedAgentCard": true },
        });
        let mut card: AgentCard = serde_json::from_value(bare).unwrap();
        fill(&mut card, "coder");
        card.supported_interfaces = place.interfaces("coder");
        card.security_schemes = Some(place.schemes());
        card.security_requirements = Some(place.requirements());
        card
    }

    #[test]
    fn old_clients_find_what_they_want_and_new_ones_lose_nothing() {
        let card = card(true);
        let json = with_legacy(&card).unwrap();
        assert_eq!(json["url"], "http://gateway/agents/coder");
        assert_eq!(json["preferredTransport"], "JSONRPC");
        assert_eq!(json["additionalInterfaces"][1]["transport"], "HTTP+JSON");
        assert_eq!(json["supportsAuthenticatedExtendedCard"], true);
        assert_eq!(json["security"][0], json!({ "bearer": ["tasks:run"] }));
        let bearer = &json["securitySchemes"]["bearer"];
        assert_eq!(bearer["type"], "http");
        assert_eq!(bearer["scheme"], bearer["httpAuthSecurityScheme"]["scheme"]);
        assert_eq!(serde_json::from_value::<AgentCard>(json).unwrap(), card);
    }

    #[test]
    fn without_old_interfaces_there_is_nothing_to_add() {
        let card = card(false);
        assert_eq!(
            with_legacy(&card).unwrap(),
            serde_json::to_value(&card).unwrap()
        );
    }
}
