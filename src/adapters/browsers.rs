//! The table of browsers that are signed in.

use serde_json::{Value, json};
use sqlx::FromRow;

use crate::{
    adapters::{
        database::{Database, Sql, WriteError},
        secret::{hex, unhex},
    },
    domain::{
        browser::BrowserSession,
        id::{Owner, SessionId},
        identity::Scopes,
        time::UnixMillis,
    },
};

const OPEN: &str = "
    insert into browser_session (secret_hash, handle, session_id, issuer, user_id, scopes,
                                 created_at, seen_at, ends_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const FIND: &str = "
    select handle, session_id, issuer, user_id, scopes, created_at, seen_at, ends_at
      from browser_session where secret_hash = $1 and ended_at is null";

/// On a server in the order of the hashes, so that no two gateways wait for each other.
const TOUCH: Sql = Sql::each(
    "update browser_session set seen_at = max(seen_at, moved.at)
       from (select value ->> 0 hash, value ->> 1 at from json_each($1)) moved
      where secret_hash = moved.hash",
    "with moved as (
         select secret_hash, (e ->> 1)::bigint at
           from json_array_elements($1::json) e join browser_session b on b.secret_hash = e ->> 0
          order by secret_hash for update of b)
     update browser_session b set seen_at = greatest(b.seen_at, moved.at)
       from moved where b.secret_hash = moved.secret_hash",
);

const END: &str = "
    update browser_session set ended_at = $2 where secret_hash = $1 and ended_at is null";

const END_NAMED: &str = "
    update browser_session set ended_at = $2
     where (handle = $1 or session_id = $1) and ended_at is null and ends_at > $2";

const END_OWN: &str = "
    update browser_session set ended_at = $2
     where session_id = $1 and issuer = $3 and user_id = $4
       and ended_at is null and ends_at > $2
    returning secret_hash";

const KNOWN_OWN: &str = "
    select exists (select 1 from browser_session
                    where session_id = $1 and issuer = $2 and user_id = $3),
           exists (select 1 from session where session_id = $1 and issuer = $2 and user_id = $3)";

const KNOWN: &str = "
    select exists (select 1 from browser_session where handle = $1 or session_id = $1),
           exists (select 1 from session where session_id = $1)";

const ENDED: &str = "select secret_hash from browser_session where ended_at >= $1";

const EXPIRE: Sql = Sql::each(
    "delete from browser_session
      where secret_hash in (select secret_hash from browser_session
                             where ends_at < $1 order by ends_at limit 1000)",
    "delete from browser_session
      where secret_hash in (select secret_hash from browser_session
                             where ends_at < $1 order by ends_at limit 1000
                               for update skip locked)",
);

/// The SHA-256 of a cookie: the cookie itself is kept nowhere.
pub type Hash = [u8; 32];

/// What became of a session that was to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It ended now.
    Now,
    /// It had ended before.
    Before,
    /// No browser has it: it is the session of a token.
    OfToken,
    /// There is none.
    Unknown,
}

impl Ended {
    /// What a name is that ended nothing: whether a browser has it, and whether it
    /// is in the table of all sessions.
    fn not_now((of_browser, is_there): (bool, bool)) -> Self {
        match (of_browser, is_there) {
            (true, _) => Self::Before,
            (false, true) => Self::OfToken,
            (false, false) => Self::Unknown,
        }
    }
}

/// Browser sessions in the database. A clone is cheap.
#[derive(Clone, Debug)]
pub struct BrowserTable(Database);

#[derive(FromRow)]
struct Row {
    handle: String,
    session_id: String,
    issuer: String,
    user_id: String,
    scopes: String,
    created_at: i64,
    seen_at: i64,
    ends_at: i64,
}

impl BrowserTable {
    /// The table in `db`.
    pub fn new(db: Database) -> Self {
        Self(db)
    }

    /// Keeps `session` under the hash of its cookie; durable when it returns.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn open(&self, hash: &Hash, session: &BrowserSession) -> Result<(), WriteError> {
        let (hash, session) = (hex(hash), session.clone());
        let written = self.0.write(move |mut conn| {
            let (hash, session) = (hash.clone(), session.clone());
            Box::pin(async move {
                let row = conn.query(OPEN).bind(hash).bind(session.handle);
                let row = row.bind(session.session.0).bind(session.owner.issuer);
                let row = row.bind(session.owner.user).bind(session.scopes.to_text());
                let row = row.bind(session.created_at.0).bind(session.seen_at.0);
                row.bind(session.ends_at.0).run().await.map(drop)
            })
        });
        written.await
    }

    /// The session of a cookie, unless it was ended; it may be over all the same.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn find(&self, hash: &Hash) -> Result<Option<BrowserSession>, sqlx::Error> {
        let row: Option<Row> = self.0.query(FIND).bind(hex(hash)).optional().await?;
        Ok(row.map(Row::session))
    }

    /// Notes when sessions were used last.
    ///
    /// # Errors
    ///
    /// The database; nothing of the batch is kept then.
    pub async fn touch(
        &self,
        moved: impl IntoIterator<Item = (Hash, UnixMillis)>,
    ) -> Result<(), WriteError> {
        let rows = moved.into_iter().map(|(hash, at)| json!([hex(&hash), at]));
        let rows = Value::from_iter(rows).to_string();
        let written = self.0.write(move |mut conn| {
            let rows = rows.clone();
            Box::pin(async move { conn.query(TOUCH).bind(rows).run().await.map(drop) })
        });
        written.await
    }

    /// Ends the session of a cookie; durable when it returns.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn end(&self, hash: &Hash, now: UnixMillis) -> Result<(), WriteError> {
        let hash = hex(hash);
        let written = self.0.write(move |mut conn| {
            let hash = hash.clone();
            Box::pin(async move { conn.query(END).bind(hash).bind(now.0).run().await.map(drop) })
        });
        written.await
    }

    /// Ends the session with this handle or session id.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn end_named(&self, name: &str, now: UnixMillis) -> Result<Ended, WriteError> {
        let name = name.to_owned();
        let written = self.0.write(move |mut conn| {
            let name = name.clone();
            Box::pin(async move {
                if conn.query(END_NAMED).bind(&name).bind(now.0).run().await? > 0 {
                    return Ok(Ended::Now);
                }
                let known = conn.query(KNOWN).bind(&name).one().await?;
                Ok(Ended::not_now(known))
            })
        });
        written.await
    }

    /// Ends the session with this id, if it is of `owner`; with the cookies that open
    /// nothing from now on.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn end_own(
        &self,
        id: &SessionId,
        owner: &Owner,
        now: UnixMillis,
    ) -> Result<(Ended, Vec<Hash>), WriteError> {
        let (id, owner) = (id.clone(), owner.clone());
        let written = self.0.write(move |mut conn| {
            let (id, owner) = (id.clone(), owner.clone());
            Box::pin(async move {
                let end = conn.query(END_OWN).bind(&*id.0).bind(now.0);
                let end = end.bind(&*owner.issuer).bind(&*owner.user);
                let ended = hashes(&end.scalars().await?);
                if !ended.is_empty() {
                    return Ok((Ended::Now, ended));
                }
                let known = conn.query(KNOWN_OWN).bind(&*id.0);
                let known = known.bind(&*owner.issuer).bind(&*owner.user);
                Ok((Ended::not_now(known.one().await?), ended))
            })
        });
        written.await
    }

    /// The sessions that were ended at `since` or later, by whomever.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn ended(&self, since: UnixMillis) -> Result<Vec<Hash>, sqlx::Error> {
        let rows: Vec<String> = self.0.query(ENDED).bind(since.0).scalars().await?;
        Ok(hashes(&rows))
    }

    /// Forgets up to a thousand sessions that were over before `before`; how many.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn expire(&self, before: UnixMillis) -> Result<u64, WriteError> {
        let written = self.0.write(move |mut conn| {
            Box::pin(async move { conn.query(EXPIRE).bind(before.0).run().await })
        });
        written.await
    }
}

fn hashes(rows: &[String]) -> Vec<Hash> {
    rows.iter().filter_map(|text| unhex(text)).collect()
}

impl Row {
    fn session(self) -> BrowserSession {
        BrowserSession {
            owner: Owner::new(self.issuer, self.user_id),
            scopes: Scopes::parse(&self.scopes),
            handle: self.handle.into(),
            session: SessionId(self.session_id.into()),
            created_at: UnixMillis(self.created_at),
            seen_at: UnixMillis(self.seen_at),
            ends_at: UnixMillis(self.ends_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn session(handle: &str) -> BrowserSession {
        let id = SessionId(format!("session of {handle}").into());
        let scopes = Scopes::parse("chat:run memory:read");
        BrowserSession::begin(Owner::new("i", "ada"), scopes, handle.into(), id, NOW)
    }

    async fn table(folder: &tempfile::TempDir) -> BrowserTable {
        let db = Database::open(&folder.path().join("attach.db").into()).await;
        BrowserTable::new(db.unwrap())
    }

    #[tokio::test]
    async fn a_session_is_found_until_it_is_ended_and_told_to_whoever_asks() {
        let folder = tempfile::tempdir().unwrap();
        let table = table(&folder).await;
        table.open(&[1; 32], &session("a")).await.unwrap();
        assert_eq!(table.find(&[1; 32]).await.unwrap(), Some(session("a")));
        assert_eq!(table.find(&[2; 32]).await.unwrap(), None);
        table.end(&[1; 32], NOW.plus(5)).await.unwrap();
        assert_eq!(table.find(&[1; 32]).await.unwrap(), None);
        assert_eq!(table.ended(NOW.plus(5)).await.unwrap(), [[1; 32]]);
        assert!(table.ended(NOW.plus(6)).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_session_moves_only_forward() {
        let folder = tempfile::tempdir().unwrap();
        let table = table(&folder).await;
        table.open(&[1; 32], &session("a")).await.unwrap();
        for (to, seen) in [(9, 9), (3, 9)] {
            table.touch([([1; 32], NOW.plus(to))]).await.unwrap();
            let found = table.find(&[1; 32]).await.unwrap().unwrap();
            assert_eq!(found.seen_at, NOW.plus(seen));
        }
    }

    #[tokio::test]
    async fn a_session_is_ended_by_either_of_its_names_once() {
        let folder = tempfile::tempdir().unwrap();
        let table = table(&folder).await;
        table.open(&[1; 32], &session("a")).await.unwrap();
        table.open(&[2; 32], &session("b")).await.unwrap();
        for (name, became) in [
            ("a", Ended::Now),
            ("a", Ended::Before),
            ("session of a", Ended::Before),
            ("session of b", Ended::Now),
            ("c", Ended::Unknown),
        ] {
            let ended = table.end_named(name, NOW.plus(1)).await;
            assert_eq!(ended.unwrap(), became, "{name}");
        }
        let ends_at = session("a").ends_at;
        assert_eq!(table.expire(ends_at).await.unwrap(), 0);
        assert_eq!(table.expire(ends_at.plus(1)).await.unwrap(), 2);
    }
}
