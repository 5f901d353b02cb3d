//! Tasks for workflows while Temporal is away.

use attach_gateway::domain::time::UnixMillis;
use serde_json::{Value, json};

use super::Nowhere;
use crate::support::{eventually, gateway::Gateway};

fn vars(temporal: &Nowhere) -> [(&str, &str); 2] {
    [
        ("TEMPORAL_URL", &temporal.address),
        ("TEMPORAL_WORKFLOWS", "*"),
    ]
}

fn task() -> Value {
    json!({ "target_url": "temporal://ProcessChat", "input": { "messages": [] } })
}

/// The status once it says that it waits for Temporal.
async fn waiting(gateway: &Gateway, token: &str, id: &str) -> Value {
    eventually("the task says what it waits for", async || {
        let status = gateway.status(token, id).await;
        let detail = status["detail"].as_str()?;
        detail.starts_with("waits for Temporal:").then_some(status)
    })
    .await
}

/// What the table of workflows says of a task.
async fn of_workflow(gateway: &Gateway, what: &str, id: &str) -> i64 {
    let mut query = gateway.database.query("select ");
    query.push(what).push(" from workflow where task_id = ");
    query.push_bind(id);
    query.scalar().await.unwrap()
}

async fn kinds(gateway: &Gateway, token: &str, id: &str) -> Vec<String> {
    let path = format!("/a2a/tasks/events/{id}?history=true");
    let told: Value = gateway.get(token, &path).await.json().await.unwrap();
    let events = told["events"].as_array().unwrap().iter();
    events
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[actix_web::test]
async fn a_task_stays_queued_and_says_why() {
    let temporal = Nowhere::new();
    let gateway = Gateway::with(&vars(&temporal));
    let token = gateway.token("ada");
    let id = gateway.send(&token, &task()).await;
    let status = waiting(&gateway, &token, &id).await;
    assert_eq!(
        (&status["state"], &status["attempt"]),
        (&json!("queued"), &json!(0))
    );
    let detail = status["detail"].as_str().unwrap();
    assert!(detail.contains(&temporal.address), "{detail}");
    // It is looked at again and again, and says it once.
    let looked = || of_workflow(&gateway, "due_at", &id);
    let (first, now) = (looked().await, UnixMillis::now().0);
    eventually("it is looked at again", async || {
        (looked().await > first.max(now) + 100).then_some(())
    })
    .await;
    assert_eq!(
        kinds(&gateway, &token, &id).await,
        ["submitted", "released"]
    );
}

#[actix_web::test]
async fn the_gateway_is_ready_and_names_temporal() {
    let temporal = Nowhere::new();
    let gateway = Gateway::with(&vars(&temporal));
    let token = gateway.token("ada");
    gateway.send(&token, &task()).await;
    let answer = gateway.get(&token, "/readyz").await;
    assert_eq!(answer.status(), 200);
    let told: Value = answer.json().await.unwrap();
    let temporal_told = &told["detail"]["temporal"];
    let away = temporal_told["away"].as_str().unwrap();
    assert!(away.contains(&temporal.address), "{away}");
    assert_eq!(temporal_told["workflows"], 1);
}

#[actix_web::test]
async fn what_waits_can_be_canceled() {
    let temporal = Nowhere::new();
    let gateway = Gateway::with(&vars(&temporal));
    let token = gateway.token("ada");
    let id = gateway.send(&token, &task()).await;
    waiting(&gateway, &token, &id).await;
    let path = format!("/a2a/tasks/cancel/{id}");
    assert_eq!(gateway.post(&token, &path, &json!({})).await.status(), 200);
    let status = gateway.status(&token, &id).await;
    assert_eq!(status["state"], "error");
    assert_eq!(status["result"]["detail"], "canceled by its owner");
    // A start may have got through all the same: to be stopped when Temporal is back.
    assert_eq!(of_workflow(&gateway, "count(*)", &id).await, 1);
}

#[actix_web::test]
async fn other_tasks_go_on() {
    let temporal = Nowhere::new();
    let gateway = Gateway::with(&vars(&temporal));
    let token = gateway.token("ada");
    gateway.send(&token, &task()).await;
    let chat = json!({ "input": crate::support::gateway::chat("hi") });
    let id = gateway.send(&token, &chat).await;
    assert_eq!(gateway.ended(&token, &id).await["state"], "done");
}

#[actix_web::test]
async fn it_waits_over_a_restart_and_is_refused_where_temporal_is_no_longer_set() {
    let temporal = Nowhere::new();
    let gateway = Gateway::with(&vars(&temporal));
    let token = gateway.token("ada");
    let id = gateway.send(&token, &task()).await;
    waiting(&gateway, &token, &id).await;
    let (engine, issuer, data) = gateway.stop();
    let gateway = Gateway::over(engine, issuer, data, &vars(&temporal));
    let told = gateway.status(&token, &id).await;
    assert_eq!(told["state"], "queued");
    let (engine, issuer, data) = gateway.stop();
    let gateway = Gateway::over(engine, issuer, data, &[]);
    let ended = gateway.ended(&token, &id).await;
    assert_eq!(ended["state"], "error");
    let detail = ended["result"]["detail"].as_str().unwrap();
    assert!(detail.contains("TEMPORAL_URL"), "{detail}");
}

#[actix_web::test]
async fn where_temporal_runs_all_tasks_they_wait_for_it_and_say_so() {
    let temporal = Nowhere::new();
    let vars = [
        ("TEMPORAL_URL", &*temporal.address),
        ("TASK_RUNNER", "temporal"),
    ];
    let gateway = Gateway::with(&vars);
    let token = gateway.token("ada");
    let chat = json!({ "input": crate::support::gateway::chat("hi") });
    let id = gateway.send(&token, &chat).await;
    let told = waiting(&gateway, &token, &id).await;
    assert_eq!(told["state"], "queued");
    assert_eq!(
        kinds(&gateway, &token, &id).await,
        ["submitted", "released"]
    );
    let path = format!("/a2a/tasks/cancel/{id}");
    assert_eq!(gateway.post(&token, &path, &json!({})).await.status(), 200);
    assert_eq!(gateway.status(&token, &id).await["state"], "error");
    // Where they are run here again, they go on.
    let id = gateway.send(&token, &chat).await;
    waiting(&gateway, &token, &id).await;
    let (engine, issuer, data) = gateway.stop();
    let gateway = Gateway::over(engine, issuer, data, &[]);
    assert_eq!(gateway.ended(&token, &id).await["state"], "done");
}
