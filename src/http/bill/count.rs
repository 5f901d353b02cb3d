//! What a call has cost, and who says so.

use super::{Open, Sum, named};
use crate::domain::{chat::prompt_tokens, token::Counter, usage::Source};

impl Open {
    /// The engine's numbers win; what it does not give is counted. A refused
    /// call costs nothing.
    pub(super) fn sum(&self) -> Sum {
        let said = self.answer.model().or(self.order.model.as_deref());
        let model = said.unwrap_or("unknown");
        let ((tokens_in, source_in), (tokens_out, source_out)) = if self.status >= 400 {
            let nothing = (0, Source::Counted);
            (nothing, nothing)
        } else {
            let counter = self.order.counter.for_model(model);
            let tokens_in = self.tokens_in(&counter);
            (tokens_in, self.tokens_out(&counter, tokens_in.1))
        };
        Sum {
            model: self.order.room.clean(named(model)),
            tokens_in,
            tokens_out,
            source_in,
            source_out,
        }
    }

    fn tokens_in(&self, counter: &Counter) -> (u64, Source) {
        let order = &self.order;
        match self.answer.usage().and_then(|usage| usage.input) {
            Some(tokens) => (tokens, Source::Engine),
            None => {
                let tokens = prompt_tokens(order.kind, &order.body, counter);
                (tokens, Source::Counted)
            }
        }
    }

    /// Where there is no answer to count, whoever knows of the prompt knows it all.
    fn tokens_out(&self, counter: &Counter, prompt: Source) -> (u64, Source) {
        match self.answer.usage().and_then(|usage| usage.output) {
            Some(tokens) => (tokens, Source::Engine),
            None if !self.order.kind.generates() => (0, prompt),
            None => (self.counted_out(counter), Source::Counted),
        }
    }

    fn counted_out(&self, counter: &Counter) -> u64 {
        match self.answer.streamed() {
            0 => counter.count(self.answer.text()),
            streamed => streamed,
        }
    }
}
