//! The token an agent has: what it opens, and every way to bend it.

use attach_gateway::domain::time::UnixMillis;
use serde_json::{Value, json};

use super::{
    jws::all,
    row::{Ask, Row, expired, invalid, out_of_scope, taken},
    scene::{PUBLIC, Scene},
};
use crate::support::{
    gateway::chat,
    key::{Key, b64, read, with, without},
};

pub fn rights(scene: &Scene) -> Vec<Row> {
    let (narrow, plain) = (&scene.delegated().narrow, &scene.delegated().plain);
    let post = |token: &str, path: &str| Ask::post(path, &chat("hi")).bearer(token);
    let get = |token: &str, path: &str| Ask::get(path).bearer(token);
    let person = || taken("narrow").header("x-attach-issuer", scene.first.url());
    let claims = read(plain, 1);
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!(PUBLIC), &json!(PUBLIC))
    );
    assert_eq!(claims["idp"], scene.first.url());
    assert_eq!(claims["act"], json!({ "sub": "coder" }));
    vec![
        get(narrow, "/agents").wants("its tasks", person()),
        get(narrow, "/mem/events").wants("its memory", person()),
        get(narrow, "/v1/models").wants("no chat", out_of_scope("chat:run")),
        post(narrow, "/api/chat").wants("no chat, Ollama", out_of_scope("chat:run")),
        post(narrow, "/mem/events").wants("no writing", out_of_scope("memory:write")),
        post(narrow, "/api/pull").wants("no admin", out_of_scope("admin")),
        get(plain, "/v1/models").wants("a caller without scopes gives chat", taken("plain")),
        get(plain, "/agents").wants("a caller without scopes gives tasks", taken("plain")),
        get(plain, "/mem/events").wants("a caller without scopes gives memory", taken("plain")),
        post(plain, "/api/pull").wants("but no admin", out_of_scope("admin")),
    ]
}

pub fn forged(scene: &Scene) -> Vec<Row> {
    let delegated = scene.delegated();
    let token = &delegated.plain;
    let (header, claims) = (read(token, 0), read(token, 1));
    let signature = token.rsplit('.').next().unwrap();
    let bent = |header: &Value, claims: &Value| {
        format!(
            "{}.{}.{signature}",
            b64(header.to_string()),
            b64(claims.to_string())
        )
    };
    let own = |claims: &Value| (delegated.forge)(header["typ"].as_str().unwrap(), claims);
    let set = |name: &str, value: Value| with(&claims, name, value);
    let mallory = Key::p256(header["kid"].as_str().unwrap());
    let now = UnixMillis::now().secs();
    let tokens = [
        ("another sub", bent(&header, &set("sub", json!("root")))),
        (
            "a wider scope",
            bent(&header, &set("scope", json!("admin"))),
        ),
        (
            "a later end",
            bent(&header, &set("exp", json!(now + 86_400))),
        ),
        (
            "another task",
            bent(&header, &set("task_id", json!("other"))),
        ),
        (
            "another audience",
            bent(&header, &set("aud", json!("other"))),
        ),
        (
            "alg none",
            bent(&with(&header, "alg", json!("none")), &claims),
        ),
        (
            "alg HS256",
            bent(&with(&header, "alg", json!("HS256")), &claims),
        ),
        (
            "jku",
            bent(&with(&header, "jku", json!(scene.trap.url())), &claims),
        ),
        (
            "no signature",
            format!("{}.", token.rsplit_once('.').unwrap().0),
        ),
        ("its kid and a stranger's key", mallory.sign(&claims)),
        (
            "its claims and an issuer's key",
            scene.key("ec").sign(&claims),
        ),
        (
            "its header and an issuer's key",
            scene.key("ec").sign_as(&header, &claims),
        ),
        (
            "the issuer's name over its kid",
            scene.key("ec").sign_as(&header, &scene.claims()),
        ),
        ("of a task that was canceled", delegated.ended.clone()),
        // From here on the gateway's own key has signed.
        ("for another audience", own(&set("aud", json!("other")))),
        (
            "for an issuer's audience",
            own(&set("aud", json!("attach-test"))),
        ),
        ("without audience", own(&without(&claims, "aud"))),
        ("without idp", own(&without(&claims, "idp"))),
        ("without sub", own(&without(&claims, "sub"))),
        ("without exp", own(&without(&claims, "exp"))),
        ("of a task nobody knows", {
            own(&set(
                "task_id",
                json!("01912345-0000-7000-8000-000000000000"),
            ))
        }),
        (
            "of an issuer nobody knows",
            own(&set("idp", json!("https://other.example"))),
        ),
        ("of another's task", own(&set("sub", json!("eve")))),
        (
            "of a public URL with a slash",
            own(&set("iss", json!(format!("{PUBLIC}/")))),
        ),
        ("with an exp in words", own(&set("exp", json!("never")))),
    ];
    let mut rows = all(tokens.map(|(n, t)| (n.to_owned(), t)).into(), invalid);
    let stale = with(&set("iat", json!(now - 600)), "exp", json!(now - 120));
    rows.extend(all(vec![("an old one".into(), own(&stale))], expired));
    let control = own(&claims);
    rows.push(
        Ask::get("/agents")
            .bearer(control)
            .wants("the same key, unbent", taken("plain")),
    );
    rows
}
