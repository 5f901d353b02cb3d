//! What other gateways do to tasks that run here.

use actix::prelude::*;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::SupervisorActor;
use crate::adapters::store::Change;

/// Something that may concern an attempt under way.
#[derive(Message)]
#[rtype(result = "()")]
struct Elsewhere(Change);

impl SupervisorActor {
    /// Listens to it, where there are others. What it hears goes through the mailbox:
    /// an attempt that is being claimed meanwhile is there by then.
    pub(super) fn hear(&self, ctx: &mut Context<Self>) {
        if !self.workshop.store.is_shared() {
            return;
        }
        let (addr, mut changes) = (ctx.address(), self.workshop.store.changes());
        let hear = async move {
            while let Some(change) = next(&mut changes).await {
                if addr.send(Elsewhere(change)).await.is_err() {
                    return;
                }
            }
        };
        ctx.spawn(hear.into_actor(self));
    }
}

/// The next that may concern an attempt; `None` once the store is gone.
async fn next(changes: &mut Receiver<Change>) -> Option<Change> {
    loop {
        match changes.recv().await {
            Ok(change @ (Change::Canceled(_) | Change::Any)) => return Some(change),
            Ok(Change::Grew(_) | Change::Webhook) => {}
            Err(RecvError::Lagged(_)) => return Some(Change::Any),
            Err(RecvError::Closed) => return None,
        }
    }
}

impl Handler<Elsewhere> for SupervisorActor {
    type Result = ();

    fn handle(&mut self, Elsewhere(change): Elsewhere, ctx: &mut Self::Context) {
        match change {
            Change::Canceled(task) => {
                let here = self.running.iter();
                let lost =
                    here.filter(|(attempt, one)| attempt.task == task && !one.handle.lingers());
                let lost: Vec<_> = lost.map(|(attempt, _)| *attempt).collect();
                self.hang_up(&lost, ctx);
            }
            // A renewal learns of all that was lost.
            Change::Any => self.renew(ctx),
            Change::Grew(_) | Change::Webhook => {}
        }
    }
}
