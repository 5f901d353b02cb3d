//! Windows in Redis: what several gateways hold and spend, added up in one place.
//!
//! One step is one round trip, and one script: all windows of a call, or none. The
//! time is Redis's own. It is one server, by the address it has: neither a cluster's
//! redirections nor a sentinel's word of another one are followed. The payer's name is
//! not in the keys, and every key expires. A hold is good for a lease: one whose
//! gateway dies goes when that is over.

mod link;
mod look;
mod script;

use std::{sync::Arc, time::Duration};

use redis::{Cmd, RedisError};
use tokio::time::timeout;

use crate::{
    adapters::secret::{hex, sha256},
    domain::{
        id::Owner,
        quota::{Granted, Hold, Limits, Refusal, Standing, Under},
    },
};
pub use link::Away;
use link::Link;

/// How long a hold is good for unless it is [renewed](Redis::renew), and how long a
/// settled one is remembered at least; where the window is longer, for that.
pub const LEASE: Duration = Duration::from_secs(120);
/// How long a caller waits, whatever has to be done for it.
const PATIENCE: Duration = Duration::from_secs(2);
/// Of one call; an engine that says more is out of its mind, and sums must not
/// overflow.
const MOST_SPENT: u64 = 1 << 40;
/// The largest limit that scripts can count with.
const LARGEST: u64 = 1 << 52;

/// Whose windows: the payer's name as Redis knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Payer(Arc<str>);

impl Payer {
    /// `owner`, digested.
    pub fn of(owner: &Owner) -> Self {
        let name = format!("{}\n{}", owner.issuer, owner.user);
        Self(hex(&sha256(name.as_bytes())[..16]).into())
    }
}

/// One call, as Redis knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its name: no other call of any gateway has it.
    pub id: Arc<str>,
    /// Who pays.
    pub payer: Payer,
    /// The limits that hold for it.
    pub under: Under,
}

/// What a call has cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The call.
    pub call: Call,
    /// Tokens.
    pub spent: u64,
    /// How long ago it ended.
    pub age: Duration,
}

/// The windows in one Redis. A clone is cheap.
#[derive(Clone)]
pub struct Redis {
    link: Arc<Link>,
    limits: Limits,
}

impl Redis {
    /// Windows of `limits` in the Redis at `url`; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// `url` is none of Redis.
    pub fn new(url: &str, limits: Limits) -> Result<Self, RedisError> {
        let link = Arc::new(Link::new(url)?);
        Ok(Self { link, limits })
    }

    /// Why it cannot be asked, if it cannot; fit for logs.
    pub fn trouble(&self) -> Option<String> {
        self.link.trouble()
    }

    /// Which connection is in use: with another number it may be another Redis, or
    /// one that has lost what it knew.
    pub fn connection(&self) -> u64 {
        self.link.number()
    }

    /// Connects, if it is not: an attempt takes two seconds at most, and those who ask
    /// meanwhile wait for its end. Without it every step fails at once.
    ///
    /// # Errors
    ///
    /// [`Away`].
    pub async fn connect(&self) -> Result<(), Away> {
        self.link.connect().await
    }

    /// Whether it answers.
    ///
    /// # Errors
    ///
    /// [`Away`].
    pub async fn ping(&self) -> Result<(), Away> {
        let ping = async |connection: &mut _| redis::cmd("PING").query_async(connection).await;
        self.link.step(ping).await
    }

    /// Holds what `hold` asks in every window of `call`, the answer's part cut to the
    /// room there is. Asked again under the same name it gives what it gave. `None`
    /// if the call has been [settled](Self::settle).
    ///
    /// # Errors
    ///
    /// [`Away`]: within two seconds.
    pub async fn reserve(
        &self,
        call: &Call,
        hold: Hold,
    ) -> Result<Option<Result<Granted, Refusal>>, Away> {
        self.ask_anew(call, hold, false).await
    }

    /// Holds so many tokens more for `call`, or what room there is. Where the answer
    /// was lost and it had to be asked again, it may be held twice until the call is
    /// settled.
    ///
    /// # Errors
    ///
    /// As [`reserve`](Self::reserve).
    pub async fn more(
        &self,
        call: &Call,
        tokens: u64,
    ) -> Result<Option<Result<Granted, Refusal>>, Away> {
        let slice = Hold {
            prompt: 0,
            output: tokens,
        };
        self.ask_anew(call, slice, true).await
    }

    /// Gives back what these calls held and charges what they cost, each once however
    /// often it is asked.
    ///
    /// # Errors
    ///
    /// [`Away`]: some may have been settled.
    pub async fn settle(&self, settled: &[Settled]) -> Result<(), Away> {
        let commands = settled.iter().map(|one| self.settling(one));
        self.all(commands.collect()).await
    }

    /// Renews the lease of these calls, each with the tokens it holds.
    ///
    /// # Errors
    ///
    /// [`Away`]: some may have been renewed.
    pub async fn renew(&self, held: &[(Call, u64)]) -> Result<(), Away> {
        let commands = held.iter().map(|(call, held)| self.renewal(call, *held));
        self.all(commands.collect()).await
    }

    /// Asks, and once more where the connection may have been lost long before.
    async fn ask_anew(
        &self,
        call: &Call,
        hold: Hold,
        is_more: bool,
    ) -> Result<Option<Result<Granted, Refusal>>, Away> {
        let asking = async {
            match self.ask(call, hold, is_more).await {
                Err(away) if away.was_broken && self.connect().await.is_ok() => {
                    self.ask(call, hold, is_more).await
                }
                answer => answer,
            }
        };
        timeout(PATIENCE, asking).await.unwrap_or(Err(Away {
            in_doubt: true,
            was_broken: false,
            was_refused: false,
        }))
    }

    async fn ask(
        &self,
        call: &Call,
        hold: Hold,
        is_more: bool,
    ) -> Result<Option<Result<Granted, Refusal>>, Away> {
        let mut command = self.command(&self.link.scripts.reserve, call);
        let tokens = |tokens: u64| tokens.min(MOST_SPENT);
        command.arg(&*call.id).arg(tokens(hold.prompt));
        command.arg(tokens(hold.output)).arg(millis(LEASE));
        command.arg(u8::from(is_more));
        for id in call.under.ids() {
            let limit = self.limits.rule(*id).limit;
            command.arg(limit.tokens.min(LARGEST)).arg(limit.window_ms);
        }
        let ask = async |connection: &mut _| command.query_async::<[i64; 7]>(connection).await;
        let answer = self.link.step(ask).await?;
        Ok(self.read(call, answer))
    }

    /// What the script says, see `reserve.lua`.
    fn read(&self, call: &Call, answer: [i64; 7]) -> Option<Result<Granted, Refusal>> {
        let [word, held, refuser, retry_ms, least, room, reset_ms] = answer;
        let rule = |place: i64| {
            let index = usize::try_from(place.saturating_sub(1)).ok()?;
            let id = call.under.ids().get(index)?;
            Some(self.limits.rule(*id))
        };
        let standing = Standing {
            limit: rule(least)?.limit.tokens,
            remaining: tokens(room),
            reset_ms,
        };
        match word {
            1 => Some(Ok(Granted {
                held: tokens(held),
                standing,
            })),
            0 => Some(Err(Refusal::Exceeded {
                limit: rule(refuser)?.name.clone(),
                retry_ms,
                standing,
            })),
            _ => None,
        }
    }

    fn settling(&self, settled: &Settled) -> Cmd {
        let mut command = self.command(&self.link.scripts.settle, &settled.call);
        command
            .arg(&*settled.call.id)
            .arg(settled.spent.min(MOST_SPENT))
            .arg(millis(settled.age))
            .arg(millis(LEASE));
        self.with_windows(command, &settled.call)
    }

    fn renewal(&self, call: &Call, held: u64) -> Cmd {
        let mut command = self.command(&self.link.scripts.renew, call);
        command
            .arg(&*call.id)
            .arg(held.min(MOST_SPENT))
            .arg(millis(LEASE));
        self.with_windows(command, call)
    }

    fn with_windows(&self, mut command: Cmd, call: &Call) -> Cmd {
        for id in call.under.ids() {
            command.arg(self.limits.rule(*id).limit.window_ms);
        }
        command
    }

    fn command(&self, script: &redis::Script, call: &Call) -> Cmd {
        let keys = call.under.ids().iter().flat_map(|id| {
            let name = &self.limits.rule(*id).name;
            let window = format!("attach:quota:{{{}}}:{name}", call.payer.0);
            [
                window.clone(),
                window.clone() + ":spent",
                window + ":leases",
            ]
        });
        script::run(script, &keys.collect::<Vec<_>>())
    }

    async fn all(&self, commands: Vec<Cmd>) -> Result<(), Away> {
        if commands.is_empty() {
            return Ok(());
        }
        let mut pipe = redis::pipe();
        for command in commands {
            pipe.add_command(command).ignore();
        }
        let ask = async |connection: &mut _| pipe.query_async::<()>(connection).await;
        self.link.step(ask).await
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis())
        .unwrap_or(u64::MAX)
        .min(LARGEST)
}

fn tokens(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
