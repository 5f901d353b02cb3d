//! What is still to be delivered.

use std::sync::Arc;

use a2a::StreamResponse;
use serde_json::{Value, json};
use sqlx::FromRow;

use super::{Failure, Webhooks, credentials::Credentials, sql};
use crate::{
    adapters::{
        a2a::wire,
        database::{Conn, Query, WriteError},
        store::{StoreError, TaskLine},
    },
    domain::{
        id::{Owner, TaskId},
        time::UnixMillis,
    },
};

/// The longest reason of a failure that is kept, in characters.
const LONGEST_ERROR: usize = 500;

/// How long a gateway that shares its database has what it delivers to itself: longer
/// than one delivery takes. One that dies is noticed then.
const LEASE_MS: i64 = 30_000;

/// Which webhook: a task and the webhook's id within it.
pub type Key = (TaskId, String);

/// Which webhooks are not wanted now.
#[derive(Clone, Debug, Default)]
pub struct Busy {
    /// Those to these hosts, as [`Due::host`] has them.
    pub hosts: Vec<String>,
    /// Those of the tasks of these people.
    pub owners: Vec<Owner>,
    /// These, since they are served.
    pub under_way: Vec<Key>,
    /// How many of each person's are served: whoever has fewest goes first.
    pub served: Vec<(Owner, usize)>,
}

impl Busy {
    /// Hosts, those under way, owners, and how many are served of each, as JSON.
    fn to_json(&self) -> [String; 4] {
        let keys = self.under_way.iter().map(|(task, id)| json!([task, id]));
        let owners = self.owners.iter().map(|who| json!([who.issuer, who.user]));
        let served = self.served.iter();
        let served = served.map(|(who, count)| json!([who.issuer, who.user, count]));
        [
            Value::from(&*self.hosts),
            keys.collect(),
            owners.collect(),
            served.collect(),
        ]
        .map(|list| list.to_string())
    }
}

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
    context: String,
    input: Option<String>,
}

/// Which row, and how it stood: nobody else has moved it if it still does.
struct Fence {
    task: String,
    id: String,
    created_at: i64,
    sent_seq: i64,
}

impl Fence {
    /// Gives the first four places of `query` their values.
    fn bind<'q>(&self, query: Query<'q>) -> Query<'q> {
        let query = query.bind(&self.task).bind(&self.id);
        query.bind(self.created_at).bind(self.sent_seq)
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
        }
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
        let busy = Arc::new(busy.to_json());
        let rows: Vec<Row> = match self.db.is_shared() {
            false => {
                wanted(self.db.query(sql::DUE), now, &busy, limit)
                    .all()
                    .await?
            }
            true => {
                let taken = self.db.lone(move |mut conn| {
                    let busy = busy.clone();
                    Box::pin(async move {
                        let taken = wanted(conn.query(sql::TAKE), now, &busy, limit);
                        taken.bind(now.plus(LEASE_MS).0).all().await
                    })
                });
                taken.await?
            }
        };
        let due: Result<_, sqlx::Error> = rows.into_iter().map(Due::try_from).collect();
        Ok(due?)
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
        Ok(is_more.unwrap_or(false))
    }

    /// Leaves `due` to whoever looks next, though not all is delivered: it is due as
    /// it was. Nothing to do where there is no other.
    ///
    /// # Errors
    ///
    /// The database: then it is left to them later.
    pub async fn give_back(&self, due: &Due) -> Result<(), WriteError> {
        if !self.db.is_shared() {
            return Ok(());
        }
        let due_at = due.due_at;
        let fence = Arc::new(due.fence());
        let written = self.db.lone(move |mut conn| {
            let fence = fence.clone();
            Box::pin(async move {
                let given = fence.bind(conn.query(sql::GIVE_BACK)).bind(due_at);
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
        let written = self.db.write(move |mut conn| {
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

/// The values that both databases are asked with.
fn wanted<'q>(query: Query<'q>, now: UnixMillis, busy: &[String; 4], limit: u32) -> Query<'q> {
    let [hosts, under_way, owners, served] = busy;
    let query = query.bind(now.0).bind(hosts).bind(under_way);
    query.bind(owners).bind(limit).bind(served)
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
            context: row.context_id,
            input: row.input,
        })
    }
}
