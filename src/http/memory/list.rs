//! `GET /mem/events` and `GET /mem/events/{id}`: one's own events.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::Map;

use super::{answer, event_id, limit, listed, noted::Begun, shown};
use crate::{
    adapters::memory::{MemoryError, MemoryFilter, access::Op},
    domain::{
        id::SessionId,
        memory::{EventKind, cursor::Cursor},
    },
    http::{State, caller::Caller, error::ApiError, params::Params},
};

/// The query of a list.
#[derive(Deserialize)]
pub struct Listing {
    limit: Option<u32>,
    before: Option<String>,
    event: Option<String>,
    task_id: Option<String>,
    session_id: Option<String>,
}

fn invalid(name: &str) -> ApiError {
    ApiError::Invalid(format!("{name}: not an id of ours"))
}

fn kind(name: &str) -> Result<EventKind, ApiError> {
    let known = EventKind::ALL.map(EventKind::name).join(", ");
    let kind = EventKind::named(name);
    kind.ok_or_else(|| ApiError::Invalid(format!("event: write one of {known}")))
}

impl Listing {
    async fn filter(self, state: &State, caller: &Caller) -> Result<MemoryFilter, ApiError> {
        let event = self.event.map(|name| kind(&name)).transpose()?;
        let before = match self.before {
            Some(text) => Some(place(&text, state, caller).await?),
            None => None,
        };
        let task = self.task_id.map(|id| id.parse());
        Ok(MemoryFilter {
            limit: limit(self.limit)?,
            event: event.map(|kind| kind.name().to_owned()),
            task: task.transpose().map_err(|_| invalid("task_id"))?,
            session: self.session_id.map(|id| SessionId(id.into())),
            before,
        })
    }
}

/// What `before` says: the `next` of a list, or the id of one's own event.
async fn place(text: &str, state: &State, caller: &Caller) -> Result<Cursor, ApiError> {
    if let Ok(cursor) = text.parse() {
        return Ok(cursor);
    }
    let id = text.parse().map_err(|_| invalid("before"))?;
    match state.memory.get(id, &caller.identity.owner).await {
        Ok(event) => Ok(Cursor { at: event.at, id }),
        Err(MemoryError::NotFound) => Err(invalid("before")),
        Err(error) => Err(error.into()),
    }
}

/// `GET /mem/events`: one's own events, newest first, in the shape old clients
/// read.
///
/// # Errors
///
/// 400 for a limit, id or kind that is none, 503 when memory is off or away.
pub async fn recent(
    caller: Caller,
    listing: Params<Listing>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let begun = Begun::now();
    let filter = listing.into_inner().filter(&state, &caller).await?;
    let page = state.memory.recent(&caller.identity.owner, &filter).await?;
    begun.found((&state, &caller), Op::List, &page.events);
    let next = page.next();
    let events = page.events.into_iter();
    let events = events.map(|event| listed(event, Map::new())).collect();
    Ok(answer(events, next))
}

/// `GET /mem/events/{id}`: one event, flat.
///
/// # Errors
///
/// 404 for unknown and for other people's events, 503 when memory is off or away.
pub async fn read(
    caller: Caller,
    id: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let begun = Begun::now();
    let id = event_id(&id)?;
    let event = state.memory.get(id, &caller.identity.owner).await?;
    begun.read(&state, &caller, id);
    Ok(HttpResponse::Ok().json(shown(event)))
}
