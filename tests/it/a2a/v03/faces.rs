//! What one face made, every other shows alike.

use serde_json::{Value, json};

use super::world::{CHAT, Old, answering, hello, rest_hello};
use crate::support::{a2a, a2a::Asker, gateway::Gateway};

/// Id, context and state of a task, and what it came to.
#[derive(Debug, PartialEq)]
struct Seen {
    id: Value,
    context: Value,
    state: String,
    artifact: Value,
    text: Value,
    said: Option<Value>,
}

/// What a task says in any face.
fn seen(task: &Value) -> Seen {
    let state = task["status"]["state"].as_str().unwrap().to_lowercase();
    let (artifact, first) = (&task["artifacts"][0], &task["history"][0]);
    let parts = first.get("parts").or(first.get("content")).unwrap();
    Seen {
        id: task["id"].clone(),
        context: task["contextId"].clone(),
        state: state.trim_start_matches("task_state_").to_owned(),
        artifact: artifact["artifactId"].clone(),
        text: artifact["parts"][0]["text"].clone(),
        said: parts[0].get("text").cloned(),
    }
}

async fn made(gateway: &Gateway) -> Vec<Value> {
    let (old, new) = (
        Old::new(gateway, "ada"),
        Asker::new(gateway, "ada", "coder"),
    );
    let plain = json!({ "target": "coder", "input": { "messages": [] } });
    let plain = gateway.send(&new.token, &plain).await;
    gateway.ended(&new.token, &plain).await;
    let rest = new
        .rest("POST", "/message:send", Some(a2a::hello("m")))
        .await;
    let old_rest = old
        .rest("POST", "/message:send", Some(rest_hello("m")))
        .await;
    vec![
        old.result("message/send", hello("m")).await["id"].clone(),
        old_rest.body["task"]["id"].clone(),
        new.result("SendMessage", a2a::hello("m")).await["task"]["id"].clone(),
        rest.body["task"]["id"].clone(),
        json!(plain),
    ]
}

#[actix_web::test]
async fn a_task_looks_the_same_through_every_face_whichever_made_it() {
    let (gateway, _agent) = answering(CHAT);
    let (old, new) = (
        Old::new(&gateway, "ada"),
        Asker::new(&gateway, "ada", "coder"),
    );
    let made = made(&gateway).await;
    for id in &made {
        let params = json!({ "id": id });
        let path = format!("/tasks/{}", id.as_str().unwrap());
        let first = seen(&new.result("GetTask", params.clone()).await);
        assert_eq!((&first.id, &*first.state), (id, "completed"));
        assert_eq!(first.text, "fn sort()");
        for other in [
            new.rest("GET", &path, None).await.body,
            old.result("tasks/get", params).await,
            old.rest("GET", &path, None).await.body,
        ] {
            assert_eq!(seen(&other), first);
        }
        let status = gateway.status(&new.token, id.as_str().unwrap()).await;
        assert_eq!(status["state"], "done");
    }
    let listed = new.result("ListTasks", json!({})).await;
    assert_eq!(listed["totalSize"], made.len());
    let listed = old.rest("GET", "/tasks", None).await.body;
    assert_eq!(listed["totalSize"], made.len());
}

#[actix_web::test]
async fn a_talk_goes_on_from_one_face_to_the_other() {
    let (gateway, agent) = answering(CHAT);
    let (old, new) = (
        Old::new(&gateway, "ada"),
        Asker::new(&gateway, "ada", "coder"),
    );
    let first = new.result("SendMessage", a2a::hello("m-1")).await["task"].clone();
    let mut next = hello("m-2");
    next["message"]["contextId"] = first["contextId"].clone();
    next["message"]["referenceTaskIds"] = json!([]);
    let second = old.result("message/send", next).await;
    assert_eq!(second["contextId"], first["contextId"]);
    let posted: Value = serde_json::from_slice(&agent.seen()[1].body).unwrap();
    assert_eq!(posted["messages"].as_array().unwrap().len(), 3);
}

#[actix_web::test]
async fn the_same_key_and_request_is_one_task_in_0_3_too() {
    let (gateway, agent) = answering(CHAT);
    let old = Old::new(&gateway, "ada");
    let key = [("idempotency-key", "k-1")];
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = old.rpc_with("message/send", hello("m"), &key).await;
        let answer: Value = answer.json().await.unwrap();
        ids.push(answer["result"]["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(agent.seen().len(), 1);
}
