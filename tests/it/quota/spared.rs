//! What costs nothing, and what costs once.

use serde_json::{Value, json};

use super::charged;
use crate::support::{
    eventually,
    gateway::{Gateway, chat},
};

/// A quota that is large enough.
const VARS: &[(&str, &str)] = &[("MAX_TOKENS_PER_MIN", "100000")];

async fn is_charged(gateway: &Gateway, tokens: u64) {
    eventually("the call is charged", async || {
        (charged(gateway, "default").await == tokens).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_task_is_charged_for_its_call_once_and_looking_at_it_costs_nothing() {
    let gateway = Gateway::with(VARS);
    let ada = gateway.token("ada");
    let task = json!({ "input": { "messages": [{ "role": "user", "content": "hi" }] } });
    let id = gateway.send(&ada, &task).await;
    gateway.ended(&ada, &id).await;
    is_charged(&gateway, 8).await;
    let path = format!("/a2a/tasks/status/{id}");
    for _ in 0..300 {
        assert_eq!(gateway.get(&ada, &path).await.status(), 200);
    }
    for path in ["/v1/models", "/a2a/tasks", "/mem/events", "/agents"] {
        assert_eq!(gateway.get(&ada, path).await.status(), 200, "{path}");
    }
    assert_eq!(charged(&gateway, "default").await, 8);
    assert_eq!(gateway.usage().await.len(), 1);
}

#[actix_web::test]
async fn a_message_over_a2a_is_charged_for_its_call_once() {
    let gateway = Gateway::with(VARS);
    let ada = gateway.token("ada");
    let message = json!({ "messageId": "1", "role": "ROLE_USER", "parts": [{ "text": "hi" }] });
    let request = gateway
        .client
        .post(gateway.at("/agents/chat/message:send"))
        .bearer_auth(&ada)
        .header("a2a-version", "1.0")
        .json(&json!({ "message": message }));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    let id = answer["task"]["id"].as_str().unwrap();
    gateway.ended(&ada, id).await;
    is_charged(&gateway, 8).await;
    for _ in 0..100 {
        let request = gateway
            .client
            .get(gateway.at(&format!("/agents/chat/tasks/{id}")))
            .bearer_auth(&ada)
            .header("a2a-version", "1.0");
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    assert_eq!(charged(&gateway, "default").await, 8);
}

#[actix_web::test]
async fn a_refused_call_is_billed_to_nobody() {
    let gateway = Gateway::with(&[("MAX_TOKENS_PER_MIN", "9")]);
    let ada = gateway.token("ada");
    let path = "/v1/chat/completions";
    assert_eq!(gateway.post(&ada, path, &chat("hi")).await.status(), 200);
    for _ in 0..5 {
        assert_eq!(gateway.post(&ada, path, &chat("hi")).await.status(), 429);
    }
    // Rows are in the order of the calls: what comes last is there last.
    let eve = gateway.token("eve");
    assert_eq!(gateway.post(&eve, path, &chat("hi")).await.status(), 200);
    let users = eventually("the last call has a row", async || {
        let rows = gateway.usage().await;
        let users: Vec<_> = rows.into_iter().map(|row| row.user_id).collect();
        users.contains(&"eve".to_owned()).then_some(users)
    })
    .await;
    assert_eq!(users, ["ada", "eve"]);
}
