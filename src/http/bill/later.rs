//! Settling what takes long to count.

use tokio::task::spawn_blocking;

use super::{End, Handed, Open, Sum};
use crate::{
    actors::writer::Receipt,
    http::counting::{Asked, PATIENCE, Turn},
};

/// A bill that waits for its turn. Dropped before it is counted, because the process
/// goes down or counting panicked, it is settled all the same: by its bounds.
struct Waiting(Option<(Open, End)>);

/// Settles `open` once long texts may be counted: where somebody waits for the numbers
/// by its bounds if that is not soon, else however long it takes. By its bounds at once
/// if too many of its payer wait: the row of a prompt that nobody counts says its
/// length in bytes.
pub(super) fn settle(open: Open, end: End) -> Handed {
    let order = &open.order;
    let asked = order.counting.ask(&order.payer, open.uncounted());
    let (waits, model) = (asked.waits(), open.told_model());
    let is_awaited = order.is_strict || end == End::Quota;
    let waiting = Waiting(Some((open, end)));
    let counting = tokio::spawn(async move {
        let turn = turn(asked, is_awaited).await;
        waiting.counted(turn).await
    });
    match waits {
        true => Handed::Waits(model, counting),
        false => Handed::Soon(counting),
    }
}

async fn turn(asked: Asked, is_awaited: bool) -> Option<Turn> {
    match is_awaited {
        true => asked.within(PATIENCE).await,
        false => asked.here().await,
    }
}

impl Waiting {
    async fn counted(mut self, turn: Option<Turn>) -> Option<(Sum, Receipt)> {
        let Some(turn) = turn else {
            return self.settle(Open::bound);
        };
        let settled = spawn_blocking(move || {
            let _turn = turn;
            self.settle(Open::sum)
        });
        let settled = settled.await;
        if settled.as_ref().is_err_and(|error| error.is_panic()) {
            tracing::error!("counting tokens panicked: a call is billed by its bounds");
        }
        settled.ok().flatten()
    }

    /// Summed before it is taken: if that panics, it is still here to be dropped.
    fn settle(&mut self, sum: impl FnOnce(&Open) -> Sum) -> Option<(Sum, Receipt)> {
        let sum = self.0.as_ref().map(|(open, _)| sum(open))?;
        let (open, end) = self.0.take()?;
        Some(open.settle(end, sum))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        drop(self.settle(Open::bound));
    }
}
