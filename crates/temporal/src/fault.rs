//! The ways a call fails.

use tonic::{Code, Status};

/// Why a call did not happen. The words are for people: lower case, with what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It may work later, as it is: Temporal is not there, is busy, does not let us, or
    /// waits for somebody to mend its configuration.
    #[error("{0}")]
    Away(String),
    /// It will not work, however often it is asked.
    #[error("{0}")]
    Refused(String),
    /// The same, if not for search attributes: the server names what it does not know, or
    /// no longer, in the same way as all else that it finds wrong with a request.
    #[error("{0}")]
    Unfit(String),
}

impl Fault {
    /// Whether to try again later.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Away(_))
    }

    /// What `doing` came to. Only what the request itself is to blame for is refused.
    pub(crate) fn of(doing: &str, status: &Status) -> Self {
        let said = status.message();
        if is_too_large(status) {
            return Self::Refused(format!(
                "temporal refused to {doing}: more than it takes in one piece ({said}); keep inputs under 2 MiB"
            ));
        }
        match status.code() {
            Code::InvalidArgument => Self::Unfit(format!("temporal refused to {doing}: {said}")),
            Code::OutOfRange | Code::Unimplemented => {
                Self::Refused(format!("temporal refused to {doing}: {said}"))
            }
            // A key that ran out is no reason to fail what was accepted: somebody mends it.
            Code::PermissionDenied | Code::Unauthenticated => Self::Away(format!(
                "temporal does not let us {doing}: {said}; give TEMPORAL_API_KEY or its certificate the right to"
            )),
            Code::NotFound => Self::Away(format!("temporal cannot {doing} yet: {said}")),
            code => Self::Away(format!(
                "temporal could not {doing} ({code:?}: {said}); it is tried again"
            )),
        }
    }
}

/// What the server, its gRPC layer or the SDK say about a payload or message over a limit.
fn is_too_large(status: &Status) -> bool {
    let said = status.message();
    let limits = ["larger than max", "exceeds size limit", "exceeds limit"];
    let is_limit = limits.iter().any(|limit| said.contains(limit));
    is_limit
        && matches!(
            status.code(),
            Code::ResourceExhausted | Code::InvalidArgument
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_request_is_to_blame_for_is_refused() {
        let refused = [
            Status::invalid_argument("WorkflowType is not set on request."),
            Status::unimplemented("unknown method"),
        ];
        for status in refused {
            assert!(
                !Fault::of("start the workflow", &status).is_away(),
                "{status}"
            );
        }
        let away = [
            Status::unavailable("tcp connect error"),
            Status::deadline_exceeded("Timeout expired"),
            Status::resource_exhausted("namespace rate limit exceeded"),
            Status::not_found("Namespace default is not found."),
            Status::internal("shard closed"),
            Status::permission_denied("Request unauthorized."),
            Status::unauthenticated("Jwt is expired"),
        ];
        for status in away {
            assert!(
                Fault::of("start the workflow", &status).is_away(),
                "{status}"
            );
        }
    }

    #[test]
    fn attributes_may_be_to_blame_for_a_request_that_is_not_valid_and_for_no_other() {
        let said = "Namespace default has no mapping defined for search attribute AttachUser";
        let unfit = Fault::of("start the workflow", &Status::invalid_argument(said));
        assert!(matches!(&unfit, Fault::Unfit(why) if why.contains("AttachUser")));
        let large = Status::invalid_argument("Blob data size exceeds limit.");
        let large = Fault::of("start the workflow", &large);
        assert!(matches!(large, Fault::Refused(_)), "{large:?}");
    }

    #[test]
    fn who_is_not_let_in_is_told_which_setting_to_mend() {
        for status in [
            Status::permission_denied("Request unauthorized."),
            Status::unauthenticated("Jwt is expired"),
        ] {
            let said = Fault::of("start the workflow", &status).to_string();
            assert!(said.contains("TEMPORAL_API_KEY"), "{said}");
        }
    }

    #[test]
    fn what_is_too_large_is_refused_by_whichever_layer_says_it() {
        let said = [
            Status::invalid_argument("Blob data size exceeds limit."),
            Status::resource_exhausted(
                "grpc: received message after decompression larger than max 4194304",
            ),
        ];
        for status in said {
            let fault = Fault::of("start the workflow", &status);
            assert!(fault.to_string().contains("2 MiB"), "{fault}");
            assert!(!fault.is_away(), "{fault}");
        }
    }

    #[test]
    fn an_id_that_is_too_long_is_no_input_that_is_too_large() {
        let said = "WorkflowId exceeds maximum allowed length (2000/1000)";
        let fault = Fault::of("start the workflow", &Status::invalid_argument(said));
        assert!(
            !fault.is_away() && !fault.to_string().contains("2 MiB"),
            "{fault}"
        );
    }
}
