//! Tokens of an issuer: algorithms, headers, and which key may have signed.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    row::{Ask, Row, Want, invalid, taken},
    scene::{Scene, kid},
};
use crate::support::key::{b64, with, without};

/// Bad tokens are asked with at each family of routes in turn.
pub const DOORS: [&str; 4] = ["/agents", "/v1/models", "/api/tags", "/mem/events"];

/// Rows of these tokens, all of which get the same.
pub fn all(tokens: Vec<(String, String)>, want: fn() -> Want) -> Vec<Row> {
    let rows = tokens.into_iter().zip(DOORS.iter().cycle());
    rows.map(|((name, token), door)| Ask::get(door).bearer(token).wants(name, want()))
        .collect()
}

fn ada() -> Want {
    taken("ada")
}

pub fn good(scene: &Scene) -> Vec<Row> {
    let claims = scene.claims();
    let ec = scene.key("ec");
    let mut tokens = vec![
        ("ES256".into(), ec.sign(&claims)),
        ("RS256".into(), scene.key("rsa").sign(&claims)),
        (
            "RSA of a kid that an EC key has too".into(),
            scene.key("rsa-both").sign(&claims),
        ),
        (
            "EC of a kid that an RSA key has too".into(),
            scene.key("both").sign(&claims),
        ),
        (
            "key with use, alg and key_ops that fit".into(),
            scene.key("fit").sign(&claims),
        ),
        (
            "key_ops sign and verify".into(),
            scene.key("ops").sign(&claims),
        ),
        (
            "no typ".into(),
            ec.sign_as(&without(&ec.header(), "typ"), &claims),
        ),
    ];
    let types = [
        "JWT",
        "jwt",
        "Jwt",
        "at+jwt",
        "AT+JWT",
        "application/jwt",
        "application/at+jwt",
        "Application/AT+jwt",
    ];
    for typ in types {
        let header = with(&ec.header(), "typ", json!(typ));
        tokens.push((format!("typ {typ}"), ec.sign_as(&header, &claims)));
    }
    for (name, value) in [
        ("colour", json!({ "crit": 1 })),
        ("x5t", json!("abc")),
        ("x5t#S256", json!("abc")),
        ("url", json!(scene.trap.url())),
        ("CRIT", json!(["exp"])),
        ("iss", json!(scene.trap.url())),
    ] {
        let header = with(&ec.header(), name, value);
        tokens.push((
            format!("unknown header member {name}"),
            ec.sign_as(&header, &claims),
        ));
    }
    let mut rows = tokens.into_iter();
    let rows = rows.by_ref();
    rows.map(|(name, token)| Ask::get("/agents").bearer(token).wants(name, ada()))
        .collect()
}

/// Header members that would change the meaning.
pub fn refused_members(scene: &Scene) -> Vec<Row> {
    let (claims, ec, trap) = (scene.claims(), scene.key("ec"), scene.trap.url());
    let stranger = scene.key("stranger");
    let members = [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", Value::Null),
        ("jku", json!(format!("{trap}/jku.json"))),
        ("jku", Value::Null),
        ("jwk", stranger.jwk.clone()),
        ("jwk", json!({ "kty": "EC", "jku": trap })),
        ("jwk", Value::Null),
        ("x5u", json!(format!("{trap}/x5u.pem"))),
        ("x5u", json!("")),
        ("x5c", json!(["MIIB"])),
        ("x5c", json!([])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("zip", Value::Null),
        ("enc", json!("A256GCM")),
        ("enc", json!("")),
        ("cty", json!("JWT")),
        ("cty", Value::Null),
    ];
    let mut tokens: Vec<_> = members
        .map(|(name, value)| {
            let header = with(&ec.header(), name, value.clone());
            (format!("{name}: {value}"), ec.sign_as(&header, &claims))
        })
        .into();
    // The attack these are for: one's own key, brought along.
    let by_stranger = with(&ec.header(), "jwk", stranger.jwk.clone());
    let by_address = with(&ec.header(), "jku", json!(format!("{trap}/jwks.json")));
    tokens.push((
        "signed by the jwk it brings".into(),
        stranger.sign_as(&by_stranger, &claims),
    ));
    tokens.push((
        "signed by the key at its jku".into(),
        stranger.sign_as(&by_address, &claims),
    ));
    all(tokens, invalid)
}

pub fn types(scene: &Scene) -> Vec<Row> {
    let (claims, ec) = (scene.claims(), scene.key("ec"));
    let types = [
        json!("dpop+jwt"),
        json!("did+jwt"),
        json!("id+jwt"),
        json!("JWS"),
        json!("at"),
        json!("jwt "),
        json!("application/"),
        json!("application/application/jwt"),
        json!("text/jwt"),
        json!(""),
        json!(7),
        json!(["JWT"]),
        Value::Null,
    ];
    let tokens = types.map(|typ| {
        let header = with(&ec.header(), "typ", typ.clone());
        (format!("typ {typ}"), ec.sign_as(&header, &claims))
    });
    all(tokens.into(), invalid)
}

/// A token that HMAC signs with this secret.
fn hmac_token(algorithm: hmac::Algorithm, header: &Value, claims: &Value, secret: &[u8]) -> String {
    let input = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret), input.as_bytes());
    format!("{input}.{}", b64(tag))
}

pub fn algorithms(scene: &Scene) -> Vec<Row> {
    let (claims, ec, rsa) = (scene.claims(), scene.key("ec"), scene.key("rsa"));
    let mut tokens = Vec::new();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let header = with(&ec.header(), "alg", json!(alg));
        let signed = ec.sign_as(&header, &claims);
        let (input, _) = signed.rsplit_once('.').unwrap();
        tokens.push((
            format!("alg {alg:?} without signature"),
            format!("{input}."),
        ));
        tokens.push((format!("alg {alg:?} with signature"), signed));
    }
    for alg in [
        "RS256", "PS256", "ES384", "ES512", "EdDSA", "HS256", "ES256K", "es256", "ES256 ",
    ] {
        let header = with(&ec.header(), "alg", json!(alg));
        tokens.push((format!("EC key, alg {alg}"), ec.sign_as(&header, &claims)));
    }
    for alg in ["ES256", "PS256", "RS384", "RS512", "RS1", "rs256", "HS256"] {
        let header = with(&rsa.header(), "alg", json!(alg));
        tokens.push((format!("RSA key, alg {alg}"), rsa.sign_as(&header, &claims)));
    }
    for alg in [
        json!(["ES256"]),
        json!(256),
        Value::Null,
        json!({ "ES256": true }),
    ] {
        let header = with(&ec.header(), "alg", alg.clone());
        tokens.push((format!("alg {alg}"), ec.sign_as(&header, &claims)));
    }
    let header = without(&ec.header(), "alg");
    tokens.push(("no alg".into(), ec.sign_as(&header, &claims)));
    // Not in this issuer's list, though the keys are published.
    for name in ["p384", "ed"] {
        let key = scene.key(name);
        tokens.push((format!("{} is not asked for", key.alg()), key.sign(&claims)));
    }
    // What is public makes no secret.
    let named = |alg: &str, name: &str| json!({ "alg": alg, "kid": kid(name), "typ": "JWT" });
    let modulus = rsa.jwk["n"].as_str().unwrap();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(modulus)
    );
    let point = format!(
        "{}{}",
        ec.jwk["x"].as_str().unwrap(),
        ec.jwk["y"].as_str().unwrap()
    );
    let (rsa_jwk, ec_jwk) = (rsa.jwk.to_string(), ec.jwk.to_string());
    for (what, name, secret) in [
        ("the modulus", "rsa", modulus.as_bytes()),
        ("a PEM of the RSA key", "rsa", pem.as_bytes()),
        ("the RSA JWK", "rsa", rsa_jwk.as_bytes()),
        ("the EC JWK", "ec", ec_jwk.as_bytes()),
        ("the EC point", "ec", point.as_bytes()),
        ("nothing", "ec", b""),
        ("an oct key of the set", "oct", &scene.secret),
        ("an oct key of an EC key's kid", "ec", &scene.secret),
    ] {
        let header = named("HS256", name);
        let token = hmac_token(hmac::HMAC_SHA256, &header, &claims, secret);
        tokens.push((format!("HS256 with {what}"), token));
    }
    let token = hmac_token(
        hmac::HMAC_SHA384,
        &named("HS384", "oct"),
        &claims,
        &scene.secret,
    );
    tokens.push(("HS384 with an oct key of the set".into(), token));
    let token = hmac_token(
        hmac::HMAC_SHA256,
        &named("RS256", "oct"),
        &claims,
        &scene.secret,
    );
    tokens.push(("RS256 of an oct key".into(), token));
    all(tokens, invalid)
}

pub fn keys(scene: &Scene) -> Vec<Row> {
    let (claims, ec) = (scene.claims(), scene.key("ec"));
    let mut tokens: Vec<_> = [
        ("enc", "use enc"),
        ("odd-use", "a use nobody knows"),
        ("sign-only", "key_ops sign alone"),
        ("no-ops", "empty key_ops"),
        ("private-ops", "key_ops that are no list"),
        ("other-alg", "a key for RS256"),
        ("rsa-pss", "a key for PS256 signing RS256"),
        ("twin", "one of two keys of a kid"),
        ("stranger", "a kid nobody published"),
    ]
    .map(|(name, what)| (what.to_owned(), scene.key(name).sign(&claims)))
    .into();
    tokens.push((
        "the other of two keys of a kid".into(),
        scene.twin.sign(&claims),
    ));
    tokens.push((
        "no kid".into(),
        ec.sign_as(&without(&ec.header(), "kid"), &claims),
    ));
    let trap = scene.trap.url();
    for value in [
        json!(""),
        json!(7),
        Value::Null,
        json!([kid("ec")]),
        json!(kid("ec").to_ascii_uppercase()),
        json!(format!("{} ", kid("ec"))),
        json!(format!("{}\u{0}", kid("ec"))),
        json!(kid("rsa")),
        json!("../../../../etc/passwd-kid"),
        json!("' or '1'='1' -- kid"),
        json!(format!("{trap}/kid")),
        json!("x".repeat(3000)),
    ] {
        let header = with(&ec.header(), "kid", value.clone());
        let name: String = format!("kid {value}").chars().take(40).collect();
        tokens.push((name, ec.sign_as(&header, &claims)));
    }
    let header = with(&scene.key("stranger").header(), "kid", json!(kid("ec")));
    let forged = scene.key("stranger").sign_as(&header, &claims);
    tokens.push(("another key under a known kid".into(), forged));
    all(tokens, invalid)
}

/// A storm of kids that nobody published.
pub fn bogus_kids(scene: &Scene) -> Vec<Row> {
    let (claims, key) = (scene.claims(), scene.key("stranger"));
    let tokens = (0..60).map(|n| {
        let header = with(
            &key.header(),
            "kid",
            json!(format!("kid-bogus-{n}-0d5e77aa91")),
        );
        (format!("bogus kid {n}"), key.sign_as(&header, &claims))
    });
    all(tokens.collect(), invalid)
}
