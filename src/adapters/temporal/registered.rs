//! Whether the search attributes are registered, as far as is known.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use attach_temporal::Fault;

/// How often it is asked, until they are.
const ASK_AGAIN: Duration = Duration::from_secs(60);

/// What the server said of them. A server that comes back may be another one, and may
/// know nothing of them: what was learned holds until then, or until one refuses them.
#[derive(Debug, Default)]
pub(super) struct Registered(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    are_there: bool,
    asked: Option<Instant>,
    /// How often the server had come back.
    connects: u64,
}

impl Registered {
    /// Whether they are; `None` for one caller, who is to ask now.
    pub(super) fn known(&self, connects: u64) -> Option<bool> {
        let mut known = self.lock();
        if known.connects != connects {
            *known = Known {
                connects,
                ..Known::default()
            };
        }
        let is_fresh = known.asked.is_some_and(|at| at.elapsed() < ASK_AGAIN);
        if known.are_there || is_fresh {
            return Some(known.are_there);
        }
        known.asked = Some(Instant::now());
        None
    }

    /// What the server said that had come back so often.
    pub(super) fn learn(&self, connects: u64, are_there: bool) {
        let mut known = self.lock();
        if known.connects == connects {
            known.are_there = are_there;
        }
    }

    /// Whether a call that was given attributes may work without them: the server does not
    /// know them any more, or not everywhere yet. They are left out for a minute then.
    pub(super) fn are_refused<T>(&self, done: &Result<T, Fault>) -> bool {
        let Err(Fault::Unfit(why)) = done else {
            return false;
        };
        let mut known = self.lock();
        if std::mem::take(&mut known.are_there) {
            tracing::warn!(
                why,
                "temporal does not take search attributes: workflows go without for a minute; `attach-gateway temporal setup` registers them"
            );
        }
        known.asked = Some(Instant::now());
        true
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unfit() -> Result<(), Fault> {
        Err(Fault::Unfit("no mapping for AttachUser".to_owned()))
    }

    #[test]
    fn one_caller_asks_and_what_it_learns_holds() {
        let registered = Registered::default();
        assert_eq!(registered.known(1), None);
        assert_eq!(registered.known(1), Some(false), "another one asks already");
        registered.learn(1, true);
        assert_eq!(registered.known(1), Some(true));
    }

    #[test]
    fn a_server_that_comes_back_is_asked_again() {
        let registered = Registered::default();
        registered.known(1);
        registered.learn(1, true);
        assert_eq!(registered.known(2), None);
        registered.learn(1, true);
        assert_eq!(registered.known(2), Some(false), "an old answer is none");
    }

    #[test]
    fn attributes_that_are_refused_are_left_out_and_nothing_else_makes_them_so() {
        let registered = Registered::default();
        registered.known(1);
        registered.learn(1, true);
        let away: Result<(), _> = Err(Fault::Away("gone".to_owned()));
        for other in [Ok(()), away, Err(Fault::Refused("too large".to_owned()))] {
            assert!(!registered.are_refused(&other));
        }
        assert_eq!(registered.known(1), Some(true));
        assert!(registered.are_refused(&unfit()));
        assert_eq!(registered.known(1), Some(false));
    }
}
