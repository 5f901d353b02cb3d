//! Tasks that Temporal is to run, and may not know of yet.

use sqlx::FromRow;

use super::{
    Ending, Temporal, Trouble,
    telling::{self, is_waiting, waits_for_temporal},
};
use crate::{
    adapters::{
        database::{Database, Sql},
        store::{Store, StoreError},
    },
    domain::{
        id::{Owner, SessionId, TaskId},
        time::UnixMillis,
    },
};

/// When to look again: the longer nothing has happened the later, a backlog may be long. One
/// that was tried before may have been answered a moment ago: its workflow begins at once,
/// or has to be looked at again soon.
macro_rules! next_look {
    () => {
        "$1 + case when $1 - updated_at < 20000 and attempt > 0 then 1000
                   when $1 - updated_at < 20000 then 10000
                   when $1 - updated_at > 600000 then 300000
                   else ($1 - updated_at) / 2 end"
    };
}

/// Takes those that wait and that nobody works on, and puts them off to the next look.
/// Workflows of their own have their own table.
macro_rules! take {
    ($lock:literal) => {
        concat!(
            "update task
                set due_at = ",
            next_look!(),
            ", look_at = ",
            next_look!(),
            "
              where task_id in (select task_id from task
                                 where depth between $2 and $3 and due_at <= $1
                                   and runner is null
                                 order by due_at limit $4 ",
            $lock,
            ") returning task_id, issuer, user_id, session_id, parent_task_id, depth, target,
                  (select max(seq) from task_event
                    where task_id = task.task_id and kind = 'message'
                      and message is not null) answer_seq, ",
            is_waiting!(),
            " is_told"
        )
    };
}

const TAKE: Sql = Sql::each(take!(""), take!("for no key update skip locked"));

const ANY: &str = "
    select due_at from task
     where depth between $1 and $2 and due_at <= $3 and runner is null limit 1";

/// Those whose gateway died: nobody renewed their lease. Temporal asks for them again by
/// itself; only its own end would leave them behind.
const FREE: &str = "
    update task set runner = null, updated_at = $1, due_at = $1
     where depth >= 0 and due_at < $2 and state = 'working' and runner is not null";

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

/// Tasks of one round, at most.
pub(super) const BATCH: i64 = 128;

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

#[derive(FromRow)]
struct Row {
    task_id: String,
    issuer: String,
    user_id: String,
    session_id: String,
    parent_task_id: Option<String>,
    #[sqlx(try_from = "i64")]
    depth: u32,
    target: String,
    answer_seq: Option<i64>,
    is_told: bool,
}

impl TryFrom<Row> for Unstarted {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let id = |text: &str| {
            let id = text.parse::<TaskId>();
            id.map_err(|_| sqlx::Error::Decode("no task id".into()))
        };
        Ok(Self {
            id: id(&row.task_id)?,
            owner: Owner::new(row.issuer, row.user_id),
            session: SessionId(row.session_id.into()),
            parent: row.parent_task_id.as_deref().map(id).transpose()?,
            depth: row.depth,
            target: row.target,
            answer: row.answer_seq,
            is_told: row.is_told,
        })
    }
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
    deepest: i64,
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
        let deepest = i64::from(deepest);
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

    /// Tasks that may be unknown to Temporal, some of each depth.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn take(&self, now: UnixMillis) -> Result<Vec<Unstarted>, StoreError> {
        let mut taken = Vec::new();
        for depth in 0..=self.deepest {
            // The last is for all that is deeper, too.
            let to = if depth == self.deepest {
                i64::MAX
            } else {
                depth
            };
            taken.extend(self.take_from((depth, to), now).await?);
        }
        Ok(taken)
    }

    async fn take_from(
        &self,
        (from, to): (i64, i64),
        now: UnixMillis,
    ) -> Result<Vec<Unstarted>, StoreError> {
        let any = self.db.query(ANY).bind(from).bind(to).bind(now.0);
        let any: Option<(i64,)> = any.optional().await?;
        if any.is_none() {
            return Ok(Vec::new());
        }
        let rows = self.db.write(move |mut conn| {
            Box::pin(async move {
                let query = conn.query(TAKE).bind(now.0).bind(from).bind(to);
                query.bind(BATCH).all::<Row>().await
            })
        });
        let taken: Result<_, sqlx::Error> =
            rows.await?.into_iter().map(Unstarted::try_from).collect();
        Ok(taken?)
    }

    /// Makes those due whose gateway died before `before`.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn free(&self, before: UnixMillis, now: UnixMillis) -> Result<u64, StoreError> {
        let freed = self.db.write(move |mut conn| {
            Box::pin(async move { conn.query(FREE).bind(now.0).bind(before.0).run().await })
        });
        Ok(freed.await?)
    }

    /// Has Temporal run `task`.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn hand(&self, task: Unstarted, now: UnixMillis) -> Result<Handed, StoreError> {
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

    /// Makes those due that wait for Temporal: it is back.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn call_up(&self, now: UnixMillis) -> Result<(), StoreError> {
        let called = self.db.write(move |mut conn| {
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
