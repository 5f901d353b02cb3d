//! Where a task may go.

use serde_json::json;

use crate::support::{
    agent::{Act, Agent},
    asking::id_of,
    gateway::{Gateway, chat},
};

const SEND: &str = "/a2a/tasks/send";

fn answering(body: &str) -> Agent {
    Agent::start(Act::Raw(200, "application/json", body.into()))
}

#[actix_web::test]
async fn an_agent_is_named_in_one_way_at_a_time() {
    let gateway = Gateway::with(&[("AGENTS", "coder=http://127.0.0.1:9/")]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "target_url": "http://127.0.0.1:9/", "input": {} });
    let refused = gateway.tell(&token, SEND, &task).await;
    assert_eq!(
        (refused.status, refused.detail()),
        (
            400,
            "name the agent by target or by target_url, not by both"
        )
    );
}

#[actix_web::test]
async fn an_unknown_agent_is_answered_with_the_known_ones() {
    let agents = "coder=http://127.0.0.1:9/,planner=http://127.0.0.1:9/p";
    let gateway = Gateway::with(&[("AGENTS", agents)]);
    let token = gateway.token("ada");
    let task = json!({ "target": "poet", "input": {} });
    let refused = gateway.tell(&token, SEND, &task).await;
    let detail = "no agent is named \"poet\"; configured: coder, planner, chat; add it to AGENTS";
    assert_eq!((refused.status, refused.detail()), (400, detail));
}

#[actix_web::test]
async fn a_url_that_is_not_allowed_is_answered_with_what_would_allow_it() {
    let agent = answering("{}");
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let url = format!("{}/api/chat?x=1", agent.url());
    let task = json!({ "target_url": url, "input": {} });
    let refused = gateway.tell(&token, SEND, &task).await;
    let entry = format!("{}/api/chat", agent.url());
    let detail =
        format!("target_url is not allowed here; to allow it, add {entry} to TARGET_ALLOW");
    assert_eq!((refused.status, refused.detail()), (400, &*detail));

    let gateway = Gateway::with(&[("TARGET_ALLOW", &entry)]);
    let token = gateway.token("ada");
    let id = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &id).await;
    assert_eq!(
        (&ended["state"], &ended["target"]),
        (&json!("done"), &json!(url))
    );
    assert_eq!(agent.seen().len(), 1, "the first gateway never called it");
    assert_eq!(agent.seen()[0].path, "/api/chat?x=1");
}

#[actix_web::test]
async fn an_entry_allows_its_own_scheme_host_port_and_path_alone() {
    let agent = answering("{}");
    let entry = format!("{}/team", agent.url());
    let gateway = Gateway::with(&[("TARGET_ALLOW", &entry)]);
    let token = gateway.token("ada");
    let port = agent.url().rsplit(':').next().unwrap();
    for url in [
        format!("{}/teammate", agent.url()),
        format!("{}/team/../other", agent.url()),
        format!("{}/", agent.url()),
        format!("http://localhost:{port}/team"),
        format!("https://127.0.0.1:{port}/team"),
        "http://127.0.0.1:1/team".to_owned(),
    ] {
        let task = json!({ "target_url": url, "input": {} });
        let refused = gateway.tell(&token, SEND, &task).await;
        assert_eq!(refused.status, 400, "{url}");
        assert!(refused.detail().contains("TARGET_ALLOW"), "{url}");
    }
    let task = json!({ "target_url": format!("{entry}/coder"), "input": {} });
    let id = gateway.send(&token, &task).await;
    assert_eq!(gateway.ended(&token, &id).await["state"], "done");
}

#[actix_web::test]
async fn what_is_no_http_url_is_refused() {
    let gateway = Gateway::with(&[("TARGET_ALLOW", "http://agent.example/")]);
    let token = gateway.token("ada");
    for (url, detail) in [
        (
            "temporal://Workflow",
            "temporal:// targets need TEMPORAL_URL; set it to the host:port of Temporal",
        ),
        (
            "ftp://agent.example/",
            "target_url is not an http(s) URL without user name and password",
        ),
        (
            "http://me:secret@agent.example/",
            "target_url is not an http(s) URL without user name and password",
        ),
        (
            "agent.example",
            "target_url is not an http(s) URL without user name and password",
        ),
    ] {
        let task = json!({ "target_url": url, "input": {} });
        let refused = gateway.tell(&token, SEND, &task).await;
        assert_eq!((refused.status, refused.detail()), (400, detail), "{url}");
    }
}

#[actix_web::test]
async fn the_url_of_a_named_agent_is_that_agent() {
    let agent = answering("{}");
    let url = format!("{}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &format!("coder={url}"))]);
    let token = gateway.token("ada");
    let task = json!({ "target_url": url, "input": {} });
    let id = gateway.send(&token, &task).await;
    assert_eq!(gateway.ended(&token, &id).await["target"], "coder");
}

#[actix_web::test]
async fn an_agents_redirect_is_not_followed() {
    let elsewhere = answering("{\"stolen\":true}");
    let agent = crate::support::scripted::Scripted::start({
        let to = elsewhere.url().to_owned();
        move |_| {
            let to = to.clone();
            async move {
                actix_web::HttpResponse::TemporaryRedirect()
                    .insert_header(("location", to))
                    .finish()
            }
        }
    });
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder"))]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &id).await;
    assert_eq!(ended["state"], "error");
    assert_eq!(ended["result"]["status"], 307);
    assert!(
        elsewhere.seen().is_empty(),
        "the delegation token went along"
    );
}

#[actix_web::test]
async fn the_agents_are_told_to_those_who_ask() {
    let gateway = Gateway::with(&[("AGENTS", "coder=http://127.0.0.1:9/")]);
    let token = gateway.token("ada");
    let agents = gateway.ask(&token, "/agents").await.body;
    let agents = agents["agents"].as_array().unwrap();
    assert_eq!(
        agents.len(),
        2,
        "the gateway's own chat, and those configured"
    );
    let coder = agents.iter().find(|one| one["name"] == "coder").unwrap();
    let card = gateway.at("/agents/coder/.well-known/agent-card.json");
    assert_eq!(coder["card"], card);
    assert_eq!(
        (&coder["kind"], &coder["skills"]),
        (&json!("chat"), &json!(["coder"]))
    );
    let text = json!(agents).to_string();
    assert!(!text.contains("127.0.0.1:9/"), "names, not places");
}

#[actix_web::test]
async fn the_name_of_the_own_chat_is_a_target_too() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let task = json!({ "target": "chat", "input": chat("hi") });
    let id = id_of(&gateway.tell(&token, SEND, &task).await);
    assert_eq!(gateway.ended(&token, &id).await["state"], "done");
}
