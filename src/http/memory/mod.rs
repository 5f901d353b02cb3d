//! Shared memory: write documents and log lines, read, search and erase one's own
//! events.

mod document;
mod erase;
mod lines;
mod list;
mod logs;
mod noted;
mod search;

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};

pub use document::write;
pub use erase::{erase, erase_all};
pub use list::{read, recent};
pub use logs::logs;
pub use search::search;

use crate::{
    adapters::memory::{MemoryError, Remembered},
    domain::memory::cursor::Cursor,
    http::error::ApiError,
};

/// How many events are answered with when nobody says, and at most.
const LIMIT: u32 = 10;
const MAX_LIMIT: u32 = 100;

fn limit(asked: Option<u32>) -> Result<u32, ApiError> {
    let limit = asked.unwrap_or(LIMIT);
    if (1..=MAX_LIMIT).contains(&limit) {
        return Ok(limit);
    }
    Err(ApiError::Invalid(format!("limit: write 1 to {MAX_LIMIT}")))
}

/// The id in a path. One that is none is like one that nobody has.
fn event_id(text: &str) -> Result<uuid::Uuid, ApiError> {
    text.parse()
        .map_err(|_| ApiError::from(MemoryError::NotFound))
}

/// An event with all that is known of it.
fn shown(event: Remembered) -> Map<String, Value> {
    let mut fields = event.fields;
    // Where clients of the original look for what a task was sent and became, and
    // what a log line says.
    let also = match fields.get("event").and_then(Value::as_str) {
        Some("task_sent") => Some("payload"),
        Some("task_result") => Some("result"),
        Some("log") => Some("message"),
        _ => None,
    };
    if let (Some(name), Some(text)) = (also, fields.get("text").cloned()) {
        // Events that the original wrote have their own.
        fields.entry(name).or_insert(text);
    }
    fields.insert("id".to_owned(), json!(event.id));
    fields.insert("timestamp".to_owned(), json!(event.at.rfc3339()));
    fields
}

/// An event with what only an answer knows of it.
fn listed(event: Remembered, mut additional: Map<String, Value>) -> Value {
    additional.insert("id".to_owned(), json!(event.id));
    let mut fields = shown(event);
    fields.insert("_additional".to_owned(), additional.into());
    fields.into()
}

/// The shape that old clients read, and where the list goes on.
fn answer(events: Vec<Value>, next: Option<Cursor>) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "data": { "Get": { "MemoryEvent": events } },
        "next": next.map(|next| next.to_string()),
    }))
}
