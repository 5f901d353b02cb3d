//! `GET /a2a/tasks/events/{id}`: a task's history, and what is added to it.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Bytes},
};
use futures_util::{Stream, stream};
use serde::Deserialize;
use serde_json::json;

use super::id_in;
use crate::{
    actors::feed::Watch,
    adapters::store::TaskLine,
    domain::id::TaskId,
    http::{State, caller::Caller, error::ApiError, params::Params},
};

/// Lines read at once.
const PAGE: u32 = 200;
/// Lines of a history as JSON.
const HISTORY: u32 = 1000;
/// How often a silent stream shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The query: `history=true` for JSON, `after` as `Last-Event-ID`.
#[derive(Deserialize)]
pub struct Cursor {
    #[serde(default)]
    history: bool,
    after: Option<i64>,
}

/// Server-sent events, each with its `seq` as id: after a lost connection
/// `Last-Event-ID` goes on where it broke. Ends with the task.
///
/// # Errors
///
/// 404 for unknown and for other people's tasks, 400 for a cursor that is none.
pub async fn events(
    request: HttpRequest,
    caller: Caller,
    id: web::Path<String>,
    cursor: Params<Cursor>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let id = id_in(&id)?;
    let after = cursor.after.map_or_else(|| last_event_id(&request), Ok)?;
    let watch = state.feed.watch(id).await.ok_or(ApiError::Draining)?;
    // Whose it is; the lines themselves are asked for by id alone.
    let task = state.store.task(id, Some(&caller.identity.owner)).await?;
    if cursor.history {
        let lines = state.store.lines(id, after, HISTORY).await?;
        let next = lines
            .last()
            .filter(|_| lines.len() as u32 == HISTORY)
            .map(|l| l.seq);
        return Ok(HttpResponse::Ok().json(json!({ "events": lines, "next": next })));
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(follow(Follower {
            state,
            caller,
            id,
            after,
            watch,
            ready: VecDeque::new(),
            had_ended: task.state.is_terminal(),
            is_over: false,
        })))
}

fn last_event_id(request: &HttpRequest) -> Result<i64, ApiError> {
    let Some(value) = request.headers().get("last-event-id") else {
        return Ok(0);
    };
    let seq = value.to_str().ok().and_then(|text| text.parse().ok());
    seq.ok_or_else(|| ApiError::Invalid("Last-Event-ID: not a number of ours".to_owned()))
}

struct Follower {
    state: web::Data<State>,
    caller: Caller,
    id: TaskId,
    after: i64,
    watch: Watch,
    ready: VecDeque<Bytes>,
    /// Before the stream began: what stands in the rows is all there is, also
    /// for a client that resumes after the last of them.
    had_ended: bool,
    is_over: bool,
}

fn follow(follower: Follower) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(follower, |mut follower| async {
        let next = follower.next().await?;
        Some((Ok(next), follower))
    })
}

impl Follower {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.is_over || self.state.is_draining() {
                return None;
            }
            self.read().await?;
            if self.ready.is_empty() && !self.is_over {
                // What was written since the read has woken the watch already.
                match tokio::time::timeout(KEEP_ALIVE, self.news()).await {
                    Ok(true) => {}
                    Ok(false) => return None,
                    Err(_) => return Some(Bytes::from_static(b": still here\n\n")),
                }
            }
        }
    }

    /// Reads on. The cursor is a row's number, so nothing comes twice.
    async fn read(&mut self) -> Option<()> {
        // An agent's right to look ends with its task.
        self.caller.is_still_good(&self.state).await.ok()?;
        let lines = self.state.store.lines(self.id, self.after, PAGE).await;
        let lines =
            lines.inspect_err(|error| tracing::error!(%error, "a task's events cannot be read"));
        let lines = lines.ok()?;
        self.is_over |= self.had_ended && lines.len() < PAGE as usize;
        for line in lines {
            self.after = line.seq;
            self.is_over |= line.is_last();
            self.ready.extend(written(&line));
        }
        Some(())
    }

    /// Resolves when there is something new, or the gateway goes down. Wakes
    /// that were for nothing do not reset the keep-alive.
    async fn news(&mut self) -> bool {
        while self.watch.changed().await {
            if self.state.is_draining() || self.read().await.is_none() {
                return false;
            }
            if !self.ready.is_empty() || self.is_over {
                return true;
            }
        }
        false
    }
}

fn written(line: &TaskLine) -> Option<Bytes> {
    let json = serde_json::to_string(line).ok()?;
    Some(Bytes::from(format!("id: {}\ndata: {json}\n\n", line.seq)))
}
