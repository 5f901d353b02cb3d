//! What keeps tables from growing for ever, and what waits for a quiet moment.

use std::time::Duration;

use crate::{
    actors::mirror::Mirror,
    adapters::{
        browsers::BrowserTable,
        database::sole::Sole,
        identity::used::UsedTokens,
        memory::{Memory, MemoryError},
        sessions::SessionTable,
    },
    domain::time::UnixMillis,
};

/// How long a session that nobody comes back to is known.
const SESSIONS_MS: i64 = 30 * 86_400_000;
/// How often old rows are looked for.
const EXPIRE: Duration = Duration::from_secs(60);
/// How often events wait for the index of words, and how many may come in
/// meanwhile for it to be called quiet.
const LOOK: Duration = Duration::from_secs(1);
const QUIET: u64 = 200;

/// Tables whose rows grow old.
pub(super) struct Aging {
    /// Where several gateways serve, one forgets.
    pub(super) sole: Sole,
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
    pub(super) async fn go_on(self) {
        tokio::join!(self.forget(), self.tidy(), self.index());
    }

    /// Old rows of sessions and tokens: a thousand at a time, so that others get to
    /// write in between. How much room that made for tokens every gateway counts.
    async fn forget(&self) {
        loop {
            if self.is_ours().await {
                self.forget_some().await;
            }
            if let Err(error) = self.used.count().await {
                tracing::debug!(%error, "used tokens are not counted, trying again in a minute");
            }
            tokio::time::sleep(EXPIRE).await;
        }
    }

    async fn forget_some(&self) {
        let before = |age_ms: i64| UnixMillis(UnixMillis::now().0.saturating_sub(age_ms));
        while matches!(self.sessions.expire(before(SESSIONS_MS)).await, Ok(1000..)) {}
        while matches!(self.browsers.expire(before(SESSIONS_MS)).await, Ok(1000..)) {}
        while matches!(self.used.expire(before(0)).await, Ok(1000..)) {}
    }

    /// Whether no other gateway does it. A database that cannot be asked has nothing
    /// to forget now.
    async fn is_ours(&self) -> bool {
        self.sole.is_mine().await.unwrap_or(false)
    }

    /// Memory within its bounds. A Weaviate that is away holds up nothing else.
    async fn tidy(&self) {
        loop {
            if let Err(error) = self.bound().await {
                tracing::warn!(%error, "memory is not bounded now, trying again in a minute");
            }
            tokio::time::sleep(EXPIRE).await;
        }
    }

    async fn bound(&self) -> Result<(), MemoryError> {
        if !self.is_ours().await {
            return Ok(());
        }
        if let Some(keeps_ms) = self.keeps_ms {
            let before = UnixMillis(UnixMillis::now().0.saturating_sub(keeps_ms));
            while self.memory.expire(before).await? > 0 {}
        }
        if let Some(max_bytes) = self.max_bytes {
            while self.memory.shrink(max_bytes).await? > 0 {}
        }
        self.memory.clean().await
    }

    /// Indexes while it is quiet.
    async fn index(&self) {
        loop {
            let before = self.mirror.count();
            tokio::time::sleep(LOOK).await;
            if let Err(error) = self.index_some(before).await {
                tracing::warn!(%error, "memory is not indexed, trying again in a minute");
                tokio::time::sleep(EXPIRE).await;
            }
        }
    }

    async fn index_some(&self, before: u64) -> Result<(), MemoryError> {
        while self.mirror.count() - before < QUIET && self.memory.index().await? {}
        Ok(())
    }
}
