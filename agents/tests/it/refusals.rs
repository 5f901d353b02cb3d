//! Calls that end early.

use std::{net::TcpListener, time::Duration};

use attach_agents::AgentConfig;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::{
    call::{self, TOKEN, ask, input},
    gateway::{
        Answer::{Cut, Never, Status, Text},
        Gateway,
    },
};

#[actix_web::test]
async fn a_cut_stream_is_no_plan() {
    let (gateway, planner, _) = Gateway::with_agents([Cut("1. say")]);
    let (status, answer) = ask(&planner, "t", &input("greet", true)).await;
    let detail = "could not ask the model: the stream ended before the model's answer did";
    assert_eq!((status, answer), (503, json!({ "detail": detail })));
    assert!(gateway.documents().is_empty());
}

#[actix_web::test]
async fn the_gateways_refusal_says_whether_to_try_again() {
    for (refused, answered) in [(429, 429), (503, 503), (502, 503), (403, 422), (302, 502)] {
        let (_gateway, _, coder) = Gateway::with_agents([Status(refused)]);
        let sent = call::call(&coder, "t").json(&input("greet", false)).send();
        let response = sent.await.unwrap();
        assert_eq!(response.status(), answered, "the gateway said {refused}");
        assert_eq!(response.headers()["retry-after"], "7");
        let (_, body) = call::read(response).await;
        let detail = format!("could not ask the model: the gateway answered {refused}: not now");
        assert_eq!(body, json!({ "detail": detail }));
    }
}

#[actix_web::test]
async fn an_answer_without_a_word_is_none() {
    let (gateway, planner, _) = Gateway::with_agents([Text(" ")]);
    assert_eq!(ask(&planner, "t", &input("greet", true)).await.0, 502);
    assert!(gateway.documents().is_empty());
}

#[actix_web::test]
async fn a_gateway_that_is_away_is_worth_another_try() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let planner = call::start(attach_agents::planner, &url);
    let (status, answer) = ask(&planner, "t", &input("greet", false)).await;
    assert_eq!(status, 503);
    let detail = answer["detail"].as_str().unwrap();
    assert!(detail.starts_with("could not ask the model: "), "{detail}");
}

#[actix_web::test]
async fn a_call_without_token_task_or_messages_is_refused_and_says_what_is_missing() {
    let (gateway, planner, coder) = Gateway::with_agents([]);
    let http = call::http();
    for url in [&planner, &coder] {
        for (request, status, detail) in [
            (http.post(url), 401, "no delegation token"),
            (
                http.post(url).header("authorization", "Basic eA=="),
                401,
                "no delegation token",
            ),
            (http.post(url).bearer_auth(TOKEN), 400, "no task"),
            (call::call(url, "t"), 400, "the body is not json"),
            (call::call(url, "t").body("{}"), 422, "messages: missing"),
            (
                call::call(url, "t").body("x".repeat((1 << 20) + 1)),
                413,
                "the body is larger",
            ),
        ] {
            let (found, body) = call::read(request.send().await.unwrap()).await;
            let said = body["detail"].as_str().unwrap();
            assert!(
                found == status && said.starts_with(detail),
                "{found} {said}"
            );
        }
    }
    assert!(gateway.seen("/v1/chat/completions").is_empty());
}

#[actix_web::test]
async fn a_caller_that_leaves_stops_the_model() {
    let ((asked, was_asked), (gone, has_gone)) = (oneshot::channel(), oneshot::channel());
    let (_gateway, planner, _) = Gateway::with_agents([Never(asked, gone)]);
    let input = input("greet", true);
    let calling = actix_web::rt::spawn(async move { ask(&planner, "t", &input).await });
    was_asked.await.unwrap();
    calling.abort();
    let limit = Duration::from_secs(10);
    let dropped = tokio::time::timeout(limit, has_gone).await.unwrap();
    assert!(dropped.is_err(), "dropped, not sent");
}

#[actix_web::test]
async fn each_agent_says_who_it_is() {
    let (_gateway, planner, coder) = Gateway::with_agents([]);
    for (url, agent) in [(planner, "planner"), (coder, "coder")] {
        let health = call::http().get(url.replace("/api/chat", "/healthz"));
        let health: Value = health.send().await.unwrap().json().await.unwrap();
        assert_eq!(health, json!({ "status": "ok", "agent": agent }));
    }
}

#[test]
fn a_gateway_is_reached_over_http_alone() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gateway = "ftp://127.0.0.1".parse().unwrap();
    let refused = attach_agents::planner(listener, &AgentConfig { gateway });
    let problem = refused.err().unwrap().to_string();
    assert_eq!(
        problem,
        "the gateway's url has scheme `ftp`: use http or https"
    );
}
