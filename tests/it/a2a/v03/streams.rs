//! Streams of 0.3: `final` where they close, numbers to resume after.

use serde_json::{Value, json};

use super::world::{CHAT, Old, answering, hello, short, waiting};
use crate::support::{
    a2a::Asker, eventually, gateway::Gateway, rows::change, scripted::Gate, sse::Event,
};

fn ids(events: &[Event]) -> Vec<i64> {
    events.iter().map(|event| event.id).collect()
}

#[actix_web::test]
async fn a_stream_begins_with_the_task_and_says_where_it_ends() {
    let gate = Gate::closed();
    let (gateway, agent) = waiting(&gate);
    let ada = Old::new(&gateway, "ada");
    let mut events = ada.stream("message/stream", hello("m"), None).await;
    let first = events.next().await.unwrap();
    assert!(short(&first).starts_with("task"));
    assert_eq!(
        (&first.data["id"], &first.data["jsonrpc"]),
        (&json!("r-1"), &json!("2.0"))
    );
    eventually("the agent is called", async || {
        (agent.open() == 1).then_some(())
    })
    .await;
    gate.open();
    let rest: Vec<_> = events.rest().await.iter().map(short).collect();
    let rest: Vec<_> = rest.iter().filter(|told| *told != "working").collect();
    let artifact = "artifact [{\"data\":{\"n\":1},\"kind\":\"data\"}]";
    assert_eq!(rest, [artifact, "completed, final"]);
}

#[actix_web::test]
async fn a_task_that_runs_is_watched_to_its_end() {
    let gate = Gate::closed();
    let (gateway, _agent) = waiting(&gate);
    let ada = Old::new(&gateway, "ada");
    let id = ada.sent("m").await;
    let mut events = ada
        .stream("tasks/resubscribe", json!({ "id": id }), None)
        .await;
    assert!(short(&events.next().await.unwrap()).starts_with("task"));
    ada.result("tasks/cancel", json!({ "id": id })).await;
    let told: Vec<_> = events.rest().await.iter().map(short).collect();
    assert_eq!(told.last().unwrap(), "canceled, final");
    assert!(
        told[..told.len() - 1]
            .iter()
            .all(|one| !one.contains("final"))
    );
}

#[actix_web::test]
async fn one_who_comes_after_the_end_gets_the_task_and_that_is_all() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let task = ada.result("message/send", hello("m")).await;
    let events = ada
        .stream("tasks/resubscribe", json!({ "id": task["id"] }), None)
        .await;
    let told = events.rest().await;
    assert_eq!((told.len(), &told[0].data["result"]), (1, &task));
}

#[actix_web::test]
async fn a_lost_stream_goes_on_after_the_last_event_with_the_numbers_of_1_0() {
    let gate = Gate::closed();
    let (gateway, _agent) = waiting(&gate);
    let (ada, new) = (
        Old::new(&gateway, "ada"),
        Asker::new(&gateway, "ada", "coder"),
    );
    let id = ada.sent("m").await;
    gate.open();
    gateway.ended(&new.token, &id).await;
    let params = json!({ "id": id });
    let all = ada
        .stream("tasks/resubscribe", params.clone(), Some(0))
        .await;
    let all = all.rest().await;
    let told: Vec<_> = all.iter().map(short).collect();
    let artifact = "artifact [{\"data\":{\"n\":1},\"kind\":\"data\"}]";
    assert_eq!(told, ["submitted", "working", artifact, "completed, final"]);
    let theirs = new.stream("SubscribeToTask", params.clone(), Some(0)).await;
    assert_eq!(ids(&theirs.rest().await), ids(&all));
    for broken in 0..all.len() {
        let rest = ada.stream("tasks/resubscribe", params.clone(), Some(all[broken].id));
        assert_eq!(rest.await.rest().await, all[broken + 1..], "after {broken}");
    }
    let bad = ada.rpc_with("tasks/resubscribe", params, &[("last-event-id", "x")]);
    let bad: Value = bad.await.json().await.unwrap();
    assert_eq!(bad["error"]["code"], -32602);
}

#[actix_web::test]
async fn a_task_that_asks_for_input_is_watched_on_and_so_that_is_not_final() {
    let (gateway, agent) = waiting(&Gate::closed());
    let id = Old::new(&gateway, "ada").sent("m").await;
    eventually("the agent is called", async || {
        (agent.open() == 1).then_some(())
    })
    .await;
    let (engine, issuer, data) = gateway.stop();
    let sql = "update task set state = 'input-required', runner = null, due_at = null";
    change(&data.path().join("attach.db"), sql).await;
    let gateway = Gateway::over(engine, issuer, data, &[("AGENTS", &agent.named("coder"))]);
    let ada = Old::new(&gateway, "ada");
    let mut events = ada
        .stream("tasks/resubscribe", json!({ "id": id }), Some(0))
        .await;
    while short(&events.next().await.unwrap()) != "input-required" {}
    ada.result("tasks/cancel", json!({ "id": id })).await;
    let told: Vec<_> = events.rest().await.iter().map(short).collect();
    assert_eq!(told, ["canceled, final"]);
}
