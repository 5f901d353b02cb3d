//! That rows and history say the same, and nothing impossible.

use attach_gateway::{
    adapters::store::{TaskFilter, TaskLine, dialogue::Depth},
    domain::{
        a2a::artifact::Artifacts,
        id::TaskId,
        task::{TaskEvent, TaskState},
    },
};

use super::{model::Row, world::World};

impl World {
    /// What A2A shows of the task is what was said.
    async fn check_said(&self, id: TaskId, lines: &[TaskLine]) {
        let row = &self.model.rows[&id];
        let depth = Depth {
            history: 1000,
            artifacts: true,
        };
        let now = self.store.snapshot(id, Some(&row.owner), depth).await;
        let now = now.unwrap();
        assert_eq!(now.generation, lines.len() as i64, "it is the newest line");
        let mut told = Artifacts::default();
        for line in lines.iter().filter(|line| line.kind == "artifact") {
            match &line.data {
                Some(data) => told.take(serde_json::from_str(data.get()).unwrap()),
                // The output is the one artifact.
                None => told = Artifacts::default(),
            }
        }
        assert_eq!(told, row.artifacts, "{id}: the lines add up");
        let shown = Artifacts::read(now.artifacts.as_deref());
        assert_eq!(shown, row.artifacts, "{id}: and so does the row");
        let message = now.message.as_ref().map(|raw| raw.get());
        assert_eq!(message, row.message.as_deref(), "{id}");
        assert_eq!(
            status(lines),
            row.message.as_deref(),
            "{id}: so say the lines"
        );
        let metadata = now.metadata.as_ref().map(|raw| raw.get());
        assert_eq!(metadata, row.metadata.as_deref(), "{id}");
        let lines = lines.iter().filter_map(metadata_of).next_back();
        assert_eq!(
            lines.as_deref(),
            row.metadata.as_deref(),
            "{id}: so say the lines"
        );
        let settled = self.is_settled(id).await;
        assert!(
            settled || !row.state.is_terminal(),
            "{id}: to be folded for ever"
        );
        assert_eq!(now.is_attached, row.remote.is_some(), "{id}");
    }

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
        let found: Vec<_> = found.tasks.iter().rev().map(|task| task.id).collect();
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
            let goes_on = line.kind == "working" && state.is_interrupted();
            if let Some(event) = event(&line.kind, goes_on) {
                let after = state.after(event).unwrap_or_else(|e| panic!("{id}: {e}"));
                assert_eq!(line.state, after, "{id}: {line:?}");
            } else {
                assert_eq!(line.state, state, "{id}: {line:?}");
            }
            let is_claim = line.kind == "working" && !goes_on;
            attempt += u32::from(is_claim);
            tries += u32::from(is_claim);
            tries -= u32::from(line.kind == "released");
            if line.kind == "message" {
                tries = 0;
            }
            assert_eq!(line.attempt, attempt, "{id}: {line:?}");
            state = line.state;
        }
        assert_eq!((state, attempt, tries), (row.state, row.attempt, row.tries));
        if state.is_terminal() {
            let end = lines.iter().rfind(|line| line.kind == state.name());
            let data = end.and_then(|line| line.data.as_ref()).map(|raw| raw.get());
            let data: serde_json::Value = serde_json::from_str(data.unwrap_or("{}")).unwrap();
            assert_eq!(data["detail"].as_str(), task.detail.as_deref(), "{id}");
        }
        self.check_said(id, &lines).await;
        let child = |row: &&Row| row.parent == Some(id);
        let children = self.model.rows.values().filter(child).count();
        let told = lines.iter().filter(|line| line.kind == "child").count();
        assert!(told >= children, "{id}: each child is told of");
    }
}

/// What the status says after `lines`.
fn status(lines: &[TaskLine]) -> Option<&str> {
    let says =
        |line: &&TaskLine| !["artifact", "child", "retry", "released"].contains(&&*line.kind);
    let last = lines.iter().rfind(says)?;
    let said = last.message.as_ref().map(|raw| raw.get());
    said.filter(|_| last.kind != "message")
}

/// What a line says of the task's metadata.
fn metadata_of(line: &TaskLine) -> Option<String> {
    let data = line.data.as_ref().filter(|_| line.kind != "artifact")?;
    let data: serde_json::Value = serde_json::from_str(data.get()).unwrap();
    data.get("metadata").map(serde_json::Value::to_string)
}

/// What a line of a history tells of; `None` where the state stays.
fn event(kind: &str, goes_on: bool) -> Option<TaskEvent> {
    Some(match kind {
        "working" if goes_on => TaskEvent::GoOn,
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
