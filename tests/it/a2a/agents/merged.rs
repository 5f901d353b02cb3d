//! What the configuration says of an agent's card beside what its own card says.

use serde_json::{Value, json};

use super::Hub;
use crate::support::{
    a2a::Asker,
    a2a_agent::{A2aAgent, Say},
    file,
    gateway::Gateway,
};

const CARD: &str = r#"
[agent.card]
output_modes = ["text/html"]
[[agent.card.skill]]
id = "help"
name = "Help, by our rules"
scope = "admin"
[[agent.card.skill]]
id = "extra"
name = "Extra"
tags = ["ours"]
"#;

async fn hub() -> Hub {
    let edit = |card: &mut Value| {
        card["capabilities"]["extendedAgentCard"] = json!(true);
        let more = json!({ "id": "more", "name": "More", "description": "m", "tags": ["t"] });
        card["skills"].as_array_mut().unwrap().push(more);
    };
    let agent = A2aAgent::with(edit, |asked| {
        let mut card = crate::support::a2a_agent::card("http://elsewhere.example");
        card["capabilities"]["extendedAgentCard"] = json!(true);
        let name = format!("for {}", asked.header("x-attach-user"));
        let deep = json!({ "id": "deep", "name": name, "description": "d", "tags": ["t"] });
        card["skills"].as_array_mut().unwrap().push(deep);
        Say::Result(card)
    });
    let config = file(&format!(
        "[[agent]]\nname = \"helper\"\nkind = \"a2a\"\ninternal = true\nurl = \"{}\"\n{CARD}",
        agent.url()
    ));
    let gateway = Gateway::with(&[("ATTACH_CONFIG", config.path().to_str().unwrap())]);
    Hub::over(gateway, agent).await
}

fn ids(card: &Value) -> Vec<&str> {
    let skills = card["skills"].as_array().unwrap().iter();
    skills.map(|skill| skill["id"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn ours_stand_beside_the_agents_own_and_in_the_place_of_those_of_the_same_id() {
    let hub = hub().await;
    let public = hub
        .gateway
        .card("/agents/helper/.well-known/agent-card.json")
        .await;
    assert_eq!(ids(&public), ["more", "extra"], "help is for some alone");
    assert_eq!(public["defaultOutputModes"], json!(["text/html"]));
    assert_eq!(
        public["defaultInputModes"],
        json!(["text/plain"]),
        "the agent's own"
    );
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let own = ada.result("GetExtendedAgentCard", json!({})).await;
    assert_eq!(ids(&own), ["deep", "extra"]);
    assert_eq!(own["skills"][0]["name"], "for ada");
    let mut claims = hub.gateway.issuer.claims("root");
    claims["scope"] = json!("tasks:run admin");
    let mut root = Asker::new(&hub.gateway, "root", "helper");
    root.token = hub.gateway.issuer.sign(&claims);
    let own = root.result("GetExtendedAgentCard", json!({})).await;
    assert_eq!(ids(&own), ["deep", "help", "extra"]);
    assert_eq!(own["skills"][1]["name"], "Help, by our rules");
    let wants = &own["skills"][1]["securityRequirements"][0]["schemes"]["bearer"]["list"];
    assert_eq!(*wants, json!(["admin"]));
}
