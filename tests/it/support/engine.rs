//! An engine that does as it is told.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Bytes},
};
use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};

use super::peer::Peer;

/// How the engine answers.
#[derive(Clone, Debug)]
pub enum Act {
    /// A whole chat completion with this text.
    Text(&'static str),
    /// This status, content type and body.
    Raw(u16, &'static str, String),
    /// A stream of these chunks, each after a pause; cut off at the end if
    /// `is_cut`.
    Stream {
        content_type: &'static str,
        chunks: Vec<String>,
        pause: Duration,
        is_cut: bool,
    },
    /// No answer at all.
    Silence,
}

/// One request, as the engine got it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(n, _)| n == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub struct Engine {
    peer: Peer,
    script: Arc<Script>,
}

struct Script {
    act: Mutex<Act>,
    seen: Mutex<Vec<Seen>>,
    /// Requests whose connection is open now.
    open: Arc<AtomicUsize>,
}

impl Engine {
    pub fn start(act: Act) -> Self {
        let script = Arc::new(Script {
            act: Mutex::new(act),
            seen: Mutex::default(),
            open: Arc::default(),
        });
        let shared = web::Data::from(script.clone());
        let peer = Peer::start(move |config| {
            config
                .app_data(shared.clone())
                .default_service(web::to(answer));
        });
        Self { peer, script }
    }

    pub fn url(&self) -> &str {
        &self.peer.url
    }

    pub fn act(&self, act: Act) {
        *self.script.act.lock().unwrap() = act;
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.script.seen.lock().unwrap().clone()
    }

    /// Requests that are being answered, or waiting for an answer.
    pub fn open(&self) -> usize {
        self.script.open.load(Ordering::SeqCst)
    }
}

struct Open(Arc<AtomicUsize>);

impl Open {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn answer(request: HttpRequest, body: Bytes, script: web::Data<Script>) -> HttpResponse {
    let open = Open::new(&script.open);
    let headers = request.headers().iter();
    let headers = headers.map(|(n, v)| {
        (
            n.to_string(),
            String::from_utf8_lossy(v.as_bytes()).into_owned(),
        )
    });
    script.seen.lock().unwrap().push(Seen {
        method: request.method().to_string(),
        path: request.uri().to_string(),
        headers: headers.collect(),
        body,
    });
    let act = script.act.lock().unwrap().clone();
    match act {
        Act::Text(text) => HttpResponse::Ok().json(completion(text)),
        Act::Raw(status, content_type, body) => {
            HttpResponse::build(StatusCode::from_u16(status).unwrap())
                .content_type(content_type)
                .body(body)
        }
        Act::Stream {
            content_type,
            chunks,
            pause,
            is_cut,
        } => {
            let chunks = stream::iter(chunks).then(move |chunk| async move {
                tokio::time::sleep(pause).await;
                Ok(Bytes::from(chunk))
            });
            let end = stream::iter(is_cut.then(|| Err(std::io::Error::other("cut"))));
            let held = chunks.chain(end).map(move |chunk| {
                let _ = &open;
                chunk
            });
            HttpResponse::Ok()
                .content_type(content_type)
                .streaming(held)
        }
        Act::Silence => {
            let _open = open;
            std::future::pending().await
        }
    }
}

/// A chat completion of 3 tokens in and 5 out.
pub fn completion(text: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "scripted",
        "choices": [{
            "index": 0, "finish_reason": "stop",
            "message": { "role": "assistant", "content": text },
        }],
        "usage": { "prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8 },
    })
}

/// A whole SSE answer of these words, with usage at the end.
pub fn sse(words: &[&str]) -> Vec<String> {
    let chunk = |delta: Value, finish: Value| {
        let chunk = json!({
            "id": "chatcmpl-1", "model": "scripted",
            "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
        });
        format!("data: {chunk}\n\n")
    };
    let mut chunks: Vec<_> = words
        .iter()
        .map(|w| chunk(json!({ "content": w }), Value::Null))
        .collect();
    chunks.push(chunk(json!({}), json!("stop")));
    let usage = json!({ "prompt_tokens": 3, "completion_tokens": words.len(), "total_tokens": 3 + words.len() });
    chunks.push(format!(
        "data: {}\n\n",
        json!({ "model": "scripted", "choices": [], "usage": usage })
    ));
    chunks.push("data: [DONE]\n\n".to_owned());
    chunks
}
