//! That rows and history say the same, and nothing impossible.

use attach_gateway::{
    adapters::store::TaskFilter,
    domain::{
        id::TaskId,
        task::{TaskEvent, TaskState},
    },
};

use super::{model::Row, world::World};

impl World {
    pub async fn check_all(&self) {
        let tasks: Vec<_> = self.model.rows.keys().copied().collect();
        for task in tasks {
            self.check(task).await;
        }
        let filter = TaskFilter {
            limit: 100_000,
            ..TaskFilter::default()
        };
        let found = self.store.tasks(&filter).await.unwrap();
        let found: Vec<_> = found.iter().rev().map(|task| task.id).collect();
        let expected: Vec<_> = self.model.rows.keys().copied().collect();
        assert_eq!(found, expected, "every row, oldest first");
    }

    /// Row and history say the same, and nothing impossible.
    pub(super) async fn check(&self, id: TaskId) {
        let row = &self.model.rows[&id];
        let task = self.store.task(id, Some(&row.owner)).await.unwrap();
        assert_eq!((task.state, task.attempt), (row.state, row.attempt), "{id}");
        let lines = self.store.lines(id, 0, 100_000).await.unwrap();
        let first = (lines[0].kind.as_str(), lines[0].state, lines[0].attempt);
        assert_eq!(first, ("submitted", TaskState::Submitted, 0));
        let (mut state, mut attempt, mut tries) = (TaskState::Submitted, 0, 0);
        for (seq, line) in (1..).zip(&lines) {
            assert_eq!(line.seq, seq, "seq is dense");
            if let Some(event) = event(&line.kind) {
                let after = state.after(event).unwrap_or_else(|e| panic!("{id}: {e}"));
                assert_eq!(line.state, after, "{id}: {line:?}");
            } else {
                assert_eq!(line.state, state, "{id}: {line:?}");
            }
            attempt += u32::from(line.kind == "working");
            tries += u32::from(line.kind == "working");
            tries -= u32::from(line.kind == "released");
            assert_eq!(line.attempt, attempt, "{id}: {line:?}");
            state = line.state;
        }
        assert_eq!((state, attempt, tries), (row.state, row.attempt, row.tries));
        let child = |row: &&Row| row.parent == Some(id);
        let children = self.model.rows.values().filter(child).count();
        let told = lines.iter().filter(|line| line.kind == "child").count();
        assert!(told >= children, "{id}: each child is told of");
    }
}

/// What a line of a history tells of; `None` where the state stays.
fn event(kind: &str) -> Option<TaskEvent> {
    Some(match kind {
        "working" => TaskEvent::Claim,
        "retry" => TaskEvent::Retry,
        "released" => TaskEvent::Release,
        "input-required" => TaskEvent::AskInput,
        "auth-required" => TaskEvent::AskAuth,
        "message" => TaskEvent::Answer,
        "completed" => TaskEvent::Complete,
        "failed" => TaskEvent::Fail,
        "rejected" => TaskEvent::Reject,
        "canceled" => TaskEvent::Cancel,
        "submitted" | "child" | "artifact" | "status" => return None,
        other => panic!("nothing is called {other}"),
    })
}
