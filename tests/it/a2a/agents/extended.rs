//! The card that an agent keeps for those it knows.

use std::net::TcpListener;

use attach_agents::ConformanceConfig;
use serde_json::{Value, json};

use super::Hub;
use crate::support::{
    a2a::Asker,
    a2a_agent::{A2aAgent, Say, card},
    eventually,
    gateway::Gateway,
};

fn showing(say: Say) -> A2aAgent {
    let edit = |card: &mut Value| card["capabilities"]["extendedAgentCard"] = json!(true);
    A2aAgent::with(edit, move |_| say.clone())
}

/// The hub, once it knows the agent's public card.
async fn met(agent: A2aAgent) -> Hub {
    let hub = Hub::of(agent).await;
    eventually("the card is known", async || {
        (hub.agent.calls_of("card").len() == 1).then_some(())
    })
    .await;
    hub
}

#[actix_web::test]
async fn it_is_asked_for_in_the_callers_name_and_shown_at_our_own_address() {
    let mut theirs = card("http://elsewhere.example");
    let secret = json!({ "id": "deep", "name": "Deep", "description": "d", "tags": ["t"] });
    theirs["skills"].as_array_mut().unwrap().push(secret);
    theirs["capabilities"]["extendedAgentCard"] = json!(true);
    let hub = met(showing(Say::Result(theirs))).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let shown = ada.result("GetExtendedAgentCard", json!({})).await;
    let skills = shown["skills"].as_array().unwrap();
    assert_eq!(skills.last().unwrap()["id"], "deep");
    assert!(!shown.to_string().contains("elsewhere.example"), "{shown}");
    let asked = &hub.agent.calls_of("GetExtendedAgentCard")[0];
    assert_eq!(asked.header("x-attach-user"), "ada");
    let token = asked
        .header("authorization")
        .strip_prefix("Bearer ")
        .unwrap();
    assert_ne!(token, ada.token, "the person's own token stays here");
    let public = ada.rest("GET", "/.well-known/agent-card.json", None).await;
    assert!(!public.body.to_string().contains("deep"));
}

#[actix_web::test]
async fn what_the_agent_says_instead_is_told_in_the_protocols_words() {
    for (say, code) in [
        (Say::Error(-32007, "none here"), -32007),
        (Say::Error(-32004, "no such thing"), -32004),
        (Say::Raw(200, "<html>"), -32006),
        (Say::Raw(503, ""), -32603),
    ] {
        let hub = met(showing(say)).await;
        let ada = Asker::new(&hub.gateway, "ada", "helper");
        let refused = ada.refused("GetExtendedAgentCard", json!({})).await;
        assert_eq!(refused.0, code, "{refused:?}");
    }
}

#[actix_web::test]
async fn an_agent_that_declares_none_is_not_asked() {
    let hub = met(A2aAgent::with(|_| (), |_| Say::Silence)).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    assert_eq!(
        ada.refused("GetExtendedAgentCard", json!({})).await.0,
        -32004
    );
    assert!(hub.agent.calls_of("GetExtendedAgentCard").is_empty());
}

#[actix_web::test]
async fn the_agent_for_suites_shows_each_caller_their_own_by_every_binding() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = listener.local_addr().unwrap();
    let agent = attach_agents::conformance(listener, &ConformanceConfig::default()).unwrap();
    let stop = agent.handle();
    let serving = tokio::spawn(agent.run());
    let agents = format!("suite=a2a+http://{url}");
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    for user in ["ada", "bob"] {
        let shown_to = format!("Shown to {user} alone.");
        let caller = Asker::new(&gateway, user, "suite");
        let old = [("a2a-version", "0.3")];
        let method = "agent/getAuthenticatedExtendedCard";
        let old = caller.rpc_response(method, json!({}), &old).await;
        let old: Value = old.json().await.unwrap();
        for card in [
            caller.result("GetExtendedAgentCard", json!({})).await,
            caller.rest("GET", "/extendedAgentCard", None).await.body,
            old["result"].clone(),
        ] {
            let skills = card["skills"].as_array().unwrap();
            assert_eq!(skills.last().unwrap()["description"], shown_to, "{card}");
            assert!(!card.to_string().contains(&url.to_string()));
        }
        let card = gateway
            .hub(user)
            .await
            .extended_card("suite")
            .await
            .unwrap();
        assert_eq!(card.skills.last().unwrap().description, shown_to);
    }
    stop.stop_at_once();
    serving.await.unwrap().unwrap();
}
