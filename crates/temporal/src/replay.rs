//! Whether a history that was recorded still fits the workflows.

use temporalio_client::WorkflowHistory;
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};

use crate::workflow::{AttachTask, AttachTaskTrace};

/// Runs the workflow that `history` is of against it; JSON, as the SDK for Rust writes it,
/// which is not what the Temporal CLI writes. No server is needed.
///
/// # Errors
///
/// What does not fit: the steps of the workflow have changed since it was recorded, and
/// those that run now would stand still.
pub async fn replay(history: &[u8]) -> Result<(), String> {
    let history = WorkflowHistory::from_json(history).map_err(|error| error.to_string())?;
    let options = WorkflowReplayerOptions::new()
        .register_workflow::<AttachTask>()
        .and_then(|options| options.register_workflow::<AttachTaskTrace>())
        .map_err(|error| error.to_string())?
        .build();
    let replayer = WorkflowReplayer::new(options).map_err(|error| error.to_string())?;
    let replayed = replayer.replay_workflow(history).await;
    replayed.map_err(|error| error.to_string())
}
