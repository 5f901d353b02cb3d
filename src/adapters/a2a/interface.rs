//! Where an agent's card says it answers, and whether our tokens may go there.

use a2a::{AgentCard, AgentInterface};
use url::Url;

use super::client::BINDINGS;
use crate::domain::target::{Destination, NamedAgent, Target, TargetRules, http_url};

/// Why an agent cannot be called, though its card is there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoInterface {
    /// It speaks no version of ours.
    #[error("the agent speaks A2A {0} alone; this gateway needs 1.0 of an agent")]
    Version(String),
    /// It speaks no binding of ours.
    #[error("the agent's card offers neither JSONRPC nor HTTP+JSON in A2A 1.0")]
    Binding,
    /// A card must not send a person's tokens somewhere else.
    #[error(
        "the agent's card says {0}, which is another place than its configured address; to allow it, add it to TARGET_ALLOW"
    )]
    Elsewhere(String),
}

/// The first interface of `card` that may be called for `agent`, and where that
/// is: at the configured address of the agent, where `TARGET_ALLOW` lets it be,
/// or, for an agent that is not internal, anywhere on the open internet by
/// https.
///
/// # Errors
///
/// There is none, and why.
pub fn choose(
    card: &AgentCard,
    agent: &NamedAgent,
    rules: &TargetRules,
) -> Result<(AgentInterface, Destination), NoInterface> {
    let ours = |one: &&AgentInterface| {
        BINDINGS.contains(&&*one.protocol_binding) && major(&one.protocol_version) == "1"
    };
    let mut offered = card.supported_interfaces.iter().filter(ours).peekable();
    let Some(first) = offered.peek().map(|one| one.url.clone()) else {
        return Err(none_of_ours(card));
    };
    let allowed = |one: &AgentInterface| Some((one.clone(), place(&one.url, agent, rules)?));
    offered.find_map(allowed).ok_or_else(|| {
        let shown = first.chars().take(200).collect();
        NoInterface::Elsewhere(shown)
    })
}

fn none_of_ours(card: &AgentCard) -> NoInterface {
    let versions = card
        .supported_interfaces
        .iter()
        .map(|one| &*one.protocol_version);
    let others = versions.filter(|version| major(version) != "1");
    match others.max() {
        Some(newest)
            if card
                .supported_interfaces
                .iter()
                .all(|one| major(&one.protocol_version) != "1") =>
        {
            NoInterface::Version(newest.chars().take(16).collect())
        }
        _ => NoInterface::Binding,
    }
}

fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or_default()
}

fn place(url: &str, agent: &NamedAgent, rules: &TargetRules) -> Option<Destination> {
    let url = http_url(url).ok()?;
    if url.origin() == agent.url.origin() {
        let internal = agent.internal;
        return Some(Destination { url, internal });
    }
    if let Some(listed) = listed(&url, rules) {
        return Some(listed);
    }
    let internal = false;
    let is_fine = !agent.internal && url.scheme() == "https";
    is_fine.then_some(Destination { url, internal })
}

fn listed(url: &Url, rules: &TargetRules) -> Option<Destination> {
    match rules.resolve(None, Some(url.as_str())).ok()? {
        target @ Target::Url(_) => rules.destination(&target),
        // Another agent, or the gateway itself: never by way of a card.
        Target::Agent(_) | Target::OwnChat | Target::Workflow(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use a2a::AgentCapabilities;

    use super::*;
    use crate::domain::target::AllowedPrefix;

    fn card(interfaces: &[(&str, &str, &str)]) -> AgentCard {
        let one = |(url, binding, version): &(&str, &str, &str)| AgentInterface {
            protocol_version: (*version).to_owned(),
            ..AgentInterface::new(*url, *binding)
        };
        AgentCard {
            name: "a".to_owned(),
            description: String::new(),
            version: "1".to_owned(),
            supported_interfaces: interfaces.iter().map(one).collect(),
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

    fn chosen(url: &str, internal: bool, said: &str) -> Result<Destination, NoInterface> {
        let agent = NamedAgent {
            name: "a".to_owned(),
            url: Url::parse(url).unwrap(),
            internal,
        };
        let rules = TargetRules {
            allow: vec![AllowedPrefix::parse("http://127.0.0.1:9/a").unwrap()],
            own: vec![Url::parse("http://127.0.0.1:9/a/own").unwrap()],
            ..TargetRules::default()
        };
        let card = card(&[(said, "JSONRPC", "1.0")]);
        choose(&card, &agent, &rules).map(|(_, to)| to)
    }

    #[test]
    fn a_card_sends_our_tokens_nowhere_but_where_the_team_let_them_go() {
        let internal = "http://10.0.0.7:8000/base";
        let same = chosen(internal, true, "http://10.0.0.7:8000/rpc").unwrap();
        assert!(same.internal);
        let listed = chosen(internal, true, "http://127.0.0.1:9/a/b").unwrap();
        assert!(listed.internal);
        for elsewhere in [
            "https://evil.example/rpc",
            "http://10.0.0.7:8001/rpc",
            "https://10.0.0.7:8000/rpc",
            "http://me@10.0.0.7:8000/rpc",
            "http://127.0.0.1:9/a/own",
            "http://127.0.0.1:9/b",
            "file:///etc/passwd",
            "10.0.0.7:8000",
        ] {
            let refused = chosen(internal, true, elsewhere).unwrap_err();
            assert_eq!(refused, NoInterface::Elsewhere(elsewhere.to_owned()));
        }
    }

    #[test]
    fn an_agent_of_the_internet_may_be_elsewhere_on_it_but_not_inside() {
        let public = "https://agent.example/";
        let to = chosen(public, false, "https://api.agent.example/rpc").unwrap();
        assert!(!to.internal, "its addresses are checked when it is called");
        assert!(chosen(public, false, "http://api.agent.example/rpc").is_err());
    }

    #[test]
    fn an_agent_of_another_version_or_binding_is_told_so() {
        let agent = NamedAgent {
            name: "a".to_owned(),
            url: Url::parse("http://a.example").unwrap(),
            internal: true,
        };
        let refused = |interfaces: &[_]| {
            let rules = TargetRules::default();
            choose(&card(interfaces), &agent, &rules).unwrap_err()
        };
        let old = refused(&[("http://a.example", "JSONRPC", "0.3.0")]);
        assert_eq!(old, NoInterface::Version("0.3.0".to_owned()));
        let grpc = refused(&[("http://a.example", "GRPC", "1.0")]);
        assert_eq!(grpc, NoInterface::Binding);
        assert_eq!(refused(&[]), NoInterface::Binding);
    }

    #[test]
    fn of_several_interfaces_the_first_that_may_be_called_is() {
        let agent = NamedAgent {
            name: "a".to_owned(),
            url: Url::parse("http://a.example").unwrap(),
            internal: true,
        };
        let card = card(&[
            ("http://a.example/grpc", "GRPC", "1.0"),
            ("http://evil.example/", "JSONRPC", "1.0"),
            ("http://a.example/rest", "HTTP+JSON", "1.0"),
            ("http://a.example/rpc", "JSONRPC", "1.0"),
        ]);
        let (one, _) = choose(&card, &agent, &TargetRules::default()).unwrap();
        assert_eq!(one.url, "http://a.example/rest");
    }
}
