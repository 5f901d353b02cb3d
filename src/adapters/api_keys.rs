//! The table of API keys.

use crate::{
    adapters::sqlite::Sqlite,
    domain::{id::Owner, identity::Scopes, time::UnixMillis},
};

const FIND: &str = "
    select hash, issuer, user_id, scopes, expires_at
      from api_key where key_id = ?1 and revoked_at is null";

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

/// Keys in the database file. A clone is cheap.
#[derive(Clone, Debug)]
pub struct ApiKeys(Sqlite);

impl ApiKeys {
    /// The table in `db`.
    pub fn new(db: Sqlite) -> Self {
        Self(db)
    }

    /// The key called `id`, unless it has been revoked. It may have expired.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn find(&self, id: &str) -> Result<Option<KnownKey>, sqlx::Error> {
        type Row = (String, String, String, String, Option<i64>);
        let row: Option<Row> = sqlx::query_as(FIND)
            .bind(id)
            .fetch_optional(&self.0.readers)
            .await?;
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
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
