//! One issuer's keys: when to fetch them, and that only one fetch runs.

use std::{sync::Arc, time::Duration};

use actix::prelude::*;
use arc_swap::ArcSwap;

use super::AuthError;
use crate::{
    actors::pulse,
    adapters::{
        identity::{
            discovery::{Discovery, FetchError, Fetched},
            jwks::KeySet,
        },
        usage::prometheus::{Prometheus, series},
    },
    config::IssuerConfig,
    domain::time::UnixMillis,
};

/// How long after a fetch no unknown `kid` causes another.
const COOL_DOWN_MS: i64 = 30_000;
/// How long keys outlive the lifetime their issuer gave them, when it cannot be
/// reached.
const STALE_MS: i64 = 3_600_000;
/// How soon a failed fetch is repeated.
const REPEAT_MS: i64 = 5_000;
const TICK: Duration = Duration::from_secs(1);

/// The keys as readers see them.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) keys: KeySet,
    /// Grows with every change of the keys; 0 before the first fetch.
    pub(super) generation: u64,
    fresh_until: UnixMillis,
    looked_at: UnixMillis,
    fetched_at: UnixMillis,
    is_reached: bool,
}

/// Where an issuer's keys stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Fetched, and as fresh as the issuer wants.
    Fresh(usize),
    /// The issuer cannot be reached; the keys known before still serve.
    Stale(usize),
    /// There are none that can be used.
    Missing,
}

/// Reads one issuer's keys.
pub(super) struct Keys {
    snapshot: Arc<ArcSwap<Snapshot>>,
    keeper: Addr<KeyKeeper>,
}

impl Keys {
    pub(super) fn start(issuer: IssuerConfig, discovery: Discovery, metrics: Prometheus) -> Self {
        let snapshot = Arc::new(ArcSwap::from_pointee(Snapshot::default()));
        let keeper = KeyKeeper {
            issuer,
            discovery,
            metrics,
            snapshot: snapshot.clone(),
            document: Vec::new(),
            complaint: String::new(),
        };
        Self {
            snapshot,
            keeper: keeper.start(),
        }
    }

    /// Keys among which `kid` is, as far as anyone can tell now.
    pub(super) async fn with(
        &self,
        kid: &str,
        now: UnixMillis,
    ) -> Result<Arc<Snapshot>, AuthError> {
        let snapshot = self.snapshot.load_full();
        match snapshot.answer(kid, now) {
            Some(Ok(())) => Ok(snapshot),
            Some(Err(error)) => Err(error),
            None => {
                let find = Find(kid.to_owned());
                self.keeper
                    .send(find)
                    .await
                    .map_err(|_| AuthError::NoKeys)?
            }
        }
    }

    /// Whether a token checked against `generation` need not be checked again.
    pub(super) fn is_current(&self, generation: u64, now: UnixMillis) -> bool {
        let snapshot = self.snapshot.load();
        snapshot.generation == generation && snapshot.is_usable(now)
    }

    pub(super) fn is_alive(&self) -> bool {
        self.keeper.connected()
    }

    pub(super) async fn wait(&self) -> Duration {
        pulse::wait(&self.keeper).await
    }

    /// When they were fetched last; `None` before the first time.
    pub(super) fn fetched_at(&self) -> Option<UnixMillis> {
        let snapshot = self.snapshot.load();
        (snapshot.generation > 0).then_some(snapshot.fetched_at)
    }

    pub(super) fn state(&self) -> KeyState {
        let (snapshot, now) = (self.snapshot.load(), UnixMillis::now());
        match snapshot.keys.len() {
            0 => KeyState::Missing,
            _ if !snapshot.is_usable(now) => KeyState::Missing,
            count if now < snapshot.fresh_until => KeyState::Fresh(count),
            count => KeyState::Stale(count),
        }
    }
}

impl Snapshot {
    fn is_usable(&self, now: UnixMillis) -> bool {
        self.generation > 0 && now < self.fresh_until.plus(STALE_MS)
    }

    /// What can be said about `kid` without a fetch; `None` when one is allowed
    /// and may help.
    fn answer(&self, kid: &str, now: UnixMillis) -> Option<Result<(), AuthError>> {
        if self.is_usable(now) && self.keys.knows(kid) {
            return Some(Ok(()));
        }
        let wait = if self.generation == 0 {
            REPEAT_MS
        } else {
            COOL_DOWN_MS
        };
        // A clock that was set back must not keep anyone from looking.
        if now >= self.looked_at.plus(wait) || now < self.looked_at {
            return None;
        }
        let blind = !self.is_usable(now) || !self.is_reached;
        Some(Err(if blind {
            AuthError::NoKeys
        } else {
            AuthError::Invalid
        }))
    }
}

/// Owns the keys; readers have snapshots.
struct KeyKeeper {
    issuer: IssuerConfig,
    discovery: Discovery,
    metrics: Prometheus,
    snapshot: Arc<ArcSwap<Snapshot>>,
    /// The key set as it came, to tell whether anything changed.
    document: Vec<u8>,
    /// What was said last of a fetch that failed: it is said once, not each time.
    complaint: String,
}

pulse::has_pulse!(KeyKeeper);

impl Actor for KeyKeeper {
    type Context = Context<Self>;

    #[expect(
        clippy::disallowed_methods,
        reason = "one a second, and one at the start"
    )]
    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.address().do_send(Tick);
        ctx.run_interval(TICK, |_, ctx| ctx.address().do_send(Tick));
    }
}

#[derive(Message)]
#[rtype(result = "Result<Arc<Snapshot>, AuthError>")]
struct Find(String);

impl Handler<Find> for KeyKeeper {
    // Atomic: those who ask during a fetch wait in the mailbox and then find
    // its result already here.
    type Result = AtomicResponse<Self, Result<Arc<Snapshot>, AuthError>>;

    fn handle(&mut self, Find(kid): Find, _: &mut Self::Context) -> Self::Result {
        let snapshot = self.snapshot.load_full();
        if let Some(answer) = snapshot.answer(&kid, UnixMillis::now()) {
            let answer = answer.map(|()| snapshot);
            return AtomicResponse::new(Box::pin(async { answer }.into_actor(self)));
        }
        let fetch = self.fetch().into_actor(self);
        AtomicResponse::new(Box::pin(fetch.map(move |fetched, this, _| {
            let now = UnixMillis::now();
            this.learn(fetched, now);
            let snapshot = this.snapshot.load_full();
            match snapshot.answer(&kid, now) {
                Some(answer) => answer.map(|()| snapshot),
                None => Err(AuthError::NoKeys),
            }
        })))
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Tick;

impl Handler<Tick> for KeyKeeper {
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, _: Tick, _: &mut Self::Context) -> Self::Result {
        let now = UnixMillis::now();
        if !self.is_due(now) {
            return AtomicResponse::new(Box::pin(async {}.into_actor(self)));
        }
        let fetch = self.fetch().into_actor(self);
        AtomicResponse::new(Box::pin(fetch.map(|fetched, this, _| {
            this.learn(fetched, UnixMillis::now());
        })))
    }
}

impl KeyKeeper {
    /// Before the keys stop being fresh, and again and again while the issuer
    /// cannot be reached.
    fn is_due(&self, now: UnixMillis) -> bool {
        let snapshot = self.snapshot.load();
        if snapshot.generation > 0 && now >= snapshot.fresh_until {
            self.metrics.count(series::KEYS_STALE, 1);
        }
        if now < snapshot.looked_at {
            return true;
        }
        if snapshot.is_reached {
            return now >= snapshot.fresh_until.plus(-COOL_DOWN_MS);
        }
        let wait = if snapshot.generation == 0 {
            REPEAT_MS
        } else {
            COOL_DOWN_MS
        };
        now >= snapshot.looked_at.plus(wait)
    }

    fn fetch(&self) -> impl Future<Output = Result<Fetched, FetchError>> + 'static {
        let (discovery, issuer) = (self.discovery.clone(), self.issuer.clone());
        self.metrics.count(series::KEYS_FETCHES, 1);
        async move { discovery.keys(&issuer).await }
    }

    fn learn(&mut self, fetched: Result<Fetched, FetchError>, now: UnixMillis) {
        let old = self.snapshot.load_full();
        let new = match fetched {
            Ok(fetched) => self.take(&old, fetched, now),
            Err(error) => {
                self.complain(&error, old.keys.len());
                Snapshot {
                    keys: old.keys.clone(),
                    is_reached: false,
                    looked_at: now,
                    ..*old
                }
            }
        };
        self.snapshot.store(Arc::new(new));
    }

    fn complain(&mut self, error: &FetchError, known: usize) {
        let (issuer, text) = (&self.issuer.url, error.to_string());
        if text == self.complaint {
            tracing::debug!(issuer, error = text, known, "keys not fetched again");
        } else {
            tracing::error!(
                issuer,
                error = text,
                known,
                "keys not fetched, trying again and again; those known serve for an hour"
            );
            self.complaint = text;
        }
    }

    /// A well-formed set replaces the old one even when it is empty: that is how
    /// an issuer revokes everything at once.
    fn take(&mut self, old: &Snapshot, fetched: Fetched, now: UnixMillis) -> Snapshot {
        let is_same = old.generation > 0 && self.document == fetched.document;
        if !is_same {
            tracing::info!(
                issuer = self.issuer.url,
                keys = fetched.keys.len(),
                "keys fetched"
            );
        }
        self.document = fetched.document;
        if !self.complaint.is_empty() {
            tracing::info!(issuer = self.issuer.url, "keys are fetched again");
            self.complaint.clear();
        }
        let lifetime = i64::try_from(fetched.lifetime.as_millis()).unwrap_or(0);
        Snapshot {
            keys: fetched.keys,
            generation: if is_same {
                old.generation
            } else {
                old.generation + 1
            },
            fresh_until: now.plus(lifetime),
            looked_at: now,
            fetched_at: now,
            is_reached: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(now: UnixMillis) -> Snapshot {
        Snapshot {
            generation: 1,
            fresh_until: now.plus(600_000),
            looked_at: now,
            is_reached: true,
            ..Snapshot::default()
        }
    }

    #[test]
    fn an_unknown_kid_waits_for_the_cool_down_before_it_causes_a_fetch() {
        let start = UnixMillis(1_000_000);
        let snapshot = seen(start);
        assert_eq!(snapshot.answer("x", start), Some(Err(AuthError::Invalid)));
        assert_eq!(
            snapshot.answer("x", start.plus(29_999)),
            Some(Err(AuthError::Invalid))
        );
        assert_eq!(snapshot.answer("x", start.plus(30_000)), None);
    }

    #[test]
    fn while_the_issuer_is_away_an_unknown_kid_is_no_fault_of_the_token() {
        let start = UnixMillis(1_000_000);
        let away = Snapshot {
            is_reached: false,
            ..seen(start)
        };
        assert_eq!(away.answer("x", start), Some(Err(AuthError::NoKeys)));
        let never = Snapshot {
            looked_at: start,
            ..Snapshot::default()
        };
        assert_eq!(
            never.answer("x", start.plus(4_999)),
            Some(Err(AuthError::NoKeys))
        );
        assert_eq!(never.answer("x", start.plus(5_000)), None);
    }

    #[test]
    fn keys_serve_an_hour_beyond_their_lifetime_and_no_longer() {
        let start = UnixMillis(1_000_000);
        let snapshot = seen(start);
        assert!(snapshot.is_usable(start.plus(600_000 + STALE_MS - 1)));
        assert!(!snapshot.is_usable(start.plus(600_000 + STALE_MS)));
    }
}
