//! Documents that people and agents write.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::support::{
    asking::id_of,
    gateway::Gateway,
    scripted::{Place, Scripted},
};

const EVENTS: &str = "/mem/events";

#[actix_web::test]
async fn a_document_is_there_when_it_is_answered() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let document = json!({
        "event": "document", "title": "plan", "text": "1. …", "agent": "me",
        "metadata": { "a": [1, { "b": null }] },
    });
    let written = gateway.tell(&token, EVENTS, &document).await;
    assert_eq!(written.status, 201);
    let id = id_of(&written);
    assert_eq!(written.body, json!({ "id": id }));
    let read = gateway.ask(&token, &format!("{EVENTS}/{id}")).await;
    assert_eq!(read.status, 200);
    for (name, value) in document.as_object().unwrap() {
        assert_eq!(read.body[name], *value, "{name}");
    }
    assert_eq!(read.body["id"], json!(id));
    assert_eq!(read.body["user"], "ada");
    let session = written.header("x-attach-session-id").unwrap();
    assert_eq!(read.body["session_id"], session);
    let timestamp = read.body["timestamp"].as_str().unwrap();
    assert!(timestamp.starts_with("20") && timestamp.ends_with('Z'));
}

#[actix_web::test]
async fn a_second_text_under_one_key_gives_the_first_document() {
    let gateway = Gateway::start();
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let first = json!({ "text": "the first" });
    let second = json!({ "text": "the second" });
    let written = gateway.tell_once(&ada, EVENTS, "k", &first).await;
    assert_eq!(written.status, 201);
    let again = gateway.tell_once(&ada, EVENTS, "k", &second).await;
    assert_eq!((again.status, id_of(&again)), (200, id_of(&written)));
    let path = format!("{EVENTS}/{}", id_of(&written));
    assert_eq!(gateway.ask(&ada, &path).await.body["text"], "the first");
    let bobs = gateway.tell_once(&bob, EVENTS, "k", &second).await;
    assert_eq!(bobs.status, 201);
    let path = format!("{EVENTS}/{}", id_of(&bobs));
    assert_eq!(gateway.ask(&bob, &path).await.body["text"], "the second");
    let unkeyed = gateway.tell(&ada, EVENTS, &first).await;
    assert_eq!(unkeyed.status, 201);
    assert_eq!(gateway.memory(&ada, "").await.len(), 2);
}

#[actix_web::test]
async fn writes_under_one_key_that_arrive_at_once_leave_one_document() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let texts: Vec<Value> = (0..16).map(|n| json!({ "text": format!("{n}") })).collect();
    let writes = texts
        .iter()
        .map(|document| gateway.tell_once(&token, EVENTS, "k", document));
    let answers = futures_util::future::join_all(writes).await;
    let id = id_of(&answers[0]);
    assert!(answers.iter().all(|answer| id_of(answer) == id));
    let created = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(created.count(), 1);
    assert_eq!(gateway.memory(&token, "").await.len(), 1);
}

#[actix_web::test]
async fn what_is_no_document_is_refused_with_the_member_that_is_wrong() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    for (document, status, start) in [
        (json!({}), 422, "text: "),
        (json!({ "text": "" }), 422, "text: "),
        (json!({ "text": null }), 422, "text: "),
        (json!({ "text": "x", "event": "prompt" }), 422, "event: "),
        (
            json!({ "text": "x", "title": "t".repeat(501) }),
            422,
            "title: ",
        ),
        (
            json!({ "text": "x", "agent": "a".repeat(501) }),
            422,
            "agent: at most 500 bytes",
        ),
        (
            json!({ "text": "x", "metadata": vec![1; 40_000] }),
            422,
            "metadata: at most 65536 bytes",
        ),
        (json!({ "text": 7 }), 400, "the body has a member"),
        (
            json!({ "text": "x", "task_id": "none" }),
            400,
            "the body has a member",
        ),
        (
            json!({ "text": "x", "task_id": "01a21009-18d3-7517-9b69-972aa2495fac" }),
            404,
            "unknown task",
        ),
    ] {
        let refused = gateway.tell(&token, EVENTS, &document).await;
        assert_eq!(refused.status, status, "{document}");
        let detail = refused.detail();
        assert!(detail.starts_with(start), "{document}: {detail}");
    }
    assert_eq!(gateway.tell_raw(&token, EVENTS, "{").await.status, 400);
    assert_eq!(gateway.memory(&token, "").await, [] as [Value; 0]);
}

#[actix_web::test]
async fn too_large_a_document_is_refused() {
    let gateway = Gateway::with(&[("MAX_REQUEST_BYTES", "1000")]);
    let token = gateway.token("ada");
    let document = json!({ "text": "x".repeat(1000) });
    let refused = gateway.tell(&token, EVENTS, &document).await;
    assert_eq!(refused.status, 413);
}

#[actix_web::test]
async fn a_persons_document_may_belong_to_a_task_and_shows_in_its_history() {
    let agent = Scripted::start(|_| std::future::pending());
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder")), ("SHUTDOWN_GRACE", "1")]);
    let token = gateway.token("ada");
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&token, &task).await;
    let document = json!({ "title": "note", "text": "hurry", "task_id": id });
    let mem = id_of(&gateway.tell(&token, EVENTS, &document).await);
    let history = gateway.history(&token, &id).await;
    let line = history.iter().find(|line| line["kind"] == "document");
    let data = json!({ "mem_id": mem, "title": "note", "agent": null });
    assert_eq!(line.unwrap()["data"], data);
}

#[actix_web::test]
async fn an_agents_document_belongs_to_its_task_whatever_it_says() {
    let place = Place::default();
    let agent = Scripted::start({
        let place = place.clone();
        move |call| {
            let place = place.clone();
            async move {
                let document = json!({
                    "text": "a plan", "agent": "the boss",
                    "task_id": "01a21009-18d3-7517-9b69-972aa2495fac",
                });
                let (status, written) = place.post(&call, EVENTS, &document).await;
                HttpResponse::Ok().json(json!({ "status": status, "written": written }))
            }
        }
    });
    let gateway = Gateway::with(&[("AGENTS", &agent.named("planner"))]);
    place.set(&gateway.url);
    let token = gateway.token("ada");
    let task = json!({ "target": "planner", "input": {} });
    let id = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &id).await;
    assert_eq!(ended["result"]["status"], 201, "{ended}");
    let query = format!("event=document&task_id={id}");
    let events = gateway.memory(&token, &query).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["agent"], "planner", "by the word of its token");
    assert_eq!(events[0]["session_id"], ended["session_id"]);
    assert_eq!(events[0]["user"], "ada");
}
