//! What reads a stranger's bytes, fed with bytes that try to break it.
//!
//! A parser has two targets. `…_text` feeds it raw bytes and learns from the
//! corpus beside this file; `…_made` feeds it what was made with its grammar in
//! mind and then bent, so that the deep branches are reached without luck. A
//! target does not only ask for no panic: what a parser takes must be what it
//! promises. `tests/endurance/run` runs them all.

mod a2a;
mod api_keys;
mod cookies;
mod dids;
mod json;
mod jwks;
mod made;
mod tokens;

/// What a text target feeds to a parser: bytes that are no UTF-8 never get
/// that far, because a header is text.
fn text(bytes: &[u8]) -> &str {
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => return text,
        Err(error) => &bytes[..error.valid_up_to()],
    };
    std::str::from_utf8(valid).unwrap_or_default()
}

/// Base64url without padding.
fn b64(bytes: impl AsRef<[u8]>) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of canonical base64url, read by hand: it owes nothing to the
/// library under test.
fn unb64(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut left, mut count) = (Vec::new(), 0u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        left = left << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((left >> count).to_le_bytes()[0]);
            left &= (1 << count) - 1;
        }
    }
    (count < 6 && left == 0).then_some(bytes)
}

/// The lines of a sheet, joined by dots: the first ones encoded. So a corpus
/// can be read, and what a fuzzer bends is the JSON within.
fn sealed(sheet: &str, plain_first: bool) -> String {
    let lines: Vec<_> = sheet.splitn(3, '\n').enumerate().collect();
    let last = lines.len() - 1;
    let part = |(at, line): (usize, &str)| {
        if at == last || (at == 0 && plain_first) {
            line.to_owned()
        } else {
            b64(line)
        }
    };
    lines.into_iter().map(part).collect::<Vec<_>>().join(".")
}
