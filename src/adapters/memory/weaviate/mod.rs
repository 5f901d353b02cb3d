//! Memory in a Weaviate, by way of rows on disk: whoever writes never waits for it.

mod api;
mod class;
mod erase;
mod everyone;
mod fault;
mod field;
mod forward;
mod graphql;
mod list;
mod look;
mod object;
mod outbox;
mod pace;
mod read;
mod search;
mod sweep;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

pub use everyone::Tail;
pub use fault::Fault;
pub use forward::Forwarded;
pub use look::{Look, look};

use super::{Kept, MemoryError, Standing};
use crate::{
    adapters::database::{
        Database,
        sole::{Part, Sole},
    },
    config::WeaviateConfig,
    domain::{memory::MemoryEvent, time::UnixMillis},
};
use api::Api;
use class::{CLASS, Class, definition};
use pace::Pace;

/// How often it is looked whether a class can be queried, and the pause between.
const LOOKS: u32 = 40;
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A Weaviate and the rows that wait for it. A clone shares everything.
#[derive(Clone, Debug)]
pub struct Weaviate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    db: Database,
    /// Where several gateways serve, one sends.
    sole: Sole,
    api: Api,
    /// The issuer whose users the original's events belong to.
    home: Option<String>,
    /// The class as it was last seen; looked for again after errors.
    class: Mutex<Option<Arc<Class>>>,
    /// Rows came in.
    arrived: watch::Sender<()>,
    /// How sending went of late.
    pace: Mutex<Pace>,
    /// Why it was not reached the last time.
    away: Mutex<Option<String>>,
}

impl Weaviate {
    /// The one that `config` names; rows wait in `db`. The events of a class that
    /// the original made belong to the users of `home`, or to nobody. Nothing is
    /// asked yet.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up on this machine.
    pub fn new(
        config: &WeaviateConfig,
        db: Database,
        home: Option<String>,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self(Arc::new(Inner {
            sole: Sole::new(&db, Part::Memory),
            db,
            api: Api::new(config)?,
            home,
            class: Mutex::default(),
            arrived: watch::Sender::new(()),
            pace: Mutex::default(),
            away: Mutex::default(),
        })))
    }

    /// Where its rows wait.
    pub(super) fn database(&self) -> &Database {
        &self.0.db
    }

    /// Leaves sending to another gateway, if there is one.
    pub async fn leave(&self) {
        self.0.sole.leave().await;
    }

    /// Changes whenever there is something to send; not for what other gateways wrote.
    pub fn arrivals(&self) -> watch::Receiver<()> {
        self.0.arrived.subscribe()
    }

    pub(super) async fn write(&self, batch: &[MemoryEvent]) -> Result<u64, MemoryError> {
        let written = outbox::write(&self.0.db, batch).await?;
        self.0.arrived.send_replace(());
        Ok(written)
    }

    pub(super) async fn keep(
        &self,
        event: MemoryEvent,
        key: Option<String>,
    ) -> Result<Kept, MemoryError> {
        let kept = outbox::keep(&self.0.db, event, key).await?;
        self.0.arrived.send_replace(());
        Ok(kept)
    }

    pub(super) async fn standing(&self, now: UnixMillis) -> Result<Standing, MemoryError> {
        let backlog = outbox::standing(&self.0.db).await?;
        let away = self.0.away.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Standing {
            waiting: backlog.waiting.unsigned_abs(),
            set_aside: backlog.set_aside.unsigned_abs(),
            oldest_ms: backlog.oldest_at.map(|at| now.0.saturating_sub(at).max(0)),
            away: away.clone(),
        })
    }

    /// Forgets idempotency keys from before `before`, but for those of events that
    /// still wait.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn forget_keys(&self, before: UnixMillis) -> Result<(), MemoryError> {
        outbox::forget_keys(&self.0.db, before).await
    }

    /// The class, which is made or completed if need be.
    async fn class(&self) -> Result<Arc<Class>, Fault> {
        if let Some(known) = self.known_class().clone() {
            return Ok(known);
        }
        let class = Arc::new(ready(&self.0.api).await?);
        if !class.differences.is_empty() {
            let differences = class.differences.join("; ");
            tracing::info!(differences, "Weaviate's class of events is used as it is");
        }
        Ok(self.known_class().insert(class).clone())
    }

    fn known_class(&self) -> MutexGuard<'_, Option<Arc<Class>>> {
        self.0.class.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose users the events without an issuer belong to.
    fn home(&self, class: &Class) -> Option<&str> {
        self.0.home.as_deref().filter(|_| !class.is_ours)
    }

    /// Takes what was erased out of the journal of a file.
    async fn scrub(&self) -> sqlx::Result<()> {
        match self.0.db.file() {
            Some(file) => file.scrub().await.map(drop),
            None => Ok(()),
        }
    }

    /// Notes whether Weaviate did what it was asked for. After a fault the class is
    /// looked for again: someone may have changed it.
    fn note(&self, fault: Option<&Fault>) {
        let mut away = self.0.away.lock().unwrap_or_else(PoisonError::into_inner);
        *away = fault.map(ToString::to_string);
        drop(away);
        if fault.is_some() {
            self.forget_class();
        }
    }

    fn noted<T>(&self, result: Result<T, Fault>) -> Result<T, MemoryError> {
        self.note(result.as_ref().err());
        Ok(result?)
    }

    fn forget_class(&self) {
        *self.known_class() = None;
    }
}

/// The path of the class.
fn class_path() -> String {
    format!("/v1/schema/{CLASS}")
}

/// The class as it stands, if it is there.
async fn found(api: &Api) -> Result<Option<Class>, Fault> {
    let schema = api.get(&class_path()).await?;
    schema.as_ref().map(Class::read).transpose()
}

/// Makes the class or completes it, and waits until it can be queried. Others may do
/// the same at this moment: what is there already is refused, and looked at again.
async fn ready(api: &Api) -> Result<Class, Fault> {
    let class = match found(api).await? {
        Some(class) => class,
        None => {
            allowing_twins(api.post("/v1/schema", &definition()).await)?;
            found(api).await?.ok_or_else(vanished)?
        }
    };
    let class = completed(api, class).await?;
    queried(api, &class).await;
    Ok(class)
}

async fn completed(api: &Api, class: Class) -> Result<Class, Fault> {
    let path = format!("{}/properties", class_path());
    let mut added = 0;
    for property in class.missing() {
        allowing_twins(api.post(&path, &property).await)?;
        added += 1;
    }
    match added {
        0 => Ok(class),
        _ => found(api).await?.ok_or_else(vanished),
    }
}

/// Queries learn of a class some time after it was changed, whoever changed it. Any
/// other fault is told to who asks for events.
async fn queried(api: &Api, class: &Class) {
    let selection = &class.selection;
    let query = format!("{{Get{{{CLASS}(limit:1,offset:0){{{selection} _additional{{id}}}}}}}}");
    for _ in 0..LOOKS {
        match api.graphql(&query).await {
            Err(fault) if fault.is_unlearned() => tokio::time::sleep(LOOK_AGAIN).await,
            _ => return,
        }
    }
}

fn allowing_twins<T>(made: Result<T, Fault>) -> Result<(), Fault> {
    match made {
        Err(Fault::Refused { status: 422, .. }) | Ok(_) => Ok(()),
        Err(fault) => Err(fault),
    }
}

fn vanished() -> Fault {
    Fault::Class("it cannot be made; make it by hand, or allow it to the key".to_owned())
}
