//! JSON that every reader of it can read.

/// Levels of arrays and objects that are taken. SQLite stops at 1000, the JSON
/// readers of most languages at about as many, ours at 127.
pub const MAX_DEPTH: usize = 100;

/// Whether `json`, which is valid, is nested [`MAX_DEPTH`] levels deep at most.
pub fn is_shallow(json: &str) -> bool {
    let (mut depth, mut in_text, mut is_escaped) = (0usize, false, false);
    for byte in json.bytes() {
        match (in_text, byte) {
            (true, _) if is_escaped => is_escaped = false,
            (true, b'\\') => is_escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'[' | b'{') => depth += 1,
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_outside_of_text() {
        let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(is_shallow(&nested(MAX_DEPTH)));
        assert!(!is_shallow(&nested(MAX_DEPTH + 1)));
        assert!(is_shallow(&format!("[\"{}\"]", "[".repeat(500))));
        assert!(is_shallow(&format!("[\"\\\"{}\"]", "{".repeat(500))));
        assert!(is_shallow(&"[],".repeat(500)));
    }
}
