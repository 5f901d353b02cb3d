//! A collector of spans that does as it is told.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Bytes},
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1,
};
use prost::Message;

use super::{eventually, peer::Peer};

/// One span, as it came.
#[derive(Clone, Debug)]
pub struct Span {
    pub name: String,
    /// 2 for a server, 3 for a client.
    pub kind: i32,
    pub trace: String,
    pub id: String,
    /// Empty for the first of a trace.
    pub parent: String,
    pub state: String,
    /// 2 is an error.
    pub status: i32,
    pub events: Vec<String>,
    attributes: BTreeMap<String, String>,
}

impl Span {
    /// What it says of itself under `name`; empty if nothing.
    pub fn says(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

#[derive(Default)]
struct Got {
    spans: Vec<Span>,
    resource: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    bytes: Vec<u8>,
    requests: usize,
}

#[derive(Clone, Default)]
struct Script {
    got: Arc<Mutex<Got>>,
    status: Arc<Mutex<u16>>,
}

/// Listens until it is dropped.
pub struct Collector {
    peer: Peer,
    script: Script,
}

impl Collector {
    pub fn start() -> Self {
        let script = Script::default();
        *script.status.lock().unwrap() = 200;
        let shared = web::Data::new(script.clone());
        let peer = Peer::start(move |config| {
            config
                .app_data(shared.clone())
                .route("/v1/traces", web::post().to(take));
        });
        Self { peer, script }
    }

    pub fn url(&self) -> &str {
        &self.peer.url
    }

    /// Answers with this status from now on; 0 is no answer at all.
    pub fn answer(&self, status: u16) {
        *self.script.status.lock().unwrap() = status;
    }

    pub fn requests(&self) -> usize {
        self.script.got.lock().unwrap().requests
    }

    pub fn spans(&self) -> Vec<Span> {
        self.script.got.lock().unwrap().spans.clone()
    }

    /// The spans, once there are so many whose names begin with one of `names`.
    pub async fn named(&self, names: &[&str], count: usize) -> Vec<Span> {
        let is_one = |span: &Span| names.iter().any(|name| span.name.starts_with(name));
        eventually(&format!("{count} spans of {names:?}"), async || {
            let found: Vec<_> = self.spans().into_iter().filter(is_one).collect();
            (found.len() >= count).then_some(found)
        })
        .await
    }

    pub fn resource(&self, name: &str) -> Option<String> {
        self.script.got.lock().unwrap().resource.get(name).cloned()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.script.got.lock().unwrap().headers.get(name).cloned()
    }

    /// Whether `text` stands anywhere in what came.
    pub fn holds(&self, text: &str) -> bool {
        let got = self.script.got.lock().unwrap();
        got.bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    }
}

async fn take(request: HttpRequest, body: Bytes, script: web::Data<Script>) -> HttpResponse {
    let status = *script.status.lock().unwrap();
    script.got.lock().unwrap().requests += 1;
    match status {
        0 => tokio::time::sleep(Duration::from_secs(3600)).await,
        200 => keep(&request, &body, &mut script.got.lock().unwrap()),
        _ => {}
    }
    HttpResponse::build(StatusCode::from_u16(status.max(100)).unwrap()).finish()
}

fn keep(request: &HttpRequest, body: &[u8], got: &mut Got) {
    assert_eq!(
        request.headers().get("content-type").unwrap(),
        "application/x-protobuf"
    );
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        got.headers.insert(name.to_string(), value);
    }
    got.bytes.extend_from_slice(body);
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    for of_one in request.resource_spans {
        got.resource = told(of_one.resource.unwrap().attributes);
        let spans = of_one.scope_spans.into_iter().flat_map(|scope| scope.spans);
        got.spans.extend(spans.map(read));
    }
}

fn read(span: v1::Span) -> Span {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    assert!(span.end_time_unix_nano >= span.start_time_unix_nano);
    Span {
        kind: span.kind,
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        state: span.trace_state,
        status: span.status.map_or(0, |status| status.code),
        events: span.events.into_iter().map(|event| event.name).collect(),
        attributes: told(span.attributes),
        name: span.name,
    }
}

fn told(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: Value| match value {
        Value::StringValue(text) => text,
        Value::IntValue(n) => n.to_string(),
        Value::DoubleValue(n) => n.to_string(),
        Value::ArrayValue(all) => {
            let all = all.values.into_iter().flat_map(|value| value.value);
            let all = all.map(|value| match value {
                Value::StringValue(text) => text,
                other => format!("{other:?}"),
            });
            all.collect::<Vec<_>>().join(",")
        }
        other => format!("{other:?}"),
    };
    let pairs = attributes.into_iter();
    let pairs = pairs.filter_map(|pair| Some((pair.key, text(pair.value?.value?))));
    pairs.collect()
}
