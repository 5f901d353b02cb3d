use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use super::*;

/// A place that takes nothing.
#[derive(Clone)]
struct Broken {
    hints: watch::Sender<()>,
    tries: Arc<AtomicU32>,
    /// Tries before it was left to others.
    left: watch::Sender<Option<u32>>,
}

impl Outbox for Broken {
    const NAME: &'static str = "nobody";
    const GATHER: Duration = Duration::ZERO;
    const LONGEST_REST: Duration = Duration::from_secs(30);
    type Error = std::convert::Infallible;

    fn arrivals(&self) -> watch::Receiver<()> {
        self.hints.subscribe()
    }

    async fn forward(&self, _: UnixMillis, _: f64) -> Result<Turn, Self::Error> {
        self.tries.fetch_add(1, Ordering::Relaxed);
        let away = Away {
            why: "no key".to_owned(),
            after_ms: None,
            is_lasting: false,
        };
        Ok(Turn {
            away: Some(away),
            ..Turn::default()
        })
    }

    async fn leave(&self) {
        let tries = self.tries.load(Ordering::Relaxed);
        self.left.send_replace(Some(tries));
    }
}

#[actix::test]
async fn who_cannot_send_leaves_it_to_others_for_longer_than_they_take_to_look() {
    tokio::time::pause();
    let outbox = Broken {
        hints: watch::Sender::default(),
        tries: Arc::default(),
        left: watch::Sender::default(),
    };
    let mut left = outbox.left.subscribe();
    let _forwarder = Forwarder::start(outbox.clone(), Prometheus::new("", 1));
    left.changed().await.unwrap();
    assert_eq!(*left.borrow_and_update(), Some(LEFT_AFTER));
    let since = tokio::time::Instant::now();
    left.changed().await.unwrap();
    assert_eq!(*left.borrow(), Some(LEFT_AFTER + 1));
    assert!(since.elapsed() > 2 * TICK, "{:?}", since.elapsed());
}
