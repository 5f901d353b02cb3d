//! Reading one's own events back.

use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    asking::id_of,
    gateway::{Gateway, chat},
};

async fn write(gateway: &Gateway, token: &str, text: &str) -> String {
    let document = json!({ "text": text });
    id_of(&gateway.tell(token, "/mem/events", &document).await)
}

fn ids(events: &[Value]) -> Vec<String> {
    let id = |event: &Value| event["_additional"]["id"].as_str().unwrap().to_owned();
    events.iter().map(id).collect()
}

#[actix_web::test]
async fn events_come_in_the_shape_old_clients_read() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let empty = gateway.ask(&token, "/mem/events").await.body;
    let shape = json!({ "data": { "Get": { "MemoryEvent": [] } }, "next": null });
    assert_eq!(empty, shape);
    let id = write(&gateway, &token, "a").await;
    let list = gateway.ask(&token, "/mem/events").await.body;
    let event = &list["data"]["Get"]["MemoryEvent"][0];
    assert_eq!(event["_additional"], json!({ "id": id }));
    assert_eq!(
        (&event["event"], &event["user"]),
        (&json!("document"), &json!("ada"))
    );
    let mut flat = gateway.ask(&token, &format!("/mem/events/{id}")).await.body;
    flat["_additional"] = json!({ "id": id });
    assert_eq!(*event, flat, "one event reads the same alone");
}

#[actix_web::test]
async fn pages_are_newest_first_and_before_leads_through_all() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let mut written = Vec::new();
    for n in 0..12 {
        written.push(write(&gateway, &token, &n.to_string()).await);
    }
    written.reverse();
    let first = gateway.ask(&token, "/mem/events").await.body;
    let events = first["data"]["Get"]["MemoryEvent"].as_array().unwrap();
    assert_eq!(ids(events), written[..10], "ten by default");
    let next = first["next"].as_str().unwrap();
    for before in [next, &written[9]] {
        let path = format!("/mem/events?before={before}");
        let second = gateway.ask(&token, &path).await.body;
        let events = second["data"]["Get"]["MemoryEvent"].as_array().unwrap();
        assert_eq!(ids(events), written[10..], "after {before}");
        assert_eq!(second["next"], json!(null));
    }
    let exact = gateway.ask(&token, "/mem/events?limit=12").await.body;
    assert_eq!(exact["next"], json!(null), "nothing follows");
    assert_eq!(ids(&gateway.memory(&token, "limit=1").await), written[..1]);
}

#[actix_web::test]
async fn the_limit_has_bounds_and_ids_are_ids() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    for (query, status) in [
        ("limit=1", 200),
        ("limit=100", 200),
        ("limit=0", 400),
        ("limit=101", 400),
        ("limit=-1", 400),
        ("limit=ten", 400),
        ("before=yesterday", 400),
        ("task_id=mine", 400),
        ("event=nonsense", 400),
    ] {
        let answer = gateway.ask(&token, &format!("/mem/events?{query}")).await;
        assert_eq!(answer.status, status, "{query}");
    }
    for id in ["none", "01a21009-18d3-7517-9b69-972aa2495fac", "'or'1"] {
        let answer = gateway.ask(&token, &format!("/mem/events/{id}")).await;
        assert_eq!((answer.status, answer.detail()), (404, "unknown event"));
    }
}

#[actix_web::test]
async fn filters_narrow_by_event_task_and_session() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".into()));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let token = gateway.token("ada");
    let document = write(&gateway, &token, "a").await;
    let answer = gateway
        .tell(&token, "/v1/chat/completions", &chat("hi"))
        .await;
    let session = answer.header("x-attach-session-id").unwrap();
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    gateway.ended(&token, &id).await;
    let all = gateway.remembers(&token, "limit=100", 5).await;
    assert_eq!(all.len(), 5);
    for (query, count) in [
        ("event=document".to_owned(), 1),
        ("event=prompt".to_owned(), 1),
        ("event=response".to_owned(), 1),
        (format!("task_id={id}"), 2),
        (format!("task_id={id}&event=task_sent"), 1),
        (format!("session_id={session}"), 5),
        (format!("session_id={session}x"), 0),
        (format!("before={document}"), 0),
    ] {
        let found = gateway.memory(&token, &query).await;
        assert_eq!(found.len(), count, "{query}");
    }
}

#[actix_web::test]
async fn a_kind_that_is_none_is_refused_with_those_there_are() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let kinds = "event: write one of prompt, response, task_sent, task_result, document, log";
    for name in ["plan", "", "Document"] {
        let answer = gateway
            .ask(&token, &format!("/mem/events?event={name}"))
            .await;
        assert_eq!((answer.status, answer.detail()), (400, kinds), "{name}");
    }
}
