//! The A2A protocol as values: what its objects mean to a task. The types are
//! the official ones, of the crate `a2a`.

pub mod artifact;
pub mod card;
pub mod error;
pub mod message;
pub mod push;
pub mod read;
pub mod signature;
pub mod v03;
pub mod version;

use crate::domain::task::TaskState;

/// The state as A2A 1.0 calls it.
pub fn state(state: TaskState) -> a2a::TaskState {
    match state {
        TaskState::Submitted => a2a::TaskState::Submitted,
        TaskState::Working => a2a::TaskState::Working,
        TaskState::InputRequired => a2a::TaskState::InputRequired,
        TaskState::AuthRequired => a2a::TaskState::AuthRequired,
        TaskState::Completed => a2a::TaskState::Completed,
        TaskState::Failed => a2a::TaskState::Failed,
        TaskState::Canceled => a2a::TaskState::Canceled,
        TaskState::Rejected => a2a::TaskState::Rejected,
    }
}

/// The state A2A 1.0 calls so; `None` for the one that says nothing.
pub fn known_state(state: &a2a::TaskState) -> Option<TaskState> {
    Some(match state {
        a2a::TaskState::Unspecified => return None,
        a2a::TaskState::Submitted => TaskState::Submitted,
        a2a::TaskState::Working => TaskState::Working,
        a2a::TaskState::InputRequired => TaskState::InputRequired,
        a2a::TaskState::AuthRequired => TaskState::AuthRequired,
        a2a::TaskState::Completed => TaskState::Completed,
        a2a::TaskState::Failed => TaskState::Failed,
        a2a::TaskState::Canceled => TaskState::Canceled,
        a2a::TaskState::Rejected => TaskState::Rejected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_counterpart() {
        for one in TaskState::ALL {
            assert_eq!(known_state(&state(one)), Some(one));
        }
        assert_eq!(known_state(&a2a::TaskState::Unspecified), None);
    }
}
