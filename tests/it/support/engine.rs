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
use futures_util::{
    Stream,
    stream::{self, StreamExt},
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

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
    /// This status with these headers and this body.
    Answer(u16, Vec<(&'static str, &'static str)>, String),
    /// One of these by the request's path; anything else is 404.
    ByPath(Vec<(&'static str, Act)>),
    /// A stream of this content type whose chunks the test hands over.
    Fed(&'static str, Feed),
}

/// The test's end of a stream.
#[derive(Clone, Debug)]
pub struct Feed {
    to: mpsc::UnboundedSender<Fed>,
    from: Arc<Mutex<Option<mpsc::UnboundedReceiver<Fed>>>>,
}

type Fed = Result<Bytes, std::io::Error>;

impl Default for Feed {
    fn default() -> Self {
        let (to, from) = mpsc::unbounded_channel();
        let from = Arc::new(Mutex::new(Some(from)));
        Self { to, from }
    }
}

impl Feed {
    /// The next chunk, on its way at once.
    pub fn send(&self, chunk: impl Into<Bytes>) {
        self.to.send(Ok(chunk.into())).unwrap();
    }

    /// Breaks the connection off.
    pub fn cut(&self) {
        self.to.send(Err(std::io::Error::other("cut"))).unwrap();
    }

    /// Ends the stream cleanly.
    pub fn end(&self) {
        self.to.send(Ok(Bytes::new())).unwrap();
    }

    fn chunks(&self) -> impl Stream<Item = Fed> + use<> {
        let from = self.from.lock().unwrap().take();
        let from = from.expect("a feed is for one request");
        let chunks = stream::unfold(from, |mut from| async { Some((from.recv().await?, from)) });
        chunks.take_while(|chunk| {
            let is_end = matches!(chunk, Ok(bytes) if bytes.is_empty());
            std::future::ready(!is_end)
        })
    }
}

impl Act {
    fn for_path(self, path: &str) -> Self {
        match self {
            Self::ByPath(acts) => {
                let found = acts.into_iter().find(|(known, _)| *known == path);
                found.map_or_else(
                    || Self::Raw(404, "text/plain", "nothing here".into()),
                    |f| f.1,
                )
            }
            act => act,
        }
    }
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

    /// How many requests came.
    pub fn count(&self) -> usize {
        self.script.seen.lock().unwrap().len()
    }

    /// The newest request, if there are more than `count`.
    pub fn newest_after(&self, count: usize) -> Option<Seen> {
        let seen = self.script.seen.lock().unwrap();
        seen.get(count..)?.last().cloned()
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
    match act.for_path(request.path()) {
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
        Act::Answer(status, headers, body) => {
            let mut answer = HttpResponse::build(StatusCode::from_u16(status).unwrap());
            for header in headers {
                answer.append_header(header);
            }
            answer.body(body)
        }
        Act::ByPath(_) => HttpResponse::NotFound().finish(),
        Act::Fed(content_type, feed) => {
            let held = feed.chunks().map(move |chunk| {
                let _ = &open;
                chunk
            });
            HttpResponse::Ok()
                .content_type(content_type)
                .streaming(held)
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
