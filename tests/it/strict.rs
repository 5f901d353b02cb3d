//! `USAGE_DURABILITY=strict`: no finished answer without its rows.

mod killed;

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection, sqlite::SqliteConnection};

use crate::support::{
    engine::{Act, Engine, Feed, completion, sse},
    eventually,
    gateway::{Gateway, chat},
    key::with,
    rows::Usage,
};

const STRICT: (&str, &str) = ("USAGE_DURABILITY", "strict");
const SSE: &str = "text/event-stream";
const NDJSON: &str = "application/x-ndjson";
const JSON: &str = "application/json";
/// Long enough to see that something does not come.
const A_WHILE: Duration = Duration::from_millis(300);

fn fed(content_type: &'static str, vars: &[(&str, &str)]) -> (Gateway, Feed) {
    let feed = Feed::default();
    let engine = Engine::start(Act::Fed(content_type, feed.clone()));
    (Gateway::before(engine, &[&[STRICT], vars].concat()), feed)
}

fn streaming() -> Value {
    with(&chat("hi"), "stream", json!(true))
}

fn line(text: &str, is_done: bool) -> String {
    let message = json!({ "role": "assistant", "content": text });
    let line = json!({ "model": "m", "message": message, "done": is_done });
    format!("{line}\n")
}

/// The next bytes of an answer; `None` at its end.
async fn next(answer: &mut reqwest::Response) -> Option<String> {
    let chunk = answer.chunk().await.unwrap()?;
    Some(String::from_utf8(chunk.to_vec()).unwrap())
}

async fn waits(answer: &mut reqwest::Response) {
    let next = tokio::time::timeout(A_WHILE, answer.chunk()).await;
    assert!(next.is_err(), "it did not wait: {next:?}");
}

async fn free(mut disk: SqliteConnection) {
    sqlx::query("rollback").execute(&mut disk).await.unwrap();
    disk.close().await.unwrap();
}

/// Sends `chunks` while nothing can be written: all but the last arrive. The last
/// arrives once its rows are there.
async fn holds_only_the_last(
    path: &str,
    act: &'static str,
    vars: &[(&str, &str)],
    chunks: &[String],
) {
    let (gateway, feed) = fed(act, vars);
    let token = gateway.token("ada");
    let body = streaming();
    let asked = gateway.post(&token, path, &body);
    feed.send(chunks[0].clone());
    let mut answer = asked.await;
    let disk = gateway.holding_the_disk().await;
    let (last, others) = chunks.split_last().unwrap();
    for (n, chunk) in others.iter().enumerate() {
        if n > 0 {
            feed.send(chunk.clone());
        }
        assert_eq!(next(&mut answer).await.as_ref(), Some(chunk));
    }
    feed.send(last.clone());
    waits(&mut answer).await;
    free(disk).await;
    assert_eq!(next(&mut answer).await.as_ref(), Some(last));
    assert_eq!(gateway.rows().await, (1, 2), "its rows came first");
    feed.end();
    assert_eq!(next(&mut answer).await, None);
    assert_eq!(gateway.usage().await[0].outcome, "finished");
}

#[actix_web::test]
async fn no_chunk_of_a_stream_waits_but_the_one_that_says_done() {
    let chunks = sse(&["one", "two"]);
    holds_only_the_last("/v1/chat/completions", SSE, &[], &chunks).await;
    let mut halves = chunks.clone();
    halves.pop();
    halves.extend(["data: [DO".to_owned(), "NE]\n".to_owned()]);
    holds_only_the_last("/v1/chat/completions", SSE, &[], &halves).await;
}

#[actix_web::test]
async fn no_line_of_a_native_stream_waits_but_the_one_that_is_done() {
    let lines = [line("one", false), line("two", false), line("", true)];
    let ollama = [("ENGINE_KIND", "ollama")];
    holds_only_the_last("/api/chat", NDJSON, &ollama, &lines).await;
}

#[actix_web::test]
async fn what_an_engine_says_after_the_end_of_its_answer_still_passes() {
    let (gateway, feed) = fed(SSE, &[]);
    let token = gateway.token("ada");
    feed.send("data: [DONE]\n\n");
    let mut answer = gateway
        .post(&token, "/v1/chat/completions", &streaming())
        .await;
    assert!(next(&mut answer).await.is_some());
    feed.send(": bye\n\n");
    assert_eq!(next(&mut answer).await.as_deref(), Some(": bye\n\n"));
    feed.end();
    assert_eq!(next(&mut answer).await, None);
    assert_eq!(gateway.rows().await, (1, 2));
}

#[actix_web::test]
async fn a_stream_that_just_ends_does_not_end_before_its_rows_are_there() {
    let (gateway, feed) = fed(SSE, &[]);
    let token = gateway.token("ada");
    feed.send(sse(&["one"]).remove(0));
    let mut answer = gateway
        .post(&token, "/v1/chat/completions", &streaming())
        .await;
    assert!(next(&mut answer).await.is_some());
    let disk = gateway.holding_the_disk().await;
    feed.end();
    waits(&mut answer).await;
    free(disk).await;
    assert_eq!(next(&mut answer).await, None);
    assert_eq!(gateway.rows().await, (1, 2));
}

#[actix_web::test]
async fn an_answer_of_known_length_keeps_its_last_bytes_until_its_rows_are_there() {
    let body = with(&completion("hello"), "padding", json!("x".repeat(2 << 20))).to_string();
    let length = body.len();
    let gateway = Gateway::before(Engine::start(Act::Raw(200, JSON, body)), &[STRICT]);
    let token = gateway.token("ada");
    let disk = gateway.holding_the_disk().await;
    let mut answer = gateway
        .post(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(answer.content_length(), Some(length as u64));
    let mut read = 0;
    while let Ok(chunk) = tokio::time::timeout(A_WHILE, next(&mut answer)).await {
        read += chunk.expect("it has not ended").len();
    }
    assert!(read > 0 && read < length, "{read} of {length}");
    free(disk).await;
    while let Some(chunk) = next(&mut answer).await {
        assert_eq!(gateway.rows().await, (1, 2));
        read += chunk.len();
    }
    assert_eq!(read, length);
}

#[actix_web::test]
async fn a_json_answer_and_a_refusal_of_the_engine_come_after_their_rows() {
    for (status, count) in [(200, 1), (500, 2)] {
        let act = Act::Raw(status, JSON, completion("hello").to_string());
        let gateway = Gateway::before(Engine::start(act), &[STRICT]);
        let token = gateway.token("ada");
        for n in 1..=count {
            let answer = gateway
                .tell(&token, "/v1/chat/completions", &chat("hi"))
                .await;
            assert_eq!(answer.status, status);
            assert_eq!(gateway.rows().await, (n, 2 * n));
        }
    }
    let gateway = Gateway::with(&[STRICT, ("ENGINE_URL", "http://127.0.0.1:9")]);
    let token = gateway.token("ada");
    let answer = gateway
        .tell(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(answer.status, 502);
    assert_eq!(gateway.rows().await, (1, 2));
}

#[actix_web::test]
async fn a_long_prompt_that_is_counted_aside_is_waited_for_as_well() {
    let answer = with(&completion("hello"), "usage", Value::Null).to_string();
    let gateway = Gateway::before(Engine::start(Act::Raw(200, JSON, answer)), &[STRICT]);
    let token = gateway.token("ada");
    let long = chat(&"word ".repeat(40_000));
    let answer = gateway.tell(&token, "/v1/chat/completions", &long).await;
    assert_eq!(answer.status, 200);
    assert_eq!(gateway.rows().await, (1, 2));
    let usage: Vec<Usage> = gateway.usage().await;
    assert_eq!(usage[0].sources(), "counted");
}

#[actix_web::test]
async fn a_client_that_leaves_while_its_answer_waits_has_its_rows_all_the_same() {
    let (gateway, feed) = fed(SSE, &[]);
    let token = gateway.token("ada");
    feed.send(sse(&["one"]).remove(0));
    let mut answer = gateway
        .post(&token, "/v1/chat/completions", &streaming())
        .await;
    assert!(next(&mut answer).await.is_some());
    let disk = gateway.holding_the_disk().await;
    feed.send("data: [DONE]\n\n");
    waits(&mut answer).await;
    drop(answer);
    free(disk).await;
    let row = gateway.one_usage().await;
    assert_eq!((&*row.outcome, row.tokens_out), ("finished", 1));
    eventually("its memory is written", async || {
        (gateway.rows().await == (1, 2)).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_disk_that_is_away_ends_no_answer_cleanly_and_loses_no_row() {
    let acts = vec![
        (
            "/v1/chat/completions",
            Act::Stream {
                content_type: SSE,
                chunks: sse(&["one", "two"]),
                pause: Duration::from_millis(1),
                is_cut: false,
            },
        ),
        ("/v1/completions", Act::Text("hello")),
    ];
    let gateway = Gateway::before(Engine::start(Act::ByPath(acts)), &[STRICT]);
    let token = gateway.token("ada");
    let disk = gateway.holding_the_disk().await;
    let streamed = async {
        let mut answer = gateway
            .post(&token, "/v1/chat/completions", &streaming())
            .await;
        assert_eq!(answer.status(), 200);
        let mut read = String::new();
        let end = loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => read.push_str(str::from_utf8(&chunk).unwrap()),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        assert!(read.contains("two") && !read.contains("[DONE]"), "{read}");
        assert!(end.is_err(), "no clean end");
    };
    let prompt = json!({ "model": "scripted", "prompt": "hi" });
    let whole = gateway.tell(&token, "/v1/completions", &prompt);
    let ((), whole) = tokio::join!(streamed, whole);
    assert_eq!(
        (whole.status, whole.detail()),
        (503, "the store cannot be written now")
    );
    free(disk).await;
    eventually("their rows are written once the disk is back", async || {
        (gateway.rows().await == (2, 4)).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_task_is_acknowledged_once_memory_knows_it() {
    let engine = Engine::start(Act::Silence);
    let agents = format!("coder={}/api/chat", engine.url());
    let gateway = Gateway::with(&[STRICT, ("AGENTS", &agents)]);
    let token = gateway.token("ada");
    for n in 1..=5 {
        gateway
            .send(&token, &json!({ "target": "coder", "input": n }))
            .await;
        assert_eq!(gateway.rows().await, (0, n));
    }
}
