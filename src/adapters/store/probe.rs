//! Whether the database can be written.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::{Store, StoreError, sql};
use crate::adapters::database::WriteError;

/// How long one write may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an answer stands, so that polling does not cost an fsync each.
const STANDS: Duration = Duration::from_secs(1);

/// The last answer, and when it came. Who asks meanwhile waits for it.
pub(super) type Probe = Arc<Mutex<Option<(Instant, Result<(), WriteError>)>>>;

impl Store {
    /// Whether a row can be written: writes one, unless that was tried within
    /// the last second. Costs a share of one fsync, and takes 5 s at most.
    ///
    /// # Errors
    ///
    /// Why not, the time limit included.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let mut last = self.probe.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < STANDS
        {
            return Ok(answer.clone()?);
        }
        let written = timeout(PATIENCE, self.write_probe());
        let answer = written.await.unwrap_or_else(|_| Err(too_slow()));
        *last = Some((Instant::now(), answer.clone()));
        Ok(answer?)
    }

    async fn write_probe(&self) -> Result<(), WriteError> {
        let written = self
            .db
            .lone(|mut conn| Box::pin(async move { conn.query(sql::PROBE).run().await.map(drop) }));
        written.await
    }
}

fn too_slow() -> WriteError {
    let text = format!("nothing written within {} s", PATIENCE.as_secs());
    let error = io::Error::new(io::ErrorKind::TimedOut, text);
    WriteError::Database(Arc::new(error.into()))
}
