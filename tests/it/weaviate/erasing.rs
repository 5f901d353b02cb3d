//! What was erased stays erased.

use super::{EVENTS, texts};
use crate::support::{
    eventually,
    gateway::Gateway,
    scripted::Gate,
    weaviate::{Act, Weaviate},
};

/// A gateway whose first batch is on its way, with the ids of what is in it.
async fn on_its_way(weaviate: &Weaviate, gate: &Gate) -> (Gateway, Vec<String>) {
    weaviate.act(Act::Hold(gate.clone()));
    let gateway = Gateway::with(&weaviate.vars());
    let ada = gateway.token("ada");
    let mut ids = Vec::new();
    for (who, text) in [("ada", "one"), ("bob", "two"), ("ada", "three")] {
        ids.push(gateway.note(&gateway.token(who), text).await);
    }
    eventually("a batch is on its way", async || {
        (weaviate.batches() > 0).then_some(())
    })
    .await;
    assert_eq!(texts(&gateway.memory(&ada, "").await), ["three", "one"]);
    (gateway, ids)
}

#[actix_web::test]
async fn an_event_that_is_erased_on_its_way_does_not_come_back() {
    let (weaviate, gate) = (Weaviate::start(), Gate::closed());
    let (gateway, ids) = on_its_way(&weaviate, &gate).await;
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let path = format!("{EVENTS}/{}", ids[0]);
    assert_eq!(gateway.erase(&bob, &path).await.status, 404);
    assert_eq!(gateway.erase(&ada, &path).await.status, 204);
    assert_eq!(gateway.ask(&ada, &path).await.status, 404);
    assert_eq!(gateway.erase(&ada, &path).await.status, 404);
    gate.open();
    eventually("it is gone at Weaviate too", async || {
        (weaviate.texts() == ["two", "three"]).then_some(())
    })
    .await;
    assert_eq!(texts(&gateway.memory(&ada, "").await), ["three"]);
}

#[actix_web::test]
async fn all_that_is_erased_on_its_way_does_not_come_back() {
    let (weaviate, gate) = (Weaviate::start(), Gate::closed());
    let (gateway, _) = on_its_way(&weaviate, &gate).await;
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let erased = gateway.erase(&ada, "/mem/events?all=true").await;
    assert_eq!(
        (erased.status, &erased.body["erased"]),
        (200, &serde_json::json!(2))
    );
    assert_eq!(gateway.memory(&ada, "").await.len(), 0);
    gate.open();
    eventually("they are gone at Weaviate too", async || {
        (weaviate.texts() == ["two"]).then_some(())
    })
    .await;
    assert_eq!(gateway.memory(&ada, "").await.len(), 0);
    assert_eq!(texts(&gateway.memory(&bob, "").await), ["two"]);
}

#[actix_web::test]
async fn what_is_erased_leaves_the_file_and_its_key_too() {
    let weaviate = Weaviate::start();
    weaviate.act(Act::Answer(503, ""));
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    let document = serde_json::json!({ "text": "quetzalcoatl" });
    let first = gateway
        .tell_once(&token, EVENTS, "xipetotec", &document)
        .await;
    let id = crate::support::asking::id_of(&first);
    assert_eq!(
        gateway
            .erase(&token, &format!("{EVENTS}/{id}"))
            .await
            .status,
        204
    );
    let again = gateway
        .tell_once(&token, EVENTS, "xipetotec", &document)
        .await;
    assert_eq!(again.status, 201, "its key is forgotten");
    let id = crate::support::asking::id_of(&again);
    assert_eq!(
        gateway
            .erase(&token, &format!("{EVENTS}/{id}"))
            .await
            .status,
        204
    );
    let (_engine, _issuer, data) = gateway.stop();
    let file = std::fs::read(data.path().join("attach.db")).unwrap();
    for secret in ["quetzalcoatl", "xipetotec"] {
        let is_there = file
            .windows(secret.len())
            .any(|bytes| bytes == secret.as_bytes());
        assert!(!is_there, "{secret} is still in the file");
    }
}

#[actix_web::test]
async fn what_weaviate_has_is_erased_there() {
    let weaviate = Weaviate::start();
    let gateway = Gateway::with(&weaviate.vars());
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    gateway.log(&ada, &["one", "two", "three"]).await;
    gateway.log(&bob, &["four"]).await;
    gateway.forwarded().await;
    let newest = gateway.memory(&ada, "limit=1").await[0]["id"].clone();
    let path = format!("{EVENTS}/{}", newest.as_str().unwrap());
    assert_eq!(gateway.erase(&bob, &path).await.status, 404);
    assert_eq!(gateway.erase(&ada, &path).await.status, 204);
    assert_eq!(gateway.erase(&ada, &path).await.status, 404);
    assert_eq!(weaviate.texts(), ["one", "two", "four"]);
    let erased = gateway.erase(&ada, "/mem/events?all=true").await;
    assert_eq!(erased.body["erased"], 2);
    assert_eq!(weaviate.texts(), ["four"]);
}

#[actix_web::test]
async fn erasing_all_takes_what_was_kept_in_the_file_before() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let document = serde_json::json!({ "text": "from before" });
    gateway.tell(&token, EVENTS, &document).await;
    let (engine, issuer, data) = gateway.stop();
    let weaviate = Weaviate::start();
    let gateway = Gateway::over(engine, issuer, data, &weaviate.vars());
    let token = gateway.token("ada");
    let erased = gateway.erase(&token, "/mem/events?all=true").await;
    assert_eq!(erased.body["erased"], serde_json::json!(1));
}
