//! `GET /a2a/tasks/tree/{id}`: a whole hand-off, as it can be drawn along time.

use actix_web::{HttpResponse, http::header, web};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Status, id_in};
use crate::{
    adapters::{
        memory::access::Accessed,
        store::tree::Branch,
        temporal::{waits_for, workflow_of},
        usage::calls::Call,
    },
    domain::{attempt::Run, id::TaskId, task::TaskState},
    http::{State, caller::Caller, error::ApiError},
};

/// Calls of engines, and uses of memory, at most.
const MOST: u32 = 2000;

#[derive(Serialize)]
struct Told {
    root: TaskId,
    /// Whether there is more than is told.
    cut: bool,
    tasks: Vec<Task>,
    calls: Vec<EngineCall>,
    memory: Vec<MemoryUse>,
}

#[derive(Serialize)]
struct Task {
    #[serde(flatten)]
    status: Status,
    created_ms: i64,
    updated_ms: i64,
    state_name: &'static str,
    input: Option<Box<RawValue>>,
    /// How long an input is that is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_bytes: Option<u64>,
    attempts: Vec<Attempt>,
    workflow: Option<Workflow>,
}

#[derive(Serialize)]
struct Attempt {
    attempt: u32,
    started: i64,
    ended: Option<i64>,
    outcome: Option<String>,
    detail: Option<String>,
}

#[derive(Serialize)]
struct Workflow {
    started: Option<i64>,
    ended: Option<i64>,
}

#[derive(Serialize)]
struct EngineCall {
    task_id: String,
    usage_id: String,
    started: i64,
    first_byte_ms: i64,
    duration_ms: i64,
    model: String,
    engine: String,
    tokens_in: i64,
    tokens_out: i64,
    outcome: String,
    status: i64,
}

#[derive(Serialize)]
struct MemoryUse {
    task_id: String,
    at: i64,
    duration_ms: i64,
    op: String,
    event_id: Option<String>,
    title: Option<String>,
    found: Option<i64>,
}

/// `GET /a2a/tasks/tree/{id}`: the whole hand-off a task belongs to, from its first task
/// down: at most 500 tasks, 2000 calls of engines and 2000 uses of memory.
///
/// # Errors
///
/// 404 for unknown and for other people's tasks.
pub async fn tree(
    caller: Caller,
    id: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let owner = &caller.identity.owner;
    let tree = state.store.tree(id_in(&id)?, owner).await?;
    let ids: Vec<_> = tree.tasks.iter().map(|branch| branch.task.id).collect();
    let calls = state.usage_table.calls(&ids, owner, MOST + 1).await;
    let mut calls = calls.map_err(ApiError::internal)?;
    let memory = state.accesses.of(&ids, MOST + 1).await;
    let mut memory = memory.map_err(ApiError::internal)?;
    let cut = [tree.is_cut, cut_off(&mut calls), cut_off(&mut memory)];
    let told = Told {
        root: tree.root,
        cut: cut.contains(&true),
        tasks: tree.tasks.into_iter().map(|it| state.branch(it)).collect(),
        calls: calls.into_iter().map(EngineCall::from).collect(),
        memory: memory.into_iter().map(MemoryUse::from).collect(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(told))
}

/// Leaves as many as there is room for; whether there were more.
fn cut_off<T>(all: &mut Vec<T>) -> bool {
    let is_more = all.len() > MOST as usize;
    all.truncate(MOST as usize);
    is_more
}

impl State {
    fn branch(&self, branch: Branch) -> Task {
        let workflow = workflow(&branch);
        let left_out = branch.input.is_none().then_some(branch.input_bytes);
        let task = branch.task;
        Task {
            created_ms: task.created_at.0,
            updated_ms: task.updated_at.0,
            state_name: task.state.name(),
            status: self.told(task),
            input: branch.input,
            input_bytes: left_out,
            attempts: branch.runs.into_iter().map(Attempt::from).collect(),
            workflow,
        }
    }
}

/// What the rows tell of the workflow a task is for. It began when its task came to wait
/// for it; when one was stopped is Temporal's to know.
fn workflow(branch: &Branch) -> Option<Workflow> {
    let task = &branch.task;
    let waits = waits_for(workflow_of(&task.target)?);
    let began = |run: &&Run| run.detail.as_deref() == Some(&*waits);
    let began = branch.runs.iter().find(began).and_then(|run| run.ended);
    let is_over = matches!(task.state, TaskState::Completed | TaskState::Failed);
    let is_known = began.is_some() && is_over && !branch.is_in_temporal;
    Some(Workflow {
        started: began.map(|at| at.0),
        ended: is_known.then_some(task.updated_at.0),
    })
}

impl From<Run> for Attempt {
    fn from(run: Run) -> Self {
        Self {
            attempt: run.attempt,
            started: run.started.0,
            ended: run.ended.map(|at| at.0),
            outcome: run.outcome,
            detail: run.detail,
        }
    }
}

impl From<Call> for EngineCall {
    fn from(call: Call) -> Self {
        Self {
            task_id: call.task_id,
            usage_id: call.usage_id,
            started: call.at.saturating_sub(call.duration_ms),
            first_byte_ms: call.first_byte_ms,
            duration_ms: call.duration_ms,
            model: call.model,
            engine: call.engine,
            tokens_in: call.tokens_in,
            tokens_out: call.tokens_out,
            outcome: call.outcome,
            status: call.status,
        }
    }
}

impl From<Accessed> for MemoryUse {
    fn from(used: Accessed) -> Self {
        Self {
            task_id: used.task_id,
            at: used.at,
            duration_ms: used.duration_ms,
            op: used.op,
            event_id: used.event_id,
            title: used.title,
            found: used.found,
        }
    }
}
