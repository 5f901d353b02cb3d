//! Shared memory: what is written by itself, what is written by hand, and how
//! it is read.

mod contract;
mod documents;
mod erasing;
mod logs;
mod model;
mod moving;
mod reading;
mod searching;
mod secrets;
mod shared;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    engine::{Engine, Feed, sse},
    gateway::{Gateway, chat},
};

fn texts(events: &[Value]) -> Vec<(&str, &str)> {
    events
        .iter()
        .map(|event| {
            (
                event["event"].as_str().unwrap(),
                event["text"].as_str().unwrap(),
            )
        })
        .collect()
}

#[actix_web::test]
async fn a_chat_leaves_its_prompt_and_its_answer() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let answer = gateway
        .post(&token, "/v1/chat/completions", &chat("what is up?"))
        .await;
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    let events = gateway.remembers(&token, "", 2).await;
    assert_eq!(
        texts(&events),
        [("response", "hello"), ("prompt", "what is up?")]
    );
    for event in &events {
        assert_eq!(event["user"], "ada");
        assert_eq!(event["issuer"], json!(gateway.issuer.url()));
        assert_eq!(event["session_id"], json!(header("x-attach-session-id")));
        assert_eq!(event["request_id"], json!(header("x-request-id")));
        assert_eq!(event["model"], "scripted");
        assert_eq!(event.get("task_id"), None, "no task asked for it");
    }
    let (response, prompt) = (&events[0], &events[1]);
    assert_eq!(
        (&prompt["role"], &prompt["tokens"]),
        (&json!("user"), &json!(3))
    );
    assert_eq!(
        (&response["role"], &response["tokens"], &response["outcome"]),
        (&json!("assistant"), &json!(5), &json!("finished"))
    );
}

#[actix_web::test]
async fn a_streamed_chat_leaves_the_same() {
    let engine = Engine::start(Act::Stream {
        content_type: "text/event-stream",
        chunks: sse(&["all ", "is ", "well"]),
        pause: Duration::from_millis(1),
        is_cut: false,
    });
    let gateway = Gateway::before(engine, &[]);
    let token = gateway.token("ada");
    let mut body = chat("what is up?");
    body["stream"] = json!(true);
    let answer = gateway.post(&token, "/v1/chat/completions", &body).await;
    answer.text().await.unwrap();
    let events = gateway.remembers(&token, "", 2).await;
    assert_eq!(
        texts(&events),
        [("response", "all is well"), ("prompt", "what is up?")]
    );
    assert_eq!(events[0]["outcome"], "finished");
    assert_eq!(events[0]["tokens"], 3);
}

#[actix_web::test]
async fn an_answer_that_broke_off_is_kept_as_far_as_it_came() {
    let feed = Feed::default();
    let engine = Engine::start(Act::Fed("text/event-stream", feed.clone()));
    let gateway = Gateway::before(engine, &[]);
    let token = gateway.token("ada");
    let mut body = chat("what is up?");
    body["stream"] = json!(true);
    let asked = gateway.post(&token, "/v1/chat/completions", &body);
    let chunks = sse(&["all ", "is ", "well"]);
    feed.send(chunks[0].clone());
    let mut answer = asked.await;
    feed.send(chunks[1].clone());
    let mut read = String::new();
    while !read.contains("is ") {
        let chunk = answer.chunk().await.unwrap().unwrap();
        read.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    feed.cut();
    while let Ok(Some(_)) = answer.chunk().await {}
    let events = gateway.remembers(&token, "", 2).await;
    assert_eq!(texts(&events)[0], ("response", "all is "));
    assert_eq!(events[0]["outcome"], "cut");
}

#[actix_web::test]
async fn a_task_leaves_what_was_sent_and_what_became_of_it() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{\"x\": 1.0}".into()));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": { "a": 1 } });
    let id = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &id).await;
    let query = format!("task_id={id}");
    let events = gateway.remembers(&token, &query, 2).await;
    assert_eq!(
        texts(&events),
        [("task_result", "{\"x\": 1.0}"), ("task_sent", "{\"a\":1}")]
    );
    for event in &events {
        assert_eq!(
            (&event["task_id"], &event["target"]),
            (&json!(id), &json!("coder"))
        );
        assert_eq!(event["session_id"], ended["session_id"]);
    }
    assert_eq!(events[0]["state"], "done");
    assert_eq!(events[0]["result"], events[0]["text"], "its old name");
    assert_eq!(events[1]["payload"], events[1]["text"], "its old name");
}

#[actix_web::test]
async fn tasks_that_fail_or_are_canceled_leave_that() {
    let agent = Agent::start(Act::Raw(404, "application/json", "{}".into()));
    let silent = Agent::start(Act::Silence);
    let agents = format!(
        "coder={}/api/chat,poet={}/api/chat",
        agent.url(),
        silent.url()
    );
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let token = gateway.token("ada");
    let failed = gateway
        .send(&token, &json!({ "target": "coder", "input": {} }))
        .await;
    let canceled = gateway
        .send(&token, &json!({ "target": "poet", "input": {} }))
        .await;
    let path = format!("/a2a/tasks/cancel/{canceled}");
    assert_eq!(gateway.tell(&token, &path, &json!({})).await.status, 200);
    for (id, text) in [
        (failed, "agent answered 404"),
        (canceled, "canceled by its owner"),
    ] {
        let query = format!("task_id={id}&event=task_result");
        let events = gateway.remembers(&token, &query, 1).await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["state"], "error");
        let said = events[0]["text"].as_str().unwrap();
        assert!(said.contains(text), "{said}");
    }
}

#[actix_web::test]
async fn the_own_chat_of_a_task_is_remembered_once_and_under_its_task() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let id = gateway.send(&token, &json!({ "input": chat("hi") })).await;
    gateway.ended(&token, &id).await;
    let query = format!("task_id={id}");
    let events = gateway.remembers(&token, &query, 4).await;
    let mut kinds: Vec<_> = texts(&events).into_iter().map(|(kind, _)| kind).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["prompt", "response", "task_result", "task_sent"]);
    assert_eq!(gateway.memory(&token, "limit=100").await.len(), 4);
}

#[actix_web::test]
async fn what_the_engine_never_saw_leaves_no_memory() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let refused = gateway
        .tell_raw(&token, "/v1/chat/completions", "{\"messages\":")
        .await;
    assert_eq!(refused.status, 400);
    gateway
        .tell(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    let events = gateway.remembers(&token, "", 2).await;
    assert_eq!(texts(&events), [("response", "hello"), ("prompt", "hi")]);
}

#[actix_web::test]
async fn with_memory_off_its_routes_say_what_to_set_and_the_rest_works() {
    let gateway = Gateway::with(&[("MEM_BACKEND", "none")]);
    let token = gateway.token("ada");
    let document = json!({ "text": "x" });
    let id = "01a21009-18d3-7517-9b69-972aa2495fac";
    for answer in [
        gateway.tell(&token, "/mem/events", &document).await,
        gateway.ask(&token, "/mem/events").await,
        gateway.ask(&token, &format!("/mem/events/{id}")).await,
    ] {
        let detail = "memory is off here; set MEM_BACKEND to sqlite, postgres or weaviate";
        assert_eq!((answer.status, answer.detail()), (503, detail));
    }
    let answer = gateway
        .tell(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(answer.status, 200);
    let id = gateway.send(&token, &json!({ "input": chat("hi") })).await;
    assert_eq!(gateway.ended(&token, &id).await["state"], "done");
}
