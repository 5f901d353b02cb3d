//! What engines were recorded to answer.

use serde_json::{Value, json};

use super::line;
use crate::support::{
    gateway::chat,
    key::{with, without},
};

pub const SSE: &str = "text/event-stream";
pub const NDJSON: &str = "application/x-ndjson";

/// Tokens of the prompt and of the answer, and who says so.
type Tokens = ((i64, &'static str), (i64, &'static str));

/// One answer, streamed and whole where the engine gives both.
pub struct Recorded {
    pub name: &'static str,
    pub path: &'static str,
    pub body: Value,
    pub is_ollama: bool,
    pub is_lines: bool,
    pub stream: Option<Vec<String>>,
    pub whole: Option<Value>,
    pub outcome: &'static str,
    pub tokens: Tokens,
    /// After how many chunks a client leaves, and what the row says then.
    pub left: Option<(usize, Tokens)>,
}

/// `chat("hi")` and "hello world" as the gateway counts them.
const CHAT: (i64, &str) = (9, "counted");
const HELLO: (i64, &str) = (2, "counted");

fn engine(input: i64, output: i64) -> Tokens {
    ((input, "engine"), (output, "engine"))
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

fn named(kind: &str, rest: Value) -> String {
    format!(
        "event: {kind}\n{}",
        event(&with(&rest, "type", json!(kind)))
    )
}

fn done() -> String {
    "data: [DONE]\n\n".to_owned()
}

fn chat_of(name: &'static str) -> Recorded {
    Recorded {
        name,
        path: "/v1/chat/completions",
        body: with(&chat("hi"), "stream", json!(true)),
        is_ollama: false,
        is_lines: false,
        stream: None,
        whole: None,
        outcome: "finished",
        tokens: engine(0, 0),
        left: None,
    }
}

fn native(name: &'static str, path: &'static str, body: Value) -> Recorded {
    Recorded {
        path,
        body,
        is_ollama: true,
        is_lines: true,
        ..chat_of(name)
    }
}

fn chunk(delta: Value, finish: Value) -> Value {
    let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
    json!({ "id": "chatcmpl-x", "object": "chat.completion.chunk", "created": 1, "model": "smollm2", "choices": [choice] })
}

fn completed(text: &str, input: u64, output: u64) -> Value {
    let message = json!({ "role": "assistant", "content": text });
    json!({
        "id": "chatcmpl-x", "object": "chat.completion", "created": 1, "model": "smollm2",
        "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output },
    })
}

fn counted(input: u64, output: u64) -> Value {
    let usage = json!({ "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output });
    json!({ "id": "chatcmpl-x", "model": "smollm2", "choices": [], "usage": usage })
}

/// llama.cpp's stream up to its finish.
fn llama() -> Vec<String> {
    let role = chunk(json!({ "role": "assistant", "content": null }), Value::Null);
    let mut chunks = vec![event(&role)];
    chunks.extend(
        ["Hello", " world", "!"].map(|word| event(&chunk(json!({ "content": word }), Value::Null))),
    );
    chunks.push(event(&chunk(json!({}), json!("stop"))));
    chunks
}

pub fn recorded() -> Vec<Recorded> {
    let mut all = of_llama();
    all.extend(of_ollama());
    all.extend(of_vllm());
    all.extend(of_others());
    all
}

fn of_llama() -> Vec<Recorded> {
    let plain = [llama(), vec![done()]].concat();
    let usage = [llama(), vec![event(&counted(34, 3)), done()]].concat();
    let finish = chunk(json!({}), json!("stop"));
    let timings = json!({ "cache_n": 3, "prompt_n": 31, "predicted_n": 3 });
    let mut timed = llama();
    timed.pop();
    timed.extend([event(&with(&finish, "timings", timings)), done()]);
    vec![
        Recorded {
            stream: Some(usage),
            whole: Some(completed("Hello world!", 34, 3)),
            tokens: engine(34, 3),
            left: Some((3, (CHAT, (2, "counted")))),
            ..chat_of("llama.cpp with include_usage")
        },
        Recorded {
            stream: Some(timed),
            tokens: engine(34, 3),
            left: Some((4, (CHAT, (3, "counted")))),
            ..chat_of("llama.cpp with timings")
        },
        Recorded {
            stream: Some(plain),
            whole: Some(without(&completed("Hello world!", 34, 3), "usage")),
            tokens: (CHAT, (3, "counted")),
            left: Some((1, (CHAT, (0, "counted")))),
            ..chat_of("llama.cpp without usage")
        },
        Recorded {
            stream: Some(vec![
                event(&chunk(json!({ "content": "1, 2, " }), Value::Null)),
                event(&chunk(json!({ "content": "3" }), json!("stop"))),
                done(),
            ]),
            whole: Some(without(&completed("1, 2, 3", 34, 3), "usage")),
            tokens: (CHAT, (7, "counted")),
            left: Some((1, (CHAT, (6, "counted")))),
            ..chat_of("pieces of several tokens without usage")
        },
    ]
}

fn of_ollama() -> Vec<Recorded> {
    let message = |text: &str, done: bool| json!({ "model": "smollm2", "created_at": "2026-11-23T03:41:20.5642Z", "message": { "role": "assistant", "content": text }, "done": done });
    let response = |text: &str, done: bool| json!({ "model": "smollm2", "created_at": "2026-11-23T03:41:20.5642Z", "response": text, "done": done });
    let ended = |line: Value, input: u64, output: u64| {
        let line = with(&line, "done_reason", json!("stop"));
        let line = with(&line, "prompt_eval_count", json!(input));
        with(&line, "eval_count", json!(output))
    };
    let generate = json!({ "model": "smollm2", "prompt": "hello world" });
    let v1 = |text: &str| {
        event(&chunk(
            json!({ "role": "assistant", "content": text }),
            Value::Null,
        ))
    };
    let died = with(
        &chunk(json!({ "content": "" }), Value::Null),
        "model",
        json!(""),
    );
    vec![
        Recorded {
            stream: Some(vec![
                line(&message("I", false)),
                line(&message(" am", false)),
                line(&ended(message("", true), 15, 2)),
            ]),
            whole: Some(ended(message("I am", true), 15, 2)),
            tokens: engine(15, 2),
            left: Some((2, (CHAT, (2, "counted")))),
            ..native("Ollama's chat", "/api/chat", chat("hi"))
        },
        Recorded {
            stream: Some(vec![
                line(&response("I", false)),
                line(&with(
                    &ended(response("", true), 4, 1),
                    "context",
                    json!([1, 2]),
                )),
            ]),
            whole: Some(with(
                &ended(response("I", true), 4, 1),
                "context",
                json!([1, 2]),
            )),
            tokens: engine(4, 1),
            left: Some((1, (HELLO, (1, "counted")))),
            ..native("Ollama's generate", "/api/generate", generate)
        },
        Recorded {
            stream: Some(vec![line(&with(
                &message("", true),
                "prompt_eval_count",
                json!(7),
            ))]),
            whole: Some(with(&message("", true), "prompt_eval_count", json!(7))),
            tokens: engine(7, 0),
            ..native("Ollama's counter of 0 left out", "/api/chat", chat("hi"))
        },
        Recorded {
            stream: Some(vec![line(&with(
                &message("", true),
                "done_reason",
                json!("load"),
            ))]),
            whole: Some(with(&message("", true), "done_reason", json!("load"))),
            tokens: engine(0, 0),
            ..native(
                "Ollama that loads a model",
                "/api/chat",
                json!({ "model": "smollm2" }),
            )
        },
        Recorded {
            whole: Some(json!({ "model": "e", "embeddings": [[0.5]], "prompt_eval_count": 6 })),
            tokens: ((6, "engine"), (0, "engine")),
            ..native(
                "Ollama's embed",
                "/api/embed",
                json!({ "model": "e", "input": "hello world" }),
            )
        },
        Recorded {
            whole: Some(json!({ "embedding": [0.5] })),
            tokens: (HELLO, (0, "counted")),
            ..native(
                "Ollama's older embeddings",
                "/api/embeddings",
                json!({ "model": "e", "prompt": "hello world" }),
            )
        },
        Recorded {
            stream: Some(vec![
                v1("I"),
                event(&chunk(json!({}), json!("stop"))),
                event(&counted(15, 1)),
                done(),
            ]),
            whole: Some(completed("I", 15, 1)),
            tokens: engine(15, 1),
            left: Some((1, (CHAT, (1, "counted")))),
            ..chat_of("Ollama's /v1")
        },
        Recorded {
            stream: Some(vec![v1("I"), event(&died)]),
            outcome: "failed",
            tokens: (CHAT, (1, "counted")),
            ..chat_of("Ollama's /v1 whose model died")
        },
    ]
}

fn of_vllm() -> Vec<Recorded> {
    let counted = |output: u64, text: &str, finish: Value| {
        let usage =
            json!({ "prompt_tokens": 5, "completion_tokens": output, "total_tokens": 5 + output });
        event(&with(
            &chunk(json!({ "content": text }), finish),
            "usage",
            usage,
        ))
    };
    let error = json!({ "error": { "message": "EngineCore died", "type": "InternalServerError", "code": 500 } });
    vec![
        Recorded {
            stream: Some(vec![
                counted(3, "abc", Value::Null),
                counted(7, "defg", Value::Null),
                counted(7, "", json!("stop")),
                done(),
            ]),
            whole: Some(completed("abcdefg", 5, 7)),
            tokens: engine(5, 7),
            left: Some((2, ((5, "engine"), (7, "engine")))),
            ..chat_of("vLLM with continuous_usage_stats")
        },
        Recorded {
            stream: Some(vec![counted(3, "abc", Value::Null), event(&error), done()]),
            outcome: "failed",
            tokens: engine(5, 3),
            ..chat_of("vLLM that fails")
        },
    ]
}

fn of_others() -> Vec<Recorded> {
    let piece = |text: &str, finish: Value| json!({ "id": "cmpl-1", "model": "m", "choices": [{ "index": 0, "text": text, "finish_reason": finish }] });
    let usage = json!({ "prompt_tokens": 2, "completion_tokens": 1 });
    let block = |text: &str| {
        named(
            "content_block_delta",
            json!({ "index": 0, "delta": { "type": "text_delta", "text": text } }),
        )
    };
    let start = json!({ "message": { "id": "msg_1", "model": "scribe", "usage": { "input_tokens": 25, "output_tokens": 1 } } });
    let stop = json!({ "delta": { "stop_reason": "end_turn" }, "usage": { "output_tokens": 15 } });
    let said = |text: &str| {
        named(
            "response.output_text.delta",
            json!({ "item_id": "i", "delta": text }),
        )
    };
    let counts = json!({ "input_tokens": 9, "output_tokens": 3 });
    let text =
        json!([{ "type": "message", "content": [{ "type": "output_text", "text": "Hi you" }] }]);
    let response =
        json!({ "id": "r", "error": null, "model": "gpt", "output": text, "usage": counts });
    vec![
        Recorded {
            path: "/v1/completions",
            body: json!({ "model": "m", "prompt": "hello world", "stream": true }),
            stream: Some(vec![
                event(&piece("a", Value::Null)),
                event(&with(&piece("", json!("stop")), "usage", usage.clone())),
                done(),
            ]),
            whole: Some(with(&piece("a", json!("stop")), "usage", usage)),
            tokens: engine(2, 1),
            left: Some((1, (HELLO, (1, "counted")))),
            ..chat_of("an older completion")
        },
        Recorded {
            path: "/v1/messages",
            stream: Some(vec![
                named("message_start", start),
                block("Hello"),
                block(" you"),
                named("message_delta", stop),
                named("message_stop", json!({})),
            ]),
            whole: Some(
                json!({ "type": "message", "model": "scribe", "content": [{ "type": "text", "text": "Hello you" }], "usage": { "input_tokens": 25, "output_tokens": 15 } }),
            ),
            tokens: engine(25, 15),
            left: Some((3, ((25, "engine"), (2, "counted")))),
            ..chat_of("Anthropic's messages")
        },
        Recorded {
            path: "/v1/responses",
            body: json!({ "model": "gpt", "input": "hello world", "stream": true }),
            stream: Some(vec![
                said("Hi"),
                said(" you"),
                named(
                    "response.completed",
                    json!({ "response": response.clone() }),
                ),
            ]),
            whole: Some(response),
            tokens: engine(9, 3),
            left: Some((2, (HELLO, (2, "counted")))),
            ..chat_of("a response")
        },
        Recorded {
            path: "/v1/embeddings",
            body: json!({ "model": "e", "input": "hello world" }),
            whole: Some(
                json!({ "data": [], "model": "e", "usage": { "prompt_tokens": 6, "total_tokens": 6 } }),
            ),
            tokens: engine(6, 0),
            ..chat_of("embeddings")
        },
    ]
}
