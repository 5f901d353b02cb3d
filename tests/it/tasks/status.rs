//! How a task is seen while it runs and after.

use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use serde_json::json;

use crate::support::{
    agent::{Act, Agent},
    gateway::Gateway,
    scripted::{Gate, Scripted},
};

fn now() -> f64 {
    attach_gateway::domain::time::UnixMillis::now().secs_f64()
}

/// An agent that answers once `gate` is open.
fn gated(gate: &Gate) -> Scripted {
    let gate = gate.clone();
    Scripted::start(move |_| {
        let gate = gate.clone();
        async move {
            gate.pass().await;
            HttpResponse::Ok().json(json!({ "ok": true }))
        }
    })
}

#[actix_web::test]
async fn a_status_has_the_members_old_clients_read() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".into()));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let token = gateway.token("ada");
    let before = now();
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &id).await;
    let (created, updated) = (
        ended["created"].as_f64().unwrap(),
        ended["updated"].as_f64().unwrap(),
    );
    assert!(ended["created"].is_f64(), "seconds, with a fraction");
    assert!(before - 0.001 <= created && created <= updated && updated <= now());
    assert_eq!(ended["task_id"], json!(id));
    assert_eq!(ended["target"], "coder");
    assert_eq!(ended["attempt"], 1);
    assert_eq!(ended["state"], "done");
}

#[actix_web::test]
async fn the_result_is_the_agents_json_byte_for_byte() {
    let body = r#"{"z": 1.0, "a":[ 1e2,12345678901234567890123 ],"s":"\u00e9\/"}"#;
    let agent = Agent::start(Act::Raw(200, "application/json", body.into()));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    gateway.ended(&token, &id).await;
    let path = format!("/a2a/tasks/status/{id}");
    let text = gateway.get(&token, &path).await.text().await.unwrap();
    assert!(text.contains(&format!("\"result\":{body}")), "{text}");
}

#[actix_web::test]
async fn a_task_without_a_result_yet_says_null() {
    let gate = Gate::closed();
    let agent = gated(&gate);
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder"))]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    let status = gateway.reaches(&token, &id, "in_progress").await;
    assert_eq!(status["result"], json!(null));
    gate.open();
    assert_eq!(
        gateway.ended(&token, &id).await["result"],
        json!({ "ok": true })
    );
}

#[actix_web::test]
async fn an_unknown_task_is_unknown_whatever_its_id_looks_like() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    for id in ["x", "00000000-0000-7000-8000-000000000000", "1'or'1"] {
        let answer = gateway
            .ask(&token, &format!("/a2a/tasks/status/{id}"))
            .await;
        assert_eq!((answer.status, answer.detail()), (404, "unknown task"));
    }
}

#[actix_web::test]
async fn a_waiting_status_returns_when_the_task_has_ended() {
    let gate = Gate::closed();
    let agent = gated(&gate);
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder"))]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    gateway.reaches(&token, &id, "in_progress").await;
    let path = format!("/a2a/tasks/status/{id}?wait=20");
    let asked = Instant::now();
    let mut waiting = Box::pin(gateway.ask(&token, &path));
    let held = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
    assert!(held.is_err(), "answered before anything changed: {held:?}");
    gate.open();
    let status = waiting.await;
    assert_eq!(status.body["state"], "done");
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(10), "held too long: {took:?}");
}

#[actix_web::test]
async fn a_status_that_waits_for_a_task_in_the_queue_waits_for_its_end() {
    let gate = Gate::closed();
    let agent = gated(&gate);
    let agents = agent.named("coder");
    let gateway = Gateway::with(&[("AGENTS", &agents), ("TASK_MAX_RUNNING", "1")]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let first = gateway.send(&token, &task).await;
    gateway.reaches(&token, &first, "in_progress").await;
    let second = gateway.send(&token, &task).await;
    let path = format!("/a2a/tasks/status/{second}?wait=20");
    let mut waiting = Box::pin(gateway.ask(&token, &path));
    let held = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
    assert!(held.is_err(), "answered before it has ended: {held:?}");
    gate.open();
    assert_eq!(waiting.await.body["state"], "done");
}

#[actix_web::test]
async fn a_waiting_status_returns_when_its_seconds_are_over() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents), ("SHUTDOWN_GRACE", "1")]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    gateway.reaches(&token, &id, "in_progress").await;
    let asked = Instant::now();
    let path = format!("/a2a/tasks/status/{id}?wait=1");
    let status = gateway.ask(&token, &path).await;
    assert_eq!(status.body["state"], "in_progress");
    let took = asked.elapsed().as_millis();
    assert!((900..5000).contains(&took), "{took} ms");
    let path = format!("/a2a/tasks/cancel/{id}");
    gateway.tell(&token, &path, &json!({})).await;
    let asked = Instant::now();
    let path = format!("/a2a/tasks/status/{id}?wait=20");
    assert_eq!(gateway.ask(&token, &path).await.body["state"], "error");
    assert!(asked.elapsed() < Duration::from_secs(5), "it has ended");
}
