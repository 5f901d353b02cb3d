//! A browser that is signed in, and until when.

use std::sync::Arc;

use crate::domain::{
    id::{Owner, SessionId},
    identity::Scopes,
    time::UnixMillis,
};

/// A session nobody uses ends after half an hour, any session after eight hours.
pub const IDLE_MS: i64 = 30 * 60_000;
const WHOLE_MS: i64 = 8 * 3_600_000;

/// One browser's session. A clone is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserSession {
    /// Who is signed in.
    pub owner: Owner,
    /// What it may be used for, where callers are held to scopes.
    pub scopes: Scopes,
    /// Its name, which opens nothing.
    pub handle: Arc<str>,
    /// The trace of what is done in it.
    pub session: SessionId,
    /// When it began.
    pub created_at: UnixMillis,
    /// When it was used last, as far as its row says.
    pub seen_at: UnixMillis,
    /// When it ends at the latest.
    pub ends_at: UnixMillis,
}

impl BrowserSession {
    /// A session that begins at `now`.
    pub fn begin(
        owner: Owner,
        scopes: Scopes,
        handle: Arc<str>,
        session: SessionId,
        now: UnixMillis,
    ) -> Self {
        Self {
            owner,
            scopes,
            handle,
            session,
            created_at: now,
            seen_at: now,
            ends_at: now.plus(WHOLE_MS),
        }
    }

    /// Whether it is open at `now`, when it was used last at `seen_at`.
    pub fn is_open(&self, seen_at: UnixMillis, now: UnixMillis) -> bool {
        now < self.ends_at && now < seen_at.plus(IDLE_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_when_it_is_idle_and_after_a_day_of_work_at_the_latest() {
        let (owner, id) = (Owner::new("i", "ada"), SessionId("s".into()));
        let begun = UnixMillis(1_000);
        let session = BrowserSession::begin(owner, Scopes::DEFAULT, "h".into(), id, begun);
        assert!(session.is_open(begun, begun.plus(IDLE_MS - 1)));
        assert!(!session.is_open(begun, begun.plus(IDLE_MS)));
        let (last, end) = (begun.plus(WHOLE_MS - 1), begun.plus(WHOLE_MS));
        assert!(session.is_open(last, last));
        assert!(!session.is_open(last, end), "used a moment ago");
    }
}
