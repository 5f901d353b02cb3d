//! Running tasks because somebody says that it is time: Temporal, or whoever looks
//! after workflows.

use std::sync::atomic::Ordering;

use actix::prelude::*;
use tokio::sync::oneshot;

use super::{Supervisor, SupervisorActor};
use crate::{
    adapters::store::{Claimed, StoreError},
    domain::{id::TaskId, time::UnixMillis},
};

/// An attempt that runs here; resolves, with an error, when it is over, or a second after
/// it began to listen only: to an agent that waits for credentials, or is hung up on.
pub type IsOver = oneshot::Receiver<()>;

impl Supervisor {
    /// Makes an attempt here at each of `tasks` that nobody works on, whether it is due or
    /// not and whatever places are free.
    ///
    /// # Errors
    ///
    /// The database; nothing was begun then.
    pub async fn take(&self, tasks: Vec<TaskId>) -> Result<Vec<IsOver>, StoreError> {
        self.ask(Take {
            tasks,
            when: When::Now,
        })
        .await
    }

    /// Makes an attempt here at `task` if it is due and nobody works on it, whatever places
    /// are free.
    ///
    /// # Errors
    ///
    /// The database; nothing was begun then.
    pub async fn take_due(&self, task: TaskId) -> Result<Option<IsOver>, StoreError> {
        let (tasks, when) = (vec![task], When::Due);
        Ok(self.ask(Take { tasks, when }).await?.pop())
    }

    async fn ask(&self, take: Take) -> Result<Vec<IsOver>, StoreError> {
        // An error says that the actor is gone: then nothing runs here any more.
        self.addr.send(take).await.unwrap_or(Ok(Vec::new()))
    }
}

#[derive(Message)]
#[rtype(result = "Result<Vec<IsOver>, StoreError>")]
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
}

impl Handler<Take> for SupervisorActor {
    // Atomic: `running` must not change between looking and claiming.
    type Result = AtomicResponse<Self, Result<Vec<IsOver>, StoreError>>;

    fn handle(&mut self, take: Take, _: &mut Self::Context) -> Self::Result {
        let Take { mut tasks, when } = take;
        tasks.retain(|task| !self.is_at_work_on(*task));
        if tasks.is_empty() || self.draining.load(Ordering::Acquire) {
            return AtomicResponse::new(Box::pin(fut::ready(Ok(Vec::new()))));
        }
        let store = self.workshop.store.clone();
        let now = UnixMillis::now();
        let lease = self.lease(now);
        let claim = async move {
            match when {
                When::Now => store.claim_named(&tasks, now, lease).await,
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

    fn run_watched(&mut self, claimed: Claimed, ctx: &mut Context<Self>) -> IsOver {
        let attempt = claimed.attempt;
        self.run(claimed, ctx);
        let (over, is_over) = oneshot::channel();
        if let Some(running) = self.running.get_mut(&attempt) {
            running.over = Some(over);
        }
        is_over
    }
}
