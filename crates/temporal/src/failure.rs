//! What a failure says: its kind and its message.

use std::iter;

use temporalio_common::protos::temporal::api::failure::v1::{
    Failure, failure::FailureInfo as Info,
};

/// The kind, and the words, of the failure that a workflow ended with. Both sit on the
/// first failure of an application, below those that only tell which activity or child
/// it came through; deeper ones are causes that the application itself gave.
pub(crate) fn told(failure: &Failure) -> (Option<String>, String) {
    let Some(found) = chain(failure).find(|failure| !is_wrapper(failure)) else {
        return (None, failure.message.clone());
    };
    let kind = match &found.failure_info {
        Some(Info::ApplicationFailureInfo(info)) => Some(info.r#type.clone()),
        Some(Info::TimeoutFailureInfo(_)) => Some("Timeout".to_owned()),
        Some(Info::CanceledFailureInfo(_)) => Some("Canceled".to_owned()),
        Some(Info::TerminatedFailureInfo(_)) => Some("Terminated".to_owned()),
        _ => None,
    };
    (kind.filter(|kind| !kind.is_empty()), found.message.clone())
}

fn chain(failure: &Failure) -> impl Iterator<Item = &Failure> {
    iter::successors(Some(failure), |failure| failure.cause.as_deref())
}

fn is_wrapper(failure: &Failure) -> bool {
    matches!(
        failure.failure_info,
        Some(Info::ActivityFailureInfo(_) | Info::ChildWorkflowExecutionFailureInfo(_))
    )
}

#[cfg(test)]
mod tests {
    use temporalio_common::protos::temporal::api::failure::v1::{
        ActivityFailureInfo, ApplicationFailureInfo,
    };

    use super::*;

    fn failure(message: &str, info: Option<Info>, cause: Option<Failure>) -> Failure {
        Failure {
            message: message.to_owned(),
            failure_info: info,
            cause: cause.map(Box::new),
            ..Failure::default()
        }
    }

    fn application(kind: &str) -> Option<Info> {
        Some(Info::ApplicationFailureInfo(ApplicationFailureInfo {
            r#type: kind.to_owned(),
            ..ApplicationFailureInfo::default()
        }))
    }

    #[test]
    fn the_kind_is_that_of_the_first_application_failure_not_of_its_cause() {
        let cause = failure("connection reset", application("OSError"), None);
        let own = failure("no model", application("ModelError"), Some(cause));
        let activity = Some(Info::ActivityFailureInfo(ActivityFailureInfo::default()));
        let outer = failure("Activity task failed", activity, Some(own));
        assert_eq!(
            told(&outer),
            (Some("ModelError".to_owned()), "no model".to_owned())
        );
    }

    #[test]
    fn a_wrapper_around_nothing_still_has_words() {
        let activity = Some(Info::ActivityFailureInfo(ActivityFailureInfo::default()));
        let outer = failure("Activity task failed", activity, None);
        assert_eq!(told(&outer), (None, "Activity task failed".to_owned()));
    }
}
