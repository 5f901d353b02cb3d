//! What one call of an engine leaves behind: usage, memory, a settled quota.

mod count;
mod handed;
mod later;
mod rows;
mod spending;
mod told;

use std::{sync::Arc, time::Instant};

use actix_web::web::Bytes;

use crate::{
    actors::{
        mirror::Room,
        writer::{self, Full, Receipt},
    },
    adapters::{
        engine::EnginePlace,
        trace::Span,
        usage::{UsageTable, prometheus::Prometheus},
    },
    domain::{
        chat::{Ask, Kind},
        id::Owner,
        stream::{Answer, Dialect, Ending},
        time::UnixMillis,
        token::Counter,
        usage::Source,
    },
    http::{
        caller::Caller,
        counting::{COUNT_HERE, Counting},
        door::Place,
    },
};
pub use handed::Handed;
pub use spending::{Cut, SLICE, Spending};

/// How much of a model's name is kept, in bytes.
pub(in crate::http) const MODEL: usize = 200;

/// How the bytes of an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The engine said all it had to say.
    Clean,
    /// The connection broke.
    Cut,
    /// The gateway ended it: the quota is used up.
    Quota,
    /// The client went away.
    HungUp,
}

/// What was known before the engine was asked.
pub struct Order {
    /// Who asked.
    pub caller: Caller,
    /// What kind of question.
    pub kind: Kind,
    /// The question, byte for byte.
    pub body: Bytes,
    /// Tokens of its images, until the engine says.
    pub images: u64,
    /// The model it names.
    pub model: Option<String>,
    /// When it came in.
    pub started: Instant,
    /// For numbers the engine does not give.
    pub counter: Counter,
    /// Where it counts what is long.
    pub counting: Counting,
    /// Who pays.
    pub payer: Owner,
    /// Where token totals are shown, if they are.
    pub shown: Option<Prometheus>,
    /// Place for the usage record.
    pub usage: Option<writer::Place<UsageTable>>,
    /// Room for prompt and answer.
    pub room: Room,
    /// Whether the room is for anything.
    pub mirrors: bool,
    /// What the quota holds.
    pub spending: Option<Spending>,
    /// Whether the end of the answer waits for its rows.
    pub is_strict: bool,
    /// The place at the door, kept until everything is handed over.
    pub place: Place,
}

/// The numbers of a finished call.
#[derive(Clone, Debug)]
pub struct Sum {
    /// The model that answered.
    pub model: String,
    /// Tokens of the prompt.
    pub tokens_in: u64,
    /// Tokens of the answer.
    pub tokens_out: u64,
    /// Who says how many the prompt had.
    pub source_in: Source,
    /// Who says how many the answer had.
    pub source_out: Source,
}

/// What is told of a finished call at once.
#[derive(Clone, Debug)]
pub struct Told {
    /// The model that answered.
    pub model: String,
    /// Tokens of the prompt and of the answer, if they are known.
    pub tokens: Option<(u64, u64)>,
}

impl From<Sum> for Told {
    fn from(sum: Sum) -> Self {
        Self {
            model: sum.model,
            tokens: Some((sum.tokens_in, sum.tokens_out)),
        }
    }
}

/// Tokens of the images of a prompt until the engine says: 1,000 each.
pub fn images(ask: &Ask) -> u64 {
    u64::from(ask.images).saturating_mul(1_000)
}

/// Reads an answer in passing and settles when it is over. Dropped before that,
/// it settles as a client that hung up.
pub struct Bill(Option<Open>);

struct Open {
    order: Order,
    engine: Arc<str>,
    status: u16,
    answer: Answer,
    first_byte_ms: u64,
    engine_place: EnginePlace,
    span: Span,
}

impl Bill {
    /// Opens the bill of a call that goes to an engine now.
    pub fn open(order: Order) -> Self {
        Self(Some(Open {
            order,
            engine: "".into(),
            status: 0,
            answer: Answer::new(Dialect::Json, 0),
            first_byte_ms: 0,
            engine_place: None,
            span: Span::default(),
        }))
    }

    /// An engine answers; what it says is to be read by `answer`.
    pub fn answered(&mut self, engine: &str, place: EnginePlace, status: u16, answer: Answer) {
        if let Some(open) = &mut self.0 {
            open.engine = engine.into();
            open.engine_place = place;
            open.status = status;
            open.answer = answer;
            open.first_byte_ms = millis(open.order.started);
            open.spend();
        }
    }

    /// What is known in the end is said of `span`, which ends with the bill.
    pub fn watched(&mut self, span: Span) {
        if let Some(open) = &mut self.0 {
            open.span = span;
        }
    }

    /// No engine answers: the caller gets `status`, and pays nothing. Resolves as
    /// [`told`](Self::told).
    ///
    /// # Errors
    ///
    /// As [`Handed::committed`].
    pub async fn refused(&mut self, status: u16) -> Result<(), Full> {
        if let Some(open) = &mut self.0 {
            open.status = status;
        }
        self.told().await.map(drop)
    }

    /// Reads one chunk; the bytes themselves are somebody else's.
    pub fn read(&mut self, chunk: &[u8]) {
        if let Some(open) = &mut self.0 {
            open.answer.push(chunk);
            open.spend();
        }
    }

    /// Whether what was read last has to wait for the rows of the answer: it ends
    /// it, by the engine's word or because that `is_all` there is. Never with
    /// `USAGE_DURABILITY=group`.
    pub fn waits(&self, is_all: bool) -> bool {
        let open = self.0.as_ref().filter(|open| open.order.is_strict);
        open.is_some_and(|open| is_all || open.answer.is_over())
    }

    /// Settles. Again it does nothing.
    pub fn close(&mut self, end: End) {
        drop(self.hand_over(end));
    }

    /// Settles, and gives what says when the rows are on disk. `None` when it was
    /// settled before.
    pub fn hand_over(&mut self, end: End) -> Option<Handed> {
        let mut open = self.0.take()?;
        // It has said what it had to say, however long that takes to count.
        drop(open.engine_place.take());
        if end == End::Clean {
            open.answer.end();
        }
        Some(if open.is_long() {
            later::settle(open, end)
        } else {
            let sum = open.sum();
            let (sum, receipt) = open.settle(end, sum);
            Handed::Now(sum, receipt)
        })
    }

    /// Settles a whole answer and says what it came to, once its rows are where
    /// `USAGE_DURABILITY` wants them; with `group` without its tokens, if counting
    /// them would have to wait for others. `None` when it was settled before.
    ///
    /// # Errors
    ///
    /// As [`Handed::committed`].
    pub async fn told(&mut self) -> Result<Option<Told>, Full> {
        let is_strict = self.0.as_ref().is_some_and(|open| open.order.is_strict);
        match self.hand_over(End::Clean) {
            Some(Handed::Waits(model, _)) if !is_strict => Ok(Some(Told {
                model,
                tokens: None,
            })),
            Some(handed) => handed.committed().await.map(|sum| Some(sum.into())),
            None => Ok(None),
        }
    }
}

impl Drop for Bill {
    fn drop(&mut self) {
        self.close(End::HungUp);
    }
}

impl Open {
    /// Whether settling takes so long that it would hold up everyone on this
    /// thread: a long prompt or a long answer has to be counted.
    fn is_long(&self) -> bool {
        self.status < 400 && self.uncounted() > COUNT_HERE
    }

    /// Bytes of the longer one of prompt and answer, as far as they are to be counted.
    fn uncounted(&self) -> usize {
        let usage = self.answer.usage().unwrap_or_default();
        let is_known = usage.input.or(self.known_in()).is_some();
        let prompt = if is_known { 0 } else { self.order.body.len() };
        let written = self.answer.written().map_or(0, str::len);
        let answer = if usage.output.is_some() { 0 } else { written };
        prompt.max(answer)
    }

    fn settle(mut self, end: End, sum: Sum) -> (Sum, Receipt) {
        let now = UnixMillis::now();
        if let Some(spending) = &mut self.order.spending {
            let spent = sum.tokens_in.saturating_add(sum.tokens_out);
            spending.reservation.spend(spent);
        }
        // A refused call names whatever model it likes: it makes no series.
        let shown = self.order.shown.as_ref().filter(|_| self.status < 400);
        if let Some(metrics) = shown {
            metrics.used(&self.order.payer, &sum.model, sum.tokens_in, sum.tokens_out);
        }
        let outcome = self.outcome(end);
        self.tell(&sum, outcome);
        let receipt = self.note(&sum, outcome, now);
        (sum, receipt)
    }

    fn outcome(&self, end: End) -> &'static str {
        match (self.status, self.answer.ending(), end) {
            (400.., _, _) | (_, Ending::Failed, _) => "failed",
            // One of several choices may have ended before.
            (_, _, End::Quota) => "cut",
            (_, Ending::Finished, _) => "finished",
            (_, Ending::Unfinished, End::Clean) => "failed",
            (_, Ending::Unfinished, End::Cut) => "cut",
            (_, Ending::Unfinished, End::HungUp) => "hung_up",
        }
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// A model's name as far as it is kept: callers write what they like.
fn named(model: &str) -> &str {
    &model[..model.floor_char_boundary(MODEL)]
}
