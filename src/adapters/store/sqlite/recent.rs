//! Lists of tasks as A2A shows them.

use sqlx::{QueryBuilder, Sqlite as Engine, SqliteConnection};

use super::{
    SqliteStore,
    snapshot::{mine, one},
};
use crate::adapters::store::{
    StoreError,
    dialogue::{Page, Recent, Snapshot},
};

impl SqliteStore {
    pub(in crate::adapters::store) async fn recent(
        &self,
        wanted: &Recent,
    ) -> Result<Page, StoreError> {
        let mut at_once = self.db.readers.begin().await?;
        let total = match wanted.is_counted {
            true => Some(count(&mut at_once, wanted).await?),
            false => None,
        };
        let ids = ids(&mut at_once, wanted).await?;
        let (mut tasks, mut bytes) = (Vec::new(), 0);
        for id in ids.iter().take(wanted.limit as usize) {
            if bytes > wanted.max_bytes {
                break;
            }
            // One after the other: what is too much is not even read.
            if let Some(task) = one(&mut at_once, id, None, wanted.depth).await? {
                bytes += size(&task);
                tasks.push(task);
            }
        }
        Ok(Page {
            is_more: tasks.len() < ids.len(),
            tasks,
            total,
        })
    }
}

async fn count(conn: &mut SqliteConnection, wanted: &Recent) -> sqlx::Result<u64> {
    let mut query = QueryBuilder::<Engine>::new("select count(*) from task where true");
    filter(&mut query, wanted);
    let total: i64 = query.build_query_scalar().fetch_one(conn).await?;
    Ok(total.unsigned_abs())
}

/// One more than are wanted, if there are.
async fn ids(conn: &mut SqliteConnection, wanted: &Recent) -> sqlx::Result<Vec<String>> {
    let mut query = QueryBuilder::<Engine>::new("select task_id from task where true");
    filter(&mut query, wanted);
    if let Some((at, id)) = wanted.after {
        query.push(" and (updated_at, task_id) < (").push_bind(at.0);
        query.push(", ").push_bind(id.to_string()).push(")");
    }
    query
        .push(" order by updated_at desc, task_id desc limit ")
        .push_bind(i64::from(wanted.limit) + 1);
    query.build_query_scalar().fetch_all(conn).await
}

fn filter(query: &mut QueryBuilder<Engine>, wanted: &Recent) {
    mine(query, &wanted.owner);
    query
        .push(" and target = ")
        .push_bind(wanted.target.clone());
    if wanted.leaves_out_direct {
        query.push(" and is_direct = 0");
    }
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

/// What was read of a task, in bytes, as far as its owner and its agent decide.
fn size(task: &Snapshot) -> usize {
    let json = [&task.message, &task.metadata, &task.task.output];
    let json = json.into_iter().flatten().chain(&task.history);
    let text = [&task.input, &task.artifacts, &task.task.detail];
    let text: usize = text.into_iter().flatten().map(String::len).sum();
    text + json.map(|json| json.get().len()).sum::<usize>()
}
