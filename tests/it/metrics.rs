//! `/metrics`: one's own, or everyone's with the scope for it.

mod killed;

use serde_json::json;

use crate::openmeter::record;
use crate::support::{
    eventually,
    gateway::{Gateway, chat},
    key::with,
};

const VARS: [(&str, &str); 2] = [
    ("USAGE_METERING", "prometheus"),
    ("MAX_TOKENS_PER_MIN", "100000"),
];

async fn series(gateway: &Gateway, token: &str) -> Vec<String> {
    let answer = gateway.get(token, "/metrics").await;
    assert_eq!(answer.status(), 200);
    let content_type = &answer.headers()["content-type"];
    assert_eq!(content_type, "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.text().await.unwrap();
    let lines = text
        .lines()
        .filter(|l| !l.starts_with('#') && !l.is_empty());
    lines.map(str::to_owned).collect()
}

async fn chatted(gateway: &Gateway, user: &str) {
    let token = gateway.token(user);
    let answer = gateway
        .post(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(answer.status(), 200);
}

fn reader(gateway: &Gateway) -> String {
    let claims = gateway.issuer.claims("boss");
    let claims = with(&claims, "scope", json!("metrics:read"));
    gateway.issuer.sign(&claims)
}

fn tokens(user: &str, direction: &str, count: u32) -> String {
    format!(
        "attach_usage_tokens_total{{user=\"{user}\",direction=\"{direction}\",model=\"scripted\"}} {count}"
    )
}

#[actix_web::test]
async fn without_the_scope_a_caller_sees_their_own_series_alone() {
    let gateway = Gateway::with(&VARS);
    for user in ["ada", "ada", "eve", "ad\"a"] {
        chatted(&gateway, user).await;
    }
    let mut own = series(&gateway, &gateway.token("ada")).await;
    own.sort();
    assert_eq!(own, [tokens("ada", "in", 6), tokens("ada", "out", 10)]);
    let stranger = series(&gateway, &gateway.token("new")).await;
    assert_eq!(stranger, [""; 0]);
}

#[actix_web::test]
async fn with_the_scope_all_series_are_there() {
    let gateway = Gateway::with(&VARS);
    for user in ["ada", "eve"] {
        chatted(&gateway, user).await;
    }
    let all = series(&gateway, &reader(&gateway)).await;
    for line in [tokens("ada", "in", 3), tokens("eve", "out", 5)] {
        assert!(all.contains(&line), "{line} in {all:?}");
    }
    for name in [
        "attach_requests_total{route=\"/v1/\",status=\"200\"} 2",
        "attach_jwks_fetches_total 1",
        "attach_places_free 1024",
        "attach_tasks_running 0",
    ] {
        assert!(all.iter().any(|line| line == name), "{name} in {all:?}");
    }
}

#[actix_web::test]
async fn without_a_token_there_is_nothing_to_see() {
    let gateway = Gateway::with(&VARS);
    assert_eq!(gateway.raw("GET /metrics", &[]).await.status, 401);
}

#[actix_web::test]
async fn after_a_restart_the_totals_are_those_of_the_rows() {
    let gateway = Gateway::with(&VARS);
    for _ in 0..3 {
        chatted(&gateway, "ada").await;
    }
    let (engine, issuer, data) = gateway.stop();
    let gateway = Gateway::over(engine, issuer, data, &VARS);
    chatted(&gateway, "ada").await;
    let own = series(&gateway, &gateway.token("ada")).await;
    assert!(own.contains(&tokens("ada", "in", 12)), "{own:?}");
    let rows = eventually("four rows", async || {
        Some(gateway.usage().await).filter(|rows| rows.len() == 4)
    })
    .await;
    assert_eq!(rows.iter().map(|row| row.tokens_in).sum::<i64>(), 12);
}

#[actix_web::test]
async fn refused_calls_make_no_series_after_a_restart_either() {
    let vars = [VARS[0], VARS[1], ("METRICS_MAX_SERIES", "1")];
    let gateway = Gateway::with(&vars);
    let invented: Vec<_> = ["a", "b", "z"].map(|name| record(name, 0, 0)).into();
    gateway.bill(&invented).await;
    let (engine, issuer, data) = gateway.stop();
    let gateway = Gateway::over(engine, issuer, data, &vars);
    chatted(&gateway, "ada").await;
    let all = series(&gateway, &reader(&gateway)).await;
    let used = all.iter().filter(|line| line.contains("usage_tokens"));
    let mut used: Vec<_> = used.cloned().collect();
    used.sort();
    assert_eq!(used, [tokens("ada", "in", 3), tokens("ada", "out", 5)]);
}

#[actix_web::test]
async fn above_the_bound_new_series_count_as_other() {
    let vars = [VARS[0], VARS[1], ("METRICS_MAX_SERIES", "1")];
    let gateway = Gateway::with(&vars);
    for user in ["ada", "eve", "bob"] {
        chatted(&gateway, user).await;
    }
    let all = series(&gateway, &reader(&gateway)).await;
    let other = "attach_usage_tokens_total{user=\"other\",direction=\"in\",model=\"other\"} 6";
    assert!(all.iter().any(|line| line == other), "{all:?}");
}

#[actix_web::test]
async fn metering_without_a_quota_is_off_and_says_so() {
    let gateway = Gateway::with(&[VARS[0]]);
    chatted(&gateway, "ada").await;
    assert_eq!(series(&gateway, &gateway.token("ada")).await, [""; 0]);
    let all = series(&gateway, &reader(&gateway)).await;
    let is_tokens = |line: &String| line.starts_with("attach_usage_tokens_total");
    assert!(!all.iter().any(is_tokens), "{all:?}");
    let line = "attach_requests_total{route=\"/v1/\",status=\"200\"} 1";
    assert!(all.iter().any(|known| known == line), "{all:?}");
    let ready = gateway.raw("GET /readyz", &[]).await.json();
    let warning = ready["detail"]["warnings"][0].as_str().unwrap();
    assert!(warning.contains("MAX_TOKENS_PER_MIN"), "{warning}");
}
