//! Streams: nothing is held back, nothing changed, and a hang-up goes through.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    engine::{Act, Engine, Feed, sse},
    eventually,
    gateway::{Gateway, chat},
    key::with,
    wire::Wire,
};

const SSE: &str = "text/event-stream";
const NDJSON: &str = "application/x-ndjson";

fn fed(content_type: &'static str, vars: &[(&str, &str)]) -> (Gateway, Feed) {
    let feed = Feed::default();
    let engine = Engine::start(Act::Fed(content_type, feed.clone()));
    (Gateway::before(engine, vars), feed)
}

/// The text of a request for `path`.
fn request(gateway: &Gateway, path: &str, body: &Value) -> String {
    let (token, body) = (gateway.token("ada"), body.to_string());
    let (host, length) = (gateway.host(), body.len());
    format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

fn streaming() -> Value {
    with(&chat("hi"), "stream", json!(true))
}

async fn opened(gateway: &Gateway, path: &str, body: &Value) -> Wire {
    let mut wire = Wire::to(gateway).await;
    wire.send(request(gateway, path, body)).await;
    wire
}

#[actix_web::test]
async fn each_chunk_arrives_before_the_engine_has_written_the_next_and_byte_for_byte() {
    let (gateway, feed) = fed(SSE, &[]);
    let mut wire = opened(&gateway, "/v1/chat/completions", &streaming()).await;
    let mut whole = sse(&["one", "zwei", "三"]).concat().into_bytes();
    let half = whole.iter().rposition(|byte| *byte == 0xe4).unwrap() + 1;
    let rest = whole.split_off(half);
    let odd: [&[u8]; 6] = [
        b": a comment\r\n",
        &whole[..7],
        &whole[7..],
        &rest[..1],
        &rest[1..],
        b"\r\n",
    ];
    for (index, chunk) in odd.iter().enumerate() {
        feed.send(chunk.to_vec());
        if index == 0 {
            let head = wire.head().await;
            assert_eq!(head.status, 200);
            assert_eq!(head.header("content-type"), Some(SSE));
            assert_eq!(head.header("x-accel-buffering"), Some("no"));
            assert_eq!(head.header("content-length"), None);
        }
        assert_eq!(wire.chunk().await.as_deref(), Some(*chunk));
    }
    feed.end();
    assert_eq!(wire.chunk().await, None);
    let usage = gateway.one_usage().await;
    assert_eq!((&*usage.outcome, usage.tokens_out), ("finished", 3));
}

#[actix_web::test]
async fn status_and_headers_arrive_before_the_first_chunk_is_written() {
    let (gateway, feed) = fed(SSE, &[]);
    let mut wire = opened(&gateway, "/v1/chat/completions", &streaming()).await;
    assert_eq!(wire.head().await.status, 200);
    feed.send("data: [DONE]\n\n");
    assert!(wire.chunk().await.is_some());
}

#[actix_web::test]
async fn native_lines_pass_as_they_come_on_every_route() {
    for path in ["/api/chat", "/api/generate"] {
        let (gateway, feed) = fed(NDJSON, &[("ENGINE_KIND", "ollama")]);
        let mut wire = opened(&gateway, path, &chat("hi")).await;
        let line = "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"I\"},\"done\":false}\n";
        feed.send(line);
        let head = wire.head().await;
        assert_eq!(head.header("content-type"), Some(NDJSON));
        assert_eq!(head.header("x-accel-buffering"), Some("no"));
        assert_eq!(wire.chunk().await.unwrap(), line.as_bytes());
        feed.end();
        assert_eq!(gateway.engine.seen()[0].path, path);
    }
}

#[actix_web::test]
async fn a_stream_that_carries_no_prompts_answer_is_not_held_back_either() {
    let (gateway, feed) = fed(NDJSON, &[("ENGINE_KIND", "ollama")]);
    let claims = with(&gateway.issuer.claims("root"), "scope", json!("admin"));
    let token = gateway.issuer.sign(&claims);
    feed.send("{\"status\":\"pulling\"}\n");
    let model = json!({ "model": "m" });
    let mut answer = gateway.post(&token, "/api/pull", &model).await;
    assert_eq!(answer.headers()["x-accel-buffering"], "no");
    assert_eq!(
        answer.chunk().await.unwrap().unwrap(),
        "{\"status\":\"pulling\"}\n"
    );
    feed.end();
    assert_eq!(answer.chunk().await.unwrap(), None);
}

#[actix_web::test]
async fn a_stream_that_the_engine_breaks_off_breaks_off_for_the_client() {
    let (gateway, feed) = fed(SSE, &[]);
    let token = gateway.token("ada");
    let path = "/v1/chat/completions";
    let mut answer = gateway.post(&token, path, &streaming()).await;
    feed.send(sse(&["one"]).remove(0));
    assert!(answer.chunk().await.unwrap().is_some());
    feed.cut();
    assert!(answer.chunk().await.is_err(), "no clean end");
    assert_eq!(gateway.one_usage().await.outcome, "cut");
}

#[actix_web::test]
async fn an_engine_that_falls_silent_in_mid_stream_is_cut_off() {
    let (gateway, feed) = fed(SSE, &[("ENGINE_IDLE_TIMEOUT", "1")]);
    let token = gateway.token("ada");
    let path = "/v1/chat/completions";
    let mut answer = gateway.post(&token, path, &streaming()).await;
    feed.send(sse(&["one"]).remove(0));
    assert!(answer.chunk().await.unwrap().is_some());
    assert!(answer.chunk().await.is_err(), "no clean end");
    engine_is_free(&gateway).await;
    assert_eq!(gateway.one_usage().await.outcome, "cut");
}

/// The engine's connection is closed, and the gateway's place is free.
async fn engine_is_free(gateway: &Gateway) {
    eventually("the engine's connection is closed", async || {
        (gateway.engine.open() == 0).then_some(())
    })
    .await;
    eventually("the place is free", async || {
        let ready = gateway.raw("GET /readyz", &[]).await.json();
        (ready["detail"]["places_free"] == 1024).then_some(())
    })
    .await;
}

async fn engine_is_asked(gateway: &Gateway) {
    eventually("the engine is asked", async || {
        (gateway.engine.open() == 1).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_client_that_leaves_before_the_first_byte_frees_the_engine() {
    let gateway = Gateway::before(Engine::start(Act::Silence), &[]);
    for body in [chat("hi"), streaming()] {
        for path in ["/v1/chat/completions", "/v1/rerank", "/api/chat"] {
            let wire = opened(&gateway, path, &body).await;
            engine_is_asked(&gateway).await;
            drop(wire);
            engine_is_free(&gateway).await;
        }
    }
}

#[actix_web::test]
async fn a_client_that_leaves_in_mid_stream_frees_the_engine_and_pays_for_what_it_saw() {
    let (gateway, feed) = fed(SSE, &[]);
    let mut wire = opened(&gateway, "/v1/chat/completions", &streaming()).await;
    for chunk in sse(&["one", "two", "three"]).drain(..3) {
        feed.send(chunk);
    }
    wire.head().await;
    for _ in 0..3 {
        // However they were cut, all three are here before the client leaves.
        if wire
            .chunk()
            .await
            .unwrap()
            .windows(5)
            .any(|w| w == b"three")
        {
            break;
        }
    }
    assert_eq!(gateway.engine.open(), 1);
    drop(wire);
    engine_is_free(&gateway).await;
    let usage = gateway.one_usage().await;
    assert_eq!((&*usage.outcome, usage.sources()), ("hung_up", "counted"));
    assert_eq!(usage.tokens_out, 3);
}

#[actix_web::test]
async fn a_client_that_leaves_in_the_middle_of_a_json_answer_frees_the_engine() {
    let (gateway, feed) = fed("application/json", &[]);
    let wire = opened(&gateway, "/v1/chat/completions", &chat("hi")).await;
    feed.send("{\"choices\":[");
    engine_is_asked(&gateway).await;
    // Headers are held back until the numbers are known, so nothing tells when
    // the answer has begun; hanging up may come before or after.
    drop(wire);
    engine_is_free(&gateway).await;
}

#[actix_web::test]
async fn many_small_pauses_do_not_add_up_to_a_silence() {
    let act = Act::Stream {
        content_type: SSE,
        chunks: sse(&["a", "b", "c", "d"]),
        pause: Duration::from_millis(300),
        is_cut: false,
    };
    let gateway = Gateway::before(Engine::start(act), &[("ENGINE_IDLE_TIMEOUT", "1")]);
    let token = gateway.token("ada");
    let answer = gateway
        .post(&token, "/v1/chat/completions", &streaming())
        .await;
    let text = answer.text().await.unwrap();
    assert_eq!(text, sse(&["a", "b", "c", "d"]).concat());
}
