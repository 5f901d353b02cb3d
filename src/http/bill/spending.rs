//! What a running stream has spent of what is held for it.

use futures_util::future::LocalBoxFuture;

use super::{Bill, End, Handed, Open};
use crate::{
    actors::ledger::{Reservation, ReserveError},
    domain::{
        chat::{prompt_tokens, wants_usage},
        stream::{Closing, Free, Last},
        time::UnixMillis,
    },
    http::counting::COUNT_HERE,
};

/// Tokens that are held at a time for an answer whose request sets no limit.
pub const SLICE: u64 = 256;

/// Tokens of a quota that are held for a call.
pub struct Spending {
    /// All of them.
    pub reservation: Reservation,
    /// As many as are for the prompt.
    pub prompt: u64,
    /// Tokens of the prompt without its images, where they were counted.
    pub counted: Option<u64>,
    /// How many the answer may have by its request; `None` if it says nothing.
    pub most: Option<u64>,
}

impl Spending {
    /// Notes that so many tokens were streamed. A prompt that the engine says is
    /// smaller leaves more for the answer; a larger one counts at the end.
    fn note(&mut self, streamed: u64, prompt: Option<u64>) {
        self.prompt = prompt.map_or(self.prompt, |tokens| tokens.min(self.prompt));
        let spent = self.prompt.saturating_add(streamed);
        self.reservation.spend(spent);
    }

    /// Tokens the answer may still have by its request.
    fn wished(&self, streamed: u64) -> u64 {
        self.most
            .map_or(u64::MAX, |most| most.saturating_sub(streamed))
    }
}

/// What a stream that is cut off is ended with, once it is settled.
pub struct Cut {
    closing: Closing,
    tells_usage: bool,
    why: &'static str,
    /// The settled bill.
    pub handed: Handed,
}

impl Bill {
    /// Whether a quota holds tokens for it.
    pub fn has_quota(&self) -> bool {
        let open = self.0.as_ref();
        open.is_some_and(|open| open.order.spending.is_some())
    }

    /// Tokens that are held and not spent; without a quota there is no end.
    pub fn left(&self) -> u64 {
        let spending = self
            .0
            .as_ref()
            .and_then(|open| open.order.spending.as_ref());
        spending.map_or(u64::MAX, |spending| spending.reservation.left())
    }

    /// Reads `chunk` up to the end of the event that uses up what is held; returns
    /// the bytes read.
    pub fn read_within(&mut self, chunk: &[u8]) -> usize {
        let budget = self.left();
        let Some(open) = &mut self.0 else {
            return chunk.len();
        };
        let read = open.answer.push_within(chunk, budget);
        open.spend();
        read
    }

    /// Reads the events of `bytes` that cost nothing, where an event ended last.
    pub fn read_free(&mut self, bytes: &[u8]) -> Free {
        let all = Free {
            read: bytes.len(),
            costs: false,
        };
        let open = self.0.as_mut();
        open.map_or(all, |open| open.answer.push_free(bytes))
    }

    /// Whether the answer may need more than is left soon: less than a quarter of
    /// a slice, and less than its request allows it.
    pub fn is_short(&self) -> bool {
        let Some((open, spending)) = self.spending() else {
            return false;
        };
        let left = spending.reservation.left();
        left < SLICE / 4 && left < spending.wished(open.answer.streamed())
    }

    /// Asks for a slice more, or for what its request allows the answer if that is
    /// less. `None` without a quota.
    pub fn more(&self) -> Option<LocalBoxFuture<'static, Result<Reservation, ReserveError>>> {
        let (open, spending) = self.spending()?;
        let wished = spending.wished(open.answer.streamed());
        let missing = wished.saturating_sub(spending.reservation.left());
        // An engine that gives more than was asked for is followed all the same.
        let tokens = if missing == 0 {
            SLICE
        } else {
            missing.min(SLICE)
        };
        Some(Box::pin(spending.reservation.more(tokens)))
    }

    /// Takes a slice that was granted.
    pub fn absorb(&mut self, slice: Reservation) {
        if let Some(spending) = self
            .0
            .as_mut()
            .and_then(|open| open.order.spending.as_mut())
        {
            spending.reservation.absorb(slice);
        }
    }

    /// Counts a prompt that was held by its bound only, a long one once it is its turn,
    /// three seconds at most; `None` if that cannot change anything. What comes of it is
    /// to be [noted](Self::prompt_has).
    pub fn count_prompt(&self) -> Option<LocalBoxFuture<'static, Option<u64>>> {
        let (open, spending) = self.spending()?;
        if spending.counted.is_some() || open.answer.usage().is_some_and(|it| it.input.is_some()) {
            return None;
        }
        let (kind, body) = (open.order.kind, open.order.body.clone());
        let (counter, counting) = (open.counter(), open.order.counting.clone());
        let payer = open.order.payer.clone();
        Some(Box::pin(async move {
            if body.len() <= COUNT_HERE {
                return Some(prompt_tokens(kind, &body, &counter));
            }
            let turn = counting.turn(&payer, body.len()).await?;
            let count = tokio::task::spawn_blocking(move || {
                let _turn = turn;
                prompt_tokens(kind, &body, &counter)
            });
            count.await.ok()
        }))
    }

    /// Notes that the prompt has so many tokens, its images aside.
    pub fn prompt_has(&mut self, tokens: u64) {
        let Some(open) = &mut self.0 else { return };
        if let Some(spending) = &mut open.order.spending {
            spending.counted = Some(tokens);
        }
        open.charge(open.known_in());
    }

    /// Settles a stream that is cut off by its quota, where an event ended last; `why`
    /// is told.
    pub fn cut(&mut self, why: &'static str) -> Option<Cut> {
        let open = self.0.as_ref()?;
        let closing = open.answer.closing();
        let tells_usage = wants_usage(&open.order.body);
        let handed = self.hand_over(End::Quota)?;
        Some(Cut {
            closing,
            tells_usage,
            why,
            handed,
        })
    }

    fn spending(&self) -> Option<(&Open, &Spending)> {
        let open = self.0.as_ref()?;
        open.order
            .spending
            .as_ref()
            .map(|spending| (open, spending))
    }
}

impl Open {
    /// Notes what was streamed so far.
    pub(super) fn spend(&mut self) {
        if self.order.spending.is_some() {
            let said = self.answer.usage().and_then(|usage| usage.input);
            self.charge(said);
        }
    }

    fn charge(&mut self, prompt: Option<u64>) {
        let streamed = self.answer.streamed();
        if let Some(spending) = &mut self.order.spending {
            spending.note(streamed, prompt);
        }
    }
}

impl Cut {
    /// The last events of the stream, with the numbers of its bill, once its rows
    /// are where `USAGE_DURABILITY` wants them.
    ///
    /// # Errors
    ///
    /// As [`Handed::committed`].
    pub async fn text(self) -> Result<String, crate::actors::writer::Full> {
        let sum = self.handed.committed().await?;
        Ok(self.closing.text(&Last {
            model: &sum.model,
            input: sum.tokens_in,
            output: sum.tokens_out,
            tells_usage: self.tells_usage,
            why: self.why,
            at: UnixMillis::now(),
        }))
    }
}
