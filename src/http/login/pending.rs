//! What a browser carries to the provider and back, sealed: nothing of it is
//! kept here but that it was used.

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    sync::{Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{
    adapters::secret::{Secret, is_same, sha256},
    domain::time::UnixMillis,
    http::{browser::cookie::LOGIN_SECS, error::ApiError},
};

const LABEL: &str = "attach-login-v1";
/// Used states remembered at most; the oldest is forgotten first.
const USED: usize = 10_000;

/// A sign-in under way.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
    pub(super) return_to: String,
    pub(super) until: UnixMillis,
}

/// The rest is what whoever reads the log must not learn.
impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Pending");
        shown.field("until", &self.until).finish_non_exhaustive()
    }
}

impl Pending {
    /// When a sign-in that begins at `now` is too old.
    pub(super) fn until(now: UnixMillis) -> UnixMillis {
        now.plus(LOGIN_SECS * 1000)
    }

    /// As a cookie's value.
    pub(super) fn seal(&self, secret: &Secret) -> Result<String, ApiError> {
        let plain = serde_json::to_vec(self).map_err(ApiError::internal)?;
        let sealed = secret.seal(LABEL, &plain).map_err(ApiError::internal)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// What was sealed here less than ten minutes ago and waits for `state`.
    pub(super) fn open(
        secret: &Secret,
        cookie: &str,
        state: &str,
        now: UnixMillis,
    ) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let plain = secret.open_sealed(LABEL, &sealed)?;
        let pending: Self = serde_json::from_slice(&plain).ok()?;
        let same = is_same(&sha256(pending.state.as_bytes()), &sha256(state.as_bytes()));
        (same && now < pending.until).then_some(pending)
    }
}

/// States that came back, so that none does twice: a cookie can be copied.
#[derive(Default)]
pub(super) struct UsedStates(Mutex<Used>);

#[derive(Default)]
struct Used {
    hashes: HashSet<[u8; 32]>,
    in_order: VecDeque<([u8; 32], UnixMillis)>,
}

impl UsedStates {
    /// Whether `pending` comes back for the first time.
    pub(super) fn claim(&self, pending: &Pending, now: UnixMillis) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.forget(now);
        let hash = sha256(pending.state.as_bytes());
        let is_first = used.hashes.insert(hash);
        if is_first {
            used.in_order.push_back((hash, Pending::until(now)));
        }
        is_first
    }
}

impl Used {
    fn forget(&mut self, now: UnixMillis) {
        while let Some((hash, until)) = self.in_order.front().copied() {
            if now < until && self.in_order.len() < USED {
                break;
            }
            self.in_order.pop_front();
            self.hashes.remove(&hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn pending(state: &str) -> Pending {
        Pending {
            state: state.to_owned(),
            nonce: "n".to_owned(),
            verifier: "v".to_owned(),
            return_to: "/".to_owned(),
            until: Pending::until(NOW),
        }
    }

    #[test]
    fn a_sign_in_is_found_again_only_whole_and_with_its_state_and_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let secret = Secret::open(folder.path(), None).unwrap();
        let cookie = pending("a").seal(&secret).unwrap();
        let open = |cookie: &str, state, now| Pending::open(&secret, cookie, state, now);
        assert_eq!(open(&cookie, "a", NOW), Some(pending("a")));
        assert_eq!(open(&cookie, "b", NOW), None);
        assert_eq!(open(&cookie, "", NOW), None);
        assert_eq!(open(&cookie, "a", Pending::until(NOW)), None);
        assert_eq!(open(&cookie[1..], "a", NOW), None);
        assert_eq!(open("", "a", NOW), None);
    }

    #[test]
    fn nothing_of_a_sign_in_can_be_read_in_its_cookie_or_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let secret = Secret::open(folder.path(), None).unwrap();
        let pending = pending("the-plain-state");
        let sealed = pending.seal(&secret).unwrap();
        let sealed = URL_SAFE_NO_PAD.decode(sealed).unwrap();
        for word in ["the-plain-state", "state", "verifier", "return_to"] {
            let is_there = sealed.windows(word.len()).any(|w| w == word.as_bytes());
            assert!(!is_there, "{word}");
        }
        assert!(!format!("{pending:?}").contains("the-plain-state"));
    }

    #[test]
    fn a_state_comes_back_once_and_the_oldest_are_forgotten() {
        let used = UsedStates::default();
        assert!(used.claim(&pending("a"), NOW));
        assert!(!used.claim(&pending("a"), NOW.plus(LOGIN_SECS * 1000 - 1)));
        assert!(
            used.claim(&pending("a"), Pending::until(NOW)),
            "too old by itself"
        );
        for n in 0..2 * USED {
            assert!(used.claim(&pending(&n.to_string()), NOW));
        }
        let used = used.0.lock().unwrap();
        assert_eq!((used.hashes.len(), used.in_order.len()), (USED, USED));
    }
}
