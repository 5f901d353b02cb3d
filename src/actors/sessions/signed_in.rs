//! Browsers that are signed in: rows, and a map so that a request need not read
//! them.

use std::{
    collections::HashMap,
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use quick_cache::sync::Cache;
use tokio::{sync::Semaphore, time::timeout};

use crate::{
    adapters::{
        browsers::{BrowserTable, Ended, Hash},
        database::WriteError,
        secret::sha256,
    },
    domain::{
        browser::BrowserSession,
        id::{Owner, SessionId},
        time::UnixMillis,
    },
};

/// Sessions in memory at most; the others are read from the table when they come.
const KNOWN: usize = 10_000;
/// Cookies that open nothing, remembered so that they are looked up once.
const UNKNOWN: usize = 10_000;
/// Look-ups at once: cookies that somebody made up must not keep tasks from being
/// read.
const LOOKUPS: usize = 2;
/// How long a look-up waits for its turn.
const PATIENCE: Duration = Duration::from_secs(1);
/// A session's row is written again when it lags this far behind.
const LAG_MS: i64 = 30_000;
/// How far back each look for ended sessions reaches: a row says when it was to
/// end, and may be committed a little later.
const OVERLAP_MS: i64 = 60_000;

/// A clone shares everything.
#[derive(Clone)]
pub(super) struct SignedIn(Arc<Parts>);

struct Parts {
    table: BrowserTable,
    known: Cache<Hash, Arc<Entry>>,
    unknown: Cache<Hash, ()>,
    lookups: Semaphore,
    moved: Mutex<HashMap<Hash, UnixMillis>>,
    looked_at: AtomicI64,
}

struct Entry {
    session: BrowserSession,
    seen_at: AtomicI64,
    /// The same, as the row says it or is about to.
    written_at: AtomicI64,
}

impl SignedIn {
    pub(super) fn new(table: BrowserTable, now: UnixMillis) -> Self {
        Self(Arc::new(Parts {
            table,
            known: Cache::new(KNOWN),
            unknown: Cache::new(UNKNOWN),
            lookups: Semaphore::new(LOOKUPS),
            moved: Mutex::default(),
            looked_at: AtomicI64::new(now.0),
        }))
    }

    /// Opens `session` to whoever brings `secret`; durable when it returns.
    pub(super) async fn open(
        &self,
        secret: &str,
        session: BrowserSession,
    ) -> Result<(), WriteError> {
        let hash = sha256(secret.as_bytes());
        self.0.table.open(&hash, &session).await?;
        self.0.known.insert(hash, Entry::of(session));
        Ok(())
    }

    /// The open session of `secret`, which is noted as used.
    pub(super) async fn find(
        &self,
        secret: &str,
        now: UnixMillis,
    ) -> Result<Option<BrowserSession>, sqlx::Error> {
        if !is_secret(secret) {
            return Ok(None);
        }
        let hash = sha256(secret.as_bytes());
        if let Some(entry) = self.0.known.get(&hash) {
            if let Some(session) = self.used(hash, &entry, now) {
                return Ok(Some(session));
            }
            // Another gateway may have seen it meanwhile: its row tells.
            self.0.known.remove(&hash);
        }
        let Some(entry) = self.look_up(hash).await? else {
            return Ok(None);
        };
        let session = self.used(hash, &entry, now);
        if session.is_none() {
            self.0.known.remove(&hash);
            self.0.unknown.insert(hash, ());
        }
        Ok(session)
    }

    /// The session of an entry that is still open, noted as used.
    fn used(&self, hash: Hash, entry: &Entry, now: UnixMillis) -> Option<BrowserSession> {
        if !entry.touch(now) {
            return None;
        }
        if entry.lags(now) {
            let mut moved = self.0.moved.lock().unwrap_or_else(PoisonError::into_inner);
            moved.insert(hash, now);
        }
        Some(entry.session.clone())
    }

    async fn look_up(&self, hash: Hash) -> Result<Option<Arc<Entry>>, sqlx::Error> {
        if self.0.unknown.get(&hash).is_some() {
            return Ok(None);
        }
        let place = timeout(PATIENCE, self.0.lookups.acquire()).await;
        let _place = place.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let Some(session) = self.0.table.find(&hash).await? else {
            self.0.unknown.insert(hash, ());
            return Ok(None);
        };
        let entry = Entry::of(session);
        self.0.known.insert(hash, entry.clone());
        // It may have been ended since the row was read.
        if self.0.unknown.get(&hash).is_some() {
            self.0.known.remove(&hash);
            return Ok(None);
        }
        Ok(Some(entry))
    }

    /// From now on a cookie opens nothing here. First it is noted so and then it is
    /// forgotten, and who looks it up does the same the other way round: whichever of
    /// them is later, it is not known.
    fn shut(&self, hash: Hash) {
        self.0.unknown.insert(hash, ());
        self.0.known.remove(&hash);
    }

    /// Ends the session of `secret`; durable when it returns.
    pub(super) async fn end(&self, secret: &str, now: UnixMillis) -> Result<(), WriteError> {
        let hash = sha256(secret.as_bytes());
        self.0.table.end(&hash, now).await?;
        self.shut(hash);
        Ok(())
    }

    /// Ends the session of `owner` with this id; durable when it returns, and known
    /// here.
    pub(super) async fn end_own(
        &self,
        id: &SessionId,
        owner: &Owner,
        now: UnixMillis,
    ) -> Result<Ended, WriteError> {
        let (ended, cookies) = self.0.table.end_own(id, owner, now).await?;
        cookies.into_iter().for_each(|hash| self.shut(hash));
        Ok(ended)
    }

    /// Writes what has moved, and forgets what another process has ended.
    pub(super) async fn tick(&self, now: UnixMillis) {
        let moved = {
            let mut moved = self.0.moved.lock().unwrap_or_else(PoisonError::into_inner);
            mem::take(&mut *moved)
        };
        if !moved.is_empty()
            && let Err(error) = self.0.table.touch(moved).await
        {
            tracing::warn!(%error, "not written when browsers were seen; their sessions may end early");
        }
        if self.0.known.is_empty() {
            self.0.looked_at.store(now.0, Relaxed);
        } else {
            self.drop_ended(now).await;
        }
    }

    async fn drop_ended(&self, now: UnixMillis) {
        // The clock may have been set back.
        let looked_at = UnixMillis(self.0.looked_at.load(Relaxed)).min(now);
        let since = looked_at.plus(-OVERLAP_MS);
        match self.0.table.ended(since).await {
            Ok(ended) => {
                self.0.looked_at.store(now.0, Relaxed);
                ended.into_iter().for_each(|hash| self.shut(hash));
            }
            Err(error) => {
                tracing::warn!(%error, "ended sessions cannot be read; those ended elsewhere stay open meanwhile");
            }
        }
    }
}

impl Entry {
    fn of(session: BrowserSession) -> Arc<Self> {
        Arc::new(Self {
            seen_at: AtomicI64::new(session.seen_at.0),
            written_at: AtomicI64::new(session.seen_at.0),
            session,
        })
    }

    /// Whether the session is open; then it is seen now.
    fn touch(&self, now: UnixMillis) -> bool {
        let seen_at = UnixMillis(self.seen_at.load(Relaxed));
        let is_open = self.session.is_open(seen_at, now);
        if is_open {
            self.seen_at.fetch_max(now.0, Relaxed);
        }
        is_open
    }

    /// Whether the row should be written: true for one caller each time.
    fn lags(&self, now: UnixMillis) -> bool {
        let written_at = self.written_at.load(Relaxed);
        now.0 - written_at > LAG_MS
            && self
                .written_at
                .compare_exchange(written_at, now.0, Relaxed, Relaxed)
                .is_ok()
    }
}

/// What we make: 256 bits in lower-case hex. Anything else is not looked up.
fn is_secret(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
