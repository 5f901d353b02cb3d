//! A credential that was good, and how long that is believed.

use std::{sync::Arc, time::Duration};

use crate::domain::{identity::Identity, jwt::LEEWAY_SECS, time::UnixMillis};

/// How long a verified token is believed without checking its signature again.
const BELIEVED: Duration = Duration::from_secs(300);

/// A credential that was good, with what it was checked against.
#[derive(Clone)]
pub(super) struct Verified {
    pub(super) identity: Arc<Identity>,
    /// Which issuer, and which of its key sets: with another one it has to be
    /// checked again. `None` for what no issuer signed.
    pub(super) basis: Option<(usize, u64)>,
    /// The same of a token that was exchanged for this one.
    pub(super) exchanged: Option<(usize, u64)>,
    pub(super) believed_until: UnixMillis,
}

impl Verified {
    pub(super) fn new(identity: Identity, basis: Option<(usize, u64)>, now: UnixMillis) -> Self {
        let believed = i64::try_from(BELIEVED.as_millis()).unwrap_or(0);
        Self {
            identity: Arc::new(identity),
            basis,
            exchanged: None,
            believed_until: now.plus(believed),
        }
    }

    /// A clock that is set back believes nothing for longer.
    pub(super) fn is_believed(&self, now: UnixMillis) -> bool {
        let left = self.believed_until.0 - now.0;
        (1..=i64::try_from(BELIEVED.as_millis()).unwrap_or(0)).contains(&left)
    }

    /// The same, believed for another time; for none, it is not kept at all.
    pub(super) fn believed_for(self, ms: i64, now: UnixMillis) -> Self {
        Self {
            believed_until: now.plus(ms),
            ..self
        }
    }

    /// The same, in exchange for a token that ends at `end`, and that was checked
    /// against `basis` if at all.
    pub(super) fn in_exchange(self, end: UnixMillis, basis: Option<(usize, u64)>) -> Self {
        let identity = Identity {
            expires_at: self.identity.expires_at.min(end),
            ..Identity::clone(&self.identity)
        };
        Self {
            identity: Arc::new(identity),
            exchanged: basis,
            ..self
        }
    }
}

/// When a token ends that says `exp`.
pub(super) fn expiry(exp: i64) -> UnixMillis {
    UnixMillis(exp.saturating_mul(1000))
}

/// From when on something that ends at `end` counts as ended.
pub(super) fn with_leeway(end: UnixMillis) -> UnixMillis {
    UnixMillis(end.0.saturating_add(LEEWAY_SECS * 1000))
}
