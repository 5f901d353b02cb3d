//! An agent may say a lot, but not without end.

use std::time::{Duration, Instant};

use attach_gateway::domain::id::TaskId;
use serde_json::{Value, json};

use super::Hub;
use crate::support::{
    a2a_agent::{A2aAgent, Say, Step, artifact, said, status, task},
    eventually,
};

async fn why(steps: Vec<Step>) -> String {
    let agent = A2aAgent::start(move |asked| match &*asked.method {
        "CancelTask" => Say::Result(task("CANCELED")["task"].clone()),
        _ => Say::Stream(steps.clone()),
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    ended(&hub, id).await;
    let failed = hub.failed(id).await;
    eventually("it is told to stop and hung up on", async || {
        let told = hub.agent.calls_of("CancelTask").len() == 1;
        (told && hub.agent.open() == 0).then_some(())
    })
    .await;
    assert_eq!(failed.task.attempt, 1);
    failed.task.detail.unwrap()
}

/// Reading so much takes its time on a busy machine: a minute at most.
async fn ended(hub: &Hub, id: TaskId) {
    let until = Instant::now() + Duration::from_secs(60);
    while !hub.snapshot(id).await.task.state.is_terminal() {
        assert!(Instant::now() < until, "not within a minute");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn endless(first: Value, each: impl Fn(usize) -> Value, count: usize) -> Vec<Step> {
    let all = [first].into_iter().chain((0..count).map(each));
    all.map(Step::Event).chain([Step::Silence]).collect()
}

#[actix_web::test]
async fn artifacts_of_more_than_eight_mebibytes_are_too_much() {
    let mebibyte = "x".repeat(1 << 20);
    let part = json!({ "text": mebibyte });
    let steps = endless(task("WORKING"), |n| artifact("a", &part, n > 0, false), 9);
    assert_eq!(why(steps).await, "the agent sent more than 8388608 bytes");
}

#[actix_web::test]
async fn one_event_of_more_than_eight_mebibytes_is_too_much() {
    let part = json!({ "text": "x".repeat(9 << 20) });
    let steps = endless(task("WORKING"), |_| artifact("a", &part, false, false), 1);
    assert_eq!(
        why(steps).await,
        "the agent sent more than 8388608 bytes at once"
    );
}

#[actix_web::test]
async fn what_is_said_counts_too() {
    let text = "x".repeat(1 << 20);
    let say = |n: usize| status("WORKING", said(&format!("m{n}"), &text));
    let steps = endless(task("WORKING"), say, 9);
    assert_eq!(why(steps).await, "the agent sent more than 8388608 bytes");
}

#[actix_web::test]
async fn more_than_twenty_thousand_events_are_too_many() {
    let steps = endless(task("WORKING"), |_| status("WORKING", Value::Null), 20_001);
    assert_eq!(why(steps).await, "the agent sent more than 20000 events");
}

#[actix_web::test]
async fn names_and_metadata_count_like_everything_else() {
    let long = "x".repeat(1 << 20);
    let named = |n: usize| {
        let mut event = artifact("a", &json!({"text": ""}), n > 0, false);
        event["artifactUpdate"]["artifact"]["name"] = json!(long);
        event
    };
    let described = |n: usize| {
        let mut event = status("WORKING", Value::Null);
        event["statusUpdate"]["metadata"] = json!({ format!("k{n}"): long });
        event
    };
    for steps in [
        endless(task("WORKING"), named, 9),
        endless(task("WORKING"), described, 9),
    ] {
        assert_eq!(why(steps).await, "the agent sent more than 8388608 bytes");
    }
}

#[actix_web::test]
async fn more_than_a_thousand_artifacts_are_too_many() {
    let one = |n: usize| json!({ "artifactId": format!("a{n}"), "parts": [{ "text": "x" }] });
    let all: Vec<_> = (0..1001).map(one).collect();
    let mut whole = task("WORKING");
    whole["task"]["artifacts"] = json!(all);
    let steps = vec![Step::Event(whole), Step::Silence];
    assert_eq!(why(steps).await, "the agent made more than 1000 artifacts");
}
