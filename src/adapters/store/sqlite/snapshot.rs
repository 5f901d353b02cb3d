//! Tasks as A2A shows them.

use serde_json::value::RawValue;
use sqlx::{FromRow, QueryBuilder, Sqlite as Engine, SqliteConnection};

use super::{SqliteStore, rows, rows::TaskRow};
use crate::{
    adapters::store::{
        StoreError,
        dialogue::{Depth, Recent, Snapshot},
    },
    domain::{
        a2a::artifact::Artifacts,
        id::{Owner, TaskId},
    },
};

const COLUMNS: &str = "
    select task_id, issuer, user_id, session_id, context_id, parent_task_id, target, state,
           detail, attempt, output, null title, created_at, updated_at,
           message, is_direct, artifacts, artifacts_seq, metadata,
           remote_task_id is not null is_attached,
           case when request is null then input end input,
           (select max(seq) from task_event e where e.task_id = task.task_id) generation
      from task";

const ONE: &str = " where task_id = ";

const UPDATES: &str = "
    select data from task_event
     where task_id = ?1 and seq > ?2 and kind = 'artifact' and data is not null order by seq";

const SAID: &str = "
    select message from task_event
     where task_id = ?1 and message is not null order by seq desc limit ?2";

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
        let mut query = QueryBuilder::<Engine>::new(COLUMNS);
        query.push(ONE).push_bind(id.to_string());
        if let Some(owner) = owner {
            mine(&mut query, owner);
        }
        let row: Option<Row> = query.build_query_as().fetch_optional(&mut *at_once).await?;
        Ok(fill(&mut at_once, row.ok_or(StoreError::NotFound)?, depth).await?)
    }

    pub(in crate::adapters::store) async fn recent(
        &self,
        wanted: &Recent,
    ) -> Result<(Vec<Snapshot>, u64), StoreError> {
        let mut at_once = self.db.readers.begin().await?;
        let mut count = QueryBuilder::<Engine>::new("select count(*) from task where true");
        filter(&mut count, wanted);
        let total: i64 = count.build_query_scalar().fetch_one(&mut *at_once).await?;
        let mut query = QueryBuilder::<Engine>::new(COLUMNS);
        query.push(" where true");
        filter(&mut query, wanted);
        if let Some((at, id)) = wanted.after {
            query.push(" and (updated_at, task_id) < (").push_bind(at.0);
            query.push(", ").push_bind(id.to_string()).push(")");
        }
        query
            .push(" order by updated_at desc, task_id desc limit ")
            .push_bind(wanted.limit);
        let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *at_once).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            found.push(fill(&mut at_once, row, wanted.depth).await?);
        }
        Ok((found, total.unsigned_abs()))
    }
}

fn mine(query: &mut QueryBuilder<Engine>, owner: &Owner) {
    query
        .push(" and issuer = ")
        .push_bind(owner.issuer.to_string());
    query
        .push(" and user_id = ")
        .push_bind(owner.user.to_string());
}

fn filter(query: &mut QueryBuilder<Engine>, wanted: &Recent) {
    mine(query, &wanted.owner);
    query
        .push(" and target = ")
        .push_bind(wanted.target.clone());
    if let Some(context) = &wanted.context {
        query.push(" and context_id = ").push_bind(context.clone());
    }
    if let Some(state) = wanted.state {
        query.push(" and state = ").push_bind(state.name());
    }
    if let Some(since) = wanted.since {
        query.push(" and updated_at >= ").push_bind(since.0);
    }
}

async fn fill(conn: &mut SqliteConnection, row: Row, depth: Depth) -> sqlx::Result<Snapshot> {
    let id = row.task.id().to_owned();
    let artifacts = match depth.artifacts {
        true => artifacts(conn, &id, row.artifacts, row.artifacts_seq).await?,
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

/// What the row says, and what was told since.
async fn artifacts(
    conn: &mut SqliteConnection,
    id: &str,
    known: Option<String>,
    as_of: i64,
) -> sqlx::Result<Option<String>> {
    let updates: Vec<String> = sqlx::query_scalar(UPDATES)
        .bind(id)
        .bind(as_of)
        .fetch_all(conn)
        .await?;
    if updates.is_empty() {
        return Ok(known);
    }
    let mut artifacts = Artifacts::read(known.as_deref());
    for update in updates {
        artifacts.take(serde_json::from_str(&update).map_err(rows::decode)?);
    }
    Ok(Some(artifacts.to_json()))
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
    // One more for what the status says.
    let mut said: Vec<String> = sqlx::query_scalar(SAID)
        .bind(id)
        .bind(limit.saturating_add(1))
        .fetch_all(conn)
        .await?;
    if let Some(at) = status.and_then(|now| said.iter().position(|one| one == now)) {
        said.remove(at);
    }
    // There is room for the beginning, too, where the row has only an input.
    let is_whole = said.len() < limit as usize;
    said.truncate(limit as usize);
    let oldest_first = said.into_iter().rev();
    let raw = oldest_first.map(|json| RawValue::from_string(json).map_err(rows::decode));
    Ok((raw.collect::<Result<_, _>>()?, is_whole))
}
