//! Pages of other origins.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use crate::support::gateway::Gateway;

const PAGE: &str = "https://app.example";

fn gateway() -> Gateway {
    Gateway::with(&[("CORS_ORIGINS", "https://app.example, http://127.0.0.1:3000")])
}

async fn preflight(gateway: &Gateway, origin: &str, path: &str) -> Response {
    let request = gateway.client.request(Method::OPTIONS, gateway.at(path));
    let request = request
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,x-stainless-os",
        );
    request.send().await.unwrap()
}

async fn from(origin: &str, request: RequestBuilder) -> Response {
    request.header("origin", origin).send().await.unwrap()
}

fn allowed(answer: &Response) -> Option<&str> {
    let allowed = answer.headers().get("access-control-allow-origin")?;
    Some(allowed.to_str().unwrap())
}

#[actix_web::test]
async fn a_preflight_of_a_listed_page_needs_no_token_and_reaches_no_engine() {
    let gateway = gateway();
    for path in [
        "/v1/chat/completions",
        "/api/chat",
        "/a2a/tasks/send",
        "/nowhere",
    ] {
        let answer = preflight(&gateway, PAGE, path).await;
        assert_eq!(answer.status(), 204, "{path}");
        assert_eq!(allowed(&answer), Some(PAGE));
        let headers = answer.headers();
        assert_eq!(headers["vary"], "Origin");
        let asked = "authorization,x-stainless-os";
        assert_eq!(headers["access-control-allow-headers"], asked);
        assert!(
            headers["access-control-allow-methods"]
                .to_str()
                .unwrap()
                .contains("POST")
        );
        assert!(!headers.contains_key("access-control-allow-credentials"));
    }
    assert!(gateway.engine.seen().is_empty());
}

#[actix_web::test]
async fn a_preflight_of_another_page_is_refused_with_what_to_set() {
    let gateway = gateway();
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.evil",
        "https://APP.example",
    ] {
        let answer = preflight(&gateway, origin, "/api/chat").await;
        assert_eq!(answer.status(), 403, "{origin}");
        assert_eq!(allowed(&answer), None);
        let body: Value = answer.json().await.unwrap();
        assert!(body["detail"].as_str().unwrap().contains("CORS_ORIGINS"));
    }
}

#[actix_web::test]
async fn a_listed_page_reads_every_answer_and_errors_too() {
    let gateway = gateway();
    let own = gateway.token("ada");
    for (path, token, status) in [
        ("/v1/models", &*own, 200),
        ("/v1/models", "nonsense", 401),
        ("/nowhere", &own, 404),
        ("/a2a/tasks/status/x", &own, 404),
        ("/mem/events?limit=x", &own, 400),
        ("/a/../b%2f", &own, 400),
        ("/healthz", &own, 200),
    ] {
        let request = gateway.client.get(gateway.at(path)).bearer_auth(token);
        let answer = from(PAGE, request).await;
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(allowed(&answer), Some(PAGE), "{path} {status}");
        assert_eq!(answer.headers()["vary"], "Origin");
    }
}

#[actix_web::test]
async fn another_page_and_no_page_at_all_are_told_nothing() {
    let gateway = gateway();
    let request = || gateway.client.get(gateway.at("/healthz"));
    let answer = from("https://evil.example", request()).await;
    assert_eq!((answer.status().as_u16(), allowed(&answer)), (200, None));
    let answer = request().send().await.unwrap();
    assert_eq!(allowed(&answer), None);
}

#[actix_web::test]
async fn unless_told_otherwise_the_originals_pages_may_call() {
    let gateway = Gateway::start();
    for origin in ["http://localhost:9000", "http://127.0.0.1:9000"] {
        assert_eq!(preflight(&gateway, origin, "/api/chat").await.status(), 204);
    }
    assert_eq!(preflight(&gateway, PAGE, "/api/chat").await.status(), 403);
    let closed = Gateway::with(&[("CORS_ORIGINS", "none")]);
    let answer = preflight(&closed, "http://localhost:9000", "/api/chat").await;
    assert_eq!(answer.status(), 403);
}
