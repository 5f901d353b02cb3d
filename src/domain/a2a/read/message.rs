//! A message and its parts.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use serde_json::Value;

use super::fields::Fields;

/// What an agent says comes from the agent.
const ROLES: &[&str] = &["ROLE_UNSPECIFIED", "ROLE_USER"];
const CONTENTS: [&str; 4] = ["text", "raw", "url", "data"];

/// Padding is as the writer likes.
const ANY_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const PLAIN: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY_PADDING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, ANY_PADDING);

pub(super) fn message(fields: &mut Fields<'_>) {
    fields.needs(&["messageId"]);
    fields.texts(&["contextId", "taskId"]);
    fields.word("role", ROLES);
    let role = fields.get("role").and_then(Value::as_str);
    if matches!(role, None | Some("ROLE_UNSPECIFIED")) && !fields.is_wrong("role") {
        fields.wrong("role", "write ROLE_USER");
    }
    fields.each("parts", part);
    fields.map("metadata");
    fields.list("extensions");
    fields.list("referenceTaskIds");
}

fn part(fields: &mut Fields<'_>) {
    let contents = CONTENTS.iter().filter(|name| fields.has(name)).count();
    if contents != 1 {
        fields.wrong("", "write exactly one of text, raw, url, data");
    }
    fields.texts(&["text", "url", "filename", "mediaType"]);
    fields.map("metadata");
    bytes(fields);
}

/// The official types take one kind of base64; writers have four.
fn bytes(fields: &mut Fields<'_>) {
    let Some(raw) = fields.get("raw") else { return };
    let decode = |text: &str| PLAIN.decode(text).or_else(|_| URL_SAFE.decode(text)).ok();
    match raw.as_str().and_then(decode) {
        Some(bytes) => fields.set("raw", STANDARD.encode(bytes).into()),
        None => fields.wrong("raw", "write base64"),
    }
}
