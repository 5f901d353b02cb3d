//! What is done for tasks as time goes by: leases renewed, old ones forgotten.

use actix::prelude::*;

use super::SupervisorActor;
use crate::{
    actors::beside::beside,
    adapters::store::StoreError,
    domain::{task::Attempt, time::UnixMillis},
};

/// How renewing goes.
#[derive(Default)]
pub(super) struct Renewals {
    is_under_way: bool,
    /// Whether there was a reason for another one meanwhile.
    is_woken: bool,
    /// Those that failed, in a row.
    failed: u32,
}

impl SupervisorActor {
    /// Renews the leases of all that runs here, and ends what is lost. While it does, it
    /// may have looked already at what happens: it renews again then.
    pub(super) fn renew(&mut self, ctx: &mut Context<Self>) {
        if self.renewals.is_under_way {
            self.renewals.is_woken = true;
            return;
        }
        if self.running.is_empty() {
            return;
        }
        (self.renewals.is_under_way, self.renewals.is_woken) = (true, false);
        let attempts = self.attempts();
        let (store, lease) = (self.workshop.store.clone(), self.lease(UnixMillis::now()));
        let renew = beside(async move { store.renew(attempts, lease).await });
        let renew = renew.into_actor(self).map(|renewed, this, ctx| {
            this.renewals.is_under_way = false;
            match renewed {
                Ok(lost) => {
                    this.renewals.failed = 0;
                    this.hang_up(&lost, ctx);
                    if this.renewals.is_woken {
                        this.renew(ctx);
                    }
                }
                // The next tick, or the next hint, is soon enough.
                Err(error) => this.not_renewed(&error),
            }
        });
        ctx.spawn(renew);
    }

    fn not_renewed(&mut self, error: &StoreError) {
        // Said now and then: while hints are lost it is tried each second.
        if self.renewals.failed.is_multiple_of(10) {
            tracing::warn!(%error, "leases not renewed, trying again before they run out");
        }
        self.renewals.failed += 1;
    }

    /// Ends attempts whose rows moved on elsewhere: canceled at another gateway, or
    /// by the command line.
    pub(super) fn hang_up(&mut self, lost: &[Attempt], ctx: &mut Context<Self>) {
        for attempt in lost {
            tracing::info!(task = %attempt.task, attempt = attempt.number, "hung up on, its task has moved on");
        }
        if lost.is_empty() {
            return;
        }
        self.abort(|attempt| lost.contains(attempt));
        let tasks = lost.iter().map(|attempt| attempt.task).collect();
        self.tell_off(tasks, ctx);
    }

    pub(super) fn purge(&mut self, ctx: &mut Context<Self>) {
        let store = self.workshop.store.clone();
        let ttl = i64::try_from(self.config.ttl.as_millis()).unwrap_or(i64::MAX);
        let before = UnixMillis(UnixMillis::now().0.saturating_sub(ttl));
        let purge = async move {
            // A thousand at a time, so that others get to write in between.
            while matches!(store.purge(before).await, Ok(1000..)) {}
        };
        ctx.spawn(beside(purge).into_actor(self));
    }
}
