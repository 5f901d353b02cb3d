//! What the span of a call says of it: numbers and names, nothing that was said.

use super::{Open, Sum};

impl Open {
    /// The numbers are those of the usage row.
    pub(super) fn tell(&mut self, sum: &Sum, outcome: &'static str) {
        if !self.span.is_kept() {
            return;
        }
        let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        let span = &mut self.span;
        if self.status < 400 {
            span.set("gen_ai.response.model", sum.model.clone());
            span.set("gen_ai.usage.input_tokens", count(sum.tokens_in));
            if self.order.kind.generates() {
                span.set("gen_ai.usage.output_tokens", count(sum.tokens_out));
            }
            if let Some(reason) = self.answer.reason() {
                span.list("gen_ai.response.finish_reasons", [reason]);
            }
            if outcome != "finished" {
                span.fail(outcome);
            }
        }
        span.set("attach.outcome", outcome);
    }
}
