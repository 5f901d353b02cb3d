//! Whose turn it is: a picture takes readers from others, and one person who asks again
//! and again must not keep everyone from asking.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::{OwnedMutexGuard, Semaphore, SemaphorePermit},
    time::timeout,
};

use crate::domain::id::Owner;

/// Pictures that are drawn at once: each holds one of the four readers of a file at most.
const AT_ONCE: usize = 2;
/// How long one waits.
const PATIENCE: Duration = Duration::from_secs(5);

type Lane = tokio::sync::Mutex<()>;

/// One for each person, and a few for all.
#[derive(Debug)]
pub(in crate::adapters::usage) struct Turns {
    all: Semaphore,
    own: Mutex<HashMap<Owner, Weak<Lane>>>,
}

/// It lasts until it is dropped.
pub(super) struct Turn<'t> {
    _all: SemaphorePermit<'t>,
    _own: OwnedMutexGuard<()>,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            all: Semaphore::new(AT_ONCE),
            own: Mutex::default(),
        }
    }
}

impl Turns {
    /// The turn of `owner`, if it comes within five seconds.
    pub(super) async fn take(&self, owner: &Owner) -> Option<Turn<'_>> {
        let lane = self.lane(owner);
        let turn = async {
            let own = lane.lock_owned().await;
            let all = self.all.acquire().await.ok()?;
            Some(Turn {
                _all: all,
                _own: own,
            })
        };
        timeout(PATIENCE, turn).await.ok()?
    }

    /// Where `owner` waits for themselves. Those of people who left are forgotten.
    fn lane(&self, owner: &Owner) -> Arc<Lane> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = own.get(owner).and_then(Weak::upgrade) {
            return lane;
        }
        own.retain(|_, lane| lane.strong_count() > 0);
        let lane = Arc::new(Lane::default());
        own.insert(owner.clone(), Arc::downgrade(&lane));
        lane
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_who_asks_again_and_again_keeps_nobody_else_waiting() {
        let turns = Turns::default();
        let [ada, eve, bob] = ["ada", "eve", "bob"].map(|user| Owner::new("i", user));
        let hers = turns.take(&ada).await.unwrap();
        assert!(turns.take(&ada).await.is_none(), "one at a time");
        let theirs = turns.take(&eve).await.unwrap();
        assert!(turns.take(&bob).await.is_none(), "two in all");
        drop(theirs);
        assert!(turns.take(&bob).await.is_some());
        drop(hers);
        assert!(turns.take(&ada).await.is_some());
        turns.lane(&eve);
        assert_eq!(
            turns.own.lock().unwrap().len(),
            1,
            "those who left are forgotten"
        );
    }
}
