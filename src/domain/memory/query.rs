//! What is searched for.

use super::words::words;

/// The most words of a query.
pub const MAX_WORDS: usize = 32;

/// A few words, each once: any of them may stand in what is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query(Vec<String>);

/// Why there is nothing to search for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No letter and no digit.
    #[error("q: write at least one word to search for")]
    Empty,
    /// More than [`MAX_WORDS`].
    #[error("q: {MAX_WORDS} words at most")]
    TooLong,
}

impl Query {
    /// The words of `text`. Nothing in it is an operator.
    ///
    /// # Errors
    ///
    /// [`QueryError`].
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut found: Vec<String> = Vec::new();
        for word in words(text) {
            if !found.iter().any(|known| *known == word) {
                found.push(word.into_owned());
            }
            if found.len() > MAX_WORDS {
                return Err(QueryError::TooLong);
            }
        }
        if found.is_empty() {
            return Err(QueryError::Empty);
        }
        Ok(Self(found))
    }

    /// The words, in lower case, letters and digits alone.
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_its_words_and_nothing_else() {
        let query = Query::parse("rate OR \"limiter\" NEAR(rate*) -x").unwrap();
        assert_eq!(query.words(), ["rate", "or", "limiter", "near", "x"]);
        assert_eq!(Query::parse("\"*\" --"), Err(QueryError::Empty));
        let long: String = (0..33).map(|n| format!("w{n} ")).collect();
        assert_eq!(Query::parse(&long), Err(QueryError::TooLong));
    }
}
