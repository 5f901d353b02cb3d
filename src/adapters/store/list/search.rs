//! A search in what tasks say, row by row.

use std::time::Instant;

use sqlx::FromRow;

use super::{PATIENCE, Step, index::Index};
use crate::{
    adapters::store::{Store, StoreError, TaskFilter, rows},
    domain::id::TaskId,
};

/// Inputs that are longer are not searched: each would have to be read whole.
const TEXTS: &str = "task_id, target, detail,
    case when octet_length(input) <= 65536 then input end input";

#[derive(FromRow)]
struct Texts {
    task_id: String,
    target: String,
    detail: Option<String>,
    input: Option<String>,
}

impl Store {
    /// Those of a step in which the words are. Where the time is up, the step ends with
    /// the one that was searched last.
    pub(super) async fn search(
        &self,
        filter: &TaskFilter,
        index: Index,
        step: &mut Step,
        began: Instant,
    ) -> Result<Vec<TaskId>, StoreError> {
        let mut ids = Vec::new();
        for texts in self.texts(filter, index, step.to).await? {
            let id = rows::task_id(&texts.task_id)?;
            if texts.meet(filter) {
                ids.push(id);
            }
            if began.elapsed() >= PATIENCE {
                (step.to, step.is_last) = (Some(id), false);
                break;
            }
            // Others share this thread.
            tokio::task::yield_now().await;
        }
        Ok(ids)
    }

    async fn texts(
        &self,
        filter: &TaskFilter,
        index: Index,
        to: Option<TaskId>,
    ) -> Result<Vec<Texts>, StoreError> {
        let mut query = self.db.query("");
        index.select(&mut query, filter, TEXTS);
        if let Some(to) = to {
            query.push(" and task_id >= ").push_bind(to.to_string());
        }
        query.push(" order by task_id desc");
        Ok(query.all().await?)
    }
}

impl Texts {
    fn meet(&self, filter: &TaskFilter) -> bool {
        let plain = [&*self.target, self.detail.as_deref().unwrap_or_default()];
        let json = self.input.as_deref().unwrap_or_default();
        let sought = filter.sought.as_ref();
        sought.is_none_or(|sought| sought.is_in(&plain, json))
    }
}
