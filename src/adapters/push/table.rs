//! The rows of webhooks, as their owners see them.

use std::sync::Arc;

use sqlx::{FromRow, SqliteConnection};

use super::Since;
use crate::{
    adapters::{
        database::sqlite::{Sqlite, WriteError},
        store::put_webhook,
    },
    domain::{
        a2a::push::NewWebhook,
        id::{Owner, TaskId},
        time::UnixMillis,
    },
};

const MINE: &str = "select 1 from task where task_id = ?1 and issuer = ?2 and user_id = ?3";

const ONE: &str = "
    select config_id, url, sealed, p.created_at
      from push_config p join task t on t.task_id = p.task_id
     where p.task_id = ?1 and issuer = ?2 and user_id = ?3 and config_id = ?4";

const MANY: &str = "
    select config_id, url, sealed, created_at from push_config
     where task_id = ?1 and (?2 is null or (created_at, config_id) > (?2, ?3))
     order by created_at, config_id limit ?4";

const DELETE: &str = "delete from push_config where task_id = ?1 and config_id = ?2";

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

pub(super) async fn insert(db: &Sqlite, new: New) -> Result<Inserted, WriteError> {
    let new = Arc::new(new);
    let written = db.writer.write(move |conn| {
        let new = new.clone();
        Box::pin(async move { insert_one(conn, &new).await })
    });
    written.await
}

async fn insert_one(conn: &mut SqliteConnection, new: &New) -> sqlx::Result<Inserted> {
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

async fn is_mine(conn: &mut SqliteConnection, task: TaskId, owner: &Owner) -> sqlx::Result<bool> {
    let found: Option<i64> = sqlx::query_scalar(MINE)
        .bind(task.to_string())
        .bind(&*owner.issuer)
        .bind(&*owner.user)
        .fetch_optional(conn)
        .await?;
    Ok(found.is_some())
}

pub(super) async fn one(
    db: &Sqlite,
    task: TaskId,
    owner: &Owner,
    id: &str,
) -> sqlx::Result<Option<Row>> {
    sqlx::query_as(ONE)
        .bind(task.to_string())
        .bind(&*owner.issuer)
        .bind(&*owner.user)
        .bind(id)
        .fetch_optional(&db.readers)
        .await
}

/// At most `limit` after `after`; `None` if the task is not there or not
/// `owner`'s.
pub(super) async fn many(
    db: &Sqlite,
    task: TaskId,
    owner: &Owner,
    after: Option<(i64, String)>,
    limit: u32,
) -> sqlx::Result<Option<Vec<Row>>> {
    let mut at_once = db.readers.begin().await?;
    if !is_mine(&mut at_once, task, owner).await? {
        return Ok(None);
    }
    let (at, id) = after.unzip();
    let rows = sqlx::query_as(MANY)
        .bind(task.to_string())
        .bind(at)
        .bind(id)
        .bind(limit);
    Ok(Some(rows.fetch_all(&mut *at_once).await?))
}

/// `false` if the task is not there or not `owner`'s.
pub(super) async fn delete(
    db: &Sqlite,
    task: TaskId,
    owner: Owner,
    id: String,
) -> Result<bool, WriteError> {
    let wanted = Arc::new((owner, id));
    let written = db.writer.write(move |conn| {
        let wanted = wanted.clone();
        Box::pin(async move {
            if !is_mine(conn, task, &wanted.0).await? {
                return Ok(false);
            }
            let gone = sqlx::query(DELETE).bind(task.to_string()).bind(&wanted.1);
            gone.execute(conn).await.map(|_| true)
        })
    });
    written.await
}
