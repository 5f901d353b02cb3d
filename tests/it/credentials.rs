//! How a request says who sends it, what a caller may do, and how a refusal is
//! said on each route.

use serde_json::{Value, json};

use crate::support::{
    engine::{Act, Engine},
    file,
    gateway::{Gateway, chat},
    issuer::Issuer,
    key::with,
    wire::{Answer, Wire},
};

fn realm(gateway: &Gateway) -> String {
    let metadata = format!("{}/.well-known/oauth-protected-resource", gateway.url);
    format!("Bearer realm=\"attach\", resource_metadata=\"{metadata}\"")
}

fn is_unauthenticated(gateway: &Gateway, answer: &Answer, scope: &str) {
    assert_eq!(answer.status, 401);
    let challenge = answer.header("www-authenticate").unwrap();
    assert_eq!(challenge, format!("{}{scope}", realm(gateway)));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[actix_web::test]
async fn without_credentials_the_challenge_names_the_routes_scope_and_no_error() {
    let gateway = Gateway::start();
    for (line, scope) in [
        ("POST /v1/chat/completions", ", scope=\"chat:run\""),
        ("GET /v1/models", ", scope=\"chat:run\""),
        ("POST /api/chat", ", scope=\"chat:run\""),
        ("POST /api/pull", ", scope=\"admin\""),
        ("POST /a2a/tasks/send", ", scope=\"tasks:run\""),
        ("GET /agents", ", scope=\"tasks:run\""),
        ("GET /mem/events", ", scope=\"memory:read\""),
        ("POST /mem/events", ", scope=\"memory:write\""),
        ("POST /v1/logs", ", scope=\"memory:write\""),
        ("GET /metrics", ""),
    ] {
        is_unauthenticated(&gateway, &gateway.raw(line, &[]).await, scope);
    }
    assert!(gateway.engine.seen().is_empty());
}

#[actix_web::test]
async fn another_scheme_a_query_and_a_form_are_no_credentials() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let scope = ", scope=\"tasks:run\"";
    for scheme in ["Basic", "DPoP", "Token", "Bearerx"] {
        let header = format!("authorization: {scheme} {token}");
        let answer = gateway.raw("GET /agents", &[&header]).await;
        is_unauthenticated(&gateway, &answer, scope);
    }
    let bare = format!("authorization: {token}");
    is_unauthenticated(&gateway, &gateway.raw("GET /agents", &[&bare]).await, scope);
    let line = format!("GET /agents?access_token={token}");
    is_unauthenticated(&gateway, &gateway.raw(&line, &[]).await, scope);
    let form = format!("access_token={token}");
    let mut wire = Wire::to(&gateway).await;
    let head = "POST /a2a/tasks/send HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded";
    let (host, length) = (gateway.host(), form.len());
    wire.send(format!(
        "{head}\r\nhost: {host}\r\ncontent-length: {length}\r\n\r\n{form}"
    ))
    .await;
    is_unauthenticated(&gateway, &wire.answer().await, scope);
}

#[actix_web::test]
async fn the_scheme_may_be_written_in_any_case() {
    let gateway = Gateway::start();
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let header = format!("authorization: {scheme} {}", gateway.token("ada"));
        assert_eq!(gateway.raw("GET /agents", &[&header]).await.status, 200);
    }
}

#[actix_web::test]
async fn a_malformed_authorization_is_a_400() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let good = format!("authorization: Bearer {token}");
    let (spaced, listed) = (format!("{good} x"), format!("{good},{token}"));
    let (tabbed, foreign) = (format!("{good}\tx"), format!("{good}é"));
    for headers in [
        &["authorization: Bearer"][..],
        &["authorization: Bearer "],
        &["authorization: Bearer    "],
        &[&spaced],
        &[&listed],
        &[&tabbed],
        &[&foreign],
        &[&good, &good],
        &[&good, "authorization: Basic eA=="],
        &["authorization: Basic eA==", &good],
    ] {
        let answer = gateway.raw("GET /agents", headers).await;
        assert_eq!(answer.status, 400, "{headers:?}");
        let challenge = answer.header("www-authenticate").unwrap();
        let expected = format!("{}, error=\"invalid_request\"", realm(&gateway));
        assert_eq!(challenge, expected);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.json()["error"], "invalid_request");
    }
    for query in ["access_token=x", "a=b&access_token=x", "access_token="] {
        let line = format!("GET /agents?{query}");
        assert_eq!(gateway.raw(&line, &[&good]).await.status, 400, "{query}");
    }
}

#[actix_web::test]
async fn a_header_block_without_end_is_refused() {
    let gateway = Gateway::start();
    let long = format!("x-long: {}", "x".repeat(200_000));
    assert_eq!(gateway.raw("GET /healthz", &[&long]).await.status, 431);
}

#[actix_web::test]
async fn each_family_of_routes_says_it_in_its_own_dialect() {
    let gateway = Gateway::start();
    let none = async |line: &str| gateway.raw(line, &[]).await.json();
    let text = "an access token is required";
    assert_eq!(
        none("POST /v1/chat/completions").await,
        json!({
            "error": {
                "message": text, "type": "authentication_error", "param": null,
                "code": "unauthenticated",
            },
            "detail": text,
        })
    );
    let ollama = json!({ "error": text, "detail": text });
    assert_eq!(none("POST /api/chat").await, ollama);
    let plain = json!({ "error": "unauthenticated", "detail": text });
    for line in ["POST /a2a/tasks/send", "GET /mem/events", "GET /metrics"] {
        assert_eq!(none(line).await, plain, "{line}");
    }
    let bad =
        async |path: &str| -> Value { gateway.get("a.b.c", path).await.json().await.unwrap() };
    assert_eq!(bad("/v1/models").await["error"]["code"], "invalid_token");
    assert_eq!(
        bad("/api/tags").await["error"],
        "the access token is invalid"
    );
    assert_eq!(bad("/a2a/tasks").await["error"], "invalid_token");
}

#[actix_web::test]
async fn the_public_url_is_the_configured_one_and_never_the_hosts() {
    let gateway = Gateway::with(&[("ATTACH_PUBLIC_URL", "https://gw.example")]);
    let mut wire = Wire::to(&gateway).await;
    wire.send("GET /agents HTTP/1.1\r\nhost: localhost:1\r\n\r\n")
        .await;
    let answer = wire.answer().await;
    let challenge = answer.header("www-authenticate").unwrap();
    let metadata = "resource_metadata=\"https://gw.example/.well-known/oauth-protected-resource\"";
    assert!(challenge.contains(metadata), "{challenge}");
}

#[actix_web::test]
async fn some_places_are_open_to_everyone() {
    let gateway = Gateway::start();
    for path in [
        "/",
        "/healthz",
        "/readyz",
        "/auth/config",
        "/auth/session",
        "/.well-known/jwks.json",
    ] {
        assert_eq!(gateway.raw(&format!("GET {path}"), &[]).await.status, 200);
    }
}

async fn is_out_of_scope(gateway: &Gateway, token: &str, path: &str, scope: &str) {
    let answer = gateway.post(token, path, &chat("hi")).await;
    assert_eq!(answer.status(), 403, "{path}");
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    let error = format!("error=\"insufficient_scope\", scope=\"{scope}\"");
    assert_eq!(challenge, format!("{}, {error}", realm(gateway)));
}

#[actix_web::test]
async fn scopes_of_an_issuers_caller_count_only_where_they_are_required_but_for_admin() {
    let vars = [("ENGINE_KIND", "ollama")];
    let gateway = Gateway::with(&vars);
    let plain = gateway.token("ada");
    assert_eq!(gateway.get(&plain, "/agents").await.status(), 200);
    let chat_route = "/v1/chat/completions";
    assert_eq!(
        gateway.post(&plain, chat_route, &chat("hi")).await.status(),
        200
    );
    for route in ["create", "pull", "push", "delete", "copy", "blobs/sha256:x"] {
        is_out_of_scope(&gateway, &plain, &format!("/api/{route}"), "admin").await;
    }
    let claims = with(&gateway.issuer.claims("root"), "scope", json!("x admin"));
    let admin = gateway.issuer.sign(&claims);
    assert_eq!(
        gateway
            .post(&admin, "/api/pull", &chat("hi"))
            .await
            .status(),
        200
    );
    assert_eq!(gateway.engine.seen().len(), 2);
}

#[actix_web::test]
async fn with_required_scopes_each_route_wants_its_own() {
    let gateway = Gateway::with(&[("REQUIRED_SCOPES", "true")]);
    let claims = gateway.issuer.claims("ada");
    is_out_of_scope(&gateway, &gateway.token("ada"), "/v1/x", "chat:run").await;
    for (name, value) in [
        ("scope", json!("openid chat:run")),
        ("scp", json!(["chat:run"])),
        ("scp", json!("chat:run openid")),
    ] {
        let token = gateway.issuer.sign(&with(&claims, name, value));
        let chat_route = "/v1/chat/completions";
        let answer = gateway.post(&token, chat_route, &chat("hi")).await;
        assert_eq!(answer.status(), 200);
        is_out_of_scope(&gateway, &token, "/a2a/tasks/send", "tasks:run").await;
        is_out_of_scope(&gateway, &token, "/mem/events", "memory:write").await;
        assert_eq!(gateway.get(&token, "/mem/events").await.status(), 403);
        assert_eq!(gateway.get(&token, "/agents").await.status(), 403);
    }
}

#[actix_web::test]
async fn an_issuers_own_words_may_stand_for_our_scopes() {
    let (first, second) = (Issuer::start(), Issuer::start());
    let file = file(&format!(
        "[[issuer]]\nurl = \"{}\"\naudience = \"second\"\nscopes = {{ \"role:boss\" = [\"admin\", \"chat:run\"] }}\n",
        second.url()
    ));
    let vars = [
        ("ATTACH_CONFIG", file.path().to_str().unwrap()),
        ("REQUIRED_SCOPES", "true"),
        ("ENGINE_KIND", "ollama"),
    ];
    let engine = Engine::start(Act::Text("pulled"));
    let gateway = Gateway::over(engine, first, tempfile::tempdir().unwrap(), &vars);
    let boss = with(&second.claims("eve"), "aud", json!("second"));
    let boss = second.sign(&with(&boss, "scope", json!("role:boss")));
    assert_eq!(
        gateway.post(&boss, "/api/pull", &chat("hi")).await.status(),
        200
    );
    assert_eq!(gateway.get(&boss, "/agents").await.status(), 403);
    // The word means nothing where another issuer says it.
    let claims = with(&gateway.issuer.claims("eve"), "scope", json!("role:boss"));
    let other = gateway.issuer.sign(&claims);
    assert_eq!(
        gateway
            .post(&other, "/api/pull", &chat("hi"))
            .await
            .status(),
        403
    );
}
