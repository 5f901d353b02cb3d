//! Which version is spoken.

use serde_json::json;

use crate::support::{
    a2a::{Asker, hello},
    asking::whole,
    gateway::Gateway,
};

#[actix_web::test]
async fn words_of_1_0_want_its_version_said_with_any_patch() {
    let gateway = Gateway::start();
    let ada = Asker::new(&gateway, "ada", "chat");
    for (version, code) in [
        ("1.0", -32001),
        ("1.0.5", -32001),
        ("", -32009),
        ("0.3", -32009),
        ("0.2", -32009),
        ("2.0", -32009),
        ("nonsense", -32009),
    ] {
        let headers = [("a2a-version", version)];
        let answer = ada
            .rpc_response("GetTask", json!({ "id": "x" }), &headers)
            .await;
        let answer = whole(answer).await;
        assert_eq!(answer.body["error"]["code"], code, "{version}");
    }
}

#[actix_web::test]
async fn the_version_may_stand_in_the_query() {
    let gateway = Gateway::start();
    let ada = Asker::new(&gateway, "ada", "chat");
    let url = ada.at("/tasks?A2A-Version=1.0");
    let answer = gateway
        .client
        .get(url)
        .bearer_auth(&ada.token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let url = ada.at("/tasks");
    let answer = gateway
        .client
        .get(url)
        .bearer_auth(&ada.token)
        .send()
        .await
        .unwrap();
    let answer = whole(answer).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.body["error"]["details"][0]["reason"],
        "VERSION_NOT_SUPPORTED"
    );
}

#[actix_web::test]
async fn the_gateways_own_chat_is_an_agent_too() {
    let gateway = Gateway::start();
    let ada = Asker::new(&gateway, "ada", "chat");
    let task = ada.result("SendMessage", hello("m")).await["task"].clone();
    assert_eq!(task["status"]["state"], "TASK_STATE_COMPLETED");
    assert_eq!(task["artifacts"][0]["parts"], json!([{ "text": "hello" }]));
}
