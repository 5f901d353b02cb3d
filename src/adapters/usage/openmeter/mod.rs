//! Usage told to OpenMeter: the rows are the outbox, so that a call costs nothing
//! more, and nothing is lost that was written down.

mod api;
mod event;
mod fault;
mod pace;
mod place;
mod send;
mod witness;

use std::sync::{Arc, Mutex};

use tokio::sync::watch;

pub use fault::Fault;
pub use place::{Audit, Standing};
pub use send::Reported;

use super::UsageTable;
use crate::{
    adapters::database::{
        Database, WriteError,
        sole::{Part, Sole},
    },
    config::OpenMeterConfig,
    domain::{redact::Redactor, time::UnixMillis},
};
use api::Api;
use pace::Pace;
use witness::Witness;

/// An OpenMeter and the records it is told of. A clone shares everything.
#[derive(Clone, Debug)]
pub struct OpenMeter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    db: Database,
    /// Where several gateways serve, one tells it.
    sole: Sole,
    api: Api,
    /// Users of this issuer are told by their bare name.
    home: String,
    redactor: Redactor,
    committed: watch::Receiver<()>,
    pace: Mutex<Pace>,
    witness: Mutex<Option<Witness>>,
}

/// Why nothing could be told; nothing is lost.
#[derive(Debug, thiserror::Error)]
pub enum MeterError {
    /// The rows cannot be read.
    #[error("database: {0}")]
    Read(#[from] sqlx::Error),
    /// The place cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A record is none that JSON can say.
    #[error("a usage record cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl OpenMeter {
    /// The one that `config` names, told of the records of `table` as a gateway
    /// whose own issuer is `home`. Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up on this machine.
    pub fn new(
        config: &OpenMeterConfig,
        table: &UsageTable,
        home: &str,
        redactor: Redactor,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self(Arc::new(Inner {
            sole: Sole::new(&table.db, Part::Usage),
            db: table.db.clone(),
            api: Api::new(config)?,
            home: home.to_owned(),
            redactor,
            committed: table.commits(),
            pace: Mutex::default(),
            witness: Mutex::default(),
        })))
    }

    /// Begins with the records to come, if it is on for the first time; whether it
    /// is. From then on nothing is left out, also of what is recorded while it is
    /// off. Another OpenMeter goes on where the one before it stopped.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn begin(&self) -> Result<bool, WriteError> {
        place::begin(&self.0.db).await
    }

    /// Leaves telling it to another gateway, if there is one.
    pub async fn leave(&self) {
        self.0.sole.leave().await;
    }

    /// Changes whenever there may be something to tell; not for what other gateways
    /// recorded.
    pub fn arrivals(&self) -> watch::Receiver<()> {
        self.0.committed.clone()
    }

    /// How it stands; cheap.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn standing(&self) -> sqlx::Result<Option<Standing>> {
        place::standing(&self.0.db).await
    }
}

/// What was told beside what was recorded in `db`, whoever serves from it; `None` if
/// OpenMeter was never on. It reads every record that was told.
///
/// # Errors
///
/// The database.
pub async fn audit(db: &Database) -> sqlx::Result<Option<Audit>> {
    place::audit(db).await
}

/// Notes in `db` that somebody has dealt with the record `usage_id` that was set
/// aside, or with all of them; how many were not yet.
///
/// # Errors
///
/// The database.
pub async fn settle(
    db: &Database,
    usage_id: Option<String>,
    now: UnixMillis,
) -> Result<u64, WriteError> {
    place::settle(db, usage_id, now).await
}

/// Looks whether it is there and takes the key, and bills nobody.
///
/// # Errors
///
/// Why not.
pub async fn look(config: &OpenMeterConfig) -> Result<(), Fault> {
    let api = Api::new(config).map_err(|error| Fault::of(&error))?;
    api.look().await
}
