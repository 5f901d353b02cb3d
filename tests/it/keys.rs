//! Keys of issuers: when they are fetched, and which of them are used.

mod issuers;

use serde_json::{Value, json};

use crate::support::{
    eventually,
    gateway::Gateway,
    issuer::Issuer,
    key::{Key, with},
};

async fn status(gateway: &Gateway, token: &str) -> u16 {
    gateway.get(token, "/agents").await.status().as_u16()
}

/// Answers that it cannot tell, which is no fault of the token.
async fn cannot_tell(gateway: &Gateway, token: &str) {
    let answer = gateway.get(token, "/v1/models").await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "5");
    assert_eq!(answer.headers().get("www-authenticate"), None);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["code"], "keys_unavailable");
}

/// A gateway that finds these keys at an issuer of its own.
fn trusting(keys: &[Value]) -> Gateway {
    Gateway::trusting(Issuer::with(keys), &[])
}

#[actix_web::test]
async fn one_fetch_serves_all_who_ask_at_once() {
    let gateway = Gateway::start();
    let tokens: Vec<_> = (0..20).map(|n| gateway.token(&format!("u{n}"))).collect();
    let all = tokens.iter().map(|token| status(&gateway, token));
    let all = futures_util::future::join_all(all).await;
    assert!(all.iter().all(|status| *status == 200), "{all:?}");
    assert_eq!(gateway.issuer.fetches(), 1);
}

#[actix_web::test]
async fn a_rotated_key_waits_for_the_cool_down_and_sixty_bogus_kids_cause_no_storm() {
    let gateway = Gateway::start();
    let old = gateway.token("ada");
    assert_eq!(status(&gateway, &old).await, 200);
    gateway.issuer.rotate("next");
    assert_eq!(status(&gateway, &gateway.token("ada")).await, 401);
    let claims = gateway.issuer.claims("ada");
    let bogus: Vec<_> = (0..60)
        .map(|n| Key::p256(&format!("bogus-{n}")).sign(&claims))
        .collect();
    let all = bogus.iter().map(|token| status(&gateway, token));
    let all = futures_util::future::join_all(all).await;
    assert!(all.iter().all(|status| *status == 401), "{all:?}");
    assert!(gateway.issuer.fetches() <= 2);
    assert_eq!(status(&gateway, &old).await, 200);
}

#[actix_web::test]
async fn after_a_restart_a_rotated_key_counts_and_the_one_it_replaced_does_not() {
    let gateway = Gateway::start();
    let old = gateway.token("ada");
    assert_eq!(status(&gateway, &old).await, 200);
    gateway.issuer.rotate("next");
    let (engine, issuer, data) = gateway.stop();
    let gateway = Gateway::over(engine, issuer, data, &[]);
    assert_eq!(status(&gateway, &gateway.token("ada")).await, 200);
    assert_eq!(status(&gateway, &old).await, 401);
}

#[actix_web::test]
async fn an_issuer_that_is_down_at_the_start_is_no_fault_of_the_token_and_comes_back() {
    let issuer = Issuer::start();
    issuer.set_down(true);
    let gateway = Gateway::trusting(issuer, &[]);
    let token = gateway.token("ada");
    cannot_tell(&gateway, &token).await;
    cannot_tell(&gateway, &token).await;
    let ready: Value = gateway.get(&token, "/readyz").await.json().await.unwrap();
    assert_eq!(ready["detail"]["issuers"][0]["keys"], "missing");
    // What is wrong whatever the keys are is said without them.
    let claims = with(&gateway.issuer.claims("ada"), "aud", json!("other"));
    assert_eq!(status(&gateway, &gateway.issuer.sign(&claims)).await, 401);
    gateway.issuer.set_down(false);
    eventually("the issuer is found again", async || {
        (status(&gateway, &token).await == 200).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn an_issuer_that_goes_down_later_leaves_known_keys_at_work() {
    let gateway = Gateway::start();
    assert_eq!(status(&gateway, &gateway.token("ada")).await, 200);
    gateway.issuer.set_down(true);
    for user in ["ada", "eve", "new"] {
        assert_eq!(status(&gateway, &gateway.token(user)).await, 200);
    }
    let token = gateway.token("ada");
    let ready: Value = gateway.get(&token, "/readyz").await.json().await.unwrap();
    let keys = json!({ "issuer": gateway.issuer.url(), "keys": "fresh", "count": 1 });
    assert_eq!(ready["detail"]["issuers"][0], keys);
}

#[actix_web::test]
async fn a_discovery_document_of_another_issuer_is_not_believed() {
    for name in ["https://other.example", "slash"] {
        let issuer = Issuer::start();
        let slash = format!("{}/", issuer.url());
        issuer.call_itself(if name == "slash" { &slash } else { name });
        let gateway = Gateway::trusting(issuer, &[]);
        cannot_tell(&gateway, &gateway.token("ada")).await;
        assert_eq!(gateway.issuer.fetches(), 0);
        // Not configured by that name, it is nobody.
        let claims = with(&gateway.issuer.claims("ada"), "iss", json!(slash));
        assert_eq!(status(&gateway, &gateway.issuer.sign(&claims)).await, 401);
    }
}

#[actix_web::test]
async fn bad_keys_in_a_set_do_not_spoil_the_good_one() {
    let good = Key::p256("good");
    let gateway = trusting(&[
        json!("nonsense"),
        json!({ "kty": "RSA" }),
        json!({ "kty": "EC", "crv": "P-256", "kid": "good", "x": "AA", "y": "AA" }),
        json!({ "kty": "oct", "kid": "good", "k": "c2VjcmV0" }),
        json!({ "kty": "RSA", "kid": "weak", "n": "x".repeat(171), "e": "AQAB" }),
        json!({ "kty": "?", "kid": "good" }),
        good.jwk.clone(),
    ]);
    let token = good.sign(&gateway.issuer.claims("ada"));
    assert_eq!(status(&gateway, &token).await, 200);
}

#[actix_web::test]
async fn a_key_is_used_only_for_what_it_is_published_for() {
    let keys: Vec<_> = ["enc", "ops", "alg", "twin", "good"].map(Key::p256).into();
    let second_twin = Key::p256("twin");
    let gateway = trusting(&[
        keys[0].jwk_with("use", json!("enc")),
        keys[1].jwk_with("key_ops", json!(["sign"])),
        keys[2].jwk_with("alg", json!("RS256")),
        keys[3].jwk.clone(),
        second_twin.jwk.clone(),
        with(
            &keys[4].jwk_with("use", json!("sig")),
            "key_ops",
            json!(["verify"]),
        ),
    ]);
    let claims = gateway.issuer.claims("ada");
    for key in &keys[..4] {
        assert_eq!(
            status(&gateway, &key.sign(&claims)).await,
            401,
            "{}",
            key.kid
        );
    }
    assert_eq!(status(&gateway, &keys[4].sign(&claims)).await, 200);
}

#[actix_web::test]
async fn an_rsa_key_signs_rs256_and_not_ps256_unless_we_say_so() {
    let key = Key::rsa("r");
    let gateway = trusting(std::slice::from_ref(&key.jwk));
    let claims = gateway.issuer.claims("ada");
    assert_eq!(status(&gateway, &key.sign(&claims)).await, 200);
    let pss = with(&key.header(), "alg", json!("PS256"));
    assert_eq!(status(&gateway, &key.sign_as(&pss, &claims)).await, 401);
    for alg in ["RS384", "RS512", "rs256", "HS256", "none"] {
        let header = with(&key.header(), "alg", json!(alg));
        assert_eq!(status(&gateway, &key.sign_as(&header, &claims)).await, 401);
    }
}

#[actix_web::test]
async fn one_kid_may_name_an_rsa_and_an_elliptic_key() {
    let (rsa, elliptic) = (Key::rsa("both"), Key::p256("both"));
    let gateway = trusting(&[rsa.jwk.clone(), elliptic.jwk.clone()]);
    let claims = gateway.issuer.claims("ada");
    assert_eq!(status(&gateway, &rsa.sign(&claims)).await, 200);
    assert_eq!(status(&gateway, &elliptic.sign(&claims)).await, 200);
}
