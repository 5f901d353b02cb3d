//! Running a claimed task: one call of whoever it is for.

mod a2a;
mod answer;
mod call;
mod chat;
mod pen;
mod signs;
mod streamed;
mod telling;
mod workflow;

use std::{collections::HashMap, sync::Arc, time::Duration};

use ::a2a::{A2AError, AgentCard};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::{
    adapters::{
        a2a::cards::AgentCards,
        clients::Clients,
        identity::mint::{Delegated, Minter},
        store::{Claimed, Finish, Store},
        temporal::Workflows,
    },
    config::{AgentConfig, AgentKind},
    domain::{
        id::TaskId,
        target::{Destination, OWN_CHAT, Target, TargetRules},
        task::TaskState,
        time::UnixMillis,
    },
};

pub use self::{
    a2a::{Behalf, Stopping, TELL},
    signs::Signs,
};
use telling::Telling;

/// Agents that wait for credentials and are listened to at the same time, at
/// most. The others are asked now and then.
pub const LISTENERS: usize = 256;

/// What became of one attempt.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The task is over.
    Finished(Finish),
    /// The task is over here; its agent may still be at it.
    GivenUp(Finish),
    /// The row says it already, or has moved on without this attempt.
    Told,
    /// It may be tried again.
    Again(Setback),
    /// It waits for something that is looked after elsewhere; no agent is at it.
    Waits {
        /// For what, in words.
        detail: String,
        /// When to look all the same.
        until: UnixMillis,
    },
}

/// A failure that is not final.
#[derive(Clone, Debug)]
pub struct Setback {
    /// Why, in words.
    pub detail: String,
    /// What the task's result says if it is not tried again.
    pub output: String,
    /// The agent's own `Retry-After`, in milliseconds.
    pub after_ms: Option<i64>,
    /// Whether it counts as a try.
    pub counted: bool,
}

/// What running tasks takes.
pub struct Means {
    /// Where tasks may go.
    pub rules: TargetRules,
    /// Where the gateway's own chat answers.
    pub own_chat: Destination,
    /// The configured agents.
    pub agents: Vec<AgentConfig>,
    /// Where what agents say is written as it comes.
    pub store: Store,
    /// What signs delegation tokens.
    pub minter: Arc<Minter>,
    /// What calls agents.
    pub clients: Clients,
    /// What A2A agents say of themselves.
    pub cards: AgentCards,
    /// The workflows that tasks are for, where there is Temporal.
    pub workflows: Option<Workflows>,
    /// How long a call may take.
    pub timeout: Duration,
    /// How long an attempt holds without being renewed.
    pub lease: Duration,
}

/// Runs tasks. A clone is cheap.
#[derive(Clone)]
pub struct Runner(Arc<Parts>);

struct Parts {
    means: Means,
    telling: Telling,
    listeners: Semaphore,
}

impl Runner {
    /// A runner of these means.
    pub fn new(means: Means) -> Self {
        Self(Arc::new(Parts {
            telling: Telling::of(&means.agents),
            listeners: Semaphore::new(LISTENERS),
            means,
        }))
    }

    /// Runs one attempt, within the limit of its agent; what it says on the way
    /// is in the rows as it comes, and how it stands in `signs`. Dropping the
    /// future hangs up.
    pub async fn run(&self, claimed: &Arc<Claimed>, signs: &Signs) -> Outcome {
        let parts = &*self.0;
        let target = match parts.means.rules.restore(&claimed.target) {
            Ok(target) => target,
            Err(error) => return rejected(&error.to_string()),
        };
        if let Target::Workflow(name) = &target {
            return workflow::run(parts.means.workflows.as_ref(), claimed, name).await;
        }
        if let Some(agent) = parts.a2a(&target) {
            return a2a::run(parts, claimed, agent, signs).await;
        }
        let limit = parts.limit(&target);
        let call = chat::run(parts, claimed, &target, limit);
        let late = |_| again(too_late(limit), None);
        tokio::time::timeout(limit, call).await.unwrap_or_else(late)
    }

    /// Goes on with an attempt that waits for credentials: listens again, or
    /// where enough are listened to looks once how it is.
    pub async fn follow(&self, claimed: &Arc<Claimed>, signs: &Signs) -> Outcome {
        let parts = &*self.0;
        let target = parts.means.rules.restore(&claimed.target);
        match target.ok().and_then(|target| parts.a2a(&target)) {
            Some(agent) => a2a::follow(parts, claimed, agent, signs).await,
            None => rejected("its agent is no longer configured"),
        }
    }

    /// The card that the agent called `name` shows to `whose`.
    ///
    /// # Errors
    ///
    /// It has none; it is away or answers nonsense; ten seconds are over.
    pub async fn extended_card(&self, name: &str, whose: Behalf) -> Result<AgentCard, A2AError> {
        let target = Target::Agent(name.to_owned());
        match self.0.a2a(&target) {
            Some(agent) => a2a::extended(&self.0, agent, whose).await,
            None => Err(A2AError::unsupported_operation("the agent speaks no A2A")),
        }
    }

    /// Asks the agent of a task whether it stops, with the caller's own
    /// `metadata`, and waits five seconds for its word. Nothing is written: what
    /// follows from the word is the caller's to do.
    pub async fn ask_to_stop(
        &self,
        task: TaskId,
        metadata: Option<HashMap<String, Value>>,
    ) -> Stopping {
        a2a::ask_to_stop(&self.0, task, metadata).await
    }

    /// Tells the agent of a task that was canceled, or failed here, to stop. Does
    /// what it can within ten seconds once it is its turn: an agent that does not
    /// answer keeps those waiting that are to tell it, too.
    pub async fn tell_off(&self, task: TaskId) {
        // Whoever looks after workflows reads in the rows which to stop.
        self.0.means.workflows.iter().for_each(Workflows::wake);
        self.0.tell_off(task).await;
    }
}

impl Parts {
    /// The agent that `target` names, if it speaks A2A.
    fn a2a(&self, target: &Target) -> Option<&AgentConfig> {
        self.agent(target)
            .filter(|agent| agent.kind == AgentKind::A2a)
    }

    fn agent(&self, target: &Target) -> Option<&AgentConfig> {
        let Target::Agent(name) = target else {
            return None;
        };
        let mut agents = self.means.agents.iter();
        agents.find(|agent| agent.agent.name == *name)
    }

    fn limit(&self, target: &Target) -> Duration {
        let own = self.agent(target).and_then(|agent| agent.timeout);
        own.unwrap_or(self.means.timeout)
    }

    /// A token for the agent called `name`, for as long as a call may take.
    fn delegate(&self, claimed: &Claimed, name: &str, limit: Duration) -> std::io::Result<String> {
        let mut actors = vec![name.to_owned()];
        actors.extend(claimed.actors.iter().cloned());
        mint(&self.means.minter, claimed, &actors, limit)
    }
}

fn mint(
    minter: &Minter,
    claimed: &Claimed,
    actors: &[String],
    limit: Duration,
) -> std::io::Result<String> {
    let now = UnixMillis::now();
    let limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
    let delegated = Delegated {
        owner: &claimed.owner,
        task: Some(claimed.attempt.task),
        session: &claimed.session,
        scopes: claimed.scopes,
        actors,
        key: None,
        expires_at: now.plus(limit),
    };
    minter.mint(&delegated, now)
}

/// What `act` calls the one who works on a task: an agent's name, or the place
/// of one that has none.
fn agent_name(target: &Target) -> String {
    match target {
        Target::OwnChat => OWN_CHAT.to_owned(),
        Target::Agent(name) => name.clone(),
        Target::Url(url) => url.origin().ascii_serialization(),
        Target::Workflow(_) => target.to_string(),
    }
}

fn too_late(limit: Duration) -> String {
    format!("the agent did not answer within {} s", limit.as_secs())
}

fn ended(state: TaskState, why: String) -> Outcome {
    let output = json!({ "detail": why }).to_string();
    Outcome::Finished(Finish::new(state, output, Some(why)))
}

fn rejected(why: &str) -> Outcome {
    ended(TaskState::Rejected, why.to_owned())
}

fn failed(why: String) -> Outcome {
    ended(TaskState::Failed, why)
}

fn again(detail: String, after_ms: Option<i64>) -> Outcome {
    Outcome::Again(Setback {
        output: json!({ "detail": detail }).to_string(),
        detail,
        after_ms,
        counted: true,
    })
}
