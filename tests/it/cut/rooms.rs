//! How much a stream may take: slices, what its request asks, what others leave.

use serde_json::json;

use super::{CHAT, PROMPT, SSE, answer, engine_is_free, events, fed, streaming, words};
use crate::support::{
    engine::{Act, Engine, Feed},
    eventually,
    gateway::{Gateway, chat},
    key::with,
};

#[actix_web::test]
async fn a_stream_with_room_gets_slice_after_slice() {
    let (gateway, feed) = fed(SSE, 2_000, &[]);
    let all = words(1_500);
    let asked = async {
        eventually("the engine is asked", async || {
            (gateway.engine.open() == 1).then_some(())
        })
        .await;
        feed.end();
    };
    let body = streaming();
    let (text, ()) = futures_util::join!(answer(&gateway, &feed, CHAT, &body, &all), asked);
    assert_eq!(text, all.concat());
    assert_eq!(gateway.one_usage().await.tokens_out, 1_500);
}

#[actix_web::test]
async fn more_than_the_room_that_is_asked_for_is_cut_at_the_room() {
    let (gateway, feed) = fed(SSE, PROMPT + 300, &[]);
    let body = with(&streaming(), "max_tokens", json!(5_000));
    let all = words(400);
    let text = answer(&gateway, &feed, CHAT, &body, &all).await;
    assert!(text.starts_with(&all[..300].concat()));
    assert_eq!(events(&text).len(), 302);
    engine_is_free(&gateway).await;
}

#[actix_web::test]
async fn a_stream_holds_no_more_than_its_request_allows_it() {
    let (gateway, feed) = fed(SSE, PROMPT + 10 + PROMPT + 20, &[]);
    let token = gateway.token("ada");
    let body = with(&streaming(), "max_tokens", json!(10));
    feed.send(words(3).concat());
    let mut first = gateway.post(&token, CHAT, &body).await;
    assert!(first.chunk().await.unwrap().is_some());
    gateway.engine.act(Act::Text("hello"));
    let second = gateway
        .post(&token, CHAT, &with(&streaming(), "max_tokens", json!(20)))
        .await;
    assert_eq!(second.status(), 200);
}

#[actix_web::test]
async fn two_streams_of_one_user_share_the_room_exactly() {
    let all = words(2_000);
    let act = Act::Stream {
        content_type: SSE,
        chunks: all.chunks(7).map(|chunk| chunk.concat()).collect(),
        pause: std::time::Duration::from_millis(1),
        is_cut: false,
    };
    let gateway = Gateway::before(Engine::start(act), &[("MAX_TOKENS_PER_MIN", "1218")]);
    let token = gateway.token("ada");
    let body = streaming();
    let ask = async || {
        let answer = gateway.post(&token, CHAT, &body).await;
        answer.text().await.unwrap()
    };
    let (one, two) = futures_util::join!(ask(), ask());
    let rows = eventually("both rows are written", async || {
        Some(gateway.usage().await).filter(|rows| rows.len() == 2)
    })
    .await;
    let out: i64 = rows.iter().map(|row| row.tokens_out).sum();
    assert_eq!(out, 1_200, "{rows:?}");
    for text in [one, two] {
        assert!(text.ends_with("data: [DONE]\n\n") && text.contains("token_quota"));
    }
    for row in rows {
        assert_eq!((&*row.outcome, row.sources()), ("cut", "counted"));
    }
}

#[actix_web::test]
async fn what_leaves_the_window_meanwhile_lets_a_stream_go_on() {
    let (gateway, feed) = fed(SSE, 2 * PROMPT + 20, &[("WINDOW", "1")]);
    let token = gateway.token("ada");
    let later = Feed::default();
    feed.send(words(10).concat());
    feed.end();
    let first = gateway
        .post(&token, CHAT, &with(&streaming(), "max_tokens", json!(10)))
        .await;
    first.bytes().await.unwrap();
    gateway.one_usage().await;
    gateway.engine.act(Act::Fed(SSE, later.clone()));
    let all = words(20);
    later.send(all[..10].concat());
    let mut second = gateway
        .post(&token, CHAT, &with(&streaming(), "max_tokens", json!(20)))
        .await;
    let mut text = String::new();
    while text != all[..10].concat() {
        text += str::from_utf8(&second.chunk().await.unwrap().unwrap()).unwrap();
    }
    gateway.engine.act(Act::Text("hello"));
    // Nothing is left until the first call leaves the window.
    let probe = with(&chat("hi"), "max_tokens", json!(0));
    eventually("the window slides", async || {
        let answer = gateway.post(&token, CHAT, &probe).await;
        (answer.status() == 200).then_some(())
    })
    .await;
    later.send(all[10..15].concat());
    later.end();
    assert_eq!(second.text().await.unwrap(), all[10..15].concat());
}

#[actix_web::test]
async fn an_answer_in_one_piece_holds_what_such_answers_take() {
    let (gateway, feed) = fed("application/json", PROMPT + 4_096 + 50, &[]);
    let token = gateway.token("ada");
    let (body, long) = (chat("hi"), chat(&"hello ".repeat(100)));
    let first = gateway.post(&token, CHAT, &body);
    let meanwhile = async {
        eventually("the engine is asked", async || {
            (gateway.engine.open() == 1).then_some(())
        })
        .await;
        let second = gateway.post(&token, CHAT, &long).await;
        assert_eq!(second.status(), 429);
        feed.end();
    };
    futures_util::join!(first, meanwhile);
}

#[actix_web::test]
async fn what_another_call_gives_back_lets_a_stream_go_on() {
    let (gateway, feed) = fed(SSE, 2 * PROMPT + 20, &[]);
    let token = gateway.token("ada");
    feed.send(words(5).concat());
    let first = gateway
        .post(&token, CHAT, &with(&streaming(), "max_tokens", json!(10)))
        .await;
    let later = Feed::default();
    gateway.engine.act(Act::Fed(SSE, later.clone()));
    let all = words(15);
    later.send(all[..10].concat());
    let mut second = gateway
        .post(&token, CHAT, &with(&streaming(), "max_tokens", json!(15)))
        .await;
    let mut text = String::new();
    while text != all[..10].concat() {
        text += str::from_utf8(&second.chunk().await.unwrap().unwrap()).unwrap();
    }
    feed.end();
    first.bytes().await.unwrap();
    gateway.one_usage().await;
    later.send(all[10..].concat());
    later.end();
    assert_eq!(second.text().await.unwrap(), all[10..].concat());
}

#[actix_web::test]
async fn a_prompt_that_was_held_by_its_bound_leaves_its_room_to_the_answer() {
    // 1/16 of this is more than the body has bytes.
    let (gateway, feed) = fed(SSE, 2_000, &[]);
    let body = with(&streaming(), "max_tokens", json!(5_000));
    let all = words(2_100);
    let text = answer(&gateway, &feed, CHAT, &body, &all).await;
    assert_eq!(events(&text).len(), 2_000 - PROMPT as usize + 2);
}
