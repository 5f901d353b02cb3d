//! Cards: what is on each of ours, whatever agent it speaks of.

pub mod legacy;

use a2a::{
    AgentCard, AgentInterface, AgentSkill, HttpAuthSecurityScheme, OpenIdConnectSecurityScheme,
    SecurityRequirement, SecurityScheme, TRANSPORT_PROTOCOL_GRPC, TRANSPORT_PROTOCOL_HTTP_JSON,
    TRANSPORT_PROTOCOL_JSONRPC,
};
use std::collections::HashMap;

use crate::domain::identity::Scope;

/// The name of the scheme that every card has.
const BEARER: &str = "bearer";

/// Where an agent is reached, and how callers prove who they are: the same for
/// all agents of a gateway.
#[derive(Clone, Debug)]
pub struct Place {
    /// `ATTACH_PUBLIC_URL`, without a slash at its end.
    pub base: String,
    /// Host and port of the gRPC server, if there is one.
    pub grpc: Option<String>,
    /// Whether clients of 0.3 are served.
    pub v03: bool,
    /// Where issuers' discovery documents are.
    pub issuers: Vec<String>,
}

impl Place {
    /// The address of an agent.
    pub fn url(&self, agent: &str) -> String {
        format!("{}/agents/{agent}", self.base)
    }

    /// The address of its card.
    pub fn card_url(&self, agent: &str) -> String {
        format!("{}/.well-known/agent-card.json", self.url(agent))
    }

    /// Its interfaces, the best first.
    pub fn interfaces(&self, agent: &str) -> Vec<AgentInterface> {
        let at = |binding: &str, version: &str| AgentInterface {
            protocol_version: version.to_owned(),
            ..AgentInterface::new(self.url(agent), binding)
        };
        let grpc = self.grpc.as_ref().map(|address| AgentInterface {
            tenant: Some(agent.to_owned()),
            protocol_version: "1.0".to_owned(),
            ..AgentInterface::new(address, TRANSPORT_PROTOCOL_GRPC)
        });
        let http = [TRANSPORT_PROTOCOL_JSONRPC, TRANSPORT_PROTOCOL_HTTP_JSON];
        let old = http.map(|binding| at(binding, "0.3"));
        let new = http.map(|binding| at(binding, "1.0"));
        let old = old.into_iter().filter(|_| self.v03);
        new.into_iter().chain(grpc).chain(old).collect()
    }

    /// The ways to prove who calls, by name.
    pub fn schemes(&self) -> HashMap<String, SecurityScheme> {
        let bearer = SecurityScheme::HttpAuth(HttpAuthSecurityScheme {
            scheme: "Bearer".to_owned(),
            description: Some("An access token, an API key or a DID's token.".to_owned()),
            bearer_format: None,
        });
        let issuers = self.issuers.iter().enumerate().map(|(at, url)| {
            let scheme = SecurityScheme::OpenIdConnect(OpenIdConnectSecurityScheme {
                open_id_connect_url: url.clone(),
                description: None,
            });
            (issuer_name(at), scheme)
        });
        std::iter::once((BEARER.to_owned(), bearer))
            .chain(issuers)
            .collect()
    }

    /// Any of the schemes will do, with the scope that tasks want.
    pub fn requirements(&self) -> Vec<SecurityRequirement> {
        let names = std::iter::once(BEARER.to_owned());
        names
            .chain((0..self.issuers.len()).map(issuer_name))
            .map(|name| HashMap::from([(name, vec![Scope::TasksRun.name().to_owned()])]))
            .collect()
    }
}

fn issuer_name(at: usize) -> String {
    match at {
        0 => "oidc".to_owned(),
        at => format!("oidc-{}", at + 1),
    }
}

/// What callers must hold for a skill that only some may use.
pub fn requires(scope: &str) -> Vec<SecurityRequirement> {
    let words = scope.split(' ').map(str::to_owned).collect();
    vec![HashMap::from([(BEARER.to_owned(), words)])]
}

/// The one skill of an agent that names none.
pub fn only_skill(agent: &str, description: &str) -> AgentSkill {
    AgentSkill {
        id: agent.to_owned(),
        name: agent.to_owned(),
        description: description.to_owned(),
        tags: vec![agent.to_owned()],
        examples: None,
        input_modes: None,
        output_modes: None,
        security_requirements: None,
    }
}

/// Fills what the protocol wants filled (section 5.7: required strings and lists
/// have something in them), with the agent's name where nobody said more.
pub fn fill(card: &mut AgentCard, agent: &str) {
    fill_text(&mut card.name, agent);
    fill_text(&mut card.description, &format!("The agent {agent}."));
    fill_text(&mut card.version, "0");
    for modes in [
        &mut card.default_input_modes,
        &mut card.default_output_modes,
    ] {
        if modes.is_empty() {
            modes.push("text/plain".to_owned());
        }
    }
    if card.skills.is_empty() {
        card.skills.push(only_skill(agent, &card.description));
    }
    for skill in &mut card.skills {
        fill_skill(skill, agent);
    }
}

fn fill_skill(skill: &mut AgentSkill, agent: &str) {
    fill_text(&mut skill.name, &skill.id);
    fill_text(&mut skill.description, &skill.name);
    if skill.tags.is_empty() {
        skill.tags.push(agent.to_owned());
    }
}

fn fill_text(text: &mut String, with: &str) {
    if text.is_empty() {
        with.clone_into(text);
    }
}

/// Leaves out what says no more than its absence does.
pub fn tidy(card: &mut AgentCard) {
    for interface in &mut card.supported_interfaces {
        drop_empty(&mut interface.tenant, String::is_empty);
    }
    drop_empty(&mut card.capabilities.extensions, Vec::is_empty);
    for extension in card.capabilities.extensions.iter_mut().flatten() {
        drop_empty(&mut extension.description, String::is_empty);
        drop_empty(&mut extension.required, |required| !required);
    }
    for skill in &mut card.skills {
        for list in [
            &mut skill.examples,
            &mut skill.input_modes,
            &mut skill.output_modes,
        ] {
            drop_empty(list, Vec::is_empty);
        }
        drop_empty(&mut skill.security_requirements, Vec::is_empty);
    }
    drop_empty(&mut card.security_requirements, Vec::is_empty);
    drop_empty(&mut card.security_schemes, HashMap::is_empty);
}

fn drop_empty<T>(member: &mut Option<T>, is_empty: impl FnOnce(&T) -> bool) {
    if member.as_ref().is_some_and(is_empty) {
        *member = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(grpc: Option<&str>, v03: bool) -> Place {
        Place {
            base: "https://gateway.example".to_owned(),
            grpc: grpc.map(str::to_owned),
            v03,
            issuers: vec!["https://a/.well-known/openid-configuration".to_owned()],
        }
    }

    fn bindings(place: &Place) -> Vec<String> {
        let of = |one: AgentInterface| format!("{} {}", one.protocol_binding, one.protocol_version);
        place.interfaces("coder").into_iter().map(of).collect()
    }

    #[test]
    fn interfaces_are_what_is_on_and_the_new_ones_come_first() {
        let all = [
            "JSONRPC 1.0",
            "HTTP+JSON 1.0",
            "GRPC 1.0",
            "JSONRPC 0.3",
            "HTTP+JSON 0.3",
        ];
        assert_eq!(bindings(&place(Some("h:1"), true)), all);
        assert_eq!(bindings(&place(None, false)), all[..2]);
        let grpc = &place(Some("h:1"), true).interfaces("coder")[2];
        assert_eq!((&*grpc.url, grpc.tenant.as_deref()), ("h:1", Some("coder")));
    }

    #[test]
    fn every_requirement_names_a_scheme_that_is_there() {
        let place = place(None, true);
        let schemes = place.schemes();
        let required = place.requirements();
        assert_eq!(required.len(), 2);
        for one in required {
            for (name, scopes) in one {
                assert!(schemes.contains_key(&name), "{name}");
                assert_eq!(scopes, ["tasks:run"]);
            }
        }
    }

    #[test]
    fn a_card_that_says_nothing_is_filled_from_the_agents_name() {
        let bare = serde_json::json!({
            "name": "", "version": "", "supportedInterfaces": [], "capabilities": {},
            "skills": [{ "id": "sort", "name": "", "description": "", "tags": [] }],
        });
        let mut card: AgentCard = serde_json::from_value(bare).unwrap();
        fill(&mut card, "coder");
        let skill = &card.skills[0];
        assert_eq!((&*card.name, &*card.version), ("coder", "0"));
        assert_eq!((&*skill.name, &*skill.description), ("sort", "sort"));
        assert_eq!(skill.tags, ["coder"]);
        assert_eq!(card.default_input_modes, ["text/plain"]);
        card.skills.clear();
        fill(&mut card, "coder");
        assert_eq!(card.skills[0].id, "coder");
    }
}
