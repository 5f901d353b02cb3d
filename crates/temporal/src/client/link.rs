//! The connection, whoever holds it, and how it stands.

use std::{
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use temporalio_client::Connection;
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::{Notify, watch},
};

use super::probe;
use crate::{Fault, Settings};

/// Two threads carry all traffic, the worker's as well: a busy gateway does not make
/// Temporal wait, nor the other way round.
const THREADS: usize = 2;

/// Whether Temporal can be asked, as far as is known: a call or a look every few
/// seconds tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The server answered, and knows our namespace.
    pub is_connected: bool,
    /// Why not, for people. `None` while connected.
    pub why: Option<String>,
}

/// Temporal, or where it should be. Cheap to clone; the last clone that goes ends the
/// connection, and its threads.
#[derive(Clone)]
pub struct Temporal(Arc<Inner>);

struct Inner {
    link: Arc<Link>,
    handle: Handle,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

/// What the loop that looks after the connection shares with those who call.
pub(super) struct Link {
    pub(super) settings: Settings,
    pub(super) up: watch::Sender<Up>,
    /// A call failed: look now, not in some seconds.
    pub(super) doubt: Notify,
    /// How often there was a connection after there was none.
    pub(super) connects: AtomicU64,
}

/// What the loop found last. `Ok` is a connection over which the namespace was seen.
pub(super) type Up = Result<Connection, String>;

impl Temporal {
    /// Returns at once; a loop connects, looks after the connection and connects again,
    /// after 50 ms at first and 10 s at most. It logs an outage when it comes, when its
    /// reason changes and when it goes.
    ///
    /// # Errors
    ///
    /// When the address is no `host:port`, or threads cannot be had.
    pub fn start(settings: Settings) -> io::Result<Self> {
        probe::target(&settings)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("temporal")
            .enable_all()
            .build()?;
        let why = format!("temporal at {} has not answered yet", settings.address);
        let link = Arc::new(Link {
            settings,
            up: watch::Sender::new(Err(why)),
            doubt: Notify::new(),
            connects: AtomicU64::new(0),
        });
        runtime.spawn(probe::look_after(link.clone()));
        let handle = runtime.handle().clone();
        let runtime = Some(runtime);
        Ok(Self(Arc::new(Inner {
            link,
            handle,
            runtime,
        })))
    }

    /// What it was started with.
    pub fn settings(&self) -> &Settings {
        &self.0.link.settings
    }

    /// How it stands now.
    pub fn standing(&self) -> Standing {
        standing(&self.0.link.up.borrow())
    }

    /// How often it came back, the first time included. What was known of the server may
    /// be another's when this has grown.
    pub fn connects(&self) -> u64 {
        self.0.link.connects.load(Ordering::Acquire)
    }

    /// Waits until it stands otherwise than `seen`, and says how.
    pub async fn changed(&self, seen: &Standing) -> Standing {
        let mut up = self.0.link.up.subscribe();
        // Its sender lives as long as `self`.
        let _ = up.wait_for(|up| standing(up) != *seen).await;
        self.standing()
    }

    /// Waits for a connection, `within` at most. What it waits for may be away again when
    /// this returns: for commands that a person waits for.
    ///
    /// # Errors
    ///
    /// Why there is none yet.
    pub async fn connected(&self, within: Duration) -> Result<(), Fault> {
        let mut up = self.0.link.up.subscribe();
        let _ = tokio::time::timeout(within, up.wait_for(Result::is_ok)).await;
        self.connection().map(drop)
    }

    pub(super) fn connection(&self) -> Result<Connection, Fault> {
        self.0.link.up.borrow().clone().map_err(Fault::Away)
    }

    /// Something did not work: the loop looks at once whether Temporal is still there.
    pub(crate) fn doubt(&self) {
        self.0.link.doubt.notify_one();
    }

    /// A connection, as soon as there is one.
    pub(crate) async fn up(&self) -> Option<Connection> {
        let mut up = self.0.link.up.subscribe();
        let up = up.wait_for(Result::is_ok).await.ok()?;
        up.clone().ok()
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.0.handle
    }
}

fn standing(up: &Up) -> Standing {
    let why = up.as_ref().err().cloned();
    Standing {
        is_connected: why.is_none(),
        why,
    }
}

/// A runtime must not be waited for where it may be dropped: inside another one.
impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Temporal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Temporal")
            .field("settings", self.settings())
            .field("standing", &self.standing())
            .finish()
    }
}
