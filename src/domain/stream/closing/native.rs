//! Ollama's lines: the last one is `done`.

use serde_json::json;

use super::{Last, reason};

/// Which of Ollama's routes answers.
#[derive(Clone, Copy, Debug)]
pub(in crate::domain::stream) enum Form {
    /// `/api/chat`
    Chat,
    /// `/api/generate`
    Generate,
}

impl Form {
    pub(super) fn end(self, last: &Last<'_>) -> String {
        let mut line = json!({
            "model": last.model,
            "created_at": last.at.rfc3339_millis(),
            "done": true,
            "done_reason": "length",
            "prompt_eval_count": last.input,
            "eval_count": last.output,
            "attach": reason(last),
        });
        match self {
            Self::Chat => line["message"] = json!({ "role": "assistant", "content": "" }),
            Self::Generate => line["response"] = json!(""),
        }
        format!("{line}\n")
    }
}
