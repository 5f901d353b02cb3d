//! SendStreamingMessage and SubscribeToTask.

use serde_json::Value;
use tonic::Code;

use crate::support::{
    agent::{Act, Agent},
    engine::Feed,
    gateway::Gateway,
    hub::{at_once, says, to, told, word},
};

/// A gateway before an agent that answers when the test says so.
fn patient() -> (Gateway, Feed) {
    let feed = Feed::default();
    let agent = Box::leak(Box::new(Agent::start(Act::Fed(
        "application/json",
        feed.clone(),
    ))));
    let agents = format!("poet={}/run", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents), ("SHUTDOWN_GRACE", "3")]);
    (gateway, feed)
}

#[actix_web::test]
async fn a_stream_begins_with_the_task_and_ends_with_its_end() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await;
    let told = told(&mut hub.stream(says("hi")).await.unwrap()).await;
    assert!(told[0].starts_with("task "), "{told:?}");
    assert_eq!(told.last().unwrap(), "status Completed");
    let artifact = told.iter().position(|one| one == "artifact").unwrap();
    assert!(artifact < told.len() - 1, "{told:?}");
}

#[actix_web::test]
async fn all_who_watch_are_told_the_same_and_one_who_leaves_disturbs_nobody() {
    let (gateway, feed) = patient();
    let hub = gateway.hub("ada").await;
    let task = hub.send(to("poet", at_once(says("hi")))).await.unwrap();
    // Subscriptions name no tenant here: the default agent has no such task.
    let status = hub.subscribe(&task.id).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let watch = async || {
        let request = hub.request(a2a_pb::proto::SubscribeToTaskRequest {
            tenant: "poet".to_owned(),
            id: task.id.clone(),
        });
        let stream = hub.client.clone().subscribe_to_task(request).await;
        let mut stream = stream.unwrap().into_inner();
        let first = stream.message().await.unwrap().unwrap();
        assert!(word(&first).starts_with("task "));
        stream
    };
    let (mut one, mut other, gone) = (watch().await, watch().await, watch().await);
    drop(gone);
    feed.send("{\"ode\":1}");
    feed.end();
    let (one, other) = (told(&mut one).await, told(&mut other).await);
    let end = ["artifact", "status Completed"];
    assert_eq!(one[one.len() - 2..], end);
    assert_eq!(other[other.len() - 2..], end);
}

#[actix_web::test]
async fn a_stream_goes_on_after_the_event_that_was_seen_last() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await;
    let task = hub.send(says("hi")).await.unwrap();
    let path = format!("/a2a/tasks/events/{}?history=true", task.id);
    let log = gateway.get(&gateway.token("ada"), &path).await;
    let log: Value = log.json().await.unwrap();
    let events = log.as_array().or(log["events"].as_array()).unwrap();
    let after = async |seq: &str| {
        let hub = hub.clone().with("last-event-id", seq);
        hub.subscribe(&task.id).await
    };
    let all = told(&mut after("0").await.unwrap()).await;
    assert_eq!(all.last().unwrap(), "status Completed");
    assert!(!all[0].starts_with("task "), "{all:?}");
    let first = events[0]["seq"].to_string();
    let rest = told(&mut after(&first).await.unwrap()).await;
    assert_eq!(rest, all[1..]);
    let last = events.last().unwrap()["seq"].to_string();
    assert_eq!(told(&mut after(&last).await.unwrap()).await, [""; 0]);
    let status = after("-1").await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[actix_web::test]
async fn a_stream_that_the_gateway_leaves_behind_says_that_it_is_not_the_end() {
    let (gateway, _feed) = patient();
    let hub = gateway.hub("ada").await;
    let mut stream = hub.stream(to("poet", says("hi"))).await.unwrap();
    stream.message().await.unwrap().unwrap();
    let stopping = std::thread::spawn(move || gateway.stop());
    let status = loop {
        match stream.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the stream ended as if the task had"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::Unavailable);
    stopping.join().unwrap();
}
