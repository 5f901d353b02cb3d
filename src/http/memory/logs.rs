//! `POST /v1/logs`: log lines of programs, in Sakana's format.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::de::DeserializeSeed;
use serde_json::{Map, Value, json};

use super::lines::{Line, Lines};
use crate::{
    domain::{
        memory::{EventBody, EventKind, MemoryEvent},
        time::UnixMillis,
    },
    http::{State, body, caller::Caller, error::ApiError},
};

/// The most lines of one request.
const MAX_LINES: usize = 1000;
/// The longest `run_id` and `agent`, in bytes.
const MAX_NAME: usize = 500;
const LEVELS: [&str; 5] = ["debug", "info", "warn", "error", "fatal"];
/// How far a sender's clock may be ahead.
const AHEAD_MS: i64 = 86_400_000;

/// `POST /v1/logs`: keeps a line, an array of them, or one a line of text
/// (NDJSON). On disk before the answer, all of them or none.
///
/// # Errors
///
/// 400 for what is no JSON, 413, 422 naming the line and the field, 503 when
/// memory is off.
pub async fn logs(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    if !state.memory.is_on() {
        return Err(ApiError::MemoryOff);
    }
    let body = body::read(&request, payload, state.max_request_bytes).await?;
    let lines = lines(&body)?;
    let events: Result<Vec<_>, ApiError> = lines
        .into_iter()
        .map(|(place, line)| {
            let event = event(&caller, line, state.memory_keeps_ms);
            let event = event.map_err(|why| ApiError::Unprocessable(format!("{place}{why}")))?;
            Ok(state.mirror.redacted(event))
        })
        .collect();
    let events = events?;
    state.memory.write(&events).await?;
    let ids: Vec<_> = events.iter().map(|event| event.id).collect();
    Ok(HttpResponse::Accepted().json(json!({ "accepted": ids.len(), "ids": ids })))
}

/// The lines, each with how it is called when it is wrong.
fn lines(body: &[u8]) -> Result<Vec<(String, Value)>, ApiError> {
    let body = body.trim_ascii();
    let (lines, first) = match body.first() {
        Some(b'[') => match array(body) {
            Ok(lines) => (lines, 0),
            Err(error) if error.is_data() => return Err(too_many()),
            Err(_) => (streamed(body)?, 1),
        },
        _ => (streamed(body)?, 1),
    };
    match lines.len() {
        0 => Err(no_json()),
        1 if first == 1 => Ok(named(lines, |_| String::new())),
        2.. if first == 1 => Ok(named(lines, |n| format!("line {}: ", n + 1))),
        _ => Ok(named(lines, |n| format!("[{n}]."))),
    }
}

fn array(body: &[u8]) -> serde_json::Result<Vec<Line>> {
    let mut from = serde_json::Deserializer::from_slice(body);
    let lines = Lines(MAX_LINES).deserialize(&mut from)?;
    from.end().map(|()| lines)
}

fn streamed(body: &[u8]) -> Result<Vec<Line>, ApiError> {
    let lines = serde_json::Deserializer::from_slice(body).into_iter();
    let lines: Result<Vec<Line>, _> = lines.take(MAX_LINES + 1).collect();
    let lines = lines.map_err(|_| no_json())?;
    (lines.len() <= MAX_LINES)
        .then_some(lines)
        .ok_or_else(too_many)
}

fn named(lines: Vec<Line>, name: impl Fn(usize) -> String) -> Vec<(String, Value)> {
    let lines = lines.into_iter().map(Line::into_value).enumerate();
    lines.map(|(n, line)| (name(n), line)).collect()
}

fn no_json() -> ApiError {
    ApiError::Invalid("the body is not valid JSON, nor a line of it each".to_owned())
}

fn too_many() -> ApiError {
    ApiError::Unprocessable(format!("{MAX_LINES} lines at most"))
}

fn event(caller: &Caller, line: Value, keeps_ms: Option<i64>) -> Result<MemoryEvent, String> {
    let Value::Object(mut line) = line else {
        return Err("a log line is an object".to_owned());
    };
    let now = UnixMillis::now();
    let at = at(&line, now, keeps_ms)?;
    let level = level(&line)?;
    let agent = optional(&mut line, "agent")?;
    let body = EventBody {
        request_id: Some(caller.request_id.as_str().to_owned()),
        task_id: caller.task(),
        run_id: Some(required(&mut line, "run_id", MAX_NAME)?),
        level: Some(level.into()),
        text: Some(required(&mut line, "message", usize::MAX)?),
        agent: caller.agent().map(str::to_owned).or(agent),
        ..EventBody::default()
    };
    let (owner, session) = (caller.identity.owner.clone(), caller.session.clone());
    Ok(MemoryEvent::new(EventKind::Log, owner, session, at, body))
}

fn required(line: &mut Map<String, Value>, name: &str, most: usize) -> Result<String, String> {
    match line.remove(name) {
        Some(Value::String(text)) if text.len() > most => {
            Err(format!("{name}: {most} bytes at most"))
        }
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("{name}: must be a string")),
        None => Err(format!("{name}: is missing")),
    }
}

fn optional(line: &mut Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match line.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => required(line, name, MAX_NAME).map(Some),
    }
}

fn level(line: &Map<String, Value>) -> Result<&'static str, String> {
    let level = line.get("level").ok_or("level: is missing")?;
    let known = LEVELS.into_iter().find(|known| level == known);
    known.ok_or_else(|| format!("level: write one of {}", LEVELS.join(", ")))
}

/// When it happened: a moment that memory keeps.
fn at(
    line: &Map<String, Value>,
    now: UnixMillis,
    keeps_ms: Option<i64>,
) -> Result<UnixMillis, String> {
    let said = match line.get("timestamp") {
        None | Some(Value::Null) => return Ok(now),
        Some(said) => said.as_f64().ok_or("timestamp: must be unix seconds")?,
    };
    let ms = said * 1000.0;
    let oldest = keeps_ms.map_or(0, |keeps| now.0.saturating_sub(keeps));
    if ms < oldest as f64 {
        let why = "timestamp: unix seconds, no older than MEM_RETENTION_DAYS keeps it";
        return Err(why.to_owned());
    }
    if ms > (now.0 + AHEAD_MS) as f64 {
        return Err("timestamp: unix seconds, no more than a day ahead".to_owned());
    }
    Ok(UnixMillis(ms as i64))
}
