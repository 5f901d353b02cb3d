//! Lines into events, events into memory.

use std::{fmt, time::Duration};

use crate::{
    actors::mirror::redacted,
    adapters::memory::Memory,
    domain::{
        id::SessionId,
        memory::{MemoryEvent, line},
        redact::Redactor,
        time::UnixMillis,
    },
};

/// How many events are written at once, and how many bytes of lines.
const EVENTS: usize = 300;
const BYTES: usize = 4 << 20;
/// How far a clock elsewhere may be ahead: an event of the far future would never
/// grow old.
const AHEAD_MS: i64 = 86_400_000;

/// What became of the lines.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    kept: u64,
    there: u64,
    old: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kept, there, old } = self;
        write!(f, "{kept} kept, {there} there already, {old} too old")
    }
}

/// Takes lines and keeps the events in them.
pub(super) struct Keep<'a> {
    memory: &'a Memory,
    redactor: Redactor,
    issuer: Option<String>,
    /// Events from before are too old, those from after are of the future.
    oldest: UnixMillis,
    newest: UnixMillis,
    batch: Vec<MemoryEvent>,
    bytes: usize,
    counts: Counts,
}

impl<'a> Keep<'a> {
    /// Keeps what happened within `retention`; `issuer` vouches for users of lines
    /// that name none.
    pub(super) fn new(
        memory: &'a Memory,
        redactor: Redactor,
        (retention, issuer): (Option<Duration>, Option<String>),
    ) -> Self {
        let now = UnixMillis::now();
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let keeps_ms = retention.map_or(i64::MAX, millis);
        Self {
            memory,
            redactor,
            issuer,
            oldest: UnixMillis(now.0.saturating_sub(keeps_ms)),
            newest: now.plus(AHEAD_MS),
            batch: Vec::new(),
            bytes: 0,
            counts: Counts::default(),
        }
    }

    /// Takes the line of this `number`. It may wait for others before it is kept.
    ///
    /// # Errors
    ///
    /// It is no event, or memory refuses.
    pub(super) async fn line(&mut self, number: u64, line: &[u8]) -> Result<(), String> {
        let event = line::read(line, self.issuer.as_deref());
        let event = event.map_err(|why| format!("line {number}: {why}"))?;
        if event.at > self.newest {
            let why = "timestamp: more than a day ahead; mend it, or the clock here";
            return Err(format!("line {number}: {why}"));
        }
        if event.at < self.oldest {
            self.counts.old += 1;
            return Ok(());
        }
        self.batch.push(clean(&self.redactor, event));
        self.bytes += line.len();
        if self.batch.len() < EVENTS && self.bytes < BYTES {
            return Ok(());
        }
        self.flush().await
    }

    /// Keeps what waits.
    ///
    /// # Errors
    ///
    /// Memory refuses; nothing that waited is kept then.
    pub(super) async fn flush(&mut self) -> Result<(), String> {
        let batch = std::mem::take(&mut self.batch);
        self.bytes = 0;
        if batch.is_empty() {
            return Ok(());
        }
        let kept = self.memory.write(&batch).await;
        let kept = kept.map_err(|error| error.to_string())?;
        self.counts.kept += kept;
        self.counts.there += (batch.len() as u64).saturating_sub(kept);
        Ok(())
    }

    /// What became of the lines so far.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }
}

/// `event` without its secrets: of a file, nothing is the gateway's own word.
fn clean(redactor: &Redactor, event: MemoryEvent) -> MemoryEvent {
    let mut event = redacted(redactor, event);
    let body = &mut event.body;
    let words = [
        &mut body.role,
        &mut body.state,
        &mut body.outcome,
        &mut body.level,
        &mut body.dropped,
    ];
    for word in words.into_iter().flatten() {
        *word = redactor.redact(word).into_owned().into();
    }
    if let Some(id) = &mut body.request_id {
        *id = redactor.redact(id).into_owned();
    }
    let session = redactor.redact(&event.session.0).into_owned();
    event.session = SessionId(session.into());
    event
}
