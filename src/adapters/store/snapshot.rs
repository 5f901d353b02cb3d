//! Tasks as A2A shows them.

use serde_json::value::RawValue;
use sqlx::FromRow;

use super::{
    Store, StoreError,
    dialogue::{Depth, Snapshot},
    fold, rows,
    rows::TaskRow,
};
use crate::{
    adapters::database::{Conn, Query},
    domain::id::{Owner, TaskId},
};

const COLUMNS: &str = "
    select task_id, issuer, user_id, session_id, context_id, parent_task_id, depth, target,
           state, detail, attempt, cast(null as text) title, created_at, updated_at,
           message, is_direct, artifacts_seq, metadata,
           remote_task_id is not null is_attached,
           case when request is null then input end input,
           (select max(seq) from task_event e where e.task_id = task.task_id) generation, ";

/// What may be as large as an agent likes.
const RESULT: &str = "output, artifacts from task where task_id = ";
const NO_RESULT: &str =
    "cast(null as text) output, cast(null as text) artifacts from task where task_id = ";

/// Without what the status says.
const SAID: &str = "
    select message from task_event
     where task_id = $1 and message is not null and message is distinct from $3
     order by seq desc limit $2";

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

impl Store {
    /// A task as A2A shows it, of one moment; of `owner`, or of anyone for
    /// `None`.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub async fn snapshot(
        &self,
        id: TaskId,
        owner: Option<&Owner>,
        depth: Depth,
    ) -> Result<Snapshot, StoreError> {
        let (id, owner) = (id.to_string(), owner.cloned());
        let found = self.db.read(move |mut conn| {
            Box::pin(async move { one(&mut conn, &id, owner.as_ref(), depth).await })
        });
        found.await?.ok_or(StoreError::NotFound)
    }
}

pub(super) async fn one(
    conn: &mut Conn<'_>,
    id: &str,
    owner: Option<&Owner>,
    depth: Depth,
) -> sqlx::Result<Option<Snapshot>> {
    let mut query = conn.query(COLUMNS);
    query.push(if depth.artifacts { RESULT } else { NO_RESULT });
    query.push_bind(id.to_owned());
    if let Some(owner) = owner {
        mine(&mut query, owner);
    }
    match query.optional::<Row>().await? {
        Some(row) => fill(conn, row, depth).await.map(Some),
        None => Ok(None),
    }
}

pub(super) fn mine(query: &mut Query<'_>, owner: &Owner) {
    query.push(" and issuer = ").push_bind(&*owner.issuer);
    query.push(" and user_id = ").push_bind(&*owner.user);
}

async fn fill(conn: &mut Conn<'_>, row: Row, depth: Depth) -> sqlx::Result<Snapshot> {
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
    conn: &mut Conn<'_>,
    id: &str,
    status: Option<&str>,
    limit: u32,
) -> sqlx::Result<(Vec<Box<RawValue>>, bool)> {
    if limit == 0 {
        return Ok((Vec::new(), false));
    }
    let said = conn.query(SAID).bind(id).bind(limit).bind(status);
    let mut said: Vec<String> = said.scalars().await?;
    // There is room for the beginning, too, where the row has only an input.
    let is_whole = said.len() < limit as usize;
    // What an agent says as it goes on and as it asks stands on both lines.
    said.dedup();
    let oldest_first = said.into_iter().rev();
    let raw = oldest_first.map(|json| RawValue::from_string(json).map_err(rows::decode));
    Ok((raw.collect::<Result<_, _>>()?, is_whole))
}
