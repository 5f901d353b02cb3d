//! Sessions: one person with one user agent, or one browser.

mod browsers;

use serde_json::json;

use crate::support::{gateway::Gateway, key::with};

async fn session(gateway: &Gateway, token: &str, agent: &str) -> String {
    let request = gateway.client.get(gateway.at("/agents")).bearer_auth(token);
    let answer = request.header("user-agent", agent).send().await.unwrap();
    answer.headers()["x-attach-session"]
        .to_str()
        .unwrap()
        .to_owned()
}

#[actix_web::test]
async fn a_session_is_one_person_with_one_user_agent_and_outlives_token_and_process() {
    let gateway = Gateway::start();
    let first = session(&gateway, &gateway.token("ada"), "curl/8").await;
    let claims = gateway.issuer.claims("ada");
    let later = gateway.issuer.sign(&with(&claims, "jti", json!("another")));
    assert_eq!(session(&gateway, &later, "curl/8").await, first);
    assert_ne!(session(&gateway, &later, "curl/9").await, first);
    assert_ne!(
        session(&gateway, &gateway.token("eve"), "curl/8").await,
        first
    );
    let (engine, issuer, data) = gateway.stop();
    let gateway = Gateway::over(engine, issuer, data, &[]);
    assert_eq!(
        session(&gateway, &gateway.token("ada"), "curl/8").await,
        first
    );
}

#[actix_web::test]
async fn a_session_cannot_be_guessed_from_name_and_user_agent() {
    let (one, other) = (Gateway::start(), Gateway::start());
    let ours = session(&one, &one.token("ada"), "curl/8").await;
    // The same issuer, the same person: only the deployment's secret differs.
    let (_, _, data) = other.stop();
    let (engine, issuer, _data) = one.stop();
    let moved = Gateway::over(engine, issuer, data, &[]);
    assert_ne!(session(&moved, &moved.token("ada"), "curl/8").await, ours);
}

#[actix_web::test]
async fn session_compat_v0_is_the_hash_old_clients_know() {
    let gateway = Gateway::with(&[("SESSION_COMPAT", "v0")]);
    let session = session(&gateway, &gateway.token("ada"), "curl/8").await;
    // printf ada:curl/8 | sha256sum | cut -c1-16
    assert_eq!(session, "00681983b2206e4b");
}
