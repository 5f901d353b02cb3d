//! What is said while a task is under way.

use std::sync::Arc;

use sqlx::SqliteConnection;

use super::{SqliteStore, rows, sql, webhook};
use crate::{
    adapters::store::{
        StoreError, Submitted,
        dialogue::{FollowUp, Pause, Remote, Standing},
    },
    domain::{
        id::{Owner, TaskId},
        task::{Attempt, TaskState},
        time::UnixMillis,
    },
};

const PAUSE: &str = "
    update task
       set state = ?3, message = ?4, metadata = coalesce(?5, metadata), artifacts = ?6,
           artifacts_seq = (select max(seq) from task_event where task_id = ?1),
           runner = null, due_at = null, updated_at = ?7
     where task_id = ?1 and attempt = ?2
       and (state = 'working' and runner is not null
            or state in ('input-required', 'auth-required') and state <> ?3)";

/// Its agent went on by itself.
const RESUME: &str = "
    update task
       set state = 'working', message = null, runner = ?5, due_at = ?4, updated_at = ?3
     where task_id = ?1 and attempt = ?2 and state in ('input-required', 'auth-required')";

const SAY: &str = "
    update task
       set message = ?3, metadata = coalesce(?4, metadata), updated_at = ?5
     where task_id = ?1 and attempt = ?2
       and (state = 'working' and runner is not null
            or state in ('input-required', 'auth-required'))";

const ATTACH: &str = "
    update task set remote_task_id = ?3, remote_context_id = coalesce(?4, remote_context_id)
     where task_id = ?1 and attempt = ?2
       and state not in ('completed', 'failed', 'canceled', 'rejected')";

const ARTIFACT: &str = "
    insert into task_event (task_id, seq, at, kind, state, attempt, data)
    select task_id, (select max(seq) + 1 from task_event where task_id = ?1), ?4, 'artifact',
           state, attempt, ?3
      from task
     where task_id = ?1 and attempt = ?2
       and (state = 'working' and runner is not null
            or state in ('input-required', 'auth-required'))";

/// The message answers what the agent asked: due at once, its tries begin anew.
const ANSWER: &str = "
    update task
       set state = 'working', request = ?2, message = null, detail = null, tries = 0,
           runner = null, due_at = ?3, updated_at = ?3
     where task_id = ?1 and state in ('input-required', 'auth-required')";

/// Keeps the key with the event of the follow-up it was sent with.
const KEEP_KEY: &str = "
    update task_event set data = json_object('idempotency_key', ?2, 'digest', ?3)
     where task_id = ?1 and kind = 'message'
       and seq = (select max(seq) from task_event where task_id = ?1)";

const BY_KEY: &str = "
    select data ->> 'digest' from task_event
     where task_id = ?1 and message is not null and kind = 'message'
       and data ->> 'idempotency_key' = ?2";

const STATE: &str = "
    select state from task where task_id = ?1 and issuer = ?2 and user_id = ?3";

/// The newest task of an owner's context that an agent has a name for.
const REMOTE_CONTEXT: &str = "
    select remote_context_id from task
     where issuer = ?1 and user_id = ?2 and context_id = ?3 and target = ?4
       and remote_context_id is not null
     order by task_id desc limit 1";

impl SqliteStore {
    pub(in crate::adapters::store) async fn pause(
        &self,
        attempt: Attempt,
        pause: &Pause,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let pause = Arc::new(pause.clone());
        let written = self.db.writer.write(move |conn| {
            let pause = pause.clone();
            Box::pin(async move {
                sqlx::query(PAUSE)
                    .bind(attempt.task.to_string())
                    .bind(attempt.number)
                    .bind(pause.state.name())
                    .bind(&pause.message)
                    .bind(&pause.metadata)
                    .bind(&pause.artifacts)
                    .bind(now.0)
                    .execute(conn)
                    .await
            })
        });
        self.fenced(attempt, written.await?)
    }

    pub(in crate::adapters::store) async fn resume(
        &self,
        attempt: Attempt,
        now: UnixMillis,
        lease: UnixMillis,
    ) -> Result<(), StoreError> {
        let runner = self.runner.clone();
        let written = self.db.writer.write(move |conn| {
            let runner = runner.clone();
            Box::pin(async move {
                sqlx::query(RESUME)
                    .bind(attempt.task.to_string())
                    .bind(attempt.number)
                    .bind(now.0)
                    .bind(lease.0)
                    .bind(&*runner)
                    .execute(conn)
                    .await
            })
        });
        self.fenced(attempt, written.await?)
    }

    pub(in crate::adapters::store) async fn say(
        &self,
        attempt: Attempt,
        message: String,
        metadata: Option<String>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let said = Arc::new((message, metadata));
        let written = self.db.writer.write(move |conn| {
            let said = said.clone();
            Box::pin(async move {
                sqlx::query(SAY)
                    .bind(attempt.task.to_string())
                    .bind(attempt.number)
                    .bind(&said.0)
                    .bind(&said.1)
                    .bind(now.0)
                    .execute(conn)
                    .await
            })
        });
        self.fenced(attempt, written.await?)
    }

    pub(in crate::adapters::store) async fn attach(
        &self,
        attempt: Attempt,
        remote: Remote,
    ) -> Result<(), StoreError> {
        let remote = Arc::new(remote);
        let written = self.db.writer.write(move |conn| {
            let remote = remote.clone();
            Box::pin(async move {
                sqlx::query(ATTACH)
                    .bind(attempt.task.to_string())
                    .bind(attempt.number)
                    .bind(&remote.task)
                    .bind(&remote.context)
                    .execute(conn)
                    .await
            })
        });
        self.fenced(attempt, written.await?)
    }

    pub(in crate::adapters::store) async fn artifact(
        &self,
        attempt: Attempt,
        update: String,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let update: Arc<str> = update.into();
        let written = self.db.writer.write(move |conn| {
            let update = update.clone();
            Box::pin(async move {
                sqlx::query(ARTIFACT)
                    .bind(attempt.task.to_string())
                    .bind(attempt.number)
                    .bind(&*update)
                    .bind(now.0)
                    .execute(conn)
                    .await
            })
        });
        self.fenced(attempt, written.await?)
    }

    pub(in crate::adapters::store) async fn follow_up(
        &self,
        said: &FollowUp,
        now: UnixMillis,
    ) -> Result<Submitted, StoreError> {
        let (id, said) = (said.id, Arc::new(said.clone()));
        let written = self.db.writer.write(move |conn| {
            let said = said.clone();
            Box::pin(async move { answer(conn, &said, now).await })
        });
        match written.await? {
            Answered::Now => {
                self.changed(id);
                Ok(Submitted::New(id))
            }
            Answered::Before { same: true } => Ok(Submitted::Existing(id)),
            Answered::Before { same: false } => Err(StoreError::KeyReused),
            Answered::Full => Err(StoreError::TooManyWebhooks),
            Answered::Not(None) => Err(StoreError::NotFound),
            Answered::Not(Some(state)) => Err(match rows::state(&state)? {
                state if state.is_terminal() => StoreError::Ended(state),
                state => StoreError::NotAsked(state),
            }),
        }
    }

    pub(in crate::adapters::store) async fn standing(
        &self,
        id: TaskId,
        owner: Option<&Owner>,
    ) -> Result<Standing, StoreError> {
        let row: Option<(String, String, String)> = sqlx::query_as(sql::STANDING)
            .bind(id.to_string())
            .bind(owner.map(|o| &*o.issuer))
            .bind(owner.map(|o| &*o.user))
            .fetch_optional(&self.db.readers)
            .await?;
        let (state, target, context) = row.ok_or(StoreError::NotFound)?;
        Ok(Standing {
            state: rows::state(&state)?,
            target,
            context,
        })
    }

    pub(in crate::adapters::store) async fn remote_context(
        &self,
        owner: &Owner,
        context: &str,
        target: &str,
    ) -> Result<Option<String>, StoreError> {
        let found = sqlx::query_scalar(REMOTE_CONTEXT)
            .bind(&*owner.issuer)
            .bind(&*owner.user)
            .bind(context)
            .bind(target);
        Ok(found.fetch_optional(&self.db.readers).await?)
    }
}

/// What became of a follow-up.
enum Answered {
    /// It is in the row.
    Now,
    /// Its key came before, with the same request or with another.
    Before { same: bool },
    /// The task has as many webhooks as it may.
    Full,
    /// The state of a task that does not wait for it; `None` for no such task.
    Not(Option<String>),
}

async fn answer(
    conn: &mut SqliteConnection,
    said: &FollowUp,
    now: UnixMillis,
) -> sqlx::Result<Answered> {
    let task = said.id.to_string();
    let state: Option<String> = sqlx::query_scalar(STATE)
        .bind(&task)
        .bind(&*said.owner.issuer)
        .bind(&*said.owner.user)
        .fetch_optional(&mut *conn)
        .await?;
    let Some(state) = state else {
        return Ok(Answered::Not(None));
    };
    if let Some(key) = &said.key {
        let before: Option<String> = sqlx::query_scalar(BY_KEY)
            .bind(&task)
            .bind(&key.key)
            .fetch_optional(&mut *conn)
            .await?;
        if let Some(digest) = before {
            let same = digest == key.digest;
            return Ok(Answered::Before { same });
        }
    }
    let waits = state.parse().is_ok_and(TaskState::is_interrupted);
    if !waits {
        return Ok(Answered::Not(Some(state)));
    }
    // Before the answer: it hears that, too, and what comes after.
    if let Some(new) = &said.webhook
        && !webhook::put(conn, said.id, new, None, now).await?
    {
        return Ok(Answered::Full);
    }
    sqlx::query(ANSWER)
        .bind(&task)
        .bind(&said.request)
        .bind(now.0)
        .execute(&mut *conn)
        .await?;
    if let Some(key) = &said.key {
        sqlx::query(KEEP_KEY)
            .bind(&task)
            .bind(&key.key)
            .bind(&key.digest)
            .execute(conn)
            .await?;
    }
    Ok(Answered::Now)
}
