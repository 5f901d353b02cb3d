//! Anthropic's events: open blocks stop, then the message does.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use super::{Last, MOST_OPEN, named, reason};
use crate::domain::chat::member::{self, Raw};

/// Which blocks are open.
#[derive(Clone, Debug, Default)]
pub(in crate::domain::stream) struct Blocks {
    open: BTreeSet<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Raw<'a>,
    #[serde(borrow)]
    index: Raw<'a>,
}

impl Blocks {
    pub(super) fn note(&mut self, event: &str) {
        let Ok(event) = serde_json::from_str::<Event<'_>>(event) else {
            return;
        };
        let index = member::number(event.index).unwrap_or(0);
        match member::text(event.kind).as_deref() {
            Some("content_block_start") if self.open.len() < MOST_OPEN => {
                self.open.insert(index);
            }
            Some("content_block_stop") => {
                self.open.remove(&index);
            }
            _ => {}
        }
    }

    pub(super) fn end(&self, last: &Last<'_>) -> String {
        let stop = |index: &u64| named(&json!({ "type": "content_block_stop", "index": index }));
        let mut text: String = self.open.iter().map(stop).collect();
        text += &named(&json!({
            "type": "message_delta",
            "delta": { "stop_reason": "max_tokens", "stop_sequence": null },
            "usage": { "input_tokens": last.input, "output_tokens": last.output },
            "attach": reason(last),
        }));
        text + &named(&json!({ "type": "message_stop" }))
    }
}
