//! Wakes those who watch a task.

use std::{collections::HashMap, time::Duration};

use actix::prelude::*;
use tokio::sync::{
    broadcast::{Receiver, error::RecvError},
    watch,
};

use crate::{actors::pulse, adapters::store::Change, domain::id::TaskId};

/// How often every watcher is woken for nothing: a hint may have been lost.
const POKE: Duration = Duration::from_secs(1);
/// Every so many pokes also those look at the rows who share what they read: the
/// command line may have written to the file.
const ANEW: u64 = 5;

/// Lets handlers wait for news of a task. A clone is cheap.
#[derive(Clone)]
pub struct Feed(Addr<FeedActor>);

/// One who waits for news of one task.
pub struct Watch(watch::Receiver<u64>);

impl Feed {
    /// Starts a feed that passes on `changes`.
    pub fn start(changes: Receiver<Change>) -> Self {
        let watched = HashMap::new();
        Self(
            FeedActor {
                watched,
                version: 0,
                pokes: 0,
                changes: Some(changes),
            }
            .start(),
        )
    }

    /// Whether its actor still runs.
    pub fn is_alive(&self) -> bool {
        self.0.connected()
    }

    /// How long a message waits for its actor.
    pub async fn wait(&self) -> Duration {
        pulse::wait(&self.0).await
    }

    /// Watches `task` from now on: read the rows after this, then wait.
    ///
    /// `None` once the feed has stopped: the process is going down.
    pub async fn watch(&self, task: TaskId) -> Option<Watch> {
        self.0.send(Join(task)).await.ok().map(Watch)
    }
}

impl Watch {
    /// Grows with every change: what was read as of one version is complete until
    /// there is another.
    pub fn version(&self) -> u64 {
        *self.0.borrow()
    }

    /// Resolves when the task may have changed, and once a second at the latest.
    /// `false` when the feed has stopped.
    pub async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

/// What watchers read is the event table; this only says when to look.
struct FeedActor {
    watched: HashMap<TaskId, watch::Sender<u64>>,
    /// Grows over all tasks, so that a task watched anew is never told an older
    /// version than before.
    version: u64,
    pokes: u64,
    changes: Option<Receiver<Change>>,
}

pulse::has_pulse!(FeedActor);

impl Actor for FeedActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(POKE, |this, _| {
            this.pokes += 1;
            this.poke_all(this.pokes.is_multiple_of(ANEW));
        });
        if let Some(changes) = self.changes.take() {
            ctx.add_stream(futures_util::stream::unfold(changes, |mut changes| async {
                match changes.recv().await {
                    Ok(change) => Some((change, changes)),
                    Err(RecvError::Lagged(_)) => Some((Change::Any, changes)),
                    Err(RecvError::Closed) => None,
                }
            }));
        }
    }
}

impl FeedActor {
    /// Wakes everyone; `anew` says that there may be something new.
    fn poke_all(&mut self, anew: bool) {
        self.version += u64::from(anew);
        let newest = anew.then_some(self.version);
        self.watched.retain(|_, sender| {
            let version = newest.unwrap_or(*sender.borrow());
            poke(sender, version)
        });
    }
}

/// Whether anyone is there to be woken.
fn poke(sender: &watch::Sender<u64>, version: u64) -> bool {
    sender.send(version).is_ok()
}

impl StreamHandler<Change> for FeedActor {
    fn handle(&mut self, change: Change, _: &mut Self::Context) {
        match change {
            Change::Any => self.poke_all(true),
            Change::Webhook => {}
            Change::Grew(task) | Change::Canceled(task) => {
                self.version += 1;
                if let Some(sender) = self.watched.get(&task)
                    && !poke(sender, self.version)
                {
                    self.watched.remove(&task);
                }
            }
        }
    }

    /// The store is gone, but watchers still wake once a second.
    fn finished(&mut self, _: &mut Self::Context) {}
}

#[derive(Message)]
#[rtype(result = "watch::Receiver<u64>")]
struct Join(TaskId);

impl Handler<Join> for FeedActor {
    type Result = MessageResult<Join>;

    fn handle(&mut self, Join(task): Join, _: &mut Self::Context) -> Self::Result {
        self.version += 1;
        let version = self.version;
        let sender = self
            .watched
            .entry(task)
            .or_insert_with(|| watch::Sender::new(version));
        MessageResult(sender.subscribe())
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast;

    use super::*;

    #[actix::test]
    async fn a_watcher_wakes_for_its_task_and_once_a_second_anyway() {
        tokio::time::pause();
        let hints = broadcast::Sender::new(8);
        let feed = Feed::start(hints.subscribe());
        let (mine, other) = (TaskId::fresh(), TaskId::fresh());
        let mut watch = feed.watch(mine).await.unwrap();
        let started = tokio::time::Instant::now();
        hints.send(Change::Grew(other)).unwrap();
        hints.send(Change::Grew(mine)).unwrap();
        assert!(watch.changed().await);
        assert!(started.elapsed() < POKE);
        assert!(watch.changed().await);
        assert!(started.elapsed() >= POKE);
    }
}
