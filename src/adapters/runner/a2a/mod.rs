//! Agents that speak A2A: their task is mirrored into ours as it goes on.

mod badge;
mod card;
mod conversation;
mod ending;
mod known;
mod outgoing;
mod patience;
mod stopping;
mod transcript;

use std::{sync::Arc, time::Duration};

use ::a2a::CancelTaskRequest;

use super::{Outcome, Parts, Signs, pen::Halt};
use crate::{
    adapters::{
        a2a::{
            cards::CardError,
            client::{self, AgentClient, fault::Fault},
            interface,
        },
        store::Claimed,
    },
    config::AgentConfig,
    domain::a2a::{error::Refused, message::Request},
};
use badge::Badge;
pub use card::Behalf;
pub(super) use card::extended;
use conversation::Conversation;
pub use stopping::Stopping;
pub(super) use stopping::ask as ask_to_stop;

/// How long an agent may take to be told that it should stop.
pub const TELL: Duration = Duration::from_secs(10);

/// A way to talk to an agent.
struct Line {
    client: AgentClient,
    /// Whether it tells what happens as it happens.
    streams: bool,
}

/// Runs one attempt at a task of `agent`.
pub(super) async fn run(
    parts: &Parts,
    claimed: &Arc<Claimed>,
    agent: &AgentConfig,
    signs: &Signs,
) -> Outcome {
    let run = async {
        let mut conversation = Conversation::begin(parts, claimed, agent, signs).await?;
        match conversation.run().await {
            Err(Halt::Orphan(task)) => {
                conversation.call_off(task).await;
                Ok(Outcome::Told)
            }
            Err(Halt::Refused(why)) => Ok(ending::refused(claimed, &why)),
            ended => ended,
        }
    };
    run.await.unwrap_or_else(Outcome::from)
}

/// Goes on listening to an agent that waits for credentials. What may pass is
/// waited for: the task has all the time in the world, and is looked at again.
pub(super) async fn follow(
    parts: &Parts,
    claimed: &Arc<Claimed>,
    agent: &AgentConfig,
    signs: &Signs,
) -> Outcome {
    let follow = async {
        let mut conversation = Conversation::begin(parts, claimed, agent, signs).await?;
        conversation.follow().await
    };
    match follow.await {
        Err(Halt::Again(why, _)) if signs.waits() => {
            let task = claimed.attempt.task;
            tracing::debug!(%task, why, "an agent that waits is away");
            Outcome::Told
        }
        ended => ended.unwrap_or_else(Outcome::from),
    }
}

/// Tells `agent` that nobody wants its task any more.
pub(super) async fn cancel(parts: &Parts, claimed: &Arc<Claimed>, agent: &AgentConfig) {
    let Some(remote) = &claimed.remote else {
        return;
    };
    let task = claimed.attempt.task;
    let request = outgoing::request(claimed);
    match connect(parts, claimed, &request, agent).await {
        Ok(line) => line.cancel(claimed, remote.task.clone()).await,
        Err(halt) => tracing::info!(%task, ?halt, "its agent could not be told to stop"),
    }
}

impl Line {
    /// Cancels the agent's task `remote`, which is its part of `claimed`.
    async fn cancel(&self, claimed: &Claimed, remote: String) {
        let task = claimed.attempt.task;
        let request = CancelTaskRequest {
            id: remote,
            metadata: None,
            tenant: None,
        };
        match self.client.cancel_task(&request).await {
            Ok(_) => tracing::debug!(%task, "its agent was told to stop"),
            Err(error) => tracing::info!(%task, %error, "its agent did not stop"),
        }
    }
}

/// Finds out by its card how `agent` is called.
async fn connect(
    parts: &Parts,
    claimed: &Arc<Claimed>,
    request: &Request,
    agent: &AgentConfig,
) -> Result<Line, Halt> {
    let means = &parts.means;
    let card = means.cards.named(&agent.agent.name).await;
    let card = card.map_err(|error| match error {
        CardError::Away(_) => Halt::Again(error.to_string(), None),
        CardError::Unusable(_) | CardError::Unknown => Halt::Failed(error.to_string()),
    })?;
    let chosen = interface::choose(&card, &agent.agent, &means.rules);
    let (interface, to) = chosen.map_err(|error| Halt::Failed(error.to_string()))?;
    let client = means.clients.to(&to);
    let client = client.map_err(|error| Halt::Failed(error.to_string()))?;
    let badge = Badge::new(parts, claimed, request, agent);
    let client = client::connect(&interface, client.clone(), Arc::new(badge));
    Ok(Line {
        client: client.map_err(|error| halt(&error))?,
        streams: card.capabilities.streaming == Some(true),
    })
}

/// What an error of a send means for an attempt whose agent has no task of it.
fn refusal(error: &::a2a::A2AError) -> Halt {
    let refused = match Fault::of(error) {
        Fault::Nonsense | Fault::TooLarge => Some(no_answer(&error.message)),
        Fault::Refused | Fault::Unsupported => Refused::of(error),
        _ => None,
    };
    refused.map_or_else(|| halt(error), Halt::Refused)
}

/// The agent answered something that is none.
fn no_answer(why: &str) -> Refused {
    Refused {
        detail: why.to_owned(),
        code: ::a2a::error_code::INVALID_AGENT_RESPONSE,
    }
}

/// What an error of a call means for the attempt.
fn halt(error: &::a2a::A2AError) -> Halt {
    match Fault::of(error) {
        Fault::Away => Halt::Again(error.message.clone(), None),
        Fault::Busy(after_ms) => Halt::Again(error.message.clone(), after_ms),
        _ => Halt::Failed(error.message.clone()),
    }
}
