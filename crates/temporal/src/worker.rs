//! Polls for the two workflows and the activity.

mod shift;

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::shift::{Shift, Stopped};
use crate::{RunTask, Temporal};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// For attempts to give up in, once they were told to.
const TO_GIVE_UP: Duration = Duration::from_secs(5);

/// What a worker may take on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Attempts at the same time. While a worker is renewed, those that the old one still
    /// runs come on top.
    pub at_once: usize,
    /// The SDK's worker keeps some 0.4 KB of each attempt for ever: after so many attempts
    /// a new one takes its place.
    pub renew_after_tasks: u64,
    /// And after so long.
    pub renew_after: Duration,
}

impl Limits {
    /// Renewed after a day, or 100,000 attempts.
    pub fn at_once(at_once: usize) -> Self {
        let renew_after = Duration::from_secs(24 * 60 * 60);
        Self {
            at_once,
            renew_after_tasks: 100_000,
            renew_after,
        }
    }
}

/// A worker that polls a queue, [`Settings::tasks_queue`](crate::Settings::tasks_queue) for
/// one, from when
/// there is a connection until it is stopped. Dropped, it stops and waits for nothing.
#[derive(Debug)]
pub struct Worker {
    temporal: Temporal,
    stop: CancellationToken,
    halt: CancellationToken,
    running: TaskTracker,
    polls: watch::Receiver<bool>,
}

/// What every shift needs.
#[derive(Clone)]
struct Hire {
    temporal: Temporal,
    queue: String,
    runner: Arc<dyn RunTask>,
    limits: Limits,
    /// Take nothing more.
    stop: CancellationToken,
    /// Give up what runs.
    halt: CancellationToken,
    running: TaskTracker,
}

impl Worker {
    /// Returns at once. Attempts run on the threads of Temporal's runtime: what blocks
    /// does not belong there.
    pub fn start(temporal: &Temporal, runner: Arc<dyn RunTask>, limits: Limits) -> Self {
        Self::start_on(temporal, temporal.settings().tasks_queue(), runner, limits)
    }

    /// The same for another queue: tasks that others wait for need places of their own.
    pub fn start_on(
        temporal: &Temporal,
        queue: String,
        runner: Arc<dyn RunTask>,
        limits: Limits,
    ) -> Self {
        let (stop, halt) = (CancellationToken::new(), CancellationToken::new());
        let running = TaskTracker::new();
        let hire = Hire {
            temporal: temporal.clone(),
            queue,
            runner,
            limits,
            stop: stop.clone(),
            halt: halt.clone(),
            running: running.clone(),
        };
        let (polling, polls) = watch::channel(false);
        temporal
            .handle()
            .spawn(running.track_future(supervise(hire, polling)));
        Self {
            temporal: temporal.clone(),
            stop,
            halt,
            running,
            polls,
        }
    }

    /// Whether tasks come in, as far as is known: there is a connection, and somebody
    /// polls.
    pub fn is_polling(&self) -> bool {
        *self.polls.borrow() && self.temporal.standing().is_connected
    }

    /// Takes nothing more, and waits `grace` for attempts that run. Those that are not
    /// done by then are told to give up, and run again elsewhere; five seconds later this
    /// returns, whatever became of them.
    pub async fn stop(self, grace: Duration) {
        self.stop.cancel();
        self.running.close();
        if tokio::time::timeout(grace, self.running.wait())
            .await
            .is_ok()
        {
            return;
        }
        self.halt.cancel();
        if tokio::time::timeout(TO_GIVE_UP, self.running.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                "the temporal worker did not end in time: what it ran runs again elsewhere"
            );
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.cancel();
        self.halt.cancel();
    }
}

/// One shift after another. One that is relieved ends what it has begun, beside the next.
async fn supervise(hire: Hire, polling: watch::Sender<bool>) {
    let mut losses = Losses::default();
    while let Some(shift) = hire.next().await {
        polling.send_replace(true);
        let began = Instant::now();
        if let Stopped::Lost(why) = shift.until_over(&hire).await {
            polling.send_replace(false);
            hire.wait(losses.add(why, began.elapsed())).await;
        }
    }
    polling.send_replace(false);
}

/// Shifts that were lost one soon after the other.
#[derive(Default)]
struct Losses {
    count: u32,
    why: String,
}

impl Losses {
    /// Logs a reason that is new, and says how long to wait.
    fn add(&mut self, why: String, lasted: Duration) -> Duration {
        if lasted > LONGEST_PAUSE {
            *self = Self::default();
        }
        if self.why != why {
            tracing::warn!(why, "the temporal worker is lost, it is started again");
            self.why = why;
        }
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.count));
        self.count = self.count.saturating_add(1);
        pause.min(LONGEST_PAUSE)
    }
}

impl Hire {
    /// A new shift, as soon as there is a connection; none when it is time to stop.
    async fn next(&self) -> Option<Shift> {
        let connection = self.stop.run_until_cancelled(self.temporal.up()).await??;
        Some(Shift::begin(self, connection))
    }

    async fn wait(&self, pause: Duration) {
        self.stop
            .run_until_cancelled(tokio::time::sleep(pause))
            .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_in_a_row_wait_longer_and_a_good_shift_forgives_them() {
        let mut losses = Losses::default();
        let soon = Duration::from_millis(10);
        let pauses: Vec<_> = (0..10).map(|_| losses.add("x".to_owned(), soon)).collect();
        assert_eq!(pauses[..3], [50, 100, 200].map(Duration::from_millis));
        assert_eq!(pauses.last(), Some(&LONGEST_PAUSE));
        assert_eq!(losses.add("x".to_owned(), LONGEST_PAUSE * 2), FIRST_PAUSE);
    }
}
