//! Cards: what is on them, who may see what, caches and signatures.

mod caching;
mod extended;
mod signed;

use a2a::AgentCard;
use serde_json::{Value, json};

use crate::support::{file, gateway::Gateway};

const ROOT: &str = "/.well-known/agent-card.json";

/// A coder with one open skill, and one for those who hold a scope.
const CODER: &str = r#"
[[agent]]
name = "coder"
url = "http://127.0.0.1:9/secret-place"
description = "Writes code."

[[agent.card.skill]]
id = "write"
name = "Write"
tags = ["code"]
examples = ["sort a list"]

[[agent.card.skill]]
id = "deploy"
name = "Deploy"
scope = "admin"
"#;

fn of(agent: &str) -> String {
    format!("/agents/{agent}{ROOT}")
}

fn interfaces(card: &Value) -> Vec<String> {
    let all = card["supportedInterfaces"].as_array().unwrap().iter();
    all.map(|one| {
        let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("protocolBinding"), text("protocolVersion"))
    })
    .collect()
}

#[actix_web::test]
async fn every_agent_has_a_card_and_the_default_ones_is_at_the_root_too() {
    let config = file(CODER);
    let config = ("ATTACH_CONFIG", config.path().to_str().unwrap());
    let gateway = Gateway::with(&[config, ("DEFAULT_AGENT", "coder")]);
    let card = gateway.card(&of("coder")).await;
    assert_eq!(gateway.card(ROOT).await, card);
    assert_eq!(card["name"], "coder");
    assert_eq!(card["description"], "Writes code.");
    assert_eq!(
        card["skills"][0]["description"], "Write",
        "nothing required is empty"
    );
    assert_eq!(gateway.card(&of("chat")).await["name"], "chat");
    let unknown = gateway.client.get(gateway.at(&of("nobody"))).send().await;
    assert_eq!(unknown.unwrap().status(), 404);
}

#[actix_web::test]
async fn a_card_leads_to_the_gateway_and_never_to_the_agent() {
    let config = file(CODER);
    let gateway = Gateway::with(&[("ATTACH_CONFIG", config.path().to_str().unwrap())]);
    let card = gateway.card(&of("coder")).await;
    let all = [
        "JSONRPC 1.0",
        "HTTP+JSON 1.0",
        "GRPC 1.0",
        "JSONRPC 0.3",
        "HTTP+JSON 0.3",
    ];
    assert_eq!(interfaces(&card), all);
    let first = &card["supportedInterfaces"][0];
    assert_eq!(first["url"], gateway.at("/agents/coder"));
    let grpc = &card["supportedInterfaces"][2];
    assert_eq!(grpc["tenant"], "coder");
    assert!(grpc["url"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert!(!card.to_string().contains("secret-place"));
    let oidc = &card["securitySchemes"]["oidc"]["openIdConnectSecurityScheme"];
    let discovery = format!("{}/.well-known/openid-configuration", gateway.issuer.url());
    assert_eq!(oidc["openIdConnectUrl"], discovery);
    let required = json!({ "schemes": { "bearer": { "list": ["tasks:run"] } } });
    assert_eq!(card["securityRequirements"][0], required);
}

#[actix_web::test]
async fn what_is_off_is_on_no_card() {
    let gateway = Gateway::with(&[("GRPC_PORT", "off"), ("A2A_V03", "off")]);
    let card = gateway.card(ROOT).await;
    assert_eq!(interfaces(&card), ["JSONRPC 1.0", "HTTP+JSON 1.0"]);
    assert!(card.get("url").is_none() && card.get("protocolVersion").is_none());
}

#[actix_web::test]
async fn a_client_of_the_new_protocol_gets_no_field_of_the_old_one() {
    let gateway = Gateway::start();
    let both = gateway.card(ROOT).await;
    assert_eq!(both["url"], gateway.at("/agents/chat"));
    assert_eq!(both["preferredTransport"], "JSONRPC");
    assert_eq!(both["protocolVersion"], "0.3.0");
    assert_eq!(both["security"][0], json!({ "bearer": ["tasks:run"] }));
    assert_eq!(both["securitySchemes"]["bearer"]["type"], "http");
    let request = gateway
        .client
        .get(gateway.at(ROOT))
        .header("A2A-Version", "1.0");
    let by_header: Value = request.send().await.unwrap().json().await.unwrap();
    let by_query = gateway.card(&format!("{ROOT}?A2A-Version=1.0")).await;
    assert_eq!(by_header, by_query);
    // What is no part of the type does not come back.
    let typed: AgentCard = serde_json::from_value(by_query.clone()).unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap(), by_query);
    let mut old: AgentCard = serde_json::from_value(both).unwrap();
    // The other one is over what only clients of 0.3 read.
    old.signatures.as_mut().unwrap().truncate(1);
    assert_eq!(old, typed, "both say the same to those who read 1.0");
}

#[actix_web::test]
async fn an_agent_says_what_it_can_do() {
    let config = file(
        r#"
        [[agent]]
        name = "plain"
        url = "http://127.0.0.1:9/"
        [agent.card]
        streaming = false
        push_notifications = false
        extended_card = false
        input_modes = ["image/png"]
        [[agent.card.extension]]
        uri = "urn:needed"
        required = true
        "#,
    );
    let gateway = Gateway::with(&[("ATTACH_CONFIG", config.path().to_str().unwrap())]);
    let card = gateway.card(&of("plain")).await;
    let can = json!({
        "streaming": false, "pushNotifications": false, "extendedAgentCard": false,
        "extensions": [{ "uri": "urn:needed", "required": true }],
    });
    assert_eq!(card["capabilities"], can);
    assert_eq!(card["defaultInputModes"], json!(["image/png"]));
    assert_eq!(card["description"], "The agent plain.");
    assert_eq!(card["skills"][0]["tags"], json!(["plain"]));
}
