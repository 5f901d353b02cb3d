//! Plain agents and the own chat, seen by A2A: streams become artifacts.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Hub, artifacts, asking, output};
use crate::support::{
    a2a_agent::{A2aAgent, Say},
    engine::{Act, Engine, Feed},
    eventually,
    gateway::{Gateway, chat},
};

fn piece(text: &str) -> String {
    let delta = json!({ "model": "m", "choices": [{ "index": 0, "delta": { "content": text } }] });
    format!("data: {delta}\n\n")
}

fn end() -> String {
    let stop = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    let usage = json!({ "choices": [], "usage": { "prompt_tokens": 3, "completion_tokens": 2 } });
    format!("data: {stop}\n\ndata: {usage}\n\ndata: [DONE]\n\n")
}

async fn before(engine: Engine) -> Hub {
    let agent = A2aAgent::start(|_| Say::Silence);
    let gateway = Gateway::before(engine, &[("AGENTS", &agent.named("helper"))]);
    Hub::over(gateway, agent).await
}

#[actix_web::test]
async fn an_answer_of_the_own_chat_is_told_as_it_comes() {
    let feed = Feed::default();
    let hub = before(Engine::start(Act::Fed("text/event-stream", feed.clone()))).await;
    let id = hub.say("chat", &chat("hi"), &asking("m", "hi")).await;
    feed.send(piece("he"));
    eventually("the first piece is there before the rest", async || {
        let now = hub.snapshot(id).await;
        (artifacts(&now)[0]["parts"][0]["text"] == "he").then_some(())
    })
    .await;
    feed.send(piece("l") + &piece("lo") + &end());
    feed.end();
    let done = hub.completed(id).await;
    assert_eq!(artifacts(&done)[0]["parts"], json!([{"text": "hello"}]));
    let lines = hub.store.lines(id, 0, 100).await.unwrap();
    let updates = lines.iter().filter(|line| line.kind == "artifact");
    let updates: Vec<Value> = updates
        .map(|line| serde_json::from_str(line.data.as_ref().unwrap().get()).unwrap())
        .collect();
    assert_eq!(updates[0]["append"], Value::Null);
    assert!(updates[1..].iter().all(|update| update["append"] == true));
    assert_eq!(updates.last().unwrap()["lastChunk"], true);
    let whole = output(&done);
    assert_eq!(whole["choices"][0]["message"]["content"], "hello");
    assert_eq!(whole["choices"][0]["finish_reason"], "stop");
    assert_eq!(whole["usage"]["total_tokens"], 5);
    assert_eq!(whole["model"], "m");
    let seen = hub.gateway.engine.seen().pop().unwrap().json();
    assert_eq!(seen["stream"], true);
}

#[actix_web::test]
async fn a_stream_that_breaks_in_the_middle_is_tried_again_and_replaced() {
    let broken = |is_cut| Act::Stream {
        content_type: "text/event-stream",
        chunks: vec![piece("half ")],
        pause: Duration::ZERO,
        is_cut,
    };
    for is_cut in [true, false] {
        let engine = Engine::start(broken(is_cut));
        let hub = before(engine).await;
        let id = hub.say("chat", &chat("hi"), &asking("m", "hi")).await;
        eventually("the first try has failed", async || {
            hub.kinds(id)
                .await
                .contains(&"retry".to_owned())
                .then_some(())
        })
        .await;
        hub.gateway.engine.act(Act::Stream {
            content_type: "text/event-stream",
            chunks: vec![piece("whole"), end()],
            pause: Duration::ZERO,
            is_cut: false,
        });
        let done = hub.completed(id).await;
        assert_eq!(artifacts(&done)[0]["parts"], json!([{"text": "whole"}]));
    }
}

#[actix_web::test]
async fn an_answer_that_is_more_than_a_text_is_asked_for_whole() {
    let hub = before(Engine::start(Act::Text("hello"))).await;
    let mut input = chat("hi");
    input["tools"] = json!([{ "type": "function", "function": { "name": "f" } }]);
    let id = hub.say("chat", &input, &asking("m", "hi")).await;
    let done = hub.completed(id).await;
    let seen = hub.gateway.engine.seen().pop().unwrap().json();
    assert_ne!(seen["stream"], true);
    assert_eq!(output(&done)["choices"][0]["message"]["content"], "hello");
}

#[actix_web::test]
async fn who_names_no_model_gets_the_one_of_the_message_or_the_first_there_is() {
    let models = json!({ "data": [{ "id": "first" }, { "id": "second" }] }).to_string();
    let answer = Act::Stream {
        content_type: "text/event-stream",
        chunks: vec![piece("x"), end()],
        pause: Duration::ZERO,
        is_cut: false,
    };
    let hub = before(Engine::start(Act::ByPath(vec![
        ("/v1/models", Act::Raw(200, "application/json", models)),
        ("/v1/chat/completions", answer),
    ])))
    .await;
    let asked = json!({ "messages": [{ "role": "user", "content": "hi" }] });
    let mut named = asking("m", "hi");
    named["message"]["metadata"] = json!({ "model": "mine" });
    for (request, model) in [(asking("m", "hi"), "first"), (named, "mine")] {
        let id = hub.say("chat", &asked, &request).await;
        hub.completed(id).await;
        let calls = hub.gateway.engine.seen();
        let chats = calls
            .iter()
            .filter(|seen| seen.path == "/v1/chat/completions");
        assert_eq!(chats.last().unwrap().json()["model"], model);
    }
}

#[actix_web::test]
async fn a_plain_agent_that_streams_lines_is_told_as_it_comes() {
    let line = |content: &str, done: bool| {
        let line = json!({ "model": "m", "message": { "content": content }, "done": done });
        format!("{line}\n")
    };
    let agent = Engine::start(Act::Stream {
        content_type: "application/x-ndjson",
        chunks: vec![line("he", false), line("llo", false), line("", true)],
        pause: Duration::ZERO,
        is_cut: false,
    });
    let helper = A2aAgent::start(|_| Say::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    let hub = Hub::over(Gateway::with(&[("AGENTS", &agents)]), helper).await;
    let input = json!({ "messages": [], "stream": true });
    let id = hub.say("coder", &input, &asking("m", "hi")).await;
    let done = hub.completed(id).await;
    assert_eq!(artifacts(&done)[0]["parts"], json!([{"text": "hello"}]));
    assert_eq!(
        agent.seen()[0].json(),
        input,
        "what is posted is what was said"
    );
    // The plain face is told as well, and has one result, whichever way it came.
    let id = hub
        .gateway
        .send(&hub.token, &json!({ "target": "coder", "input": input }))
        .await;
    let status = hub.gateway.ended(&hub.token, &id).await;
    let content = &status["result"]["choices"][0]["message"]["content"];
    assert_eq!(content, "hello", "{status}");
    let mut kinds = hub.kinds(id.parse().unwrap()).await;
    kinds.dedup();
    assert_eq!(kinds, ["submitted", "working", "artifact", "completed"]);
}

#[actix_web::test]
async fn an_agent_is_asked_for_a_stream_and_what_it_says_beside_it_is_kept() {
    let feed = Feed::default();
    let agent = Engine::start(Act::Fed("text/event-stream", feed.clone()));
    let helper = A2aAgent::start(|_| Say::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    let hub = Hub::over(Gateway::with(&[("AGENTS", &agents)]), helper).await;
    let task = json!({ "target": "coder", "input": { "messages": [] } });
    let id = hub.gateway.send(&hub.token, &task).await;
    feed.send(piece("he"));
    eventually("the first piece is told before the rest", async || {
        let history = hub.gateway.history(&hub.token, &id).await;
        let told = history.iter().find(|line| line["kind"] == "artifact")?;
        (told["data"]["artifact"]["parts"][0]["text"] == "he").then_some(())
    })
    .await;
    let attach = json!({ "plan_id": "p" });
    let beside = json!({ "choices": [], "attach": attach });
    feed.send(piece("llo") + &format!("data: {beside}\n\n") + &end());
    feed.end();
    let status = hub.gateway.ended(&hub.token, &id).await;
    assert_eq!(
        status["result"]["choices"][0]["message"]["content"],
        "hello"
    );
    assert_eq!(status["result"]["attach"], attach);
    let call = agent.seen().pop().unwrap();
    let kinds = "application/json, text/event-stream";
    assert_eq!(call.header("accept"), Some(kinds));
}

/// Before this engine as the agent `coder`, a task of the plain face.
async fn sent_to(act: Act) -> (Hub, String, Engine) {
    let agent = Engine::start(act);
    let agents = format!("coder={}/api/chat", agent.url());
    let helper = A2aAgent::start(|_| Say::Silence);
    let hub = Hub::over(Gateway::with(&[("AGENTS", &agents)]), helper).await;
    let task = json!({ "target": "coder", "input": {} });
    let id = hub.gateway.send(&hub.token, &task).await;
    (hub, id, agent)
}

#[actix_web::test]
async fn json_that_calls_itself_a_stream_is_the_json_it_is() {
    let line = json!({ "message": { "content": "hi" }, "done": true, "n": 42 });
    for (kind, body) in [
        ("text/event-stream", json!({ "n": 42 })),
        ("application/x-ndjson", line),
        ("application/x-ndjson", json!({ "response": "x" })),
    ] {
        let (hub, id, _agent) = sent_to(Act::Raw(200, kind, body.to_string())).await;
        let status = hub.gateway.ended(&hub.token, &id).await;
        assert_eq!(status["result"], body, "{status}");
    }
}

#[actix_web::test]
async fn an_answer_is_whole_at_its_end_even_where_the_connection_goes_on() {
    let feed = Feed::default();
    let (hub, id, _agent) = sent_to(Act::Fed("text/event-stream", feed.clone())).await;
    feed.send(piece("hello") + &end());
    let status = hub.gateway.ended(&hub.token, &id).await;
    let content = &status["result"]["choices"][0]["message"]["content"];
    assert_eq!((content, &status["attempt"]), (&json!("hello"), &json!(1)));
}

#[actix_web::test]
async fn an_answer_with_a_gap_is_none() {
    let huge = piece(&"x".repeat(70_000)) + &end();
    let act = Act::Stream {
        content_type: "text/event-stream",
        chunks: vec![piece("he"), huge],
        pause: Duration::ZERO,
        is_cut: false,
    };
    let (hub, id, agent) = sent_to(act).await;
    eventually("the first try has failed", async || {
        let kinds = hub.kinds(id.parse().unwrap()).await;
        kinds.contains(&"retry".to_owned()).then_some(())
    })
    .await;
    agent.act(Act::Raw(200, "application/json", r#"{"n":1}"#.into()));
    let status = hub.gateway.ended(&hub.token, &id).await;
    assert_eq!(status["result"], json!({ "n": 1 }));
}
