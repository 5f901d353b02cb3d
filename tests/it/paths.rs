//! Addresses: whose name the gateway answers to, and which paths it takes.

use crate::support::{gateway::Gateway, wire::Wire};

#[actix_web::test]
async fn on_loopback_another_host_name_is_misdirected() {
    let gateway = Gateway::with(&[("ATTACH_PUBLIC_URL", "https://gw.example")]);
    let asked = async |host: &str| {
        let mut wire = Wire::to(&gateway).await;
        wire.send(format!("GET /healthz HTTP/1.1\r\n{host}\r\n"))
            .await;
        wire.answer().await.status
    };
    for host in [
        "localhost",
        "LOCALHOST:9",
        "127.0.0.1:1",
        "[::1]:8080",
        "gw.example",
        "gw.example:443",
    ] {
        assert_eq!(asked(&format!("host: {host}\r\n")).await, 200, "{host}");
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil",
        "",
    ] {
        assert_eq!(asked(&format!("host: {host}\r\n")).await, 421, "{host}");
    }
    assert_eq!(asked("").await, 400, "HTTP/1.1 wants one");
}

#[actix_web::test]
async fn a_path_that_hides_something_is_a_400_and_reaches_no_engine() {
    let gateway = Gateway::with(&[("ENGINE_KIND", "ollama")]);
    let authorization = format!("authorization: Bearer {}", gateway.token("ada"));
    for path in [
        "/v1/../metrics",
        "/v1/..",
        "/v1/./chat/completions",
        "/v1//models",
        "//v1/models",
        "/v1/%2e%2e/metrics",
        "/v1/.%2E/metrics",
        "/v1%2fmodels",
        "/v1/%2Fmodels",
        "/v1/%5cmodels",
        "/v1/\\models",
        "/v1/models%00",
        "/v1/models%0a",
        "/v1/models%7F",
        "/v1/mod\u{1}els",
        // What an engine reads as `pull`, `completions` and `events`.
        "/api/%70ull",
        "/v1/chat/%63ompletions",
        "/%76%31/chat/completions",
        "/mem/event%73",
    ] {
        let answer = gateway
            .raw(&format!("POST {path}"), &[&authorization])
            .await;
        assert_eq!(answer.status, 400, "{path}");
    }
    assert!(gateway.engine.seen().is_empty());
    for path in [
        "/v1/models/org%3Amodel:8b",
        "/v1/files/a%20b",
        "/v1/models/..x",
        "/v1/x?q=%2e%2e//..",
    ] {
        let answer = gateway.raw(&format!("GET {path}"), &[&authorization]).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(gateway.engine.seen().pop().unwrap().path, path);
    }
}

#[actix_web::test]
async fn another_method_is_a_405_that_names_those_there_are() {
    let gateway = Gateway::start();
    let authorization = format!("authorization: Bearer {}", gateway.token("ada"));
    for (asked, allowed) in [
        ("GET /a2a/tasks/send", "POST"),
        ("PUT /a2a/tasks", "GET"),
        ("PUT /mem/events", "POST, GET, DELETE"),
        ("POST /healthz", "GET"),
        ("PATCH /agents/chat", "POST"),
        ("POST /", "GET, HEAD"),
    ] {
        let mut wire = Wire::to(&gateway).await;
        let head = format!("{asked} HTTP/1.1\r\nhost: localhost\r\n{authorization}\r\n\r\n");
        wire.send(head).await;
        let answer = wire.answer().await;
        let told = answer.json().to_string();
        assert_eq!(answer.status, 405, "{asked}: {told}");
        assert_eq!(answer.header("allow"), Some(allowed), "{asked}");
        assert!(
            told.contains("does not take this method"),
            "{asked}: {told}"
        );
    }
    for asked in ["PUT /a2a/tasks", "PUT /mem/events", "POST /status"] {
        let mut wire = Wire::to(&gateway).await;
        wire.send(format!("{asked} HTTP/1.1\r\nhost: localhost\r\n\r\n"))
            .await;
        assert_eq!(wire.answer().await.status, 401, "{asked} by nobody");
    }
}
