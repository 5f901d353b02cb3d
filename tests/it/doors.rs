//! Limits at the door: the size of a body, places, and how long an engine may
//! take.

use serde_json::{Value, json};

use crate::support::{
    engine::{Act, Engine},
    eventually,
    gateway::{Gateway, chat},
    wire::Wire,
};

fn head(gateway: &Gateway, path: &str, more: &str) -> String {
    let (host, token) = (gateway.host(), gateway.token("ada"));
    format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n{more}\r\n\r\n"
    )
}

/// A chat of exactly `length` bytes.
fn chat_of(length: usize) -> String {
    let empty = chat("").to_string();
    chat(&"x".repeat(length - empty.len())).to_string()
}

const ROUTES: [&str; 5] = [
    "/v1/chat/completions",
    "/v1/rerank",
    "/api/chat",
    "/a2a/tasks/send",
    "/mem/events",
];

#[actix_web::test]
async fn a_body_that_says_it_is_too_long_is_refused_before_it_is_sent() {
    let gateway = Gateway::start();
    for path in ROUTES {
        let mut wire = Wire::to(&gateway).await;
        wire.send(head(&gateway, path, "content-length: 1000001"))
            .await;
        let answer = wire.answer().await;
        assert_eq!(answer.status, 413, "{path}");
        let body = answer.json();
        assert_eq!(body["detail"], "request too large");
        assert_eq!(body["limit_bytes"], 1_000_000);
        assert!(wire.is_closed().await);
    }
    assert!(gateway.engine.seen().is_empty());
}

#[actix_web::test]
async fn a_body_that_says_nothing_is_refused_the_moment_it_passes_the_limit() {
    let gateway = Gateway::with(&[("MAX_REQUEST_BYTES", "100000")]);
    for path in ROUTES {
        let mut wire = Wire::to(&gateway).await;
        wire.send(head(&gateway, path, "transfer-encoding: chunked"))
            .await;
        for _ in 0..10 {
            wire.send(format!("2710\r\n{}\r\n", "x".repeat(10_000)))
                .await;
        }
        wire.send("1\r\nx\r\n").await;
        // The body has no end yet, and its answer is here.
        let answer = wire.answer().await;
        assert_eq!(answer.status, 413, "{path}");
        assert_eq!(answer.json()["limit_bytes"], 100_000);
    }
    assert!(gateway.engine.seen().is_empty());
}

#[actix_web::test]
async fn a_body_of_exactly_the_limit_passes_whole() {
    let gateway = Gateway::start();
    let (token, body) = (gateway.token("ada"), chat_of(1_000_000));
    let request = gateway.client.post(gateway.at("/v1/chat/completions"));
    let request = request.bearer_auth(&token).body(body.clone());
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert!(gateway.engine.seen()[0].body == body.as_bytes());
    let more = gateway.client.post(gateway.at("/v1/chat/completions"));
    let more = more.bearer_auth(&token).body(chat_of(1_000_001));
    assert_eq!(more.send().await.unwrap().status(), 413);
}

#[actix_web::test]
async fn a_chunked_body_within_the_limit_passes_whole() {
    let gateway = Gateway::start();
    let body = chat("hi").to_string();
    let (first, second) = body.split_at(20);
    let mut wire = Wire::to(&gateway).await;
    let head = head(
        &gateway,
        "/v1/chat/completions",
        "transfer-encoding: chunked",
    );
    wire.send(format!("{head}14\r\n{first}\r\n")).await;
    wire.send(format!("{:x}\r\n{second}\r\n0\r\n\r\n", second.len()))
        .await;
    assert_eq!(wire.answer().await.status, 200);
    let seen = gateway.engine.seen().remove(0);
    assert_eq!(seen.body, body.as_bytes());
    assert_eq!(seen.header("transfer-encoding"), None);
}

#[actix_web::test]
async fn a_caller_nobody_knows_is_told_so_and_not_what_the_limit_is() {
    let gateway = Gateway::start();
    let mut wire = Wire::to(&gateway).await;
    let host = gateway.host();
    wire.send(format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\ncontent-length: 9000000\r\n\r\n"
    ))
    .await;
    assert_eq!(wire.answer().await.status, 401);
}

#[actix_web::test]
async fn when_every_place_is_taken_the_next_is_told_to_come_back() {
    let gateway = Gateway::before(Engine::start(Act::Silence), &[("MAX_IN_FLIGHT", "1")]);
    let mut first = Wire::to(&gateway).await;
    let body = chat("hi").to_string();
    let length = format!("content-length: {}", body.len());
    let head = head(&gateway, "/v1/chat/completions", &length);
    first.send(format!("{head}{body}")).await;
    eventually("the first is in", async || {
        (gateway.engine.open() == 1).then_some(())
    })
    .await;
    let token = gateway.token("eve");
    let second = gateway
        .post(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(second.status(), 503);
    assert_eq!(second.headers()["retry-after"], "1");
    let body: Value = second.json().await.unwrap();
    assert_eq!(body["error"]["code"], "busy");
    // Places are for engines: everything else goes on.
    assert_eq!(gateway.get(&token, "/mem/events").await.status(), 200);
    assert_eq!(gateway.get(&token, "/agents").await.status(), 200);
    drop(first);
    gateway.engine.act(Act::Text("hello"));
    eventually("the place is free", async || {
        let third = gateway
            .post(&token, "/v1/chat/completions", &chat("hi"))
            .await;
        (third.status() == 200).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn an_engine_has_places_of_its_own() {
    let engine = Engine::start(Act::Silence);
    let file = crate::support::file(&format!(
        "[[engine]]\nname = \"small\"\nurl = \"{}\"\nmodels = [\"scripted\"]\nconcurrency = 1\n",
        engine.url()
    ));
    let vars = [("ATTACH_CONFIG", file.path().to_str().unwrap())];
    let gateway = Gateway::with(&vars);
    let mut first = Wire::to(&gateway).await;
    let body = chat("hi").to_string();
    let length = format!("content-length: {}", body.len());
    let head = head(&gateway, "/v1/chat/completions", &length);
    first.send(format!("{head}{body}")).await;
    eventually("the first is in", async || {
        (engine.open() == 1).then_some(())
    })
    .await;
    let token = gateway.token("eve");
    let second = gateway
        .post(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(second.status(), 503);
    let other = json!({ "model": "other", "messages": [] });
    let third = gateway.post(&token, "/v1/chat/completions", &other).await;
    assert_eq!(third.status(), 200);
    assert_eq!((engine.seen().len(), gateway.engine.seen().len()), (1, 1));
}

#[actix_web::test]
async fn an_engine_that_does_not_begin_in_time_is_a_504() {
    let vars = [("ENGINE_FIRST_BYTE_TIMEOUT", "1")];
    let gateway = Gateway::before(Engine::start(Act::Silence), &vars);
    let token = gateway.token("ada");
    let answer = gateway
        .post(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(answer.status(), 504);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["type"], "upstream_timeout");
    let answer = gateway.get(&token, "/v1/models").await;
    assert_eq!(answer.status(), 504);
    eventually("the engine is free", async || {
        (gateway.engine.open() == 0).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_json_answer_that_stops_coming_is_a_504() {
    let feed = crate::support::engine::Feed::default();
    let engine = Engine::start(Act::Fed("application/json", feed.clone()));
    let gateway = Gateway::before(engine, &[("ENGINE_IDLE_TIMEOUT", "1")]);
    feed.send("{\"choices\":[");
    let token = gateway.token("ada");
    let answer = gateway
        .post(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(answer.status(), 504);
}

#[actix_web::test]
async fn a_request_whose_end_two_readers_could_see_differently_is_refused() {
    let gateway = Gateway::start();
    let body = chat("hi").to_string();
    let length = format!("content-length: {}", body.len());
    for framing in [
        format!("{length}\r\ntransfer-encoding: chunked"),
        format!("{length}\r\ncontent-length: 1"),
        "transfer-encoding: chunked, identity".to_owned(),
        "content-length: +5".to_owned(),
        "content-length: -1".to_owned(),
    ] {
        let mut wire = Wire::to(&gateway).await;
        let head = head(&gateway, "/v1/chat/completions", &framing);
        wire.send(format!("{head}{body}")).await;
        assert_eq!(wire.answer().await.status, 400, "{framing}");
        assert!(wire.is_closed().await, "{framing}");
    }
    assert!(gateway.engine.seen().is_empty());
}

#[actix_web::test]
async fn a_refusal_does_not_cost_the_connection() {
    let gateway = Gateway::start();
    let (host, body) = (gateway.host(), chat("hi").to_string());
    let length = body.len();
    let mut wire = Wire::to(&gateway).await;
    for _ in 0..3 {
        wire.send(format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\n\
             authorization: Bearer a.b.c\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
        .await;
        assert_eq!(wire.answer().await.status, 401);
    }
}
