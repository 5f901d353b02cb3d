//! What a trace is told of a task, read from its row and from the lines of its history:
//! never what was asked, and never what was answered.

use serde::Deserialize;
use sqlx::FromRow;

use crate::{
    adapters::{database::Database, store::StoreError},
    domain::{
        id::{Owner, SessionId, TaskId},
        task::TaskState,
        time::UnixMillis,
    },
};

/// Lines that are told in one piece, at most.
const AT_ONCE: i64 = 200;

const TASK: &str = "
    select issuer, user_id, session_id, parent_task_id, target from task where task_id = $1";

/// Results and pieces of streams stay where they are: this is read each second.
const LINES: &str = "
    select seq, at, kind, state, attempt, kind = 'artifact' and data is not null is_piece,
           case when kind in ('child', 'retry', 'released', 'failed', 'rejected', 'canceled')
                then data end data
      from task_event
     where task_id = $1 and seq > $2 order by seq limit $3";

/// What a task that its owner cancels says, as the statement that does so writes it.
const CANCELED: &str = "canceled by its owner";

/// A task, as its trace names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// Its name.
    pub id: TaskId,
    /// Whose it is.
    pub owner: Owner,
    /// The session of the hand-off.
    pub session: SessionId,
    /// Who handed it off.
    pub parent: Option<TaskId>,
    /// Where it goes.
    pub target: String,
}

/// One thing that happened, as it stands in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// Its number in the task's history.
    pub seq: i64,
    /// When.
    pub at: UnixMillis,
    /// What kind of thing.
    pub kind: String,
    /// Where the task stood then, as its row says.
    pub state: &'static str,
    /// Which attempt.
    pub attempt: u32,
    /// A few words of the gateway's own: why it waits or failed, or to whom it was handed
    /// on. Nothing of what was asked or answered.
    pub detail: Option<String>,
}

/// Some lines of a history, in order.
pub(super) struct Page {
    /// Those that are steps.
    pub(super) steps: Vec<TraceStep>,
    /// The number of the last line.
    pub(super) seq: i64,
    /// Where that leaves the task.
    pub(super) state: TaskState,
    /// Nothing but documents can follow, and they are not told.
    pub(super) is_over: bool,
    /// There may be more.
    pub(super) is_full: bool,
}

#[derive(FromRow)]
struct TaskRow {
    issuer: String,
    user_id: String,
    session_id: String,
    parent_task_id: Option<String>,
    target: String,
}

#[derive(FromRow)]
struct LineRow {
    seq: i64,
    at: i64,
    kind: String,
    state: String,
    #[sqlx(try_from = "i64")]
    attempt: u32,
    is_piece: bool,
    data: Option<String>,
}

/// One line, as a step.
struct Line {
    step: TraceStep,
    state: TaskState,
    /// A piece of a stream, which is no step: the whole answer is.
    is_piece: bool,
}

/// The task `id`; `None` if it was erased.
pub(super) async fn task(db: &Database, id: TaskId) -> Result<Option<Traced>, StoreError> {
    let row = db.query(TASK).bind(id.to_string());
    let row: Option<TaskRow> = row.optional().await?;
    Ok(row.map(|row| Traced {
        id,
        owner: Owner::new(row.issuer, row.user_id),
        session: SessionId(row.session_id.into()),
        parent: row.parent_task_id.and_then(|parent| parent.parse().ok()),
        target: row.target,
    }))
}

/// The next lines of a task after line `after`; `None` where there are none.
pub(super) async fn page(
    db: &Database,
    task: TaskId,
    after: i64,
) -> Result<Option<Page>, StoreError> {
    let rows = db.query(LINES).bind(task.to_string()).bind(after);
    let rows: Vec<LineRow> = rows.bind(AT_ONCE).all().await?;
    let is_full = rows.len() as i64 == AT_ONCE;
    let lines: Result<Vec<_>, sqlx::Error> = rows.into_iter().map(line).collect();
    Ok(paged(lines?, is_full))
}

fn paged(lines: Vec<Line>, is_full: bool) -> Option<Page> {
    let last = lines.last()?;
    let (seq, state) = (last.step.seq, last.state);
    let is_over = lines.iter().any(Line::is_last);
    let steps = lines.into_iter().filter(|line| !line.is_piece);
    Some(Page {
        steps: steps.map(|line| line.step).collect(),
        seq,
        state,
        is_over,
        is_full,
    })
}

impl Line {
    fn is_last(&self) -> bool {
        self.step.kind == self.step.state && self.state.is_terminal()
    }
}

fn line(row: LineRow) -> Result<Line, sqlx::Error> {
    let unknown = |_| sqlx::Error::Decode("no state of a task".into());
    let state: TaskState = row.state.parse().map_err(unknown)?;
    let step = TraceStep {
        seq: row.seq,
        at: UnixMillis(row.at),
        detail: row.data.and_then(|data| words(&row.kind, &data)),
        kind: row.kind,
        state: state.name(),
        attempt: row.attempt,
    };
    Ok(Line {
        step,
        state,
        is_piece: row.is_piece,
    })
}

/// What may be told of a line's data.
#[derive(Deserialize)]
struct Data {
    detail: Option<String>,
    task_id: Option<String>,
    target: Option<String>,
}

fn words(kind: &str, data: &str) -> Option<String> {
    let data: Data = serde_json::from_str(data).ok()?;
    match kind {
        "child" => Some(format!("{} for {}", data.task_id?, data.target?)),
        _ => data.detail.filter(|detail| is_own(detail)),
    }
}

/// Whether these words are the gateway's. Those of an agent may say anything of what it
/// was asked, and histories are plain text for whoever may look into Temporal.
fn is_own(detail: &str) -> bool {
    let number = |before, after| {
        let rest = detail.strip_prefix(before)?.strip_suffix(after)?;
        rest.parse::<u32>().ok()
    };
    detail == CANCELED
        || number("agent answered ", "").is_some()
        || number("the agent did not answer within ", " s").is_some()
}

#[cfg(test)]
mod tests;
