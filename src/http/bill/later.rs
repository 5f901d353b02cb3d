//! Settling what takes long to count.

use tokio::task::{JoinHandle, spawn_blocking};

use super::{End, Open, Sum};
use crate::actors::writer::Receipt;

/// A bill that waits for its turn. Dropped before that, because the process goes
/// down, it is settled all the same: by its bounds.
struct Waiting(Option<(Open, End)>);

/// Settles `open` once long texts may be counted, or by its bounds if that is not
/// soon: the row of a prompt that nobody can count says its length in bytes. `None`
/// if counting panicked.
pub(super) fn settle(open: Open, end: End) -> JoinHandle<Option<(Sum, Receipt)>> {
    let counting = open.order.counting.clone();
    let mut waiting = Waiting(Some((open, end)));
    tokio::spawn(async move {
        let Some(turn) = counting.turn().await else {
            return waiting.settle(Open::bound);
        };
        let settled = spawn_blocking(move || {
            let _turn = turn;
            waiting.settle(Open::sum)
        });
        settled.await.ok().flatten()
    })
}

impl Waiting {
    fn settle(&mut self, sum: impl FnOnce(&Open) -> Sum) -> Option<(Sum, Receipt)> {
        let (open, end) = self.0.take()?;
        let sum = sum(&open);
        Some(open.settle(end, sum))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        drop(self.settle(Open::bound));
    }
}
