//! Where a task stands, what may happen to it, and what is written down.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::domain::{
    a2a::push::NewWebhook,
    id::{Owner, SessionId, TaskId},
    identity::Scopes,
    time::UnixMillis,
    trace::Trace,
};

/// Where a task stands, in A2A's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskState {
    /// Accepted and on disk; no agent has been called yet.
    Submitted,
    /// An agent works on it, or it waits to be tried again.
    Working,
    /// The agent asked something.
    InputRequired,
    /// The agent wants credentials.
    AuthRequired,
    /// Ended well; the result is there.
    Completed,
    /// Ended badly.
    Failed,
    /// Ended by its owner.
    Canceled,
    /// The agent did not take it.
    Rejected,
}

impl TaskState {
    /// Every state, in the order above.
    pub const ALL: [Self; 8] = [
        Self::Submitted,
        Self::Working,
        Self::InputRequired,
        Self::AuthRequired,
        Self::Completed,
        Self::Failed,
        Self::Canceled,
        Self::Rejected,
    ];

    /// Whether the task is over. A terminal state never changes again.
    pub fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed | Self::Canceled | Self::Rejected
        )
    }

    /// Whether the task waits for its caller.
    pub fn is_interrupted(self) -> bool {
        matches!(self, Self::InputRequired | Self::AuthRequired)
    }

    /// Whether it is somebody else's turn than its caller's.
    pub fn is_going_on(self) -> bool {
        !self.is_terminal() && !self.is_interrupted()
    }

    fn is_begun(self) -> bool {
        self == Self::Working || self.is_interrupted()
    }

    /// The word in the row and in events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Working => "working",
            Self::InputRequired => "input-required",
            Self::AuthRequired => "auth-required",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Rejected => "rejected",
        }
    }

    /// The word the original's clients know.
    pub fn plain(self) -> &'static str {
        match self {
            Self::Submitted => "queued",
            Self::Working | Self::InputRequired | Self::AuthRequired => "in_progress",
            Self::Completed => "done",
            Self::Failed | Self::Canceled | Self::Rejected => "error",
        }
    }

    /// The state after `event`.
    ///
    /// # Errors
    ///
    /// [`IllegalTransition`] if `event` cannot happen here: whoever asks has
    /// read a stale row.
    pub fn after(self, event: TaskEvent) -> Result<Self, IllegalTransition> {
        use TaskEvent as E;
        Ok(match (self, event) {
            (Self::Submitted | Self::Working, E::Claim) => Self::Working,
            (Self::Working, E::Retry | E::Release) => Self::Working,
            (Self::Working | Self::AuthRequired, E::AskInput) => Self::InputRequired,
            (Self::Working | Self::InputRequired, E::AskAuth) => Self::AuthRequired,
            (Self::InputRequired | Self::AuthRequired, E::Answer | E::GoOn) => Self::Working,
            (from, E::Complete) if from.is_begun() => Self::Completed,
            (from, E::Fail) if from.is_begun() => Self::Failed,
            (from, E::Reject) if !from.is_terminal() => Self::Rejected,
            (from, E::Cancel) if !from.is_terminal() => Self::Canceled,
            (from, event) => return Err(IllegalTransition { from, event }),
        })
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such task state")]
pub struct UnknownState;

impl FromStr for TaskState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|s| s.name() == text);
        known.ok_or(UnknownState)
    }
}

/// What may happen to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskEvent {
    /// A supervisor takes it, or takes it again after a lease ran out.
    Claim,
    /// The agent could not answer; it is due again later.
    Retry,
    /// The gateway gives the attempt back, uncounted.
    Release,
    /// The agent asks the caller something.
    AskInput,
    /// The agent wants credentials.
    AskAuth,
    /// The caller answered.
    Answer,
    /// The agent went on without an answer: it got credentials elsewhere.
    GoOn,
    /// The agent answered.
    Complete,
    /// The agent failed for good.
    Fail,
    /// The agent did not take it.
    Reject,
    /// Its owner ended it.
    Cancel,
}

/// An event that cannot happen in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a {from} task cannot {event:?}")]
pub struct IllegalTransition {
    /// Where the task stood.
    pub from: TaskState,
    /// What was tried.
    pub event: TaskEvent,
}

/// One call of an agent for one task. The number fences: whoever holds an old
/// one can no longer write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// The task.
    pub task: TaskId,
    /// 1 for the first claim; it only grows.
    pub number: u32,
}

/// A task as it is accepted: everything its first row says.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// Its name.
    pub id: TaskId,
    /// Who may read and cancel it.
    pub owner: Owner,
    /// The session of the whole hand-off.
    pub session: SessionId,
    /// The conversation it belongs to; a child shares its parent's.
    pub context: String,
    /// The task that handed it off.
    pub parent: Option<TaskId>,
    /// How many hand-offs lie above it.
    pub depth: u32,
    /// The agents it came through, the nearest first.
    pub actors: Vec<String>,
    /// What its agents may do in the owner's name.
    pub scopes: Scopes,
    /// As [`Target`](crate::domain::target::Target) writes itself.
    pub target: String,
    /// The input, JSON, exactly as it came.
    pub input: String,
    /// As [`Request`](crate::domain::a2a::message::Request) writes itself; `None`
    /// for a task of another face.
    pub request: Option<String>,
    /// The trace it belongs to.
    pub trace: Option<Trace>,
    /// The caller's `Idempotency-Key` with the digest of the request.
    pub key: Option<IdempotencyKey>,
    /// Who is to be told of everything that happens to it.
    pub webhook: Option<NewWebhook>,
}

impl NewTask {
    /// One that nobody handed off, in a conversation of its own, whose agents may do what
    /// agents usually may.
    pub fn new(owner: Owner, session: SessionId, target: String, input: String) -> Self {
        let id = TaskId::fresh();
        Self {
            id,
            owner,
            session,
            context: id.to_string(),
            parent: None,
            depth: 0,
            actors: Vec::new(),
            scopes: Scopes::DEFAULT,
            target,
            input,
            request: None,
            trace: None,
            key: None,
            webhook: None,
        }
    }
}

/// What makes a repeated request the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The header, as sent.
    pub key: String,
    /// SHA-256 of target and input, hex.
    pub digest: String,
}

/// How many times a task is tried and how long it waits in between.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Calls of the agent at most.
    pub max_attempts: u32,
    /// Milliseconds before the second call; doubles each time.
    pub first_delay_ms: u32,
}

/// The longest wait between two tries, and the longest `Retry-After` that is
/// honoured: an agent cannot park a task for a year.
pub const MAX_DELAY_MS: i64 = 300_000;

impl RetryPolicy {
    /// When try number `tries + 1` is due. `asked_ms` is the agent's own
    /// `Retry-After`; `chance` in 0..=1 spreads the rest over a quarter.
    pub fn due(
        &self,
        now: UnixMillis,
        tries: u32,
        asked_ms: Option<i64>,
        chance: f64,
    ) -> UnixMillis {
        let doubled = i64::from(self.first_delay_ms) << tries.saturating_sub(1).min(16);
        let spread = (doubled as f64 * (1.0 + chance.clamp(0.0, 1.0) / 4.0)) as i64;
        now.plus(spread.max(asked_ms.unwrap_or(0)).clamp(0, MAX_DELAY_MS))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_event() -> impl Strategy<Value = TaskEvent> {
        use TaskEvent::*;
        prop::sample::select(vec![
            Claim, Retry, Release, AskInput, AskAuth, Answer, GoOn, Complete, Fail, Reject, Cancel,
        ])
    }

    proptest! {
        #[test]
        fn an_ended_task_stays_as_it_ended(events in prop::collection::vec(any_event(), 0..32)) {
            let mut state = TaskState::Submitted;
            for event in events {
                let next = state.after(event);
                if state.is_terminal() {
                    prop_assert_eq!(next, Err(IllegalTransition { from: state, event }));
                }
                state = next.unwrap_or(state);
            }
        }

        #[test]
        fn a_retry_is_never_due_in_the_past_nor_in_a_year(tries in 0u32..1000, asked in any::<Option<i64>>(), chance in any::<f64>()) {
            let policy = RetryPolicy { max_attempts: 3, first_delay_ms: 1000 };
            let due = policy.due(UnixMillis(1000), tries, asked, chance);
            prop_assert!((1000..=1000 + MAX_DELAY_MS).contains(&due.0));
        }
    }

    #[test]
    fn every_state_survives_the_way_through_the_row() {
        for state in TaskState::ALL {
            assert_eq!(state.name().parse(), Ok(state));
        }
        assert_eq!("done".parse::<TaskState>(), Err(UnknownState));
    }
}
