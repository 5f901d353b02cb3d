//! SendMessage.

use a2a_pb::{
    pbconv::json_value_to_proto_value,
    proto::{SendMessageConfiguration, TaskState, part::Content},
};
use serde_json::json;

use crate::support::{
    agent::{Act, Agent},
    gateway::Gateway,
    hub::{at_once, message, part, says, state, text_part, texts, to},
};

#[actix_web::test]
async fn the_answer_of_the_default_agent_is_an_artifact_of_a_task_that_has_ended() {
    let gateway = Gateway::start();
    let task = gateway.hub("ada").await.send(says("hi")).await.unwrap();
    assert_eq!(state(&task), TaskState::Completed);
    assert_eq!(texts(&task), ["hello"]);
    assert_eq!(task.history[0].message_id, "m-1");
    assert_eq!(task.history[0].task_id, task.id);
    let sent = gateway.engine.seen().last().unwrap().json();
    assert_eq!(sent["messages"][0]["content"], "hi");
}

#[actix_web::test]
async fn a_tenant_is_an_agent_and_numbers_reach_it_as_they_were_written() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{\"n\":7}".into()));
    let agents = format!("coder={}/run", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let input = json!({ "count": 42, "half": 0.5, "list": [-1, 1e300] });
    let data = part(Content::Data(json_value_to_proto_value(&input)));
    let mut request = says("");
    request.message = Some(message(vec![data]));
    let hub = gateway.hub("ada").await;
    let task = hub.send(to("coder", request)).await.unwrap();
    assert_eq!(state(&task), TaskState::Completed);
    let body = String::from_utf8(agent.seen()[0].body.to_vec()).unwrap();
    assert!(body.contains("\"count\":42,"), "{body}");
    assert_eq!(agent.seen()[0].json(), input);
    assert!(gateway.engine.seen().is_empty());
}

#[actix_web::test]
async fn who_does_not_wait_gets_the_task_as_it_begins() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("poet={}/run", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents), ("SHUTDOWN_GRACE", "1")]);
    let hub = gateway.hub("ada").await;
    let task = hub.send(to("poet", at_once(says("hi")))).await.unwrap();
    let begun = [TaskState::Submitted, TaskState::Working];
    assert!(begun.contains(&state(&task)));
    assert!(task.artifacts.is_empty());
}

#[actix_web::test]
async fn what_the_other_face_sent_is_seen_here_and_the_other_way_round() {
    let gateway = Gateway::start();
    let (token, hub) = (gateway.token("ada"), gateway.hub("ada").await);
    let sent = hub.send(says("hi")).await.unwrap();
    let plain = gateway.status(&token, &sent.id).await;
    assert_eq!(plain["state"], "done");
    let input = json!({ "messages": [{ "role": "user", "content": "hi" }] });
    let id = gateway
        .send(&token, &json!({ "target": "chat", "input": input }))
        .await;
    gateway.ended(&token, &id).await;
    let task = hub.task(&id).await.unwrap();
    assert_eq!(
        (state(&task), texts(&task)),
        (TaskState::Completed, vec!["hello"])
    );
}

#[actix_web::test]
async fn no_more_of_the_history_is_shown_than_was_asked_for() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await;
    let mut request = says("hi");
    request.configuration = Some(SendMessageConfiguration {
        history_length: Some(0),
        ..Default::default()
    });
    let task = hub.send(request).await.unwrap();
    assert!(task.history.is_empty());
    assert_eq!(hub.task(&task.id).await.unwrap().history.len(), 1);
}

#[actix_web::test]
async fn a_message_in_a_known_context_follows_what_was_said_there() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await;
    let first = hub.send(says("one")).await.unwrap();
    let mut request = says("two");
    let mut next = message(vec![text_part("two")]);
    next.context_id.clone_from(&first.context_id);
    request.message = Some(next);
    let second = hub.send(request).await.unwrap();
    assert_eq!(second.context_id, first.context_id);
    assert_ne!(second.id, first.id);
    let sent = gateway.engine.seen().last().unwrap().json();
    let said = sent["messages"].as_array().unwrap().iter();
    let said: Vec<_> = said.map(|one| one["content"].as_str().unwrap()).collect();
    assert_eq!(said, ["one", "hello", "two"]);
}
