//! A class that the original's auto-schema made, with events in it.

use serde_json::{Value, json};

use super::{EVENTS, texts};
use crate::support::{file, gateway::Gateway, weaviate::Weaviate};

const TASK: &str = "01a21009-18d3-7517-9b69-972aa2495fac";

/// The class as the first events of the original made it.
fn class() -> Value {
    let text = |name: &str| json!({ "name": name, "dataType": ["text"], "tokenization": "word" });
    json!({ "class": "MemoryEvent", "properties": [
        { "name": "timestamp", "dataType": ["date"] },
        text("event"),
        text("user"),
        { "name": "task_id", "dataType": ["uuid"] },
        { "name": "session_id", "dataType": ["uuid"] },
        { "name": "result", "dataType": ["object"],
          "nestedProperties": [{ "name": "content", "dataType": ["text"] }] },
    ] })
}

fn old(user: &str, content: &str) -> Value {
    json!({
        "timestamp": "2025-06-01T10:00:01.123456Z", "event": "task_result", "user": user,
        "task_id": TASK, "result": { "content": content, "other": null }, "owner": null,
    })
}

fn id(n: u32) -> String {
    format!("01a21009-18d3-4517-9b69-972aa2495f{n:02x}")
}

fn weaviate() -> Weaviate {
    let weaviate = Weaviate::start();
    weaviate.has_class(class());
    for (n, user) in ["auth0|a", "auth0|b", "auth0|a"].into_iter().enumerate() {
        weaviate.put(&id(n as u32), old(user, user));
    }
    weaviate
}

#[actix_web::test]
async fn old_events_belong_to_the_user_of_the_one_issuer() {
    let weaviate = weaviate();
    let gateway = Gateway::with(&weaviate.vars());
    let (a, b) = (gateway.token("auth0|a"), gateway.token("auth0|b"));
    let listed = gateway
        .memory(&a, &format!("task_id={TASK}&event=task_result"))
        .await;
    let results: Vec<_> = listed.iter().map(|event| event["result"].clone()).collect();
    assert_eq!(results, vec![json!({ "content": "auth0|a" }); 2]);
    assert_eq!(
        texts(&listed),
        [r#"{"content":"auth0|a"}"#; 2],
        "to be searched and shown"
    );
    assert_eq!(listed[0]["issuer"], json!(gateway.issuer.url()));
    assert_eq!(gateway.memory(&b, "").await.len(), 1);
    assert_eq!(gateway.memory(&b, "event=document").await.len(), 0);
    let path = format!("{EVENTS}/{}", id(0));
    assert_eq!(gateway.ask(&a, &path).await.status, 200);
    assert_eq!(gateway.ask(&b, &path).await.status, 404);
    assert_eq!(gateway.erase(&b, &path).await.status, 404);
    assert_eq!(gateway.erase(&a, &path).await.status, 204);
    let erased = gateway.erase(&a, "/mem/events?all=true").await;
    assert_eq!(erased.body["erased"], 1);
    assert_eq!(weaviate.objects().into_keys().collect::<Vec<_>>(), [id(1)]);
}

#[actix_web::test]
async fn with_two_issuers_old_events_are_nobodys() {
    let weaviate = weaviate();
    let config = file("[[issuer]]\nurl = 'https://other.example'\naudience = 'us'\n");
    let path = config.path().to_str().unwrap();
    let vars = [&weaviate.vars()[..], &[("ATTACH_CONFIG", path)]].concat();
    let gateway = Gateway::with(&vars);
    let token = gateway.token("auth0|a");
    assert_eq!(gateway.memory(&token, "").await.len(), 0);
    gateway.note(&token, "new").await;
    gateway.forwarded().await;
    assert_eq!(texts(&gateway.memory(&token, "").await), ["new"]);
    let erased = gateway.erase(&token, "/mem/events?all=true").await;
    assert_eq!(erased.body["erased"], 1);
    assert_eq!(weaviate.objects().len(), 3, "the old ones are left alone");
}

#[actix_web::test]
async fn what_has_another_type_there_is_kept_as_text_beside_it() {
    let weaviate = weaviate();
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    let chat = json!({ "input": crate::support::gateway::chat("hi") });
    let task = gateway.send(&token, &chat).await;
    gateway.ended(&token, &task).await;
    let query = format!("task_id={task}");
    let before = gateway.remembers(&token, &query, 4).await;
    gateway.forwarded().await;
    let added = weaviate.class().unwrap();
    let added = added["properties"].as_array().unwrap().iter();
    let added: Vec<_> = added.map(|one| one["name"].as_str().unwrap()).collect();
    for name in [
        "owner",
        "issuer",
        "session_id_text",
        "result_text",
        "text",
        "state",
    ] {
        assert!(added.contains(&name), "{name}: {added:?}");
    }
    let objects = weaviate.objects();
    let result = objects
        .values()
        .find(|object| object["state"] == "done")
        .unwrap();
    assert_eq!(
        (&result["result"], &result["session_id"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(result["result_text"], result["text"]);
    let session = result["session_id_text"].as_str().unwrap();
    assert_eq!(
        gateway.memory(&token, &query).await,
        before,
        "read back as it was"
    );
    let query = format!("session_id={session}");
    assert!(!gateway.memory(&token, &query).await.is_empty());
}

#[actix_web::test]
async fn a_name_of_stop_words_alone_still_finds_its_events() {
    let weaviate = weaviate();
    weaviate.put(&id(9), old("the", "x"));
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("the");
    assert_eq!(gateway.memory(&token, "").await.len(), 1);
    let found = gateway.ask(&token, "/mem/search?q=content").await;
    assert_eq!(
        found.body["data"]["Get"]["MemoryEvent"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[actix_web::test]
async fn a_class_with_tenants_is_refused_in_words() {
    let weaviate = Weaviate::start();
    weaviate
        .has_class(json!({ "class": "MemoryEvent", "multiTenancyConfig": { "enabled": true } }));
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    gateway.note(&token, "one").await;
    assert_eq!(gateway.ask(&token, EVENTS).await.status, 503);
    let standing = gateway.standing().await;
    let away = standing["away"].as_str().unwrap();
    assert!(away.contains("multi-tenancy is on"), "{away}");
    assert_eq!(
        (&standing["waiting"], &standing["set_aside"]),
        (&json!(1), &json!(0))
    );
    assert!(weaviate.objects().is_empty());
}
