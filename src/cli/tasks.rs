//! `attach-gateway tasks`: the history, out of the database.

mod show;
mod timeline;

use std::{process::ExitCode, time::Duration};

use clap::{Subcommand, ValueEnum};

use self::timeline::Timeline;
use super::{
    database::{ended, with_database},
    fail,
    serve::WRONG_SETTING,
    table::{columns, short},
};
use crate::{
    adapters::store::{Store, StoreError, TaskFilter, TaskView},
    config,
    domain::{id::TaskId, task::TaskState, time::UnixMillis},
};

/// How often the database is read by `watch`.
const LOOK: Duration = Duration::from_millis(200);

fn task_id(text: &str) -> Result<TaskId, &'static str> {
    text.parse()
        .map_err(|_| "not a task's id; attach-gateway tasks list shows them")
}

/// What to do with tasks.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The newest tasks, everyone's
    List {
        /// How many
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        /// Only in this state
        #[arg(long)]
        state: Option<PlainState>,
    },
    /// One task: its timeline and the tree of its children
    Show {
        /// The task's id
        #[arg(value_parser = task_id)]
        task: TaskId,
    },
    /// Print what happens to a task, until it ends
    Watch {
        /// The task's id
        #[arg(value_parser = task_id)]
        task: TaskId,
    },
    /// End a task and its unfinished children
    Cancel {
        /// The task's id
        #[arg(value_parser = task_id)]
        task: TaskId,
    },
}

/// The states as the task routes call them.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum PlainState {
    Queued,
    InProgress,
    Done,
    Error,
}

impl PlainState {
    fn states(self) -> Vec<TaskState> {
        let word = match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Done => "done",
            Self::Error => "error",
        };
        TaskState::ALL
            .into_iter()
            .filter(|state| state.plain() == word)
            .collect()
    }
}

pub(super) async fn run(command: Command) -> ExitCode {
    let vars = match config::vars() {
        Ok(vars) => vars,
        Err(faults) => return fail(WRONG_SETTING, faults),
    };
    let work = async |database| act(command, &Store::open(database).await?).await;
    ended(with_database(&vars, work).await)
}

async fn act(command: Command, store: &Store) -> Result<(), StoreError> {
    match command {
        Command::List { limit, state } => list(store, limit, state).await,
        Command::Show { task } => show::show(store, task).await,
        Command::Watch { task } => watch(store, task).await,
        Command::Cancel { task } => cancel(store, task).await,
    }
}

async fn list(store: &Store, limit: u32, state: Option<PlainState>) -> Result<(), StoreError> {
    let filter = TaskFilter {
        states: state.map(PlainState::states).unwrap_or_default(),
        limit,
        ..TaskFilter::default()
    };
    let head = [
        "task", "state", "target", "user", "created", "took", "asked",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(store.newest(&filter).await?.iter().map(row));
    say!("{}", columns(&rows).trim_end());
    Ok(())
}

fn row(task: &TaskView) -> Vec<String> {
    vec![
        task.id.to_string(),
        task.state.plain().to_owned(),
        short(&task.target, 40),
        short(&task.owner.user, 30),
        task.created_at.rfc3339(),
        took(task),
        short(task.title.as_deref().unwrap_or_default(), 40),
    ]
}

fn took(task: &TaskView) -> String {
    let end = if task.state.is_terminal() {
        task.updated_at
    } else {
        UnixMillis::now()
    };
    format!("{:.1} s", (end.0 - task.created_at.0) as f64 / 1000.0)
}

async fn watch(store: &Store, id: TaskId) -> Result<(), StoreError> {
    store.task(id, None).await?;
    let (mut timeline, mut after) = (Timeline::default(), 0);
    loop {
        for line in store.lines(id, after, 100).await? {
            after = line.seq;
            timeline.take(&line).iter().for_each(|line| say!("{line}"));
            if line.is_last() {
                return Ok(());
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn cancel(store: &Store, id: TaskId) -> Result<(), StoreError> {
    let ended = store.cancel(id, None, UnixMillis::now()).await?;
    ended.iter().for_each(|id| say!("canceled {id}"));
    Ok(())
}
