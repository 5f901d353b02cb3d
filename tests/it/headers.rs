//! Headers that travel, and those that do not.

use crate::support::{
    blunt::blunt,
    engine::{Act, Engine, Seen, completion},
    gateway::{Gateway, chat},
    wire::{Answer, Wire},
};

/// Chats as `ada` with these header lines, and what the engine saw of it.
async fn chatted(gateway: &Gateway, headers: &[&str]) -> (Answer, Seen) {
    let body = chat("hi").to_string();
    let token = gateway.token("ada");
    let mut request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n",
        gateway.host(),
        body.len(),
    );
    for header in headers {
        request += &format!("{header}\r\n");
    }
    let mut wire = Wire::to(gateway).await;
    wire.send(format!("{request}\r\n{body}")).await;
    let answer = wire.answer().await;
    (answer, gateway.engine.seen().pop().unwrap())
}

#[actix_web::test]
async fn only_the_gateway_speaks_of_users() {
    let gateway = Gateway::start();
    let names = [
        "X-Attach-User",
        "x-attach-user",
        "X_Attach_User",
        "X-ATTACH_USER",
        "X_Attach_Issuer",
        "X-Attach-Session",
        "X-Attach-Session-Id",
        "X-Attach-Task",
        "X-Attach-Attempt",
        "X-Attach-CSRF",
        "X-Attach-Anything",
        "X-Forwarded-User",
        "X_Forwarded_User",
        "X-Auth-Request-User",
        "X-Auth-Request-Email",
        "x_auth_request_groups",
        "Remote-User",
        "REMOTE_USER",
    ];
    let lines = names.map(|name| format!("{name}: mallory"));
    let lines = lines.each_ref().map(String::as_str);
    let (answer, seen) = chatted(&gateway, &lines).await;
    assert_eq!(answer.status, 200);
    for (name, value) in &seen.headers {
        assert!(!value.contains("mallory"), "{name}: {value}");
    }
    let users = seen.headers.iter().filter(|(n, _)| n.contains("user"));
    let users: Vec<_> = users.filter(|(n, _)| n != "user-agent").collect();
    assert_eq!(users, [&("x-attach-user".to_owned(), "ada".to_owned())]);
    for (name, value) in &answer.headers {
        assert!(!value.contains("mallory"), "{name}: {value}");
    }
}

#[actix_web::test]
async fn the_stamp_is_on_what_is_passed_on_and_on_the_answer() {
    let gateway = Gateway::start();
    let (answer, seen) = chatted(&gateway, &["user-agent: curl/8"]).await;
    assert_eq!(seen.header("x-attach-user"), Some("ada"));
    assert_eq!(seen.header("x-attach-issuer"), Some(gateway.issuer.url()));
    let session = seen.header("x-attach-session").unwrap();
    assert!(session.len() == 32 && session.bytes().all(|b| b.is_ascii_hexdigit()));
    assert_eq!(answer.header("x-attach-user"), Some("ada"));
    assert_eq!(answer.header("x-attach-issuer"), Some(gateway.issuer.url()));
    assert_eq!(answer.header("x-attach-session"), Some(session));
    assert_eq!(answer.header("x-attach-session-id"), Some(session));
    assert_eq!(seen.header("user-agent"), Some("curl/8"));
}

#[actix_web::test]
async fn an_engine_cannot_put_a_stamp_a_cookie_or_a_challenge_on_the_answer() {
    let headers = vec![
        ("content-type", "application/json"),
        ("x-attach-user", "mallory"),
        ("X-Attach-Session", "mallory"),
        ("x-attach-extra", "mallory"),
        ("set-cookie", "attach_session=mallory"),
        ("www-authenticate", "Basic realm=\"mallory\""),
        ("access-control-allow-origin", "mallory"),
        ("x-request-id", "mallory"),
        ("x-engine", "fast"),
    ];
    let body = completion("hello").to_string();
    let engine = Engine::start(Act::Answer(200, headers, body));
    let gateway = Gateway::before(engine, &[]);
    let (answer, _) = chatted(&gateway, &[]).await;
    for (name, value) in &answer.headers {
        assert!(!value.contains("mallory"), "{name}: {value}");
    }
    assert_eq!(answer.header("x-attach-user"), Some("ada"));
    assert_eq!(answer.header("x-engine"), Some("fast"));
}

#[actix_web::test]
async fn what_holds_between_engine_and_gateway_only_goes_no_further() {
    let gateway = Gateway::with(&[(
        "ENGINE_URL",
        &blunt(
            "HTTP/1.1 200 OK\r\nconnection: close, x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=9\r\n\
             x-kept: 2\r\ncontent-length: 2\r\n\r\n{}",
        ),
    )]);
    let header = format!("authorization: Bearer {}", gateway.token("ada"));
    let answer = gateway.raw("GET /v1/models", &[&header]).await;
    assert_eq!((answer.status, &*answer.body), (200, &b"{}"[..]));
    for name in ["x-hop", "keep-alive", "connection"] {
        assert_eq!(answer.header(name), None, "{name}");
    }
    assert_eq!(answer.header("x-kept"), Some("2"));
}

#[actix_web::test]
async fn the_callers_secrets_end_here_and_the_engines_key_is_added() {
    let gateway = Gateway::with(&[("ENGINE_API_KEY", "sk-engine")]);
    let (_, seen) = chatted(&gateway, &["cookie: a=b; attach_session=x"]).await;
    assert_eq!(seen.header("authorization"), Some("Bearer sk-engine"));
    assert_eq!(seen.header("cookie"), None);
    let token = gateway.token("ada");
    let claims = token.split('.').nth(1).unwrap();
    let everything = format!("{seen:?}");
    assert!(!everything.contains(claims));
}

#[actix_web::test]
async fn without_a_key_an_engine_gets_no_authorization_at_all() {
    let gateway = Gateway::start();
    let (_, seen) = chatted(&gateway, &["proxy-authorization: Basic eA=="]).await;
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.header("proxy-authorization"), None);
}

#[actix_web::test]
async fn headers_named_by_connection_go_no_further_and_cannot_take_ours_along() {
    let gateway = Gateway::start();
    let (answer, seen) = chatted(
        &gateway,
        &[
            "connection: x-secret, X-Other,x-attach-user",
            "x-secret: 1",
            "x-other: 2",
            "x-kept: 3",
            "te: trailers",
            "keep-alive: timeout=5",
        ],
    )
    .await;
    assert_eq!(answer.status, 200);
    for name in ["x-secret", "x-other", "te", "keep-alive"] {
        assert_eq!(seen.header(name), None, "{name}");
    }
    assert_eq!(seen.header("x-kept"), Some("3"));
    assert_eq!(seen.header("x-attach-user"), Some("ada"));
}

#[actix_web::test]
async fn a_request_is_named_by_a_plain_word_of_the_caller_or_by_us() {
    let gateway = Gateway::start();
    let (answer, seen) = chatted(&gateway, &["x-request-id: build-7.a_B"]).await;
    assert_eq!(answer.header("x-request-id"), Some("build-7.a_B"));
    assert_eq!(seen.header("x-request-id"), Some("build-7.a_B"));
    let long = format!("x-request-id: {}", "x".repeat(65));
    let mut ours = Vec::new();
    for line in [
        "x-request-id: a b",
        "x-request-id: é",
        "x-request-id:",
        &long,
        "x-a: b",
    ] {
        let (answer, seen) = chatted(&gateway, &[line]).await;
        let name = answer.header("x-request-id").unwrap().to_owned();
        assert!(name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit()));
        assert_eq!(seen.header("x-request-id"), Some(&*name), "{line}");
        ours.push(name);
    }
    ours.sort();
    ours.dedup();
    assert_eq!(ours.len(), 5);
    let refused = gateway.raw("GET /agents", &["x-request-id: r1"]).await;
    assert_eq!(refused.header("x-request-id"), Some("r1"));
}

#[actix_web::test]
async fn a_user_is_encoded_where_a_header_cannot_hold_them_and_never_cut() {
    let gateway = Gateway::start();
    let long = "x".repeat(255);
    for (sub, shown) in [
        ("auth0|é", "auth0|%C3%A9"),
        ("a b%c", "a%20b%25c"),
        ("漢", "%E6%BC%A2"),
        (&*long, &*long),
    ] {
        let answer = gateway.get(&gateway.token(sub), "/v1/models").await;
        assert_eq!(answer.headers()["x-attach-user"], shown);
        let seen = gateway.engine.seen().pop().unwrap();
        assert_eq!(seen.header("x-attach-user"), Some(shown));
    }
}
