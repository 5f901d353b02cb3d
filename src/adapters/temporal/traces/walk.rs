//! Which tasks may have something to tell: all that changed since everything was told.

use super::TaskTraces;
use crate::{
    adapters::store::StoreError,
    domain::{id::TaskId, time::UnixMillis},
};

/// Tasks of one page.
const PAGE: i64 = 4096;

const PLACE: &str = "select at from trace_place where id = 1";

const MOVE: &str = "
    insert into trace_place (id, at) values (1, $1)
        on conflict (id) do update set at = excluded.at";

/// What changes while these are walked over is told by hints.
const OPEN: &str = "
    select task_id, updated_at from task
     where state in ('submitted', 'working') and updated_at >= $1 and task_id > $2
     order by task_id limit $3";

/// Tasks that changed since a moment and that nobody works on: in the order of an index.
const RESTING: &str = "
    select task_id, updated_at from task
     where due_at is null and (updated_at > $1 or updated_at = $1 and task_id > $2)
     order by updated_at, task_id limit $3";

const ENDED_BETWEEN: &str = "
    select count(*) from task where due_at is null and updated_at >= $1 and updated_at < $2";

/// Where a walk over tasks stands: over the open ones first, then over the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    since: UnixMillis,
    at: UnixMillis,
    task: String,
    is_over_open: bool,
}

impl Walk {
    /// Over all that changed since `since`, from its beginning.
    pub fn since(since: UnixMillis) -> Self {
        Self {
            since,
            at: since,
            task: String::new(),
            is_over_open: true,
        }
    }

    /// After a page that ended with `last`; `None` as `last` where no more follow of its
    /// kind.
    fn after(self, last: Option<&(String, i64)>) -> Option<Self> {
        match last {
            Some((task, at)) => Some(Self {
                at: UnixMillis(if self.is_over_open { self.at.0 } else { *at }),
                task: task.clone(),
                ..self
            }),
            None => self.is_over_open.then(|| Self {
                is_over_open: false,
                ..Self::since(self.since)
            }),
        }
    }
}

impl TaskTraces {
    /// Up to which moment everything was told; `None` before the first time.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn place(&self) -> Result<Option<UnixMillis>, StoreError> {
        let place: Option<i64> = self.db.query(PLACE).optional_scalar().await?;
        Ok(place.map(UnixMillis))
    }

    /// Notes that everything up to `at` was told.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn move_place(&self, at: UnixMillis) -> Result<(), StoreError> {
        let moved = self.db.write(move |mut conn| {
            Box::pin(async move { conn.query(MOVE).bind(at.0).run().await })
        });
        moved.await?;
        Ok(())
    }

    /// The next tasks of a walk, some thousand at most, and where to go on; `None` when
    /// these were the last.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn walk(&self, walk: Walk) -> Result<(Vec<TaskId>, Option<Walk>), StoreError> {
        let sql = if walk.is_over_open { OPEN } else { RESTING };
        let query = self.db.query(sql).bind(walk.at.0).bind(&walk.task);
        let page: Vec<(String, i64)> = query.bind(PAGE).all().await?;
        let is_full = page.len() as i64 == PAGE;
        let next = walk.after(page.last().filter(|_| is_full));
        let tasks = page.iter().filter_map(|(task, _)| task.parse().ok());
        Ok((tasks.collect(), next))
    }

    /// How many tasks came to rest between two moments.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn rested(&self, from: UnixMillis, to: UnixMillis) -> Result<i64, StoreError> {
        let count = self.db.query(ENDED_BETWEEN).bind(from.0).bind(to.0);
        Ok(count.scalar().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(task: &str, at: i64) -> (String, i64) {
        (task.to_owned(), at)
    }

    #[test]
    fn a_walk_goes_over_the_open_tasks_and_then_from_its_beginning_over_the_others() {
        let walk = Walk::since(UnixMillis(100));
        let walk = walk.after(Some(&row("b", 700))).unwrap();
        assert!(walk.is_over_open);
        assert_eq!((walk.at.0, &*walk.task), (100, "b"), "open ones by name");
        let walk = walk.after(None).unwrap();
        assert!(!walk.is_over_open);
        assert_eq!((walk.at.0, &*walk.task), (100, ""));
        let walk = walk.after(Some(&row("c", 300))).unwrap();
        assert_eq!((walk.at.0, &*walk.task), (300, "c"));
        assert_eq!(walk.after(None), None);
    }
}
