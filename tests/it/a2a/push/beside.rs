//! Webhooks that are created beside a running gateway, in its database.

use std::path::Path;

use a2a::TaskPushNotificationConfig;
use attach_gateway::{
    adapters::{
        database::Database,
        push::{Since, Webhooks},
        secret::Secret,
        store::Store,
    },
    domain::{
        a2a::push::WebhookRules,
        id::{Owner, TaskId},
        target::AllowedPrefix,
        time::UnixMillis,
    },
};
use sqlx::{
    ConnectOptions, FromRow,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};

/// A webhook's row, as far as it is of interest.
#[derive(Clone, Debug, FromRow)]
pub struct Row {
    pub sent_seq: i64,
    pub failures: i64,
    pub due_at: Option<i64>,
    pub dead_at: Option<i64>,
    pub last_error: Option<String>,
}

pub fn rules(allow: &[&str]) -> WebhookRules {
    let allow = allow.iter().map(|entry| AllowedPrefix::parse(entry));
    WebhookRules {
        allow: allow.map(Result::unwrap).collect(),
    }
}

/// Adds a webhook to a task of a gateway that keeps its data in `folder`.
pub async fn create(
    folder: &Path,
    owner: &Owner,
    task: &str,
    config: TaskPushNotificationConfig,
    since: Since,
) {
    let db = Database::existing(&folder.join("attach.db").into())
        .await
        .unwrap();
    let store = Store::open(db.clone()).await.unwrap();
    let secret = Secret::open(folder, None).unwrap();
    let place = config.url.split('?').next().unwrap();
    let webhooks = Webhooks::new(db.clone(), store, secret, rules(&[place]));
    let (task, now) = (task.parse::<TaskId>().unwrap(), UnixMillis::now());
    let created = webhooks.create(task, owner, config, since, now).await;
    created.unwrap();
    db.close().await;
}

pub async fn reading(folder: &Path) -> SqliteConnection {
    let file = folder.join("attach.db");
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    options.connect().await.unwrap()
}

/// The rows of a task's webhooks, by their ids.
pub async fn rows(folder: &Path, task: &str) -> Vec<Row> {
    let mut database = reading(folder).await;
    sqlx::query_as("select * from push_config where task_id = ?1 order by config_id")
        .bind(task)
        .fetch_all(&mut database)
        .await
        .unwrap()
}
