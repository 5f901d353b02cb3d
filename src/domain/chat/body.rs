//! The body of a request: the members that matter, found in one pass.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    PeekError,
    member::{self, Raw},
    object::members,
};

members! {
    /// The members that matter, as written.
    pub(super) struct Body {
        model, stream, max_tokens, max_completion_tokens, max_output_tokens, n, options,
        messages, prompt, input, suffix, system, instructions, images,
    }
}

members! {
    /// Those of a native request's options.
    struct Options {
        num_predict,
    }
}

/// Whether a request asks for usage at the end of its stream, as OpenAI's do.
pub fn wants_usage(body: &[u8]) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Asked<'a> {
        #[serde(borrow)]
        stream_options: Raw<'a>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Wanted<'a> {
        #[serde(borrow)]
        include_usage: Raw<'a>,
    }
    let asked: Asked<'_> = serde_json::from_slice(body).unwrap_or_default();
    let options = asked.stream_options.map_or("", RawValue::get);
    let wanted: Wanted<'_> = serde_json::from_str(options).unwrap_or_default();
    member::flag(wanted.include_usage) == Some(true)
}

impl<'a> Body<'a> {
    /// Reads a request's body.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, PeekError> {
        let text = str::from_utf8(bytes).map_err(|_| PeekError::NotJson)?;
        Self::of(text)
    }

    /// The largest limit there is, times the choices asked for.
    pub(super) fn max_output(&self) -> Result<Option<u64>, PeekError> {
        let options: Options<'_> = match self.options.map(RawValue::get) {
            Some(text) if text.starts_with('{') => Options::of(text)?,
            _ => Options::default(),
        };
        let limits = [
            self.max_tokens,
            self.max_completion_tokens,
            self.max_output_tokens,
            options.num_predict,
        ];
        let limit = limits.into_iter().filter_map(member::number).max();
        let choices = member::number(self.n).unwrap_or(1).max(1);
        Ok(limit.map(|tokens| tokens.saturating_mul(choices)))
    }

    /// Images in messages, in input items, and beside a native prompt.
    pub(super) fn images(&self) -> u32 {
        let beside = self
            .images
            .and_then(|raw| serde_json::from_str(raw.get()).ok());
        let beside = beside.map_or(0, |list: Vec<&RawValue>| list.len() as u32);
        let within = [self.messages, self.input].into_iter().flatten();
        within
            .map(|raw| images_in(raw.get()))
            .fold(beside, u32::saturating_add)
    }
}

/// Images in messages or items. Text without a mention, the usual case, costs a
/// search; text nested too deep to be read counts every mention.
fn images_in(json: &str) -> u32 {
    let is_mentioned =
        json.contains("image") && (json.contains("\"image") || json.contains("\"input_image"));
    if !is_mentioned {
        return 0;
    }
    match serde_json::from_str(json) {
        Ok(value) => images_of(&value),
        Err(_) => json.matches("image").count() as u32,
    }
}

fn images_of(value: &Value) -> u32 {
    let sum = |values: &mut dyn Iterator<Item = &Value>| {
        values.map(images_of).fold(0, u32::saturating_add)
    };
    match value {
        Value::Array(items) => sum(&mut items.iter()),
        Value::Object(part) => {
            let kind = part.get("type").and_then(Value::as_str).unwrap_or("");
            if matches!(kind, "image" | "image_url" | "input_image")
                || part.contains_key("image_url")
            {
                return 1;
            }
            let native = part.get("images").and_then(Value::as_array);
            let native = native.map_or(0, |images| images.len() as u32);
            native.saturating_add(sum(&mut part.values()))
        }
        _ => 0,
    }
}
