//! The ID token: checked as the caller's own would be, and kept nowhere.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::faults::is_refused;
use crate::support::{
    key::Key,
    process::Process,
    provider::{CLIENT, Plan, Provider, TOKENS},
    tab::{Tab, gateway},
};

#[actix_web::test]
async fn an_id_token_that_is_not_for_this_sign_in_is_refused() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let long = "a".repeat(256);
    for claims in [
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "iss": "https://evil.example" }),
        json!({ "iss": format!("{}/", provider.url()) }),
        json!({ "iss": null }),
        json!({ "aud": "another" }),
        json!({ "aud": [CLIENT, "another"] }),
        json!({ "aud": [] }),
        json!({ "aud": null }),
        json!({ "azp": "another" }),
        json!({ "exp": 1 }),
        json!({ "exp": null }),
        json!({ "iat": 253_402_300_000_i64 }),
        json!({ "sub": "" }),
        json!({ "sub": null }),
        json!({ "sub": "did:key:z6Mk" }),
        json!({ "sub": "a\u{7}b" }),
        json!({ "sub": long }),
    ] {
        provider.plan(|plan| plan.claims = claims.clone());
        let tab = Tab::at(&gateway);
        is_refused(&gateway, &tab.sign_in().await, &claims.to_string());
        assert_eq!(tab.session().await["user"], Value::Null);
    }
    provider.plan(|plan| plan.claims = json!({ "aud": [CLIENT], "azp": CLIENT }));
    assert_eq!(Tab::at(&gateway).sign_in().await.status, 303);
}

#[actix_web::test]
async fn an_id_token_that_the_provider_did_not_sign_is_refused() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[("OIDC_CLIENT_SECRET", "s3cret-of-the-client")]);
    for header in [
        json!({ "alg": "none" }),
        json!({ "alg": "none", "kid": null }),
        json!({ "alg": "HS256", "kid": null }),
        json!({ "alg": "RS256" }),
        json!({ "alg": "ES384" }),
        json!({ "crit": ["exp"] }),
        json!({ "kid": "k9" }),
        json!({ "typ": "at+jwt" }),
    ] {
        provider.plan(|plan| plan.header = header.clone());
        let tab = Tab::at(&gateway);
        is_refused(&gateway, &tab.sign_in().await, &header.to_string());
    }
    for token in [
        json!({}),
        json!({ "access_token": "x", "token_type": "Bearer" }),
        json!({ "access_token": "x", "token_type": "Bearer", "id_token": "a.b.c" }),
        json!({ "access_token": "x", "token_type": "Bearer", "id_token": 7 }),
        json!(["x"]),
    ] {
        provider.plan(|plan| plan.token = Some(token.clone()));
        let tab = Tab::at(&gateway);
        is_refused(&gateway, &tab.sign_in().await, &token.to_string());
    }
    let forger = Key::p256("k1");
    provider.plan(|plan| plan.jwks = Some(json!({ "keys": [forger.jwk] })));
    let gateway = self::gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    is_refused(
        &gateway,
        &tab.sign_in().await,
        "another's key of the same name",
    );
}

#[actix_web::test]
async fn the_issuers_algorithms_count_here_too() {
    for (key, algorithms, status) in [
        (Key::rsa("k"), "", 303),
        (Key::p384("k"), "", 400),
        (Key::ed25519("k"), "", 400),
        (Key::p384("k"), "algorithms = ['ES384']", 303),
        (Key::ed25519("k"), "algorithms = ['EdDSA']", 303),
        (Key::p256("k"), "algorithms = ['RS256']", 400),
    ] {
        let alg = key.alg();
        let provider = Provider::with(key);
        let table = format!(
            "[[issuer]]\nurl = '{}'\naudience = 'attach-test'\n{algorithms}\n",
            provider.url()
        );
        let file = crate::support::file(&table);
        let config = file.path().to_str().unwrap();
        let vars = [
            ("OIDC_ISSUER", ""),
            ("OIDC_AUD", ""),
            ("ATTACH_CONFIG", config),
        ];
        let gateway = gateway(&provider, &vars);
        let entered = Tab::at(&gateway).sign_in().await;
        assert_eq!(entered.status, status, "{alg} {algorithms}");
    }
}

#[actix_web::test]
async fn a_new_key_of_the_provider_is_fetched_once_when_it_is_met() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    assert_eq!(tab.sign_in().await.status, 303);
    provider.rotate(Key::p256("k2"));
    let before = provider.fetches();
    for _ in 0..3 {
        assert_eq!(tab.sign_in().await.status, 303);
    }
    assert_eq!(provider.fetches(), before + 1);
}

/// Whether any file of the folder holds `secret`.
fn is_kept(folder: &Path, secret: &str) -> bool {
    let mut files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    files.any(|file| {
        let bytes = fs::read(file.path()).unwrap();
        bytes.windows(secret.len()).any(|w| w == secret.as_bytes())
    })
}

#[actix_web::test]
async fn no_secret_of_a_sign_in_is_in_a_row_a_log_or_an_answer() {
    let provider = Provider::start();
    let folder = tempfile::tempdir().unwrap();
    let vars = [
        ("OIDC_ISSUER", provider.url()),
        ("OIDC_AUD", "attach-test"),
        ("OIDC_CLIENT_ID", CLIENT),
        ("OIDC_CLIENT_SECRET", "s3cret-of-the-client"),
        ("ENGINE_URL", "http://127.0.0.1:9"),
        ("LOG_LEVEL", "trace"),
    ];
    let (process, url) = Process::serve(folder.path(), &vars).await;
    let tab = Tab::over(&url);
    let mut secrets: Vec<String> = TOKENS.map(str::to_owned).to_vec();
    secrets.push("s3cret-of-the-client".to_owned());
    let bend = |change: fn(&mut Plan)| provider.plan(change);
    for (change, status) in [
        (
            (|plan| plan.claims = json!({ "nonce": "another" })) as fn(&mut Plan),
            400,
        ),
        (|plan| plan.claims = json!({ "sub": "did:x" }), 400),
        (|_| {}, 303),
    ] {
        bend(change);
        let back = tab.to_callback("/auth/login").await;
        secrets.extend(tab.cookie("attach_login"));
        let asked = provider.authorize();
        secrets.extend(["state", "nonce"].map(|name| asked[name].clone()));
        let entered = tab.open(&back).await;
        assert_eq!(entered.status, status);
        let (form, _) = provider.token();
        secrets.extend(["code", "code_verifier"].map(|name| form[name].clone()));
        for token in TOKENS {
            assert!(!format!("{entered:?}").contains(token));
        }
    }
    secrets.extend(tab.cookie("attach_session"));
    let page = tab.session().await;
    secrets.push(page["csrf"].as_str().unwrap().to_owned());
    assert_eq!(tab.open("/agents").await.status, 200);
    process.signal("TERM");
    let ended = process.wait(std::time::Duration::from_secs(20));
    assert!(ended.err.contains("a sign-in failed"), "{}", ended.err);
    for secret in secrets {
        assert!(!is_kept(folder.path(), &secret), "{secret} is in a file");
        let logged = ended.err.contains(&secret) || ended.out.contains(&secret);
        assert!(!logged, "{secret} is in the log: {}", ended.err);
    }
}
