//! What is said at the end, read as its dialect reads it.

use super::*;
use crate::domain::stream::{Answer, Ending, Usage};

fn last(tells_usage: bool) -> Last<'static> {
    Last {
        model: "m",
        input: 9,
        output: 4,
        tells_usage,
        why: "token_quota",
        at: UnixMillis(1_795_412_400_500),
    }
}

/// What follows `sent` when a stream of this kind is cut off there.
fn end_of(kind: Kind, dialect: Dialect, sent: &str, tells_usage: bool) -> String {
    let mut answer = Answer::new(dialect, 0);
    answer.prepare_to_cut(dialect, kind);
    assert_eq!(answer.push_within(sent.as_bytes(), u64::MAX), sent.len());
    let end = answer.closing().text(&last(tells_usage));
    let mut reader = Answer::new(dialect, 0);
    reader.push(end.as_bytes());
    if reader.is_over() {
        let usage = Usage {
            input: Some(9),
            output: Some(4),
        };
        let found = (reader.ending(), reader.usage(), reader.streamed());
        assert_eq!(found, (Ending::Finished, Some(usage), 0), "{end}");
    }
    end
}

fn sse(kind: Kind, sent: &[Value]) -> Vec<Value> {
    let sent: String = sent.iter().map(event).collect();
    events(&end_of(kind, Dialect::Sse, &sent, false))
}

/// The data of each event; of the word `[DONE]`, the word.
fn events(text: &str) -> Vec<Value> {
    let events = text.split("\n\n").filter(|event| !event.is_empty());
    let data = events.map(|event| event.split_once("data: ").unwrap().1);
    data.map(|data| serde_json::from_str(data).unwrap_or_else(|_| json!(data)))
        .collect()
}

fn chunk(choices: Value) -> Value {
    json!({ "id": "chatcmpl-7", "created": 5, "object": "chat.completion.chunk", "model": "m", "choices": choices })
}

#[test]
fn every_open_choice_of_a_chat_ends_for_its_length_and_a_closed_one_does_not_again() {
    let open =
        |index: u64| json!({ "index": index, "delta": { "content": "a" }, "finish_reason": null });
    let closed = json!({ "index": 1, "delta": {}, "finish_reason": "stop" });
    let sent = [
        chunk(json!([open(0)])),
        chunk(json!([open(1)])),
        chunk(json!([open(2), closed])),
        chunk(json!([{ "index": 1, "delta": {}, "finish_reason": null }])),
    ];
    let end = sse(Kind::Chat, &sent);
    let ends = |index: u64| json!({ "index": index, "delta": {}, "finish_reason": "length" });
    let mut expected = chunk(json!([ends(0), ends(2)]));
    expected["attach"] = json!({ "reason": "token_quota" });
    expected["usage"] = json!({ "prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13 });
    assert_eq!(end, [expected, json!("[DONE]")]);
}

#[test]
fn usage_that_was_asked_for_has_a_chunk_of_its_own_and_stands_nowhere_else() {
    let sent = event(&chunk(json!([{ "index": 0, "delta": { "content": "a" } }])));
    let end = events(&end_of(Kind::Chat, Dialect::Sse, &sent, true));
    let found: Vec<_> = end
        .iter()
        .map(|chunk| chunk["usage"]["total_tokens"].clone())
        .collect();
    assert_eq!(found, [json!(null), json!(13), json!(null)]);
    assert_eq!(
        (&end[1]["choices"], &end[2]),
        (&json!([]), &json!("[DONE]"))
    );
}

#[test]
fn a_chat_of_which_nothing_came_has_one_choice() {
    let end = sse(Kind::Chat, &[]);
    assert_eq!(end[0]["choices"][0]["index"], 0);
    assert_eq!(
        (&end[0]["created"], &end[0]["id"]),
        (&json!(1_795_412_400), &json!("chatcmpl-cut"))
    );
}

#[test]
fn an_older_completion_ends_as_one() {
    let end = sse(
        Kind::Completion,
        &[json!({ "id": "cmpl-1", "choices": [{ "text": "a", "index": 3 }] })],
    );
    assert_eq!(
        (&end[0]["object"], &end[0]["id"]),
        (&json!("text_completion"), &json!("cmpl-1"))
    );
    let choice = json!([{ "index": 3, "text": "", "logprobs": null, "finish_reason": "length" }]);
    assert_eq!(end[0]["choices"], choice);
}

#[test]
fn a_native_stream_ends_with_a_line_that_is_done() {
    for (kind, member) in [
        (
            Kind::NativeChat,
            json!({ "message": { "role": "assistant", "content": "" } }),
        ),
        (Kind::NativeGenerate, json!({ "response": "" })),
    ] {
        let end = end_of(kind, Dialect::Ndjson, "{\"done\":false}\n", false);
        let mut line: Value = serde_json::from_str(end.strip_suffix('\n').unwrap()).unwrap();
        for (name, value) in member.as_object().unwrap() {
            assert_eq!(
                line.as_object_mut().unwrap().remove(name).as_ref(),
                Some(value)
            );
        }
        let rest = json!({
            "model": "m", "created_at": "2026-11-23T05:40:00.500Z", "done": true, "done_reason": "length",
            "prompt_eval_count": 9, "eval_count": 4, "attach": { "reason": "token_quota" },
        });
        assert_eq!(line, rest);
    }
}

#[test]
fn open_blocks_of_a_message_stop_before_it_does() {
    let block = |kind: &str, index: u64| json!({ "type": kind, "index": index });
    let end = sse(
        Kind::Messages,
        &[
            json!({ "type": "message_start", "message": { "id": "msg_1" } }),
            block("content_block_start", 0),
            block("content_block_stop", 0),
            block("content_block_start", 1),
        ],
    );
    assert_eq!(end[0], block("content_block_stop", 1));
    assert_eq!(end[1]["delta"]["stop_reason"], "max_tokens");
    assert_eq!(
        end[1]["usage"],
        json!({ "input_tokens": 9, "output_tokens": 4 })
    );
    assert_eq!(end[2..], [json!({ "type": "message_stop" })]);
}

fn respond(kind: &str, rest: Value) -> Value {
    let mut event = rest;
    event["type"] = json!(format!("response.{kind}"));
    event["sequence_number"] = json!(6);
    event
}

fn said(text: &str) -> Vec<Value> {
    let part = json!({ "type": "output_text", "text": "", "annotations": [] });
    let place = json!({ "item_id": "msg_1", "output_index": 0, "content_index": 0 });
    let with = |name: &str, value: Value| {
        let mut event = place.clone();
        event[name] = value;
        event
    };
    vec![
        respond(
            "created",
            json!({ "response": { "id": "resp_1", "object": "response", "output": [], "tools": [] } }),
        ),
        respond(
            "output_item.added",
            json!({ "output_index": 0, "item": { "id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": [] } }),
        ),
        respond("content_part.added", with("part", part)),
        respond("output_text.delta", with("delta", json!(text))),
        respond("output_text.delta", with("delta", json!(" you"))),
    ]
}

#[test]
fn a_response_is_incomplete_and_its_open_item_done_with_the_text_that_came() {
    let end = sse(Kind::Responses, &said("Hi"));
    let kinds: Vec<_> = end
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.incomplete",
        ]
    );
    let numbers: Vec<_> = end
        .iter()
        .map(|event| event["sequence_number"].as_u64())
        .collect();
    assert_eq!(numbers, [Some(7), Some(8), Some(9), Some(10)]);
    assert_eq!(
        (&end[0]["text"], &end[0]["item_id"]),
        (&json!("Hi you"), &json!("msg_1"))
    );
    let item = &end[2]["item"];
    assert_eq!(
        (&item["status"], &item["content"][0]["text"]),
        (&json!("incomplete"), &json!("Hi you"))
    );
    let whole = &end[3]["response"];
    assert_eq!(
        (&whole["id"], &whole["output"][0]),
        (&json!("resp_1"), item)
    );
    assert_eq!(
        whole["incomplete_details"],
        json!({ "reason": "max_output_tokens" })
    );
    assert_eq!(whole["usage"]["total_tokens"], 13);
}

#[test]
fn an_item_too_large_to_be_kept_is_left_out_and_the_response_still_ends() {
    let end = sse(Kind::Responses, &said(&"x".repeat(3_000)));
    assert_eq!(end.len(), 4);
    let mut sent = said("Hi");
    sent.extend((0..30).flat_map(|_| said(&"x".repeat(3_000)).split_off(3)));
    let end = sse(Kind::Responses, &sent);
    assert_eq!((end.len(), &end[0]["response"]["output"]), (1, &json!([])));
}

#[test]
fn a_stream_of_no_known_dialect_just_ends() {
    for (kind, dialect) in [
        (Kind::Embedding, Dialect::Sse),
        (Kind::Chat, Dialect::Ndjson),
    ] {
        assert_eq!(end_of(kind, dialect, "", false), "");
    }
}

#[test]
fn the_other_half_of_a_line_end_comes_first() {
    let sent = "data: {}\r\n\r";
    assert!(end_of(Kind::Chat, Dialect::Sse, sent, false).starts_with("\ndata: {"));
}
