//! OpenAI's chunks: every choice gets a reason for its end.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Last, MOST_OPEN, event, id_of, reason};
use crate::domain::{
    chat::member::{self, Raw},
    stream::wire::Choice,
};

/// Which choices are open, and what every chunk repeats.
#[derive(Clone, Debug)]
pub(in crate::domain::stream) struct Choices {
    is_chat: bool,
    id: Option<String>,
    created: Option<u64>,
    open: BTreeSet<u64>,
    closed: BTreeSet<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chunk<'a> {
    #[serde(borrow)]
    id: Raw<'a>,
    #[serde(borrow)]
    created: Raw<'a>,
    #[serde(borrow)]
    choices: Option<Vec<Choice<'a>>>,
}

impl Choices {
    pub(super) fn chat() -> Self {
        Self::new(true)
    }

    pub(super) fn completion() -> Self {
        Self::new(false)
    }

    fn new(is_chat: bool) -> Self {
        Self {
            is_chat,
            id: None,
            created: None,
            open: BTreeSet::new(),
            closed: BTreeSet::new(),
        }
    }

    pub(super) fn note(&mut self, event: &str) {
        let Ok(chunk) = serde_json::from_str::<Chunk<'_>>(event) else {
            return;
        };
        self.id = id_of(chunk.id).or(self.id.take());
        self.created = member::number(chunk.created).or(self.created);
        for choice in chunk.choices.iter().flatten() {
            let index = member::number(choice.index).unwrap_or(0);
            let reason = member::text(choice.finish_reason);
            if reason.is_some_and(|reason| !reason.is_empty()) {
                self.open.remove(&index);
                insert(&mut self.closed, index);
            } else if !self.closed.contains(&index) {
                insert(&mut self.open, index);
            }
        }
    }

    /// With usage asked for, it has a chunk of its own, so that nobody who adds
    /// chunks up finds it twice.
    pub(super) fn end(&self, last: &Last<'_>) -> String {
        let usage = json!({
            "prompt_tokens": last.input,
            "completion_tokens": last.output,
            "total_tokens": last.input.saturating_add(last.output),
        });
        let mut finish = self.chunk(last, self.ends());
        finish["attach"] = reason(last);
        let mut text = String::new();
        if last.tells_usage {
            let mut counted = self.chunk(last, Vec::new());
            counted["usage"] = usage;
            text += &event(&finish);
            text += &event(&counted);
        } else {
            finish["usage"] = usage;
            text += &event(&finish);
        }
        text + "data: [DONE]\n\n"
    }

    fn chunk(&self, last: &Last<'_>, choices: Vec<Value>) -> Value {
        let (object, id) = match self.is_chat {
            true => ("chat.completion.chunk", "chatcmpl-cut"),
            false => ("text_completion", "cmpl-cut"),
        };
        json!({
            "id": self.id.as_deref().unwrap_or(id),
            "object": object,
            "created": self.created.unwrap_or(last.at.secs().unsigned_abs()),
            "model": last.model,
            "choices": choices,
        })
    }

    /// The first choice where none was heard of yet.
    fn ends(&self) -> Vec<Value> {
        let first = (self.open.is_empty() && self.closed.is_empty()).then_some(0);
        let open = self.open.iter().copied().chain(first);
        open.map(|index| match self.is_chat {
            true => json!({ "index": index, "delta": {}, "finish_reason": "length" }),
            false => {
                json!({ "index": index, "text": "", "logprobs": null, "finish_reason": "length" })
            }
        })
        .collect()
    }
}

fn insert(indexes: &mut BTreeSet<u64>, index: u64) {
    if indexes.len() < MOST_OPEN {
        indexes.insert(index);
    }
}
