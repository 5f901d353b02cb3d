//! A call of an engine, there and back: what passes unchanged.

mod broken;

use serde_json::json;

use crate::support::{
    engine::{Act, Engine},
    gateway::{Gateway, chat},
    wire::Wire,
};

/// Sends raw bytes as a body, so that nothing between here and there writes
/// them anew.
async fn send(gateway: &Gateway, method: &str, path: &str, body: &str) -> reqwest::Response {
    let method = method.parse().unwrap();
    let request = gateway.client.request(method, gateway.at(path));
    let request = request.bearer_auth(gateway.token("ada"));
    let request = request.header("content-type", "application/json; charset=x");
    request.body(body.to_owned()).send().await.unwrap()
}

#[actix_web::test]
async fn method_path_query_type_and_body_reach_the_engine_byte_for_byte() {
    let gateway = Gateway::start();
    let odd = "{ \"model\" : \"m\",\n\t\"messages\":[{\"content\":\"\\u00e9 é\",\"x\":1.50}] } ";
    for (method, path, body) in [
        ("POST", "/v1/chat/completions?a=b%20c&&d=%2F", odd),
        ("POST", "/v1/completions", odd),
        ("POST", "/v1/embeddings", odd),
        ("POST", "/v1/responses", odd),
        ("POST", "/v1/messages?beta=true", odd),
        ("POST", "/v1/rerank", "not { json"),
        ("GET", "/v1/models/a%3Ab?x", ""),
        ("DELETE", "/v1/files/f", ""),
        ("PUT", "/v1/x/y/z", "\u{0}\u{1}"),
        ("PATCH", "/v1/x", "[]"),
    ] {
        let answer = send(&gateway, method, path, body).await;
        assert_eq!(answer.status(), 200, "{method} {path}");
        let seen = gateway.engine.seen().pop().unwrap();
        assert_eq!((&*seen.method, &*seen.path), (method, path));
        assert_eq!(seen.body, body.as_bytes());
        let said = seen.header("content-type");
        assert_eq!(said, Some("application/json; charset=x"));
        assert_eq!(
            seen.header("content-length").unwrap(),
            body.len().to_string()
        );
    }
}

#[actix_web::test]
async fn an_engines_error_stays_what_it_is() {
    let gateway = Gateway::start();
    for (status, content_type, body) in [
        (
            400,
            "application/json",
            "{\"error\": {\"type\":\"exceed_context_size_error\"} }\n",
        ),
        (
            404,
            "application/json; charset=utf-8",
            "{\"error\":\"model 'x' not found\"}",
        ),
        (404, "text/plain", "404 page not found"),
        (405, "text/plain", "405 method not allowed"),
        (409, "text/plain", ""),
        (413, "application/json", "{\"error\":\"too big for me\"}"),
        (429, "application/json", "{\"error\":\"slow down\"}"),
        (500, "text/html", "<html>"),
        (503, "application/json", "{\"error\":\"Loading model\"}"),
    ] {
        gateway
            .engine
            .act(Act::Raw(status, content_type, body.into()));
        for path in ["/v1/chat/completions", "/v1/rerank", "/api/chat"] {
            let answer = send(&gateway, "POST", path, &chat("hi").to_string()).await;
            assert_eq!(answer.status().as_u16(), status, "{path}");
            assert_eq!(answer.headers()["content-type"], content_type);
            let limited = answer.headers().get("x-attach-limited-by");
            let by_engine = (status == 429).then_some("engine");
            assert_eq!(limited.map(|v| v.to_str().unwrap()), by_engine);
            assert_eq!(answer.text().await.unwrap(), body);
        }
    }
}

#[actix_web::test]
async fn an_engines_headers_come_back_and_so_does_an_empty_or_a_binary_answer() {
    let headers = vec![
        ("content-type", "image/png"),
        ("retry-after", "7"),
        ("x-ratelimit-left", "3"),
        ("x-twice", "1"),
        ("x-twice", "2"),
        ("allow", "GET, POST"),
    ];
    for (status, body) in [(200, "\u{0}\u{1}é"), (204, ""), (304, ""), (201, "")] {
        let engine = Engine::start(Act::Answer(status, headers.clone(), body.into()));
        let gateway = Gateway::before(engine, &[]);
        let answer = send(&gateway, "POST", "/v1/images", "{}").await;
        assert_eq!(answer.status().as_u16(), status);
        for (name, value) in &headers {
            let mut found = answer.headers().get_all(*name).iter();
            assert!(found.any(|v| v == value), "{name}: {value}");
        }
        assert_eq!(answer.bytes().await.unwrap(), body.as_bytes());
    }
}

#[actix_web::test]
async fn a_json_answer_carries_its_numbers() {
    let gateway = Gateway::start();
    let answer = send(
        &gateway,
        "POST",
        "/v1/chat/completions",
        &chat("hi").to_string(),
    )
    .await;
    assert_eq!(answer.headers()["x-llm-model"], "scripted");
    assert_eq!(answer.headers()["x-tokens-in"], "3");
    assert_eq!(answer.headers()["x-tokens-out"], "5");
}

#[actix_web::test]
async fn a_json_answer_of_megabytes_passes_whole() {
    let gateway = Gateway::start();
    let words = json!({ "x": "é".repeat(2_000_000), "usage": { "prompt_tokens": 7 } });
    let body = words.to_string();
    gateway
        .engine
        .act(Act::Raw(200, "application/json", body.clone()));
    let answer = send(&gateway, "POST", "/v1/chat/completions", "{}").await;
    assert_eq!(answer.content_length(), Some(body.len() as u64));
    assert!(answer.text().await.unwrap() == body);
}

#[actix_web::test]
async fn a_body_that_two_readers_could_read_differently_never_reaches_the_engine() {
    let gateway = Gateway::start();
    for body in [
        "",
        "{",
        "[]",
        "{} {}",
        "nonsense secret-word",
        "{\"model\":\"a\",\"model\":\"b\"}",
        "{\"max_tokens\":1,\"m\\u0061x_tokens\":9}",
    ] {
        for path in ["/v1/chat/completions", "/v1/embeddings", "/api/chat"] {
            let answer = send(&gateway, "POST", path, body).await;
            assert_eq!(answer.status(), 400, "{path} {body}");
            assert!(!answer.text().await.unwrap().contains("secret-word"));
        }
    }
    assert!(gateway.engine.seen().is_empty());
}

#[actix_web::test]
async fn a_redirect_of_the_engine_is_the_callers_to_follow() {
    let other = Engine::start(Act::Text("elsewhere"));
    let location: &'static str = format!("{}/x", other.url()).leak();
    let gateway = Gateway::start();
    gateway.engine.act(Act::Answer(
        307,
        vec![("location", location)],
        String::new(),
    ));
    let token = gateway.token("ada");
    let header = format!("authorization: Bearer {token}");
    let answer = gateway.raw("GET /v1/models", &[&header]).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (307, Some(location))
    );
    assert!(other.seen().is_empty());
}

#[actix_web::test]
async fn a_head_request_is_answered_without_a_body() {
    let gateway = Gateway::start();
    let header = format!("authorization: Bearer {}", gateway.token("ada"));
    let mut wire = Wire::to(&gateway).await;
    let request = |line: &str| {
        format!(
            "{line} HTTP/1.1\r\nhost: {}\r\n{header}\r\n\r\n",
            gateway.host()
        )
    };
    wire.send(request("HEAD /v1/models")).await;
    assert_eq!(wire.head().await.status, 200);
    // What follows on the same connection is the next answer and nothing else.
    wire.send(request("GET /agents")).await;
    assert_eq!(wire.answer().await.json()["agents"][0]["name"], "chat");
}
