//! One item of a response, and its parts.

use serde_json::{Value, json};

/// Parts of one item that are remembered at most.
const MOST_PARTS: usize = 64;

/// An item, as it was announced or as it was done.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) index: u64,
    /// `None` if there was no room to keep it.
    item: Option<Value>,
    parts: Vec<Part>,
    is_done: bool,
}

/// A part of a message. Its text is in the value.
#[derive(Clone, Debug)]
struct Part {
    index: u64,
    value: Value,
    is_said: bool,
    is_done: bool,
}

impl Item {
    pub(super) fn new(index: u64, item: Option<Value>) -> Self {
        Self {
            index,
            item,
            parts: Vec::new(),
            is_done: false,
        }
    }

    /// The item is done, as the engine says it came out.
    pub(super) fn finish(&mut self, item: Option<Value>) {
        (self.item, self.is_done) = (item, true);
        self.parts.clear();
    }

    pub(super) fn add(&mut self, index: u64, part: Option<Value>) {
        match part {
            Some(value) if self.parts.len() < MOST_PARTS => self.parts.push(Part {
                index,
                value,
                is_said: false,
                is_done: false,
            }),
            // An item with a hole in it is no item.
            _ => self.item = None,
        }
    }

    /// Adds to the text of a part, or gives the item up if there is no `room`.
    pub(super) fn say(&mut self, index: u64, text: &str, room: usize) {
        if text.len() > room {
            self.item = None;
            return;
        }
        if let Some(Value::String(said)) = self.part(index).map(|part| &mut part.value["text"]) {
            said.push_str(text);
        }
    }

    pub(super) fn said(&mut self, index: u64) {
        if let Some(part) = self.part(index) {
            part.is_said = true;
        }
    }

    pub(super) fn close(&mut self, index: u64) {
        if let Some(part) = self.part(index) {
            (part.is_said, part.is_done) = (true, true);
        }
    }

    fn part(&mut self, index: u64) -> Option<&mut Part> {
        self.parts.iter_mut().find(|part| part.index == index)
    }

    /// The events that are missing until it is done.
    pub(super) fn ends(&self) -> Vec<Value> {
        let Some(whole) = self.whole().filter(|_| !self.is_done) else {
            return Vec::new();
        };
        let id = &whole["id"];
        let open = self.parts.iter().filter(|part| !part.is_done);
        let mut ends: Vec<Value> = open.flat_map(|part| part.ends(id, self.index)).collect();
        ends.push(json!({
            "type": "response.output_item.done",
            "output_index": self.index,
            "item": whole,
        }));
        ends
    }

    /// The item as far as it came.
    pub(super) fn whole(&self) -> Option<Value> {
        let mut whole = self.item.clone()?;
        if !self.is_done {
            whole["status"] = json!("incomplete");
            if !self.parts.is_empty() {
                whole["content"] = self.parts.iter().map(|part| part.value.clone()).collect();
            }
        }
        Some(whole)
    }
}

impl Part {
    fn ends(&self, id: &Value, output: u64) -> Vec<Value> {
        let is_text = self.value["type"] == "output_text";
        let said = (is_text && !self.is_said).then(|| {
            json!({
                "type": "response.output_text.done",
                "item_id": id, "output_index": output, "content_index": self.index,
                "text": self.value["text"], "logprobs": [],
            })
        });
        let done = json!({
            "type": "response.content_part.done",
            "item_id": id, "output_index": output, "content_index": self.index,
            "part": self.value,
        });
        said.into_iter().chain([done]).collect()
    }
}
