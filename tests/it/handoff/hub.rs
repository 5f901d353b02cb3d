//! The same team as A2A agents behind the hub.

use serde_json::{Value, json};

use super::{Act, Team, streaming};
use crate::support::a2a::{Asker, hello};

fn team(act: Act) -> Team {
    Team::known_as(|address| format!("a2a+http://{address}"), act, &[])
}

#[actix_web::test]
async fn a_hand_off_is_watched_through_the_hub_from_the_plan_to_the_code() {
    let team = team(streaming());
    let ada = Asker::new(&team.gateway, "ada", "planner");
    let mut stream = ada.stream("SendStreamingMessage", hello("m"), None).await;
    let mut told: Vec<Value> = Vec::new();
    while let Some(event) = stream.next().await {
        told.push(event.data["result"].clone());
    }
    let id = told[0]["task"]["id"].as_str().unwrap();
    let end = &told.last().unwrap()["statusUpdate"];
    assert_eq!(end["status"]["state"], "TASK_STATE_COMPLETED", "{told:?}");
    for name in ["plan", "code"] {
        let updates = told.iter().map(|event| &event["artifactUpdate"]);
        let updates = updates.filter(|update| update["artifact"]["artifactId"] == name);
        let parts = updates.flat_map(|update| update["artifact"]["parts"].as_array().unwrap());
        let texts = parts.map(|part| part["text"].as_str().unwrap());
        assert_eq!(texts.collect::<String>(), "fn sort()", "{name}: {told:?}");
    }
    let children = team.children(&ada.token, id).await;
    assert_eq!(children.len(), 1, "{children:?}");
    let child = &children[0];
    assert_eq!(
        (&child["target"], &child["state"]),
        (&json!("coder"), &json!("done"))
    );
    assert_eq!(end["metadata"]["attach"]["coder_task_id"], child["task_id"]);
    let whole = ada.result("GetTask", json!({ "id": id })).await;
    let names = whole["artifacts"].as_array().unwrap().iter();
    let names: Vec<_> = names
        .map(|one| one["artifactId"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["plan", "code"]);
    let coder = Asker::new(&team.gateway, "ada", "coder");
    let code = coder
        .result("GetTask", json!({ "id": child["task_id"] }))
        .await;
    assert_eq!(code["contextId"], whole["contextId"], "one conversation");
}

#[actix_web::test]
async fn the_simple_face_hands_off_to_it_as_well() {
    let team = team(Act::Text("1. sort"));
    let token = team.gateway.token("ada");
    let id = team.send(&token, false).await;
    let ended = team.gateway.ended(&token, &id).await;
    assert_eq!(ended["state"], "done", "{ended}");
    let artifacts = ended["result"]["artifacts"].as_array().unwrap();
    let code = artifacts.iter().find(|one| one["artifactId"] == "code");
    assert_eq!(code.unwrap()["parts"][0]["text"], "1. sort");
    assert_eq!(team.children(&token, &id).await.len(), 1);
}
