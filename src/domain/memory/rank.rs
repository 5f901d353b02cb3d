//! Which of an owner's events answer a query best: BM25 over the owner's own
//! events. What others wrote must not show in the order, so no index's own
//! ranking will do.

use super::{query::Query, words::words};

/// How soon more of the same word stops to count, and how much length counts
/// (Robertson and Zaragoza's usual values).
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// How much each word of a query tells apart.
#[derive(Clone, Debug)]
pub struct Weights {
    weights: Vec<f64>,
    mean_words: f64,
}

impl Weights {
    /// For words that stand in `with` of `events` events, whose texts have
    /// `mean_words` words on average.
    pub fn new(events: u64, mean_words: f64, with: &[u64]) -> Self {
        let weight = |&with: &u64| {
            let (with, events) = (with as f64, events.max(with) as f64);
            (1.0 + (events - with + 0.5) / (with + 0.5)).ln()
        };
        Self {
            weights: with.iter().map(weight).collect(),
            mean_words: mean_words.max(1.0),
        }
    }

    /// The weight of each word, in the query's order.
    pub fn each(&self) -> &[f64] {
        &self.weights
    }

    /// How well `texts`, read as one, answer `query`: more is better, and 0 is not
    /// at all.
    pub fn score<'t>(&self, query: &Query, texts: impl IntoIterator<Item = &'t str>) -> f64 {
        let mut counts = vec![0_u32; query.words().len()];
        let mut length = 0_u32;
        for word in texts.into_iter().flat_map(words) {
            length = length.saturating_add(1);
            if let Some(found) = query.words().iter().position(|wanted| *wanted == word) {
                counts[found] += 1;
            }
        }
        let long = 1.0 - B + B * f64::from(length) / self.mean_words;
        let saturated = |&count: &u32| {
            let count = f64::from(count);
            count * (K1 + 1.0) / (count + K1 * long)
        };
        let each = counts.iter().zip(&self.weights);
        each.map(|(count, weight)| weight * saturated(count)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_count_more_and_long_texts_less() {
        let query = Query::parse("redis the").unwrap();
        let weights = Weights::new(100, 10.0, &[2, 90]);
        let score = |text: &str| weights.score(&query, [text]);
        assert!(score("redis is fast") > score("the the the the"));
        assert!(score("redis is fast") > score(&format!("redis {}", "word ".repeat(50))));
        assert!(score("redis redis") > score("redis here"));
        assert!(score("the redis") > score("a redis"));
        assert!(score("nothing").abs() < f64::EPSILON);
    }
}
