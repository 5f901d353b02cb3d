//! The tasks of an agent, in memory. The gateway keeps them for good.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use a2a::{
    A2AError, Artifact, ListTasksRequest, ListTasksResponse, Part, PartContent, Task, TaskState,
};
use a2a_server::{TaskStore, task_store::TaskVersion};
use async_trait::async_trait;

use super::door::Caller;

/// How many tasks are kept. Over that the oldest that are not running go.
const KEPT: usize = 500;

/// Tasks by id, and so from the oldest to the newest.
#[derive(Clone, Default)]
pub(super) struct Shelf(Arc<Mutex<BTreeMap<String, Kept>>>);

struct Kept {
    task: Task,
    version: TaskVersion,
    owner: Option<Caller>,
}

impl Shelf {
    /// Keeps no task of this id.
    pub(super) fn forget(&self, task_id: &str) {
        self.tasks().remove(task_id);
    }

    fn tasks(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TaskStore for Shelf {
    /// Keeps a new task, which belongs to the caller of this moment.
    async fn create(&self, task: Task) -> Result<TaskVersion, A2AError> {
        let mut tasks = self.tasks();
        make_room(&mut tasks)?;
        let kept = Kept {
            version: 1,
            owner: Caller::current(),
            task,
        };
        tasks.insert(kept.task.id.clone(), kept);
        Ok(1)
    }

    /// Keeps what became of a task. Once it has ended nothing does: what was on
    /// its way when it was canceled came too late.
    async fn update(&self, task: Task) -> Result<TaskVersion, A2AError> {
        let mut tasks = self.tasks();
        let kept = find(&mut tasks, &task.id)?;
        let state = &kept.task.status.state;
        if !state.is_terminal() || *state == task.status.state {
            kept.task = task;
            kept.task.artifacts.iter_mut().flatten().for_each(join);
            kept.version += 1;
        }
        Ok(kept.version)
    }

    async fn get(&self, task_id: &str) -> Result<Option<Task>, A2AError> {
        Ok(self.tasks().get(task_id).map(|kept| kept.task.clone()))
    }

    /// The caller's own tasks: those that were sent with the same token.
    async fn list(&self, wanted: &ListTasksRequest) -> Result<ListTasksResponse, A2AError> {
        let caller = Caller::current();
        let tasks = self.tasks();
        let own = tasks.values().filter(|kept| kept.owner == caller);
        let mut own: Vec<_> = own
            .map(|kept| &kept.task)
            .filter(|t| fits(t, wanted))
            .collect();
        own.sort_by_key(|task| std::cmp::Reverse(task.status.timestamp));
        page(&own, wanted)
    }

    async fn begin_cancel(&self, task_id: &str) -> Result<Task, A2AError> {
        let mut tasks = self.tasks();
        let kept = find(&mut tasks, task_id)?;
        if kept.task.status.state.is_terminal() {
            return Err(A2AError::task_not_cancelable(task_id));
        }
        kept.task.status.state = TaskState::Canceled;
        kept.task.status.message = None;
        kept.version += 1;
        Ok(kept.task.clone())
    }
}

fn find<'a>(
    tasks: &'a mut BTreeMap<String, Kept>,
    task_id: &str,
) -> Result<&'a mut Kept, A2AError> {
    let kept = tasks.get_mut(task_id);
    kept.ok_or_else(|| A2AError::task_not_found(task_id))
}

/// Lets the oldest task go that has ended, else the oldest that waits for its
/// caller.
fn make_room(tasks: &mut BTreeMap<String, Kept>) -> Result<(), A2AError> {
    if tasks.len() < KEPT {
        return Ok(());
    }
    let oldest = |ready: fn(&TaskState) -> bool| {
        let mut all = tasks.iter();
        all.find(|(_, kept)| ready(&kept.task.status.state))
            .map(|(id, _)| id.clone())
    };
    let waits =
        |state: &TaskState| matches!(state, TaskState::InputRequired | TaskState::AuthRequired);
    let Some(oldest) = oldest(TaskState::is_terminal).or_else(|| oldest(waits)) else {
        let text = format!("{KEPT} tasks are running; try again later");
        return Err(A2AError::internal(text));
    };
    tasks.remove(&oldest);
    Ok(())
}

fn fits(task: &Task, wanted: &ListTasksRequest) -> bool {
    let context = wanted.context_id.as_ref();
    let since = wanted.status_timestamp_after;
    context.is_none_or(|context| task.context_id == *context)
        && wanted
            .status
            .as_ref()
            .is_none_or(|state| task.status.state == *state)
        && since.is_none_or(|since| task.status.timestamp.is_some_and(|at| at >= since))
}

fn page(own: &[&Task], wanted: &ListTasksRequest) -> Result<ListTasksResponse, A2AError> {
    let size = usize::try_from(wanted.page_size.unwrap_or(50)).unwrap_or(50);
    let start = start(wanted.page_token.as_deref().unwrap_or_default())?;
    let rest = own.get(start..).unwrap_or_default();
    let shown = rest.iter().take(size).map(|&task| {
        let mut task = task.clone();
        if wanted.include_artifacts != Some(true) {
            task.artifacts = None;
        }
        task
    });
    let next = (rest.len() > size).then(|| (start + size).to_string());
    let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    Ok(ListTasksResponse {
        tasks: shown.collect(),
        next_page_token: next.unwrap_or_default(),
        page_size: number(size),
        total_size: number(own.len()),
    })
}

/// Where the page of this token begins.
fn start(token: &str) -> Result<usize, A2AError> {
    let problem = "pageToken: not one of ours; take it from nextPageToken";
    let start = if token.is_empty() {
        Ok(0)
    } else {
        token.parse()
    };
    start.map_err(|_| A2AError::invalid_params(problem))
}

/// Text that came in chunks is one text.
fn join(artifact: &mut Artifact) {
    artifact.parts.dedup_by(|next, before| {
        if !(is_bare(next) && is_bare(before)) {
            return false;
        }
        match (&mut before.content, &next.content) {
            (PartContent::Text(text), PartContent::Text(more)) => {
                text.push_str(more);
                true
            }
            _ => false,
        }
    });
}

fn is_bare(part: &Part) -> bool {
    part.filename.is_none() && part.media_type.is_none() && part.metadata.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use a2a::TaskStatus;

    fn task(n: usize, state: TaskState) -> Task {
        Task {
            id: format!("{n:04}"),
            context_id: "c".to_owned(),
            status: TaskStatus {
                state,
                message: None,
                timestamp: None,
            },
            artifacts: None,
            history: None,
            metadata: None,
        }
    }

    #[tokio::test]
    async fn a_full_shelf_lets_the_oldest_go_that_does_not_run() {
        let shelf = Shelf::default();
        for n in 0..KEPT {
            shelf.create(task(n, TaskState::Working)).await.unwrap();
        }
        let refused = shelf.create(task(KEPT, TaskState::Submitted)).await;
        let refused = refused.unwrap_err().message;
        assert_eq!(refused, "500 tasks are running; try again later");

        shelf
            .update(task(3, TaskState::InputRequired))
            .await
            .unwrap();
        shelf.update(task(7, TaskState::Completed)).await.unwrap();
        for (n, gone) in [(KEPT, "0007"), (KEPT + 1, "0003")] {
            shelf.create(task(n, TaskState::Submitted)).await.unwrap();
            assert_eq!(shelf.get(gone).await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn what_comes_after_the_end_changes_nothing() {
        let shelf = Shelf::default();
        shelf.create(task(1, TaskState::Working)).await.unwrap();
        shelf.begin_cancel("0001").await.unwrap();
        shelf.update(task(1, TaskState::Working)).await.unwrap();
        let kept = shelf.get("0001").await.unwrap().unwrap();
        assert_eq!(kept.status.state, TaskState::Canceled);
        assert!(shelf.begin_cancel("0001").await.is_err());
    }
}
