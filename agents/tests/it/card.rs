//! What the agents say of themselves.

use a2a::{AgentCard, SecurityScheme};
use reqwest::Response;

use crate::{call::http, conformance, gateway::Gateway};

const CARD: &str = "/.well-known/agent-card.json";

async fn get(base: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = http().get(format!("{base}{CARD}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

async fn card(response: Response) -> AgentCard {
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

#[actix_web::test]
async fn each_agent_has_a_card_that_leads_to_both_bindings() {
    let (_gateway, planner, coder) = Gateway::with_agents([]);
    let conformance = conformance::start(None);
    for (base, name, is_guarded) in [
        (planner.trim_end_matches("/api/chat"), "planner", true),
        (coder.trim_end_matches("/api/chat"), "coder", true),
        (&*conformance, "conformance", false),
    ] {
        let card = card(get(base, &[]).await).await;
        assert_eq!(card.name, name);
        let interfaces = card.supported_interfaces.iter();
        let interfaces: Vec<_> = interfaces
            .map(|one| {
                (
                    &*one.protocol_binding,
                    one.url.clone(),
                    &*one.protocol_version,
                )
            })
            .collect();
        let expected = [
            ("JSONRPC", format!("{base}/"), "1.0"),
            ("HTTP+JSON", base.to_owned(), "1.0"),
        ];
        assert_eq!(interfaces, expected);
        assert_eq!(card.capabilities.streaming, Some(true));
        let schemes = card.security_schemes.unwrap_or_default();
        let bearer = schemes.get("bearer");
        assert_eq!(
            matches!(bearer, Some(SecurityScheme::HttpAuth(_))),
            is_guarded
        );
    }
}

#[actix_web::test]
async fn a_card_says_where_its_reader_reached_the_agent() {
    let base = conformance::start(None);
    let card = card(get(&base, &[("host", "agents.internal:8102")]).await).await;
    let url = &card.supported_interfaces[0].url;
    assert_eq!(url, "http://agents.internal:8102/");
}

#[actix_web::test]
async fn a_card_that_is_known_is_not_sent_again() {
    let base = conformance::start(None);
    let first = get(&base, &[]).await;
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    let again = get(&base, &[("if-none-match", &tag)]).await;
    assert_eq!(again.status(), 304);
    assert_eq!(again.headers()["etag"], *tag);
    let other = get(&base, &[("if-none-match", "\"another\"")]).await;
    assert_eq!(other.status(), 200);
}

#[actix_web::test]
async fn a_caller_whom_the_gateway_names_gets_a_card_of_their_own() {
    let base = conformance::start(None);
    let ask = async |headers: &[(&str, &str)]| {
        let mut request = http().get(format!("{base}/extendedAgentCard"));
        for (name, value) in [("a2a-version", "1.0")].iter().chain(headers) {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    };
    for user in ["ada", "bob"] {
        let card = card(ask(&[("x-attach-user", user)]).await).await;
        let last = card.skills.last().unwrap();
        assert_eq!(last.id, "known-caller");
        assert_eq!(last.description, format!("Shown to {user} alone."));
    }
    assert_eq!(ask(&[]).await.status(), 400);
    let public = card(get(&base, &[]).await).await;
    assert_eq!(public.capabilities.extended_agent_card, Some(true));
    assert_eq!(public.skills.len(), 1);
}
