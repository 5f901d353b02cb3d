//! What arrives at a webhook of a task at the real gateway.

use actix_web::HttpResponse;
use attach_gateway::{adapters::push::Since, domain::id::Owner};
use serde_json::{Value, json};

use super::{
    CREDENTIALS, TOKEN, beside, guarded, named, plain,
    receiver::{answering, got, held, seq, seqs, told},
};
use crate::support::{
    eventually,
    gateway::Gateway,
    key::with,
    scripted::{Gate, Scripted},
};

/// A gateway whose agent waits for the gate, and which may tell `receivers`.
fn gateway(gate: &Gate, receivers: &[&Scripted]) -> (Gateway, Scripted) {
    let gate = gate.clone();
    let agent = Scripted::start(move |_| {
        let gate = gate.clone();
        async move {
            gate.pass().await;
            HttpResponse::Ok().json(json!({ "sorted": [1, 2] }))
        }
    });
    let allow: Vec<_> = receivers.iter().map(|receiver| receiver.url()).collect();
    let vars = [
        ("AGENTS", &*agent.named("coder")),
        ("PUSH_ALLOW", &allow.join(",")),
        ("USAGE_METERING", "prometheus"),
        ("MAX_TOKENS_PER_MIN", "1000"),
    ];
    let gateway = Gateway::with(&vars);
    (gateway, agent)
}

fn owner(gateway: &Gateway) -> Owner {
    Owner::new(gateway.issuer.url(), "ada")
}

async fn sent(gateway: &Gateway) -> String {
    let task = json!({ "target": "coder", "input": { "ask": "sort" } });
    gateway.send(&gateway.token("ada"), &task).await
}

const STORY: [&str; 4] = [
    "task TASK_STATE_SUBMITTED",
    "statusUpdate TASK_STATE_WORKING",
    "artifactUpdate",
    "statusUpdate TASK_STATE_COMPLETED",
];

#[actix_web::test]
async fn every_event_arrives_once_in_order_and_with_the_credentials() {
    let (gate, receiver) = (Gate::closed(), answering(&[200]));
    let (gateway, _agent) = gateway(&gate, &[&receiver]);
    let id = sent(&gateway).await;
    let url = format!("{}/hook?for=ada", receiver.url());
    let (data, owner) = (gateway.data.path(), owner(&gateway));
    beside::create(data, &owner, &id, guarded(&url), Since::Event(0)).await;
    got(&receiver, 2).await;
    gate.open();
    let all = got(&receiver, 4).await;
    assert_eq!(all.iter().map(told).collect::<Vec<_>>(), STORY);
    assert_eq!(seqs(&all), [1, 2, 3, 4]);
    for seen in &all {
        assert_eq!((&*seen.method, &*seen.path), ("POST", "/hook?for=ada"));
        for (name, value) in [
            ("content-type", "application/a2a+json"),
            ("x-a2a-notification-token", TOKEN),
            ("authorization", &format!("Bearer {CREDENTIALS}")),
            ("x-a2a-event-id", &format!("{id}-{}", seq(seen))),
        ] {
            assert_eq!(seen.header(name), Some(value), "{name}");
        }
    }
    let (first, artifact) = (all[0].json(), all[2].json());
    assert_eq!(first["task"]["id"], *id);
    let said = &first["task"]["history"][0]["parts"][0]["data"];
    assert_eq!(*said, json!({ "ask": "sort" }));
    let part = &artifact["artifactUpdate"]["artifact"]["parts"][0]["data"];
    assert_eq!(*part, json!({ "sorted": [1, 2] }));
    let row = eventually("nothing is due", async || {
        let rows = beside::rows(data, &id).await;
        rows.into_iter().find(|row| row.due_at.is_none())
    });
    assert_eq!((row.await.sent_seq, receiver.calls().len()), (4, 4));
}

#[actix_web::test]
async fn a_webhook_that_is_added_later_hears_what_happens_from_then_on() {
    let (gate, receiver) = (Gate::closed(), answering(&[200]));
    let (gateway, agent) = gateway(&gate, &[&receiver]);
    let id = sent(&gateway).await;
    eventually("the agent works", async || {
        (agent.open() == 1).then_some(())
    })
    .await;
    let data = gateway.data.path();
    let config = plain(receiver.url());
    beside::create(data, &owner(&gateway), &id, config, Since::Now).await;
    gate.open();
    let all = got(&receiver, 2).await;
    assert_eq!(all.iter().map(told).collect::<Vec<_>>(), STORY[2..]);
    for header in ["authorization", "x-a2a-notification-token"] {
        assert_eq!(all[0].header(header), None, "nothing was asked for");
    }
}

#[actix_web::test]
async fn two_webhooks_of_a_task_both_hear_everything() {
    let (gate, one, other) = (Gate::closed(), answering(&[200]), answering(&[204]));
    let (gateway, _agent) = gateway(&gate, &[&one, &other]);
    let id = sent(&gateway).await;
    for (name, receiver) in [("one", &one), ("other", &other)] {
        let config = named(name, receiver.url());
        let data = gateway.data.path();
        beside::create(data, &owner(&gateway), &id, config, Since::Event(0)).await;
    }
    gate.open();
    for receiver in [&one, &other] {
        let all = got(receiver, 4).await;
        assert_eq!(all.iter().map(told).collect::<Vec<_>>(), STORY);
    }
}

#[actix_web::test]
async fn what_was_delivered_and_what_waits_is_counted() {
    let (open, gate) = (Gate::closed(), Gate::closed());
    open.open();
    let (receiver, slow) = (answering(&[200]), held(&gate));
    let (gateway, _agent) = gateway(&open, &[&receiver, &slow]);
    let id = sent(&gateway).await;
    for (name, receiver) in [("quick", &receiver), ("slow", &slow)] {
        let (data, config) = (gateway.data.path(), named(name, receiver.url()));
        beside::create(data, &owner(&gateway), &id, config, Since::Event(0)).await;
    }
    got(&receiver, 4).await;
    let claims = with(
        &gateway.issuer.claims("boss"),
        "scope",
        json!("metrics:read"),
    );
    let boss = gateway.issuer.sign(&claims);
    eventually("the series say so", async || {
        let text = gateway.get(&boss, "/metrics").await.text().await.unwrap();
        let has = |line: &str| text.lines().any(|one| one == line);
        let so = has("attach_push_delivered_total 4") && has("attach_push_backlog 1");
        so.then_some(())
    })
    .await;
    gate.open();
}

#[actix_web::test]
async fn a_webhook_whose_place_is_no_longer_listed_is_not_called() {
    let (gate, receiver) = (Gate::closed(), answering(&[200]));
    let (gateway, _agent) = gateway(&gate, &[]);
    let id = sent(&gateway).await;
    let data = gateway.data.path();
    // Created where it is listed, by what stands beside the gateway.
    let config = plain(&format!("{}/a-secret-path", receiver.url()));
    beside::create(data, &owner(&gateway), &id, config, Since::Event(0)).await;
    let error = eventually("it has failed", async || {
        beside::rows(data, &id).await.remove(0).last_error
    });
    let error = error.await;
    assert!(
        error.starts_with("its place is no longer allowed"),
        "{error}"
    );
    assert_eq!(receiver.calls().len(), 0);
    let status: Value = gateway.status(&gateway.token("ada"), &id).await;
    assert_eq!(status["state"], "in_progress", "the task does not mind");
}
