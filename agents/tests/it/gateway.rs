//! A gateway that answers by script and remembers what it was asked.

mod memory;

use std::{
    collections::VecDeque,
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    web::{self, Bytes},
};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::call::{self, TOKEN};

/// What the model answers next.
pub(crate) enum Answer {
    Text(&'static str),
    /// A stream that ends after its first words.
    Cut(&'static str),
    /// A refusal; 429 and 503 come with `Retry-After: 7`.
    Status(u16),
    /// Nothing, ever. Tells when it was asked and, by being dropped, when the
    /// caller has gone.
    Never(oneshot::Sender<()>, oneshot::Sender<()>),
}

/// One request the gateway got.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) key: Option<String>,
    pub(crate) body: Value,
}

#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    seen: Mutex<Vec<Seen>>,
    documents: Mutex<Vec<Seen>>,
    refuses_search: Mutex<Option<u16>>,
    tasks: Mutex<Vec<(Seen, Progress)>>,
    coder: Mutex<String>,
    history: Mutex<Option<Vec<Value>>>,
}

/// How far a task is.
#[derive(Clone)]
enum Progress {
    Queued,
    Running,
    Ended(Value),
}

/// The gateway on a free port.
pub(crate) struct Gateway {
    pub(crate) url: String,
    script: Arc<Script>,
}

impl Gateway {
    /// A gateway whose models answer `answers`, one after the other.
    pub(crate) fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let script = Arc::new(Script::default());
        script.answers.lock().unwrap().extend(answers);
        let data = web::Data::from(script.clone());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = HttpServer::new(move || App::new().app_data(data.clone()).configure(routes))
            .workers(1)
            .disable_signals()
            .h1_allow_half_closed(false);
        actix_web::rt::spawn(server.listen(listener).unwrap().run());
        Self { url, script }
    }

    /// The gateway, the planner's URL and the coder's.
    pub(crate) fn with_agents(answers: impl IntoIterator<Item = Answer>) -> (Self, String, String) {
        let gateway = Self::start(answers);
        let planner = call::start(attach_agents::planner, &gateway.url);
        let coder = call::start(attach_agents::coder, &gateway.url);
        gateway.script.coder.lock().unwrap().clone_from(&coder);
        (gateway, planner, coder)
    }

    /// The artifacts that the coder's task tells of while it runs; without this
    /// call the gateway has no such stream.
    pub(crate) fn tells(&self, artifacts: impl IntoIterator<Item = Value>) {
        let history = artifacts.into_iter().collect();
        *self.script.history.lock().unwrap() = Some(history);
    }

    /// Every search of memory is answered with this status.
    pub(crate) fn refuses_search(&self, status: u16) {
        *self.script.refuses_search.lock().unwrap() = Some(status);
    }

    /// Every request to `path` so far; of a search the body is its query.
    pub(crate) fn seen(&self, path: &str) -> Vec<Seen> {
        let seen = self.script.seen.lock().unwrap();
        seen.iter().filter(|s| s.path == path).cloned().collect()
    }

    /// The documents in memory, whose ids are `doc-0`, `doc-1`, ….
    pub(crate) fn documents(&self) -> Vec<Value> {
        let documents = self.script.documents.lock().unwrap();
        documents.iter().map(|d| d.body.clone()).collect()
    }
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/v1/models", web::get().to(models))
        .route("/v1/chat/completions", web::post().to(chat))
        .route("/mem/events", web::post().to(memory::remember))
        .route("/mem/events/{id}", web::get().to(memory::recall))
        .route("/mem/search", web::get().to(memory::search))
        .route("/a2a/tasks/send", web::post().to(send))
        .route("/a2a/tasks/status/{id}", web::get().to(status))
        .route("/a2a/tasks/events/{id}", web::get().to(events));
}

fn see(script: &Script, req: &HttpRequest, body: Value) -> Seen {
    let header = |name: &str| Some(req.headers().get(name)?.to_str().unwrap().to_owned());
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(header("authorization"), Some(bearer), "{}", req.path());
    let (path, key) = (req.path().to_owned(), header("idempotency-key"));
    let seen = Seen { path, key, body };
    script.seen.lock().unwrap().push(seen.clone());
    seen
}

async fn models(req: HttpRequest, script: web::Data<Script>) -> HttpResponse {
    see(&script, &req, Value::Null);
    HttpResponse::Ok().json(json!({ "object": "list", "data": [{ "id": "first" }] }))
}

async fn chat(req: HttpRequest, script: web::Data<Script>, body: web::Json<Value>) -> HttpResponse {
    let seen = see(&script, &req, body.into_inner());
    let answer = script.answers.lock().unwrap().pop_front();
    match answer.unwrap_or(Answer::Status(500)) {
        Answer::Text(text) if seen.body["stream"] == true => streamed(text, true),
        Answer::Text(text) => HttpResponse::Ok().json(json!({
            "object": "chat.completion", "model": seen.body["model"], "created": 7,
            "choices": [{ "message": { "content": text }, "finish_reason": "stop" }],
            "usage": { "total_tokens": 5 },
        })),
        Answer::Cut(text) => streamed(text, false),
        Answer::Status(status) => refused(status),
        Answer::Never(asked, _gone) => {
            asked.send(()).unwrap();
            std::future::pending().await
        }
    }
}

fn refused(status: u16) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).unwrap();
    HttpResponse::build(status)
        .insert_header(("retry-after", "7"))
        .json(json!({ "detail": "not now" }))
}

/// One event a word, sent in chunks of seven bytes.
fn streamed(text: &str, whole: bool) -> HttpResponse {
    let mut events = String::from(": hello\r\n\r\n");
    for word in text.split_inclusive(' ') {
        let chunk = json!({ "model": "m", "choices": [{ "delta": { "content": word } }] });
        events += &format!("data: {chunk}\r\n\r\n");
    }
    if whole {
        let end = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
        let usage = json!({ "choices": [], "usage": { "total_tokens": 5 } });
        events += &format!("data: {end}\n\ndata: {usage}\n\ndata: [DONE]\n\n");
    }
    let chunks: Vec<_> = events
        .as_bytes()
        .chunks(7)
        .map(Bytes::copy_from_slice)
        .collect();
    let chunks = chunks.into_iter().map(Ok::<_, std::io::Error>);
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .streaming(stream::iter(chunks))
}

async fn send(req: HttpRequest, script: web::Data<Script>, body: web::Json<Value>) -> HttpResponse {
    let seen = see(&script, &req, body.into_inner());
    let mut tasks = script.tasks.lock().unwrap();
    let known = tasks.iter().position(|(task, _)| task.key == seen.key);
    if known.is_some_and(|n| tasks[n].0 != seen) {
        let detail = "the key was used with another body";
        return HttpResponse::UnprocessableEntity().json(json!({ "detail": detail }));
    }
    let n = known.unwrap_or(tasks.len());
    if known.is_none() {
        tasks.push((seen, Progress::Queued));
    }
    HttpResponse::Ok().json(json!({ "task_id": format!("task-{n}"), "state": "queued" }))
}

/// Each look finds the task one step further; the last step calls the coder.
async fn status(
    req: HttpRequest,
    script: web::Data<Script>,
    id: web::Path<String>,
) -> HttpResponse {
    see(&script, &req, Value::Null);
    assert_eq!(req.query_string(), "wait=20");
    let n: usize = id.strip_prefix("task-").unwrap().parse().unwrap();
    let (task, progress) = script.tasks.lock().unwrap()[n].clone();
    let (next, answer) = match progress {
        Progress::Queued => (Progress::Running, json!({ "state": "queued" })),
        Progress::Running => {
            let coder = script.coder.lock().unwrap().clone();
            let ended = run(&coder, &id, &task.body["input"]).await;
            (Progress::Ended(ended), json!({ "state": "in_progress" }))
        }
        Progress::Ended(answer) => (Progress::Ended(answer.clone()), answer),
    };
    script.tasks.lock().unwrap()[n].1 = next;
    HttpResponse::Ok().json(answer)
}

async fn events(req: HttpRequest, script: web::Data<Script>) -> HttpResponse {
    see(&script, &req, Value::Null);
    let Some(history) = script.history.lock().unwrap().clone() else {
        return HttpResponse::NotFound().json(json!({ "detail": "no such stream" }));
    };
    let working = json!({ "kind": "working", "data": null });
    let artifacts = history
        .into_iter()
        .map(|data| json!({ "kind": "artifact", "data": data }));
    let mut events = String::from(": hello\n\n");
    for (seq, line) in std::iter::once(working).chain(artifacts).enumerate() {
        events += &format!("id: {seq}\ndata: {line}\n\n");
    }
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .body(events)
}

async fn run(coder: &str, task: &str, input: &Value) -> Value {
    let (status, body) = call::ask(coder, task, input).await;
    if status == 200 {
        return json!({ "state": "done", "result": body });
    }
    let detail = format!("agent answered {status}");
    let result = json!({ "detail": detail, "status": status, "body": body });
    json!({ "state": "error", "result": result })
}
