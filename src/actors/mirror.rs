//! The way into shared memory: everything is redacted on it.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{
    actors::writer::{Dropped, Full, MemorySink, Place, Receipt, Writer},
    domain::{
        memory::{MemoryEvent, excerpt},
        redact::Redactor,
    },
};

/// How much of a prompt, an answer or a result memory keeps, in bytes.
pub const KEPT: usize = 64 * 1024;

/// Mirrors events to memory. A clone is cheap. With `MEM_BACKEND=none` it
/// takes everything and keeps nothing.
#[derive(Clone)]
pub struct Mirror {
    writer: Option<Writer<MemorySink>>,
    redactor: Redactor,
    dropped: Dropped,
    count: Arc<AtomicU64>,
}

/// Room for the events of one call.
pub struct Room {
    places: Vec<Place<MemorySink>>,
    redactor: Redactor,
    count: Arc<AtomicU64>,
}

impl Mirror {
    /// A mirror into `writer`, which counts in `dropped`; `None` keeps nothing.
    pub fn new(writer: Option<Writer<MemorySink>>, dropped: Dropped, redactor: Redactor) -> Self {
        Self {
            writer,
            redactor,
            dropped,
            count: Arc::default(),
        }
    }

    /// How many events were handed over so far.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// What there was no room for on the disk.
    pub fn dropped(&self) -> &Dropped {
        &self.dropped
    }

    /// Whether anything is kept: if not, nothing need be prepared.
    pub fn is_on(&self) -> bool {
        self.writer.is_some()
    }

    /// Whether its actor still runs, if it has one.
    pub fn is_alive(&self) -> bool {
        self.writer.as_ref().is_none_or(Writer::is_alive)
    }

    /// How long a message waits for its actor, if it has one.
    pub async fn wait(&self) -> Option<Duration> {
        match &self.writer {
            Some(writer) => Some(writer.wait().await),
            None => None,
        }
    }

    /// `text` without secrets, for whoever logs it.
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.redactor.redact(text)
    }

    /// Room for `count` events; waits while memory is slow, so that a slow disk
    /// slows the door instead of losing events.
    ///
    /// # Errors
    ///
    /// [`Full`], as [`Writer::place`].
    pub async fn room(&self, count: usize) -> Result<Room, Full> {
        let mut places = Vec::new();
        if let Some(writer) = &self.writer {
            for _ in 0..count {
                places.push(writer.place().await?);
            }
        }
        Ok(Room {
            places,
            redactor: self.redactor.clone(),
            count: self.count.clone(),
        })
    }

    /// `event` without its secrets, for whoever writes it past the writer. It is
    /// counted like those that are handed over.
    pub fn redacted(&self, event: MemoryEvent) -> MemoryEvent {
        self.count.fetch_add(1, Ordering::Relaxed);
        redacted(&self.redactor, event)
    }

    /// Whether nothing is taken any more.
    pub fn is_drained(&self) -> bool {
        self.writer.as_ref().is_some_and(Writer::is_drained)
    }

    /// Resolves once everything handed over is written.
    pub async fn drain(&self) {
        if let Some(writer) = &self.writer {
            writer.drain().await;
        }
    }
}

impl Room {
    /// `text` without its secrets.
    pub fn clean(&self, text: &str) -> String {
        self.redactor.redact(text).into_owned()
    }

    /// Hands `events` over, their texts cut to [`KEPT`], all of them ready before
    /// the first goes, so that one commit takes them. More than there is room for
    /// are not kept. The receipt is for all, as [`Place::put`].
    pub fn put(&mut self, events: impl IntoIterator<Item = MemoryEvent>) -> Receipt {
        let ready: Vec<_> = std::iter::zip(self.places.drain(..), events)
            .map(|(place, event)| (place, prepared(&self.redactor, event)))
            .collect();
        self.count.fetch_add(ready.len() as u64, Ordering::Relaxed);
        let receipts = ready.into_iter().map(|(place, event)| place.put(event));
        receipts.fold(Receipt::default(), Receipt::and)
    }
}

fn prepared(redactor: &Redactor, mut event: MemoryEvent) -> MemoryEvent {
    if let Some(text) = &mut event.body.text {
        excerpt(text, KEPT);
    }
    redacted(redactor, event)
}

/// `event` without the secrets in what a caller or an engine wrote of it.
pub fn redacted(redactor: &Redactor, mut event: MemoryEvent) -> MemoryEvent {
    // Everything a caller or an engine wrote; a target may be a URL with a key.
    let body = &mut event.body;
    let written = [
        &mut body.text,
        &mut body.title,
        &mut body.agent,
        &mut body.target,
        &mut body.model,
        &mut body.run_id,
        &mut body.request_id,
    ];
    for text in written.into_iter().flatten() {
        let clean = match redactor.redact(text) {
            std::borrow::Cow::Borrowed(_) => continue,
            std::borrow::Cow::Owned(clean) => clean,
        };
        *text = clean;
    }
    if let Some(metadata) = &mut body.metadata {
        redactor.redact_json(metadata);
    }
    event
}
