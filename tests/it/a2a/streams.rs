//! Streams: in order, for everyone, and resumed where they broke.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::support::{
    a2a::{Asker, hello},
    gateway::Gateway,
    scripted::{Gate, Scripted},
    sse::Event,
};

fn waiting(gate: &Gate) -> (Gateway, Scripted) {
    let gate = gate.clone();
    let agent = Scripted::start(move |_| {
        let gate = gate.clone();
        async move {
            gate.pass().await;
            HttpResponse::Ok().json(json!({ "n": 1 }))
        }
    });
    (Gateway::with(&[("AGENTS", &agent.named("coder"))]), agent)
}

/// What an event tells of, in short.
fn short(event: &Event) -> String {
    let told = &event.data["result"];
    let state = |status: &Value| {
        let state = status["state"].as_str().unwrap();
        state.strip_prefix("TASK_STATE_").unwrap().to_owned()
    };
    if let Some(task) = told.get("task") {
        format!("task {}", state(&task["status"]))
    } else if let Some(update) = told.get("statusUpdate") {
        state(&update["status"])
    } else {
        let update = told.get("artifactUpdate").expect("an update");
        format!("artifact {}", update["artifact"]["parts"])
    }
}

#[actix_web::test]
async fn a_stream_begins_with_the_task_and_ends_with_it() {
    let gate = Gate::closed();
    let (gateway, agent) = waiting(&gate);
    let ada = Asker::new(&gateway, "ada", "coder");
    let mut events = ada.stream("SendStreamingMessage", hello("m"), None).await;
    let first = events.next().await.unwrap();
    assert!(short(&first).starts_with("task"));
    assert_eq!(
        (&first.data["id"], &first.data["jsonrpc"]),
        (&json!("r-1"), &json!("2.0"))
    );
    crate::support::eventually("the agent is called", async || {
        (agent.open() == 1).then_some(())
    })
    .await;
    gate.open();
    let rest: Vec<_> = events.rest().await.iter().map(short).collect();
    let rest: Vec<_> = rest.iter().filter(|told| *told != "WORKING").collect();
    assert_eq!(rest, ["artifact [{\"data\":{\"n\":1}}]", "COMPLETED"]);
}

#[actix_web::test]
async fn all_who_watch_see_the_same_events_in_the_same_order_and_one_who_leaves_disturbs_nobody() {
    let gate = Gate::closed();
    let (gateway, _agent) = waiting(&gate);
    let ada = Asker::new(&gateway, "ada", "coder");
    let task = ada.sent("m").await;
    let watch = async || {
        let params = json!({ "id": task["id"] });
        let mut events = ada.stream("SubscribeToTask", params, None).await;
        assert!(short(&events.next().await.unwrap()).starts_with("task"));
        events
    };
    let (one, two, leaves) = (watch().await, watch().await, watch().await);
    drop(leaves);
    gate.open();
    let (one, two) = (one.rest().await, two.rest().await);
    assert_eq!(short(one.last().unwrap()), "COMPLETED");
    let ids = |events: &[Event]| events.iter().map(|e| e.id).collect::<Vec<_>>();
    let shorter = ids(&one).len().min(ids(&two).len());
    assert_eq!(
        ids(&one)[ids(&one).len() - shorter..],
        ids(&two)[ids(&two).len() - shorter..]
    );
}

#[actix_web::test]
async fn a_lost_stream_goes_on_after_the_last_event_also_when_the_task_has_ended() {
    let gate = Gate::closed();
    let (gateway, _agent) = waiting(&gate);
    let ada = Asker::new(&gateway, "ada", "coder");
    let task = ada.sent("m").await;
    gate.open();
    gateway
        .ended(&ada.token, task["id"].as_str().unwrap())
        .await;
    let all = ada
        .stream("SubscribeToTask", json!({ "id": task["id"] }), Some(0))
        .await;
    let all = all.rest().await;
    let told: Vec<_> = all.iter().map(short).collect();
    assert_eq!(
        told,
        [
            "SUBMITTED",
            "WORKING",
            "artifact [{\"data\":{\"n\":1}}]",
            "COMPLETED"
        ]
    );
    for broken in 0..all.len() {
        let params = json!({ "id": task["id"] });
        let rest = ada
            .stream("SubscribeToTask", params, Some(all[broken].id))
            .await;
        let ids: Vec<_> = rest.rest().await.iter().map(|e| e.id).collect();
        let expected: Vec<_> = all[broken + 1..].iter().map(|e| e.id).collect();
        assert_eq!(ids, expected, "after {broken}");
    }
}

#[actix_web::test]
async fn the_number_of_another_tasks_event_is_refused() {
    let gate = Gate::closed();
    let (gateway, _agent) = waiting(&gate);
    let ada = Asker::new(&gateway, "ada", "coder");
    let task = ada.sent("m").await;
    for after in ["900", "-1", "x"] {
        let params = json!({ "id": task["id"] });
        let headers = [("last-event-id", after)];
        let answer = ada.rpc_response("SubscribeToTask", params, &headers).await;
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"]["code"], -32602, "{after}");
    }
}

#[actix_web::test]
async fn a_canceled_task_ends_the_stream() {
    let gate = Gate::closed();
    let (gateway, _agent) = waiting(&gate);
    let ada = Asker::new(&gateway, "ada", "coder");
    let task = ada.sent("m").await;
    let events = ada
        .stream("SubscribeToTask", json!({ "id": task["id"] }), None)
        .await;
    ada.result("CancelTask", json!({ "id": task["id"] })).await;
    let told = events.rest().await;
    let last = told.last().unwrap();
    assert_eq!(short(last), "CANCELED");
    let said = &last.data["result"]["statusUpdate"]["status"]["message"];
    assert_eq!(said["parts"][0]["text"], "canceled by its owner");
}
