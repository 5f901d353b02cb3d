//! The end of a stream that is cut, in every dialect.

use serde_json::{Value, json};

use super::{NDJSON, SSE, answer, events, fed, streaming};

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn named(kind: &str, rest: Value) -> String {
    let mut event = rest;
    event["type"] = json!(kind);
    format!("event: {kind}\ndata: {event}\n\n")
}

#[actix_web::test]
async fn ollamas_lines_end_with_one_that_is_done() {
    let message = |text: &str| json!({ "message": { "role": "assistant", "content": text } });
    let response = |text: &str| json!({ "response": text });
    type Line<'a> = &'a dyn Fn(&str) -> Value;
    let routes: [(&str, Value, Line<'_>, u64); 2] = [
        ("/api/chat", streaming(), &message, 9),
        (
            "/api/generate",
            json!({ "model": "m", "prompt": "hello world" }),
            &response,
            2,
        ),
    ];
    for (path, body, said, prompt) in routes {
        let (gateway, feed) = fed(NDJSON, prompt + 2, &[("ENGINE_KIND", "ollama")]);
        let line = |text: &str| {
            let mut line = said(text);
            (line["model"], line["done"]) = (json!("smollm2"), json!(false));
            format!("{line}\n")
        };
        let sent = ["I", " am", " here"].map(line);
        // The second is cut in its middle, the third comes with it.
        let (half, rest) = sent[1].split_at(9);
        let chunks = [format!("{}{half}", sent[0]), format!("{rest}{}", sent[2])];
        let text = answer(&gateway, &feed, path, &body, &chunks).await;
        let end = lines(text.strip_prefix(&sent[..2].concat()).unwrap());
        assert_eq!(end.len(), 1);
        for (name, value) in said("").as_object().unwrap() {
            assert_eq!(&end[0][name], value);
        }
        assert_eq!(
            (&end[0]["done"], &end[0]["done_reason"]),
            (&json!(true), &json!("length"))
        );
        assert_eq!(
            (&end[0]["model"], &end[0]["eval_count"]),
            (&json!("smollm2"), &json!(2))
        );
        assert_eq!(end[0]["prompt_eval_count"], prompt);
        assert_eq!(end[0]["attach"], json!({ "reason": "token_quota" }));
        assert_eq!(gateway.one_usage().await.outcome, "cut");
    }
}

#[actix_web::test]
async fn an_older_completion_ends_for_its_length() {
    let (gateway, feed) = fed(SSE, 2 + 1, &[]);
    let piece = |text: &str| {
        let piece = json!({ "id": "cmpl-1", "model": "m", "choices": [{ "index": 0, "text": text, "finish_reason": null }] });
        format!("data: {piece}\n\n")
    };
    let body = json!({ "model": "m", "prompt": "hello world", "stream": true });
    let chunks = [piece("a"), piece("b")];
    let text = answer(&gateway, &feed, "/v1/completions", &body, &chunks).await;
    let end = events(text.strip_prefix(&chunks[0]).unwrap());
    assert_eq!(
        (&end[0]["object"], &end[0]["id"]),
        (&json!("text_completion"), &json!("cmpl-1"))
    );
    assert_eq!(end[0]["choices"][0]["finish_reason"], "length");
    assert_eq!(end[1], "[DONE]");
}

#[actix_web::test]
async fn anthropics_blocks_stop_and_then_the_message() {
    let (gateway, feed) = fed(SSE, 9 + 2, &[]);
    let text = |text: &str| {
        let delta = json!({ "type": "text_delta", "text": text });
        named("content_block_delta", json!({ "index": 0, "delta": delta }))
    };
    let start = json!({ "message": { "id": "msg_1", "model": "scribe", "usage": { "input_tokens": 9, "output_tokens": 1 } } });
    let block = json!({ "index": 0, "content_block": { "type": "text", "text": "" } });
    let chunks = [
        named("message_start", start) + &named("content_block_start", block) + &text("a"),
        text("b") + &text("c"),
    ];
    let answered = answer(&gateway, &feed, "/v1/messages", &streaming(), &chunks).await;
    let end = events(
        answered
            .strip_prefix(&(chunks[0].clone() + &text("b")))
            .unwrap(),
    );
    let kinds: Vec<_> = end
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["content_block_stop", "message_delta", "message_stop"]
    );
    assert_eq!(end[1]["delta"]["stop_reason"], "max_tokens");
    let row = gateway.one_usage().await;
    // The engine counted its prompt; what was sent after its first count is counted
    // here, and "ab" is one token.
    assert_eq!((row.tokens_in, row.tokens_out), (9, 1));
    assert_eq!((&*row.source_in, &*row.source_out), ("engine", "counted"));
}

#[actix_web::test]
async fn a_response_is_incomplete() {
    let (gateway, feed) = fed(SSE, 2 + 1, &[]);
    let place = json!({ "item_id": "msg_1", "output_index": 0, "content_index": 0 });
    let delta = |text: &str| {
        let mut event = place.clone();
        event["delta"] = json!(text);
        named("response.output_text.delta", event)
    };
    let item = json!({ "output_index": 0, "item": { "id": "msg_1", "type": "message", "role": "assistant", "content": [] } });
    let mut part = place.clone();
    part["part"] = json!({ "type": "output_text", "text": "", "annotations": [] });
    let created = json!({ "response": { "id": "resp_1", "object": "response", "model": "gpt" } });
    let start = named("response.created", created)
        + &named("response.output_item.added", item)
        + &named("response.content_part.added", part);
    let chunks = [start.clone() + &delta("Hi") + &delta(" you")];
    let body = json!({ "model": "gpt", "input": "hello world", "stream": true });
    let text = answer(&gateway, &feed, "/v1/responses", &body, &chunks).await;
    let end = events(text.strip_prefix(&(start + &delta("Hi"))).unwrap());
    let last = &end.last().unwrap()["response"];
    assert_eq!(
        (&last["id"], &last["status"]),
        (&json!("resp_1"), &json!("incomplete"))
    );
    assert_eq!(last["incomplete_details"]["reason"], "max_output_tokens");
    assert_eq!(last["output"][0]["content"][0]["text"], "Hi");
    assert_eq!(
        last["usage"],
        json!({
            "input_tokens": 2, "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": 1, "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": 3,
        })
    );
}

#[actix_web::test]
async fn reasoning_and_calls_of_tools_use_the_quota_up_as_text_does() {
    let delta = |delta: Value| {
        let chunk = json!({ "id": "c", "model": "m", "choices": [{ "index": 0, "delta": delta }] });
        format!("data: {chunk}\n\n")
    };
    let call = json!([{ "index": 0, "function": { "arguments": "{" } }]);
    let chunks = [
        delta(json!({ "reasoning_content": "hm" })),
        delta(json!({ "tool_calls": call })),
        delta(json!({ "content": "a" })),
    ];
    let (gateway, feed) = fed(SSE, 9 + 2, &[]);
    let text = answer(&gateway, &feed, super::CHAT, &streaming(), &chunks).await;
    let end = text.strip_prefix(&chunks[..2].concat()).unwrap();
    assert!(end.contains("token_quota"), "{end}");
}
