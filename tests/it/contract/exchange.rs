//! RFC 8693: a token in, a narrower one out.

use serde_json::{Value, json};

use super::{
    row::{Ask, Row, Want},
    scene::{PUBLIC, Scene},
    world::World,
};
use crate::support::key::{read, with};
use crate::support::wallet::Wallet;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";

fn exchange(token: &str, scope: &str) -> Ask {
    let mut pairs = vec![
        ("grant_type", GRANT),
        ("subject_token", token),
        ("subject_token_type", ACCESS),
    ];
    if !scope.is_empty() {
        pairs.push(("scope", scope));
    }
    Ask::form("/oauth/token", &pairs)
}

fn given() -> Want {
    Want::status(200)
        .header("cache-control", "no-store")
        .member("/token_type", "Bearer")
        .member("/issued_token_type", ACCESS)
}

fn refused(error: &str) -> Want {
    Want::status(400).member("/error", error)
}

pub fn rows(scene: &Scene) -> Vec<Row> {
    let scoped = |scope: &str| scene.token_with("scope", json!(scope));
    let two = scoped("tasks:run chat:run");
    let ask =
        |name: &str, token: &str, scope: &str, want: Want| exchange(token, scope).wants(name, want);
    let (did, narrow) = (Wallet::edwards(7).jws(), &scene.delegated().narrow);
    let forged = {
        let key = scene.key("stranger");
        key.sign_as(&scene.key("ec").header(), &scene.claims())
    };
    let claims = scene.claims();
    let ec = scene.key("ec");
    let old = ec.sign(&with(&claims, "exp", json!(1)));
    let other = ec.sign(&with(&claims, "aud", json!("other")));
    let form = |pairs: &[(&str, &str)]| Ask::form("/oauth/token", pairs);
    vec![
        ask("narrower", &two, "tasks:run", given()),
        ask(
            "narrower still from a caller without scopes",
            &scene.token(),
            "chat:run",
            given(),
        ),
        ask("of a DID", &did, "tasks:run", given()),
        ask("of a delegation", narrow, "memory:read", given()),
        ask(
            "wider",
            &two,
            "tasks:run memory:read",
            refused("invalid_scope"),
        ),
        ask(
            "another scope alone",
            &two,
            "memory:read",
            refused("invalid_scope"),
        ),
        ask("admin", &two, "admin", refused("invalid_scope")),
        ask(
            "admin from a caller without scopes",
            &scene.token(),
            "admin",
            refused("invalid_scope"),
        ),
        ask(
            "a scope nobody knows",
            &two,
            "fly",
            refused("invalid_scope"),
        ),
        ask(
            "wider than a DID's",
            &did,
            "chat:run",
            refused("invalid_scope"),
        ),
        ask(
            "wider than a delegation's",
            narrow,
            "chat:run",
            refused("invalid_scope"),
        ),
        ask("garbage", "a.b.c", "", refused("invalid_request")),
        ask("a word", "letmein", "", refused("invalid_request")),
        ask("empty", "", "", refused("invalid_request")),
        ask("forged", &forged, "", refused("invalid_request")),
        ask("expired", &old, "", refused("invalid_request")),
        ask(
            "for another audience",
            &other,
            "",
            refused("invalid_request"),
        ),
        ask(
            "of a task that ended",
            &scene.delegated().ended,
            "",
            refused("invalid_request"),
        ),
        ask(
            "a bare DID",
            &Wallet::edwards(7).did,
            "",
            refused("invalid_request"),
        ),
        form(&[("grant_type", GRANT), ("subject_token_type", ACCESS)])
            .wants("no subject_token", refused("invalid_request")),
        form(&[("grant_type", GRANT), ("subject_token", &two)])
            .wants("no subject_token_type", refused("invalid_request")),
        form(&[
            ("grant_type", GRANT),
            ("subject_token", &two),
            ("subject_token_type", "jwt"),
        ])
        .wants("another subject_token_type", refused("invalid_request")),
        form(&[("subject_token", &two), ("subject_token_type", ACCESS)])
            .wants("no grant_type", refused("invalid_request")),
        form(&[
            ("grant_type", "client_credentials"),
            ("subject_token", &two),
            ("subject_token_type", ACCESS),
        ])
        .wants("client_credentials", refused("unsupported_grant_type")),
        form(&[
            ("grant_type", "password"),
            ("username", "a"),
            ("password", "b"),
        ])
        .wants("password", refused("unsupported_grant_type")),
        form(&[("grant_type", "")]).wants("an empty grant_type", refused("invalid_request")),
        form(&[
            ("grant_type", GRANT),
            ("grant_type", GRANT),
            ("subject_token", &two),
            ("subject_token_type", ACCESS),
        ])
        .wants("grant_type twice", refused("invalid_request")),
        form(&[
            ("grant_type", GRANT),
            ("subject_token", &two),
            ("subject_token", &forged),
            ("subject_token_type", ACCESS),
        ])
        .wants("subject_token twice", refused("invalid_request")),
        Ask::post(
            "/oauth/token",
            &json!({ "grant_type": GRANT, "subject_token": two }),
        )
        .wants("JSON for a form", refused("invalid_request")),
    ]
}

/// What comes out is the gateway's own, and never outlives what went in.
pub async fn holds_what_it_must(world: &World) {
    let scene = &world.scene;
    let claims = with(&scene.claims(), "scope", json!("tasks:run chat:run"));
    let subject = scene.key("ec").sign(&claims);
    let first = given_for(world, &subject, "tasks:run").await;
    let found = read(&first, 1);
    assert_eq!(
        (&found["iss"], &found["aud"]),
        (&json!(PUBLIC), &json!(PUBLIC))
    );
    assert_eq!(
        (&found["sub"], &found["scope"]),
        (&json!("ada"), &json!("tasks:run"))
    );
    assert_eq!(found["idp"], scene.first.url());
    assert!(found["exp"].as_i64() <= claims["exp"].as_i64(), "{found}");
    let second = read(&given_for(world, &first, "tasks:run").await, 1);
    assert!(second["exp"].as_i64() <= found["exp"].as_i64(), "{second}");
    let asked = async |path: &str| {
        let ask = Ask::get(path).bearer(&first);
        world.ask(&ask.bytes(&world.host)).await.unwrap().status
    };
    assert_eq!(
        (asked("/agents").await, asked("/v1/models").await),
        (200, 403)
    );
}

async fn given_for(world: &World, token: &str, scope: &str) -> String {
    let answer = world
        .ask(&exchange(token, scope).bytes(&world.host))
        .await
        .unwrap();
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    let answer: Value = answer.json();
    answer["access_token"].as_str().unwrap().to_owned()
}
