//! Temporal, and the workflows that tasks are for.

use super::{StartError, other};
use crate::{
    adapters::{
        database::Database,
        store::Store,
        temporal::{Temporal, WorkflowRows, Workflows},
    },
    config::Config,
    domain::time::UnixMillis,
};

/// The workflows of tasks, where `TEMPORAL_URL` is set.
///
/// # Errors
///
/// Threads cannot be had; the rows cannot be written.
pub(super) async fn workflows(
    config: &Config,
    database: &Database,
    store: &Store,
) -> Result<Option<Workflows>, StartError> {
    let rows = WorkflowRows::new(database.clone());
    let Some(temporal) = &config.temporal else {
        // Tasks of an earlier start would wait for ever. Of a database that others
        // share they may be looked after by one that has Temporal.
        if !database.is_shared() {
            rows.make_all_due(UnixMillis::now()).await.map_err(other)?;
        }
        return Ok(None);
    };
    let timeout = temporal.timeout;
    let temporal = Temporal::start(temporal).map_err(other)?;
    let workflows = Workflows::new(temporal, rows, store.clone(), timeout);
    Ok(Some(workflows))
}
