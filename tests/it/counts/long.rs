//! What is long is counted off the workers, by few at a time, and told truthfully.

use attach_gateway::domain::{
    chat::{Kind, prompt_tokens},
    token::{Counter, Encoding},
};
use serde_json::{Value, json};

use crate::support::{
    engine::{Act, Engine, completion},
    eventually,
    gateway::{Gateway, chat},
    key::{with, without},
};

const CHAT: &str = "/v1/chat/completions";

/// Letters that make no words, which cost a tokenizer most.
fn hostile(bytes: usize) -> String {
    let mut state = 88_172_645_463_325_252u64;
    let letter = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + (state % 26) as u8)
    };
    (0..bytes).map(letter).collect()
}

fn exact(body: &Value) -> u64 {
    let counter = Counter::load(Encoding::Cl100k);
    prompt_tokens(Kind::Chat, body.to_string().as_bytes(), &counter)
}

fn unsaid(text: &str) -> Act {
    let answer = without(&completion(text), "usage");
    Act::Raw(200, "application/json", answer.to_string())
}

#[actix_web::test]
async fn a_long_prompt_beyond_the_quota_is_refused_and_one_within_it_is_held_as_it_counts() {
    let body = chat(&hostile(200_000));
    let tokens = exact(&body);
    for (limit, status) in [(tokens - 1, 400), (tokens, 200)] {
        let limit = limit.to_string();
        let gateway = Gateway::with(&[("MAX_TOKENS_PER_MIN", &*limit)]);
        let body = with(&body, "max_tokens", json!(0));
        let answer = gateway.post(&gateway.token("ada"), CHAT, &body).await;
        assert_eq!(answer.status(), status, "{limit}");
    }
}

#[actix_web::test]
async fn of_many_long_prompts_at_once_each_has_a_row_with_its_tokens_and_none_holds_up_an_answer() {
    let gateway = Gateway::before(Engine::start(unsaid("hello world")), &[]);
    let token = gateway.token("ada");
    let body = chat(&hostile(400_000));
    let counted = exact(&body) as i64;
    let calls = (0..8).map(|_| gateway.post(&token, CHAT, &body));
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["x-llm-model"], "scripted");
        let told = answer.headers().get("x-tokens-in");
        assert!(
            told.is_none_or(|told| *told == counted.to_string()),
            "{told:?}"
        );
    }
    let rows = eventually("every row is written", async || {
        Some(gateway.usage().await).filter(|rows| rows.len() == 8)
    })
    .await;
    for row in rows {
        let found = (row.tokens_in, &*row.source_in);
        assert_eq!(found, (counted, "counted"), "{row:?}");
    }
}

#[actix_web::test]
async fn an_image_costs_a_thousand_tokens_where_the_engine_does_not_say() {
    let part = json!({ "type": "image_url", "image_url": { "url": "data:" } });
    let body = json!({ "messages": [{ "role": "user", "content": [part] }] });
    // With the last one its prompt is held by its bound.
    for limit in ["", "2000", "1000000"] {
        let engine = Engine::start(unsaid("hello world"));
        let gateway = Gateway::before(engine, &[("MAX_TOKENS_PER_MIN", limit)]);
        let answer = gateway.post(&gateway.token("ada"), CHAT, &body).await;
        assert_eq!(answer.status(), 200);
        let row = gateway.one_usage().await;
        let found = (row.tokens_in, &*row.source_in);
        assert_eq!(found, (1_000 + exact(&body) as i64, "counted"), "{limit}");
    }
}

#[actix_web::test]
async fn a_long_prompt_held_by_its_bound_leaves_its_room_to_the_answer() {
    let body = with(&chat(&"hello ".repeat(4_000)), "stream", json!(true));
    let (bound, tokens) = (body.to_string().len() as u64, exact(&body));
    let limit = 16 * (bound + 40);
    let words = limit - tokens;
    let body = with(&body, "max_tokens", json!(limit));
    let event = format!(
        "data: {}\n\n",
        json!({ "choices": [{ "delta": { "content": " one" } }] })
    );
    let engine = Engine::start(Act::Raw(
        200,
        "text/event-stream",
        event.repeat(words as usize + 9),
    ));
    let gateway = Gateway::before(engine, &[("MAX_TOKENS_PER_MIN", &*limit.to_string())]);
    let answer = gateway.post(&gateway.token("ada"), CHAT, &body).await;
    let text = answer.text().await.unwrap();
    assert_eq!(text.matches(" one").count() as u64, words);
}

#[actix_web::test]
async fn the_whole_text_of_a_long_answer_is_counted() {
    let text = "hello world ".repeat(20_000);
    let gateway = Gateway::before(Engine::start(unsaid(&text)), &[]);
    let answer = gateway.post(&gateway.token("ada"), CHAT, &chat("hi")).await;
    let said = answer.headers()["x-tokens-out"]
        .to_str()
        .unwrap()
        .to_owned();
    let row = gateway.one_usage().await;
    let tokens = Counter::load(Encoding::Cl100k).count(&text) as i64;
    assert_eq!((row.tokens_out, &*row.source_out), (tokens, "counted"));
    assert_eq!(said, tokens.to_string());
}

#[actix_web::test]
async fn an_answer_too_large_to_be_read_is_billed_by_its_bound() {
    let gateway = Gateway::before(Engine::start(unsaid(&"x".repeat(1_200_000))), &[]);
    let answer = gateway.post(&gateway.token("ada"), CHAT, &chat("hi")).await;
    let size = answer.bytes().await.unwrap().len() as i64;
    let row = gateway.one_usage().await;
    assert_eq!((row.tokens_out, &*row.source_out), (size, "bound"));
    assert_eq!((row.tokens_in, &*row.source_in), (9, "counted"));
}
