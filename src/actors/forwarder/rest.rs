//! How long a place that takes nothing is left alone.

use std::time::Duration;

/// The pause after the first failure; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(250);

/// The pause after so many `failures` before this one: as long as was asked for, but
/// no longer than `longest`. `chance` in 0..1 spreads it.
pub(super) fn rest(
    failures: u32,
    after_ms: Option<u64>,
    chance: f64,
    longest: Duration,
) -> Duration {
    let doubled = FIRST.saturating_mul(2_u32.saturating_pow(failures));
    let own = doubled
        .min(longest)
        .mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
    let asked = Duration::from_millis(after_ms.unwrap_or(0));
    own.max(asked).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_grow_to_the_longest_and_no_further() {
        let ms = |failures, after, chance| {
            rest(failures, after, chance, Duration::from_secs(30)).as_millis()
        };
        assert_eq!(ms(0, None, 1.0), 250);
        assert_eq!(ms(0, None, 0.0), 125);
        assert_eq!(ms(3, None, 1.0), 2000);
        assert_eq!(ms(u32::MAX, None, 1.0), 30_000);
        assert_eq!(ms(0, Some(5_000), 0.5), 5_000);
        assert_eq!(ms(0, Some(3_600_000), 0.5), 30_000);
    }
}
