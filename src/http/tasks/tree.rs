//! `GET /a2a/tasks/tree/{id}`: a whole hand-off, as it can be drawn along time.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Status, id_in};
use crate::{
    adapters::{
        memory::access::Accessed, store::tree::Branch, temporal::workflow_of, usage::calls::Call,
    },
    domain::{attempt::Run, id::TaskId, identity::Scope, task::TaskState},
    http::{State, answer::unkept, caller::Caller, error::ApiError},
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
    input: Option<Box<RawValue>>,
    /// How long an input is that is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_bytes: Option<u64>,
    /// How long a result is that is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    result_bytes: Option<u64>,
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

/// The workflow that a task is for. Rows do not keep when Temporal began it: `started` is
/// the moment from which its task waits for it, be Temporal there or away, and null until
/// then. Of tasks that `TASK_RUNNER=temporal` runs nothing is known here.
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
/// down: at most 500 tasks, 2000 calls of engines and 2000 uses of memory. Which events
/// these found is told to those who may read them.
///
/// # Errors
///
/// 404 for unknown and for other people's tasks.
pub async fn tree(
    caller: Caller,
    id: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let tree = state
        .store
        .tree(id_in(&id)?, &caller.identity.owner)
        .await?;
    let ids: Vec<_> = tree.tasks.iter().map(|branch| branch.task.id).collect();
    let (calls, is_each_call) = state.calls(&ids, &caller).await?;
    let (memory, is_each_use) = state.uses(&ids, &caller).await?;
    Ok(unkept(Told {
        root: tree.root,
        cut: tree.is_cut || !is_each_call || !is_each_use,
        tasks: tree.tasks.into_iter().map(|it| state.branch(it)).collect(),
        calls,
        memory,
    }))
}

/// As many as there is room for, told; whether these are all.
fn told<T, U: From<T>>(mut all: Vec<T>) -> (Vec<U>, bool) {
    let is_all = all.len() <= MOST as usize;
    all.truncate(MOST as usize);
    (all.into_iter().map(U::from).collect(), is_all)
}

impl State {
    async fn calls(
        &self,
        ids: &[TaskId],
        caller: &Caller,
    ) -> Result<(Vec<EngineCall>, bool), ApiError> {
        let owner = &caller.identity.owner;
        let calls = self.usage_table.calls(ids, owner, MOST + 1).await;
        calls.map(told).map_err(ApiError::internal)
    }

    async fn uses(
        &self,
        ids: &[TaskId],
        caller: &Caller,
    ) -> Result<(Vec<MemoryUse>, bool), ApiError> {
        let owner = &caller.identity.owner;
        let uses = self.accesses.of(ids, owner, MOST + 1).await;
        let (mut uses, is_all) = uses.map(told).map_err(ApiError::internal)?;
        if !caller.identity.may(Scope::MemoryRead, self.required_scopes) {
            uses.iter_mut().for_each(MemoryUse::leave_out);
        }
        Ok((uses, is_all))
    }

    fn branch(&self, branch: Branch) -> Task {
        let workflow = workflow(&branch);
        let Branch { task, input, .. } = branch;
        let has_result = task.output.is_some();
        Task {
            created_ms: task.created_at.0,
            updated_ms: task.updated_at.0,
            status: self.told(task),
            input_bytes: input.is_none().then_some(branch.input_bytes),
            result_bytes: branch.output_bytes.filter(|_| !has_result),
            input,
            attempts: branch.runs.into_iter().map(Attempt::from).collect(),
            workflow,
        }
    }
}

impl MemoryUse {
    fn leave_out(&mut self) {
        (self.event_id, self.title) = (None, None);
    }
}

/// What the rows tell of the workflow a task is for: an attempt that has it wait gives it
/// back. When one was stopped is Temporal's to know.
fn workflow(branch: &Branch) -> Option<Workflow> {
    let task = &branch.task;
    workflow_of(&task.target)?;
    let gave_back = |run: &&Run| run.outcome.as_deref() == Some("released");
    let waits = branch.runs.iter().find(gave_back).and_then(|run| run.ended);
    let is_over = matches!(task.state, TaskState::Completed | TaskState::Failed);
    let is_known = waits.is_some() && is_over && !branch.is_in_temporal;
    Some(Workflow {
        started: waits.map(|at| at.0),
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
