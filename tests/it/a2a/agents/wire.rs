//! The HTTP+JSON binding comes to the same as JSON-RPC; and an agent of the
//! official server crate is one like any other.

use attach_gateway::domain::task::TaskState;
use serde_json::{Value, json};

use super::{Hub, output};
use crate::support::{
    a2a_agent::{A2aAgent, Say, Step, TASK, artifact, bare, events, said, status, task},
    eventually,
};

/// An agent that speaks HTTP+JSON below its own path.
fn rest(
    play: impl Fn(&crate::support::a2a_agent::Asked) -> Say + Clone + Send + 'static,
) -> A2aAgent {
    A2aAgent::with(
        |card| {
            let one = &mut card["supportedInterfaces"][0];
            let url = one["url"].as_str().unwrap().replace("/rpc", "/rest/");
            *one = json!({ "url": url, "protocolBinding": "HTTP+JSON", "protocolVersion": "1.0" });
        },
        play,
    )
}

#[actix_web::test]
async fn an_agent_of_the_other_binding_is_mirrored_alike() {
    let hub = Hub::of(rest(|asked| match &*asked.method {
        "SendStreamingMessage" => Say::Stream(vec![
            Step::Event(task("WORKING")),
            Step::Event(artifact("a", &json!({"text": "one, "}), false, false)),
            Step::Cut,
        ]),
        "GetTask" => Say::Result(bare("WORKING", Value::Null, json!([]))),
        _ => events([
            artifact("a", &json!({"text": "two"}), true, true),
            status("COMPLETED", said("m", "done")),
        ]),
    }))
    .await;
    let id = hub.send(json!({})).await;
    let done = hub.completed(id).await;
    assert_eq!(super::text(&done), "one, two");
    let paths: Vec<_> = hub
        .agent
        .calls()
        .into_iter()
        .map(|asked| asked.seen.path)
        .collect();
    let task = format!("/rest/tasks/{TASK}");
    assert_eq!(
        paths,
        [
            "/rest/message:stream".to_owned(),
            format!("{task}?historyLength=50"),
            format!("{task}:subscribe"),
        ]
    );
}

#[actix_web::test]
async fn a_refusal_by_the_other_binding_is_the_same_refusal() {
    let hub = Hub::of(rest(|_| Say::Error(-32602, "bad"))).await;
    let id = hub.send(json!({})).await;
    let ended = hub.until(id, TaskState::Rejected).await;
    assert_eq!(output(&ended), json!({"detail": "the agent refused: bad"}));
}

#[actix_web::test]
async fn a_cancel_goes_by_the_other_binding_too() {
    let hub = Hub::of(rest(|_| {
        Say::Stream(vec![Step::Event(task("WORKING")), Step::Silence])
    }))
    .await;
    let id = hub.send(json!({})).await;
    eventually("it works", async || {
        hub.snapshot(id).await.is_attached.then_some(())
    })
    .await;
    let path = format!("/a2a/tasks/cancel/{id}");
    hub.gateway.post(&hub.token, &path, &json!({})).await;
    hub.until(id, TaskState::Canceled).await;
    eventually("the agent is told", async || {
        let told = hub.agent.calls_of("CancelTask");
        let told = told
            .iter()
            .any(|one| one.seen.path == format!("/rest/tasks/{TASK}:cancel"));
        told.then_some(())
    })
    .await;
}
