//! A Weaviate that is away, ill, or none.

use std::time::Duration;

use serde_json::json;

use super::{EVENTS, texts};
use crate::support::{
    blunt::nobody,
    eventually,
    gateway::{Gateway, chat},
    issuer::Issuer,
    served::Served,
    weaviate::{Act, Weaviate},
};

#[actix_web::test]
async fn whatever_it_answers_everything_waits_and_then_arrives_once() {
    for (status, body, told) in [
        (500, "", "answered 500"),
        (503, "<html>", "answered 503"),
        (429, r#"{"error":[{"message":"slow down"}]}"#, "slow down"),
        (
            401,
            r#"{"code":401,"message":"no key"}"#,
            "set WEAVIATE_API_KEY",
        ),
        (404, "", "answered 404"),
        (302, "", "answered 302"),
        (200, "{", "cannot be read"),
        (200, "[]", "other events than were sent"),
        (200, r#"{"errors":[{"message":"x"}]}"#, "cannot be read"),
    ] {
        let weaviate = Weaviate::start();
        weaviate.act(Act::Answer(status, body));
        let gateway = Gateway::with(&weaviate.vars());
        let token = gateway.token("ada");
        gateway.log(&token, &["one", "two"]).await;
        eventually("it was tried twice", async || {
            (weaviate.batches() > 1).then_some(())
        })
        .await;
        let standing = gateway.standing().await;
        assert_eq!(
            (&standing["waiting"], &standing["set_aside"]),
            (&json!(2), &json!(0))
        );
        let away = standing["away"].as_str().unwrap();
        assert!(away.contains(told), "{status} {body}: {away}");
        assert!(!away.contains("127.0.0.1"), "{away}");
        weaviate.act(Act::Well);
        gateway.forwarded().await;
        assert_eq!(weaviate.texts(), ["one", "two"]);
        assert_eq!(gateway.standing().await["away"], json!(null));
    }
}

#[actix_web::test]
async fn what_arrived_before_the_connection_broke_off_is_there_once() {
    let weaviate = Weaviate::start();
    weaviate.act(Act::Cut);
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    let id = gateway.note(&token, "one").await;
    eventually("it was sent twice", async || {
        (weaviate.batches() > 1).then_some(())
    })
    .await;
    assert_eq!(gateway.standing().await["waiting"], 1);
    assert_eq!(gateway.memory(&token, "").await.len(), 1);
    weaviate.act(Act::Well);
    gateway.forwarded().await;
    let there: Vec<_> = weaviate.objects().into_keys().collect();
    assert_eq!(there, [id]);
    assert_eq!(gateway.memory(&token, "").await.len(), 1);
}

#[actix_web::test]
async fn while_it_is_away_writing_goes_on_and_reading_is_told_to_wait() {
    let url = nobody();
    let vars = [
        ("MEM_BACKEND", "sakana"),
        ("WEAVIATE_URL", &*url),
        ("WEAVIATE_API_KEY", "hunter2"),
    ];
    let gateway = Gateway::with(&vars);
    let token = gateway.token("ada");
    let id = gateway.note(&token, "one").await;
    let answered = gateway
        .tell(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    assert_eq!(answered.status, 200);
    let waiting = gateway.ask(&token, &format!("{EVENTS}/{id}")).await;
    assert_eq!(waiting.status, 200, "it is on disk");
    for path in [
        EVENTS,
        "/mem/search?q=one",
        "/mem/events/01a21009-18d3-7517-9b69-972aa2495fac",
    ] {
        let refused = gateway.ask(&token, path).await;
        assert_eq!(refused.status, 503, "{path}");
        assert_eq!(refused.header("retry-after"), Some("5"));
        assert_eq!(refused.body["error"], "memory_unavailable");
        let detail = "memory cannot be reached now; try again in a few seconds";
        assert_eq!(refused.detail(), detail);
    }
    let all = gateway.erase(&token, "/mem/events?all=true").await;
    assert_eq!(all.status, 503);
    let standing = gateway.standing().await;
    assert_eq!(standing["backend"], "weaviate");
    let away = standing["away"].as_str().unwrap();
    assert!(away.contains("cannot be reached"), "{away}");
    assert!(
        !away.contains("hunter2") && !away.contains("127.0.0.1"),
        "{away}"
    );
}

#[actix_web::test]
async fn queries_that_fail_are_no_empty_lists() {
    let weaviate = Weaviate::start();
    let gateway = Gateway::with(&weaviate.vars());
    let token = gateway.token("ada");
    gateway.note(&token, "one").await;
    gateway.forwarded().await;
    for answer in [
        (
            200,
            r#"{"data":{"Get":{"MemoryEvent":null}},"errors":[{"message":"broken"}]}"#,
        ),
        (200, r#"{"errors":[{"message":"Cannot query field"}]}"#),
        (200, "{}"),
        (200, r#"{"data":{"Get":{"MemoryEvent":7}}}"#),
        (200, "junk"),
        (
            422,
            r#"{"error":[{"message":"no graphql provider present"}]}"#,
        ),
        (500, ""),
    ] {
        weaviate.answer_queries(Some(answer));
        for path in [EVENTS, "/mem/search?q=one"] {
            let refused = gateway.ask(&token, path).await;
            assert_eq!(refused.status, 503, "{answer:?}: {}", refused.body);
        }
    }
    weaviate.answer_queries(None);
    assert_eq!(texts(&gateway.memory(&token, "").await), ["one"]);
}

#[actix_web::test]
async fn what_waits_outlives_a_kill_and_arrives_once() {
    let (issuer, data) = (Issuer::start(), tempfile::tempdir().unwrap());
    let weaviate = Weaviate::start();
    weaviate.act(Act::Cut);
    let gateway = Served::start(data.path(), &issuer, &weaviate.vars()).await;
    let lines: Vec<_> = (0..250).map(|n| format!("line {n:03}")).collect();
    let body: serde_json::Value = lines
        .iter()
        .map(|line| json!({ "run_id": "r", "level": "info", "message": line }))
        .collect();
    let request = gateway.client.post(format!("{}/v1/logs", gateway.url));
    let request = request.bearer_auth(&gateway.token).json(&body);
    assert_eq!(request.send().await.unwrap().status(), 202);
    eventually("a batch was sent", async || {
        (weaviate.batches() > 0).then_some(())
    })
    .await;
    gateway.process.kill();
    weaviate.act(Act::Well);
    let gateway = Served::start(data.path(), &issuer, &weaviate.vars()).await;
    eventually("everything is there", async || {
        (weaviate.objects().len() == 250).then_some(())
    })
    .await;
    assert_eq!(weaviate.texts(), lines);
    gateway.process.signal("TERM");
    let ended = gateway.process.wait(Duration::from_secs(10));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
}
