//! The rows of webhooks, as their owners see them.

use std::sync::Arc;

use sqlx::FromRow;

use super::Since;
use crate::{
    adapters::{
        database::{Conn, Database, Sql, WriteError},
        store::put_webhook,
    },
    domain::{
        a2a::push::NewWebhook,
        id::{Owner, TaskId},
        time::UnixMillis,
    },
};

const IS_MINE: &str =
    "select cast(1 as bigint) from task where task_id = $1 and issuer = $2 and user_id = $3";

/// Also holds the task, so that nothing happens to it while a webhook is written.
const MINE: Sql = Sql::each(
    "select 1 from task where task_id = $1 and issuer = $2 and user_id = $3",
    "select 1::bigint from task where task_id = $1 and issuer = $2 and user_id = $3
        for no key update",
);

const ONE: &str = "
    select config_id, url, sealed, p.created_at
      from push_config p join task t on t.task_id = p.task_id
     where p.task_id = $1 and issuer = $2 and user_id = $3 and config_id = $4";

const MANY: &str = "
    select config_id, url, sealed, created_at from push_config
     where task_id = $1 and ($2 is null or (created_at, config_id) > ($2, $3))
     order by created_at, config_id limit $4";

const DELETE: &str = "delete from push_config where task_id = $1 and config_id = $2";

/// A webhook to be written.
pub(super) struct New {
    pub(super) task: TaskId,
    pub(super) owner: Owner,
    pub(super) webhook: NewWebhook,
    pub(super) since: Since,
    pub(super) now: UnixMillis,
}

/// What became of it.
pub(super) enum Inserted {
    Yes,
    NoTask,
    Full,
}

/// A webhook, as its row has it.
#[derive(FromRow)]
pub(super) struct Row {
    pub(super) config_id: String,
    pub(super) url: String,
    pub(super) sealed: Option<Vec<u8>>,
    created_at: i64,
}

impl Row {
    /// Where a list goes on after it.
    pub(super) fn token(&self) -> String {
        format!("{}.{}", self.created_at, self.config_id)
    }
}

pub(super) async fn insert(db: &Database, new: New) -> Result<Inserted, WriteError> {
    let new = Arc::new(new);
    let written = db.write(move |mut conn| {
        let new = new.clone();
        Box::pin(async move { insert_one(&mut conn, &new).await })
    });
    written.await
}

async fn insert_one(conn: &mut Conn<'_>, new: &New) -> sqlx::Result<Inserted> {
    if !is_mine(conn, new.task, &new.owner).await? {
        return Ok(Inserted::NoTask);
    }
    let since = match new.since {
        Since::Event(seq) => Some(seq),
        Since::Now => None,
    };
    match put_webhook(conn, new.task, &new.webhook, since, new.now).await? {
        true => Ok(Inserted::Yes),
        false => Ok(Inserted::Full),
    }
}

async fn is_mine(conn: &mut Conn<'_>, task: TaskId, owner: &Owner) -> sqlx::Result<bool> {
    let found = conn.query(MINE).bind(task.to_string());
    let found = found.bind(&*owner.issuer).bind(&*owner.user);
    Ok(found.optional::<(i64,)>().await?.is_some())
}

pub(super) async fn one(
    db: &Database,
    task: TaskId,
    owner: &Owner,
    id: &str,
) -> sqlx::Result<Option<Row>> {
    let found = db.query(ONE).bind(task.to_string());
    let found = found.bind(&*owner.issuer).bind(&*owner.user);
    found.bind(id).optional().await
}

/// At most `limit` after `after`; `None` if the task is not there or not
/// `owner`'s.
pub(super) async fn many(
    db: &Database,
    task: TaskId,
    owner: &Owner,
    after: Option<(i64, String)>,
    limit: u32,
) -> sqlx::Result<Option<Vec<Row>>> {
    let owner = owner.clone();
    let found = db.read(move |mut conn| {
        Box::pin(async move { page(&mut conn, (task, &owner), after, limit).await })
    });
    found.await
}

async fn page(
    conn: &mut Conn<'_>,
    (task, owner): (TaskId, &Owner),
    after: Option<(i64, String)>,
    limit: u32,
) -> sqlx::Result<Option<Vec<Row>>> {
    let task = task.to_string();
    let mine = conn.query(IS_MINE).bind(&task).bind(&*owner.issuer);
    let mine: Option<(i64,)> = mine.bind(&*owner.user).optional().await?;
    if mine.is_none() {
        return Ok(None);
    }
    let (at, id) = after.unzip();
    let rows = conn.query(MANY).bind(task).bind(at).bind(id);
    rows.bind(limit).all().await.map(Some)
}

/// `false` if the task is not there or not `owner`'s.
pub(super) async fn delete(
    db: &Database,
    task: TaskId,
    owner: Owner,
    id: String,
) -> Result<bool, WriteError> {
    let wanted = Arc::new((owner, id));
    let written = db.write(move |mut conn| {
        let wanted = wanted.clone();
        Box::pin(async move {
            if !is_mine(&mut conn, task, &wanted.0).await? {
                return Ok(false);
            }
            let gone = conn.query(DELETE).bind(task.to_string());
            gone.bind(&wanted.1).run().await.map(|_| true)
        })
    });
    written.await
}
