//! HTTP+JSON of 0.3, under `/v1`.

use serde_json::json;

use super::world::{CHAT, Old, answering, rest_hello, waiting};
use crate::support::{asking::whole, scripted::Gate, sse::Events};

#[actix_web::test]
async fn every_operation_has_its_path() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let sent = ada
        .rest("POST", "/message:send", Some(rest_hello("m")))
        .await;
    assert_eq!(sent.status, 200);
    let task = &sent.body["task"];
    assert_eq!(task["status"]["state"], "TASK_STATE_COMPLETED");
    assert_eq!(
        task["artifacts"][0]["parts"],
        json!([{ "text": "fn sort()" }])
    );
    assert_eq!(
        task["history"],
        json!([{
            "messageId": "m", "role": "ROLE_USER", "content": [{ "text": "hello" }],
            "taskId": task["id"], "contextId": task["contextId"],
        }])
    );
    let id = task["id"].as_str().unwrap();
    let path = format!("/tasks/{id}?historyLength=0");
    assert_eq!(ada.rest("GET", &path, None).await.body, *task);
    let listed = ada.rest("GET", "/tasks?pageSize=1&includeArtifacts=true", None);
    let listed = listed.await.body;
    assert_eq!(listed["tasks"][0]["artifacts"], task["artifacts"]);
    assert_eq!(
        (&listed["totalSize"], &listed["nextPageToken"]),
        (&json!(1), &json!(""))
    );
    let answer = ada
        .rest("POST", &format!("/tasks/{id}:cancel"), Some(json!({})))
        .await;
    let kind = &answer.body["type"];
    assert_eq!(
        (answer.status, kind),
        (400, &json!("TaskNotCancelableError"))
    );
    for method in ["GET", "POST"] {
        let path = format!("/tasks/{id}:subscribe");
        let told = Events::of(ada.rest_with(method, &path, None, &[]).await);
        let told = told.rest().await;
        assert_eq!((told.len(), &told[0].data["task"]["id"]), (1, &task["id"]));
    }
}

#[actix_web::test]
async fn a_canceled_task_has_two_ls_here() {
    let gate = Gate::closed();
    let (gateway, _agent) = waiting(&gate);
    let ada = Old::new(&gateway, "ada");
    let id = ada.sent("m").await;
    let canceled = ada.rest("POST", &format!("/tasks/{id}:cancel"), None).await;
    assert_eq!(canceled.body["status"]["state"], "TASK_STATE_CANCELLED");
    let listed = ada
        .rest("GET", "/tasks?status=TASK_STATE_CANCELLED", None)
        .await;
    assert_eq!(
        listed.body["tasks"][0]["status"]["state"],
        "TASK_STATE_CANCELLED"
    );
}

#[actix_web::test]
async fn one_that_blocks_is_waited_for_and_one_that_does_not_say_so_is_not() {
    let gate = Gate::closed();
    let (gateway, _agent) = waiting(&gate);
    let ada = Old::new(&gateway, "ada");
    let mut body = rest_hello("m");
    // Writers of ProtoJSON leave out what is false.
    body["configuration"] = json!({});
    let task = ada.rest("POST", "/message:send", Some(body)).await.body["task"].clone();
    let state = task["status"]["state"].as_str().unwrap();
    assert!(
        state == "TASK_STATE_SUBMITTED" || state == "TASK_STATE_WORKING",
        "{state}"
    );
    gate.open();
    for configuration in [json!({ "blocking": true }), json!(null)] {
        let mut body = rest_hello("m");
        body["configuration"] = configuration;
        let answer = ada.rest("POST", "/message:send", Some(body)).await;
        let state = &answer.body["task"]["status"]["state"];
        assert_eq!(state, "TASK_STATE_COMPLETED");
    }
}

#[actix_web::test]
async fn a_stream_is_told_in_proto_json() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    let stream = ada.rest_with("POST", "/message:stream", Some(rest_hello("m")), &[]);
    let told = Events::of(stream.await).rest().await;
    assert_eq!(
        told[0].data["task"]["history"][0]["content"][0]["text"],
        "hello"
    );
    let artifact = told
        .iter()
        .find_map(|event| event.data.get("artifactUpdate"));
    assert_eq!(
        artifact.unwrap()["artifact"]["parts"],
        json!([{ "text": "fn sort()" }])
    );
    let last = &told.last().unwrap().data["statusUpdate"];
    assert_eq!(
        (&last["status"]["state"], &last["final"]),
        (&json!("TASK_STATE_COMPLETED"), &json!(true))
    );
    let finals = told
        .iter()
        .filter(|event| event.data["statusUpdate"]["final"] == true);
    assert_eq!(finals.count(), 1);
}

#[actix_web::test]
async fn a_file_goes_and_comes_as_its_client_encodes_it() {
    for (agent, bytes) in [("curl/8", "dGNr"), ("python-httpx/0.28.1", "ZEdOcg==")] {
        let (gateway, peer) = answering(CHAT);
        let ada = Old::new(&gateway, "ada");
        let mut body = rest_hello("m");
        let file = json!({ "fileWithBytes": bytes, "mimeType": "text/plain", "name": "t.txt" });
        let content = json!([{ "file": file }, { "data": { "data": { "n": 7 } } }]);
        body["message"]["content"] = content.clone();
        let headers = [("user-agent", agent)];
        let answer = ada
            .rest_with("POST", "/message:send", Some(body), &headers)
            .await;
        let task = whole(answer).await.body["task"].clone();
        assert_eq!(task["history"][0]["content"], content, "{agent}");
        let posted: serde_json::Value = serde_json::from_slice(&peer.seen()[0].body).unwrap();
        assert_eq!(
            posted["messages"][0]["content"], "tck\n{\"n\":7}",
            "{agent}"
        );
    }
}

#[actix_web::test]
async fn no_version_is_needed_and_that_of_1_0_is_refused() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    for (version, status) in [("", 200), ("0.3", 200), ("1.0", 400), ("7.0", 400)] {
        let said = [("a2a-version", version)];
        let answer = ada.rest_with("GET", "/tasks", None, &said);
        let answer = whole(answer.await).await;
        assert_eq!(answer.status, status, "{version}");
        if status == 400 {
            let reason = &answer.body["error"]["details"][0]["reason"];
            assert_eq!(reason, "VERSION_NOT_SUPPORTED");
        }
    }
}

#[actix_web::test]
async fn an_answer_is_plain_json_whatever_was_asked_for() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    for accept in ["*/*", "application/a2a+json"] {
        for path in ["/tasks", "/tasks/none"] {
            let answer = ada
                .rest_with("GET", path, None, &[("accept", accept)])
                .await;
            assert_eq!(answer.headers()["content-type"], "application/json");
            assert_eq!(answer.headers()["cache-control"], "no-store");
        }
    }
}

#[actix_web::test]
async fn nothing_else_is_a_path_and_nothing_else_a_body() {
    let (gateway, _agent) = answering(CHAT);
    let ada = Old::new(&gateway, "ada");
    for (method, path) in [
        ("GET", "/message:send"),
        ("POST", "/tasks"),
        ("GET", "/extendedAgentCard"),
        ("GET", "/coder/tasks"),
        ("POST", "/card"),
        ("GET", "/"),
    ] {
        assert_eq!(ada.rest(method, path, None).await.status, 404, "{path}");
    }
    for (body, kind) in [
        (json!([]), "InvalidRequestError"),
        (json!({}), "InvalidParamsError"),
    ] {
        let answer = ada.rest("POST", "/message:send", Some(body)).await;
        assert_eq!((answer.status, &answer.body["type"]), (400, &json!(kind)));
    }
    let answer = ada.rest("POST", "/message:send", None).await;
    assert_eq!(
        (answer.status, &answer.body["type"]),
        (400, &json!("JSONParseError"))
    );
}
