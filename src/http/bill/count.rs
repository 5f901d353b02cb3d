//! What a call has cost, and who says so.

use super::{Open, Sum, named};
use crate::domain::{chat::prompt_tokens, token::Counter, usage::Source};

/// A number of tokens, and where it is from.
type Tokens = (u64, Source);

impl Open {
    /// The engine's numbers win; what it does not give is counted. A refused
    /// call costs nothing.
    pub(super) fn sum(&self) -> Sum {
        let counter = self.counter();
        self.summed(
            |open| open.counted_in(&counter),
            |open| open.counted_out(&counter),
        )
    }

    /// The same where nothing can be counted: the engine does not give more tokens
    /// than there are bytes.
    pub(super) fn bound(&self) -> Sum {
        let bound = |bytes: usize| (bytes as u64, Source::Bound);
        self.summed(
            |open| match open.known_in() {
                Some(tokens) => (tokens, Source::Counted),
                None => bound(open.order.body.len()),
            },
            |open| match open.answer.streamed() {
                0 => bound(open.answer.text().len()),
                streamed => (streamed, Source::Counted),
            },
        )
    }

    fn summed(
        &self,
        prompt: impl FnOnce(&Self) -> Tokens,
        answer: impl FnOnce(&Self) -> Tokens,
    ) -> Sum {
        let (mut input, mut output) = ((0, Source::Counted), (0, Source::Counted));
        if self.status < 400 {
            let usage = self.answer.usage().unwrap_or_default();
            let engine = |tokens| (tokens, Source::Engine);
            input = usage.input.map_or_else(|| prompt(self), engine);
            output = match usage.output {
                Some(tokens) => engine(tokens),
                // Whoever knows of the prompt knows it all.
                None if !self.order.kind.generates() => (0, input.1),
                None => answer(self),
            };
        }
        let ((tokens_in, source_in), (tokens_out, source_out)) = (input, output);
        Sum {
            model: self.order.room.clean(named(self.model())),
            tokens_in,
            tokens_out,
            source_in,
            source_out,
        }
    }

    /// What counts for the model that answered.
    pub(super) fn counter(&self) -> Counter {
        self.order.counter.for_model(self.model())
    }

    /// The prompt's tokens, if somebody had to count them before.
    pub(super) fn known_in(&self) -> Option<u64> {
        self.order.spending.as_ref()?.counted
    }

    fn model(&self) -> &str {
        let said = self.answer.model().or(self.order.model.as_deref());
        said.unwrap_or("unknown")
    }

    pub(super) fn counted_in(&self, counter: &Counter) -> Tokens {
        let count = || prompt_tokens(self.order.kind, &self.order.body, counter);
        let tokens = self.known_in().unwrap_or_else(count);
        (tokens, Source::Counted)
    }

    /// The text of an answer that was no stream, if it could be read; of one that
    /// was too large for that, its size.
    fn counted_out(&self, counter: &Counter) -> Tokens {
        match (self.answer.streamed(), self.answer.unread()) {
            (0, None) => (counter.count(self.answer.text()), Source::Counted),
            (0, Some(bytes)) => (bytes, Source::Bound),
            (streamed, _) => (streamed, Source::Counted),
        }
    }
}
