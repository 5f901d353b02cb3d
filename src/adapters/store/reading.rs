//! Tasks and their histories, as they stand.

use super::{
    ParentTask, Store, StoreError, TaskFilter, TaskLine, TaskView,
    dialogue::Standing,
    rows,
    rows::{LineRow, TaskRow},
    sql,
};
use crate::domain::id::{Owner, TaskId};

impl Store {
    /// One task of `owner`, or of anyone for `None`.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub async fn task(&self, id: TaskId, owner: Option<&Owner>) -> Result<TaskView, StoreError> {
        let found = self.db.query(sql::TASK).bind(id.to_string());
        let found = found
            .bind(owner.map(|o| &*o.issuer))
            .bind(owner.map(|o| &*o.user));
        let row: Option<TaskRow> = found.optional().await?;
        Ok(row.ok_or(StoreError::NotFound)?.try_into()?)
    }

    /// Where a task stands; of `owner`, or of anyone for `None`. Cheap, however
    /// much the task holds.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub async fn standing(
        &self,
        id: TaskId,
        owner: Option<&Owner>,
    ) -> Result<Standing, StoreError> {
        let found = self.db.query(sql::STANDING).bind(id.to_string());
        let found = found
            .bind(owner.map(|o| &*o.issuer))
            .bind(owner.map(|o| &*o.user));
        let row: Option<(String, String, String)> = found.optional().await?;
        let (state, target, context) = row.ok_or(StoreError::NotFound)?;
        Ok(Standing {
            state: rows::state(&state)?,
            target,
            context,
        })
    }

    /// Tasks, newest first.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn tasks(&self, filter: &TaskFilter) -> Result<Vec<TaskView>, StoreError> {
        let mut query = self.db.query(sql::TASKS);
        if let Some(owner) = &filter.owner {
            query.push(" and issuer = ").push_bind(&*owner.issuer);
            query.push(" and user_id = ").push_bind(&*owner.user);
        }
        for (nth, state) in filter.states.iter().enumerate() {
            let next = if nth == 0 { " and state in (" } else { ", " };
            query.push(next).push_bind(state.name());
        }
        if !filter.states.is_empty() {
            query.push(")");
        }
        if let Some(parent) = filter.parent {
            let parent = parent.to_string();
            query.push(" and parent_task_id = ").push_bind(parent);
        }
        if let Some(before) = filter.before {
            query.push(" and task_id < ").push_bind(before.to_string());
        }
        query.push(" order by task_id desc limit ");
        query.push_bind(filter.limit);
        let rows: Vec<TaskRow> = query.all().await?;
        let views: Result<_, sqlx::Error> = rows.into_iter().map(TaskView::try_from).collect();
        Ok(views?)
    }

    /// The history of a task after line `after`, at most `limit` lines. Empty
    /// also for a task that is not there: ask [`task`](Self::task) first.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn lines(
        &self,
        id: TaskId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<TaskLine>, StoreError> {
        let found = self.db.query(sql::LINES).bind(id.to_string());
        let rows: Vec<LineRow> = found.bind(after).bind(limit).all().await?;
        let lines: Result<_, sqlx::Error> = rows.into_iter().map(TaskLine::try_from).collect();
        Ok(lines?)
    }

    /// What a call made in the name of a task must know of it.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if it is not there or not `owner`'s.
    pub async fn parent(&self, id: TaskId, owner: &Owner) -> Result<ParentTask, StoreError> {
        let found = self.db.query(sql::PARENT).bind(id.to_string());
        let found = found.bind(&*owner.issuer).bind(&*owner.user);
        let row: Option<(String, i64, String)> = found.optional().await?;
        let (state, depth, context) = row.ok_or(StoreError::NotFound)?;
        Ok(ParentTask {
            state: rows::state(&state)?,
            depth: u32::try_from(depth).map_err(rows::decode)?,
            context,
        })
    }
}
