//! Keys as their owner keeps them: only one's own, and not endlessly many.

use super::{ApiKeys, CreateError, KeyView, MadeKey, NewKey, Revoked};
use crate::{
    adapters::{
        database::WriteError,
        secret::{hex, sha256},
    },
    domain::{id::Owner, time::UnixMillis},
};

/// Keys that are over are remembered so many an owner; older ones are forgotten when
/// one more is made.
const REMEMBERED: i64 = 400;

/// Those that work come first, of each kind the newest.
const OF_OWNER: &str = "
    select key_id, name, issuer, user_id, scopes, created_at, expires_at, revoked_at
      from api_key where issuer = $1 and user_id = $2
     order by case when revoked_at is null and (expires_at is null or expires_at > $3)
                   then 0 else 1 end, created_at desc, key_id limit 500";

const INSERT_WITHIN: &str = "
    insert into api_key (key_id, hash, issuer, user_id, name, scopes, created_at, expires_at)
    select $1, $2, $3, $4, $5, $6, $7, $8
     where (select count(*) from api_key
             where issuer = $3 and user_id = $4
               and revoked_at is null and (expires_at is null or expires_at > $7)) < $9";

const FORGET: &str = "
    delete from api_key
     where key_id in (select key_id from api_key
                       where issuer = $1 and user_id = $2
                         and (revoked_at is not null or expires_at <= $3)
                       order by created_at desc, key_id limit 1000 offset $4)";

const REVOKE_OWN: &str = "
    update api_key set revoked_at = $2
     where key_id = $1 and issuer = $3 and user_id = $4 and revoked_at is null";

const OWN_REVOKED_AT: &str =
    "select revoked_at from api_key where key_id = $1 and issuer = $2 and user_id = $3";

impl ApiKeys {
    /// The keys of `owner`, those that work at `now` first, then the newest first;
    /// 500 at most.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn of(&self, owner: &Owner, now: UnixMillis) -> Result<Vec<KeyView>, sqlx::Error> {
        let query = self.0.query(OF_OWNER);
        let query = query.bind(&*owner.issuer).bind(&*owner.user);
        let rows = query.bind(now.0).all().await?;
        Ok(rows.into_iter().map(KeyView::from_row).collect())
    }

    /// [`create`](Self::create), unless the owner has `most` keys that work; `None`
    /// then. On a server two calls at the same moment may both find room.
    ///
    /// # Errors
    ///
    /// [`CreateError`]: there is no key.
    pub async fn create_within(
        &self,
        most: u32,
        new: NewKey,
        now: UnixMillis,
    ) -> Result<Option<MadeKey>, CreateError> {
        let key = MadeKey::fresh()?;
        let (id, hash) = (key.id.clone(), hex(&sha256(key.text.as_bytes())));
        let insert = self.0.write(move |mut conn| {
            let (id, hash, new) = (id.clone(), hash.clone(), new.clone());
            Box::pin(async move {
                let owner = new.owner;
                let forget = conn.query(FORGET).bind(&*owner.issuer).bind(&*owner.user);
                forget.bind(now.0).bind(REMEMBERED).run().await?;
                let row = conn.query(INSERT_WITHIN).bind(id).bind(hash);
                let row = row.bind(owner.issuer).bind(owner.user);
                let row = row.bind(new.name).bind(new.scopes.to_text());
                let row = row.bind(now.0).bind(new.expires_at.map(|end| end.0));
                row.bind(most).run().await
            })
        });
        let made = insert.await? > 0;
        Ok(made.then_some(key))
    }

    /// [`revoke`](Self::revoke) for a key of `owner`; another one's is unknown.
    ///
    /// # Errors
    ///
    /// The database: it still works.
    pub async fn revoke_own(
        &self,
        id: &str,
        owner: &Owner,
        now: UnixMillis,
    ) -> Result<Revoked, WriteError> {
        let (id, owner) = (id.to_owned(), owner.clone());
        let revoke = self.0.write(move |mut conn| {
            let (id, owner) = (id.clone(), owner.clone());
            Box::pin(async move {
                let revoke = conn.query(REVOKE_OWN).bind(&id).bind(now.0);
                if revoke.bind(&*owner.issuer).bind(&*owner.user).run().await? > 0 {
                    return Ok(Revoked::Now);
                }
                let before = conn.query(OWN_REVOKED_AT).bind(&id);
                let before = before.bind(&*owner.issuer).bind(&*owner.user);
                let before: Option<i64> = before.optional_scalar().await?;
                Ok(before.map_or(Revoked::Unknown, |at| Revoked::Before(UnixMillis(at))))
            })
        });
        revoke.await
    }
}
