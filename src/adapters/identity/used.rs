//! Tokens that may be used once, and have been.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering::Relaxed},
};

use crate::{
    adapters::{
        database::{Database, Sql, WriteError},
        secret::{hex, sha256},
    },
    domain::time::UnixMillis,
};

const CLAIM: &str = "
    insert into used_token (digest, expires_at) values ($1, $2) on conflict (digest) do nothing";

const EXPIRE: Sql = Sql::each(
    "delete from used_token
      where digest in (select digest from used_token
                        where expires_at < $1 order by expires_at limit 1000)",
    "delete from used_token
      where digest in (select digest from used_token
                        where expires_at < $1 order by expires_at limit 1000
                          for update skip locked)",
);

const COUNT: &str = "select count(*) from used_token";

/// Used tokens kept at most, within a minute's worth: above it none is taken, for
/// to forget one would let it in again.
const MOST: i64 = 1_000_000;

/// Why a token was not noted as used.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// There are as many as may be.
    #[error("a million used tokens are kept; set DID_MAX_LIFETIME lower")]
    Full,
    /// The database: nobody knows whether it was used.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The table of used tokens. A clone is cheap.
#[derive(Clone, Debug)]
pub struct UsedTokens {
    db: Database,
    kept: Arc<AtomicI64>,
}

impl UsedTokens {
    /// The table in `db`.
    pub fn new(db: Database) -> Self {
        Self {
            db,
            kept: Arc::default(),
        }
    }

    /// Whether `did` uses `jti` for the first time, at any gateway; durable when it
    /// returns.
    /// `until` is when the token is worth nothing anyway.
    ///
    /// # Errors
    ///
    /// [`ClaimError`]: then it must not be taken.
    pub async fn claim(&self, did: &str, jti: &str, until: UnixMillis) -> Result<bool, ClaimError> {
        if self.kept.load(Relaxed) >= MOST {
            return Err(ClaimError::Full);
        }
        let both = format!("{}:{did}{jti}", did.len());
        let digest = hex(&sha256(both.as_bytes()));
        let written = self.db.write(move |mut conn| {
            let digest = digest.clone();
            Box::pin(async move { conn.query(CLAIM).bind(digest).bind(until.0).run().await })
        });
        let is_first = written.await? == 1;
        self.kept.fetch_add(i64::from(is_first), Relaxed);
        Ok(is_first)
    }

    /// Counts how many there are. Each gateway has to, each minute, whoever of them
    /// forgets: it refuses tokens by what it counted.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn count(&self) -> sqlx::Result<()> {
        self.kept
            .store(self.db.query(COUNT).scalar().await?, Relaxed);
        Ok(())
    }

    /// Forgets up to a thousand tokens that ended before `before`; how many.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn expire(&self, before: UnixMillis) -> Result<u64, WriteError> {
        let written = self.db.write(move |mut conn| {
            Box::pin(async move { conn.query(EXPIRE).bind(before.0).run().await })
        });
        written.await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_is_used_once_also_by_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("attach.db");
        let (did, end) = ("did:key:z6Mk", UnixMillis(2000));
        let db = Database::open(&path.clone().into()).await.unwrap();
        let used = UsedTokens::new(db.clone());
        assert!(used.claim(did, "a", end).await.unwrap());
        assert!(!used.claim(did, "a", end).await.unwrap());
        assert!(used.claim(did, "b", end).await.unwrap());
        assert!(used.claim("did:key:z6Mka", "", end).await.unwrap());
        db.close().await;
        let used = UsedTokens::new(Database::open(&path.clone().into()).await.unwrap());
        assert!(!used.claim(did, "a", end).await.unwrap());
        assert_eq!(used.expire(UnixMillis(2001)).await.unwrap(), 3);
        assert!(used.claim(did, "a", end).await.unwrap());
    }

    #[tokio::test]
    async fn there_is_room_again_once_any_gateway_has_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("attach.db").into())
            .await
            .unwrap();
        let used = UsedTokens::new(db);
        used.kept.store(MOST, Relaxed);
        let claimed = used.claim("did:key:z6Mk", "a", UnixMillis(2000)).await;
        assert!(matches!(claimed, Err(ClaimError::Full)));
        used.clone().count().await.unwrap();
        let claimed = used.claim("did:key:z6Mk", "a", UnixMillis(2000)).await;
        assert!(claimed.unwrap());
    }
}
