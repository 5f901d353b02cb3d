//! One webhook's turn: its next events, one after the other.

use std::time::Duration;

use tokio::sync::watch;

use crate::{
    adapters::{
        chance::chance,
        push::{Due, Failure, Poster, Webhooks},
        store::{Store, StoreError},
        usage::prometheus::{Prometheus, series},
    },
    domain::{a2a::push::Patience, time::UnixMillis},
};

/// Events of one turn at most; then others get the place.
const EVENTS: u32 = 16;
/// The pause of a webhook whose row could not be read or written.
const REST: Duration = Duration::from_secs(5);

/// What every delivery needs.
pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) webhooks: Webhooks,
    pub(super) poster: Poster,
    pub(super) metrics: Prometheus,
    pub(super) patience: Patience,
    /// True once the gateway goes down.
    pub(super) draining: watch::Receiver<bool>,
}

impl Desk {
    pub(super) fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// Delivers some events of `due`. What it could not write down stays due, and
    /// rests a while: the receiver may have had the event already.
    pub(super) async fn turn(&self, mut due: Due) {
        if let Err(error) = self.deliver(&mut due).await {
            let (task, webhook) = &due.key;
            tracing::warn!(%task, webhook, %error, "a webhook's row could not be used, it stays due");
            let mut draining = self.draining.clone();
            let goes_down = draining.wait_for(|draining| *draining);
            // Its end is one of the two it waits for.
            let _ = tokio::time::timeout(REST, goes_down).await;
        }
    }

    async fn deliver(&self, due: &mut Due) -> Result<(), StoreError> {
        let lines = self.store.lines(due.key.0, due.sent_seq, EVENTS).await?;
        let last = lines.last().map_or(due.sent_seq, |line| line.seq);
        for line in &lines {
            if self.is_draining() {
                return Ok(self.webhooks.give_back(std::slice::from_ref(due)).await?);
            }
            let Some(event) = due.event(line) else {
                continue;
            };
            if let Err(failure) = self.poster.post(due, line.seq, &event).await {
                return self.failed(due, failure).await;
            }
            self.metrics.count(series::PUSH_DELIVERED, 1);
            let is_last = line.seq == last;
            let is_more = self
                .webhooks
                .passed(due, line.seq, is_last, UnixMillis::now());
            if !is_more.await? {
                return Ok(());
            }
        }
        if due.sent_seq < last || lines.is_empty() {
            // What A2A has no word for.
            self.webhooks
                .passed(due, last, true, UnixMillis::now())
                .await?;
        }
        Ok(())
    }

    async fn failed(&self, due: &Due, failure: Failure) -> Result<(), StoreError> {
        let (why, after_ms) = (&*failure.why, failure.after_ms);
        let now = UnixMillis::now();
        let failures = due.failures + 1;
        let row = (failures, due.failing_since.unwrap_or(now));
        let next = self.patience.next(now, row, after_ms, chance());
        self.metrics.count(series::PUSH_FAILED, 1);
        self.webhooks.failed(due, &failure, next, now).await?;
        // Not the URL: a path or a query may be a secret of its own.
        let ((task, webhook), host) = (&due.key, &due.host);
        if next.is_some() {
            tracing::debug!(%task, webhook, host, failures, why, "a webhook failed, trying again later");
        } else {
            self.metrics.count(series::PUSH_DEAD, 1);
            tracing::warn!(%task, webhook, host, failures, why, "a webhook failed too often and is given up; its owner may create it again");
        }
        Ok(())
    }
}
