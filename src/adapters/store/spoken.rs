//! What is said while a task is under way.

use std::sync::Arc;

use super::{
    Store, StoreError, Submitted,
    dialogue::{FollowUp, Pause, Remote},
    rows, sql, webhook,
};
use crate::{
    adapters::database::{Conn, Sql},
    domain::{
        id::Owner,
        task::{Attempt, TaskState},
        time::UnixMillis,
    },
};

const PAUSE: Sql = Sql::each(
    "
    update task
       set state = $3, message = $4, metadata = coalesce($5, metadata), artifacts = $6,
           artifacts_seq = (select max(seq) from task_event where task_id = $1),
           runner = null, due_at = null, updated_at = $7
     where task_id = $1 and attempt = $2
       and (state = 'working' and runner is not null
            or state in ('input-required', 'auth-required') and state <> $3)",
    "
    update task
       set state = $3, message = $4, metadata = coalesce($5, metadata), artifacts = $6,
           artifacts_seq = (select max(seq) from task_event where task_id = $1),
           runner = null, due_at = null, updated_at = $7,
           listener = coalesce(runner, listener), listens_until = coalesce(due_at, listens_until)
     where task_id = $1 and attempt = $2
       and (state = 'working' and runner is not null
            or state in ('input-required', 'auth-required') and state <> $3)",
);

/// Its agent went on by itself.
const RESUME: &str = "
    update task
       set state = 'working', message = null, runner = $5, due_at = $4, updated_at = $3
     where task_id = $1 and attempt = $2 and state in ('input-required', 'auth-required')";

const SAY: &str = "
    update task
       set message = $3, metadata = coalesce($4, metadata), updated_at = $5
     where task_id = $1 and attempt = $2
       and (state = 'working' and runner is not null
            or state in ('input-required', 'auth-required'))";

const ATTACH: &str = "
    update task set remote_task_id = $3, remote_context_id = coalesce($4, remote_context_id)
     where task_id = $1 and attempt = $2
       and state not in ('completed', 'failed', 'canceled', 'rejected')";

/// The message answers what the agent asked: due at once, its tries begin anew.
const ANSWER: &str = "
    update task
       set state = 'working', request = $2, message = null, detail = null, tries = 0,
           runner = null, due_at = $3, updated_at = $3
     where task_id = $1 and state in ('input-required', 'auth-required')";

/// Keeps the key with the event of the follow-up it was sent with.
const KEEP_KEY: Sql = Sql::each(
    "
    update task_event set data = json_object('idempotency_key', $2, 'digest', $3)
     where task_id = $1 and kind = 'message'
       and seq = (select max(seq) from task_event where task_id = $1)",
    "
    update task_event set data = json_build_object('idempotency_key', $2, 'digest', $3)
     where task_id = $1 and kind = 'message'
       and seq = (select max(seq) from task_event where task_id = $1)",
);

/// A server looks into these lines only: there may be a NUL in the others.
const BY_KEY: Sql = Sql::each(
    "
    select data ->> 'digest' from task_event
     where task_id = $1 and message is not null and kind = 'message'
       and data ->> 'idempotency_key' = $2",
    "
    select data::json ->> 'digest' from task_event
     where task_id = $1 and message is not null and kind = 'message'
       and case kind when 'message' then data::json ->> 'idempotency_key' end = $2",
);

/// Of two who answer at the same moment, one waits for the other.
const STATE: Sql = Sql::each(
    "select state from task where task_id = $1 and issuer = $2 and user_id = $3",
    "select state from task where task_id = $1 and issuer = $2 and user_id = $3
        for no key update",
);

/// The newest task of an owner's context that an agent has a name for. A context has few
/// tasks, its owner and an agent may have many: so the rest is written as no index has it.
const REMOTE_CONTEXT: &str = "
    select remote_context_id from task
     where issuer = $1 and user_id = $2 and context_id = $3 and target || '' = $4
       and remote_context_id is not null
     order by task_id || '' desc limit 1";

impl Store {
    /// Records that the agent waits for the caller. The attempt stays current:
    /// it may finish or resume the task until the caller answers.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`], as [`finish`](Self::finish).
    pub async fn pause(
        &self,
        attempt: Attempt,
        pause: &Pause,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let pause = Arc::new(pause.clone());
        let written = self.db.write(move |mut conn| {
            let pause = pause.clone();
            Box::pin(async move {
                let task = attempt.task.to_string();
                sql::hold(&mut conn, &task).await?;
                conn.query(PAUSE)
                    .bind(task)
                    .bind(attempt.number)
                    .bind(pause.state.name())
                    .bind(&pause.message)
                    .bind(&pause.metadata)
                    .bind(&pause.artifacts)
                    .bind(now.0)
                    .run()
                    .await
            })
        });
        self.heard(attempt, written.await?)
    }

    /// Records that the agent went on without an answer; the attempt has a lease
    /// again.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`], also where the task does not wait.
    pub async fn resume(
        &self,
        attempt: Attempt,
        now: UnixMillis,
        lease: UnixMillis,
    ) -> Result<(), StoreError> {
        let runner = self.runner.clone();
        let written = self.db.lone(move |mut conn| {
            let runner = runner.clone();
            Box::pin(async move {
                let resumed = conn.query(RESUME).bind(attempt.task.to_string());
                let resumed = resumed.bind(attempt.number).bind(now.0);
                resumed.bind(lease.0).bind(runner).run().await
            })
        });
        self.heard(attempt, written.await?)
    }

    /// Records what the agent says in passing, a Message, and its metadata of
    /// the task.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`], as [`finish`](Self::finish).
    pub async fn say(
        &self,
        attempt: Attempt,
        message: String,
        metadata: Option<String>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let said = Arc::new((message, metadata));
        let written = self.db.lone(move |mut conn| {
            let said = said.clone();
            Box::pin(async move {
                let told = conn.query(SAY).bind(attempt.task.to_string());
                let told = told.bind(attempt.number).bind(&said.0).bind(&said.1);
                told.bind(now.0).run().await
            })
        });
        self.heard(attempt, written.await?)
    }

    /// Records what the agent calls the task.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`] if the task has ended or was claimed again.
    pub async fn attach(&self, attempt: Attempt, remote: Remote) -> Result<(), StoreError> {
        let remote = Arc::new(remote);
        let written = self.db.lone(move |mut conn| {
            let remote = remote.clone();
            Box::pin(async move {
                let named = conn.query(ATTACH).bind(attempt.task.to_string());
                let named = named.bind(attempt.number).bind(&remote.task);
                named.bind(&remote.context).run().await
            })
        });
        self.heard(attempt, written.await?)
    }

    /// Appends an artifact update: an
    /// [`ArtifactUpdate`](crate::domain::a2a::artifact::ArtifactUpdate) as JSON.
    ///
    /// # Errors
    ///
    /// [`StoreError::Fenced`], as [`finish`](Self::finish).
    pub async fn artifact(
        &self,
        attempt: Attempt,
        update: String,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let update: Arc<str> = update.into();
        let written = self.db.lone(move |mut conn| {
            let update = update.clone();
            Box::pin(async move {
                let told = conn.query(sql::ARTIFACT).bind(attempt.task.to_string());
                let told = told.bind(attempt.number).bind(update);
                told.bind(now.0).run().await
            })
        });
        self.heard(attempt, written.await?)
    }

    /// Takes the caller's answer to an agent that waits for it. On `Ok` it is on
    /// disk, its webhook with it, and the task is due.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`]; [`StoreError::Ended`];
    /// [`StoreError::NotAsked`] for a task at work; [`StoreError::KeyReused`];
    /// [`StoreError::TooManyWebhooks`]. Nothing is written then.
    pub async fn follow_up(
        &self,
        said: &FollowUp,
        now: UnixMillis,
    ) -> Result<Submitted, StoreError> {
        let (id, said) = (said.id, Arc::new(said.clone()));
        let written = self.db.write(move |mut conn| {
            let said = said.clone();
            Box::pin(async move { answer(&mut conn, &said, now).await })
        });
        match written.await? {
            Answered::Now => {
                self.grew(id);
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

    /// What the agent `target` calls a context of `owner`, if it has a name for
    /// it.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn remote_context(
        &self,
        owner: &Owner,
        context: &str,
        target: &str,
    ) -> Result<Option<String>, StoreError> {
        let found = self.db.query(REMOTE_CONTEXT).bind(&*owner.issuer);
        let found = found.bind(&*owner.user).bind(context).bind(target);
        Ok(found.optional_scalar().await?)
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

async fn answer(conn: &mut Conn<'_>, said: &FollowUp, now: UnixMillis) -> sqlx::Result<Answered> {
    let task = said.id.to_string();
    let state = conn.query(STATE).bind(&task).bind(&*said.owner.issuer);
    let state: Option<String> = state.bind(&*said.owner.user).optional_scalar().await?;
    let Some(state) = state else {
        return Ok(Answered::Not(None));
    };
    if let Some(key) = &said.key {
        let before = conn.query(BY_KEY).bind(&task).bind(&key.key);
        let before: Option<String> = before.optional_scalar().await?;
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
    let answered = conn.query(ANSWER).bind(&task).bind(&said.request);
    answered.bind(now.0).run().await?;
    if let Some(key) = &said.key {
        let kept = conn.query(KEEP_KEY).bind(&task).bind(&key.key);
        kept.bind(&key.digest).run().await?;
    }
    Ok(Answered::Now)
}
