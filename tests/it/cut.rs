//! A running stream is cut at its quota: between two events, with an end in its own
//! dialect.

mod away;
mod dialects;
mod rooms;

use serde_json::{Value, json};

use crate::support::{
    engine::{Act, Engine, Feed},
    eventually,
    gateway::{Gateway, chat},
    key::with,
    wire::Wire,
};

const SSE: &str = "text/event-stream";
const NDJSON: &str = "application/x-ndjson";
const CHAT: &str = "/v1/chat/completions";

/// `chat("hi")` is nine tokens.
const PROMPT: u64 = 9;

fn fed(content_type: &'static str, tokens: u64, vars: &[(&str, &str)]) -> (Gateway, Feed) {
    let feed = Feed::default();
    let engine = Engine::start(Act::Fed(content_type, feed.clone()));
    let tokens = tokens.to_string();
    let vars = [&[("MAX_TOKENS_PER_MIN", &*tokens)], vars].concat();
    (Gateway::before(engine, &vars), feed)
}

fn streaming() -> Value {
    with(&chat("hi"), "stream", json!(true))
}

/// A chunk that says one word, which costs one token.
fn word(index: u64, text: &str) -> String {
    let choice = json!({ "index": index, "delta": { "content": text }, "finish_reason": null });
    let chunk =
        json!({ "id": "chatcmpl-1", "created": 7, "model": "scripted", "choices": [choice] });
    format!("data: {chunk}\n\n")
}

/// As many words, each of them one token, also beside the others.
fn words(count: usize) -> Vec<String> {
    let words = [" one", " two", " red", " sun", " sea"].iter().cycle();
    words.take(count).map(|text| word(0, text)).collect()
}

/// The data of each event.
fn events(text: &str) -> Vec<Value> {
    let events = text.split("\n\n").filter(|event| !event.is_empty());
    let data = events.map(|event| event.split_once("data: ").unwrap().1);
    data.map(|data| serde_json::from_str(data).unwrap_or_else(|_| json!(data)))
        .collect()
}

/// The connection to the engine is closed, though the engine has not ended.
async fn engine_is_free(gateway: &Gateway) {
    eventually("the engine's connection is closed", async || {
        (gateway.engine.open() == 0).then_some(())
    })
    .await;
}

/// The whole answer to `body`, whose engine sends these chunks and does not end.
async fn answer(
    gateway: &Gateway,
    feed: &Feed,
    path: &str,
    body: &Value,
    chunks: &[String],
) -> String {
    for chunk in chunks {
        feed.send(chunk.clone());
    }
    let answer = gateway.post(&gateway.token("ada"), path, body).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers().get("content-length"), None);
    answer.text().await.unwrap()
}

#[actix_web::test]
async fn a_stream_gets_the_tokens_there_are_and_then_a_whole_end_that_says_why() {
    let (gateway, feed) = fed(SSE, PROMPT + 4, &[]);
    let all = words(10);
    let text = answer(&gateway, &feed, CHAT, &streaming(), &all).await;
    let end = text.strip_prefix(&all[..4].concat()).unwrap();
    let ends = json!([{ "index": 0, "delta": {}, "finish_reason": "length" }]);
    let usage = json!({ "prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13 });
    let last = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 7, "model": "scripted",
        "choices": ends, "usage": usage, "attach": { "reason": "token_quota" },
    });
    assert_eq!(events(end), [last, json!("[DONE]")]);
    engine_is_free(&gateway).await;
    let row = gateway.one_usage().await;
    assert_eq!((&*row.outcome, row.status), ("cut", 200));
    assert_eq!(
        (row.tokens_in, row.tokens_out, row.sources()),
        (9, 4, "counted")
    );
}

#[actix_web::test]
async fn usage_comes_in_a_chunk_of_its_own_for_who_asked() {
    let (gateway, feed) = fed(SSE, PROMPT + 2, &[]);
    let body = with(
        &streaming(),
        "stream_options",
        json!({ "include_usage": true }),
    );
    let text = answer(&gateway, &feed, CHAT, &body, &words(5)).await;
    let events = events(&text);
    let [finish, usage, done] = &events[events.len() - 3..] else {
        panic!("{text}")
    };
    assert_eq!(finish["choices"][0]["finish_reason"], "length");
    assert_eq!(
        (&usage["choices"], &usage["usage"]["completion_tokens"]),
        (&json!([]), &json!(2))
    );
    assert_eq!(done, "[DONE]");
}

#[actix_web::test]
async fn the_cut_falls_between_events_however_the_engine_cuts_its_chunks() {
    let whole = words(6).concat();
    let expected = words(3).concat();
    for size in [
        1,
        7,
        expected.len() - 1,
        expected.len(),
        expected.len() + 1,
        whole.len(),
    ] {
        let (gateway, feed) = fed(SSE, PROMPT + 3, &[]);
        let chunks: Vec<_> = whole.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
        let chunks: Vec<_> = chunks
            .into_iter()
            .map(|c| String::from_utf8(c).unwrap())
            .collect();
        let text = answer(&gateway, &feed, CHAT, &streaming(), &chunks).await;
        let end = text.strip_prefix(&expected).unwrap();
        assert_eq!(
            events(end)[0]["choices"][0]["finish_reason"],
            "length",
            "{size}"
        );
        assert_eq!(gateway.one_usage().await.tokens_out, 3, "{size}");
    }
}

#[actix_web::test]
async fn half_an_event_waits_for_its_end_once_nothing_is_left() {
    let (gateway, feed) = fed(SSE, PROMPT + 1, &[]);
    let all = words(2);
    feed.send(format!("{}{}", all[0], &all[1][..20]));
    let mut answer = gateway
        .post(&gateway.token("ada"), CHAT, &streaming())
        .await;
    assert_eq!(answer.chunk().await.unwrap().unwrap(), all[0]);
    feed.send(all[1][20..].to_owned());
    let end = answer.text().await.unwrap();
    assert!(
        end.starts_with("data: ") && end.contains("token_quota"),
        "{end}"
    );
}

#[actix_web::test]
async fn an_answer_that_came_out_just_long_enough_is_whole() {
    let (gateway, feed) = fed(SSE, PROMPT + 3, &[]);
    let chunks = crate::support::engine::sse(&["a", "b", "c"]);
    let body = with(&streaming(), "max_tokens", json!(3));
    let text = answer(&gateway, &feed, CHAT, &body, &chunks);
    let ended = async {
        eventually("the engine is asked", async || {
            (gateway.engine.open() == 1).then_some(())
        })
        .await;
        feed.end();
    };
    let (text, ()) = futures_util::join!(text, ended);
    assert_eq!(text, chunks.concat());
    let row = gateway.one_usage().await;
    assert_eq!(
        (&*row.outcome, row.sources(), row.tokens_out),
        ("finished", "engine", 3)
    );
}

#[actix_web::test]
async fn every_open_choice_is_ended() {
    let (gateway, feed) = fed(SSE, PROMPT + 3, &[]);
    let chunks = [word(0, "a"), word(1, "b"), word(0, "c"), word(1, "d")];
    let text = answer(
        &gateway,
        &feed,
        CHAT,
        &with(&streaming(), "n", json!(2)),
        &chunks,
    )
    .await;
    let end = events(text.strip_prefix(&chunks[..3].concat()).unwrap());
    let ended: Vec<_> = end[0]["choices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["index"].as_u64())
        .collect();
    assert_eq!(ended, [Some(0), Some(1)]);
}

#[actix_web::test]
async fn without_a_quota_nothing_is_cut_and_a_length_stays() {
    let whole = words(600).concat();
    let gateway = Gateway::before(Engine::start(Act::Raw(200, SSE, whole.clone())), &[]);
    let answer = gateway
        .post(&gateway.token("ada"), CHAT, &streaming())
        .await;
    assert_eq!(answer.headers()["content-length"], whole.len().to_string());
    assert_eq!(answer.text().await.unwrap(), whole);
}

#[actix_web::test]
async fn a_stream_with_a_length_is_cut_as_any_other() {
    let whole = words(6).concat();
    let engine = Engine::start(Act::Raw(200, SSE, whole.clone()));
    let gateway = Gateway::before(engine, &[("MAX_TOKENS_PER_MIN", "11")]);
    let answer = gateway
        .post(&gateway.token("ada"), CHAT, &streaming())
        .await;
    let text = answer.text().await.unwrap();
    assert!(
        text.starts_with(&words(2).concat()) && text.ends_with("data: [DONE]\n\n"),
        "{text}"
    );
    assert_eq!(events(&text).len(), 4);
}

#[actix_web::test]
async fn memory_says_that_the_answer_was_cut_and_keeps_what_came() {
    let (gateway, feed) = fed(SSE, PROMPT + 2, &[]);
    answer(&gateway, &feed, CHAT, &streaming(), &words(5)).await;
    gateway.one_usage().await;
    let token = gateway.token("ada");
    let event = eventually("the answer is remembered", async || {
        let events: Value = gateway
            .get(&token, "/mem/events")
            .await
            .json()
            .await
            .unwrap();
        let events = events["data"]["Get"]["MemoryEvent"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        events
            .into_iter()
            .find(|event| event["role"] == "assistant")
    })
    .await;
    assert_eq!(
        (&event["outcome"], &event["text"]),
        (&json!("cut"), &json!(" one two"))
    );
}

#[actix_web::test]
async fn with_strict_the_end_waits_for_its_rows() {
    let (gateway, feed) = fed(SSE, PROMPT + 2, &[("USAGE_DURABILITY", "strict")]);
    let token = gateway.token("ada");
    let all = words(3);
    feed.send(all[..2].concat());
    let mut answer = gateway.post(&token, CHAT, &streaming()).await;
    assert_eq!(answer.chunk().await.unwrap().unwrap(), all[..2].concat());
    let mut disk = gateway.holding_the_disk().await;
    feed.send(all[2].clone());
    engine_is_free(&gateway).await;
    let early = tokio::time::timeout(std::time::Duration::from_millis(300), answer.chunk()).await;
    assert!(early.is_err(), "it did not wait: {early:?}");
    sqlx::query("rollback").execute(&mut disk).await.unwrap();
    let end = answer.text().await.unwrap();
    assert_eq!(gateway.rows().await, (1, 2), "its rows came first");
    assert!(end.ends_with("data: [DONE]\n\n"), "{end}");
}

#[actix_web::test]
async fn the_engines_connection_is_closed_within_a_quarter_of_a_second() {
    let (gateway, feed) = fed(SSE, PROMPT + 1, &[]);
    let mut wire = Wire::to(&gateway).await;
    let (body, token, host) = (
        streaming().to_string(),
        gateway.token("ada"),
        gateway.host(),
    );
    let length = body.len();
    wire.send(format!(
        "POST {CHAT} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n{body}"
    ))
    .await;
    feed.send(words(2).concat());
    wire.head().await;
    while wire.chunk().await.is_some() {}
    let cut_at = std::time::Instant::now();
    engine_is_free(&gateway).await;
    assert!(cut_at.elapsed().as_millis() < 250);
}
