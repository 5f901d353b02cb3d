//! All that speaks to Temporal, behind a small interface. Ids are strings, moments are
//! milliseconds since 1970, and nothing here knows what a gateway is.
//!
//! It is a crate of its own because the generic code of the Temporal SDK costs a minute
//! of code generation: whoever changes the gateway does not pay it again.
//!
//! ```text
//!  Settings ──▶ Temporal::start      returns at once; a loop connects, looks after the
//!                  │                  connection, and connects again
//!                  ├─ start, look, cancel, terminate    somebody's workflow, by its id
//!                  ├─ trace                             steps of a task, into AttachTaskTrace
//!                  ├─ setup, attributes_are_registered  what `temporal setup` does
//!                  └─ Worker::start                     AttachTask, AttachTaskTrace, run_task
//! ```
//!
//! | where | what |
//! |---|---|
//! | `settings`, `fault` | what is configured; the ways a call fails |
//! | `client` | the connection, and every call |
//! | `payload`, `failure` | JSON in and out of payloads; what a failure says |
//! | `workflow` | the two workflows and the activity: dull by intention |
//! | `worker` | polls `<queue>-tasks`, on a thread of its own |
//! | `replay` | whether a recorded history still fits the workflows |
//!
//! Two rules keep it out of trouble. Payloads of the two workflows hold ids and small
//! facts only: histories are plain text, and what is larger than 2 MiB is refused. And
//! nobody waits on a workflow: [`Temporal::look`] asks, and asks again later.

mod client;
mod failure;
mod fault;
mod payload;
mod replay;
mod settings;
mod worker;
mod workflow;

pub use futures::future::BoxFuture;
pub use tokio_util::sync::CancellationToken;

pub use self::{
    client::{
        Attributes, Look, Made, NotJson, Setup, Standing, Start, Started, Step, Temporal, Trace,
    },
    fault::Fault,
    replay::replay,
    settings::{Settings, Tls},
    worker::{Limits, Worker},
    workflow::{Bounds, Run, RunEnd, RunTask, task_workflow, task_workflow_id, trace_workflow_id},
};

/// The search attribute that holds the user of a task. A keyword.
pub const USER_ATTRIBUTE: &str = "AttachUser";
/// The search attribute that holds the state of a task. A keyword.
pub const STATE_ATTRIBUTE: &str = "AttachState";

/// What a log filter needs besides its level: the SDK tells of every call it repeats, for
/// each of its pollers, where this crate tells of an outage once; and of what its worker
/// could not tell the server any more, which is an everyday thing.
pub const LOG_FILTER: &str = "temporalio_client=error,temporalio_client::retry=off,temporalio_common=error,temporalio_sdk=error,temporalio_sdk_core=error";
