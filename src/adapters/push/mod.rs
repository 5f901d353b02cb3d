//! Webhooks of tasks: who is to be told, what is still to be delivered, and the
//! delivery itself.
//!
//! Nothing is written for an event: a webhook's row says how far in the task's
//! history it has come, so no event can be lost between the two.

mod busy;
mod credentials;
mod outbox;
mod page;
mod post;
mod sql;
mod table;

use std::{io, sync::Arc};

use a2a::{ListTaskPushNotificationConfigsResponse, TaskPushNotificationConfig};
use url::Url;
use uuid::Uuid;

use crate::{
    adapters::{
        database::{Database, WriteError},
        secret::Secret,
        store::{Store, StoreError},
    },
    domain::{
        a2a::push::{BadField, NewWebhook, WebhookRules},
        id::{Owner, TaskId},
        time::UnixMillis,
    },
};
pub use busy::{Busy, Key};
use credentials::Credentials;
pub use outbox::Due;
pub use post::{Failure, Poster};
use table::{Inserted, New};

/// Where in a task's history a webhook begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// After this event; 0 is the beginning, and the first delivery the Task
    /// itself.
    Event(i64),
    /// With what happens from now on.
    Now,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The caller wrote something that cannot be used: invalid params.
    #[error(transparent)]
    Field(#[from] BadField),
    /// The system has no randomness to seal with: internal.
    #[error("the credentials cannot be sealed: {0}")]
    Seal(#[from] io::Error),
    /// The store; [`StoreError::NotFound`] for a task or webhook that is not
    /// there or not the owner's, [`StoreError::TooManyWebhooks`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<WriteError> for PushError {
    fn from(error: WriteError) -> Self {
        Self::Store(error.into())
    }
}

impl From<sqlx::Error> for PushError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The webhooks in the database. A clone is cheap.
///
/// Tokens and credentials are given back to the owner of the task, who wrote
/// them: clients expect a webhook back as they made it, and nobody else can read
/// one. In the file they are sealed with `ATTACH_SECRET`.
#[derive(Clone)]
pub struct Webhooks {
    db: Database,
    store: Store,
    secret: Secret,
    rules: Arc<WebhookRules>,
}

impl Webhooks {
    /// The webhooks of the tasks of `store`, which is in `db`.
    pub fn new(db: Database, store: Store, secret: Secret, rules: WebhookRules) -> Self {
        Self {
            db,
            store,
            secret,
            rules: Arc::new(rules),
        }
    }

    /// Adds a webhook to a task of `owner`, also to one that has ended. Without
    /// an id it gets one. One of the same id is replaced, and what it had not
    /// delivered yet goes to the new place. On `Ok` it is on disk.
    ///
    /// # Errors
    ///
    /// [`PushError`]; nothing is written then.
    pub async fn create(
        &self,
        task: TaskId,
        owner: &Owner,
        config: TaskPushNotificationConfig,
        since: Since,
        now: UnixMillis,
    ) -> Result<TaskPushNotificationConfig, PushError> {
        let id = name_of(&config).unwrap_or_else(|| Uuid::now_v7().to_string());
        let new = New {
            task,
            owner: owner.clone(),
            webhook: self.named(task, id.clone(), &config)?,
            since,
            now,
        };
        match table::insert(&self.db, new).await? {
            Inserted::Yes => {}
            Inserted::NoTask => return Err(StoreError::NotFound.into()),
            Inserted::Full => return Err(StoreError::TooManyWebhooks.into()),
        }
        self.store.hint(task);
        Ok(TaskPushNotificationConfig {
            id: Some(id),
            task_id: task.to_string(),
            ..config
        })
    }

    /// Makes the webhook that came with a message ready to be written with it, so
    /// that there is both or neither. Without an id it gets the task's, so that a
    /// message which is sent twice makes one.
    ///
    /// # Errors
    ///
    /// [`PushError::Field`], [`PushError::Seal`]. Nothing is written.
    pub fn prepare(
        &self,
        task: TaskId,
        config: &TaskPushNotificationConfig,
    ) -> Result<NewWebhook, PushError> {
        let id = name_of(config).unwrap_or_else(|| task.to_string());
        self.named(task, id, config)
    }

    fn named(
        &self,
        task: TaskId,
        id: String,
        config: &TaskPushNotificationConfig,
    ) -> Result<NewWebhook, PushError> {
        let to = self.rules.check(config)?;
        Ok(NewWebhook {
            sealed: Credentials::of(config).seal(&self.secret, task, &id)?,
            id,
            url: config.url.clone(),
            host: host(&to.url),
        })
    }

    /// One webhook of a task of `owner`.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`].
    pub async fn read(
        &self,
        task: TaskId,
        owner: &Owner,
        id: &str,
    ) -> Result<TaskPushNotificationConfig, PushError> {
        let row = table::one(&self.db, task, owner, id).await?;
        let row = row.ok_or(StoreError::NotFound)?;
        Ok(self.shown(task, row))
    }

    /// The webhooks of a task of `owner`, the oldest first: `page_size` of them
    /// (all, if it is missing or 0) after `page_token`.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`]; [`PushError::Field`] for a page size or token
    /// that is none.
    pub async fn list(
        &self,
        task: TaskId,
        owner: &Owner,
        page_size: Option<i32>,
        page_token: Option<&str>,
    ) -> Result<ListTaskPushNotificationConfigsResponse, PushError> {
        let size = page::size(page_size)?;
        let after = page::after(page_token)?;
        let rows = table::many(&self.db, task, owner, after, size.saturating_add(1)).await?;
        let mut rows = rows.ok_or(StoreError::NotFound)?;
        let is_more = rows.len() > size as usize;
        rows.truncate(size as usize);
        let last = rows.last().filter(|_| is_more).map(table::Row::token);
        Ok(ListTaskPushNotificationConfigsResponse {
            configs: rows.into_iter().map(|row| self.shown(task, row)).collect(),
            next_page_token: last,
        })
    }

    /// Deletes a webhook of a task of `owner`; one that is not there is deleted
    /// already. A delivery that is under way may still arrive.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] for the task.
    pub async fn delete(&self, task: TaskId, owner: &Owner, id: &str) -> Result<(), PushError> {
        match table::delete(&self.db, task, owner.clone(), id.to_owned()).await? {
            true => Ok(()),
            false => Err(StoreError::NotFound.into()),
        }
    }

    fn shown(&self, task: TaskId, row: table::Row) -> TaskPushNotificationConfig {
        let sealed = row.sealed.as_deref();
        let opened = Credentials::open(&self.secret, task, &row.config_id, sealed);
        let Credentials {
            token,
            authentication,
        } = opened.unwrap_or_default();
        TaskPushNotificationConfig {
            url: row.url,
            id: Some(row.config_id),
            task_id: task.to_string(),
            token,
            authentication,
            tenant: None,
        }
    }
}

/// What its owner calls it.
fn name_of(config: &TaskPushNotificationConfig) -> Option<String> {
    config.id.clone().filter(|id| !id.is_empty())
}

/// Host and port, which share a bound on deliveries under way.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{host}:{port}")
}
