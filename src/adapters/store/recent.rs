//! Lists of tasks as A2A shows them.

use std::sync::Arc;

use super::{
    Store, StoreError,
    dialogue::{Page, Recent, Snapshot},
    snapshot::{mine, one},
};
use crate::adapters::database::{Conn, Query};

impl Store {
    /// Tasks as A2A shows them, the last changed first.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn recent(&self, wanted: &Recent) -> Result<Page, StoreError> {
        let wanted = Arc::new(wanted.clone());
        let found = self
            .db
            .read(move |mut conn| Box::pin(async move { page(&mut conn, &wanted).await }));
        Ok(found.await?)
    }
}

async fn page(conn: &mut Conn<'_>, wanted: &Recent) -> sqlx::Result<Page> {
    let total = match wanted.is_counted {
        true => Some(count(conn, wanted).await?),
        false => None,
    };
    let ids = ids(conn, wanted).await?;
    let (mut tasks, mut bytes) = (Vec::new(), 0);
    for id in ids.iter().take(wanted.limit as usize) {
        if bytes > wanted.max_bytes {
            break;
        }
        // One after the other: what is too much is not even read.
        if let Some(task) = one(conn, id, None, wanted.depth).await? {
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

async fn count(conn: &mut Conn<'_>, wanted: &Recent) -> sqlx::Result<u64> {
    let mut query = conn.query("select count(*) from task where true");
    filter(&mut query, wanted);
    let total: i64 = query.scalar().await?;
    Ok(total.unsigned_abs())
}

/// One more than are wanted, if there are.
async fn ids(conn: &mut Conn<'_>, wanted: &Recent) -> sqlx::Result<Vec<String>> {
    let mut query = conn.query("select task_id from task where true");
    filter(&mut query, wanted);
    if let Some((at, id)) = wanted.after {
        query.push(" and (updated_at, task_id) < (").push_bind(at.0);
        query.push(", ").push_bind(id.to_string()).push(")");
    }
    query.push(" order by updated_at desc, task_id desc limit ");
    query.push_bind(i64::from(wanted.limit) + 1);
    query.scalars().await
}

fn filter(query: &mut Query<'_>, wanted: &Recent) {
    mine(query, &wanted.owner);
    query.push(" and target = ").push_bind(&wanted.target);
    if wanted.leaves_out_direct {
        query.push(" and not is_direct");
    }
    if let Some(context) = &wanted.context {
        query.push(" and context_id = ").push_bind(context);
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
