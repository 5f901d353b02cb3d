//! A full disk: bodies leave memory before metadata, nothing is accepted that is
//! not kept, chats go on, and so does everything once there is room.

use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    eventually,
    gateway::{Gateway, chat},
    key::with,
};

const FULL: &str = "the store cannot be written now";

/// More than a page, so that it needs a new one.
fn long() -> String {
    "word ".repeat(4_000)
}

async fn dropped(gateway: &Gateway) -> (i64, i64) {
    let detail = gateway.raw("GET /readyz", &[]).await.json()["detail"].clone();
    let count = |what: &str| detail["memory_dropped"][what].as_i64().unwrap();
    (count("bodies"), count("events"))
}

async fn chatted(gateway: &Gateway, token: &str, text: &str) {
    let path = "/v1/chat/completions";
    let answer = gateway.tell(token, path, &chat(text)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

async fn series(gateway: &Gateway) -> String {
    let claims = gateway.issuer.claims("boss");
    let token = gateway
        .issuer
        .sign(&with(&claims, "scope", json!("metrics:read")));
    gateway.get(&token, "/metrics").await.text().await.unwrap()
}

#[actix_web::test]
async fn a_chat_is_answered_and_remembered_without_its_text() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    chatted(&gateway, &token, "before").await;
    gateway.remembers(&token, "", 2).await;
    gateway.disk_is_full(true).await;
    chatted(&gateway, &token, &long()).await;
    let events = gateway.remembers(&token, "", 4).await;
    for (event, kind) in events.iter().zip(["response", "prompt"]) {
        assert_eq!(
            (&event["event"], &event["dropped"]),
            (&json!(kind), &json!("disk full"))
        );
        assert_eq!(event.get("text"), None, "{event}");
        assert!(
            event["request_id"].is_string() && event["tokens"].is_u64(),
            "{event}"
        );
    }
    assert_eq!(dropped(&gateway).await, (2, 0));
    let found = gateway.ask(&token, "/mem/search?q=before").await;
    assert_eq!(found.status, 200, "reading goes on: {}", found.body);
    gateway.disk_is_full(false).await;
    chatted(&gateway, &token, "after").await;
    let events = gateway.remembers(&token, "", 6).await;
    assert_eq!(
        (&events[1]["text"], events[1].get("dropped")),
        (&json!("after"), None)
    );
}

#[actix_web::test]
async fn what_is_not_kept_is_not_accepted() {
    let agent = Agent::start(Act::Text("done"));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let token = gateway.token("ada");
    gateway.disk_is_full(true).await;
    let requests = [
        (
            "/a2a/tasks/send",
            json!({ "target": "coder", "input": long() }),
        ),
        ("/mem/events", json!({ "text": long() })),
        (
            "/v1/logs",
            json!({ "run_id": "r", "level": "info", "message": long() }),
        ),
    ];
    for (path, body) in &requests {
        let answer = gateway.tell(&token, path, body).await;
        assert_eq!((answer.status, answer.detail()), (503, FULL), "{path}");
        assert!(answer.header("retry-after").is_some(), "{path}");
    }
    let tasks = gateway.ask(&token, "/a2a/tasks").await;
    assert_eq!(tasks.body["tasks"], json!([]));
    assert_eq!(gateway.memory(&token, "").await, Vec::<Value>::new());
    assert!(agent.seen().is_empty());

    gateway.disk_is_full(false).await;
    for (path, body) in &requests {
        let answer = gateway.tell(&token, path, body).await;
        assert!(
            (200..300).contains(&answer.status),
            "{path}: {}",
            answer.body
        );
    }
    gateway.remembers(&token, "", 4).await;
}

#[actix_web::test]
async fn chats_go_on_when_nothing_fits_and_their_bills_are_kept_until_something_does() {
    const MOST: i64 = 400;
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    gateway.disk_is_full(true).await;
    let mut chats = 0;
    // What is left of the last pages is used up first.
    while dropped(&gateway).await.1 == 0 || gateway.rows().await.0 == chats {
        chatted(&gateway, &token, &long()).await;
        chats += 1;
        assert!(chats < MOST, "it never fills up");
    }
    eventually("the counts are shown to scrapers, too", async || {
        let (bodies, events) = dropped(&gateway).await;
        let series = series(&gateway).await;
        let line = |what, n| format!("attach_memory_dropped_total{{what=\"{what}\"}} {n}\n");
        let shown = series.contains(&line("bodies", bodies));
        (shown && series.contains(&line("events", events))).then_some(())
    })
    .await;
    gateway.disk_is_full(false).await;
    eventually("every bill is written", async || {
        (gateway.rows().await.0 == chats).then_some(())
    })
    .await;
    chatted(&gateway, &token, "after").await;
    eventually("each event is in memory or was counted", async || {
        let (kept, lost) = (gateway.rows().await.1, dropped(&gateway).await.1);
        (kept + lost == 2 * (chats + 1)).then_some(())
    })
    .await;
    let newest = gateway.memory(&token, "limit=1").await;
    assert_eq!(newest[0]["text"], "hello", "memory goes on");
}

#[actix_web::test]
async fn with_strict_no_answer_ends_before_there_is_room_for_its_bill() {
    let gateway = Gateway::with(&[("USAGE_DURABILITY", "strict")]);
    let token = gateway.token("ada");
    gateway.disk_is_full(true).await;
    let path = "/v1/chat/completions";
    let mut chats = 0;
    let refused = loop {
        let answer = gateway.tell(&token, path, &chat(&long())).await;
        chats += 1;
        match answer.status {
            // Its bill fitted into a page that is there.
            200 => assert!(chats < 400 && gateway.rows().await.0 == chats),
            _ => break answer,
        }
    };
    assert_eq!((refused.status, refused.detail()), (503, FULL));
    gateway.disk_is_full(false).await;
    eventually("its bill is written all the same", async || {
        (gateway.rows().await.0 == chats).then_some(())
    })
    .await;
    assert_eq!(gateway.tell(&token, path, &chat("hi")).await.status, 200);
}
