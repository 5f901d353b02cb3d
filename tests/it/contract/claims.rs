//! Claims of an issuer's token.

use attach_gateway::domain::time::UnixMillis;
use serde_json::{Value, json};

use super::{
    jws::all,
    row::{Ask, Row, Want, early, expired, invalid, taken},
    scene::{PUBLIC, SECOND_AUDIENCE, Scene},
};
use crate::support::{
    issuer::AUDIENCE,
    key::{with, without},
};

fn now() -> i64 {
    UnixMillis::now().secs()
}

/// The name of a row about this claim.
fn named(name: &str, value: &Value) -> String {
    format!("{name} {value}").chars().take(60).collect()
}

fn with_each(scene: &Scene, pairs: Vec<(&'static str, Value)>, want: fn() -> Want) -> Vec<Row> {
    let tokens = pairs.into_iter().map(|(name, value)| {
        let row = named(name, &value);
        (row, scene.token_with(name, value))
    });
    all(tokens.collect(), want)
}

pub fn good(scene: &Scene) -> Vec<Row> {
    let pairs = vec![
        ("aud", json!([AUDIENCE])),
        ("aud", json!(["someone-else", AUDIENCE])),
        ("exp", json!(now() - 30)),
        ("exp", json!(now() as f64 + 60.5)),
        ("exp", json!(253_402_300_799_u64)),
        ("exp", json!(4e9)),
        ("nbf", json!(now() + 30)),
        ("nbf", json!(0)),
        ("iat", json!(now() + 30)),
        ("iat", json!(0)),
        ("scope", json!("openid what:ever")),
        ("scp", json!(["openid", "profile"])),
        ("act", json!({ "sub": "not ours to read here" })),
        ("colour", json!([null, { "a": 1 }])),
        ("jti", json!("once")),
        ("deep", (0..90).fold(json!(1), |deep, _| json!([deep]))),
    ];
    let rows = pairs.into_iter().map(|(name, value)| {
        let row = named(name, &value);
        let token = scene.token_with(name, value);
        Ask::get("/agents").bearer(token).wants(row, taken("ada"))
    });
    let bare = scene.key("ec").sign(&without(&scene.claims(), "iat"));
    let bare = Ask::get("/agents")
        .bearer(bare)
        .wants("no iat", taken("ada"));
    rows.chain([bare]).collect()
}

/// Users, and how they are called in a header.
pub fn users(scene: &Scene) -> Vec<Row> {
    let row = |sub: &str, user: &str| {
        let token = scene.token_with("sub", json!(sub));
        let name: String = format!("sub {sub}").chars().take(40).collect();
        let want = taken(user).header("x-attach-issuer", scene.first.url());
        Ask::get("/agents").bearer(token).wants(name, want)
    };
    vec![
        row("auth0|a", "auth0|a"),
        row("ada lovelace", "ada%20lovelace"),
        row("50%", "50%25"),
        row("%41", "%2541"),
        row("é漢", "%C3%A9%E6%BC%A2"),
        row("a,b;c=\"d\"", "a,b;c=\"d\""),
        row("~!'()*", "~!'()*"),
        row(" ada ", "%20ada%20"),
        row("ADA", "ADA"),
        row("dido", "dido"),
        row("x", "x"),
        row(&"y".repeat(255), &"y".repeat(255)),
        row(&"é".repeat(255), &"%C3%A9".repeat(255)),
    ]
}

pub fn identity(scene: &Scene) -> Vec<Row> {
    let issuer = scene.first.url();
    let did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    let mut rows = with_each(
        scene,
        vec![
            ("iss", json!(format!("{issuer}/"))),
            ("iss", json!(issuer.to_ascii_uppercase())),
            ("iss", json!(issuer.replacen("http", "Http", 1))),
            ("iss", json!(issuer.replacen("127.0.0.1", "localhost", 1))),
            ("iss", json!(format!(" {issuer}"))),
            ("iss", json!(format!("{issuer}#"))),
            ("iss", json!([issuer])),
            ("iss", json!({ "url": issuer })),
            ("iss", json!(7)),
            ("iss", json!("")),
            ("iss", Value::Null),
            ("iss", json!("https://another.example")),
            ("iss", json!(scene.trap.url())),
            ("iss", json!(scene.second.url())),
            ("iss", json!(PUBLIC)),
            ("aud", json!("")),
            ("aud", json!("attach")),
            ("aud", json!(AUDIENCE.to_ascii_uppercase())),
            ("aud", json!(format!("{AUDIENCE}/"))),
            ("aud", json!(format!("{AUDIENCE} other"))),
            ("aud", json!(SECOND_AUDIENCE)),
            ("aud", json!("*")),
            ("aud", json!([])),
            ("aud", json!(["other"])),
            ("aud", json!([AUDIENCE, 7])),
            ("aud", json!([AUDIENCE, null])),
            ("aud", json!([[AUDIENCE]])),
            ("aud", json!({ AUDIENCE: true })),
            ("aud", json!(7)),
            ("aud", Value::Null),
            ("sub", json!("")),
            ("sub", json!("x".repeat(256))),
            ("sub", json!("é".repeat(256))),
            ("sub", json!("a\u{0}b")),
            ("sub", json!("a\nb")),
            ("sub", json!("a\r\nX-Attach-User: root")),
            ("sub", json!("a\u{7f}b")),
            ("sub", json!("a\u{85}b")),
            ("sub", json!(7)),
            ("sub", json!(["ada"])),
            ("sub", Value::Null),
            ("sub", json!("did:")),
            ("sub", json!(did)),
            (
                "sub",
                json!(format!("did:web:127.0.0.1%3A{}", scene.trap.port)),
            ),
            ("cnf", json!({ "jkt": "x" })),
            ("cnf", json!({})),
            ("cnf", Value::Null),
        ],
        invalid,
    );
    let missing = ["iss", "aud", "exp", "sub"].map(|name| {
        let claims = without(&scene.claims(), name);
        (format!("no {name}"), scene.key("ec").sign(&claims))
    });
    rows.extend(all(missing.into(), invalid));
    rows
}

pub fn times(scene: &Scene) -> Vec<Row> {
    let bad = vec![
        ("exp", json!((now() + 600).to_string())),
        ("exp", Value::Null),
        ("exp", json!(true)),
        ("exp", json!([now() + 600])),
        ("exp", json!(-1)),
        ("exp", json!(-0.5)),
        ("exp", json!(1e300)),
        ("exp", json!(253_402_300_800_u64)),
        ("exp", json!(u64::MAX)),
        ("nbf", json!("0")),
        ("nbf", json!(-1)),
        ("nbf", Value::Null),
        ("nbf", json!(1e300)),
        ("iat", json!("now")),
        ("iat", json!(-1)),
        ("iat", Value::Null),
        ("iat", json!(false)),
        ("iat", json!(253_402_300_800_u64)),
    ];
    let mut rows = with_each(scene, bad, invalid);
    let past = [("exp", -60), ("exp", -61), ("exp", -3600)];
    let past = past.map(|(name, ahead)| (name, json!(now() + ahead)));
    rows.extend(with_each(scene, past.into(), expired));
    rows.extend(with_each(
        scene,
        vec![("exp", json!(0)), ("exp", json!(1.5))],
        expired,
    ));
    let ahead = [("nbf", 120), ("nbf", 86_400), ("iat", 120), ("iat", 86_400)];
    let ahead = ahead.map(|(name, ahead)| (name, json!(now() + ahead)));
    rows.extend(with_each(scene, ahead.into(), early));
    let stale = with(&scene.claims(), "exp", json!(1));
    let mallory = scene.key("stranger");
    let header = scene.key("ec").header();
    let raw = |claims: &str| scene.key("ec").sign_text(&header.to_string(), claims);
    let with_exp = |exp: &str| {
        let claims = with(&scene.claims(), "exp", json!("EXP")).to_string();
        raw(&claims.replace("\"EXP\"", exp))
    };
    let more = vec![
        (
            "expired and forged".to_owned(),
            mallory.sign_as(&header, &stale),
        ),
        (
            "exp of a thousand digits".into(),
            with_exp(&"9".repeat(1000)),
        ),
        (
            "exp 99999999999999999999".into(),
            with_exp("99999999999999999999"),
        ),
        ("exp 1e999".into(), with_exp("1e999")),
        ("exp NaN".into(), with_exp("NaN")),
        ("exp Infinity".into(), with_exp("Infinity")),
        ("exp 0x7fffffff".into(), with_exp("0x7fffffff")),
        ("exp +4000000000".into(), with_exp("+4000000000")),
        ("exp 04000000000".into(), with_exp("04000000000")),
    ];
    rows.extend(all(more, invalid));
    rows
}
