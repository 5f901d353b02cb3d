//! How workflows end, and what that is to their tasks.

use crate::{adapters::store::Finish, domain::task::TaskState};

/// How a workflow ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// It returned this JSON.
    Completed(String),
    /// It returned something else.
    NotJson {
        /// What that says it is; empty where it does not say.
        encoding: String,
        /// How long it is.
        bytes: usize,
    },
    /// It failed.
    Failed {
        /// What its code calls the failure.
        kind: Option<String>,
        /// What its code said.
        message: String,
    },
    /// It ended as it was asked to.
    Canceled,
    /// Its time was over.
    TimedOut,
    /// It was ended from outside.
    Terminated {
        /// What whoever did it said.
        reason: String,
    },
    /// Temporal knows none of that id.
    Unknown,
}

impl Ending {
    /// How a task ends whose workflow, which only ran it, ended like this: as somebody in
    /// Temporal wanted. `None` where that is no reason for the task to end.
    pub fn of_task(&self) -> Option<Finish> {
        let (state, why) = match self {
            Self::Canceled => (
                TaskState::Canceled,
                "its workflow was canceled in Temporal".to_owned(),
            ),
            Self::Terminated { reason } => (
                TaskState::Failed,
                format!("its workflow was terminated in Temporal: {reason}"),
            ),
            Self::TimedOut => (
                TaskState::Failed,
                "the time that Temporal had for it is over".to_owned(),
            ),
            _ => return None,
        };
        let output = serde_json::json!({ "detail": why }).to_string();
        Some(Finish::new(state, output, Some(why)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_somebody_wanted_to_end_ends_a_task() {
        let reason = "the house burns".to_owned();
        let ended = Ending::Terminated { reason }.of_task().unwrap();
        assert_eq!(ended.state, TaskState::Failed);
        assert!(ended.output.contains("the house burns"));
        let canceled = Ending::Canceled.of_task().unwrap();
        assert_eq!(canceled.state, TaskState::Canceled);
        let failed = Ending::Failed {
            kind: None,
            message: "no worker".to_owned(),
        };
        for other in [failed, Ending::Unknown, Ending::Completed("{}".to_owned())] {
            assert!(other.of_task().is_none(), "{other:?}");
        }
    }
}
