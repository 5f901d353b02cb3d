//! Lists of tasks, newest first, at about the same cost however many tasks there are.
//!
//! Tasks are looked at step by step along one index, by what other indexes or the
//! beginnings of their rows tell: the long texts of a task are read of those alone that
//! are listed, or searched. A call that has looked at enough says where to go on.

mod index;
mod search;

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Store, StoreError, TaskFilter, TaskPage, TaskView, rows, rows::TaskRow, title::title};
use crate::{adapters::database::Sql, domain::id::TaskId};
use index::Index;

/// Tasks that are looked at by one statement; and that are searched, each up to 64 KiB.
const STEP: u32 = 1000;
const SEARCHED: u32 = 100;
/// How many one call looks at, and for how long.
const LOOKS: u32 = 20_000;
const PATIENCE: Duration = Duration::from_millis(50);
/// Searches at once: others want to read, too.
pub(super) const SEARCHES: usize = 2;

/// The same but for how a title is read, and which tasks are wanted. Results above 64 KiB
/// are left out: a hundred of them would not fit anywhere.
macro_rules! tasks {
    ($title:expr, $wanted:literal) => {
        concat!(
            "
    select task_id, issuer, user_id, session_id, context_id, parent_task_id, depth, target,
           state, detail, attempt,
           case when octet_length(output) <= 65536 then output end output, created_at, updated_at,
           ",
            $title,
            "
      from task where task_id ",
            $wanted,
            "
     order by task_id desc"
        )
    };
}

const TASKS: Sql = Sql::each(
    tasks!(title!(file), "in (select value from json_each($1))"),
    tasks!(
        title!(server),
        "= any (array(select json_array_elements_text($1::json)))"
    ),
);

/// Some tasks along an index.
struct Step {
    /// The last of them; `None`: as many as there are.
    to: Option<TaskId>,
    /// Whether no more follow.
    is_last: bool,
}

impl Store {
    /// Tasks, newest first. One call looks at some twenty thousand of the owner's for
    /// about 50 ms: a page may have fewer than there is room for, and go on.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn tasks(&self, filter: &TaskFilter) -> Result<TaskPage, StoreError> {
        let _turn = match filter.sought {
            Some(_) => self.searches.acquire().await.ok(),
            None => None,
        };
        let (ids, next) = self.ids(filter, Instant::now()).await?;
        let tasks = match ids.is_empty() {
            true => Vec::new(),
            false => self.views(&ids).await?,
        };
        Ok(TaskPage { tasks, next })
    }

    /// The first of them, as many as there is room for, however long that takes. For
    /// whoever runs the gateway.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn newest(&self, filter: &TaskFilter) -> Result<Vec<TaskView>, StoreError> {
        let (mut rest, mut tasks) = (filter.clone(), Vec::new());
        loop {
            let page = self.tasks(&rest).await?;
            tasks.extend(page.tasks);
            rest.limit = filter.limit - tasks.len() as u32;
            rest.before = page.next;
            if rest.limit == 0 || page.next.is_none() {
                return Ok(tasks);
            }
        }
    }

    /// Which they are, and where the list goes on.
    async fn ids(&self, filter: &TaskFilter, began: Instant) -> Result<Found, StoreError> {
        let (index, mut rest) = (self.index(filter).await?, filter.clone());
        let (mut ids, mut looked) = (Vec::new(), 0);
        loop {
            let mut step = self.step(&rest, index).await?;
            ids.extend(match &rest.sought {
                None => self.found(&rest, index, step.to).await?,
                Some(_) => self.search(&rest, index, &mut step, began).await?,
            });
            if ids.len() > filter.limit as usize {
                ids.truncate(filter.limit as usize);
                let next = ids.last().copied();
                return Ok((ids, next));
            }
            (rest.before, looked) = (step.to, looked + step_size(&rest));
            let is_enough = looked >= LOOKS || began.elapsed() >= PATIENCE;
            if step.is_last || is_enough {
                return Ok((ids, step.to.filter(|_| !step.is_last)));
            }
        }
    }

    /// The next tasks to look at along `index`.
    async fn step(&self, rest: &TaskFilter, index: Index) -> Result<Step, StoreError> {
        let led = index.led(rest);
        if led == *rest {
            // Each one that it leads to is one of the list.
            return Ok(Step {
                to: None,
                is_last: true,
            });
        }
        let size = step_size(rest);
        let mut query = self.db.query("select min(task_id), count(*) from (");
        index.select(&mut query, &led, "task_id");
        query.push(" order by task_id desc limit ");
        query.push_bind(size).push(") step");
        let (to, count): (Option<String>, i64) = query.one().await?;
        Ok(Step {
            to: to.as_deref().map(rows::task_id).transpose()?,
            is_last: count < i64::from(size),
        })
    }

    /// Those that meet all of `filter`, as far as to `to`; one more than its limit, if
    /// there are.
    async fn found(
        &self,
        filter: &TaskFilter,
        index: Index,
        to: Option<TaskId>,
    ) -> Result<Vec<TaskId>, StoreError> {
        let mut query = self.db.query("");
        index.select(&mut query, filter, "task_id");
        if let Some(to) = to {
            query.push(" and task_id >= ").push_bind(to.to_string());
        }
        query.push(" order by task_id desc limit ");
        query.push_bind(i64::from(filter.limit) + 1);
        let ids: Vec<String> = query.scalars().await?;
        let ids: Result<_, sqlx::Error> = ids.iter().map(|id| rows::task_id(id)).collect();
        Ok(ids?)
    }

    async fn views(&self, ids: &[TaskId]) -> Result<Vec<TaskView>, StoreError> {
        let wanted = self.db.query(TASKS).bind(json!(ids).to_string());
        let rows: Vec<TaskRow> = wanted.all().await?;
        let views: Result<_, sqlx::Error> = rows.into_iter().map(TaskView::try_from).collect();
        Ok(views?)
    }
}

/// Tasks, and where there are more.
type Found = (Vec<TaskId>, Option<TaskId>);

fn step_size(filter: &TaskFilter) -> u32 {
    match filter.sought {
        None => STEP,
        Some(_) => SEARCHED,
    }
}
