//! Whatever Weaviate answers, nobody reads what another wrote.

use serde_json::json;

use super::{EVENTS, texts};
use crate::support::{gateway::Gateway, weaviate::Weaviate};

/// The scripted Weaviate looks at no filter: it answers everybody's events.
#[actix_web::test]
async fn events_of_others_are_sorted_out_whatever_comes() {
    let weaviate = Weaviate::start();
    let gateway = Gateway::with(&weaviate.vars());
    let names = ["auth0|a", "auth0|b", "AUTH0|a", "auth0|a ", "auth0 a"];
    let mut ids = Vec::new();
    for name in names {
        ids.push(gateway.note(&gateway.token(name), name).await);
    }
    gateway.forwarded().await;
    for (name, own) in names.iter().zip(&ids) {
        let token = gateway.token(name);
        assert_eq!(texts(&gateway.memory(&token, "").await), [*name]);
        let found = gateway.ask(&token, "/mem/search?q=auth0").await.body;
        let found = found["data"]["Get"]["MemoryEvent"]
            .as_array()
            .unwrap()
            .clone();
        assert_eq!(texts(&found), [*name]);
        for id in &ids {
            let status = gateway.ask(&token, &format!("{EVENTS}/{id}")).await.status;
            assert_eq!(status, if id == own { 200 } else { 404 }, "{name}");
        }
    }
}

#[actix_web::test]
async fn a_name_on_an_object_makes_it_nobodys_without_the_right_key() {
    let weaviate = Weaviate::start();
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    gateway.note(&token, "mine").await;
    gateway.forwarded().await;
    let forged = |owner: serde_json::Value| {
        json!({
            "user": "ada", "issuer": gateway.issuer.url(), "text": "forged", "owner": owner,
            "event": "document", "timestamp": "2026-01-01T00:00:00Z",
        })
    };
    let id = "01a21009-18d3-7517-9b69-972aa2495fa1";
    for owner in [json!(null), json!("00"), json!(7), json!(["x"])] {
        weaviate.put(id, forged(owner));
        assert_eq!(texts(&gateway.memory(&token, "").await), ["mine"]);
        assert_eq!(
            gateway.ask(&token, &format!("{EVENTS}/{id}")).await.status,
            404
        );
    }
}
