//! What a card says of an agent: from the configuration, or from the agent's own
//! card, with our addresses and our ways to prove who calls.

use a2a::{AgentCapabilities, AgentCard, AgentExtension, AgentSkill};

use crate::{
    adapters::a2a::directory::Agent,
    config::{CardConfig, ExtensionConfig, SkillConfig},
    domain::a2a::card::{Place, fill, requires, tidy},
};

/// The card, unsigned. Skills that want a scope are on it where `holds` says so.
pub(super) fn card(
    place: &Place,
    agent: &Agent,
    theirs: Option<&AgentCard>,
    holds: impl Fn(&str) -> bool,
) -> AgentCard {
    let mut card = match theirs {
        Some(theirs) => merged(rewritten(theirs), agent, holds),
        None => configured(agent, holds),
    };
    card.supported_interfaces = place.interfaces(&agent.name);
    card.capabilities = capabilities(&agent.card, theirs);
    card.security_schemes = Some(place.schemes());
    card.security_requirements = Some(place.requirements());
    fill(&mut card, &agent.name);
    tidy(&mut card);
    card
}

/// What an agent says of itself, with what the configuration says of it: its
/// skills beside the agent's own and in the place of those of the same id, its
/// media types instead of the agent's.
fn merged(mut card: AgentCard, agent: &Agent, holds: impl Fn(&str) -> bool) -> AgentCard {
    let config = &agent.card;
    let ours = |id: &str| config.skills.iter().any(|skill| skill.id == id);
    card.skills.retain(|theirs| !ours(&theirs.id));
    card.skills.extend(shown(config, holds));
    for (theirs, ours) in [
        (&mut card.default_input_modes, &config.input_modes),
        (&mut card.default_output_modes, &config.output_modes),
    ] {
        if !ours.is_empty() {
            theirs.clone_from(ours);
        }
    }
    card
}

fn shown(config: &CardConfig, holds: impl Fn(&str) -> bool) -> impl Iterator<Item = AgentSkill> {
    let may_be = move |skill: &&SkillConfig| skill.scope.as_deref().is_none_or(&holds);
    config.skills.iter().filter(may_be).map(skill)
}

fn configured(agent: &Agent, holds: impl Fn(&str) -> bool) -> AgentCard {
    let config = &agent.card;
    AgentCard {
        name: agent.name.clone(),
        description: agent.description.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        default_input_modes: config.input_modes.clone(),
        default_output_modes: config.output_modes.clone(),
        skills: shown(config, holds).collect(),
        ..empty()
    }
}

/// What an agent says of itself, without what is true only of its own address.
fn rewritten(theirs: &AgentCard) -> AgentCard {
    let mut card = AgentCard {
        signatures: None,
        ..theirs.clone()
    };
    for link in [&mut card.documentation_url, &mut card.icon_url] {
        *link = link.take().filter(|url| !url.is_empty());
    }
    for skill in &mut card.skills {
        skill.security_requirements = None;
    }
    card
}

fn empty() -> AgentCard {
    AgentCard {
        name: String::new(),
        description: String::new(),
        version: String::new(),
        supported_interfaces: Vec::new(),
        capabilities: AgentCapabilities::default(),
        default_input_modes: Vec::new(),
        default_output_modes: Vec::new(),
        skills: Vec::new(),
        provider: None,
        documentation_url: None,
        icon_url: None,
        security_schemes: None,
        security_requirements: None,
        signatures: None,
    }
}

fn skill(config: &SkillConfig) -> AgentSkill {
    AgentSkill {
        id: config.id.clone(),
        name: config.name.clone(),
        description: config.description.clone(),
        tags: config.tags.clone(),
        examples: Some(config.examples.clone()),
        input_modes: None,
        output_modes: None,
        security_requirements: config.scope.as_deref().map(requires),
    }
}

/// Streams and webhooks come from our rows, whatever the agent can do; what it
/// extends, and whether some see more of it, is its own.
fn capabilities(config: &CardConfig, theirs: Option<&AgentCard>) -> AgentCapabilities {
    let own = theirs.map(|theirs| &theirs.capabilities);
    let extends = own.is_none_or(|own| own.extended_agent_card == Some(true));
    let mut extensions: Vec<_> = own
        .and_then(|own| own.extensions.clone())
        .unwrap_or_default();
    for ours in &config.extensions {
        if extensions.iter().all(|known| known.uri != ours.uri) {
            extensions.push(extension(ours));
        }
    }
    AgentCapabilities {
        streaming: Some(config.streaming),
        push_notifications: Some(config.push_notifications),
        extensions: Some(extensions),
        extended_agent_card: Some(config.extended_card && extends),
    }
}

fn extension(config: &ExtensionConfig) -> AgentExtension {
    AgentExtension {
        uri: config.uri.clone(),
        description: Some(config.description.clone()),
        required: Some(config.required),
        params: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::AgentKind;

    fn agent(card: CardConfig) -> Agent {
        Agent {
            name: "coder".to_owned(),
            kind: AgentKind::A2a,
            description: "Writes code.".to_owned(),
            card,
        }
    }

    fn place() -> Place {
        Place {
            base: "http://gateway".to_owned(),
            grpc: None,
            v03: false,
            issuers: Vec::new(),
        }
    }

    #[test]
    fn of_an_agents_own_card_all_passes_but_its_addresses_and_its_locks() {
        let theirs = json!({
            "name": "Coder", "description": "d", "version": "7", "iconUrl": "http://i",
            "documentationUrl": "", "provider": { "organization": "o", "url": "http://o" },
            "supportedInterfaces": [{
                "url": "http://hidden", "protocolBinding": "JSONRPC", "protocolVersion": "1.0",
            }],
            "capabilities": {
                "streaming": false, "pushNotifications": false,
                "extensions": [{ "uri": "urn:x", "required": true }],
            },
            "defaultInputModes": ["image/png"], "defaultOutputModes": ["text/plain"],
            "skills": [{
                "id": "s", "name": "s", "description": "s", "tags": ["t"],
                "securityRequirements": [{ "schemes": { "key": { "list": [] } } }],
            }],
            "securitySchemes": { "key": { "apiKeySecurityScheme": { "location": "header", "name": "k" } } },
            "signatures": [{ "protected": "p", "signature": "s" }],
        });
        let theirs: AgentCard = serde_json::from_value(theirs).unwrap();
        let agent = agent(CardConfig::default());
        let card = serde_json::to_value(card(&place(), &agent, Some(&theirs), |_| false)).unwrap();
        assert_eq!(card["name"], "Coder");
        assert_eq!(card["version"], "7");
        assert_eq!(card["iconUrl"], "http://i");
        assert_eq!(card["provider"]["organization"], "o");
        assert_eq!(card["defaultInputModes"], json!(["image/png"]));
        let capabilities = json!({
            "streaming": true, "pushNotifications": true, "extendedAgentCard": false,
            "extensions": [{ "uri": "urn:x", "required": true }],
        });
        assert_eq!(card["capabilities"], capabilities);
        let text = card.to_string();
        for gone in ["hidden", "apiKey", "signatures", "documentationUrl"] {
            assert!(!text.contains(gone), "{gone}");
        }
        assert!(card["skills"][0].get("securityRequirements").is_none());
    }

    #[test]
    fn a_skill_that_wants_a_scope_is_for_those_who_hold_it() {
        let skill = |id: &str, scope: Option<&str>| SkillConfig {
            id: id.to_owned(),
            name: id.to_owned(),
            description: String::new(),
            tags: Vec::new(),
            examples: Vec::new(),
            scope: scope.map(str::to_owned),
        };
        let agent = agent(CardConfig {
            skills: vec![skill("open", None), skill("closed", Some("admin"))],
            ..CardConfig::default()
        });
        let ids = |holds: &dyn Fn(&str) -> bool| {
            let skills = card(&place(), &agent, None, holds).skills;
            skills.into_iter().map(|one| one.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&|_| false), ["open"]);
        assert_eq!(ids(&|scope| scope == "admin"), ["open", "closed"]);
    }
}
