//! The table of API keys.

mod made;
mod own;
mod view;
mod wanted;

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use crate::{
    adapters::{
        database::{Database, Sql, WriteError},
        secret::{hex, sha256, unhex},
    },
    domain::{id::Owner, identity::Scopes, time::UnixMillis},
};
pub use made::{CreateError, MadeKey, NewKey};
pub use view::KeyView;
pub use wanted::{Lifetime, name, plain};

const IS_THERE: Sql = Sql::each(
    "select exists (select 1 from sqlite_master where type = 'table' and name = 'api_key')",
    "select to_regclass('api_key') is not null",
);

const FIND: &str = "
    select hash, issuer, user_id, scopes, expires_at
      from api_key where key_id = $1 and revoked_at is null";

const INSERT: &str = "
    insert into api_key (key_id, hash, issuer, user_id, name, scopes, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";

const LIST: &str = "
    select key_id, name, issuer, user_id, scopes, created_at, expires_at, revoked_at
      from api_key order by created_at desc, key_id";

const HAS_ANY: &str = "
    select exists (select 1 from api_key
                    where revoked_at is null and (expires_at is null or expires_at > $1))";

const REVOKE: &str = "
    update api_key set revoked_at = $2 where key_id = $1 and revoked_at is null";

const REVOKED_AT: &str = "select revoked_at from api_key where key_id = $1";

/// What became of a key that was to be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// It worked, or had expired, until now.
    Now,
    /// It had been revoked, then.
    Before(UnixMillis),
    /// There is no such key.
    Unknown,
}

/// What is kept of a key: never the key.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// SHA-256 of the whole key.
    pub hash: [u8; 32],
    /// Whose it is.
    pub owner: Owner,
    /// All it may do.
    pub scopes: Scopes,
    /// Until when; `None` is for ever.
    pub expires_at: Option<UnixMillis>,
}

/// Look-ups at once, and how long one waits for its turn: keys that somebody
/// made up must not keep tasks from being read.
const LOOKUPS: usize = 2;
const TURN: Duration = Duration::from_secs(1);

/// Keys in the database. A clone is cheap.
#[derive(Clone, Debug)]
pub struct ApiKeys(Database, Arc<Semaphore>);

impl ApiKeys {
    /// The table in `db`.
    pub fn new(db: Database) -> Self {
        Self(db, Arc::new(Semaphore::new(LOOKUPS)))
    }

    /// The key called `id`, unless it has been revoked. It may have expired.
    ///
    /// # Errors
    ///
    /// The database, or too many who ask.
    pub async fn find(&self, id: &str) -> Result<Option<KnownKey>, sqlx::Error> {
        type Row = (String, String, String, String, Option<i64>);
        let turn = tokio::time::timeout(TURN, self.1.acquire()).await;
        let _turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let row: Option<Row> = self.0.query(FIND).bind(id).optional().await?;
        let Some((hash, issuer, user, scopes, expires_at)) = row else {
            return Ok(None);
        };
        let hash = unhex(&hash).ok_or_else(|| sqlx::Error::Decode("a broken hash".into()))?;
        Ok(Some(KnownKey {
            hash,
            owner: Owner::new(issuer, user),
            scopes: Scopes::parse(&scopes),
            expires_at: expires_at.map(UnixMillis),
        }))
    }

    /// Makes a key. Its hash alone is kept.
    ///
    /// # Errors
    ///
    /// [`CreateError`]: there is no key.
    pub async fn create(&self, new: NewKey, now: UnixMillis) -> Result<MadeKey, CreateError> {
        let key = MadeKey::fresh()?;
        let (id, hash) = (key.id.clone(), hex(&sha256(key.text.as_bytes())));
        let insert = self.0.write(move |mut conn| {
            let (id, hash, new) = (id.clone(), hash.clone(), new.clone());
            Box::pin(async move {
                let row = conn.query(INSERT).bind(id).bind(hash);
                let row = row.bind(new.owner.issuer).bind(new.owner.user);
                let row = row.bind(new.name).bind(new.scopes.to_text());
                let row = row.bind(now.0).bind(new.expires_at.map(|end| end.0));
                row.run().await.map(drop)
            })
        });
        insert.await?;
        Ok(key)
    }

    /// Every key there ever was, the newest first. None where the file is older
    /// than keys are.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn list(&self) -> Result<Vec<KeyView>, sqlx::Error> {
        if !self.is_there().await? {
            return Ok(Vec::new());
        }
        let rows = self.0.query(LIST).all().await?;
        Ok(rows.into_iter().map(KeyView::from_row).collect())
    }

    /// Whether there is a key that works at `now`.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn has_any(&self, now: UnixMillis) -> Result<bool, sqlx::Error> {
        if !self.is_there().await? {
            return Ok(false);
        }
        self.0.query(HAS_ANY).bind(now.0).scalar().await
    }

    /// Ends the key called `id`. Every gateway that serves hears of it within a
    /// second.
    ///
    /// # Errors
    ///
    /// The database: it still works.
    pub async fn revoke(&self, id: &str, now: UnixMillis) -> Result<Revoked, WriteError> {
        let id = id.to_owned();
        let revoke = self.0.write(move |mut conn| {
            let id = id.clone();
            Box::pin(async move {
                if conn.query(REVOKE).bind(&id).bind(now.0).run().await? > 0 {
                    return Ok(Revoked::Now);
                }
                let before: Option<i64> =
                    conn.query(REVOKED_AT).bind(&id).optional_scalar().await?;
                Ok(before.map_or(Revoked::Unknown, |at| Revoked::Before(UnixMillis(at))))
            })
        });
        revoke.await
    }

    async fn is_there(&self) -> Result<bool, sqlx::Error> {
        self.0.query(IS_THERE).scalar().await
    }
}
