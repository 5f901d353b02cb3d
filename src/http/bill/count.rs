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
        let bound = |most: u64| (most, Source::Bound);
        self.summed(
            |open| match open.known_in() {
                Some(tokens) => (tokens, Source::Counted),
                None => bound(open.order.body.len() as u64 + open.order.images),
            },
            |open| match (open.answer.streamed(), open.answer.written()) {
                (0, written) => bound(written.map_or(0, str::len) as u64),
                (streamed, _) => (streamed, Source::Counted),
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
            model: self.told_model(),
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
        let counted = self.order.spending.as_ref()?.counted?;
        Some(counted.saturating_add(self.order.images))
    }

    /// The model that answered, fit to be told.
    pub(super) fn told_model(&self) -> String {
        self.order.room.clean(named(self.model()))
    }

    fn model(&self) -> &str {
        let said = self.answer.model().or(self.order.model.as_deref());
        said.unwrap_or("unknown")
    }

    pub(super) fn counted_in(&self, counter: &Counter) -> Tokens {
        let order = &self.order;
        let count = || prompt_tokens(order.kind, &order.body, counter).saturating_add(order.images);
        let tokens = self.known_in().unwrap_or_else(count);
        (tokens, Source::Counted)
    }

    /// What was written, streamed or not; of what was too large to be kept, what was
    /// charged on the way, or its size.
    fn counted_out(&self, counter: &Counter) -> Tokens {
        match (self.answer.written(), self.answer.unread()) {
            (Some(text), _) => (counter.count(text), Source::Counted),
            (None, Some(bytes)) => (bytes, Source::Bound),
            (None, None) => (self.answer.streamed(), Source::Counted),
        }
    }
}
