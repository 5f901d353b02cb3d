//! What is taken as a task, and what is not.

use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    asking::id_of,
    gateway::{Gateway, chat},
};

const SEND: &str = "/a2a/tasks/send";

fn echo() -> Agent {
    Agent::start(Act::Raw(200, "application/json", "{}".into()))
}

fn with(agent: &Agent) -> Gateway {
    let agents = format!("coder={}/api/chat", agent.url());
    Gateway::with(&[("AGENTS", &agents)])
}

#[actix_web::test]
async fn a_task_is_accepted_as_queued_with_an_id() {
    let agent = echo();
    let gateway = with(&agent);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": { "a": 1 } });
    let accepted = gateway.tell(&token, SEND, &task).await;
    assert_eq!(accepted.status, 200);
    let members: Vec<_> = accepted.body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["state", "task_id"]);
    assert_eq!(accepted.body["state"], "queued");
    let id = uuid::Uuid::parse_str(&id_of(&accepted)).unwrap();
    assert_eq!(id.get_version_num(), 7);
}

#[actix_web::test]
async fn the_agent_gets_the_input_byte_for_byte_and_is_told_whose_it_is() {
    let agent = echo();
    let gateway = with(&agent);
    let token = gateway.token("ada lovelace");
    let body =
        r#"{"target":"coder","input":{ "n": 1.0, "big":12345678901234567890123,"s":"\u00e9" }}"#;
    let id = id_of(&gateway.tell_raw(&token, SEND, body).await);
    gateway.ended(&token, &id).await;
    let seen = &agent.seen()[0];
    let input = r#"{ "n": 1.0, "big":12345678901234567890123,"s":"\u00e9" }"#;
    assert_eq!(seen.body, input);
    assert_eq!(
        (seen.method.as_str(), seen.path.as_str()),
        ("POST", "/api/chat")
    );
    for (name, value) in [
        ("content-type", "application/json"),
        ("x-attach-user", "ada%20lovelace"),
        ("x-attach-task", &id),
        ("x-attach-attempt", "1"),
        ("idempotency-key", &id),
    ] {
        assert_eq!(seen.header(name), Some(value), "{name}");
    }
    let bearer = seen.header("authorization").unwrap();
    assert!(
        bearer.starts_with("Bearer ") && !bearer.contains(&token),
        "the person's own token stays here"
    );
}

#[actix_web::test]
async fn bare_messages_are_an_input_as_the_originals_documents_show() {
    let agent = echo();
    let gateway = with(&agent);
    let token = gateway.token("ada");
    let messages = json!([{ "role": "user", "content": "hi" }]);
    let task = json!({ "target": "coder", "messages": messages });
    let id = gateway.send(&token, &task).await;
    gateway.ended(&token, &id).await;
    assert_eq!(agent.seen()[0].json(), json!({ "messages": messages }));
}

#[actix_web::test]
async fn without_input_and_messages_it_is_no_task() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    for body in [
        json!({}),
        json!({ "input": null }),
        json!({ "target": "x" }),
    ] {
        let refused = gateway.tell(&token, SEND, &body).await;
        assert_eq!(
            (refused.status, refused.detail()),
            (400, "payload must contain an 'input' field"),
            "{body}"
        );
    }
}

#[actix_web::test]
async fn broken_json_is_refused() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    for body in ["", "{\"input\":", "{\"input\":{}} x", "input=1"] {
        let refused = gateway.tell_raw(&token, SEND, body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.detail(), "the body is not valid JSON", "{body}");
    }
    let typed = r#"{"input":{},"target":7}"#;
    assert_eq!(gateway.tell_raw(&token, SEND, typed).await.status, 400);
    let list = gateway.ask(&token, "/a2a/tasks").await.body;
    assert_eq!(list["tasks"], json!([]));
}

#[actix_web::test]
async fn too_large_a_task_is_refused_with_the_limit() {
    let gateway = Gateway::with(&[("MAX_REQUEST_BYTES", "1000")]);
    let token = gateway.token("ada");
    let task = json!({ "input": { "text": "x".repeat(1000) } });
    let refused = gateway.tell(&token, SEND, &task).await;
    assert_eq!(
        (refused.status, &refused.body["limit_bytes"]),
        (413, &json!(1000))
    );
    let fits = json!({ "input": { "text": "x".repeat(900) } });
    assert_eq!(gateway.tell(&token, SEND, &fits).await.status, 200);
}

#[actix_web::test]
async fn without_a_target_the_gateways_own_chat_answers() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let id = gateway
        .send(&token, &json!({ "input": chat("what is up?") }))
        .await;
    let ended = gateway.ended(&token, &id).await;
    assert_eq!(
        (&ended["state"], &ended["target"]),
        (&json!("done"), &json!("chat"))
    );
    let said = &ended["result"]["choices"][0]["message"]["content"];
    assert_eq!(said, "hello");
    let seen = gateway.engine.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].path, "/v1/chat/completions");
    assert_eq!(seen[0].header("x-attach-user"), Some("ada"));
}

#[actix_web::test]
async fn the_gateways_own_url_is_its_own_chat_and_no_detour() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let port = gateway.url.rsplit(':').next().unwrap().to_owned();
    let hosts = [
        gateway.url.clone(),
        format!("http://localhost:{port}"),
        format!("http://LOCALHOST:{port}"),
    ];
    for (nth, host) in hosts.iter().enumerate() {
        let task = json!({ "target_url": format!("{host}/api/chat"), "input": chat("hi") });
        let id = gateway.send(&token, &task).await;
        let ended = gateway.ended(&token, &id).await;
        assert_eq!(ended["state"], "done", "{host}: {ended}");
        assert_eq!(ended["target"], "chat");
        assert_eq!(gateway.engine.seen().len(), nth + 1);
    }
}

#[actix_web::test]
async fn a_stream_asked_of_the_own_chat_comes_back_as_one_json() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let mut input = chat("hi");
    input["stream"] = json!(true);
    input["stream_options"] = json!({ "include_usage": true });
    let id = gateway.send(&token, &json!({ "input": input })).await;
    let ended = gateway.ended(&token, &id).await;
    assert_eq!(ended["state"], "done", "{ended}");
    assert_eq!(ended["result"]["object"], "chat.completion");
    let asked: Value = gateway.engine.seen()[0].json();
    assert_ne!(asked["stream"], true);
    assert_eq!(asked["messages"], input["messages"]);
}

#[actix_web::test]
async fn the_same_key_and_body_are_the_same_task() {
    let agent = echo();
    let gateway = with(&agent);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": { "a": 1 } });
    let first = gateway.tell_once(&token, SEND, "k-1", &task).await;
    let id = id_of(&first);
    gateway.ended(&token, &id).await;
    let again = gateway.tell_once(&token, SEND, "k-1", &task).await;
    assert_eq!((again.status, id_of(&again)), (200, id));
    assert_eq!(again.body["state"], "done");
    assert_eq!(agent.seen().len(), 1);
    let other_key = gateway.tell_once(&token, SEND, "k-2", &task).await;
    assert_ne!(id_of(&other_key), id_of(&first));
}

#[actix_web::test]
async fn a_key_stands_for_one_request_of_one_person() {
    let agent = echo();
    let gateway = with(&agent);
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let task = json!({ "target": "coder", "input": { "a": 1 } });
    let other_input = json!({ "target": "coder", "input": { "a": 2 } });
    let other_target = json!({ "input": { "a": 1 } });
    let first = gateway.tell_once(&ada, SEND, "k", &task).await;
    for other in [other_input, other_target] {
        let refused = gateway.tell_once(&ada, SEND, "k", &other).await;
        assert_eq!(
            (refused.status, refused.detail()),
            (422, "this Idempotency-Key was used for another request")
        );
    }
    let bobs = gateway.tell_once(&bob, SEND, "k", &task).await;
    assert_eq!(bobs.status, 200);
    assert_ne!(id_of(&bobs), id_of(&first));
}

#[actix_web::test]
async fn requests_with_one_key_that_arrive_at_once_make_one_task() {
    let agent = echo();
    let gateway = with(&agent);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": { "a": 1 } });
    let sends = (0..16).map(|_| gateway.tell_once(&token, SEND, "k", &task));
    let answers = futures_util::future::join_all(sends).await;
    let id = id_of(&answers[0]);
    for answer in &answers {
        assert_eq!((answer.status, id_of(answer)), (200, id.clone()));
    }
    gateway.ended(&token, &id).await;
    let list = gateway.ask(&token, "/a2a/tasks").await.body;
    assert_eq!(list["tasks"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_key_that_is_none_is_refused() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let task = json!({ "input": chat("hi") });
    for key in ["", &"k".repeat(256)] {
        let refused = gateway.tell_once(&token, SEND, key, &task).await;
        assert_eq!(refused.status, 400, "{} bytes", key.len());
        assert!(refused.detail().starts_with("Idempotency-Key: "));
    }
    let longest = "k".repeat(255);
    let taken = gateway.tell_once(&token, SEND, &longest, &task).await;
    assert_eq!(taken.status, 200);
}
