//! Records the histories that `tests/replay.rs` replays, over those that are there.
//!
//! To be run when a step was added in a way that keeps those that run alive, and never to
//! make a failing replay pass. It needs a server with both search attributes, such as
//!
//! ```text
//! temporal server start-dev --headless --port 17233 \
//!     --search-attribute AttachUser=Keyword --search-attribute AttachState=Keyword
//! TEMPORAL_TEST_ADDRESS=127.0.0.1:17233 cargo run -p attach-temporal --example record
//! ```

use std::{error::Error, fs, path::Path, sync::Arc, time::Duration};

use attach_temporal::{
    Attributes, Bounds, BoxFuture, Limits, Look, Run, RunEnd, RunTask, Settings, Start, Step,
    Temporal, Trace, Worker, task_workflow, task_workflow_id, trace_workflow_id,
};
use serde_json::{Map, json};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowExecutionInfo,
    WorkflowFetchHistoryOptions,
};
use temporalio_common::UntypedWorkflow;
use tokio::sync::Mutex;

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// What a task does is in its id, up to the first dot.
#[derive(Default)]
struct Scripted(Arc<Mutex<u32>>);

impl RunTask for Scripted {
    fn run(&self, run: Run) -> BoxFuture<'static, RunEnd> {
        let attempts = self.0.clone();
        Box::pin(async move {
            let mut attempts = attempts.lock().await;
            *attempts += 1;
            let ended = |state: &str| RunEnd::Ended {
                state: state.to_owned(),
            };
            match run.task_id.split('.').next() {
                Some("failed") => ended("failed"),
                Some("gone") => RunEnd::Gone,
                Some("again") if *attempts < 3 => RunEnd::Again {
                    after_ms: Some(100),
                },
                Some("timed-out") => RunEnd::Again {
                    after_ms: Some(500),
                },
                Some("canceled") => {
                    run.canceled.cancelled().await;
                    RunEnd::Gone
                }
                _ => ended("completed"),
            }
        })
    }
}

/// Where it is recorded, and a word that no earlier recording used.
struct Recorder {
    temporal: Temporal,
    client: Client,
    word: String,
}

#[tokio::main]
async fn main() -> Done {
    let recorder = Recorder::new(std::env::var("TEMPORAL_TEST_ADDRESS")?).await?;
    for name in [
        "completed",
        "plain",
        "failed",
        "again",
        "gone",
        "timed-out",
        "canceled",
    ] {
        recorder.task(name).await?;
    }
    recorder.trace("trace", 1000).await?;
    recorder.trace("trace-continued", 2).await
}

impl Recorder {
    async fn new(address: String) -> Done<Self> {
        let target: Url = format!("http://{address}").parse()?;
        let connection = Connection::connect(ConnectionOptions::new(target).build()).await?;
        let client = Client::new(connection, ClientOptions::new("default").build())?;
        let temporal = Temporal::start(Settings {
            address,
            namespace: "default".to_owned(),
            api_key: None,
            tls: None,
            queue: "record".to_owned(),
            identity: "record".to_owned(),
        })?;
        temporal.connected(Duration::from_secs(10)).await?;
        let word = std::time::UNIX_EPOCH.elapsed()?.as_millis().to_string();
        Ok(Self {
            temporal,
            client,
            word,
        })
    }

    fn attributes(&self, state: &str) -> Option<Attributes> {
        Some(Attributes {
            user: "alice".to_owned(),
            state: state.to_owned(),
        })
    }

    async fn task(&self, name: &str) -> Done {
        let runner = Arc::new(Scripted::default());
        let worker = Worker::start(&self.temporal, runner, Limits::at_once(1));
        let task_id = format!("{name}.{}", self.word);
        let seconds = if name == "timed-out" { 2 } else { 60 };
        let bounds = Bounds {
            within: Duration::from_secs(seconds),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(1),
        };
        let queue = self.temporal.settings().tasks_queue();
        let attributes = self.attributes("submitted").filter(|_| name != "plain");
        let start = task_workflow(&task_id, queue, bounds, attributes, Map::new(), None);
        self.temporal.start_workflow(&start).await?;
        if name == "canceled" {
            tokio::time::sleep(Duration::from_secs(2)).await;
            self.temporal.cancel(&start.id).await?;
        }
        self.ended(&task_workflow_id(&task_id)).await?;
        worker.stop(Duration::from_secs(5)).await;
        self.write(&format!("task-{name}"), &start.id).await
    }

    /// Three batches that overlap, each told after the worker has seen the one before.
    async fn trace(&self, name: &str, batches_a_run: u32) -> Done {
        let runner = Arc::new(Scripted::default());
        let worker = Worker::start(&self.temporal, runner, Limits::at_once(1));
        let id = trace_workflow_id(&format!("{name}.{}", self.word));
        self.begin(&id, batches_a_run).await?;
        let first = self
            .client
            .get_workflow_handle::<UntypedWorkflow>(id.clone());
        let first = first
            .describe(Default::default())
            .await?
            .run_id()
            .to_owned();
        for (seqs, state) in [(1..=2, "working"), (2..=3, "working"), (3..=4, "completed")] {
            let steps = seqs.map(|seq| step(seq, state)).collect();
            let trace = self.told(&id, steps, state);
            self.temporal.trace(&trace).await?;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        self.ended(&id).await?;
        worker.stop(Duration::from_secs(5)).await;
        self.write(name, &id).await?;
        if batches_a_run < 3 {
            self.write_run(&format!("{name}-first"), &id, Some(first))
                .await?;
        }
        Ok(())
    }

    /// As the first signal would, and with runs that are shorter.
    async fn begin(&self, id: &str, batches_a_run: u32) -> Done {
        let before = json!({ "steps": 0, "last_seq": null, "state": null });
        let input = json!({ "attributes": true, "batches_a_run": batches_a_run, "before": before });
        let start = Start {
            workflow: "AttachTaskTrace".to_owned(),
            id: id.to_owned(),
            queue: self.temporal.settings().tasks_queue(),
            input: vec![input],
            execution_timeout: Duration::from_secs(60),
            attributes: self.attributes("submitted"),
            memo: Map::new(),
            summary: None,
        };
        self.temporal.start_workflow(&start).await?;
        Ok(())
    }

    fn told(&self, id: &str, steps: Vec<Step>, state: &str) -> Trace {
        Trace {
            id: id.to_owned(),
            attributes: self.attributes(state),
            steps,
            is_ended: state == "completed",
            execution_timeout: Duration::from_secs(60),
            memo: Map::new(),
            summary: None,
        }
    }

    async fn ended(&self, id: &str) -> Done {
        let mut look = self.temporal.look(id).await?;
        while matches!(look, Look::Running | Look::Stopping) {
            tokio::time::sleep(Duration::from_millis(50)).await;
            look = self.temporal.look(id).await?;
        }
        println!("{id}: {look:?}");
        Ok(())
    }

    async fn write(&self, name: &str, id: &str) -> Done {
        self.write_run(name, id, None).await
    }

    async fn write_run(&self, name: &str, id: &str, run: Option<String>) -> Done {
        let run = WorkflowExecutionInfo::builder()
            .namespace("default")
            .workflow_id(id)
            .maybe_run_id(run)
            .build();
        let run = run.bind_untyped(self.client.clone());
        let history = run.fetch_history(WorkflowFetchHistoryOptions::default());
        let json: serde_json::Value = serde_json::from_slice(&history.to_json().await?)?;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
        let text = serde_json::to_string_pretty(&json)? + "\n";
        Ok(fs::write(folder.join(format!("{name}.json")), text)?)
    }
}

fn step(seq: i64, state: &str) -> Step {
    Step {
        seq,
        at_ms: 1_790_000_000_000 + seq,
        kind: "transition".to_owned(),
        state: state.to_owned(),
        attempt: 1,
        detail: None,
    }
}
