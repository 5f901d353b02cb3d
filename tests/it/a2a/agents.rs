//! The hub as a client of A2A agents: what an agent says is what the rows say.

mod cancel;
mod cards;
mod chat;
mod crash;
mod dialogue;
mod direct;
mod extended;
mod faults;
mod limits;
mod lost;
mod merged;
mod mirror;
mod official;
mod refusing;
mod secrets;
mod stopping;
mod waiting;
mod wire;

use attach_gateway::{
    adapters::{
        database::Database,
        store::{
            Store, Submitted,
            dialogue::{Depth, FollowUp, Snapshot},
        },
    },
    domain::{
        a2a::message::Request,
        id::{Owner, SessionId, TaskId},
        task::{NewTask, TaskState},
        time::UnixMillis,
    },
};
use serde_json::{Value, json};

use crate::support::{a2a_agent::A2aAgent, eventually, gateway::Gateway};

/// A gateway with one agent, called `helper`, and a second look at its rows.
struct Hub {
    gateway: Gateway,
    agent: A2aAgent,
    store: Store,
    token: String,
}

impl Hub {
    async fn of(agent: A2aAgent) -> Self {
        Self::with(agent, &[]).await
    }

    async fn with(agent: A2aAgent, vars: &[(&str, &str)]) -> Self {
        let agents = agent.named("helper");
        let vars = [&[("AGENTS", &*agents)], vars].concat();
        let gateway = Gateway::with(&vars);
        Self::over(gateway, agent).await
    }

    async fn over(gateway: Gateway, agent: A2aAgent) -> Self {
        let store = store_at(gateway.data.path()).await;
        let token = gateway.token("ada");
        Self {
            gateway,
            agent,
            store,
            token,
        }
    }

    /// Sends a task by the simple face.
    async fn send(&self, input: Value) -> TaskId {
        let task = json!({ "target": "helper", "input": input });
        let id = self.gateway.send(&self.token, &task).await;
        id.parse().unwrap()
    }

    fn owner(&self) -> Owner {
        Owner::new(self.gateway.issuer.url(), "ada")
    }

    /// Accepts a task as the A2A face does.
    async fn say(&self, target: &str, input: &Value, request: &Value) -> TaskId {
        self.say_in(None, target, input, request).await
    }

    async fn say_in(
        &self,
        context: Option<&str>,
        target: &str,
        input: &Value,
        request: &Value,
    ) -> TaskId {
        let (session, target) = (SessionId("session".into()), target.to_owned());
        let mut task = NewTask::new(self.owner(), session, target, input.to_string());
        task.request = Some(checked(request));
        if let Some(context) = context {
            task.context = context.to_owned();
        }
        let id = task.id;
        let submitted = self.store.submit(&task, 100, UnixMillis::now()).await;
        assert_eq!(submitted.unwrap(), Submitted::New(id));
        id
    }

    /// Answers what the agent asked.
    async fn follow_up(&self, id: TaskId, message: &str, text: &str) {
        let said = FollowUp {
            id,
            owner: self.owner(),
            request: checked(&asking(message, text)),
            key: None,
            webhook: None,
        };
        let now = UnixMillis::now();
        let taken = self.store.follow_up(&said, now).await.unwrap();
        assert_eq!(taken, Submitted::New(id));
    }

    async fn snapshot(&self, id: TaskId) -> Snapshot {
        let depth = Depth {
            history: 100,
            artifacts: true,
        };
        self.store.snapshot(id, None, depth).await.unwrap()
    }

    /// The task once it is in `state`.
    async fn until(&self, id: TaskId, state: TaskState) -> Snapshot {
        let what = format!("the task is {state}");
        eventually(&what, async || {
            let snapshot = self.snapshot(id).await;
            let now = snapshot.task.state;
            let over = now.is_terminal() && now != state;
            assert!(
                !over,
                "{now}: {:?} {:?}",
                snapshot.task.detail, snapshot.task.output
            );
            (now == state).then_some(snapshot)
        })
        .await
    }

    async fn completed(&self, id: TaskId) -> Snapshot {
        self.until(id, TaskState::Completed).await
    }

    async fn failed(&self, id: TaskId) -> Snapshot {
        self.until(id, TaskState::Failed).await
    }

    async fn kinds(&self, id: TaskId) -> Vec<String> {
        let lines = self.store.lines(id, 0, 100_000).await.unwrap();
        lines.into_iter().map(|line| line.kind).collect()
    }
}

async fn store_at(data: &std::path::Path) -> Store {
    let database = Database::open(&data.join("attach.db").into())
        .await
        .unwrap();
    Store::open(database).await.unwrap()
}

/// A request that says `text`.
fn asking(message: &str, text: &str) -> Value {
    json!({ "message": {
        "messageId": message, "role": "ROLE_USER", "parts": [{ "text": text }],
    }})
}

fn checked(request: &Value) -> String {
    let request: Request = serde_json::from_value(request.clone()).unwrap();
    serde_json::to_string(&request).unwrap()
}

fn output(snapshot: &Snapshot) -> Value {
    let output = snapshot.task.output.as_ref().unwrap();
    serde_json::from_str(output.get()).unwrap()
}

fn artifacts(snapshot: &Snapshot) -> Value {
    serde_json::from_str(snapshot.artifacts.as_deref().unwrap_or("[]")).unwrap()
}

/// The text of the first artifact, however it is cut.
fn text(snapshot: &Snapshot) -> String {
    let all = artifacts(snapshot);
    let parts = all[0]["parts"].as_array().unwrap();
    let texts = parts.iter().map(|part| part["text"].as_str().unwrap());
    texts.collect()
}

fn message(snapshot: &Snapshot) -> Value {
    let message = snapshot.message.as_ref().map(|raw| raw.get());
    message.map_or(Value::Null, |json| serde_json::from_str(json).unwrap())
}
