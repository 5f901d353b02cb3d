//! Running a claimed task: one call of whoever it is for.

mod answer;
mod call;

use std::{sync::Arc, time::Duration};

use crate::{
    adapters::{
        identity::mint::{Delegated, Minter},
        store::{Claimed, Finish},
    },
    domain::{
        target::{Destination, OWN_CHAT, Target, TargetRules},
        task::TaskState,
        time::UnixMillis,
    },
};
use call::{Call, Caller};

/// What became of one attempt.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The task is over.
    Finished(Finish),
    /// It may be tried again.
    Again {
        /// Why, in words.
        detail: String,
        /// What the task's result says if it is not.
        output: String,
        /// The agent's own `Retry-After`, in milliseconds.
        after_ms: Option<i64>,
        /// Whether it counts as a try.
        counted: bool,
    },
}

/// Runs tasks. A clone is cheap.
#[derive(Clone)]
pub struct Runner(Arc<Parts>);

struct Parts {
    rules: TargetRules,
    /// Where the gateway's own chat answers.
    own_chat: Destination,
    minter: Arc<Minter>,
    caller: Caller,
    timeout: Duration,
}

impl Runner {
    /// A runner that sends tasks where `rules` allow, within `timeout` a call.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up on this machine.
    pub fn new(
        rules: TargetRules,
        own_chat: Destination,
        minter: Arc<Minter>,
        timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self(Arc::new(Parts {
            rules,
            own_chat,
            minter,
            caller: Caller::new()?,
            timeout,
        })))
    }

    /// How long one call may take.
    pub fn timeout(&self) -> Duration {
        self.0.timeout
    }

    /// Makes the call of one attempt. Dropping the future hangs up.
    pub async fn run(&self, claimed: &Claimed, now: UnixMillis) -> Outcome {
        let parts = &*self.0;
        let target = match parts.rules.restore(&claimed.target) {
            Ok(target) => target,
            Err(error) => return rejected(&error.to_string()),
        };
        let to = match parts.rules.destination(&target) {
            Some(to) => to,
            None if target == Target::OwnChat => parts.own_chat.clone(),
            None => return rejected("its agent is no longer configured"),
        };
        let name = agent_name(&target);
        let token = match self.delegate(claimed, &name, now) {
            Ok(token) => token,
            Err(error) => return again(format!("no token could be made: {error}")),
        };
        let input = match target {
            Target::OwnChat => answer::whole(&claimed.input),
            _ => claimed.input.clone(),
        };
        let call = Call {
            claimed,
            to: &to,
            token: &token,
            input,
        };
        match parts.caller.post(call).await {
            Ok(mut reply) => {
                if target != Target::OwnChat {
                    // An agent that could say so would be tried for ever.
                    reply.headers.remove(answer::LIMITED_BY);
                }
                answer::outcome(reply, UnixMillis::now())
            }
            Err(error) => again(error),
        }
    }

    fn delegate(&self, claimed: &Claimed, name: &str, now: UnixMillis) -> std::io::Result<String> {
        let mut actors = vec![name.to_owned()];
        actors.extend(claimed.actors.iter().cloned());
        let limit = i64::try_from(self.0.timeout.as_millis()).unwrap_or(i64::MAX);
        let delegated = Delegated {
            owner: &claimed.owner,
            task: Some(claimed.attempt.task),
            session: &claimed.session,
            scopes: claimed.scopes,
            actors: &actors,
            key: None,
            expires_at: now.plus(limit),
        };
        self.0.minter.mint(&delegated, now)
    }
}

/// What `act` calls the one who works on a task: an agent's name, or the place
/// of one that has none.
fn agent_name(target: &Target) -> String {
    match target {
        Target::OwnChat => OWN_CHAT.to_owned(),
        Target::Agent(name) => name.clone(),
        Target::Url(url) => url.origin().ascii_serialization(),
    }
}

fn rejected(why: &str) -> Outcome {
    let output = serde_json::json!({ "detail": why }).to_string();
    let end = Finish::new(TaskState::Rejected, output, Some(why.to_owned()));
    Outcome::Finished(end)
}

fn again(detail: String) -> Outcome {
    Outcome::Again {
        output: serde_json::json!({ "detail": detail }).to_string(),
        detail,
        after_ms: None,
        counted: true,
    }
}
