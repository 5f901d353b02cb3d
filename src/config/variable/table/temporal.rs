//! Temporal.

use super::{Variable, now};

pub(super) const ROWS: &[Variable] = &[
    now(
        "TASK_RUNNER",
        "local",
        "`local`: gateways take tasks from the table; `temporal`: Temporal says which of them runs what, and when",
    ),
    now(
        "TEMPORAL_URL",
        "none: no Temporal",
        "`host:port` of Temporal, such as `localhost:7233`",
    ),
    now(
        "TEMPORAL_NAMESPACE",
        "default",
        "the namespace everything happens in",
    ),
    now(
        "TEMPORAL_API_KEY",
        "none",
        "sent to Temporal with each call; with one the connection is encrypted",
    ),
    now(
        "TEMPORAL_TLS",
        "false",
        "whether the connection is encrypted; any of the next four says so, too",
    ),
    now(
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
        "the system's roots",
        "PEM file of the authority that signed the server's certificate",
    ),
    now(
        "TEMPORAL_TLS_CLIENT_CERT_PATH",
        "none",
        "PEM file of the gateway's own certificate",
    ),
    now(
        "TEMPORAL_TLS_CLIENT_KEY_PATH",
        "none",
        "PEM file of its key",
    ),
    now(
        "TEMPORAL_TLS_SERVER_NAME",
        "the host of TEMPORAL_URL",
        "the name in the server's certificate",
    ),
    now(
        "TEMPORAL_QUEUE",
        "attach-gateway",
        "the queue your own workers poll; gateways poll the one of this name with `-tasks` behind it",
    ),
    now(
        "TEMPORAL_WORKFLOWS",
        "none (`dev`: any)",
        "workflows that callers may name as `temporal://Name`, comma-separated; `*` for any",
    ),
    now(
        "TEMPORAL_WORKFLOW_TIMEOUT",
        "1d",
        "the longest that such a workflow may take, as `7d`, `12h`, `90m` or seconds; then it is ended and its task fails",
    ),
    now(
        "TEMPORAL_TRACES",
        "true",
        "whether every task that Temporal does not run leaves a trace there",
    ),
    now(
        "TEMPORAL_UI_URL",
        "none",
        "Temporal's web page, to which a task's status links",
    ),
];
