//! Which tokens of an issuer are taken, and what is said of the others.

mod forged;

use attach_gateway::domain::time::UnixMillis;
use serde_json::{Value, json};

use crate::support::{
    eventually,
    gateway::Gateway,
    issuer::Issuer,
    key::{Key, with, without},
};

/// A gateway, and the key whose tokens it takes.
fn gateway() -> (Gateway, Key) {
    let key = Key::p256("k");
    let issuer = Issuer::with(std::slice::from_ref(&key.jwk));
    (Gateway::trusting(issuer, &[]), key)
}

fn now() -> i64 {
    UnixMillis::now().secs()
}

/// The status, and what `WWW-Authenticate` adds to the realm.
async fn asked(gateway: &Gateway, token: &str) -> (u16, String) {
    let answer = gateway.get(token, "/agents").await;
    let status = answer.status().as_u16();
    let headers = answer.headers().clone();
    let body = answer.text().await.unwrap();
    if status == 200 {
        return (200, String::new());
    }
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["content-type"], "application/json");
    for part in token.split('.').filter(|part| part.len() > 8) {
        assert!(!body.contains(part), "the body repeats the token: {body}");
    }
    let realm = format!(
        "Bearer realm=\"attach\", resource_metadata=\"{}/.well-known/oauth-protected-resource\"",
        gateway.url
    );
    let challenge = headers["www-authenticate"].to_str().unwrap();
    let challenge = challenge.strip_prefix(&realm).expect(challenge);
    (status, challenge.to_owned())
}

fn invalid(description: &str) -> (u16, String) {
    let error = "error=\"invalid_token\"";
    (
        401,
        format!(", {error}, error_description=\"{description}\""),
    )
}

async fn all_are(gateway: &Gateway, said: (u16, String), tokens: Vec<(String, String)>) {
    for (what, token) in tokens {
        assert_eq!(asked(gateway, &token).await, said, "{what}");
    }
}

#[actix_web::test]
async fn honest_tokens_are_taken_in_every_form_the_standards_allow() {
    let (gateway, key) = gateway();
    let claims = gateway.issuer.claims("ada");
    let mut tokens = vec![
        ("plain".to_owned(), key.sign(&claims)),
        ("without typ".into(), {
            key.sign_as(&without(&key.header(), "typ"), &claims)
        }),
        ("just under 8 KiB".into(), {
            key.sign(&with(&claims, "pad", json!("x".repeat(5800))))
        }),
    ];
    for typ in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"] {
        let header = with(&key.header(), "typ", json!(typ));
        tokens.push((format!("typ {typ}"), key.sign_as(&header, &claims)));
    }
    let header = with(&key.header(), "colour", json!({ "crit": 1 }));
    tokens.push(("unknown header".into(), key.sign_as(&header, &claims)));
    for (name, value) in [
        ("aud", json!(["someone-else", "attach-test"])),
        ("exp", json!(now() - 30)),
        ("exp", json!(now() as f64 + 60.5)),
        ("nbf", json!(now() + 30)),
        ("iat", json!(now() + 30)),
        ("sub", json!("x".repeat(255))),
        ("sub", json!("auth0|é 漢")),
        ("scope", json!("openid what:ever")),
        ("scp", json!(["openid", "profile"])),
        ("act", json!({ "sub": "not ours to read here" })),
        ("colour", json!([null])),
    ] {
        let token = key.sign(&with(&claims, name, value.clone()));
        tokens.push((format!("{name}: {value}"), token));
    }
    tokens.push(("without iat".into(), key.sign(&without(&claims, "iat"))));
    all_are(&gateway, (200, String::new()), tokens).await;
}

#[actix_web::test]
async fn claims_that_are_not_for_us_or_not_well_typed_are_refused() {
    let (gateway, key) = gateway();
    let claims = gateway.issuer.claims("ada");
    let issuer = gateway.issuer.url();
    let mut tokens = Vec::new();
    for name in ["iss", "sub", "aud", "exp"] {
        tokens.push((format!("no {name}"), key.sign(&without(&claims, name))));
    }
    for (name, value) in [
        ("iss", json!(format!("{issuer}/"))),
        ("iss", json!("https://another.example")),
        ("iss", json!([issuer])),
        ("iss", json!(7)),
        ("aud", json!("attach")),
        ("aud", json!("ATTACH-TEST")),
        ("aud", json!("attach-test other")),
        ("aud", json!(["other"])),
        ("aud", json!([])),
        ("aud", json!(["attach-test", 7])),
        ("aud", json!({ "attach-test": true })),
        ("aud", Value::Null),
        ("exp", json!(format!("{}", now() + 600))),
        ("exp", json!(-1)),
        ("exp", json!(1e300)),
        ("exp", json!(253_402_300_800_u64)),
        ("exp", Value::Null),
        ("exp", json!(true)),
        ("nbf", json!("0")),
        ("iat", json!("now")),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("sub", json!("x".repeat(256))),
        ("sub", json!("a\u{0}b")),
        ("sub", json!("a\nb")),
        (
            "sub",
            json!("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"),
        ),
        ("cnf", json!({ "jkt": "x" })),
        ("cnf", Value::Null),
    ] {
        let token = key.sign(&with(&claims, name, value.clone()));
        tokens.push((format!("{name}: {value}"), token));
    }
    all_are(&gateway, invalid("The access token is invalid"), tokens).await;
}

#[actix_web::test]
async fn headers_that_change_the_meaning_are_refused_though_the_signature_is_good() {
    let (gateway, key) = gateway();
    let claims = gateway.issuer.claims("ada");
    let mut tokens = Vec::new();
    for name in [
        "crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc", "cty",
    ] {
        for value in [json!("x"), json!(false), json!(["b64"]), Value::Null] {
            let header = with(&key.header(), name, value);
            let what = format!("header {header}");
            tokens.push((what, key.sign_as(&header, &claims)));
        }
    }
    for (name, value) in [
        ("typ", json!("dpop+jwt")),
        ("typ", json!("did+jwt")),
        ("typ", json!("")),
        ("typ", json!(7)),
        ("kid", json!("j")),
        ("kid", json!("")),
        ("kid", json!(7)),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("RS256")),
        ("alg", json!("PS256")),
        ("alg", json!("ES384")),
        ("alg", json!("es256")),
        ("alg", json!(["ES256"])),
    ] {
        let header = with(&key.header(), name, value);
        let what = format!("header {header}");
        tokens.push((what, key.sign_as(&header, &claims)));
    }
    for name in ["kid", "alg"] {
        let header = without(&key.header(), name);
        tokens.push((format!("no {name}"), key.sign_as(&header, &claims)));
    }
    all_are(&gateway, invalid("The access token is invalid"), tokens).await;
}

#[actix_web::test]
async fn the_clock_is_told_apart_from_other_faults() {
    let (gateway, key) = gateway();
    let claims = gateway.issuer.claims("ada");
    let at = |name: &str, ahead: i64| {
        let token = key.sign(&with(&claims, name, json!(now() + ahead)));
        vec![(format!("{name} {ahead}"), token)]
    };
    let expired = invalid("The access token expired");
    let early = invalid("The access token is not yet valid");
    all_are(&gateway, expired.clone(), at("exp", -60)).await;
    all_are(&gateway, expired, at("exp", -1_000_000)).await;
    all_are(&gateway, early.clone(), at("nbf", 120)).await;
    all_are(&gateway, early, at("iat", 120)).await;
    let stale = with(&claims, "exp", json!(1));
    let forged = vec![("forged".into(), Key::p256("k").sign(&stale))];
    all_are(&gateway, invalid("The access token is invalid"), forged).await;
}

#[actix_web::test]
async fn a_token_that_was_believed_before_still_expires() {
    let (gateway, key) = gateway();
    // A minute of leeway, of which five seconds are left.
    let claims = with(&gateway.issuer.claims("ada"), "exp", json!(now() - 55));
    let token = key.sign(&claims);
    assert_eq!(asked(&gateway, &token).await.0, 200);
    let expired = invalid("The access token expired");
    eventually("the token expires", async || {
        (asked(&gateway, &token).await == expired).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn with_oidc_require_at_jwt_only_access_tokens_are_taken() {
    let key = Key::p256("k");
    let issuer = Issuer::with(std::slice::from_ref(&key.jwk));
    let gateway = Gateway::trusting(issuer, &[("OIDC_REQUIRE_AT_JWT", "true")]);
    let claims = gateway.issuer.claims("ada");
    let typed = |typ: &str| key.sign_as(&with(&key.header(), "typ", json!(typ)), &claims);
    assert_eq!(asked(&gateway, &typed("at+jwt")).await.0, 200);
    assert_eq!(asked(&gateway, &typed("JWT")).await.0, 401);
    let untyped = key.sign_as(&without(&key.header(), "typ"), &claims);
    assert_eq!(asked(&gateway, &untyped).await.0, 401);
}
