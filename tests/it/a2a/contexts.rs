//! Tasks of one conversation.

use serde_json::{Value, json};

use crate::support::{
    a2a::{Asker, hello, text},
    agent::{Act, Agent},
    gateway::Gateway,
};

fn answering() -> (Gateway, Agent) {
    let body = r#"{"choices":[{"message":{"role":"assistant","content":"done"}}]}"#;
    let agent = Agent::start(Act::Raw(200, "application/json", body.to_owned()));
    let agents = format!("coder={}/api/chat", agent.url());
    (Gateway::with(&[("AGENTS", &agents)]), agent)
}

fn in_context(id: &str, said: &str, context: &Value) -> Value {
    let mut message = text(id, said);
    message["contextId"] = context.clone();
    json!({ "message": message })
}

#[actix_web::test]
async fn a_context_that_the_caller_names_is_kept() {
    let (gateway, _agent) = answering();
    let ada = Asker::new(&gateway, "ada", "coder");
    let sent = ada
        .result("SendMessage", in_context("m", "hi", &json!("my talk")))
        .await;
    assert_eq!(sent["task"]["contextId"], "my talk");
    let long = json!("x".repeat(257));
    let refused = ada
        .refused("SendMessage", in_context("m", "hi", &long))
        .await;
    assert_eq!(refused.0, -32602);
}

#[actix_web::test]
async fn the_next_message_of_a_context_comes_after_what_was_said_before() {
    let (gateway, agent) = answering();
    let ada = Asker::new(&gateway, "ada", "coder");
    let first = ada.result("SendMessage", hello("m-1")).await["task"].clone();
    let context = &first["contextId"];
    let second = ada
        .result("SendMessage", in_context("m-2", "and now?", context))
        .await;
    assert_ne!(second["task"]["id"], first["id"]);
    assert_eq!(second["task"]["contextId"], *context);
    let posted: Value = serde_json::from_slice(&agent.seen()[1].body).unwrap();
    let turn = |role: &str, content: &str| json!({ "role": role, "content": content });
    assert_eq!(
        posted["messages"],
        json!([
            turn("user", "hello"),
            turn("assistant", "done"),
            turn("user", "and now?")
        ])
    );
}

#[actix_web::test]
async fn a_context_of_the_same_name_is_another_one_for_another_person() {
    let (gateway, agent) = answering();
    let (ada, bob) = (
        Asker::new(&gateway, "ada", "coder"),
        Asker::new(&gateway, "bob", "coder"),
    );
    let talk = json!("talk");
    ada.result("SendMessage", in_context("m", "a secret", &talk))
        .await;
    bob.result("SendMessage", in_context("m", "hi", &talk))
        .await;
    let posted: Value = serde_json::from_slice(&agent.seen()[1].body).unwrap();
    assert_eq!(
        posted["messages"],
        json!([{ "role": "user", "content": "hi" }])
    );
    let listed = bob.result("ListTasks", json!({ "contextId": talk })).await;
    assert_eq!(listed["totalSize"], 1);
}

#[actix_web::test]
async fn a_task_that_a_message_refers_to_is_told_to_the_agent() {
    let (gateway, agent) = answering();
    let ada = Asker::new(&gateway, "ada", "coder");
    let first = ada.result("SendMessage", hello("m-1")).await["task"].clone();
    let mut message = text("m-2", "better");
    message["referenceTaskIds"] = json!([first["id"], "nothing"]);
    ada.result("SendMessage", json!({ "message": message }))
        .await;
    let posted: Value = serde_json::from_slice(&agent.seen()[1].body).unwrap();
    let said: Vec<_> = posted["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["content"])
        .collect();
    assert_eq!(said, ["hello", "done", "better"]);
}

#[actix_web::test]
async fn a_task_that_is_named_twice_or_is_in_the_context_is_told_once() {
    let (gateway, agent) = answering();
    let ada = Asker::new(&gateway, "ada", "coder");
    let other = ada.result("SendMessage", hello("m-1")).await["task"].clone();
    let talk = json!("talk");
    let before = ada.result("SendMessage", in_context("m-2", "first", &talk));
    let before = before.await["task"].clone();
    let mut request = in_context("m-3", "last", &talk);
    let named = json!([before["id"], other["id"], other["id"], before["id"]]);
    request["message"]["referenceTaskIds"] = named;
    ada.result("SendMessage", request).await;
    let said = contents(&agent, 2);
    assert_eq!(said, ["hello", "done", "first", "done", "last"]);
}

/// What the agent was told in its call number `nth`.
fn contents(agent: &Agent, nth: usize) -> Vec<String> {
    let posted: Value = serde_json::from_slice(&agent.seen()[nth].body).unwrap();
    let said = posted["messages"].as_array().unwrap().iter();
    said.map(|m| m["content"].as_str().unwrap().to_owned())
        .collect()
}

#[actix_web::test]
async fn of_a_long_context_the_oldest_falls_away_before_it_is_too_much() {
    const MOST: usize = 8000;
    let body = r#"{"choices":[{"message":{"role":"assistant","content":"done"}}]}"#;
    let agent = Agent::start(Act::Raw(200, "application/json", body.to_owned()));
    let agents = format!("coder={}/api/chat", agent.url());
    let vars = [
        ("AGENTS", &*agents),
        ("MAX_REQUEST_BYTES", &MOST.to_string()),
    ];
    let gateway = Gateway::with(&vars);
    let ada = Asker::new(&gateway, "ada", "coder");
    let talk = json!("talk");
    let long = |n: usize| format!("{n} {}", "x".repeat(1500));
    for n in 0..5 {
        let sent = in_context(&format!("m-{n}"), &long(n), &talk);
        ada.result("SendMessage", sent).await;
    }
    let said = contents(&agent, 4);
    assert_eq!(
        said,
        [long(2), "done".into(), long(3), "done".into(), long(4)]
    );
    // One that fills a request alone leaves no room for anything else.
    let whole = "y".repeat(MOST - 600);
    ada.result("SendMessage", in_context("m", &whole, &talk))
        .await;
    assert_eq!(contents(&agent, 5), [whole]);
    assert!(agent.seen()[5].body.len() < MOST);
}
