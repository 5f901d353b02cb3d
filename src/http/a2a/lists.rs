//! ListTasks: pages of one's own tasks, the last changed first.

use a2a::{A2AError, ListTasksRequest, ListTasksResponse};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Call, Refusal, send::history};
use crate::{
    adapters::{
        a2a::wire,
        store::dialogue::{Depth, Recent, Snapshot},
    },
    config::AgentKind,
    domain::{
        a2a::{error::invalid, known_state},
        id::TaskId,
        time::UnixMillis,
    },
};

/// Tasks of a page, by default and at most.
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 100;
/// Messages of each task at most.
const MAX_HISTORY: u32 = 100;
/// What is read for one page: a page of large tasks has fewer of them.
const MAX_BYTES: usize = 8 << 20;

impl Call {
    /// A page of the caller's tasks at this agent.
    ///
    /// # Errors
    ///
    /// A page size out of 1 to 100, a page token that is none of ours, a history
    /// length below 0.
    pub async fn list(&self, asked: ListTasksRequest) -> Result<ListTasksResponse, Refusal> {
        let size = page_size(asked.page_size)?;
        let token = asked.page_token.filter(|token| !token.is_empty());
        let depth = Depth {
            history: asked
                .history_length
                .map_or(Ok(0), |n| history(Some(n)))?
                .min(MAX_HISTORY),
            artifacts: asked.include_artifacts.unwrap_or(false),
        };
        let wanted = Recent {
            owner: self.caller.identity.owner.clone(),
            target: self.agent.name.clone(),
            // Only such an agent answers so.
            leaves_out_direct: self.agent.kind == AgentKind::A2a,
            context: asked.context_id.filter(|context| !context.is_empty()),
            state: asked.status.as_ref().and_then(known_state),
            since: asked.status_timestamp_after.map(|at| at_or_after(&at)),
            after: token.map(|token| read_token(&token)).transpose()?,
            limit: size,
            max_bytes: MAX_BYTES,
            is_counted: true,
            depth,
        };
        let found = self.state.store.recent(&wanted).await?;
        let next = found.tasks.last().filter(|_| found.is_more);
        let next = next.map(write_token);
        let tasks = found
            .tasks
            .iter()
            .map(|seen| wire::task(seen, depth.artifacts));
        Ok(ListTasksResponse {
            tasks: tasks.collect(),
            next_page_token: next.unwrap_or_default(),
            page_size: i32::try_from(size).unwrap_or(i32::MAX),
            total_size: i32::try_from(found.total.unwrap_or_default()).unwrap_or(i32::MAX),
        })
    }
}

/// Moments are kept in milliseconds: a fraction counts as the next one.
fn at_or_after(at: &chrono::DateTime<chrono::Utc>) -> UnixMillis {
    let has_rest = !at.timestamp_subsec_nanos().is_multiple_of(1_000_000);
    UnixMillis(at.timestamp_millis() + i64::from(has_rest))
}

/// # Errors
///
/// Out of 1 to 100.
pub(super) fn page_size(asked: Option<i32>) -> Result<u32, A2AError> {
    let size = asked.map_or(Ok(PAGE), u32::try_from);
    let size = size.ok().filter(|size| (1..=MAX_PAGE).contains(size));
    size.ok_or_else(|| invalid("pageSize", format!("write 1 to {MAX_PAGE}")))
}

fn write_token(last: &Snapshot) -> String {
    let (at, id) = (last.task.updated_at.0, last.task.id);
    URL_SAFE_NO_PAD.encode(format!("{at}.{id}"))
}

fn read_token(token: &str) -> Result<(UnixMillis, TaskId), A2AError> {
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (at, id) = text.split_once('.')?;
        Some((UnixMillis(at.parse().ok()?), id.parse().ok()?))
    };
    read().ok_or_else(|| invalid("pageToken", "it is none that a list gave"))
}
