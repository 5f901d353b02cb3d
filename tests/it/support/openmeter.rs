//! An OpenMeter that keeps what it is sent, looks at it as closely as the real one,
//! and does as it is told.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::scripted::{Call, Gate, Scripted};

pub const KEY: &str = "om_secret_key";

/// What becomes of batches.
#[derive(Clone, Debug)]
pub enum Act {
    Well,
    /// Nothing is kept, and this is the answer, with this `Retry-After`.
    Answer(u16, Option<&'static str>, &'static str),
    /// So many are answered with this status, and the others are kept.
    First(usize, u16),
    /// A batch with an event of this model in it is refused whole, with this status.
    Spoil(u16, &'static str),
    /// A batch of more events is refused with 413.
    AtMost(usize),
    /// It is kept once the gate is open.
    Hold(Gate),
    /// It is kept, and the answer never comes.
    Mute,
}

#[derive(Default)]
struct Shelf {
    act: Option<Act>,
    /// By id.
    events: BTreeMap<String, Value>,
    /// How often each came.
    times: BTreeMap<String, usize>,
    /// Ids with two contents, and whatever the real one would not take.
    wrong: Vec<String>,
}

/// Runs until it is dropped.
pub struct OpenMeter {
    scripted: Scripted,
    shelf: Arc<Mutex<Shelf>>,
}

impl OpenMeter {
    pub fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// At a place that is known before.
    pub fn on(listener: TcpListener) -> Self {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let kept = shelf.clone();
        let scripted = Scripted::on(listener, move |call| {
            let shelf = kept.clone();
            async move { answer(&shelf, &call).await }
        });
        Self { scripted, shelf }
    }

    pub fn url(&self) -> &str {
        self.scripted.url()
    }

    /// The variables of a gateway that tells it of usage.
    pub fn vars(&self) -> Vec<(&str, &str)> {
        vars(self.url())
    }

    pub fn act(&self, act: Act) {
        self.shelf.lock().unwrap().act = Some(act);
    }

    /// What it keeps, by id, after a look at whether all was in order.
    pub fn events(&self) -> BTreeMap<String, Value> {
        let shelf = self.shelf.lock().unwrap();
        assert_eq!(shelf.wrong, [""; 0]);
        shelf.events.clone()
    }

    /// How often the event came that came most often.
    pub fn repeats(&self) -> usize {
        let shelf = self.shelf.lock().unwrap();
        shelf.times.values().max().copied().unwrap_or(0)
    }

    pub fn calls(&self) -> Vec<Call> {
        self.scripted.calls()
    }

    /// How many batches were sent.
    pub fn batches(&self) -> usize {
        let calls = self.calls().into_iter();
        calls.filter(|call| call.seen.method == "POST").count()
    }

    /// Batches that wait for an answer.
    pub fn open(&self) -> usize {
        self.scripted.open()
    }
}

/// The variables of a gateway that tells the one at `url` of usage.
pub fn vars(url: &str) -> Vec<(&str, &str)> {
    vec![
        ("USAGE_METERING", "openmeter"),
        ("MAX_TOKENS_PER_MIN", "100000000"),
        ("OPENMETER_API_KEY", KEY),
        ("OPENMETER_URL", url),
    ]
}

async fn answer(shelf: &Mutex<Shelf>, call: &Call) -> HttpResponse {
    if call.seen.header("authorization") != Some(&format!("Bearer {KEY}")) {
        return HttpResponse::Unauthorized().json(json!({ "title": "Unauthorized" }));
    }
    let act = shelf.lock().unwrap().act.clone().unwrap_or(Act::Well);
    match (&*call.seen.method, &*call.seen.path) {
        ("POST", "/api/v1/events") => batch(shelf, call, act).await,
        ("GET", "/api/v1/meters") => HttpResponse::Ok().json(json!([])),
        _ => HttpResponse::NotFound().finish(),
    }
}

async fn batch(shelf: &Mutex<Shelf>, call: &Call, act: Act) -> HttpResponse {
    // Compared as text over there too.
    let content_type = call.seen.header("content-type");
    if content_type != Some("application/cloudevents-batch+json") {
        return problem(400, "invalid content type");
    }
    let events: Vec<Value> = serde_json::from_slice(&call.seen.body).unwrap();
    match act {
        Act::Answer(status, after, detail) => {
            let mut answer = problem(status, detail);
            if let Some(after) = after {
                let after = after.parse().unwrap();
                answer
                    .headers_mut()
                    .insert(actix_web::http::header::RETRY_AFTER, after);
            }
            return answer;
        }
        Act::First(left @ 1.., status) => {
            shelf.lock().unwrap().act = Some(Act::First(left - 1, status));
            return problem(status, "not now");
        }
        Act::Spoil(status, model) if events.iter().any(|e| e["data"]["model"] == model) => {
            return problem(status, "no such model; Bearer om_secret_key and ada");
        }
        Act::AtMost(most) if events.len() > most => return problem(413, "too long"),
        Act::Hold(gate) => gate.pass().await,
        _ => {}
    }
    keep(&mut shelf.lock().unwrap(), events);
    let act = shelf.lock().unwrap().act.clone();
    match act {
        Some(Act::Mute) => std::future::pending().await,
        _ => HttpResponse::NoContent().finish(),
    }
}

fn keep(shelf: &mut Shelf, events: Vec<Value>) {
    for event in events {
        let id = event["id"].as_str().unwrap().to_owned();
        let is_whole = event["specversion"] == "1.0"
            && event["type"] == "prompt"
            && event["source"] == "attach-gateway"
            && event["data"]["tokens"].as_u64().is_some_and(|n| n > 0);
        if !is_whole {
            shelf.wrong.push(event.to_string());
        }
        *shelf.times.entry(id.clone()).or_default() += 1;
        let before = shelf.events.insert(id, event.clone());
        if before.is_some_and(|before| before != event) {
            shelf.wrong.push(event.to_string());
        }
    }
}

fn problem(status: u16, detail: &str) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).unwrap();
    HttpResponse::build(status)
        .content_type("application/problem+json")
        .body(json!({ "title": "problem", "detail": detail }).to_string())
}
