//! The parts that have one owner each: whether they live, and how long a message
//! waits for them.

use std::time::Duration;

use futures_util::future::{LocalBoxFuture, join_all};

use super::State;

/// One of them.
struct Part<'a> {
    /// As labels name it.
    name: &'static str,
    is_alive: bool,
    /// How long a message waits for it, once somebody asks.
    wait: LocalBoxFuture<'a, Duration>,
}

fn part<'a>(
    name: &'static str,
    is_alive: bool,
    wait: impl Future<Output = Duration> + 'a,
) -> Part<'a> {
    let wait = Box::pin(wait);
    Part {
        name,
        is_alive,
        wait,
    }
}

impl State {
    /// All that there are.
    fn parts(&self) -> Vec<Part<'_>> {
        let mut parts = vec![
            part("key_keeper", self.auth.is_alive(), self.auth.wait()),
            part(
                "supervisor",
                self.supervisor.is_alive(),
                self.supervisor.wait(),
            ),
            part("feed", self.feed.is_alive(), self.feed.wait()),
            part("courier", self.courier.is_alive(), self.courier.wait()),
            part("sessions", self.sessions.is_alive(), self.sessions.wait()),
            part("usage_writer", self.usage.is_alive(), self.usage.wait()),
            part(
                "access_writer",
                self.access_log.is_alive(),
                self.access_log.wait(),
            ),
        ];
        parts.extend(self.optional_parts().into_iter().flatten());
        parts
    }

    /// Those that only some settings make.
    fn optional_parts(&self) -> [Option<Part<'_>>; 7] {
        let ledger = self.quota.as_ref().map(|quota| &quota.ledger);
        let events = self.forwarder.as_ref();
        let usage = self.reporting.as_ref().map(|one| &one.forwarder);
        let temporal = self.temporal.as_ref();
        let dispatcher = temporal.and_then(|it| it.dispatcher.as_ref());
        let tracer = temporal.and_then(|it| it.tracer.as_ref());
        let memory = || async { self.mirror.wait().await.unwrap_or_default() };
        let memory = || part("memory_writer", self.mirror.is_alive(), memory());
        [
            ledger.map(|one| part("ledger", one.is_alive(), one.wait())),
            self.mirror.is_on().then(memory),
            temporal.map(|it| part("lookout", it.lookout.is_alive(), it.lookout.wait())),
            dispatcher.map(|one| part("dispatcher", one.is_alive(), one.wait())),
            tracer.map(|one| part("tracer", one.is_alive(), one.wait())),
            events.map(|one| part("weaviate_forwarder", one.is_alive(), one.wait())),
            usage.map(|one| part("openmeter_forwarder", one.is_alive(), one.wait())),
        ]
    }

    /// The part that died unasked, if one did: each is needed, and none can be made
    /// again without what it knew.
    pub fn dead(&self) -> Option<&'static str> {
        let mut parts = self.parts().into_iter();
        parts.find(|part| !part.is_alive).map(|part| part.name)
    }

    /// Notes how long a message waits for each of them.
    pub async fn feel_pulses(&self) {
        let felt = self.parts().into_iter().map(|part| async move {
            let wait = part.wait.await;
            self.metrics.waited(part.name, wait);
        });
        join_all(felt).await;
    }
}
