//! Memory in a Weaviate: what it is told, and what happens when it does not listen.

mod adopted;
mod away;
mod erasing;
mod owners;
mod refused;
mod setting;
mod shared;

use serde_json::{Value, json};

use crate::support::{
    asking::{Answer, id_of},
    eventually,
    gateway::Gateway,
    scripted::Gate,
    weaviate::{Act, Weaviate},
};

const EVENTS: &str = "/mem/events";

impl Gateway {
    /// What `/readyz` says of memory.
    async fn standing(&self) -> Value {
        let ready: Value = self.get("", "/readyz").await.json().await.unwrap();
        assert_eq!(ready["status"], "ready");
        ready["detail"]["memory"].clone()
    }

    /// Resolves once nothing waits for Weaviate.
    async fn forwarded(&self) {
        eventually("everything is forwarded", async || {
            (self.standing().await["waiting"] == 0).then_some(())
        })
        .await;
    }

    async fn note(&self, token: &str, text: &str) -> String {
        let written = self.tell(token, EVENTS, &json!({ "text": text })).await;
        assert_eq!(written.status, 201, "{}", written.body);
        id_of(&written)
    }

    /// Log lines with these texts, kept in one go.
    async fn log(&self, token: &str, texts: &[&str]) {
        let line = |text: &&str| json!({ "run_id": "r", "level": "info", "message": text, "timestamp": 1_795_000_000 });
        let lines: Value = texts.iter().map(line).collect();
        assert_eq!(self.tell(token, "/v1/logs", &lines).await.status, 202);
    }

    async fn erase(&self, token: &str, path: &str) -> Answer {
        let request = self.client.delete(self.at(path)).bearer_auth(token);
        crate::support::asking::whole(request.send().await.unwrap()).await
    }
}

fn texts(events: &[Value]) -> Vec<&str> {
    let text = |event: &Value| event["text"].as_str().is_some();
    assert!(events.iter().all(text), "{events:?}");
    events
        .iter()
        .filter_map(|event| event["text"].as_str())
        .collect()
}

#[actix_web::test]
async fn what_was_written_is_read_at_once_and_later_from_weaviate() {
    let (weaviate, gate) = (Weaviate::start(), Gate::closed());
    weaviate.act(Act::Hold(gate.clone()));
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    let document = json!({
        "title": "plan", "text": "a \"plan\" } é", "metadata": { "a": [1, { "b": null }] },
    });
    let id = id_of(&gateway.tell(&token, EVENTS, &document).await);
    let path = format!("{EVENTS}/{id}");
    let waiting = gateway.ask(&token, &path).await.body;
    assert_eq!(waiting["metadata"], document["metadata"]);
    assert_eq!(gateway.memory(&token, "").await.len(), 1);
    assert_eq!(gateway.standing().await["waiting"], 1);
    gate.open();
    gateway.forwarded().await;
    assert_eq!(weaviate.objects().len(), 1);
    assert_eq!(gateway.ask(&token, &path).await.body, waiting);
    let listed = gateway.memory(&token, "").await;
    assert_eq!(texts(&listed), ["a \"plan\" } é"]);
    let rows = crate::support::rows::count(&gateway, "memory_outbox").await;
    assert_eq!(rows, 0, "nothing stays on disk");
}

#[actix_web::test]
async fn a_key_is_remembered_after_its_document_has_left() {
    let weaviate = Weaviate::start();
    let gateway = Gateway::with(&weaviate.vars());
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let (first, second) = (json!({ "text": "first" }), json!({ "text": "second" }));
    let written = gateway.tell_once(&ada, EVENTS, "k", &first).await;
    assert_eq!(written.status, 201);
    gateway.forwarded().await;
    let again = gateway.tell_once(&ada, EVENTS, "k", &second).await;
    assert_eq!((again.status, id_of(&again)), (200, id_of(&written)));
    let bobs = gateway.tell_once(&bob, EVENTS, "k", &second).await;
    assert_eq!(bobs.status, 201);
    gateway.forwarded().await;
    assert_eq!(weaviate.texts(), ["first", "second"]);
}

#[actix_web::test]
async fn pages_neither_lose_nor_double_what_happened_at_one_moment() {
    let weaviate = Weaviate::start();
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    let lines: Vec<_> = (0..40).map(|n| format!("line {n}")).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    gateway.log(&token, &lines[..25]).await;
    gateway.forwarded().await;
    let gate = Gate::closed();
    weaviate.act(Act::Hold(gate.clone()));
    gateway.log(&token, &lines[25..]).await;
    let (mut seen, mut path) = (Vec::new(), format!("{EVENTS}?limit=7"));
    loop {
        let page = gateway.ask(&token, &path).await.body;
        let events = page["data"]["Get"]["MemoryEvent"].as_array().unwrap();
        seen.extend(texts(events).into_iter().map(str::to_owned));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("{EVENTS}?limit=7&before={next}");
    }
    let expected: Vec<_> = lines.iter().rev().copied().collect();
    assert_eq!(seen, expected);
    gate.open();
}

#[actix_web::test]
async fn a_document_that_waits_shows_in_its_tasks_history() {
    let weaviate = Weaviate::start();
    weaviate.act(Act::Answer(503, ""));
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    let chat = json!({ "input": crate::support::gateway::chat("hi") });
    let id = gateway.send(&token, &chat).await;
    gateway.ended(&token, &id).await;
    let document = json!({ "title": "note", "text": "x", "agent": "me", "task_id": id });
    let mem = id_of(&gateway.tell(&token, EVENTS, &document).await);
    let history = gateway.history(&token, &id).await;
    let line = history.iter().find(|line| line["kind"] == "document");
    let data = json!({ "mem_id": mem, "title": "note", "agent": "me" });
    assert_eq!(line.unwrap()["data"], data);
}
