//! Tasks, webhooks and a courier that is in a hurry, without a gateway around
//! them.

use std::{path::Path, time::Duration};

use a2a::TaskPushNotificationConfig;
use attach_gateway::{
    actors::courier::{Courier, Pace},
    adapters::{
        database::Database,
        push::{Since, Webhooks},
        secret::Secret,
        store::{Finish, Store},
        usage::prometheus::Prometheus,
    },
    domain::{
        a2a::push::Patience,
        id::{Owner, SessionId, TaskId},
        task::{Attempt, NewTask, TaskState},
        time::UnixMillis,
    },
};

use super::beside::{Row, rules};
use crate::support::{database::Home, eventually};

pub struct World {
    home: Home,
    pub db: Database,
    pub store: Store,
    pub secret: Secret,
    pub webhooks: Webhooks,
    pub metrics: Prometheus,
}

/// What another gateway has.
pub struct Beside {
    pub store: Store,
    pub webhooks: Webhooks,
}

impl Beside {
    pub fn courier(&self, pace: Pace) -> Courier {
        let (store, webhooks) = (self.store.clone(), self.webhooks.clone());
        Courier::start(store, webhooks, Prometheus::new("", 1), pace).unwrap()
    }
}

/// For drains that end much sooner.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A courier that fails five times, a few milliseconds apart.
pub fn hurry() -> Pace {
    Pace {
        tick: Duration::from_millis(10),
        patience: Patience {
            max_failures: 5,
            first_delay_ms: 1,
            max_delay_ms: 5,
            ..Patience::default()
        },
        ..Pace::default()
    }
}

pub fn ada() -> Owner {
    Owner::new("https://issuer.example", "ada")
}

impl World {
    /// In a file; webhooks may be at `allow`. No courier runs yet.
    pub async fn new(allow: &[&str]) -> Self {
        Self::over(Home::file(), allow).await
    }

    /// The same in the database of `home`.
    pub async fn over(home: Home, allow: &[&str]) -> Self {
        attach_gateway::adapters::identity::install_crypto();
        let db = home.open().await;
        let store = Store::open(db.clone()).await.unwrap();
        let secret = Secret::open(home.folder(), None).unwrap();
        Self {
            webhooks: Webhooks::new(db.clone(), store.clone(), secret.clone(), rules(allow)),
            home,
            db,
            store,
            secret,
            metrics: Prometheus::new("", 1),
        }
    }

    /// Another gateway on the same database, with a secret that is the same.
    pub async fn beside(&self, allow: &[&str]) -> Beside {
        let db = self.home.open().await;
        let store = Store::open(db.clone()).await.unwrap();
        let webhooks = Webhooks::new(db, store.clone(), self.secret.clone(), rules(allow));
        Beside { store, webhooks }
    }

    pub fn courier(&self, pace: Pace) -> Courier {
        let (store, webhooks) = (self.store.clone(), self.webhooks.clone());
        Courier::start(store, webhooks, self.metrics.clone(), pace).unwrap()
    }

    pub fn path(&self) -> &Path {
        self.home.folder()
    }

    /// A task of ada's, under `parent`.
    pub async fn task(&self, parent: Option<TaskId>) -> TaskId {
        let task = self.new_task(ada(), parent);
        let now = UnixMillis::now();
        self.store.submit(&task, 1000, now).await.unwrap();
        task.id
    }

    /// A task of `owner`'s that nobody has accepted yet.
    pub fn new_task(&self, owner: Owner, parent: Option<TaskId>) -> NewTask {
        let (session, input) = (SessionId("session".into()), r#"{"ask":"sort"}"#);
        NewTask {
            context: "context".to_owned(),
            parent,
            depth: u32::from(parent.is_some()),
            ..NewTask::new(owner, session, "coder".to_owned(), input.to_owned())
        }
    }

    /// Takes a task that waits, which may be any.
    pub async fn claim(&self) -> Attempt {
        let now = UnixMillis::now();
        let claimed = self.store.claim(&[1, 0], &[], now, now.plus(60_000)).await;
        claimed.unwrap()[0].attempt
    }

    pub async fn finish(&self, attempt: Attempt) {
        let end = Finish::new(TaskState::Completed, r#"{"sorted":[]}"#.to_owned(), None);
        let done = self.store.finish(attempt, &end, UnixMillis::now()).await;
        done.unwrap();
    }

    /// A task that has come to its end: four events.
    pub async fn ended(&self) -> TaskId {
        let task = self.task(None).await;
        let attempt = self.claim().await;
        assert_eq!(attempt.task, task);
        self.finish(attempt).await;
        task
    }

    /// Adds a webhook that hears everything.
    pub async fn tell(&self, task: TaskId, config: TaskPushNotificationConfig) -> String {
        let now = UnixMillis::now();
        let created = self
            .webhooks
            .create(task, &ada(), config, Since::Event(0), now)
            .await;
        created.unwrap().id.unwrap()
    }

    /// The row of the task's one webhook.
    pub async fn row(&self, task: TaskId) -> Row {
        let mut rows = self.rows(task).await;
        assert_eq!(rows.len(), 1);
        rows.remove(0)
    }

    /// The rows of the task's webhooks, by their ids.
    pub async fn rows(&self, task: TaskId) -> Vec<Row> {
        let sql = "select sent_seq, failures, due_at, dead_at, last_error from push_config
                    where task_id = $1 order by config_id";
        let rows = self.db.query(sql).bind(task.to_string());
        rows.all().await.unwrap()
    }

    /// The row once it is as `is_so` says.
    pub async fn row_when(&self, task: TaskId, is_so: impl Fn(&Row) -> bool) -> Row {
        eventually("the row is so", async || {
            Some(self.row(task).await).filter(|row| is_so(row))
        })
        .await
    }

    /// The value of a series without labels.
    pub fn counted(&self, name: &str) -> u64 {
        let all = self.metrics.render();
        let line = all.lines().find_map(|l| l.strip_prefix(name));
        line.map_or(0, |value| value.trim().parse().unwrap())
    }
}
