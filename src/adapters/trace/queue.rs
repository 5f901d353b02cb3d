//! Spans that wait for the collector: so many and no more, and nobody waits for
//! them.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout_at},
};

use super::send::Collector;
use crate::adapters::usage::prometheus::{
    Prometheus,
    series::{SPANS_DROPPED, SPANS_EXPORTED},
};

/// Spans that wait, at most.
const WAITING: usize = 4096;
/// Spans in one request, at most.
const BATCH: usize = 512;
/// How long a span waits for others to share its request.
const GATHER: Duration = Duration::from_secs(1);

enum Item {
    Span(Box<SpanData>),
    /// Send what came before at once, then say so.
    Flush(oneshot::Sender<()>),
}

/// The way to the collector. A clone is cheap.
#[derive(Clone)]
pub(super) struct Queue {
    sender: mpsc::Sender<Item>,
    metrics: Prometheus,
}

impl Queue {
    /// Sends to `collector` from now on, until every clone is gone.
    pub(super) fn start(collector: Collector, metrics: Prometheus) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        metrics.count(SPANS_EXPORTED, 0);
        metrics.count(SPANS_DROPPED, 0);
        tokio::spawn(carry(receiver, collector, metrics.clone()));
        Self { sender, metrics }
    }

    /// How many wait to be taken up.
    pub(super) fn waiting(&self) -> usize {
        self.sender.max_capacity() - self.sender.capacity()
    }

    /// Sends what has ended so far, within `patience`.
    pub(super) async fn flush(&self, patience: Duration) {
        let flushed = async {
            let (done, is_done) = oneshot::channel();
            if self.sender.send(Item::Flush(done)).await.is_ok() {
                let _ = is_done.await;
            }
        };
        if tokio::time::timeout(patience, flushed).await.is_err() {
            tracing::warn!("the last spans are lost, the collector did not take them in time");
        }
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Queue")
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled()
            && self.sender.try_send(Item::Span(Box::new(span))).is_err()
        {
            self.metrics.count(SPANS_DROPPED, 1);
        }
    }

    /// Flushing is [`Queue::flush`]'s: this one would block.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

async fn carry(mut receiver: mpsc::Receiver<Item>, mut collector: Collector, metrics: Prometheus) {
    while let Some(first) = receiver.recv().await {
        let mut waiting = Vec::new();
        let spans = gather(first, &mut receiver, &mut waiting).await;
        let count = spans.len() as u64;
        if count > 0 {
            let name = match collector.send(spans).await {
                true => SPANS_EXPORTED,
                false => SPANS_DROPPED,
            };
            metrics.count(name, count);
        }
        for done in waiting {
            // Who does not wait any more need not be told.
            let _ = done.send(());
        }
    }
}

/// A batch, and who waits until it is sent.
async fn gather(
    first: Item,
    receiver: &mut mpsc::Receiver<Item>,
    waiting: &mut Vec<oneshot::Sender<()>>,
) -> Vec<SpanData> {
    let (mut spans, mut next) = (Vec::new(), Some(first));
    let until = Instant::now() + GATHER;
    while let Some(item) = next.take() {
        match item {
            Item::Span(span) => spans.push(*span),
            Item::Flush(done) => waiting.push(done),
        }
        if spans.len() < BATCH && waiting.is_empty() {
            next = timeout_at(until, receiver.recv()).await.ok().flatten();
        }
    }
    spans
}
