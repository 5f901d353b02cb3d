//! Lists: pages, filters, order.

use serde_json::{Value, json};

use crate::support::{
    a2a::{Asker, hello, text},
    agent::{Act, Agent},
    gateway::Gateway,
};

fn ids(listed: &Value) -> Vec<String> {
    let tasks = listed["tasks"].as_array().unwrap().iter();
    tasks
        .map(|task| task["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn filled(count: usize) -> (Gateway, Agent) {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".to_owned()));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let ada = Asker::new(&gateway, "ada", "coder");
    for n in 0..count {
        ada.result("SendMessage", hello(&format!("m-{n}"))).await;
    }
    (gateway, agent)
}

#[actix_web::test]
async fn pages_join_into_the_whole_list_the_last_changed_first() {
    let (gateway, _agent) = filled(7).await;
    let ada = Asker::new(&gateway, "ada", "coder");
    let whole = ada.result("ListTasks", json!({})).await;
    assert_eq!(
        (&whole["nextPageToken"], &whole["pageSize"]),
        (&json!(""), &json!(50))
    );
    let moments: Vec<_> = whole["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["status"]["timestamp"].as_str().unwrap().to_owned())
        .collect();
    assert!(moments.is_sorted_by(|a, b| a >= b), "{moments:?}");
    let (mut joined, mut token) = (Vec::new(), String::new());
    loop {
        let page = ada
            .result("ListTasks", json!({ "pageSize": 3, "pageToken": token }))
            .await;
        assert_eq!(
            (&page["totalSize"], &page["pageSize"]),
            (&json!(7), &json!(3))
        );
        joined.extend(ids(&page));
        token = page["nextPageToken"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(joined, ids(&whole));
}

#[actix_web::test]
async fn a_size_out_of_bounds_and_a_token_of_nobody_are_refused() {
    let (gateway, _agent) = filled(0).await;
    let ada = Asker::new(&gateway, "ada", "coder");
    for params in [
        json!({ "pageSize": 0 }),
        json!({ "pageSize": 101 }),
        json!({ "pageToken": "x" }),
        json!({ "pageToken": "MTIuYWJj" }),
        json!({ "historyLength": -1 }),
        json!({ "status": "TASK_STATE_DONE" }),
        json!({ "statusTimestampAfter": "today" }),
    ] {
        assert_eq!(
            ada.refused("ListTasks", params.clone()).await.0,
            -32602,
            "{params}"
        );
    }
    let answer = ada.rest("GET", "/tasks?status=nonsense", None).await;
    assert_eq!(answer.status, 400);
}

#[actix_web::test]
async fn filters_keep_what_they_say() {
    let (gateway, _agent) = filled(2).await;
    let ada = Asker::new(&gateway, "ada", "coder");
    let mut message = text("m", "hi");
    message["contextId"] = json!("talk");
    let sent = ada
        .result("SendMessage", json!({ "message": message }))
        .await;
    let at = sent["task"]["status"]["timestamp"].clone();
    for (filter, count) in [
        (json!({ "contextId": "talk" }), 1),
        (json!({ "status": "TASK_STATE_COMPLETED" }), 3),
        (json!({ "status": 3 }), 3),
        (json!({ "status": "TASK_STATE_WORKING" }), 0),
        (
            json!({ "statusTimestampAfter": at, "context_id": "talk" }),
            1,
        ),
        (json!({ "statusTimestampAfter": "2100-01-01T00:00:00Z" }), 0),
    ] {
        let listed = ada.result("ListTasks", filter.clone()).await;
        assert_eq!(listed["totalSize"], count, "{filter}");
    }
}

#[actix_web::test]
async fn artifacts_and_history_are_there_when_asked_for() {
    let (gateway, _agent) = filled(1).await;
    let ada = Asker::new(&gateway, "ada", "coder");
    let bare = ada.result("ListTasks", json!({})).await["tasks"][0].clone();
    assert!(
        bare.get("artifacts").is_none() && bare.get("history").is_none(),
        "{bare}"
    );
    let path = "/tasks?includeArtifacts=true&historyLength=1";
    let full = ada.rest("GET", path, None).await.body["tasks"][0].clone();
    assert_eq!(full["artifacts"].as_array().unwrap().len(), 1);
    assert_eq!(full["history"][0]["messageId"], "m-0");
}

#[actix_web::test]
async fn a_page_of_large_tasks_ends_early_and_the_next_goes_on() {
    let large = format!("{{\"text\":\"{}\"}}", "x".repeat(3 << 20));
    let agent = Agent::start(Act::Raw(200, "application/json", large));
    let agents = format!("coder={}/api/chat", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let ada = Asker::new(&gateway, "ada", "coder");
    for n in 0..5 {
        ada.result("SendMessage", hello(&format!("m-{n}"))).await;
    }
    let bare = ada.result("ListTasks", json!({})).await;
    assert_eq!((ids(&bare).len(), &bare["nextPageToken"]), (5, &json!("")));
    let (mut joined, mut sizes, mut token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let params = json!({ "includeArtifacts": true, "pageToken": token });
        let page = ada.result("ListTasks", params).await;
        assert_eq!(page["totalSize"], 5);
        sizes.push(ids(&page).len());
        joined.extend(ids(&page));
        token = page["nextPageToken"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(joined, ids(&bare));
    assert_eq!(sizes, [3, 2], "three are more than 8 MiB");
}
