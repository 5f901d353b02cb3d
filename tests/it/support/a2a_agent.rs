//! An A2A agent with a script of its own: JSON-RPC, HTTP+JSON and server-sent
//! events, answered call by call.

use std::{
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};

use super::{engine::Seen, peer::Peer, scripted::Gate};

/// What the agent calls its task and its context.
pub const TASK: &str = "remote-task";
pub const CONTEXT: &str = "remote-context";

/// One call, as the agent got it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub seen: Seen,
    /// The name of the operation; `card` for the card.
    pub method: String,
    pub params: Value,
    /// How many calls of this method came before.
    pub nth: usize,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.seen.header(name).unwrap_or("")
    }

    pub fn message(&self) -> &Value {
        &self.params["message"]
    }
}

/// What the agent does with a call.
#[derive(Clone, Debug)]
pub enum Say {
    /// A result.
    Result(Value),
    /// An error of the protocol.
    Error(i32, &'static str),
    /// A stream.
    Stream(Vec<Step>),
    /// A status and a body that are no A2A.
    Raw(u16, &'static str),
    /// A status that asks to come back after so many seconds.
    Later(u16, u32),
    /// The same call, at another place.
    Moved(&'static str),
    /// No answer.
    Silence,
}

/// What happens on a stream.
#[derive(Clone, Debug)]
pub enum Step {
    /// A StreamResponse.
    Event(Value),
    /// These bytes as they are.
    Bytes(String),
    /// An error of the protocol.
    Error(i32, &'static str),
    /// Waits for the gate.
    Gate(Gate),
    /// The connection breaks.
    Cut,
    /// Nothing more, and no end.
    Silence,
}

/// The agent. It hangs up when it is dropped.
pub struct A2aAgent {
    peer: Peer,
    calls: Arc<Mutex<Vec<Asked>>>,
    open: Arc<AtomicUsize>,
}

impl A2aAgent {
    /// An agent that streams.
    pub fn start(play: impl Fn(&Asked) -> Say + Clone + Send + 'static) -> Self {
        Self::with(|_| (), play)
    }

    /// An agent whose card `edit` has changed.
    pub fn with(
        edit: impl Fn(&mut Value),
        play: impl Fn(&Asked) -> Say + Clone + Send + 'static,
    ) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), edit, play)
    }

    /// The same at a place that is known before.
    pub fn on(
        listener: TcpListener,
        edit: impl Fn(&mut Value),
        play: impl Fn(&Asked) -> Say + Clone + Send + 'static,
    ) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut card = card(&url);
        edit(&mut card);
        let (calls, open) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::default());
        let (noted, counted) = (calls.clone(), Arc::clone(&open));
        let peer = Peer::on(listener, move |config| {
            let (noted, counted) = (noted.clone(), Arc::clone(&counted));
            let (card, play) = (card.clone(), play.clone());
            let handler = move |request: HttpRequest, body: web::Bytes| {
                let asked = note(&noted, &request, body);
                let open = Open::new(&counted);
                let is_rest = !request.path().starts_with("/rpc");
                let say = match &*asked.method {
                    "card" => card_answer(&asked, &card),
                    _ => Answer::Say(play(&asked)),
                };
                async move { respond(say, &asked, is_rest, open).await }
            };
            config.default_service(web::to(handler));
        });
        Self { peer, calls, open }
    }

    pub fn url(&self) -> &str {
        &self.peer.url
    }

    /// An entry of `AGENTS`.
    pub fn named(&self, name: &str) -> String {
        format!("{name}=a2a+{}", self.peer.url)
    }

    /// Every call but those of the card.
    pub fn calls(&self) -> Vec<Asked> {
        let mut all = self.calls.lock().unwrap().clone();
        all.retain(|asked| asked.method != "card");
        all
    }

    pub fn calls_of(&self, method: &str) -> Vec<Asked> {
        let mut all = self.calls.lock().unwrap().clone();
        all.retain(|asked| asked.method == method);
        all
    }

    /// Answers and streams that are not over.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

/// A card as the agent publishes it.
pub fn card(url: &str) -> Value {
    json!({
        "name": "helper", "description": "helps", "version": "1.0.0",
        "supportedInterfaces": [
            { "url": format!("{url}/rpc"), "protocolBinding": "JSONRPC", "protocolVersion": "1.0" },
        ],
        "capabilities": { "streaming": true },
        "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
        "skills": [{ "id": "help", "name": "help", "description": "helps", "tags": ["help"] }],
    })
}

/// A message of the agent.
pub fn said(id: &str, text: &str) -> Value {
    json!({ "messageId": id, "role": "ROLE_AGENT", "parts": [{ "text": text }] })
}

/// The task of the agent in `state`, as a result of GetTask.
pub fn bare(state: &str, message: Value, artifacts: Value) -> Value {
    json!({
        "id": TASK, "contextId": CONTEXT, "artifacts": artifacts,
        "status": { "state": format!("TASK_STATE_{state}"), "message": message },
    })
}

/// The task as an event or as a result of SendMessage.
pub fn task(state: &str) -> Value {
    json!({ "task": bare(state, Value::Null, json!([])) })
}

pub fn status(state: &str, message: Value) -> Value {
    json!({ "statusUpdate": {
        "taskId": TASK, "contextId": CONTEXT,
        "status": { "state": format!("TASK_STATE_{state}"), "message": message },
    }})
}

pub fn artifact(id: &str, part: &Value, append: bool, last: bool) -> Value {
    json!({ "artifactUpdate": {
        "taskId": TASK, "contextId": CONTEXT, "append": append, "lastChunk": last,
        "artifact": { "artifactId": id, "parts": [part] },
    }})
}

/// A stream of these events, and its end.
pub fn events(all: impl IntoIterator<Item = Value>) -> Say {
    Say::Stream(all.into_iter().map(Step::Event).collect())
}

enum Answer {
    Say(Say),
    Card(HttpResponse),
}

/// The ETag is a word in the card that no client knows.
fn card_answer(asked: &Asked, card: &Value) -> Answer {
    let etag = card["x-etag"].as_str().unwrap_or("\"v1\"");
    let silent_from = card["x-silent-from"].as_u64();
    if silent_from.is_some_and(|from| asked.nth as u64 >= from) {
        return Answer::Say(Say::Silence);
    }
    if let Some(status) = card["x-status"].as_u64() {
        let status = u16::try_from(status).unwrap();
        let status = actix_web::http::StatusCode::from_u16(status).unwrap();
        return Answer::Card(HttpResponse::build(status).body("away"));
    }
    let mut response = match asked.header("if-none-match") == etag {
        true => HttpResponse::NotModified(),
        false => HttpResponse::Ok(),
    };
    response.insert_header(("etag", etag));
    if let Some(cache) = card["x-cache"].as_str() {
        response.insert_header(("cache-control", cache));
    }
    Answer::Card(match asked.header("if-none-match") == etag {
        true => response.finish(),
        false => response.json(card),
    })
}

fn note(calls: &Mutex<Vec<Asked>>, request: &HttpRequest, body: web::Bytes) -> Asked {
    let headers = request.headers().iter();
    let headers = headers.map(|(n, v)| {
        (
            n.to_string(),
            String::from_utf8_lossy(v.as_bytes()).into_owned(),
        )
    });
    let json: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path = request.path();
    let method = match path {
        path if path.ends_with("/.well-known/agent-card.json") => "card",
        path if path.starts_with("/rpc") => json["method"].as_str().unwrap_or(""),
        path if path.ends_with("/message:send") => "SendMessage",
        path if path.ends_with("/message:stream") => "SendStreamingMessage",
        path if path.ends_with(":subscribe") => "SubscribeToTask",
        path if path.ends_with(":cancel") => "CancelTask",
        path if path.contains("/tasks/") => "GetTask",
        _ => "",
    };
    let params = match json.get("params") {
        Some(params) => params.clone(),
        None => json.clone(),
    };
    let seen = Seen {
        method: request.method().to_string(),
        path: request.uri().to_string(),
        headers: headers.collect(),
        body,
    };
    let mut calls = calls.lock().unwrap();
    let nth = calls.iter().filter(|asked| asked.method == method).count();
    let method = method.to_owned();
    calls.push(Asked {
        seen,
        method,
        params,
        nth,
    });
    calls.last().unwrap().clone()
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

async fn respond(answer: Answer, asked: &Asked, is_rest: bool, open: Open) -> HttpResponse {
    let json: Value = serde_json::from_slice(&asked.seen.body).unwrap_or_default();
    let id = json["id"].clone();
    let say = match answer {
        Answer::Card(response) => return response,
        Answer::Say(say) => say,
    };
    match say {
        Say::Result(result) => HttpResponse::Ok().json(wrapped(&id, is_rest, result)),
        Say::Moved(to) => HttpResponse::TemporaryRedirect()
            .insert_header(("location", to))
            .finish(),
        Say::Error(code, message) => match is_rest {
            true => HttpResponse::BadRequest().json(refusal(code, message)),
            false => HttpResponse::Ok().json(error(&id, code, message)),
        },
        Say::Stream(steps) => HttpResponse::Ok()
            .content_type("text/event-stream")
            .streaming(play(steps, id, is_rest, open)),
        Say::Raw(status, body) => {
            let status = actix_web::http::StatusCode::from_u16(status).unwrap();
            HttpResponse::build(status).body(body)
        }
        Say::Later(status, secs) => {
            let status = actix_web::http::StatusCode::from_u16(status).unwrap();
            let mut response = HttpResponse::build(status);
            response.insert_header(("retry-after", secs.to_string()));
            response.body("later")
        }
        Say::Silence => std::future::pending().await,
    }
}

fn wrapped(id: &Value, is_rest: bool, result: Value) -> Value {
    match is_rest {
        true => result,
        false => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
    }
}

fn error(id: &Value, code: i32, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

fn refusal(code: i32, message: &str) -> Value {
    let reason = a2a::error_reason(code);
    json!({ "error": { "code": 400, "message": message, "details": [{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason, "domain": "a2a-protocol.org",
    }]}})
}

type Sent = Result<web::Bytes, std::io::Error>;

fn play(
    steps: Vec<Step>,
    id: Value,
    is_rest: bool,
    open: Open,
) -> impl futures_util::Stream<Item = Sent> {
    let steps = stream::iter(steps).then(move |step| {
        let id = id.clone();
        let _ = &open;
        async move {
            let event = |json: Value| Some(Ok(web::Bytes::from(format!("data: {json}\n\n"))));
            match step {
                Step::Event(result) => event(wrapped(&id, is_rest, result)),
                Step::Error(code, message) => event(error(&id, code, message)),
                Step::Bytes(bytes) => Some(Ok(web::Bytes::from(bytes))),
                Step::Gate(gate) => {
                    gate.pass().await;
                    None
                }
                Step::Cut => {
                    // What came before it goes out first.
                    tokio::task::yield_now().await;
                    Some(Err(std::io::Error::other("cut")))
                }
                Step::Silence => std::future::pending().await,
            }
        }
    });
    steps.filter_map(async |sent| sent)
}
