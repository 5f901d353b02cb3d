//! Every way a request can fail, and how that is said in the caller's dialect.

mod face;

use std::sync::Arc;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};

use crate::{
    actors::{auth::AuthError, ledger::ReserveError, writer::Full},
    adapters::{engine::EngineError, memory::MemoryError, store::StoreError},
    domain::{
        chat::PeekError,
        id::TaskId,
        identity::Scope,
        quota::{Refusal, Standing},
        target::TargetError,
    },
};
pub use face::Dialect;

/// Why a request is not answered as asked. The text is fit for the caller: it
/// fixes a cause and never repeats a token, a key's name or a library's words.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Nobody said who calls.
    #[error("an access token is required")]
    Unauthenticated,
    /// The way the token was sent is broken.
    #[error("the Authorization header is malformed")]
    BadCredentials,
    /// The token is not taken.
    #[error(transparent)]
    Token(#[from] AuthError),
    /// The token lacks this scope.
    #[error("the access token lacks the scope {}", .0.name())]
    Scope(Scope),
    /// A browser's request without its CSRF token, or from another page.
    #[error("the request did not come from the gateway's own page")]
    Csrf,
    /// Understood, and not for this caller.
    #[error("{0}")]
    Forbidden(&'static str),
    /// What was sent cannot be used.
    #[error("{0}")]
    Invalid(String),
    /// A form of RFC 6749 that cannot be answered: its code, and why.
    #[error("{1}")]
    OAuth(&'static str, String),
    /// A preflight of a page that is not listed.
    #[error("pages of this origin may not call; add it to CORS_ORIGINS")]
    Origin,
    /// It was understood and cannot be done as it stands.
    #[error("{0}")]
    Unprocessable(String),
    /// Not there, or not the caller's.
    #[error("{0}")]
    NotFound(&'static str),
    /// No such route.
    #[error("no such route")]
    NoRoute,
    /// A known route, another method; those that it takes, if we know them.
    #[error("the route does not take this method")]
    Method(String),
    /// It has ended already.
    #[error("{0}")]
    Conflict(String),
    /// More than `MAX_REQUEST_BYTES`.
    #[error("request too large")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The client stopped sending in the middle.
    #[error("the body did not arrive in time")]
    BodyTooSlow,
    /// The user's window has no room.
    #[error("token quota exceeded")]
    Quota {
        /// The limit that takes longest.
        limit: Arc<str>,
        /// Seconds until it has.
        retry_after: i64,
        /// Where the user stands.
        standing: Standing,
    },
    /// It never will.
    #[error("the request needs {needed} tokens, more than the whole quota of {tokens}")]
    BeyondQuota {
        /// The smallest limit.
        limit: Arc<str>,
        /// Tokens of the prompt.
        needed: u64,
        /// Tokens of the window.
        tokens: u64,
    },
    /// Redis, where quotas are, cannot be asked, and `QUOTA_FAIL=closed`.
    #[error("quotas cannot be checked now; try again in a few seconds")]
    QuotaUnavailable,
    /// As many waiting tasks as allowed.
    #[error("too many waiting tasks")]
    QueueFull,
    /// No place, at the gateway or at the engine.
    #[error("the gateway is busy")]
    Busy,
    /// Going down.
    #[error("the gateway is shutting down")]
    Draining,
    /// Going down while the caller waits for this task, which goes on.
    #[error("the gateway is shutting down; task {0} goes on: get it once the gateway is back")]
    Left(TaskId),
    /// The disk or the database does not take it now.
    #[error("the store cannot be written now")]
    Store,
    /// Nor is it told.
    #[error("the store cannot be read now")]
    Unread,
    /// Nobody can sign in where people sign in.
    #[error("the sign-in provider cannot be reached; sign in again in a few seconds")]
    ProviderDown,
    /// No engine answered.
    #[error("the engine cannot be reached")]
    EngineUnreachable,
    /// It did not answer in time.
    #[error("the engine did not answer in time")]
    EngineTooSlow,
    /// It refused the gateway's key, which is not the caller's fault.
    #[error("the engine refused the gateway's own key; set ENGINE_API_KEY")]
    EngineRefused,
    /// `MEM_BACKEND=none`.
    #[error("memory is off here; set MEM_BACKEND to sqlite, postgres or weaviate")]
    MemoryOff,
    /// What memory is kept in cannot be had now.
    #[error("memory cannot be reached now; try again in a few seconds")]
    MemoryAway,
    /// Another name in the Host header than this gateway's.
    #[error("this host is not served here; set ATTACH_PUBLIC_URL to the address people use")]
    Misdirected,
    /// The cause goes to the log, never to the caller.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ApiError {
    /// An internal error with its cause.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// The sessions of browsers cannot be read or written.
    pub fn sessions(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "the sessions of browsers failed");
        Self::Store
    }

    /// The whole answer. `realm` is what `WWW-Authenticate` starts with; `scope`
    /// what the route wants.
    pub fn answer(&self, dialect: Dialect, realm: &str, scope: Option<Scope>) -> HttpResponse {
        let face = self.face();
        let mut response = HttpResponse::build(face.status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(challenge) = face.challenge(self, realm, scope) {
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        if let Some(secs) = face.retry_after {
            response.insert_header((header::RETRY_AFTER, secs));
        }
        if let Self::Method(allow) = self
            && !allow.is_empty()
        {
            response.insert_header((header::ALLOW, allow.as_str()));
        }
        let is_ours = matches!(
            self,
            Self::Quota { .. }
                | Self::QuotaUnavailable
                | Self::Busy
                | Self::Draining
                | Self::Left(_)
        );
        if is_ours {
            response.insert_header(("x-attach-limited-by", "gateway"));
        }
        if let Self::Quota { standing, .. } = self {
            response.insert_header(("ratelimit-limit", standing.limit));
            response.insert_header(("ratelimit-remaining", standing.remaining));
            response.insert_header(("ratelimit-reset", secs(standing.reset_ms)));
        }
        if matches!(self, Self::TooLarge { .. } | Self::BodyTooSlow) {
            // The rest of the body is not read: the connection is of no use.
            response.force_close();
        }
        response.json(face.body(self, dialect))
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.face().status
    }

    /// What the edge replaces by [`answer`](Self::answer), which knows the route.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// Whole seconds, rounded up, at least one.
fn secs(millis: i64) -> i64 {
    (millis.max(1) + 999) / 1000
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound("unknown task"),
            StoreError::Ended(state) => {
                Self::Conflict(format!("the task has ended: {}", state.plain()))
            }
            StoreError::NotAsked(_) => Self::Conflict(error.to_string()),
            StoreError::TooManyWebhooks => Self::Invalid(error.to_string()),
            StoreError::KeyReused => Self::Unprocessable(error.to_string()),
            StoreError::QueueFull => Self::QueueFull,
            StoreError::Fenced(_) => Self::internal(error),
            StoreError::Write(_) => {
                tracing::error!(%error, "the task store failed");
                Self::Store
            }
            StoreError::Read(_) => {
                tracing::error!(%error, "the task store failed");
                Self::Unread
            }
        }
    }
}

impl From<MemoryError> for ApiError {
    fn from(error: MemoryError) -> Self {
        match error {
            MemoryError::Off => Self::MemoryOff,
            MemoryError::NotFound => Self::NotFound("unknown event"),
            MemoryError::Away(fault) => {
                tracing::warn!(%fault, "memory cannot be reached");
                Self::MemoryAway
            }
            MemoryError::Write(_) => {
                tracing::error!(%error, "memory failed");
                Self::Store
            }
            MemoryError::Read(_) => {
                tracing::error!(%error, "memory failed");
                Self::Unread
            }
        }
    }
}

impl From<Full> for ApiError {
    fn from(error: Full) -> Self {
        tracing::error!(%error, "records wait for the disk");
        Self::Store
    }
}

impl From<ReserveError> for ApiError {
    fn from(error: ReserveError) -> Self {
        match error {
            ReserveError::Gone => Self::Draining,
            ReserveError::Unavailable => Self::QuotaUnavailable,
            ReserveError::Refused(Refusal::Exceeded {
                limit,
                retry_ms,
                standing,
            }) => Self::Quota {
                limit,
                retry_after: secs(retry_ms),
                standing,
            },
            ReserveError::Refused(Refusal::Never {
                limit,
                needed,
                tokens,
            }) => Self::BeyondQuota {
                limit,
                needed,
                tokens,
            },
        }
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        tracing::warn!(%error, "no answer from the engine");
        match error {
            EngineError::Unreachable { .. } => Self::EngineUnreachable,
            EngineError::TooSlow { .. } => Self::EngineTooSlow,
        }
    }
}

impl From<TargetError> for ApiError {
    fn from(error: TargetError) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<PeekError> for ApiError {
    fn from(error: PeekError) -> Self {
        Self::Invalid(error.to_string())
    }
}
