//! Counting of what is long: away from the worker threads, few at a time, and in
//! turn among those who pay for it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::available_parallelism,
    time::Duration,
};

use tokio::sync::oneshot;

use crate::domain::id::Owner;

/// Texts longer than this, in bytes, are counted away from the worker thread: up to
/// here the worst of them takes 3 ms.
pub const COUNT_HERE: usize = 16 * 1024;
/// How long anybody waits for their turn before an answer.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// Texts up to this, in bytes, do not stand behind longer ones: the worst of them
/// takes 13 ms, of a megabyte 200.
const SHORT: usize = 64 * 1024;
/// Texts of one payer that wait in a lane at most.
const MOST_WAITING: usize = 64;

/// Threads that count, half as many as there are processors and one for what is
/// short: whatever is sent, the rest is there for everybody else. Each payer has one
/// turn at a time, and who waits for their first is before whoever waits for another.
/// A clone shares them.
#[derive(Clone)]
pub struct Counting {
    short: Lane,
    long: Lane,
}

/// One turn, over when dropped.
pub struct Turn {
    lane: Lane,
    payer: Owner,
}

/// A turn that was asked for.
pub enum Asked {
    /// It is here.
    Now(Turn),
    /// It comes.
    Soon(oneshot::Receiver<Turn>),
    /// It does not: too many of this payer wait.
    Never,
}

#[derive(Clone)]
struct Lane(Arc<Mutex<Queue>>);

struct Queue {
    free: usize,
    /// Payers who count or wait.
    lines: HashMap<Owner, Line>,
    /// Those who wait and do not count, in the order of their turns.
    round: VecDeque<Owner>,
}

#[derive(Default)]
struct Line {
    counts: bool,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

impl Default for Counting {
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self {
            short: Lane::new(1),
            long: Lane::new((processors / 2).max(1)),
        }
    }
}

impl Counting {
    /// Asks for a turn of `payer` to count so many bytes.
    pub fn ask(&self, payer: &Owner, bytes: usize) -> Asked {
        match bytes <= SHORT {
            true => self.short.ask(payer),
            false => self.long.ask(payer),
        }
    }

    /// Waits for a turn, three seconds at most; `None` if it does not come.
    pub async fn turn(&self, payer: &Owner, bytes: usize) -> Option<Turn> {
        self.ask(payer, bytes).within(PATIENCE).await
    }
}

impl Asked {
    /// Waits for it, however long that takes.
    pub async fn here(self) -> Option<Turn> {
        match self {
            Self::Now(turn) => Some(turn),
            Self::Soon(turn) => turn.await.ok(),
            Self::Never => None,
        }
    }

    /// Waits for it, so long at most.
    pub async fn within(self, patience: Duration) -> Option<Turn> {
        let turn = tokio::time::timeout(patience, self.here()).await;
        turn.ok().flatten()
    }

    /// Whether it has to be waited for.
    pub fn waits(&self) -> bool {
        matches!(self, Self::Soon(_))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.lane.queue().end(&self.payer);
        self.lane.give();
    }
}

impl Lane {
    fn new(free: usize) -> Self {
        Self(Arc::new(Mutex::new(Queue {
            free,
            lines: HashMap::new(),
            round: VecDeque::new(),
        })))
    }

    fn ask(&self, payer: &Owner) -> Asked {
        let Some(mut turn) = self.queue().wait(payer) else {
            return Asked::Never;
        };
        self.give();
        match turn.try_recv() {
            Ok(turn) => Asked::Now(turn),
            Err(_) => Asked::Soon(turn),
        }
    }

    /// Gives away what turns are free.
    fn give(&self) {
        while let Some((payer, waiter)) = self.next() {
            let lane = self.clone();
            // Whoever waits no more drops it, which gives it to the next.
            drop(waiter.send(Turn { lane, payer }));
        }
    }

    /// Not in the loop above: the lock would be held while a turn is dropped.
    fn next(&self) -> Option<(Owner, oneshot::Sender<Turn>)> {
        self.queue().next()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// A place in the payer's line; `None` if it is full.
    fn wait(&mut self, payer: &Owner) -> Option<oneshot::Receiver<Turn>> {
        let line = self.lines.entry(payer.clone()).or_default();
        line.waiting.retain(|waiter| !waiter.is_closed());
        if line.waiting.len() == MOST_WAITING {
            return None;
        }
        let (waiter, turn) = oneshot::channel();
        line.waiting.push_back(waiter);
        if !line.counts && !self.round.contains(payer) {
            self.round.push_back(payer.clone());
        }
        Some(turn)
    }

    /// Whose turn it is, if one is free.
    fn next(&mut self) -> Option<(Owner, oneshot::Sender<Turn>)> {
        while self.free > 0 {
            let payer = self.round.pop_front()?;
            let line = self.lines.entry(payer.clone()).or_default();
            line.waiting.retain(|waiter| !waiter.is_closed());
            if let Some(waiter) = line.waiting.pop_front() {
                line.counts = true;
                self.free -= 1;
                return Some((payer, waiter));
            }
            self.lines.remove(&payer);
        }
        None
    }

    /// A turn is over: the payer's next comes after everybody's.
    fn end(&mut self, payer: &Owner) {
        self.free += 1;
        let Some(line) = self.lines.get_mut(payer) else {
            return;
        };
        line.counts = false;
        match line.waiting.is_empty() {
            true => drop(self.lines.remove(payer)),
            false => self.round.push_back(payer.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn owner(name: &str) -> Owner {
        Owner::new("https://issuer.example", name)
    }

    fn here(asked: Asked) -> Turn {
        asked.here().now_or_never().flatten().unwrap()
    }

    #[test]
    fn a_payers_second_text_waits_behind_everybodys_first() {
        let lane = Lane::new(1);
        let (ada, bob) = (owner("ada"), owner("bob"));
        let first = here(lane.ask(&ada));
        let (mut second, mut third, mut other) = (
            waiting(&lane, &ada),
            waiting(&lane, &ada),
            waiting(&lane, &bob),
        );
        drop(first);
        let turn = other.try_recv().unwrap();
        assert!(second.try_recv().is_err(), "one at a time");
        drop(turn);
        let turn = second.try_recv().unwrap();
        assert!(third.try_recv().is_err(), "one at a time");
        drop(turn);
        assert!(third.try_recv().is_ok());
        drop(third);
        assert!(lane.queue().lines.is_empty() && lane.queue().free == 1);
    }

    #[test]
    fn a_payer_counts_one_text_at_a_time_though_turns_are_free() {
        let lane = Lane::new(2);
        let first = here(lane.ask(&owner("ada")));
        let mut second = waiting(&lane, &owner("ada"));
        assert!(second.try_recv().is_err());
        drop(here(lane.ask(&owner("bob"))));
        drop(first);
        assert!(second.try_recv().is_ok());
    }

    #[test]
    fn who_went_away_has_no_turn_and_who_has_too_many_gets_none() {
        let lane = Lane::new(1);
        let ada = owner("ada");
        let first = here(lane.ask(&ada));
        let waiters: Vec<_> = (0..MOST_WAITING).map(|_| waiting(&lane, &ada)).collect();
        assert!(matches!(lane.ask(&ada), Asked::Never));
        drop(waiters);
        let mut last = waiting(&lane, &ada);
        drop(first);
        assert!(last.try_recv().is_ok());
    }

    #[test]
    fn what_is_short_does_not_stand_behind_what_is_long() {
        let counting = Counting::default();
        let people: Vec<_> = (0..200).map(|n| owner(&n.to_string())).collect();
        let _long: Vec<_> = people
            .iter()
            .map(|it| counting.ask(it, 1_000_000))
            .collect();
        assert!(matches!(counting.ask(&owner("ada"), 20_000), Asked::Now(_)));
    }

    fn waiting(lane: &Lane, payer: &Owner) -> oneshot::Receiver<Turn> {
        match lane.ask(payer) {
            Asked::Soon(turn) => turn,
            Asked::Now(_) | Asked::Never => panic!("it does not wait"),
        }
    }
}
