//! The part of a long text that is kept.

/// The longest word that may hold a secret, in bytes.
const WORD: usize = 8 * 1024;

/// Cuts `text` to `limit` bytes and to whole words: a secret that the cut went
/// through would not be known for one. Text that comes cut to `limit` by others
/// is cut at its last word too.
pub fn excerpt(text: &mut String, limit: usize) {
    // Others cut between characters, so up to three bytes short.
    if text.len() + 4 <= limit {
        return;
    }
    let end = text.floor_char_boundary(limit);
    let word = text[..end].rfind(char::is_whitespace);
    let near = word.filter(|at| end - at <= WORD);
    let far = text.floor_char_boundary(end.saturating_sub(WORD));
    text.truncate(near.unwrap_or(far));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, limit: usize) -> String {
        let mut text = text.to_owned();
        excerpt(&mut text, limit);
        text
    }

    #[test]
    fn a_cut_never_goes_through_a_word() {
        assert_eq!(cut("short", 20), "short");
        assert_eq!(cut("one two sk-secret", 14), "one two");
        assert_eq!(cut("one two sk-secre", 16), "one two");
        assert_eq!(cut(&"x".repeat(100), 50), "");
        assert_eq!(cut(&"é".repeat(20_000), 30_001).len(), 30_000 - WORD);
    }
}
