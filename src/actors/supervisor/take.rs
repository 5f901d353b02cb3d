//! Running tasks because somebody says that it is time: Temporal, or whoever looks
//! after workflows.

use std::sync::atomic::Ordering;

use actix::prelude::*;
use tokio::sync::oneshot;

use super::{Supervisor, SupervisorActor};
use crate::{
    actors::task::Left,
    adapters::store::{Claimed, StoreError},
    domain::{id::TaskId, task::Attempt, time::UnixMillis},
};

/// An attempt that runs here.
#[derive(Debug)]
pub struct Begun {
    /// Which.
    pub attempt: Attempt,
    /// Resolves when it is over with how it left the row. With an error where only the
    /// row knows, and a second after it began to listen only: to an agent that waits for
    /// credentials, or is hung up on.
    pub over: oneshot::Receiver<Left>,
}

impl Supervisor {
    /// Makes an attempt here at each of `tasks` that nobody works on, whether it is due or
    /// not and whatever places are free.
    ///
    /// # Errors
    ///
    /// The database; nothing was begun then.
    pub async fn take(&self, tasks: Vec<TaskId>) -> Result<Vec<Begun>, StoreError> {
        self.ask(Take {
            tasks,
            when: When::Now,
        })
        .await
    }

    /// Makes an attempt here at `task`, of this `depth`, whether it is due or not, if there
    /// is a place for it and nobody works on it; whether one was begun.
    ///
    /// # Errors
    ///
    /// The database; nothing was begun then.
    pub async fn take_in(&self, task: TaskId, depth: u32) -> Result<bool, StoreError> {
        let (tasks, when) = (vec![task], When::Free(depth));
        Ok(!self.ask(Take { tasks, when }).await?.is_empty())
    }

    /// Makes an attempt here at `task` if it is due and nobody works on it, whatever places
    /// are free.
    ///
    /// # Errors
    ///
    /// The database; nothing was begun then.
    pub async fn take_due(&self, task: TaskId) -> Result<Option<Begun>, StoreError> {
        let (tasks, when) = (vec![task], When::Due);
        Ok(self.ask(Take { tasks, when }).await?.pop())
    }

    async fn ask(&self, take: Take) -> Result<Vec<Begun>, StoreError> {
        // An error says that the actor is gone: then nothing runs here any more.
        self.addr.send(take).await.unwrap_or(Ok(Vec::new()))
    }
}

#[derive(Message)]
#[rtype(result = "Result<Vec<Begun>, StoreError>")]
pub(super) struct Take {
    tasks: Vec<TaskId>,
    when: When,
}

/// On which terms tasks are taken.
enum When {
    /// Also before they are due.
    Now,
    /// Once they are.
    Due,
    /// Also before they are due, if there is a free place at this depth.
    Free(u32),
}

impl Handler<Take> for SupervisorActor {
    // Atomic: `running` must not change between looking and claiming.
    type Result = AtomicResponse<Self, Result<Vec<Begun>, StoreError>>;

    fn handle(&mut self, take: Take, _: &mut Self::Context) -> Self::Result {
        let Take { mut tasks, when } = take;
        tasks.retain(|task| !self.is_at_work_on(*task));
        if tasks.is_empty() || !self.has_place(&when) || self.draining.load(Ordering::Acquire) {
            return AtomicResponse::new(Box::pin(fut::ready(Ok(Vec::new()))));
        }
        let store = self.workshop.store.clone();
        let now = UnixMillis::now();
        let lease = self.lease(now);
        let claim = async move {
            match when {
                When::Now | When::Free(_) => store.claim_named(&tasks, now, lease).await,
                When::Due => store.claim_due(&tasks, now, lease).await,
            }
        };
        let run = claim.into_actor(self).map(|claimed, this, ctx| {
            let claimed = claimed?.into_iter();
            Ok(claimed.map(|one| this.run_watched(one, ctx)).collect())
        });
        AtomicResponse::new(Box::pin(run))
    }
}

impl SupervisorActor {
    fn has_place(&self, when: &When) -> bool {
        let When::Free(depth) = when else {
            return true;
        };
        let places = self.places();
        let last = places.len().saturating_sub(1);
        let free = places.get(last.min(*depth as usize));
        free.is_some_and(|free| *free > 0)
    }

    fn is_at_work_on(&self, task: TaskId) -> bool {
        let mut running = self.running.iter();
        running.any(|(attempt, one)| attempt.task == task && one.handle.is_at_work())
    }

    /// Nobody is to wait for those that only listen, which may take days.
    pub(super) fn let_go(&mut self) {
        let running = self.running.values_mut();
        for listening in running.filter(|one| !one.handle.is_at_work()) {
            listening.over = None;
        }
    }

    fn run_watched(&mut self, claimed: Claimed, ctx: &mut Context<Self>) -> Begun {
        let attempt = claimed.attempt;
        self.run(claimed, ctx);
        let (told, over) = oneshot::channel();
        if let Some(running) = self.running.get_mut(&attempt) {
            running.over = Some(told);
        }
        Begun { attempt, over }
    }
}
