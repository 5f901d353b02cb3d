//! Gateways that share a server. Where no server is named there is nothing to run.

use actix_web::HttpResponse;
use serde_json::json;

use crate::support::{
    database::Home, eventually, gateway::Gateway, issuer::Issuer, scripted::Scripted,
};

const SECRET: &str = "one secret for all of the gateways of a test";

/// A gateway on the server of `home` that takes tokens of `issuer`, and has `agent`.
fn gateway(home: &Home, issuer: &Issuer, agent: &Scripted) -> Gateway {
    Gateway::with(&[
        ("DATABASE_URL", &home.url),
        ("ATTACH_SECRET", SECRET),
        ("OIDC_ISSUER", issuer.url()),
        ("AGENTS", &agent.named("coder")),
        ("TASK_MAX_RUNNING", "1"),
        // Nothing is learned from a lease before the test is over.
        ("TASK_LEASE", "600"),
        ("SHUTDOWN_GRACE", "1"),
    ])
}

/// Never answers its first call, and all others at once.
fn stuck_once() -> Scripted {
    Scripted::start(|call| async move {
        match call.nth {
            0 => std::future::pending().await,
            _ => HttpResponse::Ok().json(json!({ "done": true })),
        }
    })
}

#[actix_web::test]
async fn a_task_that_is_canceled_at_one_gateway_is_hung_up_on_at_once_at_the_other() {
    let Some(home) = Home::server().await else {
        return;
    };
    let (agent, issuer) = (stuck_once(), Issuer::start());
    let first = gateway(&home, &issuer, &agent);
    let token = issuer.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = first.send(&token, &task).await;
    eventually("the agent works", async || {
        (agent.open() == 1).then_some(())
    })
    .await;
    let second = gateway(&home, &issuer, &agent);
    let path = format!("/a2a/tasks/cancel/{id}");
    let canceled = second.tell(&token, &path, &json!({})).await;
    assert_eq!(canceled.status, 200);
    eventually("its gateway hangs up", async || {
        (agent.open() == 0).then_some(())
    })
    .await;
    let kinds = first.kinds(&token, &id).await;
    assert_eq!(kinds, ["submitted", "working", "canceled"]);
    assert_eq!(agent.calls().len(), 1);
}

#[actix_web::test]
async fn a_task_that_finds_no_place_at_its_gateway_runs_at_another() {
    let Some(home) = Home::server().await else {
        return;
    };
    let (agent, issuer) = (stuck_once(), Issuer::start());
    let first = gateway(&home, &issuer, &agent);
    let token = issuer.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    first.send(&token, &task).await;
    eventually("the one place is taken", async || {
        (agent.open() == 1).then_some(())
    })
    .await;
    let second = gateway(&home, &issuer, &agent);
    for gateway in [&first, &second, &first] {
        let id = gateway.send(&token, &task).await;
        let ended = first.ended(&token, &id).await;
        assert_eq!(ended["state"], "done", "{ended}");
    }
    assert_eq!((agent.calls().len(), agent.open()), (4, 1));
}
