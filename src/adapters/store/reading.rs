//! Tasks and their histories, as they stand.

use super::{
    ParentTask, Store, StoreError, TaskLine, TaskView,
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
