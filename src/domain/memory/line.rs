//! Events as lines of JSON: what `memory export` writes and `memory import` reads.

mod moment;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use serde_json::{Map, Value};

use super::{EventBody, EventKind, MemoryEvent};
use crate::domain::{
    id::{Owner, SessionId},
    jwt::is_subject,
    time::UnixMillis,
};

/// The fields of an [`EventBody`]; all others are the writer's own.
const FIELDS: [&str; 16] = [
    "request_id",
    "task_id",
    "parent_task_id",
    "agent",
    "model",
    "role",
    "title",
    "text",
    "state",
    "target",
    "outcome",
    "tokens",
    "run_id",
    "level",
    "dropped",
    "metadata",
];

/// What stands first in a line, after id and timestamp.
const FIRST: [&str; 4] = ["event", "user", "issuer", "session_id"];

/// Why a line is no event. Never says what stands in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {remedy}")]
pub struct BadLine {
    /// The field that is wrong.
    pub field: String,
    /// What to do about it.
    pub remedy: String,
}

fn bad(field: &str, remedy: impl Into<String>) -> BadLine {
    BadLine {
        field: field.to_owned(),
        remedy: remedy.into(),
    }
}

/// An event as one line, without the line's end.
pub fn write(id: uuid::Uuid, at: UnixMillis, fields: &Map<String, Value>) -> String {
    let first = FIRST.into_iter();
    let first = first.filter_map(|name| Some((name, fields.get(name)?)));
    let rest = fields.iter().map(|(name, value)| (&**name, value));
    let rest = rest.filter(|(name, _)| !FIRST.contains(name));
    let mut line = format!(
        "{{\"id\":\"{id}\",\"timestamp\":\"{}\"",
        at.rfc3339_millis()
    );
    for (name, value) in first.chain(rest) {
        // Writing into a String cannot fail.
        let _ = write!(line, ",{}:{value}", Value::from(name));
    }
    line + "}"
}

/// The event in a line: one that [`write()`] made, or one of the original's class
/// as its clients export it. `issuer` vouches for users of lines that name none;
/// a DID vouches for itself. Fields that are nobody's here go into `metadata`.
///
/// # Errors
///
/// Names the first field that is wrong.
pub fn read(line: &[u8], issuer: Option<&str>) -> Result<MemoryEvent, BadLine> {
    let mut fields = object(line)?;
    fields.retain(|_, value| !value.is_null());
    let session = text(&mut fields, "session_id")?;
    let kind = kind(&mut fields)?;
    Ok(MemoryEvent {
        id: id(&mut fields)?,
        at: moment::take(&mut fields)?,
        kind,
        owner: owner(&mut fields, issuer)?,
        session: SessionId(session.unwrap_or_default().into()),
        body: body(kind, fields)?,
    })
}

fn object(line: &[u8]) -> Result<Map<String, Value>, BadLine> {
    let remedy = "write one JSON object a line, as memory export does";
    let read = serde_json::from_slice(line);
    read.map_err(|error| bad(&format!("column {}", error.column()), remedy))
}

/// `name`, which must be a string if it is there.
fn text(fields: &mut Map<String, Value>, name: &str) -> Result<Option<String>, BadLine> {
    match fields.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad(name, "must be a string")),
    }
}

fn id(fields: &mut Map<String, Value>) -> Result<uuid::Uuid, BadLine> {
    let beside = fields.remove("_additional");
    let beside = beside.and_then(|beside| beside.get("id").cloned());
    let id = fields.remove("id").or(beside);
    let id = id.ok_or_else(|| bad("id", "is missing; export with _additional { id }"))?;
    let parsed = id.as_str().and_then(|id| id.parse().ok());
    parsed.ok_or_else(|| bad("id", "must be a uuid"))
}

fn kind(fields: &mut Map<String, Value>) -> Result<EventKind, BadLine> {
    let Some(name) = text(fields, "event")? else {
        // Log lines of the original have no event.
        let is_log = ["run_id", "message"]
            .iter()
            .all(|n| fields.contains_key(*n));
        return is_log.then_some(EventKind::Log).ok_or_else(unknown_kind);
    };
    EventKind::named(&name).ok_or_else(unknown_kind)
}

fn unknown_kind() -> BadLine {
    let names = EventKind::ALL.map(EventKind::name).join(", ");
    bad("event", format!("must be one of {names}"))
}

fn owner(fields: &mut Map<String, Value>, issuer: Option<&str>) -> Result<Owner, BadLine> {
    let user = text(fields, "user")?.filter(|user| !user.is_empty());
    let user = user.ok_or_else(|| bad("user", "is missing; write whose event it is"))?;
    if !is_subject(&user) {
        return Err(bad(
            "user",
            "is no name of a user; write 255 characters at most, no control characters",
        ));
    }
    let own = text(fields, "issuer")?.filter(|issuer| !issuer.is_empty());
    let did = user.starts_with("did:").then(|| user.clone());
    let issuer = own.or(did).or_else(|| issuer.map(str::to_owned));
    let remedy = "is missing; say with --issuer who vouches for users of such lines";
    let issuer = issuer.ok_or_else(|| bad("issuer", remedy))?;
    Ok(Owner::new(issuer, user))
}

fn body(kind: EventKind, mut fields: Map<String, Value>) -> Result<EventBody, BadLine> {
    take_double(kind, &mut fields);
    let (known, own): (Map<_, _>, Map<_, _>) = fields
        .into_iter()
        .partition(|(name, _)| FIELDS.contains(&&**name));
    let read = serde_path_to_error::deserialize(Value::Object(known));
    let mut body: EventBody = read.map_err(|error| wrong_type(&error.path().to_string()))?;
    if !own.is_empty() {
        let mut metadata = match body.metadata.take() {
            Some(Value::Object(metadata)) => metadata,
            Some(other) => Map::from_iter([("metadata".to_owned(), other)]),
            None => Map::new(),
        };
        for (name, value) in own {
            metadata.entry(name).or_insert(value);
        }
        body.metadata = Some(metadata.into());
    }
    Ok(body)
}

/// What clients of the original call an event's text becomes the text, unless
/// there is another.
fn take_double(kind: EventKind, fields: &mut Map<String, Value>) {
    let name = match kind {
        EventKind::TaskSent => "payload",
        EventKind::TaskResult => "result",
        EventKind::Log => "message",
        EventKind::Prompt | EventKind::Response | EventKind::Document => return,
    };
    let Some(said) = fields.remove(name) else {
        return;
    };
    let said = match said {
        Value::String(said) => said,
        other => other.to_string(),
    };
    match fields.get("text") {
        None => fields.insert("text".to_owned(), said.into()),
        Some(text) if *text == said => None,
        Some(_) => fields.insert(name.to_owned(), said.into()),
    };
}

fn wrong_type(field: &str) -> BadLine {
    let remedy = match field {
        "tokens" => "must be a whole number",
        "task_id" | "parent_task_id" => "must be a uuid; remove it if it is none",
        _ => "must be a string",
    };
    bad(field, remedy)
}
