use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    gateway::{Gateway, chat},
};

#[actix_web::test]
async fn a_chat_reaches_the_engine_and_its_answer_the_caller() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let answer = gateway
        .post(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-tokens-out"], "5");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], "hello");
    let seen = gateway.engine.seen();
    assert_eq!(seen[0].header("x-attach-user"), Some("ada"));
    assert_eq!(seen[0].header("authorization"), None);
}

#[actix_web::test]
async fn a_task_for_an_agent_ends_with_the_agents_answer() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{\"x\": 1.0}".into()));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let token = gateway.token("ada");
    let id = gateway
        .send(&token, &json!({ "target": "coder", "input": { "a": 1 } }))
        .await;
    let status = gateway.ended(&token, &id).await;
    assert_eq!(
        (&status["state"], &status["result"]),
        (&json!("done"), &json!({ "x": 1.0 }))
    );
    assert_eq!(agent.seen()[0].header("idempotency-key"), Some(&*id));
}
