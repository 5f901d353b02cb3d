//! Issuers by table: other algorithms, keys from elsewhere, several at once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{cannot_tell, status};
use crate::support::{
    engine::{Act, Engine},
    file,
    gateway::Gateway,
    issuer::{AUDIENCE, Issuer},
    key::{Key, with},
    peer::Peer,
};

/// A gateway whose file names `issuer` too, with these lines.
fn with_table(issuer: &str, lines: &str) -> (Gateway, tempfile::NamedTempFile) {
    let file = file(&format!(
        "[[issuer]]\nurl = \"{issuer}\"\naudience = \"{AUDIENCE}\"\n{lines}\n"
    ));
    let vars = [("ATTACH_CONFIG", file.path().to_str().unwrap())];
    (Gateway::trusting(Issuer::start(), &vars), file)
}

#[actix_web::test]
async fn a_table_may_allow_other_algorithms_and_only_those() {
    let keys = [Key::p384("a"), Key::ed25519("b"), Key::rsa("c")];
    let second = Issuer::with(&keys.each_ref().map(|key| key.jwk.clone()));
    let algorithms = "algorithms = [\"ES384\", \"EdDSA\", \"PS256\"]";
    let (gateway, _file) = with_table(second.url(), algorithms);
    let claims = second.claims("ada");
    for key in &keys[..2] {
        assert_eq!(
            status(&gateway, &key.sign(&claims)).await,
            200,
            "{}",
            key.alg()
        );
    }
    let pss = with(&keys[2].header(), "alg", json!("PS256"));
    assert_eq!(status(&gateway, &keys[2].sign_as(&pss, &claims)).await, 200);
    assert_eq!(status(&gateway, &keys[2].sign(&claims)).await, 401);
}

#[actix_web::test]
async fn keys_and_people_of_one_issuer_are_not_those_of_another() {
    let second = Issuer::start();
    let (gateway, _file) = with_table(second.url(), "");
    let (ours, theirs) = (gateway.token("ada"), second.token("ada"));
    assert_eq!(status(&gateway, &ours).await, 200);
    assert_eq!(status(&gateway, &theirs).await, 200);
    let crossed = second.sign(&gateway.issuer.claims("ada"));
    assert_eq!(status(&gateway, &crossed).await, 401);
    // The same name at two issuers is two people.
    let document = json!({ "text": "mine" });
    let kept = gateway.post(&ours, "/mem/events", &document).await;
    let kept: Value = kept.json().await.unwrap();
    let path = format!("/mem/events/{}", kept["id"].as_str().unwrap());
    assert_eq!(gateway.get(&ours, &path).await.status(), 200);
    assert_eq!(gateway.get(&theirs, &path).await.status(), 404);
}

#[actix_web::test]
async fn keys_come_from_where_the_table_says_and_discovery_is_not_asked() {
    let (key, asked) = (Key::p256("k"), Arc::new(AtomicUsize::new(0)));
    let (jwks, count) = (json!({ "keys": [key.jwk] }), asked.clone());
    let peer = Peer::start(move |config| {
        let (jwks, count) = (jwks.clone(), count.clone());
        config.route(
            "/the/keys",
            web::get().to(move || {
                count.fetch_add(1, Ordering::SeqCst);
                let answer = HttpResponse::Ok().json(&jwks);
                async { answer }
            }),
        );
    });
    let (gateway, _file) = with_table(&peer.url, &format!("jwks_url = \"{}/the/keys\"", peer.url));
    let claims = with(&gateway.issuer.claims("ada"), "iss", json!(peer.url));
    assert_eq!(status(&gateway, &key.sign(&claims)).await, 200);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn a_redirect_or_a_flood_instead_of_keys_is_not_followed_or_swallowed() {
    let key = Key::p256("k");
    let jwks = json!({ "keys": [key.jwk], "pad": "x".repeat(600 * 1024) });
    let elsewhere = Issuer::with(std::slice::from_ref(&key.jwk));
    let location: &'static str = format!("{}/jwks.json", elsewhere.url()).leak();
    for act in [
        Act::Answer(302, vec![("location", location)], String::new()),
        Act::Raw(200, "application/json", jwks.to_string()),
        Act::Raw(200, "application/json", "{\"keys\":{}}".into()),
        Act::Raw(
            500,
            "application/json",
            json!({ "keys": [key.jwk] }).to_string(),
        ),
    ] {
        let peer = Engine::start(act);
        let (gateway, _file) =
            with_table(peer.url(), &format!("jwks_url = \"{}/keys\"", peer.url()));
        let claims = with(&gateway.issuer.claims("ada"), "iss", json!(peer.url()));
        cannot_tell(&gateway, &key.sign(&claims)).await;
        assert_eq!(peer.seen().len(), 1);
    }
    assert_eq!(elsewhere.fetches(), 0);
}
