//! What memory keeps of tasks that nobody wants any more.

use crate::{
    actors::mirror::Mirror,
    adapters::store::{Store, TaskView},
    domain::{
        id::TaskId,
        memory::{EventBody, EventKind, MemoryEvent},
        time::UnixMillis,
    },
};

/// Mirrors how each of `ended` ended. What cannot be read, or finds no room, is
/// said in the log.
pub async fn remember(store: &Store, mirror: &Mirror, ended: Vec<TaskId>) {
    if !mirror.is_on() {
        return;
    }
    for id in ended {
        let task = store.task(id, None).await;
        match (task, mirror.room(1).await) {
            (Ok(task), Ok(mut room)) => drop(room.put([canceled(task)])),
            (Err(error), _) => tracing::warn!(%id, %error, "a canceled task is not in memory"),
            (_, Err(error)) => tracing::warn!(%id, %error, "a canceled task is not in memory"),
        }
    }
}

fn canceled(task: TaskView) -> MemoryEvent {
    let body = EventBody {
        task_id: Some(task.id),
        parent_task_id: task.parent,
        target: Some(task.target),
        state: Some(task.state.plain().into()),
        text: task.detail,
        ..EventBody::default()
    };
    let now = UnixMillis::now();
    MemoryEvent::new(EventKind::TaskResult, task.owner, task.session, now, body)
}
