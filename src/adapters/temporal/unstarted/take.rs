//! Which tasks Temporal is to be told of now.

use sqlx::FromRow;

use super::{Backlog, Unstarted};
use crate::{
    adapters::{store::StoreError, temporal::telling::is_waiting},
    domain::{
        id::{Owner, SessionId, TaskId},
        time::UnixMillis,
    },
};

/// Tasks of one depth in one round, at most.
const BATCH: i64 = 128;

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

/// Puts off to the next look those that `$which` names.
macro_rules! put_off {
    ($which:expr) => {
        concat!(
            "
    update task
       set due_at = ",
            next_look!(),
            ", look_at = ",
            next_look!(),
            "
     where task_id ",
            $which,
            "
    returning task_id, issuer, user_id, session_id, parent_task_id, depth, target,
              (select max(seq) from task_event
                where task_id = task.task_id and kind = 'message'
                  and message is not null) answer_seq, ",
            is_waiting!(),
            " is_told"
        )
    };
}

/// Those of some depths that are due and that nobody works on. Workflows of their own have
/// their own table.
macro_rules! waiting {
    ($depths:literal) => {
        concat!(
            " from task where ",
            $depths,
            " and due_at <= $1 and runner is null
                and substr(target, 1, 11) <> 'temporal://'"
        )
    };
}

const ANY: &str = concat!("select 1", waiting!("depth between $2 and $3"), " limit 1");

const TAKE: &str = put_off!(concat!(
    "in (select task_id",
    waiting!("depth between $2 and $3"),
    " order by due_at limit $4)"
));

/// For every depth, each of which is a walk over what is due of it alone, and without what
/// others take at that moment.
const TAKE_AT_ONCE: &str = concat!(
    "
    with due as materialized (
        select due.task_id
          from generate_series(0, $2 - 1) at_depth
         cross join lateral (
               select task_id",
    waiting!("depth = at_depth"),
    "
                order by due_at limit $3 for no key update skip locked) due
         union all
        select deeper.task_id
          from (select task_id",
    waiting!("depth >= $2"),
    "
                order by due_at limit $3 for no key update skip locked) deeper)",
    put_off!("= any (array(select task_id from due))")
);

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

/// Tasks that were taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// They may be unknown to Temporal.
    pub tasks: Vec<Unstarted>,
    /// Of some depth there may be more.
    pub is_more: bool,
}

impl Backlog {
    /// Tasks that may be unknown to Temporal, some of each depth.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn take(&self, now: UnixMillis) -> Result<Taken, StoreError> {
        let rows = match self.db.is_shared() {
            true => self.take_at_once(now).await?,
            false => self.take_each(now).await?,
        };
        let is_more = is_more(rows.iter().map(|row| row.depth), self.deepest);
        let tasks: Result<_, sqlx::Error> = rows.into_iter().map(Unstarted::try_from).collect();
        Ok(Taken {
            tasks: tasks?,
            is_more,
        })
    }

    /// One statement: on a server each is a journey.
    async fn take_at_once(&self, now: UnixMillis) -> Result<Vec<Row>, StoreError> {
        let deepest = self.deepest;
        let rows = self.db.lone(move |mut conn| {
            Box::pin(async move {
                let take = conn.query(TAKE_AT_ONCE).bind(now.0).bind(deepest);
                take.bind(BATCH).all().await
            })
        });
        Ok(rows.await?)
    }

    /// One after the other, and of none that has nothing: to look costs a file little, and
    /// a commit much.
    async fn take_each(&self, now: UnixMillis) -> Result<Vec<Row>, StoreError> {
        let mut taken = Vec::new();
        for depth in 0..=self.deepest {
            let to = match depth == self.deepest {
                true => i64::MAX,
                false => i64::from(depth),
            };
            let any = self.db.query(ANY).bind(now.0).bind(depth).bind(to);
            if any.optional::<(i64,)>().await?.is_none() {
                continue;
            }
            let rows = self.db.write(move |mut conn| {
                Box::pin(async move {
                    let take = conn.query(TAKE).bind(now.0).bind(depth).bind(to);
                    take.bind(BATCH).all::<Row>().await
                })
            });
            taken.extend(rows.await?);
        }
        Ok(taken)
    }
}

/// Whether tasks of these `depths` are as many as are taken of one, of any; the deepest are
/// as one.
fn is_more(depths: impl Iterator<Item = u32>, deepest: u32) -> bool {
    let mut taken = vec![0; deepest as usize + 1];
    for depth in depths {
        if let Some(count) = taken.get_mut(depth.min(deepest) as usize) {
            *count += 1;
        }
    }
    taken.contains(&BATCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_more_where_a_depth_came_back_full() {
        let full = BATCH as usize;
        let of = |depth, count| std::iter::repeat_n(depth, count);
        assert!(!is_more(of(0, full - 1).chain(of(1, full - 1)), 2));
        assert!(is_more(of(0, 1).chain(of(1, full)), 2));
        assert!(is_more(of(2, full - 1).chain(of(7, 1)), 2), "the deepest");
        assert!(!is_more(of(0, 0), 0));
    }
}
