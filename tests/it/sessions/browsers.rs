//! Browsers stay signed in for as long as they should, and no longer.

use std::fs;

use reqwest::Method;
use serde_json::Value;

use crate::support::{
    gateway::Gateway,
    provider::{CLIENT, Provider},
    tab::{Tab, gateway},
};

#[actix_web::test]
async fn a_browser_stays_signed_in_when_the_gateway_is_started_again() {
    let provider = Provider::start();
    let first = gateway(&provider, &[]);
    let tab = Tab::at(&first);
    tab.sign_in().await;
    let before = tab.open("/agents").await;
    let page = tab.session().await;
    let (engine, issuer, data) = first.stop();

    let login = [("OIDC_ISSUER", provider.url()), ("OIDC_CLIENT_ID", CLIENT)];
    let second = Gateway::over(engine, issuer, data, &login);
    let again = Tab::at(&second);
    again.cookies.replace(tab.cookies.borrow().clone());
    assert_eq!(again.session().await, page, "the same, to the CSRF token");
    let after = again.open("/agents").await;
    let session = "x-attach-session-id";
    assert!(after.header(session).is_some());
    assert_eq!(after.header(session), before.header(session));

    let out = again.post("/auth/logout", page["csrf"].as_str().unwrap());
    assert_eq!(out.await.status, 204);
    let (engine, issuer, data) = second.stop();
    let third = Gateway::over(engine, issuer, data, &login);
    let late = Tab::at(&third);
    late.cookies.replace(tab.cookies.borrow().clone());
    assert_eq!(
        late.session().await["user"],
        Value::Null,
        "signed out for good"
    );
}

#[actix_web::test]
async fn a_session_that_was_not_used_for_half_an_hour_is_over_after_a_restart_too() {
    let provider = Provider::start();
    let login = [("OIDC_ISSUER", provider.url()), ("OIDC_CLIENT_ID", CLIENT)];
    for (column, age_ms) in [("seen_at", 31 * 60_000), ("ends_at", 8 * 3_600_000)] {
        let gateway = gateway(&provider, &[]);
        let tab = Tab::at(&gateway);
        tab.sign_in().await;
        let (engine, issuer, data) = gateway.stop();
        let file = data.path().join("attach.db");
        let sql = format!("update browser_session set {column} = {column} - {age_ms}");
        crate::support::rows::change(&file, &sql).await;
        let gateway = Gateway::over(engine, issuer, data, &login);
        let late = Tab::at(&gateway);
        late.cookies.replace(tab.cookies.borrow().clone());
        assert_eq!(late.session().await["user"], Value::Null, "{column}");
        assert_eq!(late.open("/agents").await.status, 401);
    }
}

#[actix_web::test]
async fn only_the_hash_of_a_cookie_is_kept() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    tab.sign_in().await;
    let secret = tab.cookie("attach_session").unwrap();
    let (_engine, _issuer, data) = gateway.stop();
    for file in fs::read_dir(data.path()).unwrap().map(Result::unwrap) {
        let bytes = fs::read(file.path()).unwrap();
        let found = bytes.windows(64).any(|w| w == secret.as_bytes());
        assert!(!found, "{:?}", file.path());
    }
}

#[actix_web::test]
async fn a_made_up_cookie_is_nobody_and_an_access_token_wins_over_any() {
    let gateway = Gateway::start();
    let tab = Tab::at(&gateway);
    for cookie in ["", "x", &"0".repeat(64), &"f".repeat(4000)] {
        let request = tab.request(Method::GET, "/agents");
        let request = request.header("cookie", format!("attach_session={cookie}"));
        assert_eq!(tab.send(request).await.status, 401);
        let request = tab.request(Method::GET, "/agents");
        let request = request.header("cookie", format!("attach_session={cookie}"));
        let request = request.bearer_auth(gateway.token("ada"));
        assert_eq!(tab.send(request).await.status, 200);
    }
}
