//! How long a message waits for an actor, asked now and then and not on the way
//! of a request.

use std::time::{Duration, Instant};

use actix::prelude::*;

/// Longer than this nobody waits to hear how long it takes.
const LONGEST: Duration = Duration::from_secs(10);

/// Does nothing: that it is handled is the answer.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Pulse;

/// How long a message waited for `actor` just now, ten seconds at most.
pub(super) async fn wait<A>(actor: &Addr<A>) -> Duration
where
    A: Actor<Context = Context<A>> + Handler<Pulse>,
{
    let since = Instant::now();
    // Whoever has died is noticed elsewhere.
    let _ = tokio::time::timeout(LONGEST, actor.send(Pulse)).await;
    since.elapsed().min(LONGEST)
}

/// Has an actor answer a [`Pulse`]; one that is generic names what it is of.
macro_rules! has_pulse {
    ($actor:ty $(, $one:ident: $bound:path)?) => {
        impl$(<$one: $bound>)? actix::Handler<crate::actors::pulse::Pulse> for $actor {
            type Result = ();

            fn handle(&mut self, _: crate::actors::pulse::Pulse, _: &mut Self::Context) {}
        }
    };
}

pub(super) use has_pulse;
