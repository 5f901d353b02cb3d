//! One's own sessions, seen and ended.

use reqwest::Method;
use serde_json::{Value, json};

use super::{delete, exchanged, from_page};
use crate::support::{
    eventually,
    gateway::Gateway,
    provider::Provider,
    tab::{Tab, gateway},
};

fn found<'a>(sessions: &'a Value, id: &Value) -> Option<&'a Value> {
    let mut all = sessions["sessions"].as_array().unwrap().iter();
    all.find(|one| one["session_id"] == *id)
}

#[actix_web::test]
async fn a_browser_signs_another_one_of_its_person_out_at_once() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let (here, there) = (Tab::at(&gateway), Tab::at(&gateway));
    here.sign_in().await;
    there.sign_in().await;
    let [own, other] = [&here, &there].map(async |tab| tab.open("/auth/me").await.body);
    let (own, other) = (
        own.await["session_id"].clone(),
        other.await["session_id"].clone(),
    );
    let listed = here.open("/auth/sessions").await.body;
    let (mine, its) = (
        found(&listed, &own).unwrap(),
        found(&listed, &other).unwrap(),
    );
    assert_eq!(
        (&mine["current"], &its["current"]),
        (&json!(true), &json!(false))
    );
    for one in [mine, its] {
        assert_eq!(
            (&one["browser"], &one["open"]),
            (&json!(true), &json!(true))
        );
        assert!(one["until"].as_i64() > one["last_seen"].as_i64(), "{one}");
        assert!(
            one["first_seen"].as_i64() <= one["last_seen"].as_i64(),
            "{one}"
        );
    }

    let path = format!("/auth/sessions/{}", other.as_str().unwrap());
    let unproved = here.send(here.request(Method::DELETE, &path)).await;
    assert_eq!(
        (unproved.status, &unproved.body["error"]),
        (403, &json!("csrf"))
    );
    assert_eq!(there.open("/auth/me").await.status, 200);
    let ended = from_page(&here, Method::DELETE, &path, &json!({})).await;
    assert_eq!(ended.status, 204, "{}", ended.body);
    assert_eq!(there.open("/auth/me").await.status, 401, "at once");
    assert_eq!(here.open("/auth/me").await.status, 200);
    let again = from_page(&here, Method::DELETE, &path, &json!({})).await;
    assert_eq!(again.status, 204, "asked again because the answer was lost");
    let listed = here.open("/auth/sessions").await.body;
    assert_eq!(found(&listed, &other).unwrap()["open"], false);
}

#[actix_web::test]
async fn the_session_of_a_token_is_seen_and_ends_with_it() {
    let gateway = Gateway::start();
    let ada = gateway.token("ada");
    let listed = gateway.ask(&ada, "/auth/sessions").await;
    assert_eq!(listed.header("cache-control"), Some("no-store"));
    let own = json!(listed.header("x-attach-session").unwrap());
    let own = found(&listed.body, &own).unwrap().clone();
    assert_eq!(
        (&own["current"], &own["browser"]),
        (&json!(true), &json!(false))
    );
    assert_eq!((&own["open"], &own["until"]), (&json!(false), &Value::Null));
    assert!(own["requests"].as_i64() >= Some(1), "{own}");
    let path = format!("/auth/sessions/{}", own["session_id"].as_str().unwrap());
    let refused = delete(&gateway, &ada, &path).await;
    let told = refused.detail().starts_with("a provider's token can");
    assert!(refused.status == 403 && told, "{}", refused.body);
}

#[actix_web::test]
async fn a_browser_cannot_end_the_session_of_a_key() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    tab.sign_in().await;
    let key = from_page(&tab, Method::POST, "/auth/keys", &json!({})).await;
    let me = gateway
        .ask(key.body["key"].as_str().unwrap(), "/auth/me")
        .await;
    // It is in the list once it was seen there.
    let id = me.body["session_id"].clone();
    let path = format!("/auth/sessions/{}", id.as_str().unwrap());
    let kept = eventually("it is known", async || {
        let listed = tab.open("/auth/sessions").await.body;
        found(&listed, &id)?;
        Some(from_page(&tab, Method::DELETE, &path, &json!({})).await)
    });
    let kept = kept.await;
    assert_eq!(kept.status, 409, "{}", kept.body);
    assert!(kept.detail().contains("ends with it"), "{}", kept.detail());
}

#[actix_web::test]
async fn other_peoples_sessions_are_not_there() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let [ada, eve] = [Tab::at(&gateway), Tab::at(&gateway)];
    ada.sign_in().await;
    provider.plan(|plan| plan.claims = json!({ "sub": "eve" }));
    eve.sign_in().await;
    let id = ada.open("/auth/me").await.body["session_id"].clone();
    assert!(found(&eve.open("/auth/sessions").await.body, &id).is_none());
    for id in [id.as_str().unwrap(), "0", "%F0%9F%92%A5"] {
        let path = format!("/auth/sessions/{id}");
        let refused = from_page(&eve, Method::DELETE, &path, &json!({})).await;
        assert_eq!(refused.status, 404, "{id}: {}", refused.body);
    }
    assert_eq!(ada.open("/auth/me").await.status, 200);
}

#[actix_web::test]
async fn an_agent_is_not_told_of_its_persons_sessions() {
    let gateway = Gateway::start();
    let agent = exchanged(&gateway, &gateway.token("ada")).await;
    let refused = gateway.ask(&agent, "/auth/sessions").await;
    assert_eq!(
        (refused.status, &refused.body["error"]),
        (403, &json!("forbidden"))
    );
    let refused = delete(&gateway, &agent, "/auth/sessions/x").await;
    assert!(refused.status == 403 && refused.detail().contains("an agent's token"));
}
