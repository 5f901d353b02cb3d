//! One's own tasks, newest first.

use serde_json::{Value, json};

use crate::support::{
    agent::{Act, Agent},
    gateway::Gateway,
};

fn ids(list: &Value) -> Vec<&str> {
    let tasks = list["tasks"].as_array().unwrap();
    tasks
        .iter()
        .map(|t| t["task_id"].as_str().unwrap())
        .collect()
}

#[actix_web::test]
async fn pages_are_newest_first_and_the_cursor_leads_through_all() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".into()));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let token = gateway.token("ada");
    let mut sent = Vec::new();
    for n in 0..5 {
        let task = json!({ "target": "coder", "input": { "n": n } });
        sent.push(gateway.send(&token, &task).await);
    }
    sent.reverse();
    let (mut seen, mut path) = (Vec::new(), "/a2a/tasks?limit=2".to_owned());
    let mut pages = 0;
    loop {
        let page = gateway.ask(&token, &path).await.body;
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        pages += 1;
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/a2a/tasks?limit=2&cursor={next}");
    }
    assert_eq!((seen, pages), (sent.clone(), 3));
    let whole = gateway.ask(&token, "/a2a/tasks?limit=5").await.body;
    assert_eq!(ids(&whole).len(), 5);
    assert_eq!(whole["next"], json!(null), "nothing follows");
}

#[actix_web::test]
async fn a_listed_task_looks_as_its_status_does() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{\"x\": 1.0}".into()));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let token = gateway.token("ada");
    let messages = json!([{ "role": "user", "content": "sort a list" }]);
    let task = json!({ "target": "coder", "input": { "messages": messages } });
    let id = gateway.send(&token, &task).await;
    let ended = gateway.ended(&token, &id).await;
    let list = gateway.ask(&token, "/a2a/tasks").await.body;
    let mut listed = list["tasks"][0].clone();
    let title = listed.as_object_mut().unwrap().remove("title");
    assert_eq!(title, Some(json!("sort a list")));
    assert_eq!(listed, ended);
}

#[actix_web::test]
async fn a_state_narrows_the_list() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".into()));
    let silent = Agent::start(Act::Silence);
    let agents = format!(
        "coder={}/api/chat,poet={}/api/chat",
        agent.url(),
        silent.url()
    );
    let gateway = Gateway::with(&[("AGENTS", &agents), ("SHUTDOWN_GRACE", "1")]);
    let token = gateway.token("ada");
    let done = gateway
        .send(&token, &json!({ "target": "coder", "input": {} }))
        .await;
    let running = gateway
        .send(&token, &json!({ "target": "poet", "input": {} }))
        .await;
    let canceled = gateway
        .send(&token, &json!({ "target": "poet", "input": {} }))
        .await;
    gateway.ended(&token, &done).await;
    gateway.reaches(&token, &running, "in_progress").await;
    let path = format!("/a2a/tasks/cancel/{canceled}");
    assert_eq!(gateway.tell(&token, &path, &json!({})).await.status, 200);
    for (state, expected) in [
        ("done", vec![&*done]),
        ("in_progress", vec![&*running]),
        ("error", vec![&*canceled]),
        ("canceled", vec![&*canceled]),
        ("failed", vec![]),
        ("queued", vec![]),
    ] {
        let path = format!("/a2a/tasks?state={state}");
        let list = gateway.ask(&token, &path).await.body;
        assert_eq!(ids(&list), expected, "{state}");
    }
}

#[actix_web::test]
async fn a_query_that_makes_no_sense_is_refused() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    for (query, detail) in [
        ("limit=0", "limit: write 1 to 100"),
        ("limit=101", "limit: write 1 to 100"),
        ("cursor=x", "cursor: not a task id"),
        ("parent=x", "parent: not a task id"),
        (
            "state=sleeping",
            "state: write queued, in_progress, done or error",
        ),
        ("q=", "q: write 1 to 200 characters"),
        ("q=%20", "q: write 1 to 200 characters"),
    ] {
        let answer = gateway.ask(&token, &format!("/a2a/tasks?{query}")).await;
        assert_eq!((answer.status, answer.detail()), (400, detail), "{query}");
    }
    for query in ["limit=many", "limit=-1", "roots=maybe"] {
        let answer = gateway.ask(&token, &format!("/a2a/tasks?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
    }
    let answer = gateway.ask(&token, "/a2a/tasks?limit=100").await;
    assert_eq!(answer.status, 200);
}

#[actix_web::test]
async fn agent_session_words_and_roots_narrow_the_list() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".into()));
    let agents = format!(
        "coder={}/api/chat,poet={}/api/chat",
        agent.url(),
        agent.url()
    );
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let (ada, bob) = (gateway.token("ada"), gateway.token("bob"));
    let coded = json!({ "target": "coder", "input": { "q": "a Quick brown fox" } });
    let coded = gateway.send(&ada, &coded).await;
    let written = json!({ "target": "poet", "input": { "q": "an ode" } });
    let written = gateway.send(&ada, &written).await;
    let bobs = json!({ "target": "poet", "input": { "q": "quick" } });
    let bobs = gateway.send(&bob, &bobs).await;
    let session = gateway.status(&ada, &coded).await["session_id"].clone();
    let session = format!("session={}", session.as_str().unwrap());
    let both = vec![&*written, &*coded];
    for (query, expected) in [
        ("agent=poet", vec![&*written]),
        ("agent=nobody", vec![]),
        (&*session, both.clone()),
        ("session=x", vec![]),
        ("roots=true", both.clone()),
        ("roots=false", both.clone()),
        ("q=FOX%20quick", vec![&*coded]),
        ("q=poet", vec![&*written]),
        ("q=quick%20elegy", vec![]),
        ("q=fox&agent=poet", vec![]),
        (&format!("q={written}"), vec![&*written]),
        (&format!("q={bobs}"), vec![]),
    ] {
        let list = gateway.ask(&ada, &format!("/a2a/tasks?{query}")).await;
        assert_eq!(ids(&list.body), expected, "{query}");
        assert_eq!(list.body["next"], json!(null), "{query}");
        assert_eq!(list.header("cache-control"), Some("no-store"));
    }
    let list = gateway.ask(&ada, "/a2a/tasks?agent=coder").await.body;
    let context = list["tasks"][0]["context_id"].as_str().unwrap();
    assert!(!context.is_empty());
    assert_eq!(list["tasks"][0]["depth"], json!(0));
}
