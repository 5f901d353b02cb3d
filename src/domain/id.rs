//! Names of things: who owns, which task, which session.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::domain::time::UnixMillis;

/// Whose a thing is: always the pair (issuer, user), since two issuers may give
/// the same `sub` to different people. A clone costs two reference counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner {
    /// Who vouches for the user: an OIDC issuer, byte for byte.
    pub issuer: Arc<str>,
    /// The issuer's name for the person (`sub`), whole.
    pub user: Arc<str>,
}

impl Owner {
    /// Whether they are a DID, which vouches for itself. No issuer's user and no
    /// key's is one.
    pub fn is_did(&self) -> bool {
        self.issuer == self.user && self.user.starts_with("did:")
    }

    /// The owner `user` of `issuer`.
    pub fn new(issuer: impl Into<Arc<str>>, user: impl Into<Arc<str>>) -> Self {
        Self {
            issuer: issuer.into(),
            user: user.into(),
        }
    }
}

/// A task's name: uuid v7, so it sorts by creation; opaque to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub uuid::Uuid);

impl TaskId {
    /// A fresh id, later than every one made before in this process.
    pub fn fresh() -> Self {
        Self(uuid::Uuid::now_v7())
    }

    /// When it was made; `None` of a name that is no uuid v7.
    pub fn made_at(self) -> Option<UnixMillis> {
        let (secs, nanos) = self.0.get_timestamp()?.to_unix();
        let millis = secs
            .checked_mul(1000)?
            .checked_add(u64::from(nanos / 1_000_000))?;
        i64::try_from(millis).ok().map(UnixMillis)
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for TaskId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// One trace of work by one person: 32 hex digits, or what `SESSION_COMPAT=v0`
/// makes of it. It spans every hop of a hand-off.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub Arc<str>);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
