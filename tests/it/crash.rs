//! The built binary, killed at the worst moment and asked to stop.

use std::{collections::BTreeMap, time::Duration};

use actix_web::HttpResponse;
use futures_util::{StreamExt, stream};
use serde_json::json;

use crate::support::{
    eventually,
    issuer::Issuer,
    scripted::{Call, Gate, Scripted},
    served::Served,
};

const TASKS: usize = 600;
/// Calls the agent answers before it holds the rest.
const QUICK: usize = 100;

/// An agent that answers `quick` calls at once, holds the rest until `gate`
/// opens, and then answers them too.
fn holding(gate: &Gate, quick: usize) -> Scripted {
    let gate = gate.clone();
    Scripted::start(move |call| {
        let gate = gate.clone();
        async move {
            if call.nth >= quick {
                gate.pass().await;
            }
            HttpResponse::Ok().json(json!({ "task": call.task() }))
        }
    })
}

async fn is_empty(gateway: &Served, state: &str) -> bool {
    let path = format!("/a2a/tasks?limit=1&state={state}");
    gateway.ask(&path).await.body["tasks"] == json!([])
}

#[actix_web::test]
async fn no_acknowledged_task_is_lost_or_done_twice_when_the_gateway_is_killed() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let gate = Gate::closed();
    let agent = holding(&gate, QUICK);
    let vars = [("AGENTS", &*agent.named("coder")), ("LOG_LEVEL", "info")];
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let sends = (0..TASKS).map(|n| {
        let task = json!({ "target": "coder", "input": { "n": n } });
        let gateway = &gateway;
        async move { gateway.send(&task).await }
    });
    let ids: Vec<String> = stream::iter(sends).buffer_unordered(16).collect().await;
    eventually("all places are taken and the rest waits", async || {
        (agent.open() == 64 && agent.calls().len() == QUICK + 64).then_some(())
    })
    .await;
    assert!(!is_empty(&gateway, "queued").await);

    gateway.process.kill();
    eventually("the agent is hung up on", async || {
        (agent.open() == 0).then_some(())
    })
    .await;
    gate.open();
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    eventually("everything has ended", async || {
        let over = is_empty(&gateway, "queued").await && is_empty(&gateway, "in_progress").await;
        over.then_some(())
    })
    .await;

    for id in &ids {
        let status = gateway.status(id).await;
        assert_eq!(status["state"], "done", "{status}");
        assert_eq!(status["result"], json!({ "task": id }));
        let kinds = gateway.kinds(id).await;
        let completed = kinds.iter().filter(|kind| *kind == "completed").count();
        assert_eq!(
            (completed, kinds.last().unwrap().as_str()),
            (1, "completed")
        );
    }
    let mut calls: BTreeMap<String, Vec<Call>> = BTreeMap::new();
    for call in agent.calls() {
        calls.entry(call.task().to_owned()).or_default().push(call);
    }
    assert_eq!(calls.len(), TASKS);
    let again: Vec<_> = calls.values().filter(|calls| calls.len() > 1).collect();
    assert_eq!(again.len(), 64, "those that were at work, and no others");
    for calls in again {
        let attempts: Vec<_> = calls.iter().map(Call::attempt).collect();
        assert_eq!(attempts, [1, 2]);
        for call in calls {
            assert_eq!(call.seen.header("idempotency-key"), Some(call.task()));
            assert_eq!(call.seen.body, calls[0].seen.body);
        }
    }
}

#[actix_web::test]
async fn a_task_whose_gateway_dies_on_every_try_is_given_up() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let agent = Scripted::start(|_| std::future::pending());
    let agents = agent.named("coder");
    let vars = [("AGENTS", &*agents), ("TASK_MAX_ATTEMPTS", "2")];
    let mut id = String::new();
    for tries in 1..=2 {
        let gateway = Served::start(data.path(), &issuer, &vars).await;
        if id.is_empty() {
            let task = json!({ "target": "coder", "input": {} });
            id = gateway.send(&task).await;
        }
        eventually("the agent works", async || {
            (agent.calls().len() == tries).then_some(())
        })
        .await;
        gateway.process.kill();
    }
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let ended = gateway.ended(&id).await;
    assert_eq!(ended["state"], "error");
    let result = json!({ "detail": "the gateway died while it ran" });
    assert_eq!(ended["result"], result);
    assert_eq!(agent.calls().len(), 2, "no third try");
}

#[actix_web::test]
async fn a_gateway_that_is_asked_to_stop_gives_back_what_is_not_done() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let gate = Gate::closed();
    let agent = holding(&gate, 0);
    let agents = agent.named("coder");
    let vars = [
        ("AGENTS", &*agents),
        ("TASK_MAX_ATTEMPTS", "1"),
        ("SHUTDOWN_GRACE", "2"),
    ];
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&task).await;
    eventually("the agent works", async || {
        (agent.open() == 1).then_some(())
    })
    .await;
    gateway.process.signal("TERM");
    let ended = gateway.process.wait(Duration::from_secs(10));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    gate.open();
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let ended = gateway.ended(&id).await;
    assert_eq!(
        (&ended["state"], &ended["attempt"]),
        (&json!("done"), &json!(2))
    );
    let kinds = gateway.kinds(&id).await;
    assert_eq!(
        kinds,
        [
            "submitted",
            "working",
            "released",
            "working",
            "artifact",
            "completed"
        ]
    );
}

#[actix_web::test]
async fn what_fails_because_the_gateway_stops_is_no_try() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let gate = Gate::closed();
    let agent = Scripted::start({
        let gate = gate.clone();
        move |call| {
            let gate = gate.clone();
            async move {
                gate.pass().await;
                match call.nth {
                    0 => HttpResponse::ServiceUnavailable().json(json!({})),
                    _ => HttpResponse::Ok().json(json!({})),
                }
            }
        }
    });
    let agents = agent.named("coder");
    let vars = [
        ("AGENTS", &*agents),
        ("TASK_MAX_ATTEMPTS", "1"),
        ("SHUTDOWN_GRACE", "20"),
    ];
    let mut gateway = Served::start(data.path(), &issuer, &vars).await;
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&task).await;
    eventually("the agent works", async || {
        (agent.open() == 1).then_some(())
    })
    .await;
    gateway.process.signal("TERM");
    gateway.process.said("draining").await;
    gate.open();
    let ended = gateway.process.wait(Duration::from_secs(8));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    assert_eq!(gateway.ended(&id).await["state"], "done");
    let kinds = gateway.kinds(&id).await;
    assert_eq!(
        kinds,
        [
            "submitted",
            "working",
            "released",
            "working",
            "artifact",
            "completed"
        ]
    );
}

#[actix_web::test]
async fn an_attempt_that_ends_in_time_is_waited_for() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let gate = Gate::closed();
    let agent = holding(&gate, 0);
    let agents = agent.named("coder");
    let vars = [("AGENTS", &*agents), ("SHUTDOWN_GRACE", "20")];
    let mut gateway = Served::start(data.path(), &issuer, &vars).await;
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&task).await;
    eventually("the agent works", async || {
        (agent.open() == 1).then_some(())
    })
    .await;
    gateway.process.signal("TERM");
    gateway.process.said("draining").await;
    gate.open();
    let ended = gateway.process.wait(Duration::from_secs(8));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let gateway = Served::start(data.path(), &issuer, &vars).await;
    let kinds = gateway.kinds(&id).await;
    assert_eq!(kinds, ["submitted", "working", "artifact", "completed"]);
    assert_eq!(agent.calls().len(), 1);
}
