//! Tokens a user may spend in a minute: held before, settled after.

mod limits;
mod redis;
mod spared;

use serde_json::{Value, json};

use crate::support::{
    engine::{Act, Engine, Feed, sse},
    eventually, file,
    gateway::{Gateway, chat},
    key::with,
    wire::Wire,
};

/// `chat("hi")` is nine tokens, and its scripted answer costs eight in all.
async fn chatted(gateway: &Gateway, user: &str) -> reqwest::Response {
    let token = gateway.token(user);
    let path = "/v1/chat/completions";
    gateway.post(&token, path, &chat("hi")).await
}

fn limited(tokens: &str) -> Gateway {
    Gateway::with(&[("MAX_TOKENS_PER_MIN", tokens)])
}

/// A gateway with these tables, in front of an engine that answers.
fn limited_by(tables: &str, vars: &[(&str, &str)]) -> Gateway {
    let file = file(tables);
    let path = [("ATTACH_CONFIG", file.path().to_str().unwrap())];
    Gateway::with(&[&path, vars].concat())
}

/// A series without labels, or with these, as a scraper reads it.
async fn series(gateway: &Gateway, name: &str) -> Option<u64> {
    let claims = with(
        &gateway.issuer.claims("boss"),
        "scope",
        json!("metrics:read"),
    );
    let answer = gateway.get(&gateway.issuer.sign(&claims), "/metrics").await;
    let text = answer.text().await.unwrap();
    let mut lines = text.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

/// Tokens charged under this limit so far.
async fn charged(gateway: &Gateway, limit: &str) -> u64 {
    let name = format!("attach_quota_charged_tokens_total{{limit=\"{limit}\"}}");
    series(gateway, &name).await.unwrap()
}

fn number(answer: &reqwest::Response, name: &str) -> i64 {
    let value = answer.headers()[name].to_str().unwrap();
    value.parse().unwrap()
}

#[actix_web::test]
async fn a_call_that_does_not_fit_is_told_how_much_there_is_and_when_to_come_back() {
    let gateway = limited("20");
    assert_eq!(chatted(&gateway, "ada").await.status(), 200);
    assert_eq!(chatted(&gateway, "ada").await.status(), 200);
    let answer = chatted(&gateway, "ada").await;
    assert_eq!(answer.status(), 429);
    let after = number(&answer, "retry-after");
    // The window slides by tenths of a second.
    assert!((1..=61).contains(&after), "{after}");
    assert_eq!(number(&answer, "ratelimit-limit"), 20);
    assert_eq!(number(&answer, "ratelimit-remaining"), 4);
    assert!((1..=61).contains(&number(&answer, "ratelimit-reset")));
    assert_eq!(answer.headers()["x-attach-limited-by"], "gateway");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["detail"], "token quota exceeded");
    assert_eq!(body["retry_after"], json!(after));
    assert_eq!(body["error"]["type"], "rate_limit_error");
    assert_eq!(gateway.engine.seen().len(), 2);
    let rows = eventually("both rows are written", async || {
        Some(gateway.usage().await).filter(|rows| rows.len() == 2)
    })
    .await;
    let spent = rows.iter().map(|row| row.tokens_in + row.tokens_out);
    assert_eq!(spent.sum::<i64>(), 16);
}

#[actix_web::test]
async fn on_native_routes_the_refusal_is_in_ollamas_words() {
    let gateway = limited("9");
    assert_eq!(chatted(&gateway, "ada").await.status(), 200);
    let token = gateway.token("ada");
    let answer = gateway.post(&token, "/api/chat", &chat("hi")).await;
    assert_eq!(answer.status(), 429);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"], "token quota exceeded");
    assert_eq!(body["detail"], "token quota exceeded");
    assert!(body["retry_after"].is_i64());
}

#[actix_web::test]
async fn each_person_has_a_minute_of_their_own_and_looking_costs_nothing() {
    let gateway = limited("9");
    assert_eq!(chatted(&gateway, "ada").await.status(), 200);
    assert_eq!(chatted(&gateway, "ada").await.status(), 429);
    assert_eq!(chatted(&gateway, "eve").await.status(), 200);
    let token = gateway.token("ada");
    for path in [
        "/v1/models",
        "/a2a/tasks",
        "/mem/events",
        "/metrics",
        "/agents",
    ] {
        assert_eq!(gateway.get(&token, path).await.status(), 200, "{path}");
    }
}

#[actix_web::test]
async fn a_request_that_can_never_fit_is_a_400() {
    let gateway = limited("8");
    let answer = chatted(&gateway, "ada").await;
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.headers().get("retry-after"), None);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["code"], "request_exceeds_quota");
    assert!(gateway.engine.seen().is_empty());
}

#[actix_web::test]
async fn what_was_held_and_not_used_is_given_back() {
    let feed = Feed::default();
    let engine = Engine::start(Act::Fed("text/event-stream", feed.clone()));
    let gateway = Gateway::before(engine, &[("MAX_TOKENS_PER_MIN", "100")]);
    let first = chatted(&gateway, "ada").await;
    assert_eq!(first.status(), 200);
    // The first answer may yet take all there is.
    assert_eq!(chatted(&gateway, "ada").await.status(), 429);
    gateway.engine.act(Act::Text("hello"));
    for chunk in sse(&["a", "b"]) {
        feed.send(chunk);
    }
    feed.end();
    first.bytes().await.unwrap();
    eventually("the rest is given back", async || {
        (chatted(&gateway, "ada").await.status() == 200).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_call_that_fails_costs_nothing_and_one_that_is_given_up_its_prompt() {
    let gateway = Gateway::before(Engine::start(Act::Silence), &[("MAX_TOKENS_PER_MIN", "30")]);
    let body = chat("hi").to_string();
    let mut wire = Wire::to(&gateway).await;
    let (host, token, length) = (gateway.host(), gateway.token("ada"), body.len());
    wire.send(format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
         content-length: {length}\r\n\r\n{body}"
    ))
    .await;
    eventually("the engine is asked", async || {
        (gateway.engine.open() == 1).then_some(())
    })
    .await;
    assert_eq!(chatted(&gateway, "ada").await.status(), 429);
    drop(wire);
    let given_up = gateway.one_usage().await;
    assert_eq!((&*given_up.outcome, given_up.status), ("hung_up", 0));
    assert!(given_up.tokens_in > 0 && given_up.tokens_out == 0);
    let error = Act::Raw(500, "text/plain", "broken".into());
    gateway.engine.act(error);
    eventually("the tokens are given back", async || {
        (chatted(&gateway, "ada").await.status() == 500).then_some(())
    })
    .await;
    for _ in 0..3 {
        eventually("a failed call is not charged", async || {
            (chatted(&gateway, "ada").await.status() == 500).then_some(())
        })
        .await;
    }
    gateway.engine.act(Act::Text("hello"));
    eventually("the rest is there", async || {
        (chatted(&gateway, "ada").await.status() == 200).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn of_two_hundred_at_once_exactly_the_ten_that_fit_are_admitted_each_time() {
    let vars = [("MAX_TOKENS_PER_MIN", "100"), ("SHUTDOWN_GRACE", "1")];
    let gateway = Gateway::before(Engine::start(Act::Silence), &vars);
    for round in 0..20 {
        let user = format!("user-{round}");
        of_two_hundred_ten_are_admitted(&gateway, &user).await;
    }
}

async fn of_two_hundred_ten_are_admitted(gateway: &Gateway, user: &str) {
    let (token, body) = (
        gateway.token(user),
        with(&chat("hi"), "max_tokens", json!(1)),
    );
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let request = gateway.client.post(gateway.at("/v1/chat/completions"));
            let request = request.bearer_auth(&token).json(&body);
            actix_web::rt::spawn(async move { request.send().await.unwrap().status() })
        })
        .collect();
    eventually("all but ten are refused", async || {
        let refused = calls.iter().filter(|call| call.is_finished()).count();
        (refused == 190 && gateway.engine.open() == 10).then_some(())
    })
    .await;
    for call in calls {
        if call.is_finished() {
            assert_eq!(call.await.unwrap(), 429);
        } else {
            call.abort();
        }
    }
    eventually("the engine is left alone", async || {
        (gateway.engine.open() == 0).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn an_image_counts_a_thousand_until_the_engine_says_better() {
    let gateway = limited("1000");
    let part = json!({ "type": "image_url", "image_url": { "url": "data:" } });
    let picture = json!({ "messages": [{ "role": "user", "content": [part] }] });
    let token = gateway.token("ada");
    let answer = gateway.post(&token, "/v1/chat/completions", &picture).await;
    assert_eq!(answer.status(), 400);
    let gateway = limited("2000");
    let token = gateway.token("ada");
    for _ in 0..3 {
        eventually("the image cost eight", async || {
            let answer = gateway.post(&token, "/v1/chat/completions", &picture).await;
            (answer.status() == 200).then_some(())
        })
        .await;
    }
}

#[actix_web::test]
async fn tokens_leave_the_window_again() {
    let gateway = Gateway::with(&[("MAX_TOKENS_PER_MIN", "9"), ("WINDOW", "1")]);
    assert_eq!(chatted(&gateway, "ada").await.status(), 200);
    eventually("the window slides", async || {
        (chatted(&gateway, "ada").await.status() == 200).then_some(())
    })
    .await;
    assert!(gateway.engine.seen().len() >= 2);
}
