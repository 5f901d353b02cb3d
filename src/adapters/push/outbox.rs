//! What is still to be delivered.

use std::sync::Arc;

use a2a::StreamResponse;
use serde_json::{Value, json};
use sqlx::FromRow;

use super::{
    Failure, Webhooks,
    busy::{Busy, Key, Wanted},
    credentials::Credentials,
    sql,
};
use crate::{
    adapters::{
        a2a::wire,
        database::{Conn, Query, WriteError},
        store::{StoreError, TaskLine},
    },
    domain::{id::Owner, time::UnixMillis},
};

/// The longest reason of a failure that is kept, in characters.
const LONGEST_ERROR: usize = 500;

/// How long a gateway that shares its database has what it delivers to itself: longer
/// than one delivery takes. One that dies is noticed then.
const LEASE_MS: i64 = 30_000;

/// A webhook with something to deliver. Never printed: it has no `Debug`.
pub struct Due {
    /// Which it is.
    pub key: Key,
    /// Whose task it is.
    pub owner: Owner,
    /// Host and port of its receiver.
    pub host: String,
    /// The event up to which all is delivered.
    pub sent_seq: i64,
    /// Failures in a row.
    pub failures: u32,
    /// When the first of them was.
    pub failing_since: Option<UnixMillis>,
    pub(super) url: String,
    sealed: Option<Vec<u8>>,
    created_at: i64,
    due_at: i64,
    /// Until when it is this gateway's, where there may be others.
    leased_until: Option<i64>,
    context: String,
    input: Option<String>,
}

/// Which row, and how it stood: nobody else has moved it if it still does.
struct Fence {
    task: String,
    id: String,
    created_at: i64,
    sent_seq: i64,
    leased_until: Option<i64>,
}

impl Fence {
    /// Gives the first five places of `query` their values.
    fn bind<'q>(&self, query: Query<'q>) -> Query<'q> {
        let query = query.bind(&self.task).bind(&self.id);
        let query = query.bind(self.created_at).bind(self.sent_seq);
        query.bind(self.leased_until)
    }
}

#[derive(FromRow)]
struct Row {
    task_id: String,
    config_id: String,
    url: String,
    host: String,
    sealed: Option<Vec<u8>>,
    sent_seq: i64,
    #[sqlx(try_from = "i64")]
    failures: u32,
    failing_since: Option<i64>,
    created_at: i64,
    due_at: i64,
    leased_until: i64,
    context_id: String,
    issuer: String,
    user_id: String,
    input: Option<String>,
}

impl Due {
    /// What the receiver is sent for `line`; `None` for lines that A2A has no
    /// word for.
    pub fn event(&self, line: &TaskLine) -> Option<StreamResponse> {
        let (task, context) = (self.key.0, &*self.context);
        match &*line.kind {
            "submitted" => {
                let input = self.input.as_deref();
                let task = wire::submitted(task, context, line, input);
                Some(StreamResponse::Task(task))
            }
            _ => wire::event(task, context, line),
        }
    }

    fn fence(&self) -> Fence {
        Fence {
            task: self.key.0.to_string(),
            id: self.key.1.clone(),
            created_at: self.created_at,
            sent_seq: self.sent_seq,
            leased_until: self.leased_until,
        }
    }

    fn to_give_back(&self) -> Value {
        let (task, id) = &self.key;
        let stood = (self.created_at, self.sent_seq, self.leased_until);
        json!([task.to_string(), id, stood.0, stood.1, stood.2, self.due_at])
    }
}

impl Webhooks {
    /// Webhooks that are due, at most `limit`, without those that are `busy`: in
    /// rounds over their owners, the longest due of each first. On a server they are
    /// the caller's for half a minute, which each [`passed`](Self::passed) puts off.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn due(
        &self,
        now: UnixMillis,
        busy: &Busy,
        limit: u32,
    ) -> Result<Vec<Due>, StoreError> {
        let wanted = Arc::new(Wanted::new(busy, now, limit));
        if !self.db.is_shared() {
            let rows: Vec<Row> = wanted.bind(self.db.query(sql::DUE)).all().await?;
            return Ok(dues(rows, false)?);
        }
        let taken = self.db.lone(move |mut conn| {
            let wanted = wanted.clone();
            Box::pin(async move {
                let taken = wanted.bind(conn.query(sql::DUE));
                taken.bind(now.plus(LEASE_MS).0).all().await
            })
        });
        Ok(dues(taken.await?, true)?)
    }

    /// Records that `due` has all events up to `seq`; `is_last` if the caller knows
    /// of no more, and stops then. `false` if nothing is left to deliver, or the row
    /// has moved on without this delivery.
    ///
    /// # Errors
    ///
    /// The database: then the event will be delivered again.
    pub async fn passed(
        &self,
        due: &mut Due,
        seq: i64,
        is_last: bool,
        now: UnixMillis,
    ) -> Result<bool, WriteError> {
        let next = match self.db.is_shared() && !is_last {
            true => now.plus(LEASE_MS),
            false => now,
        };
        let fence = Arc::new(due.fence());
        let written = self.db.lone(move |mut conn| {
            let fence = fence.clone();
            Box::pin(async move {
                let passed = fence.bind(conn.query(sql::PASSED)).bind(seq);
                passed.bind(next.0).optional_scalar().await
            })
        });
        let is_more: Option<bool> = written.await?;
        (due.sent_seq, due.failures, due.failing_since) = (seq, 0, None);
        due.leased_until = due.leased_until.map(|_| next.0);
        Ok(is_more.unwrap_or(false))
    }

    /// Leaves all of `due` to whoever looks next, though not all is delivered: they are
    /// due as they were. Nothing to do where there is no other.
    ///
    /// # Errors
    ///
    /// The database: then they are left to them once their leases end.
    pub async fn give_back(&self, due: &[Due]) -> Result<(), WriteError> {
        if !self.db.is_shared() || due.is_empty() {
            return Ok(());
        }
        let given: Value = due.iter().map(Due::to_give_back).collect();
        let given: Arc<str> = given.to_string().into();
        let written = self.db.lone(move |mut conn| {
            let given = given.clone();
            Box::pin(async move {
                let given = conn.query(sql::GIVE_BACK).bind(&given);
                given.run().await.map(drop)
            })
        });
        written.await
    }

    /// Records that a delivery failed, and when to try again; `None` is never.
    /// Where nothing answered, the owner's other webhooks at the same host wait as
    /// well.
    ///
    /// # Errors
    ///
    /// The database: then it is tried again at once.
    pub async fn failed(
        &self,
        due: &Due,
        failure: &Failure,
        next: Option<UnixMillis>,
        now: UnixMillis,
    ) -> Result<(), WriteError> {
        let why: String = failure.why.chars().take(LONGEST_ERROR).collect();
        let rest = next.filter(|_| failure.is_silent);
        let known = (due.fence(), why, due.host.clone(), due.owner.clone());
        let known = Arc::new(known);
        // On a server one after the other, so that nothing is held while the others are
        // looked for. The second time the first one finds nothing to do.
        let written = self.db.lone(move |mut conn| {
            let known = known.clone();
            Box::pin(async move {
                let (fence, why, host, owner) = &*known;
                let failed = fence.bind(conn.query(sql::FAILED)).bind(now.0).bind(why);
                failed.bind(next.map(|next| next.0)).run().await?;
                match rest {
                    Some(until) => host_rests(&mut conn, (host, owner), until, now).await,
                    None => Ok(()),
                }
            })
        });
        written.await
    }

    /// How many webhooks have something to deliver.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn backlog(&self) -> Result<u64, StoreError> {
        let count: i64 = self.db.query(sql::BACKLOG).scalar().await?;
        Ok(count.unsigned_abs())
    }

    /// `None` if they cannot be opened: the secret is another one now.
    pub(super) fn credentials(&self, due: &Due) -> Option<Credentials> {
        let (task, id) = &due.key;
        Credentials::open(&self.secret, *task, id, due.sealed.as_deref())
    }
}

fn dues(rows: Vec<Row>, is_leased: bool) -> Result<Vec<Due>, sqlx::Error> {
    let due = rows.into_iter().map(Due::try_from);
    let due = due.map(|due| {
        let mut due = due?;
        due.leased_until = due.leased_until.filter(|_| is_leased);
        Ok(due)
    });
    due.collect()
}

async fn host_rests(
    conn: &mut Conn<'_>,
    (host, owner): (&str, &Owner),
    until: UnixMillis,
    now: UnixMillis,
) -> sqlx::Result<()> {
    let resting = conn.query(sql::REST).bind(host).bind(until.0).bind(now.0);
    let resting = resting.bind(&*owner.issuer).bind(&*owner.user);
    resting.run().await.map(drop)
}

impl TryFrom<Row> for Due {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let task = row
            .task_id
            .parse()
            .map_err(|e: uuid::Error| sqlx::Error::Decode(e.into()))?;
        Ok(Self {
            key: (task, row.config_id),
            owner: Owner::new(row.issuer, row.user_id),
            host: row.host,
            sent_seq: row.sent_seq,
            failures: row.failures,
            failing_since: row.failing_since.map(UnixMillis),
            url: row.url,
            sealed: row.sealed,
            created_at: row.created_at,
            due_at: row.due_at,
            leased_until: Some(row.leased_until),
            context: row.context_id,
            input: row.input,
        })
    }
}
