//! Events of `/v1/responses`: open parts and items are done, then the response is
//! incomplete.

mod item;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Last, MOST_OPEN, named, reason};
use crate::domain::chat::member::{self, Raw};
use item::Item;

/// Bytes of texts and items that are kept in all. What does not fit is left out of
/// the end, which is well-formed without it.
const KEPT: usize = 64 * 1024;

/// The response so far.
#[derive(Clone, Debug, Default)]
pub(in crate::domain::stream) struct Items {
    response: Option<Value>,
    sequence: Option<u64>,
    items: Vec<Item>,
    kept: usize,
}

/// One event, of any type.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Raw<'a>,
    #[serde(borrow)]
    sequence_number: Raw<'a>,
    #[serde(borrow)]
    response: Raw<'a>,
    #[serde(borrow)]
    item: Raw<'a>,
    #[serde(borrow)]
    part: Raw<'a>,
    #[serde(borrow)]
    delta: Raw<'a>,
    #[serde(borrow)]
    output_index: Raw<'a>,
    #[serde(borrow)]
    content_index: Raw<'a>,
}

impl Items {
    pub(super) fn note(&mut self, event: &str) {
        let Ok(event) = serde_json::from_str::<Event<'_>>(event) else {
            return;
        };
        self.sequence = member::number(event.sequence_number).or(self.sequence);
        let kind = member::text(event.kind).unwrap_or_default();
        match &*kind {
            "response.created" | "response.in_progress" => {
                self.response = self.keep(event.response).or(self.response.take());
            }
            "response.output_item.added" => self.add(&event),
            "response.output_item.done" => {
                let item = self.keep(event.item);
                self.at(&event, |found| found.finish(item));
            }
            "response.content_part.added" => {
                let part = self.keep(event.part);
                self.at(&event, |found| found.add(content(&event), part));
            }
            "response.output_text.delta" => self.say(&event),
            "response.output_text.done" => self.at(&event, |found| found.said(content(&event))),
            "response.content_part.done" => self.at(&event, |found| found.close(content(&event))),
            _ => {}
        }
    }

    /// The events that end it, each with the number that follows.
    pub(super) fn end(&self, last: &Last<'_>) -> String {
        let mut events: Vec<Value> = self.items.iter().flat_map(Item::ends).collect();
        events.push(json!({
            "type": "response.incomplete",
            "response": self.whole(last),
            "attach": reason(last),
        }));
        let mut next = self.sequence.map_or(0, |number| number.saturating_add(1));
        for event in &mut events {
            event["sequence_number"] = json!(next);
            next = next.saturating_add(1);
        }
        events.iter().map(named).collect()
    }

    fn add(&mut self, event: &Event<'_>) {
        let index = member::number(event.output_index).unwrap_or(0);
        let item = self.keep(event.item);
        if self.items.len() < MOST_OPEN {
            self.items.push(Item::new(index, item));
        }
    }

    fn say(&mut self, event: &Event<'_>) {
        let Some(text) = member::text(event.delta) else {
            return;
        };
        let room = KEPT.saturating_sub(self.kept);
        self.kept = self.kept.saturating_add(text.len());
        self.at(event, |found| found.say(content(event), &text, room));
    }

    fn at(&mut self, event: &Event<'_>, change: impl FnOnce(&mut Item)) {
        let index = member::number(event.output_index).unwrap_or(0);
        let mut items = self.items.iter_mut();
        if let Some(found) = items.find(|item| item.index == index) {
            change(found);
        }
    }

    /// An object, if there is room for it.
    fn keep(&mut self, raw: Raw<'_>) -> Option<Value> {
        let text = raw?.get();
        if self.kept.saturating_add(text.len()) > KEPT {
            return None;
        }
        self.kept += text.len();
        serde_json::from_str(text).ok().filter(Value::is_object)
    }

    fn whole(&self, last: &Last<'_>) -> Value {
        let total = last.input.saturating_add(last.output);
        let mut whole = self.response.clone().unwrap_or_else(|| fresh(last));
        whole["status"] = json!("incomplete");
        whole["incomplete_details"] = json!({ "reason": "max_output_tokens" });
        whole["output"] = self.items.iter().filter_map(Item::whole).collect();
        whole["usage"] = json!({
            "input_tokens": last.input,
            "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": last.output,
            "output_tokens_details": { "reasoning_tokens": 0 },
            "total_tokens": total,
        });
        whole
    }
}

/// A response of which nothing is known.
fn fresh(last: &Last<'_>) -> Value {
    json!({
        "id": "resp_cut", "object": "response", "created_at": last.at.secs(), "model": last.model,
        "error": null, "instructions": null, "metadata": {}, "parallel_tool_calls": true,
        "temperature": null, "tool_choice": "auto", "tools": [], "top_p": null,
    })
}

fn content(event: &Event<'_>) -> u64 {
    member::number(event.content_index).unwrap_or(0)
}
