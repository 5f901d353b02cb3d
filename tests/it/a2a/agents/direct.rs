//! An agent that answers with a message makes no task, and none is told.

use serde_json::{Value, json};

use super::Hub;
use crate::support::{
    a2a::{Asker, hello},
    a2a_agent::{A2aAgent, Say, events, said, status, task},
    hub::{says, to},
};

/// Answers "hi" with a message, and anything else with a task.
fn chatty() -> A2aAgent {
    A2aAgent::start(|asked| match &*asked.method {
        "SendStreamingMessage" if asked.message()["messageId"] == "hi" => {
            events([json!({ "message": said("m1", "hi") })])
        }
        "SendStreamingMessage" => events([task("WORKING"), status("COMPLETED", Value::Null)]),
        _ => Say::Error(-32001, "task not found"),
    })
}

#[actix_web::test]
async fn a_direct_message_names_its_context_and_no_task() {
    let hub = Hub::of(chatty()).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    let sent = ada.result("SendMessage", hello("hi")).await;
    assert!(sent.get("task").is_none());
    let message = &sent["message"];
    assert_eq!(message["parts"], json!([{ "text": "hi" }]));
    assert!(message.get("taskId").is_none(), "{message}");
    assert!(message["contextId"].is_string());
    let mut stream = ada.stream("SendStreamingMessage", hello("hi"), None).await;
    let first = stream.next().await.unwrap().data;
    assert!(
        first["result"]["message"].get("taskId").is_none(),
        "{first}"
    );
    assert!(stream.next().await.is_none());
    let rest = ada.rest("POST", "/message:send", Some(hello("hi"))).await;
    assert!(rest.body["message"].get("taskId").is_none());
    let old = [("a2a-version", "0.3")];
    let params = json!({ "message": { "kind": "message", "messageId": "hi", "role": "user",
        "parts": [{ "kind": "text", "text": "x" }] } });
    let answer = ada.rpc_response("message/send", params, &old).await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["result"]["kind"], "message");
    assert!(answer["result"].get("taskId").is_none(), "{answer}");
    let grpc = hub.gateway.hub("ada").await;
    let mut request = to("helper", says("x"));
    request.message.as_mut().unwrap().message_id = "hi".to_owned();
    let request = grpc.request(request);
    let sent = grpc.client.clone().send_message(request).await.unwrap();
    let a2a_pb::proto::send_message_response::Payload::Message(message) =
        sent.into_inner().payload.unwrap()
    else {
        panic!("no message")
    };
    assert_eq!(message.task_id, "");
}

#[actix_web::test]
async fn lists_and_their_totals_leave_it_out_and_the_simple_face_shows_it() {
    let hub = Hub::of(chatty()).await;
    let ada = Asker::new(&hub.gateway, "ada", "helper");
    for id in ["hi", "m", "hi", "n", "hi"] {
        ada.result("SendMessage", hello(id)).await;
    }
    let listed = ada.result("ListTasks", json!({ "pageSize": 1 })).await;
    assert_eq!(listed["totalSize"], 2);
    let next = json!({ "pageSize": 1, "pageToken": listed["nextPageToken"] });
    let second = ada.result("ListTasks", next).await;
    assert_eq!(second["tasks"].as_array().unwrap().len(), 1);
    assert_eq!(second["nextPageToken"], "");
    assert_ne!(second["tasks"][0]["id"], listed["tasks"][0]["id"]);
    let simple = hub.gateway.ask(&hub.token, "/a2a/tasks").await.body;
    assert_eq!(simple["tasks"].as_array().unwrap().len(), 5);
}
