//! Callers see on a card what is theirs to use.

use a2a_pb::proto::AgentCard;
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt;

use super::{CODER, of};
use crate::support::{file, gateway::Gateway};

fn skills(card: &AgentCard) -> Vec<&str> {
    card.skills.iter().map(|skill| skill.id.as_str()).collect()
}

#[actix_web::test]
async fn a_skill_that_wants_a_scope_is_shown_to_those_who_hold_it() {
    let config = file(CODER);
    let gateway = Gateway::with(&[("ATTACH_CONFIG", config.path().to_str().unwrap())]);
    let public = gateway.card(&of("coder")).await;
    assert_eq!(public["skills"].as_array().unwrap().len(), 1);
    assert!(!public.to_string().contains("deploy"));
    let listed = gateway.ask(&gateway.token("ada"), "/agents").await.body;
    assert!(!listed.to_string().contains("Deploy"));

    let ada = gateway.hub("ada").await;
    assert_eq!(
        skills(&ada.extended_card("coder").await.unwrap()),
        ["write"]
    );
    let mut claims = gateway.issuer.claims("root");
    claims["scope"] = json!("tasks:run admin");
    let token = format!("Bearer {}", gateway.issuer.sign(&claims));
    let root = ada.with("authorization", &token);
    let card = root.extended_card("coder").await.unwrap();
    assert_eq!(skills(&card), ["write", "deploy"]);
    let required = &card.skills[1].security_requirements[0].schemes["bearer"];
    assert_eq!(required.list, ["admin"]);
    assert_eq!(card.signatures.len(), 1, "it is signed like the other");
}

#[actix_web::test]
async fn an_agent_without_one_says_so() {
    let config = file(
        "[[agent]]\nname = \"plain\"\nurl = \"http://127.0.0.1:9/\"\n[agent.card]\nextended_card = false",
    );
    let gateway = Gateway::with(&[("ATTACH_CONFIG", config.path().to_str().unwrap())]);
    let ada = gateway.hub("ada").await;
    let status = ada.extended_card("plain").await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.reason, "UNSUPPORTED_OPERATION");
}
