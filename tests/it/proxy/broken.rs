//! Engines that fail: what that looks like from outside.

use serde_json::Value;

use super::send;
use crate::support::{
    blunt::{blunt, forgetful, nobody},
    engine::Act,
    gateway::{Gateway, chat},
};

#[actix_web::test]
async fn an_engine_that_refuses_our_key_is_our_fault_and_not_the_callers() {
    let gateway = Gateway::start();
    for status in [401, 403] {
        let headers = vec![
            ("www-authenticate", "Bearer"),
            ("content-type", "text/plain"),
        ];
        gateway
            .engine
            .act(Act::Answer(status, headers, "bad key sk-1".into()));
        for path in ["/v1/chat/completions", "/v1/rerank"] {
            let answer = send(&gateway, "POST", path, &chat("hi").to_string()).await;
            assert_eq!(answer.status(), 502);
            assert_eq!(answer.headers().get("www-authenticate"), None);
            let body: Value = answer.json().await.unwrap();
            assert_eq!(body["error"]["type"], "engine_refused_gateway");
            assert!(!body.to_string().contains("sk-1"));
        }
    }
}

#[actix_web::test]
async fn an_engine_that_is_not_there_is_said_in_the_callers_dialect() {
    let gateway = Gateway::with(&[("ENGINE_URL", &nobody())]);
    let answer = send(
        &gateway,
        "POST",
        "/v1/chat/completions",
        &chat("hi").to_string(),
    )
    .await;
    assert_eq!(answer.status(), 502);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["type"], "upstream_unreachable");
    assert_eq!(body["error"]["message"], body["detail"]);
    let answer = send(&gateway, "POST", "/api/chat", &chat("hi").to_string()).await;
    assert_eq!(answer.status(), 502);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"], body["detail"]);
    assert_eq!(send(&gateway, "GET", "/v1/models", "").await.status(), 502);
}

#[actix_web::test]
async fn an_engine_that_hangs_up_without_a_word_is_a_502() {
    let gateway = Gateway::with(&[("ENGINE_URL", &blunt(""))]);
    let answer = send(
        &gateway,
        "POST",
        "/v1/chat/completions",
        &chat("hi").to_string(),
    )
    .await;
    assert_eq!(answer.status(), 502);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["type"], "upstream_unreachable");
}

#[actix_web::test]
async fn an_old_connection_that_the_engine_closes_costs_no_caller_an_answer() {
    let whole = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let gateway = Gateway::with(&[("ENGINE_URL", &forgetful(whole))]);
    for _ in 0..6 {
        let body = chat("hi").to_string();
        let answer = send(&gateway, "POST", "/v1/chat/completions", &body).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(send(&gateway, "GET", "/v1/models", "").await.status(), 200);
    }
}

#[actix_web::test]
async fn a_json_answer_that_breaks_off_is_a_502_and_no_half_answer() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{\"choices\":[",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
    ] {
        let gateway = Gateway::with(&[("ENGINE_URL", &blunt(answer))]);
        let chat = chat("hi").to_string();
        let answer = send(&gateway, "POST", "/v1/chat/completions", &chat).await;
        assert_eq!(answer.status(), 502);
        assert_eq!(gateway.one_usage().await.outcome, "cut");
    }
}

#[actix_web::test]
async fn an_answer_that_says_no_length_ends_with_its_connection() {
    let answer =
        "HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{\"data\":[], \"x\":1.0}";
    let url = blunt(answer);
    let gateway = Gateway::with(&[("ENGINE_URL", &url)]);
    for (method, path) in [("GET", "/v1/models"), ("POST", "/v1/chat/completions")] {
        let answer = send(&gateway, method, path, &chat("hi").to_string()).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.text().await.unwrap(), "{\"data\":[], \"x\":1.0}");
    }
    assert_eq!(gateway.one_usage().await.outcome, "finished");
}
