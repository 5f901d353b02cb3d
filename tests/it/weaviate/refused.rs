//! Events that Weaviate does not want.

use serde_json::json;

use super::texts;
use crate::support::{
    eventually,
    gateway::Gateway,
    rows::change,
    weaviate::{Act, Weaviate},
};

const WORDS: &str = "invalid text property";

/// Makes what waits for minutes due now.
async fn hurry(gateway: &Gateway) {
    let sooner = "update memory_outbox set due_at = 1 where due_at > 1 and dead_at is null";
    change(&gateway.data.path().join("attach.db"), sooner).await;
}

#[actix_web::test]
async fn an_event_that_no_batch_survives_waits_alone_and_the_others_arrive() {
    let weaviate = Weaviate::start();
    weaviate.act(Act::Fail("poison"));
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    gateway
        .log(&token, &["one", "two", "poison", "four", "five"])
        .await;
    eventually("the others are there, and it alone waits", async || {
        let is_there = weaviate.objects().len() == 4;
        (is_there && gateway.standing().await["waiting"] == 1).then_some(())
    })
    .await;
    assert_eq!(gateway.standing().await["set_aside"], 0);
    weaviate.act(Act::Well);
    eventually("it comes too", async || {
        hurry(&gateway).await;
        (weaviate.objects().len() == 5).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn without_another_that_was_taken_nobody_is_set_aside() {
    let weaviate = Weaviate::start();
    weaviate.act(Act::Refuse("poison", WORDS));
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    gateway.log(&token, &["poison"]).await;
    eventually("it was tried often", async || {
        hurry(&gateway).await;
        (weaviate.batches() > 6).then_some(())
    })
    .await;
    assert_eq!(gateway.standing().await["set_aside"], 0);
}

async fn set_aside_and_no_other(act: Act) {
    let weaviate = Weaviate::start();
    weaviate.act(act);
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    gateway
        .log(&token, &["one", "two", "poison", "four", "five"])
        .await;
    eventually("the others are there", async || {
        (weaviate.objects().len() == 4).then_some(())
    })
    .await;
    eventually("it is set aside", async || {
        hurry(&gateway).await;
        (gateway.standing().await["set_aside"] == 1).then_some(())
    })
    .await;
    assert_eq!(weaviate.texts(), ["one", "two", "four", "five"]);
    let standing = gateway.standing().await;
    assert_eq!(
        (&standing["waiting"], &standing["away"]),
        (&json!(0), &json!(null))
    );
    let listed = gateway.memory(&token, "").await;
    assert_eq!(texts(&listed), ["five", "four", "poison", "two", "one"]);
    gateway.log(&token, &["six"]).await;
    eventually("what comes later is there too", async || {
        (weaviate.objects().len() == 5).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn an_event_that_is_refused_again_and_again_is_set_aside_and_stops_no_other() {
    set_aside_and_no_other(Act::Refuse("poison", WORDS)).await;
}

#[actix_web::test]
async fn an_event_that_spoils_its_whole_batch_is_set_aside_alone() {
    set_aside_and_no_other(Act::Spoil("poison")).await;
}

#[actix_web::test]
async fn an_event_that_is_refused_once_is_sent_again() {
    let weaviate = Weaviate::start();
    weaviate.act(Act::Refuse("poison", WORDS));
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    gateway.log(&token, &["poison"]).await;
    eventually("it is refused", async || {
        (weaviate.batches() > 0).then_some(())
    })
    .await;
    weaviate.act(Act::Well);
    gateway.forwarded().await;
    assert_eq!(weaviate.texts(), ["poison"]);
    assert_eq!(gateway.standing().await["set_aside"], 0);
}

#[actix_web::test]
async fn a_weaviate_that_is_ill_sets_nobody_aside() {
    let weaviate = Weaviate::start();
    let words = "store is read-only due to: disk usage too high";
    weaviate.act(Act::Refuse("a", words));
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    gateway.log(&token, &["a", "b", "a"]).await;
    eventually("it was tried often", async || {
        (weaviate.batches() > 3).then_some(())
    })
    .await;
    let standing = gateway.standing().await;
    assert_eq!(standing["set_aside"], 0, "{standing}");
    assert!(
        standing["away"]
            .as_str()
            .unwrap()
            .contains("cannot take some events"),
        "{standing}"
    );
    weaviate.act(Act::Well);
    gateway.forwarded().await;
    assert_eq!(weaviate.texts(), ["a", "b", "a"]);
}

#[actix_web::test]
async fn what_weaviate_refuses_is_told_without_its_text() {
    let weaviate = Weaviate::start();
    weaviate.act(Act::Refuse("hunter2", "the given value is 'hunter2'"));
    let (issuer, data) = (
        crate::support::issuer::Issuer::start(),
        tempfile::tempdir().unwrap(),
    );
    let gateway =
        crate::support::served::Served::start(data.path(), &issuer, &weaviate.vars()).await;
    let request = gateway.client.post(format!("{}/mem/events", gateway.url));
    let request = request
        .bearer_auth(&gateway.token)
        .json(&json!({ "text": "hunter2" }));
    assert_eq!(request.send().await.unwrap().status(), 201);
    eventually("it is refused", async || {
        (weaviate.batches() > 0).then_some(())
    })
    .await;
    assert!(!gateway.process.logged().contains("hunter2"));
}
