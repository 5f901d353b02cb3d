//! What is one person's is nobody else's, and looks as if it were not there.

use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    asking::{Answer, id_of, whole},
    engine::Engine,
    eventually,
    gateway::{Gateway, chat},
    issuer::{AUDIENCE, Issuer},
    scripted::{Place, Scripted},
};

/// A gateway whose `coder` never answers.
fn silent() -> (Gateway, Agent) {
    let agent = Agent::start(Act::Silence);
    let agents = format!("coder={}/api/chat", agent.url());
    (
        Gateway::with(&[("AGENTS", &agents), ("SHUTDOWN_GRACE", "1")]),
        agent,
    )
}

/// Whether `answer` is byte for byte what an id nobody has is answered with,
/// but for the headers that name the request.
async fn is_unknown(answer: Response, nobody: Response) {
    let (answer, nobody) = (whole(answer).await, whole(nobody).await);
    assert_eq!(answer.status, 404, "{}", answer.body);
    assert_eq!(answer.body, nobody.body);
    let names = |a: &Answer| {
        // Whether the connection is kept depends on when the body arrived.
        let names = a.headers.keys().filter(|name| *name != "connection");
        let mut names: Vec<_> = names.map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(names(&answer), names(&nobody));
}

const NOBODYS: &str = "01a21009-18d3-7517-9b69-972aa2495fac";

#[actix_web::test]
async fn another_persons_task_looks_like_none() {
    let (gateway, _agent) = silent();
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&ada, &task).await;
    gateway.reaches(&ada, &id, "in_progress").await;
    for path in [
        "/a2a/tasks/status/",
        "/a2a/tasks/events/",
        "/a2a/tasks/events/?history=true",
        "/a2a/tasks/status/?wait=20",
    ] {
        let (start, query) = path.split_at(path.find('?').unwrap_or(path.len()));
        let hers = gateway.get(&bob, &format!("{start}{id}{query}")).await;
        let nobodys = gateway.get(&bob, &format!("{start}{NOBODYS}{query}")).await;
        is_unknown(hers, nobodys).await;
    }
}

#[actix_web::test]
async fn another_persons_task_cannot_be_canceled() {
    let (gateway, agent) = silent();
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&ada, &task).await;
    eventually("the agent works", async || {
        (agent.open() == 1).then_some(())
    })
    .await;
    let cancel = |id: &str| format!("/a2a/tasks/cancel/{id}");
    let hers = gateway.post(&bob, &cancel(&id), &json!({})).await;
    let nobodys = gateway.post(&bob, &cancel(NOBODYS), &json!({})).await;
    is_unknown(hers, nobodys).await;
    let status = gateway.status(&ada, &id).await;
    assert_eq!(status["state"], "in_progress");
    assert_eq!(agent.open(), 1);
}

#[actix_web::test]
async fn lists_hold_ones_own_alone() {
    let (gateway, _agent) = silent();
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let task = json!({ "target": "coder", "input": {} });
    let hers = gateway.send(&ada, &task).await;
    for path in [
        "/a2a/tasks".to_owned(),
        format!("/a2a/tasks?parent={hers}"),
        "/a2a/tasks?limit=100&state=in_progress".to_owned(),
    ] {
        let list = gateway.ask(&bob, &path).await.body;
        assert_eq!(list, json!({ "tasks": [], "next": null }), "{path}");
    }
    let his = gateway.send(&bob, &task).await;
    let list = gateway.ask(&bob, "/a2a/tasks").await.body;
    assert_eq!(list["tasks"].as_array().unwrap().len(), 1);
    assert_eq!(list["tasks"][0]["task_id"], json!(his));
}

#[actix_web::test]
async fn another_persons_memory_looks_like_none() {
    let gateway = Gateway::start();
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let document = json!({ "title": "plan", "text": "mine" });
    let id = id_of(&gateway.tell(&ada, "/mem/events", &document).await);
    let hers = gateway.get(&bob, &format!("/mem/events/{id}")).await;
    let nobodys = gateway.get(&bob, &format!("/mem/events/{NOBODYS}")).await;
    is_unknown(hers, nobodys).await;
    let answer = gateway
        .post(&ada, "/v1/chat/completions", &chat("hi"))
        .await;
    let session = answer.headers()["x-attach-session-id"].to_str().unwrap();
    let query = format!("session_id={session}&limit=100");
    gateway.remembers(&ada, &query, 3).await;
    for query in ["limit=100", &query, "event=document", "event=prompt"] {
        assert_eq!(gateway.memory(&bob, query).await, [] as [Value; 0]);
    }
}

#[actix_web::test]
async fn a_document_cannot_be_written_into_another_persons_task() {
    let (gateway, _agent) = silent();
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let task = json!({ "target": "coder", "input": {} });
    let id = gateway.send(&ada, &task).await;
    let document = json!({ "text": "here I am", "task_id": id });
    let refused = gateway.tell(&bob, "/mem/events", &document).await;
    assert_eq!((refused.status, refused.detail()), (404, "unknown task"));
    let kinds = gateway.kinds(&ada, &id).await;
    assert!(!kinds.contains(&"document".to_owned()), "{kinds:?}");
}

#[actix_web::test]
async fn an_agent_sees_its_persons_things_and_no_one_elses() {
    let agent = Scripted::start(|_| std::future::pending());
    let gateway = Gateway::with(&[("AGENTS", &agent.named("coder")), ("SHUTDOWN_GRACE", "1")]);
    let place = Place::default();
    place.set(&gateway.url);
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let document = json!({ "text": "his" });
    let his = id_of(&gateway.tell(&bob, "/mem/events", &document).await);
    let hers = id_of(&gateway.tell(&ada, "/mem/events", &document).await);
    let task = json!({ "target": "coder", "input": {} });
    gateway.send(&ada, &task).await;
    let call = eventually("the agent is called", async || {
        agent.calls().first().cloned()
    })
    .await;
    for (id, status) in [(hers, 200), (his, 404)] {
        let (found, _) = place.get(&call, &format!("/mem/events/{id}")).await;
        assert_eq!(found, status);
    }
}

#[actix_web::test]
async fn the_same_sub_of_two_issuers_is_two_people() {
    let second = Issuer::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("attach.toml");
    let table = format!(
        "[[issuer]]\nurl = \"{}\"\naudience = \"{AUDIENCE}\"\nalgorithms = [\"ES256\"]\n",
        second.url()
    );
    std::fs::write(&file, table).unwrap();
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".into()));
    let agents = format!("coder={}/api/chat", agent.url());
    let engine = Engine::start(Act::Text("hello"));
    let vars = [
        ("ATTACH_CONFIG", file.to_str().unwrap()),
        ("AGENTS", &*agents),
    ];
    let gateway = Gateway::before(engine, &vars);
    let (here, there) = (gateway.token("ada"), second.token("ada"));

    let task = json!({ "target": "coder", "input": {} });
    let send = "/a2a/tasks/send";
    let hers = id_of(&gateway.tell_once(&here, send, "k", &task).await);
    let theirs = id_of(&gateway.tell_once(&there, send, "k", &task).await);
    assert_ne!(hers, theirs, "one key, two people, two tasks");
    gateway.ended(&here, &hers).await;
    gateway.ended(&there, &theirs).await;
    for (token, other) in [(&here, &theirs), (&there, &hers)] {
        let path = format!("/a2a/tasks/status/{other}");
        assert_eq!(gateway.ask(token, &path).await.status, 404);
        let list = gateway.ask(token, "/a2a/tasks").await.body;
        assert_eq!(list["tasks"].as_array().unwrap().len(), 1);
    }
    let document = json!({ "text": "mine" });
    let id = id_of(&gateway.tell(&here, "/mem/events", &document).await);
    let path = format!("/mem/events/{id}");
    assert_eq!(gateway.ask(&there, &path).await.status, 404);
    let read = gateway.ask(&here, &path).await.body;
    assert_eq!(read["issuer"], json!(gateway.issuer.url()));
    let seen = agent.seen();
    let issuers: Vec<_> = seen.iter().map(|s| s.header("x-attach-issuer")).collect();
    assert_ne!(issuers[0], issuers[1], "agents can tell them apart");
    let session = |answer: Response| answer.headers()["x-attach-session-id"].clone();
    let one = session(gateway.get(&here, "/a2a/tasks").await);
    let other = session(gateway.get(&there, "/a2a/tasks").await);
    assert_ne!(one, other, "and they share no session");
}
