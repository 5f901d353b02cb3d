//! DIDs that call: what holds for them holds for whoever acts for them.

use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{
    eventually,
    gateway::{Gateway, chat},
    wallet::Wallet,
};

const SCOPES: (&str, &str) = ("DID_SCOPES", "*=chat:run tasks:run");

async fn chatted(gateway: &Gateway, token: &str) -> Response {
    gateway
        .post(token, "/v1/chat/completions", &chat("hi"))
        .await
}

async fn exchanged(gateway: &Gateway, token: &str) -> String {
    let form = [
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        ("subject_token", token),
        (
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:access_token",
        ),
    ];
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    let request = gateway.client.post(gateway.at("/oauth/token"));
    let answer = request.body(body.extend_pairs(form).finish()).send().await;
    let answer: Value = answer.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// A quota of two chats, and one DID that has it for itself.
fn limited(listed: &Wallet) -> Gateway {
    Gateway::with(&[
        ("DID_METHODS", "key"),
        ("DID_ALLOW", &listed.did),
        SCOPES,
        ("MAX_TOKENS_PER_MIN", "20"),
    ])
}

#[actix_web::test]
async fn whoever_made_themselves_a_did_shares_a_minute_with_all_who_did() {
    let listed = Wallet::edwards(1);
    let gateway = limited(&listed);
    for (seed, status) in [(2, 200), (3, 200), (4, 429), (2, 429)] {
        let token = Wallet::edwards(seed).jws();
        assert_eq!(chatted(&gateway, &token).await.status(), status, "{seed}");
    }
    assert_eq!(chatted(&gateway, &listed.jws()).await.status(), 200);
    assert_eq!(chatted(&gateway, &gateway.token("ada")).await.status(), 200);
}

#[actix_web::test]
async fn an_exchange_and_a_task_pay_from_the_same_minute() {
    let gateway = limited(&Wallet::edwards(1));
    for seed in [2, 3] {
        let token = exchanged(&gateway, &Wallet::edwards(seed).jws()).await;
        assert_eq!(chatted(&gateway, &token).await.status(), 200);
    }
    let token = exchanged(&gateway, &Wallet::edwards(4).jws()).await;
    assert_eq!(chatted(&gateway, &token).await.status(), 429);
    let own = Wallet::edwards(5).jws();
    let task = gateway.send(&own, &json!({ "input": chat("hi") })).await;
    eventually("the task waits for the minute", async || {
        let path = format!("/a2a/tasks/status/{task}");
        let status: Value = gateway.get(&own, &path).await.json().await.unwrap();
        let waits = status["detail"].as_str().is_some_and(|d| d.contains("429"));
        (waits && status["state"] != "done").then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_did_that_is_denied_is_denied_to_whoever_acts_for_it() {
    let wallet = Wallet::edwards(6);
    let public = ("ATTACH_PUBLIC_URL", "http://gateway.example");
    let vars = [("DID_METHODS", "key"), SCOPES, public];
    let gateway = Gateway::with(&vars);
    let token = exchanged(&gateway, &wallet.jws()).await;
    assert_eq!(chatted(&gateway, &token).await.status(), 200);
    let (engine, issuer, data) = gateway.stop();
    let denied = [&vars[..], &[("DID_DENY", &*wallet.did)]].concat();
    let gateway = Gateway::over(engine, issuer, data, &denied);
    for token in [&token, &wallet.jws()] {
        assert_eq!(chatted(&gateway, token).await.status(), 403);
    }
}
