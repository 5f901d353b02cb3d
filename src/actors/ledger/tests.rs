//! The ledger of one process.

use super::*;
use crate::domain::{
    identity::Scopes,
    quota::{Limit, Pattern, Rule, Subject},
};

const USUAL: Limit = Limit {
    tokens: 100,
    window_ms: 60_000,
};

/// A ledger with a limit for everyone.
struct One {
    ledger: Ledger,
    limits: Limits,
    metrics: Prometheus,
}

impl One {
    fn start(rules: Vec<Rule>) -> Self {
        let limits = Limits::new(Some(USUAL), rules);
        let metrics = Prometheus::new("i", 10);
        Self {
            ledger: Ledger::start(limits.clone(), &metrics),
            limits,
            metrics,
        }
    }

    async fn reserve(&self, user: &str, prompt: u64) -> Result<Reservation, ReserveError> {
        let owner = Owner::new("i", user);
        let subject = Subject {
            owner: &owner,
            scopes: Scopes::default(),
            model: "m",
        };
        let under = self.limits.under(&subject).unwrap();
        let hold = Hold { prompt, output: 0 };
        self.ledger.reserve(owner, under, hold).await
    }

    /// How many payers the ledger remembers, once it has done what it is time for.
    async fn remembered(&self) -> usize {
        let Keeper::Here(here) = &self.ledger.keeper else {
            panic!("it is kept here");
        };
        here.accounts().await;
        here.accounts().await
    }

    async fn remaining(&self, user: &str) -> u64 {
        self.reserve(user, 0).await.unwrap().standing.remaining
    }
}

#[actix::test]
async fn a_client_that_hangs_up_pays_for_what_it_saw() {
    let one = One::start(vec![]);
    let mut held = one.reserve("ada", 80).await.unwrap();
    let second = one.reserve("ada", 30).await;
    assert!(matches!(second, Err(ReserveError::Refused(_))));
    held.spend(10);
    drop(held);
    assert_eq!(one.remaining("ada").await, 90);
}

#[actix::test]
async fn of_two_hundred_at_once_exactly_those_that_fit_are_admitted() {
    for _ in 0..20 {
        let one = One::start(vec![]);
        let all = futures_util::future::join_all((0..200).map(|_| one.reserve("ada", 10))).await;
        assert_eq!(all.iter().filter(|r| r.is_ok()).count(), 10);
    }
}

#[actix::test]
async fn what_is_held_grows_by_what_room_there_is_until_there_is_none() {
    let one = One::start(vec![]);
    let mut held = one.reserve("ada", 80).await.unwrap();
    held.spend(75);
    held.absorb(held.more(30).await.unwrap());
    assert_eq!((held.left(), held.standing.remaining), (25, 0));
    assert!(held.more(1).await.is_err());
    drop(held);
    assert_eq!(one.remaining("ada").await, 25);
}

#[actix::test]
async fn a_reservation_nobody_waits_for_any_more_is_given_back() {
    let one = One::start(vec![]);
    let mut request = Box::pin(one.reserve("ada", 80));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(request.as_mut().poll(&mut cx).is_pending());
    drop(request);
    assert_eq!(one.remaining("ada").await, 100);
}

#[actix::test]
async fn what_each_limit_charged_and_refused_is_counted() {
    let small = Rule {
        name: "small".into(),
        limit: Limit {
            tokens: 50,
            window_ms: 60_000,
        },
        model: Pattern::parse("m"),
        scope: None,
        issuer: None,
        user: None,
    };
    let one = One::start(vec![small]);
    one.reserve("ada", 10).await.unwrap().spend(40);
    assert!(one.reserve("ada", 20).await.is_err());
    assert!(one.reserve("ada", 60).await.is_err());
    let text = one.metrics.render();
    for line in [
        "attach_quota_charged_tokens_total{limit=\"default\"} 40",
        "attach_quota_charged_tokens_total{limit=\"small\"} 40",
        "attach_quota_refused_total{limit=\"default\"} 0",
        "attach_quota_refused_total{limit=\"small\"} 2",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[actix::test]
async fn those_who_spend_nothing_any_more_are_forgotten() {
    tokio::time::pause();
    let one = One::start(vec![]);
    one.reserve("ada", 10).await.unwrap().spend(100);
    let held = one.reserve("eve", 10).await.unwrap();
    assert!(one.reserve("ada", 1).await.is_err());
    tokio::time::advance(Duration::from_secs(59)).await;
    assert!(one.reserve("ada", 1).await.is_err());
    assert_eq!(one.remembered().await, 2);
    tokio::time::advance(Duration::from_secs(32)).await;
    assert_eq!(one.remembered().await, 1, "who holds something stays");
    drop(held);
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(one.remembered().await, 0);
    assert_eq!(one.remaining("ada").await, 100);
}
