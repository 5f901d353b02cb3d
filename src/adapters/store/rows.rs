//! Rows as they stand in the table, and what they become.

use serde_json::value::RawValue;
use sqlx::FromRow;

use crate::{
    adapters::store::{Claimed, TaskLine, TaskView, dialogue::Remote, types::Answer},
    domain::{
        id::{Owner, SessionId, TaskId},
        identity::Scopes,
        task::{Attempt, TaskState},
        time::UnixMillis,
        trace::Trace,
    },
};

#[derive(FromRow)]
pub(super) struct ClaimRow {
    pub(super) task_id: String,
    #[sqlx(try_from = "i64")]
    attempt: u32,
    #[sqlx(try_from = "i64")]
    tries: u32,
    detail: Option<String>,
    issuer: String,
    user_id: String,
    session_id: String,
    parent_task_id: Option<String>,
    #[sqlx(try_from = "i64")]
    pub(super) depth: u32,
    actors: String,
    scopes: String,
    target: String,
    input: String,
    context_id: String,
    request: Option<String>,
    remote_task_id: Option<String>,
    remote_context_id: Option<String>,
    traceparent: Option<String>,
    tracestate: Option<String>,
    answer_seq: Option<i64>,
    asked_by: Option<i64>,
}

#[derive(FromRow)]
pub(super) struct TaskRow {
    task_id: String,
    issuer: String,
    user_id: String,
    session_id: String,
    context_id: String,
    parent_task_id: Option<String>,
    #[sqlx(try_from = "i64")]
    depth: u32,
    target: String,
    state: String,
    detail: Option<String>,
    #[sqlx(try_from = "i64")]
    attempt: u32,
    output: Option<String>,
    title: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl TaskRow {
    pub(super) fn id(&self) -> &str {
        &self.task_id
    }

    /// How long the output is.
    pub(super) fn bytes(&self) -> usize {
        self.output.as_ref().map_or(0, String::len)
    }

    /// Without the output.
    pub(super) fn leave_out(&mut self) {
        self.output = None;
    }
}

#[derive(FromRow)]
pub(super) struct LineRow {
    seq: i64,
    at: i64,
    kind: String,
    state: String,
    #[sqlx(try_from = "i64")]
    attempt: u32,
    data: Option<String>,
    message: Option<String>,
    output: Option<String>,
}

impl TryFrom<ClaimRow> for Claimed {
    type Error = sqlx::Error;

    fn try_from(row: ClaimRow) -> Result<Self, sqlx::Error> {
        let attempt = Attempt {
            task: task_id(&row.task_id)?,
            number: row.attempt,
        };
        Ok(Self {
            attempt,
            tries: row.tries,
            detail: row.detail,
            owner: Owner::new(row.issuer, row.user_id),
            session: SessionId(row.session_id.into()),
            parent: row.parent_task_id.as_deref().map(task_id).transpose()?,
            depth: row.depth,
            actors: serde_json::from_str(&row.actors).map_err(decode)?,
            scopes: Scopes::parse(&row.scopes),
            target: row.target,
            input: row.input,
            context: row.context_id,
            request: row.request,
            remote: row.remote_task_id.map(|task| Remote {
                task,
                context: row.remote_context_id,
            }),
            trace: trace(row.traceparent.as_deref(), row.tracestate.as_deref()),
            answer: answer(row.answer_seq, row.asked_by)?,
        })
    }
}

impl TryFrom<TaskRow> for TaskView {
    type Error = sqlx::Error;

    fn try_from(row: TaskRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: task_id(&row.task_id)?,
            owner: Owner::new(row.issuer, row.user_id),
            session: SessionId(row.session_id.into()),
            context: row.context_id,
            parent: row.parent_task_id.as_deref().map(task_id).transpose()?,
            depth: row.depth,
            target: row.target,
            state: state(&row.state)?,
            detail: row.detail,
            attempt: row.attempt,
            output: raw(row.output)?,
            title: row.title,
            created_at: UnixMillis(row.created_at),
            updated_at: UnixMillis(row.updated_at),
        })
    }
}

impl TryFrom<LineRow> for TaskLine {
    type Error = sqlx::Error;

    fn try_from(row: LineRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            seq: row.seq,
            at: UnixMillis(row.at),
            kind: row.kind,
            state: state(&row.state)?,
            attempt: row.attempt,
            data: raw(row.data)?,
            message: raw(row.message)?,
            output: raw(row.output)?,
        })
    }
}

fn trace(parent: Option<&str>, state: Option<&str>) -> Option<Trace> {
    let parent = parent.map(str::as_bytes).into_iter();
    Trace::read(parent, state.map(str::as_bytes).into_iter())
}

fn answer(seq: Option<i64>, asked_by: Option<i64>) -> Result<Option<Answer>, sqlx::Error> {
    let Some((seq, asked_by)) = seq.zip(asked_by) else {
        return Ok(None);
    };
    let asked_by = u32::try_from(asked_by).map_err(decode)?;
    Ok(Some(Answer { seq, asked_by }))
}

pub(super) fn task_id(text: &str) -> Result<TaskId, sqlx::Error> {
    text.parse().map_err(decode)
}

pub(super) fn state(text: &str) -> Result<TaskState, sqlx::Error> {
    text.parse().map_err(decode)
}

pub(super) fn actors_to_json(actors: &[String]) -> String {
    serde_json::Value::from(actors).to_string()
}

pub(super) fn raw(json: Option<String>) -> Result<Option<Box<RawValue>>, sqlx::Error> {
    json.map(RawValue::from_string).transpose().map_err(decode)
}

pub(super) fn decode(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
