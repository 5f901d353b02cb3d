//! A message becomes a task.

use actix_web::HttpResponse;
use serde_json::json;

use crate::support::{
    a2a::{Asker, at_once, hello, text},
    agent::{Act, Agent},
    gateway::Gateway,
    scripted::{Gate, Scripted},
};

fn answering(body: &str) -> (Gateway, Agent) {
    let agent = Agent::start(Act::Raw(200, "application/json", body.to_owned()));
    let agents = format!("coder={}/api/chat", agent.url());
    (Gateway::with(&[("AGENTS", &agents)]), agent)
}

const CHAT: &str = r#"{"choices":[{"message":{"role":"assistant","content":"fn sort()"}}]}"#;

#[actix_web::test]
async fn a_message_is_answered_once_its_task_has_ended() {
    let (gateway, agent) = answering(CHAT);
    let ada = Asker::new(&gateway, "ada", "coder");
    let task = ada.result("SendMessage", hello("m-1")).await["task"].clone();
    assert_eq!(task["status"]["state"], "TASK_STATE_COMPLETED");
    assert_eq!(
        task["artifacts"][0]["parts"],
        json!([{ "text": "fn sort()" }])
    );
    let first = &task["history"][0];
    assert_eq!(
        (
            &first["messageId"],
            &first["role"],
            &first["taskId"],
            &first["contextId"]
        ),
        (
            &json!("m-1"),
            &json!("ROLE_USER"),
            &task["id"],
            &task["contextId"]
        )
    );
    let posted: serde_json::Value = serde_json::from_slice(&agent.seen()[0].body).unwrap();
    assert_eq!(
        posted["messages"],
        json!([{ "role": "user", "content": "hello" }])
    );
}

#[actix_web::test]
async fn a_single_data_part_is_the_agents_input_and_any_other_json_a_data_part() {
    let (gateway, agent) = answering(r#"{"count":42}"#);
    let ada = Asker::new(&gateway, "ada", "coder");
    let message =
        json!({ "messageId": "m", "role": "ROLE_USER", "parts": [{ "data": { "n": 7 } }] });
    let task = ada
        .result("SendMessage", json!({ "message": message }))
        .await["task"]
        .clone();
    assert_eq!(
        task["artifacts"][0]["parts"],
        json!([{ "data": { "count": 42 } }])
    );
    assert_eq!(agent.seen()[0].body, r#"{"n":7}"#);
}

#[actix_web::test]
async fn one_that_should_be_answered_at_once_does_not_wait_for_the_agent() {
    let gate = Gate::closed();
    let agent = waiting(&gate);
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder"))]);
    let ada = Asker::new(&gateway, "ada", "coder");
    let task = ada.result("SendMessage", at_once("m")).await["task"].clone();
    let state = task["status"]["state"].as_str().unwrap();
    assert!(
        matches!(state, "TASK_STATE_SUBMITTED" | "TASK_STATE_WORKING"),
        "{state}"
    );
    gate.open();
    let id = task["id"].as_str().unwrap();
    assert_eq!(gateway.ended(&ada.token, id).await["state"], "done");
}

fn waiting(gate: &Gate) -> Scripted {
    let gate = gate.clone();
    Scripted::start(move |_| {
        let gate = gate.clone();
        async move {
            gate.pass().await;
            HttpResponse::Ok().json(json!({}))
        }
    })
}

#[actix_web::test]
async fn an_agent_that_fails_is_a_failed_task_that_says_why() {
    let agent = Agent::start(Act::Raw(400, "application/json", "{}".to_owned()));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let ada = Asker::new(&gateway, "ada", "coder");
    let task = ada.result("SendMessage", hello("m")).await["task"].clone();
    assert_eq!(task["status"]["state"], "TASK_STATE_FAILED");
    let said = &task["status"]["message"];
    assert_eq!(said["role"], "ROLE_AGENT");
    assert_eq!(said["parts"], json!([{ "text": "agent answered 400" }]));
    assert_eq!(task["artifacts"], json!([]));
}

#[actix_web::test]
async fn the_same_key_and_request_is_one_task_and_another_request_is_refused() {
    let (gateway, agent) = answering(CHAT);
    let ada = Asker::new(&gateway, "ada", "coder");
    let key = [("idempotency-key", "k-1")];
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = ada.rpc_response("SendMessage", hello("m"), &key).await;
        let answer: serde_json::Value = answer.json().await.unwrap();
        ids.push(answer["result"]["task"]["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    let other = json!({ "message": text("m", "another") });
    let answer = ada.rpc_response("SendMessage", other, &key).await;
    let answer: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(answer["error"]["code"], -32602);
    assert_eq!(agent.seen().len(), 1);
}

#[actix_web::test]
async fn one_message_id_may_begin_many_tasks() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Asker::new(&gateway, "ada", "coder");
    let one = ada.result("SendMessage", hello("m")).await;
    let two = ada.result("SendMessage", hello("m")).await;
    assert_ne!(one["task"]["id"], two["task"]["id"]);
    assert_ne!(one["task"]["contextId"], two["task"]["contextId"]);
}

#[actix_web::test]
async fn a_history_is_as_long_as_asked_and_never_longer() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Asker::new(&gateway, "ada", "coder");
    let mut request = hello("m");
    request["configuration"] = json!({ "historyLength": 0 });
    let task = ada.result("SendMessage", request).await["task"].clone();
    assert!(task.get("history").is_none(), "{task}");
    for (asked, length) in [
        (json!(null), 1),
        (json!(0), 0),
        (json!(1), 1),
        (json!(5), 1),
    ] {
        let params = json!({ "id": task["id"], "historyLength": asked });
        let seen = ada.result("GetTask", params).await;
        let history = seen.get("history").and_then(|h| h.as_array());
        assert_eq!(history.map_or(0, Vec::len), length, "{asked}");
    }
    let refused = ada.refused("GetTask", json!({ "id": task["id"], "historyLength": -1 }));
    assert_eq!(refused.await.0, -32602);
}

#[actix_web::test]
async fn a_task_of_the_plain_face_is_seen_with_its_input_as_data() {
    let (gateway, _agent) = answering(r#"{"a":1}"#);
    let ada = Asker::new(&gateway, "ada", "coder");
    let sent = json!({ "target": "coder", "input": { "n": 1 } });
    let id = gateway.send(&ada.token, &sent).await;
    gateway.ended(&ada.token, &id).await;
    let task = ada.result("GetTask", json!({ "id": id })).await;
    assert_eq!(task["history"][0]["parts"], json!([{ "data": { "n": 1 } }]));
    assert_eq!(
        task["artifacts"][0]["parts"],
        json!([{ "data": { "a": 1 } }])
    );
    let listed = ada
        .result("ListTasks", json!({ "includeArtifacts": true }))
        .await;
    assert_eq!(listed["tasks"][0]["artifacts"], task["artifacts"]);
}

#[actix_web::test]
async fn a_caller_who_can_use_nothing_that_the_agent_gives_is_told_so() {
    let (gateway, agent) = answering(CHAT);
    let ada = Asker::new(&gateway, "ada", "coder");
    let asking = |modes: &[&str]| {
        let mut request = hello("m");
        request["configuration"] = json!({ "acceptedOutputModes": modes });
        request
    };
    let refused = ada.refused("SendMessage", asking(&["image/png", "audio/*"]));
    let expected = (-32005, "CONTENT_TYPE_NOT_SUPPORTED".to_owned());
    assert_eq!(refused.await, expected);
    assert_eq!(agent.seen().len(), 0, "and no task is made");
    let usable: [&[&str]; 4] = [&[], &["image/png", "text/plain"], &["text/*"], &["text"]];
    for modes in usable {
        let task = ada.result("SendMessage", asking(modes)).await["task"].clone();
        assert_eq!(task["status"]["state"], "TASK_STATE_COMPLETED", "{modes:?}");
    }
}

#[actix_web::test]
async fn a_message_that_is_nested_too_deep_is_refused_by_its_name() {
    let (gateway, agent) = answering(CHAT);
    let ada = Asker::new(&gateway, "ada", "coder");
    let deep = (0..110).fold(json!(1), |inner, _| json!([inner]));
    let mut message = text("m", "hello");
    message["metadata"] = json!({ "deep": deep });
    let answer = ada.rpc("SendMessage", json!({ "message": message })).await;
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    assert!(answer.to_string().contains("100 levels"), "{answer}");
    assert!(answer.to_string().contains("\"message\""), "{answer}");
    assert_eq!(agent.seen().len(), 0);
}
