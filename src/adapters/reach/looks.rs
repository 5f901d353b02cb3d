//! What came of the last look at each place.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::time::timeout;

use super::Away;

/// How long a look holds: nobody is asked more often.
const HOLDS: Duration = Duration::from_secs(5);
/// How long a place has to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What came of a look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Why it does not answer; `None` if it does.
    pub why: Option<Away>,
    /// How long it took.
    pub took: Duration,
}

/// The last look at each place, by its name. A clone shares everything.
#[derive(Clone, Debug, Default)]
pub(super) struct Looks(Arc<Mutex<HashMap<String, Shelf>>>);

/// Held while it is looked, so that those who ask at once wait for one look.
type Shelf = Arc<tokio::sync::Mutex<Option<(Instant, Look)>>>;

impl Looks {
    /// The last look at `name`, or a new one by `ask` where that is older than five
    /// seconds: within two. Names are those of a configuration, which bounds them.
    pub(super) async fn at(&self, name: &str, ask: impl Future<Output = Result<(), Away>>) -> Look {
        let shelf = self.shelf(name);
        let mut last = shelf.lock().await;
        if let Some((at, look)) = *last
            && at.elapsed() < HOLDS
        {
            return look;
        }
        let began = Instant::now();
        let asked = timeout(PATIENCE, ask).await;
        let look = Look {
            why: asked.unwrap_or(Err(Away::Late)).err(),
            took: began.elapsed(),
        };
        *last = Some((Instant::now(), look));
        look
    }

    fn shelf(&self, name: &str) -> Shelf {
        let mut shelves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match shelves.get(name) {
            Some(shelf) => shelf.clone(),
            None => shelves.entry(name.to_owned()).or_default().clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn those_who_ask_at_once_and_soon_after_share_one_look() {
        let (looks, asked) = (Looks::default(), AtomicUsize::new(0));
        let ask = || async {
            asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Err(Away::Refused)
        };
        let (one, two) = tokio::join!(looks.at("a", ask()), looks.at("a", ask()));
        assert_eq!((one, one.why), (two, Some(Away::Refused)));
        assert_eq!(looks.at("a", ask()).await, one);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        looks.at("b", ask()).await;
        assert_eq!(asked.load(Ordering::Relaxed), 2, "another place");
    }
}
