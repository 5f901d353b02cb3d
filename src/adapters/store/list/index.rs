//! The indexes that lists of tasks go along, and what is asked of a task without reading
//! its long texts: in a file, what stands behind them in the row is as far away as they
//! are long.

#[cfg(test)]
mod tests;

use crate::{
    adapters::{
        database::{Query, Sql},
        store::{Store, StoreError, TaskFilter},
    },
    domain::task::TaskState,
};

/// Open tasks are few if there are no more than so many of all people's: then they are
/// sorted each time.
const FEW: u32 = 5000;

/// The conditions of `task_open` and `task_failed`: a file takes such an index where its
/// condition is repeated to the letter.
macro_rules! open {
    () => {
        "state in ('submitted', 'working', 'input-required', 'auth-required')"
    };
}
macro_rules! failed {
    () => {
        "state in ('failed', 'canceled', 'rejected')"
    };
}

const FAILED: [TaskState; 3] = [TaskState::Failed, TaskState::Canceled, TaskState::Rejected];

/// Where a task stands; in a file as indexes tell.
const STATE: Sql = Sql::each(
    concat!(
        "coalesce((select bad.state from task bad indexed by task_failed
                    where bad.issuer = task.issuer and bad.user_id = task.user_id
                      and bad.task_id = task.task_id and bad.",
        failed!(),
        "), (select live.state from task live indexed by task_open
                    where live.rowid = task.rowid and live.",
        open!(),
        "), 'completed')"
    ),
    "state",
);

/// The way along which tasks are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Index {
    /// By name: one task, or everyone's.
    Name,
    /// All of an owner.
    Mine,
    /// Those of one parent.
    Children,
    /// An owner's that went wrong.
    Failed,
    /// Everyone's that have not ended, sorted.
    Open,
}

impl Store {
    /// The one that leads to what is wanted.
    pub(super) async fn index(&self, wanted: &TaskFilter) -> Result<Index, StoreError> {
        let is_each = |of: fn(TaskState) -> bool| {
            !wanted.states.is_empty() && wanted.states.iter().copied().all(of)
        };
        if wanted.task.is_some() {
            return Ok(Index::Name);
        }
        if wanted.parent.is_some() {
            return Ok(Index::Children);
        }
        if is_each(|state| !state.is_terminal()) && self.are_few(&wanted.states).await? {
            return Ok(Index::Open);
        }
        Ok(match wanted.owner {
            Some(_) if is_each(|state| FAILED.contains(&state)) => Index::Failed,
            Some(_) => Index::Mine,
            None => Index::Name,
        })
    }

    async fn are_few(&self, open: &[TaskState]) -> Result<bool, StoreError> {
        let mut query = self.db.query("select count(*) from (select 1 from task");
        query.push_each(Index::Open.forced()).push(" where true");
        in_states(&mut query, Index::Open, open);
        query.push(" limit ").push_bind(FEW + 1).push(") those");
        let count: i64 = query.scalar().await?;
        Ok(count <= i64::from(FEW))
    }
}

impl Index {
    /// Has a file take it. A server knows how many rows have which value, and chooses by
    /// that.
    fn forced(self) -> Sql {
        let in_a_file = match self {
            Self::Name => "",
            Self::Mine => " indexed by task_mine",
            Self::Children => " indexed by task_children",
            Self::Failed => " indexed by task_failed",
            Self::Open => " indexed by task_open",
        };
        Sql::each(in_a_file, "")
    }

    /// The conditions of `filter` that lead along it.
    pub(super) fn led(self, filter: &TaskFilter) -> TaskFilter {
        let mut led = TaskFilter {
            owner: filter.owner.clone(),
            task: filter.task,
            before: filter.before,
            limit: filter.limit,
            ..TaskFilter::default()
        };
        match self {
            Self::Name | Self::Mine => {}
            Self::Children => led.parent = filter.parent,
            Self::Failed | Self::Open => led.states.clone_from(&filter.states),
        }
        led
    }

    /// `columns` of the tasks along it that meet `filter`, but for what is searched.
    pub(super) fn select(self, query: &mut Query<'_>, filter: &TaskFilter, columns: &str) {
        query.push("select ").push(columns).push(" from task");
        query.push_each(self.forced()).push(" where true");
        if let Some(owner) = &filter.owner {
            equal(query, "issuer", Some(&*owner.issuer));
            equal(query, "user_id", Some(&*owner.user));
        }
        equal(query, "task_id", filter.task.map(|id| id.to_string()));
        let parent = filter.parent.map(|id| id.to_string());
        equal(query, "parent_task_id", parent);
        equal(query, "target", filter.agent.as_deref());
        let session = filter.session.as_ref();
        equal(query, "session_id", session.map(|id| &*id.0));
        if filter.is_root {
            query.push(" and parent_task_id is null");
        }
        in_states(query, self, &filter.states);
        if let Some(before) = filter.before {
            query.push(" and task_id < ").push_bind(before.to_string());
        }
    }
}

fn equal(query: &mut Query<'_>, column: &str, value: Option<impl Into<String>>) {
    if let Some(value) = value {
        query.push(" and ").push(column).push(" = ");
        query.push_bind(value.into());
    }
}

fn in_states(query: &mut Query<'_>, index: Index, states: &[TaskState]) {
    if states.is_empty() {
        return;
    }
    query.push(" and ");
    match index {
        Index::Open => query.push(concat!(open!(), " and state")),
        Index::Failed => query.push(concat!(failed!(), " and state")),
        Index::Name | Index::Mine | Index::Children => query.push_each(STATE),
    };
    for (nth, state) in states.iter().enumerate() {
        query.push(if nth == 0 { " in ('" } else { "', '" });
        query.push(state.name());
    }
    query.push("')");
}
