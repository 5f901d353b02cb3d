//! The simple face for whoever accepts a stream: the answer while it is written.

use serde_json::{Value, json};

use crate::{
    call::{call, input, read},
    gateway::{
        Answer::{Cut, Status, Text},
        Gateway,
    },
};

const CODE: &str = "fn sort(list: &mut [u8]) { list.sort() }";

async fn asked(url: &str, accept: &'static str) -> reqwest::Response {
    let mut input = input("sort a list", false);
    input.as_object_mut().unwrap().remove("stream");
    let call = call(url, "t").header("accept", accept).json(&input);
    call.send().await.unwrap()
}

async fn accepting(url: &str) -> reqwest::Response {
    asked(url, "application/json, text/event-stream").await
}

/// The data of each event.
async fn heard(response: reqwest::Response) -> Vec<Value> {
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let body = response.text().await.unwrap();
    let events = body
        .split("\n\n")
        .filter_map(|one| one.strip_prefix("data: "));
    events
        .map(|data| serde_json::from_str(data).unwrap_or_else(|_| json!(data)))
        .collect()
}

fn words(event: &Value) -> Option<&str> {
    event.pointer("/choices/0/delta/content")?.as_str()
}

#[actix_web::test]
async fn the_code_is_read_while_it_is_written() {
    let (_gateway, _, coder) = Gateway::with_agents([Text(CODE)]);
    let events = heard(accepting(&coder).await).await;

    let said: Vec<_> = events.iter().filter_map(words).collect();
    assert!(said.len() > 2, "not at once: {said:?}");
    assert_eq!(said.concat(), CODE);
    assert!(
        events
            .iter()
            .all(|event| event["id"] == "chatcmpl-t" || *event == "[DONE]")
    );
    let [.., last, done] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(done, "[DONE]");
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    assert_eq!(last["model"], "m");
    assert_eq!(last["usage"]["total_tokens"], 5);
    let attach = json!({ "plan_id": null, "code_id": "doc-0", "reused": [] });
    assert_eq!(last["attach"], attach);
}

#[actix_web::test]
async fn the_planner_passes_on_what_the_coder_writes() {
    let update = |text: &str, append: bool| {
        let artifact = json!({ "artifactId": "answer", "parts": [{ "text": text }] });
        json!({ "artifact": artifact, "append": append })
    };
    let (gateway, planner, _) = Gateway::with_agents([Text("1. sort"), Text(CODE)]);
    gateway.tells([update("fn sort(list", false), update(": &mut [u8])", true)]);
    let events = heard(accepting(&planner).await).await;

    let said: Vec<_> = events.iter().filter_map(words).collect();
    assert_eq!(said, ["fn sort(list", ": &mut [u8])", " { list.sort() }"]);
    let attach = json!({
        "plan_id": "doc-0", "code_id": "doc-1", "reused": [], "coder_task_id": "task-0",
    });
    assert_eq!(events[events.len() - 2]["attach"], attach);
    let handed = &gateway.seen("/a2a/tasks/send")[0].body["input"];
    assert!(handed.get("stream").is_none(), "the same in each attempt");
}

#[actix_web::test]
async fn what_begins_anew_ends_the_stream_and_the_next_attempt_is_in_one_piece() {
    let answers = [Text("1. sort"), Text(CODE), Text("1. sort")];
    let (gateway, planner, _) = Gateway::with_agents(answers);
    let artifact = json!({ "artifactId": "answer", "parts": [{ "text": "fn other()" }] });
    gateway.tells([json!({ "artifact": artifact })]);
    let events = heard(accepting(&planner).await).await;
    assert_eq!(words(&events[0]), Some("fn other()"));
    let why = "the answer became another one while it was written";
    assert_eq!(events[1..], [json!({ "error": { "message": why } })]);

    let (status, answer) = read(asked(&planner, "*/*").await).await;
    assert_eq!(
        (status, answer["choices"][0]["message"]["content"].as_str()),
        (200, Some(CODE))
    );
}

#[actix_web::test]
async fn a_failure_has_its_status_before_the_first_word_and_is_an_error_after_it() {
    let (_gateway, _, coder) = Gateway::with_agents([Status(429), Cut("fn ")]);
    let (status, _) = read(accepting(&coder).await).await;
    assert_eq!(status, 429);

    let events = heard(accepting(&coder).await).await;
    assert_eq!(words(&events[0]), Some("fn "));
    let why = "could not ask the model: the stream ended before the model's answer did";
    assert_eq!(events[1..], [json!({ "error": { "message": why } })]);
}
