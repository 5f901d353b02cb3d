//! Why the store did not do it.

use sqlx::{
    error::{DatabaseError, ErrorKind},
    postgres::PgDatabaseError,
};

use crate::{
    adapters::database::WriteError,
    domain::{
        a2a::push::MOST,
        task::{Attempt, TaskState},
    },
};

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such task, or not this owner's: the two look alike.
    #[error("unknown task")]
    NotFound,
    /// The row has moved on without this attempt, which must stop quietly.
    #[error("attempt {} is no longer the current one", .0.number)]
    Fenced(Attempt),
    /// The task has ended in this state.
    #[error("the task has ended: {0}")]
    Ended(TaskState),
    /// The task does not wait for a message; it is in this state.
    #[error("the task takes no message now: {0}")]
    NotAsked(TaskState),
    /// The idempotency key stands for another request.
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// The task has as many webhooks as allowed.
    #[error("a task has at most {MOST} webhooks; delete one of them first")]
    TooManyWebhooks,
    /// The owner has as many waiting tasks as allowed.
    #[error("too many waiting tasks")]
    QueueFull,
    /// The database refused or is closed.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A read failed.
    #[error("database: {0}")]
    Read(#[from] sqlx::Error),
}

impl StoreError {
    /// Whether the same write would be refused again, however often it is
    /// tried: a value breaks a rule of its table. `false` for what a full disk,
    /// a lock or a closed database prevented, and for answers such as
    /// [`Fenced`](Self::Fenced), which are no failures of a write.
    pub fn is_permanent(&self) -> bool {
        let error = match self {
            Self::Write(WriteError::Database(error)) => &**error,
            Self::Read(error) => error,
            _ => return false,
        };
        error.as_database_error().is_some_and(is_unfit)
    }
}

/// Whether the value itself is to blame: a check of its table, or what a server says of
/// text that is no JSON (class 22), or too deep or large for it (class 54).
fn is_unfit(error: &dyn DatabaseError) -> bool {
    let code = error.code();
    let is_class = |class: &&str| code.as_deref().is_some_and(|code| code.starts_with(*class));
    error.kind() == ErrorKind::CheckViolation
        || error.try_downcast_ref::<PgDatabaseError>().is_some()
            && ["22", "54"].iter().any(is_class)
}
