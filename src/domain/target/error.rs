//! Why a target was refused.

use super::{MAX_URL, workflow::MAX_WORKFLOW};

/// Why a target was refused. Shown to the caller: it names only what they sent
/// and what to configure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not a URL at all, or one with a user name in it.
    #[error("target_url is not an http(s) URL without user name and password")]
    Malformed,
    /// A URL that is too long.
    #[error("target_url takes {MAX_URL} bytes at most")]
    TooLong,
    /// `temporal://…` where no Temporal is configured.
    #[error("temporal:// targets need TEMPORAL_URL; set it to the host:port of Temporal")]
    NoTemporal,
    /// `temporal://` and no name of a workflow.
    #[error(
        "temporal:// takes the name of one workflow: letters, digits and _ - . : $, {MAX_WORKFLOW} at most"
    )]
    WorkflowName,
    /// A workflow that is not on the list.
    #[error(
        "the workflow {name} is not allowed here; to allow it, add {name} to TEMPORAL_WORKFLOWS"
    )]
    WorkflowNotAllowed {
        /// As the caller wrote it.
        name: String,
    },
    /// On no list.
    #[error("target_url is not allowed here; to allow it, add {entry} to TARGET_ALLOW")]
    NotAllowed {
        /// The exact entry that would allow it.
        entry: String,
    },
    /// Allowed by a public entry, but its host is a private address.
    #[error("target_url points at a private address; to allow it, add {entry} to TARGET_ALLOW")]
    Private {
        /// The exact entry that would allow it.
        entry: String,
    },
    /// No agent of that name.
    #[error("no agent is named {name:?}; configured: {known}; add it to AGENTS")]
    UnknownAgent {
        /// As the caller wrote it, cut to 64 characters.
        name: String,
        /// The names there are.
        known: String,
    },
}
