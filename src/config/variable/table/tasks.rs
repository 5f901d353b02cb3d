//! Agents, and the tasks that are for them.

use super::{Variable, now};

pub(super) const ROWS: &[Variable] = &[
    now(
        "AGENTS",
        "none (`dev`: planner and coder, and these)",
        "`name=url,…`: agents that may be called by name, `name=a2a+url` for A2A agents; their addresses may be private",
    ),
    now(
        "DEFAULT_AGENT",
        "chat: the gateway's own engine",
        "the agent whose A2A card stands at `/.well-known/agent-card.json`",
    ),
    now(
        "GRPC_PORT",
        "PORT + 1, if it is free",
        "A2A over gRPC; `off` for none; one that is taken is an error",
    ),
    now(
        "GRPC_PUBLIC",
        "this host and GRPC_PORT; none if ATTACH_PUBLIC_URL is elsewhere or https",
        "`host:port` of gRPC, as cards say it",
    ),
    now(
        "A2A_V03",
        "on",
        "`on` or `off`: whether A2A 0.3 is served and cards have its fields",
    ),
    now(
        "PUSH_ALLOW",
        "none",
        "URL prefixes beyond the public internet that webhooks may name, comma-separated",
    ),
    now(
        "TARGET_ALLOW",
        "none",
        "URL prefixes that callers may name as `target_url`, comma-separated",
    ),
    now("TASK_TIMEOUT", "600", "seconds an agent has for one call"),
    now("TASK_MAX_ATTEMPTS", "3", "calls of an agent for one task"),
    now(
        "TASK_MAX_RUNNING",
        "64",
        "tasks at work at once, for each depth of a hand-off",
    ),
    now(
        "TASK_MAX_WAITING_PER_USER",
        "10000",
        "waiting tasks of one user; 429 above",
    ),
    now(
        "TASK_LEASE",
        "30",
        "seconds until the work of a gateway that died is taken over",
    ),
    now("TASK_MAX_DEPTH", "8", "hand-offs in a row, 1 to 16"),
    now(
        "TASK_TTL",
        "30d",
        "how long an ended task is kept, as `30d`, `12h`, `90m` or seconds",
    ),
];
