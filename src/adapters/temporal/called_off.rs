//! Whether an attempt that Temporal took away is still wanted.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::{Ending, Trouble};
use crate::adapters::{chance::chance, store::Finish};

/// Looks at the same time, of all attempts of this process: a worker that stops, or an
/// outage, takes them all away at once.
pub(super) const LOOKS: usize = 16;

/// The first look comes somewhere within so long.
const FIRST: Duration = Duration::from_millis(500);
/// The first and the longest pause between two looks.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Looks again and again, in one of these `turns`, until somebody wanted the attempt to
/// end: how its task is to end. Those that begin at the same moment look at different ones.
pub(super) async fn until_unwanted<L>(look: impl Fn() -> L, turns: &Semaphore) -> Finish
where
    L: Future<Output = Result<Option<Ending>, Trouble>>,
{
    let (mut pause, longest) = PAUSES;
    tokio::time::sleep(FIRST.mul_f64(chance())).await;
    loop {
        match in_turn(look(), turns).await {
            Ok(ending) => {
                if let Some(end) = ending.and_then(|ending| ending.of_task()) {
                    return end;
                }
            }
            Err(trouble) => tracing::debug!(%trouble, "whether an attempt is wanted is not known"),
        }
        tokio::time::sleep(pause.mul_f64(0.5 + chance() / 2.0)).await;
        pause = longest.min(pause * 2);
    }
}

async fn in_turn<T>(look: impl Future<Output = T>, turns: &Semaphore) -> T {
    // An error says that nobody gives turns any more; nobody closes it.
    let _turn = turns.acquire().await;
    look.await
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use futures_util::future::join_all;
    use tokio::time::Instant;

    use super::*;
    use crate::domain::task::TaskState;

    const ATTEMPTS: usize = 400;
    const LOOK: Duration = Duration::from_millis(5);

    /// What happened while all attempts were taken away at once.
    #[derive(Default)]
    struct Rush {
        under_way: Cell<usize>,
        most: Cell<usize>,
        begun: RefCell<Vec<Instant>>,
    }

    impl Rush {
        /// All of them look until the third look of each says that it was canceled.
        async fn of(turns: usize) -> (Self, Vec<Finish>) {
            tokio::time::pause();
            let (rush, turns) = (Self::default(), Semaphore::new(turns));
            let attempts = (0..ATTEMPTS).map(|_| async {
                let looks = Cell::new(0);
                until_unwanted(|| rush.look(&looks), &turns).await
            });
            let ends = join_all(attempts).await;
            (rush, ends)
        }

        async fn look(&self, looks: &Cell<u32>) -> Result<Option<Ending>, Trouble> {
            self.begun.borrow_mut().push(Instant::now());
            self.under_way.set(self.under_way.get() + 1);
            self.most.set(self.most.get().max(self.under_way.get()));
            tokio::time::sleep(LOOK).await;
            self.under_way.set(self.under_way.get() - 1);
            looks.set(looks.get() + 1);
            match looks.get() {
                1 => Err(Trouble::Away("it rests".to_owned())),
                2 => Ok(None),
                _ => Ok(Some(Ending::Canceled)),
            }
        }

        /// The most looks that began within a tenth of a second.
        fn densest(&self) -> usize {
            let begun = self.begun.borrow();
            let window = Duration::from_millis(100);
            let within = |from: Instant| move |at: &&Instant| **at >= from && **at < from + window;
            let counts = begun
                .iter()
                .map(|at| begun.iter().filter(within(*at)).count());
            counts.max().unwrap_or_default()
        }
    }

    #[actix::test]
    async fn each_looks_until_somebody_wanted_its_end() {
        let (rush, ends) = Rush::of(LOOKS).await;
        assert!(ends.iter().all(|end| end.state == TaskState::Canceled));
        assert_eq!(rush.begun.borrow().len(), 3 * ATTEMPTS);
    }

    #[actix::test]
    async fn those_that_are_taken_away_at_once_look_a_few_at_a_time() {
        let (rush, _) = Rush::of(LOOKS).await;
        assert!(rush.most.get() <= LOOKS, "{}", rush.most.get());
    }

    #[actix::test]
    async fn and_at_moments_of_their_own() {
        let (rush, _) = Rush::of(ATTEMPTS).await;
        assert!(rush.densest() < ATTEMPTS / 2, "{}", rush.densest());
    }
}
