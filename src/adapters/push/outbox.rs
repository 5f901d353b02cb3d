//! What is still to be delivered.

use std::sync::Arc;

use a2a::StreamResponse;
use serde_json::{Value, json};
use sqlx::FromRow;

use super::{Failure, Webhooks, credentials::Credentials};
use crate::{
    adapters::{
        a2a::wire,
        database::{Conn, WriteError},
        store::{StoreError, TaskLine},
    },
    domain::{
        id::{Owner, TaskId},
        time::UnixMillis,
    },
};

/// The longest reason of a failure that is kept, in characters.
const LONGEST_ERROR: usize = 500;

/// The webhooks that are due, without those to a busy host, those of a busy owner
/// and those under way. In rounds: whoever is served least now goes first, then
/// the one who waits longest.
const DUE: &str = "
    with waiting as (
        select p.task_id, p.config_id, p.due_at,
               row_number() over (partition by t.issuer, t.user_id order by p.due_at, p.task_id)
               + coalesce((select s.value ->> 2 from json_each($6) s
                          where s.value ->> 0 = t.issuer and s.value ->> 1 = t.user_id), 0) round
          from push_config p join task t on t.task_id = p.task_id
         where p.due_at <= $1
           and p.host not in (select value from json_each($2))
           and not exists (select 1 from json_each($3) u
                            where u.value ->> 0 = p.task_id and u.value ->> 1 = p.config_id)
           and not exists (select 1 from json_each($4) o
                            where o.value ->> 0 = t.issuer and o.value ->> 1 = t.user_id)
         order by round, p.due_at, p.task_id limit $5)
    select p.task_id, p.config_id, p.url, p.host, p.sealed, p.sent_seq, p.failures,
           p.failing_since, p.created_at, t.context_id, t.issuer, t.user_id,
           case when p.sent_seq = 0 and t.request is null then t.input end input
      from waiting w
      join push_config p on p.task_id = w.task_id and p.config_id = w.config_id
      join task t on t.task_id = w.task_id
     order by w.round, w.due_at, w.task_id";

/// Only from where it stood: of two who deliver the same, one moves it.
const PASSED: &str = "
    update push_config
       set sent_seq = $5, failures = 0, failing_since = null, last_error = null,
           due_at = case when exists (select 1 from task_event where task_id = $1 and seq > $5)
                         then $6 end
     where task_id = $1 and config_id = $2 and created_at = $3 and sent_seq = $4
       and dead_at is null
    returning due_at is not null";

const FAILED: &str = "
    update push_config
       set failures = failures + 1, failing_since = coalesce(failing_since, $5), last_error = $6,
           due_at = $7, dead_at = case when $7 is null then $5 end
     where task_id = $1 and config_id = $2 and created_at = $3 and sent_seq = $4
       and dead_at is null";

/// Whatever else of the same owner is due at the same host waits as long, and
/// fails as long: a host that is down for a day is given up after one try of each.
const REST: &str = "
    update push_config
       set due_at = $2, failing_since = coalesce(failing_since, $3)
     where host = $1 and due_at < $2 and dead_at is null
       and exists (select 1 from task where task_id = push_config.task_id
                                        and issuer = $4 and user_id = $5)";

const BACKLOG: &str = "select count(*) from push_config where due_at is not null";

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
    /// rounds over their owners, the longest due of each first.
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
        let keys = busy.under_way.iter().map(|(task, id)| json!([task, id]));
        let owners = busy.owners.iter().map(|who| json!([who.issuer, who.user]));
        let served = busy.served.iter();
        let served = served.map(|(who, count)| json!([who.issuer, who.user, count]));
        let rows = self.db.query(DUE).bind(now.0);
        let rows = rows.bind(Value::from(&*busy.hosts).to_string());
        let rows = rows.bind(keys.collect::<Value>().to_string());
        let rows = rows.bind(owners.collect::<Value>().to_string());
        let rows = rows.bind(limit);
        let rows = rows.bind(served.collect::<Value>().to_string());
        let rows: Vec<Row> = rows.all().await?;
        let due: Result<_, sqlx::Error> = rows.into_iter().map(Due::try_from).collect();
        Ok(due?)
    }

    /// Records that `due` has all events up to `seq`. `false` if nothing is left
    /// to deliver, or the row has moved on without this delivery.
    ///
    /// # Errors
    ///
    /// The database: then the event will be delivered again.
    pub async fn passed(
        &self,
        due: &mut Due,
        seq: i64,
        now: UnixMillis,
    ) -> Result<bool, WriteError> {
        let fence = Arc::new(due.fence());
        let written = self.db.write(move |mut conn| {
            let fence = fence.clone();
            Box::pin(async move {
                conn.query(PASSED)
                    .bind(&fence.task)
                    .bind(&fence.id)
                    .bind(fence.created_at)
                    .bind(fence.sent_seq)
                    .bind(seq)
                    .bind(now.0)
                    .optional_scalar()
                    .await
            })
        });
        let is_more: Option<bool> = written.await?;
        (due.sent_seq, due.failures, due.failing_since) = (seq, 0, None);
        Ok(is_more.unwrap_or(false))
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
                conn.query(FAILED)
                    .bind(&fence.task)
                    .bind(&fence.id)
                    .bind(fence.created_at)
                    .bind(fence.sent_seq)
                    .bind(now.0)
                    .bind(why)
                    .bind(next.map(|next| next.0))
                    .run()
                    .await?;
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
        let count: i64 = self.db.query(BACKLOG).scalar().await?;
        Ok(count.unsigned_abs())
    }

    /// `None` if they cannot be opened: the secret is another one now.
    pub(super) fn credentials(&self, due: &Due) -> Option<Credentials> {
        let (task, id) = &due.key;
        Credentials::open(&self.secret, *task, id, due.sealed.as_deref())
    }
}

async fn host_rests(
    conn: &mut Conn<'_>,
    (host, owner): (&str, &Owner),
    until: UnixMillis,
    now: UnixMillis,
) -> sqlx::Result<()> {
    let resting = conn.query(REST).bind(host).bind(until.0).bind(now.0);
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
            context: row.context_id,
            input: row.input,
        })
    }
}
