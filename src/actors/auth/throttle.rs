//! The budget of signature checks: whoever sent a bad token lately shares a few
//! checks a second with all who did.
//!
//! Checking a signature costs up to a hundred times what making up a token
//! costs. Callers whose tokens were good never meet this.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use quick_cache::sync::Cache;

use crate::{config::Throttle, domain::time::UnixMillis};

/// Checks a second for everyone who failed lately, and as many at once.
const BUDGET: i64 = 200;
/// How long an address is remembered after its last bad token.
const REMEMBERED_MS: i64 = 60_000;
/// Addresses remembered at most.
const MOST: usize = 10_000;

/// Decides whose token is checked now.
pub(super) struct Budget {
    applies: Throttle,
    failed: Cache<IpAddr, UnixMillis>,
    left: Mutex<Bucket>,
}

/// What is left of the budget, in thousandths of a check.
struct Bucket {
    thousandths: i64,
    at: UnixMillis,
}

impl Budget {
    pub(super) fn new(applies: Throttle) -> Self {
        Self {
            applies,
            failed: Cache::new(MOST),
            left: Mutex::new(Bucket {
                thousandths: BUDGET * 1000,
                at: UnixMillis(0),
            }),
        }
    }

    /// Whether a token that `from` sends may be checked now.
    pub(super) fn admits(&self, from: Option<IpAddr>, now: UnixMillis) -> bool {
        let Some(network) = self.network(from) else {
            return true;
        };
        match self.failed.get(&network) {
            Some(until) if now < until => self.take(now),
            _ => true,
        }
    }

    /// Remembers that `from` sent a bad token.
    pub(super) fn failed(&self, from: Option<IpAddr>, now: UnixMillis) {
        if let Some(network) = self.network(from) {
            self.failed.insert(network, now.plus(REMEMBERED_MS));
        }
    }

    fn take(&self, now: UnixMillis) -> bool {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        // A thousandth a millisecond and check; a clock set back gives nothing.
        let passed = now.0.saturating_sub(left.at.0).clamp(0, 1000);
        left.thousandths = (left.thousandths + passed * BUDGET).min(BUDGET * 1000);
        left.at = now;
        if left.thousandths < 1000 {
            return false;
        }
        left.thousandths -= 1000;
        true
    }

    /// Under which address `from` is remembered, where the budget holds for it.
    fn network(&self, from: Option<IpAddr>) -> Option<IpAddr> {
        let from = from?.to_canonical();
        match self.applies {
            Throttle::Off => None,
            Throttle::Remote if from.is_loopback() => None,
            _ => Some(network(from)),
        }
    }
}

/// Whoever has one IPv6 address has 2^64 of them.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => Ipv6Addr::from(u128::from(ip) >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn from(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    fn admitted(budget: &Budget, from: Option<IpAddr>, now: UnixMillis, tries: i64) -> i64 {
        (0..tries)
            .filter(|_| budget.admits(from, now))
            .count()
            .try_into()
            .unwrap()
    }

    #[test]
    fn whoever_sent_a_bad_token_shares_a_budget_for_a_minute() {
        let budget = Budget::new(Throttle::Remote);
        let (bad, worse) = (from("192.0.2.1"), from("192.0.2.2"));
        assert_eq!(admitted(&budget, bad, NOW, 1000), 1000);
        budget.failed(bad, NOW);
        budget.failed(worse, NOW);
        assert_eq!(admitted(&budget, bad, NOW, 1000), BUDGET);
        assert_eq!(admitted(&budget, worse, NOW, 10), 0);
        assert_eq!(admitted(&budget, worse, NOW.plus(500), 1000), BUDGET / 2);
        assert_eq!(admitted(&budget, bad, NOW.plus(REMEMBERED_MS), 1000), 1000);
    }

    #[test]
    fn nobody_else_notices() {
        let budget = Budget::new(Throttle::Remote);
        budget.failed(from("192.0.2.1"), NOW);
        assert_eq!(admitted(&budget, from("192.0.2.1"), NOW, 1000), BUDGET);
        assert_eq!(admitted(&budget, from("192.0.2.9"), NOW, 1000), 1000);
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address_and_loopback_only_when_asked() {
        let remote = Budget::new(Throttle::Remote);
        remote.failed(from("2001:db8::1"), NOW);
        assert_eq!(admitted(&remote, from("2001:db8::2"), NOW, 1000), BUDGET);
        for (applies, most) in [
            (Throttle::Remote, 1000),
            (Throttle::On, BUDGET),
            (Throttle::Off, 1000),
        ] {
            let budget = Budget::new(applies);
            for local in ["127.0.0.1", "::ffff:127.0.0.1"] {
                budget.failed(from(local), NOW);
            }
            assert_eq!(admitted(&budget, from("127.0.0.1"), NOW, 1000), most);
        }
    }
}
