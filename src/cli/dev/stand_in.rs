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

const STORY: &str = "This is the stand-in engine of `attach-gateway dev`, not a model: no engine \
    answered on ports 11434, 8000 or 8081. To get real answers start one, for example \
    `ollama serve` and `ollama pull qwen2.5-coder`, then run dev again; or set ENGINE_URL.";

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
    };
    let server = HttpServer::new(app)
        .workers(1)
        .tcp_nodelay(true)
        .disable_signals();
    Ok(server.listen(listener)?.run())
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

/// The question comes back in it, so that one can follow a hand-off.
fn answer(messages: &[Value]) -> String {
    let last = messages
        .last()
        .and_then(|m| m["content"].as_str())
        .unwrap_or("");
    let asked: String = last.chars().take(200).collect();
    format!("{STORY}\n\nYou asked: {asked}")
}
