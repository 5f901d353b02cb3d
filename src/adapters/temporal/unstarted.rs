//! Tasks that Temporal is to run, and may not know of yet.

mod take;

use super::{
    Ending, Temporal, Trouble,
    telling::{self, is_waiting, waits_for_temporal},
};
use crate::{
    adapters::{
        database::{Conn, Database, Sql},
        store::{Store, StoreError},
    },
    domain::{
        id::{Owner, SessionId, TaskId},
        time::UnixMillis,
    },
};

/// Those whose gateway died: nobody renewed their lease. Temporal asks for them again by
/// itself; only its own end would leave them behind. What runs in this process is its own,
/// though its leases have run out, as after a suspend.
macro_rules! free {
    () => {
        "
    update task
       set runner = null, updated_at = $1,
           due_at = case when substr(target, 1, 11) = 'temporal://' then 253402300799000
                         else $1 end
     where depth >= 0 and due_at < $2 and state = 'working' and runner is not null
       and runner <> $3
    returning task_id"
    };
}

/// Whoever looks after those that have workflows of their own is to look at them: a
/// statement of its own in a file.
const FREE_WORKFLOW: &str = "update workflow set due_at = $2, since = $2 where task_id = $1";

const FREE: Sql = Sql::each(
    free!(),
    concat!(
        "
    with freed as (",
        free!(),
        "),
    looked_at as (
        update workflow set due_at = $1, since = $1
         where task_id in (select task_id from freed))
    select task_id from freed"
    ),
);

const LOOK_AT: &str = "
    update task set due_at = $2, look_at = $2
     where task_id = $1 and runner is null and due_at = look_at";

const ANSWER: &str = "
    select max(seq) from task_event
     where task_id = $1 and kind = 'message' and message is not null";

const TELL_NOTHING: &str = "
    update task set detail = null
     where task_id = $1 and state in ('submitted', 'working') and runner is null";

const ALL_TOLD: &str = concat!(
    "
    update task set due_at = $1
     where state in ('submitted', 'working') and runner is null and due_at > $1
       and due_at = look_at and ",
    is_waiting!()
);

pub use take::Taken;

/// A task that Temporal is to run.
#[derive(Clone, Debug)]
pub struct Unstarted {
    /// Its name.
    pub id: TaskId,
    /// Whose it is.
    pub owner: Owner,
    /// The session of the hand-off.
    pub session: SessionId,
    /// Who handed it off.
    pub parent: Option<TaskId>,
    /// Hand-offs above it.
    pub depth: u32,
    /// Where it goes.
    pub target: String,
    /// The line of its history in which its caller answered last.
    pub answer: Option<i64>,
    /// It says that it waits for Temporal.
    pub is_told: bool,
}

/// What became of a task that Temporal was told of.
#[derive(Clone, Debug, PartialEq)]
pub enum Handed {
    /// Temporal runs it.
    On,
    /// Temporal ended its part, and the task is not over.
    Ended(Ending),
    /// Temporal is away; the task says so.
    Waits,
}

/// The tasks that Temporal is to run. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Backlog {
    temporal: Temporal,
    db: Database,
    store: Store,
    /// How long Temporal may try.
    lasts: std::time::Duration,
    deepest: u32,
}

/// A workflow runs a task from when it is due until it is over or waits for its caller;
/// after each answer another one goes on, however often it is tried.
#[cfg(feature = "temporal")]
pub(super) fn workflow_id(task: TaskId, answer: Option<i64>) -> String {
    let id = attach_temporal::task_workflow_id(&task.to_string());
    match answer {
        Some(answer) => format!("{id}/{answer}"),
        None => id,
    }
}

impl Backlog {
    /// Of the tasks in `store`, of hand-offs down to `deepest`.
    pub fn new(
        temporal: Temporal,
        db: Database,
        store: Store,
        (lasts, deepest): (std::time::Duration, u32),
    ) -> Self {
        Self {
            temporal,
            db,
            store,
            lasts,
            deepest,
        }
    }

    /// Where they run.
    pub fn temporal(&self) -> &Temporal {
        &self.temporal
    }

    /// Makes those due whose gateway died before `before`.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn free(&self, before: UnixMillis, now: UnixMillis) -> Result<usize, StoreError> {
        let runner = self.store.runner();
        let freed = self.db.lone(move |mut conn| {
            let runner = runner.clone();
            Box::pin(async move { free(&mut conn, &runner, before, now).await })
        });
        let freed = freed.await?;
        let tasks = freed.iter().filter_map(|task| task.parse().ok());
        tasks.for_each(|task| self.store.hint(task));
        Ok(freed.len())
    }

    /// Has Temporal run `task`.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn hand(&self, mut task: Unstarted, now: UnixMillis) -> Result<Handed, StoreError> {
        // Nobody polls for what is deeper: the limit was higher when it was accepted.
        task.depth = task.depth.min(self.deepest);
        match self.try_hand(&task).await {
            Ok(handed) => {
                if task.is_told {
                    self.say(task.id, None, now).await?;
                }
                Ok(handed)
            }
            Err(Trouble::Away(why) | Trouble::Refused(why)) => {
                if !task.is_told {
                    let detail = Some(waits_for_temporal(&why));
                    self.say(task.id, detail, now).await?;
                }
                Ok(Handed::Waits)
            }
        }
    }

    /// Tells Temporal that `task` need not be run any more: the workflow that runs it, or
    /// waits for its turn, is canceled.
    ///
    /// # Errors
    ///
    /// Temporal cannot be asked, or the database.
    pub async fn forget(&self, task: TaskId) -> Result<(), Trouble> {
        let answer = self.db.query(ANSWER).bind(task.to_string());
        let answer: Option<i64> = answer
            .scalar()
            .await
            .map_err(|error| Trouble::Away(error.to_string()))?;
        self.temporal.cancel_task(task, answer).await
    }

    /// Has `task`, which was taken, be looked at again at this moment.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn look_soon(&self, task: TaskId, at: UnixMillis) -> Result<(), StoreError> {
        let put_off = self.db.lone(move |mut conn| {
            Box::pin(async move {
                let look = conn.query(LOOK_AT).bind(task.to_string());
                look.bind(at.0).run().await
            })
        });
        put_off.await?;
        Ok(())
    }

    /// Makes those due that wait for Temporal: it is back.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn call_up(&self, now: UnixMillis) -> Result<(), StoreError> {
        let called = self.db.lone(move |mut conn| {
            Box::pin(async move { conn.query(ALL_TOLD).bind(now.0).run().await })
        });
        called.await?;
        Ok(())
    }

    async fn try_hand(&self, task: &Unstarted) -> Result<Handed, Trouble> {
        if let Some(why) = self.temporal.away() {
            return Err(Trouble::Away(why));
        }
        if self.temporal.start_task(task, self.lasts).await? {
            return Ok(Handed::On);
        }
        Ok(match self.temporal.look_at_task(task).await? {
            None => Handed::On,
            Some(ending) => Handed::Ended(ending),
        })
    }

    /// Has the task say what it waits for, or nothing.
    async fn say(
        &self,
        task: TaskId,
        detail: Option<String>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let set = self.db.write(move |mut conn| {
            let (task, detail) = (task.to_string(), detail.clone());
            Box::pin(async move {
                match detail {
                    Some(detail) => telling::tell(&mut conn, &task, &detail, now).await,
                    None => conn.query(TELL_NOTHING).bind(task).run().await,
                }
            })
        });
        set.await?;
        self.store.hint(task);
        Ok(())
    }
}

async fn free(
    conn: &mut Conn<'_>,
    runner: &str,
    before: UnixMillis,
    now: UnixMillis,
) -> sqlx::Result<Vec<String>> {
    let freed = conn.query(FREE).bind(now.0).bind(before.0).bind(runner);
    let freed: Vec<String> = freed.scalars().await?;
    if !conn.is_shared() {
        for task in &freed {
            let look = conn.query(FREE_WORKFLOW).bind(task).bind(now.0);
            look.run().await?;
        }
    }
    Ok(freed)
}

#[cfg(all(test, feature = "temporal"))]
mod tests {
    use super::*;

    #[test]
    fn each_answer_has_a_workflow_of_its_own_and_no_try_has() {
        let task = TaskId::fresh();
        let first = format!("attach-task/{task}");
        assert_eq!(workflow_id(task, None), first);
        assert_eq!(workflow_id(task, Some(7)), format!("{first}/7"));
    }
}
