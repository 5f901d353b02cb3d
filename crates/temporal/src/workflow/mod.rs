//! The two workflows and the activity. Dull by intention: marks, one activity, marks. All
//! that is decided is decided where the task's row is; what is here must not change its
//! steps while workflows run (see `tests/histories`).

mod activity;
mod task;
mod trace;

use serde::{Deserialize, Serialize};
use temporalio_common::search_attributes::SearchAttributeKey;

pub(crate) use self::{
    activity::Tasks,
    task::AttachTask,
    trace::{AttachTaskTrace, STEPS_SIGNAL, Steps, TRACE_WORKFLOW, TraceInput},
};
pub use self::{
    activity::{Run, RunEnd, RunTask},
    task::{Bounds, task_workflow, task_workflow_id},
    trace::trace_workflow_id,
};

const STATE: SearchAttributeKey<String> = SearchAttributeKey::keyword(crate::STATE_ATTRIBUTE);

/// What a run came to: the word that becomes the state attribute.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct End {
    state: String,
}
