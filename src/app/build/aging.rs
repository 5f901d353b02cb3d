//! What keeps tables from growing for ever, and what waits for a quiet moment.

use std::time::Duration;

use crate::{
    actors::mirror::Mirror,
    adapters::{
        browsers::BrowserTable,
        identity::used::UsedTokens,
        memory::{Memory, MemoryError},
        sessions::SessionTable,
        sqlite::WriteError,
    },
    domain::time::UnixMillis,
};

/// How long a session that nobody comes back to is known.
const SESSIONS_MS: i64 = 30 * 86_400_000;
/// How often old rows are looked for; so often at most is a failure told of.
const EXPIRE: Duration = Duration::from_secs(60);
/// How many rows of a table go at once.
const TURN: u64 = 1000;
/// How often events wait for the index of words, and how many may come in
/// meanwhile for it to be called quiet.
const LOOK: Duration = Duration::from_secs(1);
const QUIET: u64 = 200;

/// Tables whose rows grow old.
pub(super) struct Aging {
    pub(super) memory: Memory,
    pub(super) mirror: Mirror,
    pub(super) keeps_ms: Option<i64>,
    pub(super) max_bytes: Option<u64>,
    pub(super) sessions: SessionTable,
    pub(super) browsers: BrowserTable,
    pub(super) used: UsedTokens,
}

impl Aging {
    /// Forgets what is old and indexes what is new, as long as the gateway runs.
    /// Nothing of it waits for the rest.
    pub(super) async fn go_on(self) {
        tokio::join!(self.tend_memory(), self.tend_tables(), self.keep_indexed());
    }

    /// A few rows at a time, so that others get to write in between.
    async fn tend_memory(&self) {
        loop {
            told("memory", self.expire().await);
            told("memory", self.shrink().await);
            tokio::time::sleep(EXPIRE).await;
        }
    }

    async fn expire(&self) -> Result<(), MemoryError> {
        let Some(keeps_ms) = self.keeps_ms else {
            return Ok(());
        };
        while self.memory.expire(before(keeps_ms)).await? > 0 {}
        Ok(())
    }

    async fn shrink(&self) -> Result<(), MemoryError> {
        let Some(max_bytes) = self.max_bytes else {
            return Ok(());
        };
        while self.memory.shrink(max_bytes).await? > 0 {}
        Ok(())
    }

    async fn tend_tables(&self) {
        let (sessions, browsers, used) = (&self.sessions, &self.browsers, &self.used);
        loop {
            told(
                "sessions",
                all(|| sessions.expire(before(SESSIONS_MS))).await,
            );
            told("logins", all(|| browsers.expire(before(SESSIONS_MS))).await);
            told("used tokens", all(|| used.expire(before(0))).await);
            tokio::time::sleep(EXPIRE).await;
        }
    }

    async fn keep_indexed(&self) {
        loop {
            let before = self.mirror.count();
            tokio::time::sleep(LOOK).await;
            if let Err(error) = self.index(before).await {
                tracing::warn!(%error, "memory is not indexed, trying again in a minute");
                tokio::time::sleep(EXPIRE).await;
            }
        }
    }

    /// Indexes while it is quiet.
    async fn index(&self, before: u64) -> Result<(), MemoryError> {
        while self.mirror.count() - before < QUIET && self.memory.index().await? {}
        Ok(())
    }
}

fn before(age_ms: i64) -> UnixMillis {
    UnixMillis(UnixMillis::now().0.saturating_sub(age_ms))
}

/// Expires until less than a full turn was there to go.
async fn all<F>(expire: impl Fn() -> F) -> Result<(), WriteError>
where
    F: Future<Output = Result<u64, WriteError>>,
{
    while expire().await? >= TURN {}
    Ok(())
}

fn told(what: &str, done: Result<(), impl std::fmt::Display>) {
    if let Err(error) = done {
        tracing::warn!(%error, "old rows of {what} stay, trying again in a minute");
    }
}
