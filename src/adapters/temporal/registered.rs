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
pub(super) struct Registered {
    known: Mutex<Known>,
    /// Held by the one who asks; the others wait for what it learns.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    are_there: bool,
    asked: Option<Instant>,
    /// How often the server had come back.
    connects: u64,
}

impl Registered {
    /// Whether they are, for a server that came back so often; `ask` is what it says
    /// where that is not known. One that cannot be asked now is asked by the next caller.
    pub(super) async fn are_there(
        &self,
        connects: u64,
        ask: impl Future<Output = Result<bool, Fault>>,
    ) -> bool {
        let _one = self.asking.lock().await;
        if let Some(known) = self.known(connects) {
            return known;
        }
        let said = ask.await;
        if let Ok(are_there) = said {
            *self.lock() = Known {
                are_there,
                asked: Some(Instant::now()),
                connects,
            };
        }
        said.unwrap_or(false)
    }

    fn known(&self, connects: u64) -> Option<bool> {
        let known = self.lock();
        let is_fresh = known.asked.is_some_and(|at| at.elapsed() < ASK_AGAIN);
        let is_known = known.connects == connects && (known.are_there || is_fresh);
        is_known.then_some(known.are_there)
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
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unfit() -> Result<(), Fault> {
        Err(Fault::Unfit("no mapping for AttachUser".to_owned()))
    }

    async fn yes() -> Result<bool, Fault> {
        Ok(true)
    }

    async fn not_asked() -> Result<bool, Fault> {
        panic!("it is known already")
    }

    #[tokio::test]
    async fn one_caller_asks_and_the_others_wait_for_what_it_learns() {
        let registered = Registered::default();
        let slow = async {
            tokio::task::yield_now().await;
            Ok(true)
        };
        let (one, other) = tokio::join!(
            registered.are_there(1, slow),
            registered.are_there(1, not_asked())
        );
        assert!(one && other);
    }

    #[tokio::test]
    async fn a_server_that_comes_back_is_asked_again_and_one_that_is_away_by_the_next() {
        let registered = Registered::default();
        let away = async { Err(Fault::Away("gone".to_owned())) };
        assert!(!registered.are_there(1, away).await);
        assert!(registered.are_there(1, yes()).await);
        assert!(!registered.are_there(2, async { Ok(false) }).await);
        assert!(!registered.are_there(2, not_asked()).await, "for a minute");
    }

    #[tokio::test]
    async fn attributes_that_are_refused_are_left_out_and_nothing_else_makes_them_so() {
        let registered = Registered::default();
        registered.are_there(1, yes()).await;
        let away: Result<(), _> = Err(Fault::Away("gone".to_owned()));
        for other in [Ok(()), away, Err(Fault::Refused("too large".to_owned()))] {
            assert!(!registered.are_refused(&other));
        }
        assert!(registered.are_there(1, not_asked()).await);
        assert!(registered.are_refused(&unfit()));
        assert!(!registered.are_there(1, not_asked()).await);
    }
}
