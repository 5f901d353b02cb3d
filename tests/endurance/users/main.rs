//! Many people, each of whom spends a little and does not come back: whether the
//! ledger forgets them.
//!
//!     cargo run --release --example users -- [users [window]]
//!
//! 1,000,000 users in an hour, with windows of 60 seconds, when nobody says. The hour
//! is simulated: the clock goes on when all is done that is due. A second one follows,
//! of other users. Prints the memory of the process before, at its highest and after
//! each, and fails if it does not come back to where it was.

use std::{env, fs, time::Duration};

use actix::System;
use attach_gateway::{
    actors::ledger::Ledger,
    adapters::usage::prometheus::Prometheus,
    domain::{
        id::Owner,
        identity::Scopes,
        quota::{Hold, Limit, Limits, Pattern, Rule, Subject},
    },
};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const HOUR: Duration = Duration::from_secs(3600);
/// Users between two steps of the clock.
const CROWD: u64 = 100;
/// What an allocator may keep for itself, in MB; a million users that were not
/// forgotten would be some hundred.
const KEPT: f64 = 16.0;
/// What a second hour may add to that: a table that grows at another moment leaves
/// other holes; eight bytes a user would already be more.
const ADDED: f64 = 6.0;

fn main() -> Result<(), Failure> {
    let mut words = env::args().skip(1);
    let mut number = |usual| words.next().map_or(Ok(usual), |word| word.parse::<u64>());
    let (users, window) = (number(1_000_000)?, number(60)?);
    System::new().block_on(spend(users, window))
}

async fn spend(users: u64, window: u64) -> Result<(), Failure> {
    tokio::time::pause();
    let limits = limits(i64::try_from(window)? * 1000);
    let ledger = Ledger::start(limits.clone(), &Prometheus::new("i", 10));
    // What is needed once is there before it is measured.
    call(&ledger, &limits, u64::MAX).await?;
    println!("{users} users in an hour, windows of {window} s");
    let before = resident()?;
    println!("before {before:>17.1} MB");
    let first = hour(&ledger, &limits, 0..users, window).await?;
    let second = hour(&ledger, &limits, users..2 * users, window).await?;
    if first - before > KEPT || second - first > ADDED {
        return Err("that has not come back".into());
    }
    Ok(())
}

/// Lets these users come, each once, and go; gives the memory that is left then.
async fn hour(
    ledger: &Ledger,
    limits: &Limits,
    users: std::ops::Range<u64>,
    window: u64,
) -> Result<f64, Failure> {
    let step = HOUR.mul_f64(CROWD as f64 / (users.end - users.start) as f64);
    let mut highest = 0.0_f64;
    for user in users {
        call(ledger, limits, user).await?;
        if user % CROWD == CROWD - 1 {
            tokio::time::sleep(step).await;
        }
        if user % 10_000 == 9_999 {
            highest = highest.max(resident()?);
        }
    }
    // The last of them leave with their window, and are swept within half a minute.
    tokio::time::sleep(Duration::from_secs(window + 61)).await;
    let after = resident()?;
    println!("highest {highest:>6.1}, after {after:>6.1} MB");
    Ok(after)
}

/// Two windows each: one of everyone, one of a model.
fn limits(window_ms: i64) -> Limits {
    let limit = Limit {
        tokens: 10_000,
        window_ms,
    };
    let model = Rule {
        name: "model".into(),
        limit,
        model: Pattern::parse("*"),
        scope: None,
        issuer: None,
        user: None,
    };
    Limits::new(Some(limit), [model])
}

/// One streamed call: it holds, holds more, spends, and ends.
async fn call(ledger: &Ledger, limits: &Limits, user: u64) -> Result<(), Failure> {
    let owner = Owner::new("https://issuer.example", format!("user-{user}"));
    let subject = Subject {
        owner: &owner,
        scopes: Scopes::default(),
        model: "m",
    };
    let under = limits.under(&subject).ok_or("no limit holds")?;
    let hold = Hold {
        prompt: 20,
        output: 256,
    };
    let mut held = ledger.reserve(owner, under, hold).await?;
    held.spend(276);
    held.absorb(held.more(256).await?);
    held.spend(300);
    Ok(())
}

/// Memory of this process that is in RAM, in MB.
fn resident() -> Result<f64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kilobytes.ok_or("no VmRSS")?.parse::<f64>()? / 1000.0)
}
