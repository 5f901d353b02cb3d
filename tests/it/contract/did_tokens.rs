//! Tokens of DIDs in form A: headers, claims and signatures.

use attach_gateway::domain::time::UnixMillis;
use serde_json::{Value, json};

use super::{
    jws::all,
    row::{Ask, Row, Want, early, expired, invalid, taken},
    scene::{SECOND_AUDIENCE, Scene},
};
use crate::support::wallet::{Wallet, jws_input, other_half};
use crate::support::{
    issuer::AUDIENCE,
    key::{b64, with, without},
};

fn now() -> i64 {
    UnixMillis::now().secs()
}

/// One of each kind.
pub fn wallets() -> [Wallet; 7] {
    [
        Wallet::edwards(7),
        Wallet::secp256k1(7),
        Wallet::p256(),
        Wallet::p384(),
        Wallet::ethereum(7),
        Wallet::recovering(7),
        Wallet::solana(7),
    ]
}

fn row(name: impl Into<String>, wallet: &Wallet, token: String) -> Row {
    Ask::get("/agents")
        .bearer(token)
        .wants(name, taken(&wallet.did))
}

pub fn good(_: &Scene) -> Vec<Row> {
    let mut rows = Vec::new();
    for wallet in wallets() {
        let what = format!("{} {}", wallet.alg, &wallet.did[..12]);
        rows.push(row(format!("{what}, form A"), &wallet, wallet.jws()));
        if wallet.alg != "ES256K-R" {
            rows.push(row(format!("{what}, form B"), &wallet, wallet.literal()));
        }
    }
    let bitcoin = Wallet::secp256k1(7);
    let high = bitcoin.signed(&jws_input(&bitcoin.header(), &bitcoin.claims()), other_half);
    rows.push(row("ES256K with a high s", &bitcoin, high));
    let high = bitcoin.signed(&bitcoin.literal_input(&bitcoin.claims()), other_half);
    rows.push(row("ES256K with a high s, form B", &bitcoin, high));
    let edwards = Wallet::edwards(7);
    let header = with(&edwards.header(), "alg", json!("Ed25519"));
    rows.push(row(
        "Ed25519 by its other name",
        &edwards,
        edwards.jws_of(&header, &edwards.claims()),
    ));
    let ethereum = Wallet::ethereum(7);
    for (v, add) in [(0, 0), (1, 0), (0, 27), (1, 27)] {
        let token = ethereum.jws_with_v(v, |mut signature| {
            signature[64] += add;
            signature
        });
        rows.push(row(format!("EIP191 with v {}", v + add), &ethereum, token));
    }
    let lower = Wallet::ethereum(7).named(ethereum.did.to_ascii_lowercase());
    for (name, token) in [("form A", lower.jws()), ("form B", lower.literal())] {
        rows.push(row(
            format!("a lower-case address is the same user, {name}"),
            &ethereum,
            token,
        ));
    }
    rows.push({
        let absent = lower.literal_of(&without(&lower.claims(), "iss"));
        row(
            "a lower-case address, form B without iss",
            &ethereum,
            absent,
        )
    });
    rows.extend(good_headers());
    rows.extend(good_claims());
    rows
}

fn good_headers() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut header = |wallet: &Wallet, name: &str, value: String| {
        let header = with(&wallet.header(), name, json!(value));
        let token = wallet.jws_of(&header, &wallet.claims());
        rows.push(row(
            format!("{} {name} {value}", &wallet.did[..12]),
            wallet,
            token,
        ));
    };
    let (key, account, solana) = (Wallet::edwards(7), Wallet::ethereum(7), Wallet::solana(7));
    let multibase = key.did.strip_prefix("did:key:").unwrap();
    for kid in [
        key.did.clone(),
        format!("{}#{multibase}", key.did),
        format!("#{multibase}"),
    ] {
        header(&key, "kid", kid);
    }
    for kid in ["#blockchainAccountId", "#controller"] {
        header(&account, "kid", kid.to_owned());
    }
    header(&account, "kid", account.did.clone());
    header(&solana, "kid", "#SolanaMethod2021".to_owned());
    header(&solana, "kid", solana.did.clone());
    for typ in ["at+jwt", "did+jwt"] {
        header(&key, "typ", typ.to_owned());
        header(&account, "typ", typ.to_owned());
    }
    header(&key, "ucv", "0.10.0".to_owned());
    let untyped = key.jws_of(&without(&key.header(), "typ"), &key.claims());
    rows.push(row("no typ", &key, untyped));
    rows
}

fn good_claims() -> Vec<Row> {
    let key = Wallet::edwards(7);
    let mut rows = Vec::new();
    let longest = with(
        &with(&key.claims(), "iat", json!(now() - 30)),
        "exp",
        json!(now() + 3570),
    );
    let nbf = with(&without(&key.claims(), "iat"), "nbf", json!(now() - 5));
    for (name, claims) in [
        (
            "sub equal to iss",
            with(&key.claims(), "sub", json!(key.did)),
        ),
        (
            "aud in a list",
            with(&key.claims(), "aud", json!(["other", AUDIENCE])),
        ),
        ("a lifetime of an hour", longest),
        ("nbf for iat", nbf),
        (
            "an unknown claim",
            with(&key.claims(), "colour", json!([1])),
        ),
        (
            "scopes of its own, which are air",
            with(&key.claims(), "scope", json!("admin")),
        ),
        ("within the leeway", {
            let past = with(&key.claims(), "iat", json!(now() - 600));
            with(&past, "exp", json!(now() - 30))
        }),
    ] {
        rows.push(row(
            format!("{name}, form A"),
            &key,
            key.jws_of(&key.header(), &claims),
        ));
        rows.push(row(
            format!("{name}, form B"),
            &key,
            key.literal_of(&claims),
        ));
    }
    rows
}

pub fn headers(scene: &Scene) -> Vec<Row> {
    let (key, account, solana) = (Wallet::edwards(8), Wallet::ethereum(8), Wallet::solana(8));
    let other = Wallet::edwards(9).did;
    let trap = scene.trap.url();
    let web = format!("did:web:127.0.0.1%3A{}", scene.trap.port);
    let multibase = key.did.strip_prefix("did:key:").unwrap();
    let mut tokens = Vec::new();
    let mut header = |wallet: &Wallet, name: &str, value: Value| {
        let header = with(&wallet.header(), name, value.clone());
        let token = wallet.jws_of(&header, &wallet.claims());
        tokens.push((format!("{} {name} {value}", &wallet.did[..12]), token));
    };
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("jku", json!(format!("{trap}/did"))),
        ("jwk", json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" })),
        ("x5u", json!(trap)),
        ("x5c", json!(["AA"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("cty", json!("JWT")),
        ("colour", json!(1)),
        ("url", json!(trap)),
        ("iss", json!(key.did)),
        ("typ", json!("dpop+jwt")),
        ("typ", json!("openid4vci-proof+jwt")),
        ("typ", json!("")),
        ("typ", json!(7)),
        ("typ", Value::Null),
        ("kid", json!(other)),
        ("kid", json!(format!("{web}#key-1"))),
        ("kid", json!(web)),
        ("kid", json!(format!("{trap}/did-kid"))),
        ("kid", json!("")),
        ("kid", json!("#")),
        ("kid", json!("#key-1")),
        ("kid", json!(multibase)),
        ("kid", json!(format!("{}#", key.did))),
        ("kid", json!(format!("{}#key-1", key.did))),
        ("kid", json!(format!("{}#{}", key.did, &other[8..]))),
        ("kid", json!(format!("{}?a#{multibase}", key.did))),
        ("kid", json!("#blockchainAccountId")),
        ("kid", json!(7)),
        ("kid", Value::Null),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES256")),
        ("alg", json!("ES256K")),
        ("alg", json!("EIP191")),
        ("alg", json!("eddsa")),
        ("alg", Value::Null),
    ] {
        header(&key, name, value);
    }
    for kid in [
        "#key-1".to_owned(),
        "#blockchainaccountid".to_owned(),
        format!("{}#controllers", account.did),
        Wallet::ethereum(9).did,
    ] {
        header(&account, "kid", json!(kid));
    }
    for alg in ["ES256K", "ES256", "EdDSA", "none", "ES256K-R", "eip191"] {
        header(&account, "alg", json!(alg));
    }
    header(&solana, "alg", json!("ES256K"));
    header(&solana, "alg", json!("EIP191"));
    header(&Wallet::secp256k1(8), "alg", json!("ES256"));
    header(&Wallet::secp256k1(8), "alg", json!("ES256K-R"));
    header(&Wallet::p256(), "alg", json!("ES256K"));
    header(&Wallet::p256(), "alg", json!("ES384"));
    header(&Wallet::p384(), "alg", json!("ES256"));
    header(&Wallet::recovering(8), "alg", json!("EIP191"));
    tokens.push((
        "no alg".into(),
        key.jws_of(&without(&key.header(), "alg"), &key.claims()),
    ));
    all(tokens, invalid)
}

/// Rows of these claims in both forms.
fn in_both_forms(wallet: &Wallet, rows: Vec<(String, Value)>, want: fn() -> Want) -> Vec<Row> {
    let tokens = rows.into_iter().flat_map(|(name, claims)| {
        let (a, b) = (
            wallet.jws_of(&wallet.header(), &claims),
            wallet.literal_of(&claims),
        );
        [
            (format!("{name}, form A"), a),
            (format!("{name}, form B"), b),
        ]
    });
    all(tokens.collect(), want)
}

pub fn claims(scene: &Scene) -> Vec<Row> {
    let key = Wallet::edwards(10);
    let good = key.claims();
    let set = |name: &str, value: Value| {
        let row: String = format!("{name} {value}").chars().take(50).collect();
        (row, with(&good, name, value))
    };
    let mut bad: Vec<_> = ["aud", "exp", "iat"]
        .map(|n| (format!("no {n}"), without(&good, n)))
        .into();
    bad.extend([
        set("aud", json!("other")),
        set("aud", json!([])),
        set("aud", json!([AUDIENCE, 1])),
        set("aud", json!(SECOND_AUDIENCE)),
        set("aud", Value::Null),
        set("exp", json!((now() + 60).to_string())),
        set("exp", json!(253_402_300_800_u64)),
        set("exp", Value::Null),
        set("exp", json!(-1)),
        set("iat", json!("now")),
        set("iat", Value::Null),
        set("nbf", json!("now")),
        set("exp", json!(now() + 3700)),
        set("exp", json!(4_000_000_000_u64)),
        set("iat", json!(now() - 3500)),
        set("sub", json!("ada")),
        set("sub", json!(Wallet::edwards(11).did)),
        set("sub", json!(format!("{}#", key.did))),
        set("sub", json!("")),
        set("sub", json!(7)),
        set("sub", Value::Null),
        set("iss", json!(Wallet::edwards(11).did)),
        set("iss", json!(scene.first.url())),
        set("iss", json!([key.did])),
        set("iss", json!(7)),
        set("iss", Value::Null),
        set("cnf", json!({ "jkt": "x" })),
    ]);
    let nbf = with(&without(&good, "iat"), "nbf", json!(now() - 10));
    bad.push((
        "long after nbf, without iat".into(),
        with(&nbf, "exp", json!(now() + 7200)),
    ));
    let mut rows = in_both_forms(&key, bad, invalid);
    let past = with(
        &with(&good, "iat", json!(now() - 600)),
        "exp",
        json!(now() - 61),
    );
    rows.extend(in_both_forms(&key, vec![("expired".into(), past)], expired));
    let ahead = with(&good, "nbf", json!(now() + 120));
    let born = with(&good, "iat", json!(now() + 120));
    let soon = vec![("not yet".into(), ahead), ("not yet issued".into(), born)];
    rows.extend(in_both_forms(&key, soon, early));
    let missing = key.jws_of(&key.header(), &without(&good, "iss"));
    rows.extend(all(vec![("no iss, form A".into(), missing)], invalid));
    rows.extend(all(doubled(&key), invalid));
    rows
}

fn doubled(key: &Wallet) -> Vec<(String, String)> {
    let (header, claims) = (key.header().to_string(), key.claims().to_string());
    let more = |text: &str, member: &str| format!("{{{member},{}", &text[1..]);
    let jws =
        |header: &str, claims: &str| key.signed(&format!("{}.{}", b64(header), b64(claims)), |s| s);
    let twice = more(&claims, "\"exp\":1");
    let literal = key.signed(&format!("{}.{}", key.did, b64(&twice)), |s| s);
    vec![
        (
            "alg twice".into(),
            jws(&more(&header, "\"alg\":\"none\""), &claims),
        ),
        ("exp twice, form A".into(), jws(&header, &twice)),
        ("exp twice, form B".into(), literal),
    ]
}
