//! Sums of pieces, added up. A call that was refused names whatever model it likes, so
//! names that few tokens stand behind are put together.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use super::piece::Row;
use crate::{
    adapters::usage::sums::Sum,
    domain::{time::UnixMillis, usage::OTHER},
};

/// The largest models, which are told apart in each step.
pub const TOLD: usize = 50;
/// Models of which it is known what they add up to: more than so many are cut to half.
const MODELS: usize = 2000;
/// Sums of steps, likewise: a thousand steps of the largest models fit.
const STEPS: usize = 100_000;

type Models = Vec<(String, Sum)>;
type Steps = Vec<(UnixMillis, String, Sum)>;

/// What pieces add up to so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    models: HashMap<Arc<str>, Sum>,
    steps: BTreeMap<(i64, Arc<str>), Sum>,
}

impl Tally {
    /// Adds a piece.
    pub(super) fn add(&mut self, rows: Vec<Row>) {
        for (slot, model, calls, tokens_in, tokens_out) in rows {
            let sum = Sum {
                calls,
                tokens_in,
                tokens_out,
            };
            let model: Arc<str> = model.into();
            self.models.entry(model.clone()).or_default().add(&sum);
            self.steps.entry((slot, model)).or_default().add(&sum);
        }
        if self.models.len() > MODELS {
            self.fold_models();
        }
        if self.steps.len() > STEPS {
            self.fold_steps();
        }
    }

    /// Each model, the largest first, and each step of the largest.
    pub(super) fn told(mut self, step_ms: i64) -> (Models, Steps) {
        self.fold_steps();
        let ranked = self.ranked();
        let models = ranked.into_iter().filter_map(|name| {
            let sum = self.models.remove(&name)?;
            Some((name.to_string(), sum))
        });
        let steps = self.steps.into_iter().map(|((slot, name), sum)| {
            let at = UnixMillis(slot.saturating_mul(step_ms));
            (at, name.to_string(), sum)
        });
        (models.collect(), steps.collect())
    }

    /// The names of models, the one with the most tokens first and `OTHER` last.
    fn ranked(&self) -> Vec<Arc<str>> {
        let mut names: Vec<_> = self.models.iter().collect();
        names.sort_by_key(|(name, sum)| (&***name == OTHER, -sum.tokens(), (*name).clone()));
        names.into_iter().map(|(name, _)| name.clone()).collect()
    }

    fn fold_models(&mut self) {
        let mut rest = Sum::default();
        for name in self.ranked().split_off(MODELS / 2) {
            rest.add(&self.models.remove(&name).unwrap_or_default());
        }
        self.models.entry(OTHER.into()).or_default().add(&rest);
    }

    fn fold_steps(&mut self) {
        let largest: HashSet<_> = self.ranked().into_iter().take(TOLD).collect();
        let (kept, rest): (BTreeMap<_, _>, Vec<_>) = {
            let all = std::mem::take(&mut self.steps).into_iter();
            let (kept, rest): (Vec<_>, Vec<_>) =
                all.partition(|((_, name), _)| largest.contains(name));
            (kept.into_iter().collect(), rest)
        };
        self.steps = kept;
        for ((slot, _), sum) in rest {
            self.steps
                .entry((slot, OTHER.into()))
                .or_default()
                .add(&sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(slot: i64, model: impl Into<String>, tokens: i64) -> Row {
        (slot, model.into(), 1, tokens, 0)
    }

    #[test]
    fn made_up_names_fill_nothing_and_hide_no_tokens() {
        let mut tally = Tally::default();
        for piece in 0..20 {
            let mut rows: Vec<_> = (0..20_000)
                .map(|n| row(n % 1000, format!("made up {piece} {n}"), 0))
                .collect();
            rows.push(row(piece, "real", 7));
            tally.add(rows);
            assert!(tally.models.len() <= MODELS && tally.steps.len() <= STEPS);
        }
        let (models, steps) = tally.told(10);
        let sum = |calls, tokens_in| Sum {
            calls,
            tokens_in,
            tokens_out: 0,
        };
        assert_eq!(models[0], ("real".to_owned(), sum(20, 140)));
        let calls: i64 = models.iter().map(|(_, sum)| sum.calls).sum();
        assert_eq!((calls, &*models[models.len() - 1].0), (400_020, OTHER));
        let calls: i64 = steps.iter().map(|(_, _, sum)| sum.calls).sum();
        assert_eq!(calls, 400_020);
        let real = steps.iter().filter(|(_, name, _)| name == "real");
        assert_eq!(real.count(), 20);
    }

    #[test]
    fn a_step_that_lies_in_two_pieces_is_one() {
        let mut tally = Tally::default();
        tally.add(vec![row(2, "b", 1), row(1, "a", 5)]);
        tally.add(vec![row(1, "a", 6)]);
        let (models, steps) = tally.told(10);
        assert_eq!(models[0].1.tokens_in, 11);
        let steps: Vec<_> = steps
            .iter()
            .map(|(at, name, sum)| (at.0, &**name, sum.calls))
            .collect();
        assert_eq!(steps, [(10, "a", 2), (20, "b", 1)]);
    }
}
