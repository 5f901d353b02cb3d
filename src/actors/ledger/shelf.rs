//! Calls that Redis counts: those under way, and those that have ended and are not
//! charged yet.

use std::{
    collections::{HashMap, VecDeque},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::{
    adapters::quota::redis::{Call, LEASE, Payer, Settled},
    domain::quota::Under,
};

/// Ended calls that are kept one by one; of more the oldest are added up, a payer.
const EACH: usize = 10_000;
/// Payers whose calls are added up. What others spend while Redis is away is charged
/// to nobody.
const PAYERS: usize = 100_000;
/// How old a lease is when it is renewed.
const RENEWED_AFTER: Duration = Duration::from_secs(LEASE.as_secs() / 3);

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    inner: Mutex<Inner>,
    /// Something has ended.
    pub(super) filled: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    open: HashMap<Arc<str>, Open>,
    ended: VecDeque<Ended>,
    sums: HashMap<(Payer, Under), Ended>,
    /// The batch under way, which may have arrived.
    sent: Vec<Ended>,
    lost: u64,
}

#[derive(Debug)]
struct Open {
    call: Call,
    held: u64,
    leased_at: Instant,
}

/// What a call has cost; or calls of one payer, and then when the last of them ended.
#[derive(Debug)]
struct Ended {
    call: Call,
    spent: u64,
    at: Instant,
}

impl Shelf {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call begins.
    pub(super) fn open(&self, call: Call) {
        let open = Open {
            call: call.clone(),
            held: 0,
            leased_at: Instant::now(),
        };
        self.inner().open.insert(call.id, open);
    }

    /// It holds so many tokens in all.
    pub(super) fn holds(&self, call: &Call, tokens: u64) {
        if let Some(open) = self.inner().open.get_mut(&call.id) {
            open.held = tokens;
        }
    }

    /// Redis knows nothing of it, and need not.
    pub(super) fn void(&self, call: &Call) {
        self.inner().open.remove(&call.id);
    }

    /// It has ended, and cost so much.
    pub(super) fn end(&self, call: &Call, spent: u64) {
        let mut inner = self.inner();
        inner.open.remove(&call.id);
        inner.ended.push_back(Ended {
            call: call.clone(),
            spent,
            at: Instant::now(),
        });
        inner.add_up();
        drop(inner);
        self.filled.notify_one();
    }

    /// Ended calls that wait to be charged.
    pub(super) fn waiting(&self) -> usize {
        let inner = self.inner();
        inner.ended.len() + inner.sums.len() + inner.sent.len()
    }

    /// The batch that is to be settled: the one before, unless that is
    /// [settled](Self::settled), or so many others, the oldest first.
    pub(super) fn batch(&self, count: usize) -> Vec<Settled> {
        let mut inner = self.inner();
        if inner.sent.is_empty() {
            inner.sent = inner.next(count);
        }
        let sent = inner.sent.iter().map(|ended| Settled {
            call: ended.call.clone(),
            spent: ended.spent,
            age: ended.at.elapsed(),
        });
        sent.collect()
    }

    /// Redis has taken the batch.
    pub(super) fn settled(&self) {
        self.inner().sent.clear();
    }

    /// Calls under way whose lease is to be renewed now, or `all` of them, with what
    /// they hold; taken for renewed.
    pub(super) fn due(&self, all: bool) -> Vec<(Call, u64)> {
        let now = Instant::now();
        let mut inner = self.inner();
        let open = inner.open.values_mut();
        let is_due = |open: &Open| all || now - open.leased_at >= RENEWED_AFTER;
        let due = open.filter(|open| open.held > 0 && is_due(open));
        due.map(|open| {
            open.leased_at = now;
            (open.call.clone(), open.held)
        })
        .collect()
    }

    /// Tokens that were charged to nobody since this was last asked.
    pub(super) fn lost(&self) -> u64 {
        mem::take(&mut self.inner().lost)
    }
}

impl Inner {
    /// Adds the oldest up, while there are too many. What such a call held goes when
    /// its lease is over.
    fn add_up(&mut self) {
        while self.ended.len() > EACH {
            let Some(ended) = self.ended.pop_front() else {
                return;
            };
            if ended.spent == 0 {
                continue;
            }
            let key = (ended.call.payer.clone(), ended.call.under.clone());
            if let Some(sum) = self.sums.get_mut(&key) {
                sum.spent = sum.spent.saturating_add(ended.spent);
                sum.at = ended.at;
            } else if self.sums.len() < PAYERS {
                self.sums.insert(key, ended);
            } else {
                self.lost = self.lost.saturating_add(ended.spent);
            }
        }
    }

    fn next(&mut self, count: usize) -> Vec<Ended> {
        if self.sums.is_empty() {
            let count = count.min(self.ended.len());
            return self.ended.drain(..count).collect();
        }
        let keys: Vec<_> = self.sums.keys().take(count).cloned().collect();
        let sums = keys.iter().filter_map(|key| self.sums.remove(key));
        let sums = sums.collect();
        if self.sums.is_empty() {
            self.sums.shrink_to_fit();
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        id::Owner,
        identity::Scopes,
        quota::{Limit, Limits, Subject},
    };

    fn call(number: usize, user: &str) -> Call {
        let limit = Limit {
            tokens: 1,
            window_ms: 1,
        };
        let owner = Owner::new("i", user);
        let subject = Subject {
            owner: &owner,
            scopes: Scopes::default(),
            model: "",
        };
        Call {
            id: number.to_string().into(),
            payer: Payer::of(&owner),
            under: Limits::new(Some(limit), []).under(&subject).unwrap(),
        }
    }

    fn spent(batch: &[Settled]) -> u64 {
        batch.iter().map(|settled| settled.spent).sum()
    }

    #[test]
    fn a_batch_is_the_same_until_it_is_settled() {
        let shelf = Shelf::default();
        for number in 0..3 {
            shelf.end(&call(number, "ada"), 1);
        }
        let names = |batch: Vec<Settled>| batch.into_iter().map(|s| s.call.id).collect::<Vec<_>>();
        let first = names(shelf.batch(2));
        assert_eq!(first.len(), 2);
        shelf.end(&call(3, "eve"), 1);
        assert_eq!(names(shelf.batch(9)), first);
        assert_eq!(shelf.waiting(), 4);
        shelf.settled();
        assert_eq!(shelf.batch(9).len(), 2);
        shelf.settled();
        assert_eq!((shelf.waiting(), shelf.batch(9).len()), (0, 0));
    }

    #[test]
    fn too_many_are_added_up_and_nothing_of_them_is_lost() {
        let shelf = Shelf::default();
        let sent = shelf.batch(9).len();
        let many = 3 * EACH;
        for number in 0..many {
            shelf.end(&call(number, ["ada", "eve"][number % 2]), 2);
        }
        assert_eq!((sent, shelf.waiting()), (0, EACH + 2));
        let mut charged = 0;
        loop {
            let batch = shelf.batch(200);
            if batch.is_empty() {
                break;
            }
            charged += spent(&batch);
            shelf.settled();
        }
        assert_eq!((charged, shelf.lost()), (2 * many as u64, 0));
    }

    #[test]
    fn beyond_all_bounds_what_is_charged_to_nobody_is_told() {
        let shelf = Shelf::default();
        for number in 0..EACH + PAYERS + 5 {
            shelf.end(&call(number, &number.to_string()), 3);
        }
        assert_eq!((shelf.lost(), shelf.lost()), (15, 0));
        assert_eq!(shelf.waiting(), EACH + PAYERS);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_is_renewed_while_its_call_runs_and_holds_something() {
        let shelf = Shelf::default();
        let (long, idle) = (call(1, "ada"), call(2, "ada"));
        for call in [&long, &idle] {
            shelf.open(call.clone());
        }
        shelf.holds(&long, 7);
        assert!(shelf.due(false).is_empty());
        tokio::time::advance(RENEWED_AFTER).await;
        assert_eq!(shelf.due(false), [(long.clone(), 7)]);
        assert!(shelf.due(false).is_empty());
        // A Redis that was started anew knows of none.
        assert_eq!(shelf.due(true), [(long.clone(), 7)]);
        shelf.end(&long, 1);
        tokio::time::advance(RENEWED_AFTER).await;
        assert!(shelf.due(true).is_empty());
    }
}
