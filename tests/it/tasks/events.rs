//! A task's history, and what is added to it, as a stream that can be resumed.

use std::time::Duration;

use actix_web::HttpResponse;
use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    gateway::Gateway,
    scripted::{Gate, Place, Scripted},
    sse::{Event, Events},
};

async fn stream(gateway: &Gateway, token: &str, id: &str, after: Option<i64>) -> Response {
    let url = gateway.at(&format!("/a2a/tasks/events/{id}"));
    let mut request = gateway.client.get(url).bearer_auth(token);
    if let Some(after) = after {
        request = request.header("last-event-id", after);
    }
    request.send().await.unwrap()
}

fn seqs(events: &[Event]) -> Vec<i64> {
    events.iter().map(|event| event.id).collect()
}

fn kinds(events: &[Event]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event.data["kind"].as_str().unwrap())
        .collect()
}

/// A gateway with an agent that waits for `gate`, then writes `documents`
/// documents and answers.
fn writing(gate: &Gate, documents: usize) -> (Gateway, Scripted) {
    let place = Place::default();
    let agent = Scripted::start({
        let (place, gate) = (place.clone(), gate.clone());
        move |call| {
            let (place, gate) = (place.clone(), gate.clone());
            async move {
                gate.pass().await;
                for n in 0..documents {
                    let document = json!({ "title": format!("part {n}"), "text": "…" });
                    let (status, _) = place.post(&call, "/mem/events", &document).await;
                    assert_eq!(status, 201);
                }
                HttpResponse::Ok().json(json!({}))
            }
        }
    });
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder"))]);
    place.set(&gateway.url);
    (gateway, agent)
}

async fn sent(gateway: &Gateway, token: &str) -> String {
    let task = json!({ "target": "coder", "input": {} });
    gateway.send(token, &task).await
}

#[actix_web::test]
async fn a_stream_tells_the_whole_story_and_ends_with_the_task() {
    let gate = Gate::closed();
    let (gateway, _agent) = writing(&gate, 1);
    let token = gateway.token("ada");
    let id = sent(&gateway, &token).await;
    let mut events = Events::of(stream(&gateway, &token, &id, None).await);
    let first = events.next().await.unwrap();
    let second = events.next().await.unwrap();
    assert_eq!(kinds(&[first.clone(), second]), ["submitted", "working"]);
    assert_eq!(
        first.data["data"],
        json!({ "target": "coder", "parent": null })
    );
    gate.open();
    let rest = events.rest().await;
    assert_eq!(kinds(&rest), ["document", "artifact", "completed"]);
    assert_eq!(rest[0].data["data"]["title"], "part 0");
    assert_eq!(rest[0].data["data"]["agent"], "coder");
    let ended = &rest[2].data;
    assert_eq!(
        (&ended["state"], &ended["attempt"], ended["seq"].as_i64()),
        (&json!("completed"), &json!(1), Some(rest[2].id))
    );
    let members: Vec<_> = ended.as_object().unwrap().keys().collect();
    assert_eq!(members, ["at", "attempt", "data", "kind", "seq", "state"]);
}

#[actix_web::test]
async fn a_dropped_stream_is_resumed_without_loss_and_without_repetition() {
    let gate = Gate::closed();
    let (gateway, _agent) = writing(&gate, 20);
    let token = gateway.token("ada");
    let id = sent(&gateway, &token).await;
    let mut all = Vec::new();
    let mut drops = 0;
    loop {
        let after = all.last().map(|event: &Event| event.id);
        let mut events = Events::of(stream(&gateway, &token, &id, after).await);
        if drops == 0 {
            gate.open();
        }
        // Three events, then the line is lost, whatever else was on its way.
        let mut is_over = false;
        for _ in 0..3 {
            match events.next().await {
                Some(event) => all.push(event),
                None => is_over = true,
            }
        }
        if is_over {
            break;
        }
        drops += 1;
    }
    assert!(drops >= 6, "dropped {drops} times");
    let expected: Vec<i64> = (1..=24).collect();
    assert_eq!(
        seqs(&all),
        expected,
        "submitted, working, 20 documents, artifact, completed"
    );
    assert_eq!(kinds(&all).last(), Some(&"completed"));
    let history = gateway.history(&token, &id).await;
    let streamed: Vec<Value> = all.into_iter().map(|event| event.data).collect();
    assert_eq!(streamed, history);
}

#[actix_web::test]
async fn a_stream_of_an_ended_task_tells_it_again_and_ends() {
    let gate = Gate::closed();
    gate.open();
    let (gateway, _agent) = writing(&gate, 0);
    let token = gateway.token("ada");
    let id = sent(&gateway, &token).await;
    gateway.ended(&token, &id).await;
    let whole = Events::of(stream(&gateway, &token, &id, None).await);
    assert_eq!(
        kinds(&whole.rest().await),
        ["submitted", "working", "artifact", "completed"]
    );
    let tail = Events::of(stream(&gateway, &token, &id, Some(2)).await);
    assert_eq!(seqs(&tail.rest().await), [3, 4]);
    let path = format!("/a2a/tasks/events/{id}?after=2");
    let by_query = Events::of(gateway.get(&token, &path).await);
    assert_eq!(seqs(&by_query.rest().await), [3, 4]);
}

#[actix_web::test]
async fn a_stream_resumed_after_the_end_ends_at_once() {
    let gate = Gate::closed();
    gate.open();
    let (gateway, _agent) = writing(&gate, 0);
    let token = gateway.token("ada");
    let id = sent(&gateway, &token).await;
    gateway.ended(&token, &id).await;
    let after_the_end = Events::of(stream(&gateway, &token, &id, Some(4)).await);
    let rest = tokio::time::timeout(Duration::from_secs(5), after_the_end.rest());
    assert_eq!(rest.await.expect("it ends"), []);
}

#[actix_web::test]
async fn many_watch_one_task_and_each_sees_all_of_it() {
    let gate = Gate::closed();
    let (gateway, _agent) = writing(&gate, 5);
    let token = gateway.token("ada");
    let id = sent(&gateway, &token).await;
    let watching = (0..20).map(|_| async {
        let events = Events::of(stream(&gateway, &token, &id, None).await);
        gate.open();
        seqs(&events.rest().await)
    });
    let expected: Vec<i64> = (1..=9).collect();
    for seen in futures_util::future::join_all(watching).await {
        assert_eq!(seen, expected);
    }
}

#[actix_web::test]
async fn the_history_comes_as_json_too_and_from_any_point() {
    let gate = Gate::closed();
    gate.open();
    let (gateway, _agent) = writing(&gate, 2);
    let token = gateway.token("ada");
    let id = sent(&gateway, &token).await;
    gateway.ended(&token, &id).await;
    let kinds = gateway.kinds(&token, &id).await;
    assert_eq!(
        kinds,
        [
            "submitted",
            "working",
            "document",
            "document",
            "artifact",
            "completed"
        ]
    );
    let path = format!("/a2a/tasks/events/{id}?history=true&after=3");
    let tail = gateway.ask(&token, &path).await.body;
    let tail: Vec<_> = tail["events"].as_array().unwrap().iter().collect();
    assert_eq!(
        tail.iter().map(|e| &e["seq"]).collect::<Vec<_>>(),
        [&json!(4), &json!(5), &json!(6)]
    );
}

#[actix_web::test]
async fn a_cursor_that_is_none_and_a_task_that_is_none_are_refused() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents), ("SHUTDOWN_GRACE", "1")]);
    let token = gateway.token("ada");
    let id = sent(&gateway, &token).await;
    let url = gateway.at(&format!("/a2a/tasks/events/{id}"));
    let request = gateway.client.get(url).bearer_auth(&token);
    let answer = request.header("last-event-id", "two").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let answer = gateway.ask(&token, "/a2a/tasks/events/none").await;
    assert_eq!((answer.status, answer.detail()), (404, "unknown task"));
}
