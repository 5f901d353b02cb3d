//! An engine that is none: it speaks OpenAI's dialect, says in every answer what
//! it is, and answers the same question the same way.

use std::{convert::Infallible, io, net::TcpListener};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::Server,
    web::{self, Bytes},
};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};

/// What it calls itself.
pub(super) const MODEL: &str = "stand-in";

const STORY: &str = "This is a stand-in, not a model. For real answers start Ollama, vLLM or \
    llama.cpp, or set ENGINE_URL, and run dev again.";
/// Characters of the question that come back.
const MAX_ECHO: usize = 200;

#[derive(Deserialize)]
struct Chat {
    #[serde(default)]
    messages: Vec<Value>,
    #[serde(default)]
    stream: bool,
}

/// Serves on `listener`.
pub(super) fn server(listener: TcpListener) -> io::Result<Server> {
    let app = || {
        App::new()
            .app_data(web::PayloadConfig::new(64 << 20))
            .route("/v1/models", web::get().to(models))
            .route("/v1/chat/completions", web::post().to(chat))
            .default_service(web::to(unknown))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .tcp_nodelay(true)
        .disable_signals();
    Ok(server.listen(listener)?.run())
}

async fn unknown() -> HttpResponse {
    HttpResponse::NotFound().json(json!({ "error": {
        "message": "the stand-in knows /v1/models and /v1/chat/completions alone",
        "type": "invalid_request_error", "param": null, "code": null,
    }}))
}

async fn models() -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "object": "list",
        "data": [{ "id": MODEL, "object": "model", "owned_by": "attach-gateway" }],
    }))
}

async fn chat(body: Bytes) -> HttpResponse {
    let Ok(chat) = serde_json::from_slice::<Chat>(&body) else {
        return HttpResponse::BadRequest().json(json!({ "error": {
            "message": "the body is not a chat", "type": "invalid_request_error",
            "param": null, "code": null,
        }}));
    };
    let text = answer(&chat.messages);
    let words = |text: &str| text.split_whitespace().count();
    let asked: usize = chat.messages.iter().map(|m| words(&m.to_string())).sum();
    let usage = json!({
        "prompt_tokens": asked,
        "completion_tokens": words(&text),
        "total_tokens": asked + words(&text),
    });
    if chat.stream {
        return streamed(&text, &usage);
    }
    HttpResponse::Ok().json(json!({
        "id": "chatcmpl-stand-in", "object": "chat.completion", "created": 0, "model": MODEL,
        "choices": [{
            "index": 0, "finish_reason": "stop",
            "message": { "role": "assistant", "content": text },
        }],
        "usage": usage,
    }))
}

fn streamed(text: &str, usage: &Value) -> HttpResponse {
    let chunk = |delta: Value, finish: Value, usage: Value| {
        let chunk = json!({
            "id": "chatcmpl-stand-in", "object": "chat.completion.chunk", "created": 0,
            "model": MODEL, "usage": usage,
            "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
        });
        Bytes::from(format!("data: {chunk}\n\n"))
    };
    let mut chunks: Vec<_> = text
        .split_inclusive(char::is_whitespace)
        .map(|word| {
            chunk(
                json!({ "role": "assistant", "content": word }),
                Value::Null,
                Value::Null,
            )
        })
        .collect();
    chunks.push(chunk(json!({}), json!("stop"), usage.clone()));
    chunks.push(Bytes::from_static(b"data: [DONE]\n\n"));
    let body = stream::iter(chunks.into_iter().map(Ok::<_, Infallible>));
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .streaming(body)
}

/// The question comes back in it, so that one can follow a hand-off; what it said
/// itself before is not said twice.
fn answer(messages: &[Value]) -> String {
    let last = messages
        .last()
        .and_then(|m| m["content"].as_str())
        .unwrap_or("");
    format!(
        "{STORY}\n\nYou asked: {}",
        cut(last.replace(STORY, "").trim())
    )
}

/// As much of `text` as comes back, in whole words.
fn cut(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(MAX_ECHO) else {
        return text.to_owned();
    };
    let whole = text[..end].rfind(char::is_whitespace).unwrap_or(end);
    format!("{}…", text[..whole].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_back_ends_with_a_word() {
        assert_eq!(cut("sort a list"), "sort a list");
        let long = "word ".repeat(100);
        assert_eq!(cut(&long), format!("{}…", "word ".repeat(40).trim_end()));
        assert_eq!(cut(&"é".repeat(300)), format!("{}…", "é".repeat(200)));
    }

    #[test]
    fn its_own_words_are_not_said_twice() {
        let plan = answer(&[json!({ "role": "user", "content": "sort" })]);
        let code = answer(&[json!({ "role": "user", "content": plan })]);
        assert_eq!(code.matches(STORY).count(), 1);
        assert!(code.ends_with("sort"));
    }
}
