//! Tasks as A2A shows them.

use serde_json::value::RawValue;
use sqlx::{FromRow, QueryBuilder, Sqlite as Engine, SqliteConnection};

use super::{SqliteStore, fold, rows, rows::TaskRow};
use crate::{
    adapters::store::{
        StoreError,
        dialogue::{Depth, Snapshot},
    },
    domain::id::{Owner, TaskId},
};

const COLUMNS: &str = "
    select task_id, issuer, user_id, session_id, context_id, parent_task_id, target, state,
           detail, attempt, null title, created_at, updated_at,
           message, is_direct, artifacts_seq, metadata,
           remote_task_id is not null is_attached,
           case when request is null then input end input,
           (select max(seq) from task_event e where e.task_id = task.task_id) generation, ";

/// What may be as large as an agent likes.
const RESULT: &str = "output, artifacts from task where task_id = ";
const NO_RESULT: &str = "null output, null artifacts from task where task_id = ";

/// Without what the status says.
const SAID: &str = "
    select message from task_event
     where task_id = ?1 and message is not null and message is not ?3
     order by seq desc limit ?2";

/// The columns that a [`TaskRow`] has no place for.
#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    task: TaskRow,
    message: Option<String>,
    is_direct: bool,
    artifacts: Option<String>,
    artifacts_seq: i64,
    metadata: Option<String>,
    is_attached: bool,
    input: Option<String>,
    generation: i64,
}

impl SqliteStore {
    pub(in crate::adapters::store) async fn snapshot(
        &self,
        id: TaskId,
        owner: Option<&Owner>,
        depth: Depth,
    ) -> Result<Snapshot, StoreError> {
        // One transaction: what is read of one task is of one moment.
        let mut at_once = self.db.readers.begin().await?;
        let found = one(&mut at_once, &id.to_string(), owner, depth).await?;
        found.ok_or(StoreError::NotFound)
    }
}

pub(super) async fn one(
    conn: &mut SqliteConnection,
    id: &str,
    owner: Option<&Owner>,
    depth: Depth,
) -> sqlx::Result<Option<Snapshot>> {
    let mut query = QueryBuilder::<Engine>::new(COLUMNS);
    query.push(if depth.artifacts { RESULT } else { NO_RESULT });
    query.push_bind(id.to_owned());
    if let Some(owner) = owner {
        mine(&mut query, owner);
    }
    let row: Option<Row> = query.build_query_as().fetch_optional(&mut *conn).await?;
    match row {
        Some(row) => fill(conn, row, depth).await.map(Some),
        None => Ok(None),
    }
}

pub(super) fn mine(query: &mut QueryBuilder<Engine>, owner: &Owner) {
    query
        .push(" and issuer = ")
        .push_bind(owner.issuer.to_string());
    query
        .push(" and user_id = ")
        .push_bind(owner.user.to_string());
}

async fn fill(conn: &mut SqliteConnection, row: Row, depth: Depth) -> sqlx::Result<Snapshot> {
    let id = row.task.id().to_owned();
    let artifacts = match depth.artifacts {
        true => fold::artifacts(conn, &id, row.artifacts, row.artifacts_seq).await?,
        false => None,
    };
    let (history, is_whole) = history(conn, &id, row.message.as_deref(), depth.history).await?;
    Ok(Snapshot {
        task: row.task.try_into()?,
        generation: row.generation,
        message: rows::raw(row.message)?,
        is_direct: row.is_direct,
        is_attached: row.is_attached,
        input: row.input,
        artifacts,
        metadata: rows::raw(row.metadata)?,
        history,
        is_whole,
    })
}

async fn history(
    conn: &mut SqliteConnection,
    id: &str,
    status: Option<&str>,
    limit: u32,
) -> sqlx::Result<(Vec<Box<RawValue>>, bool)> {
    if limit == 0 {
        return Ok((Vec::new(), false));
    }
    let mut said: Vec<String> = sqlx::query_scalar(SAID)
        .bind(id)
        .bind(limit)
        .bind(status)
        .fetch_all(conn)
        .await?;
    // There is room for the beginning, too, where the row has only an input.
    let is_whole = said.len() < limit as usize;
    // What an agent says as it goes on and as it asks stands on both lines.
    said.dedup();
    let oldest_first = said.into_iter().rev();
    let raw = oldest_first.map(|json| RawValue::from_string(json).map_err(rows::decode));
    Ok((raw.collect::<Result<_, _>>()?, is_whole))
}
