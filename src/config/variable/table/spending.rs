//! What people may spend, and who is told what they spent.

use super::{Variable, now};

pub(super) const ROWS: &[Variable] = &[
    now(
        "MAX_TOKENS_PER_MIN",
        "unset: no quota",
        "tokens a user may spend in the window",
    ),
    now("WINDOW", "60", "seconds, 1 to 3600"),
    now(
        "REDIS_URL",
        "none: each gateway counts for itself",
        "Redis, in which gateways share what was spent: `redis://…`, or `rediss://…` with TLS",
    ),
    now(
        "QUOTA_FAIL",
        "closed",
        "while Redis is away: `closed`: 503; `open`: calls go on and are charged later",
    ),
    now(
        "QUOTA_ENCODING",
        "cl100k_base",
        "`cl100k_base` or `o200k_base`",
    ),
    now(
        "USAGE_METERING",
        "null",
        "`null`, `prometheus` or `openmeter`; needs MAX_TOKENS_PER_MIN",
    ),
    now("USAGE_BACKEND", "null", "old name of USAGE_METERING"),
    now(
        "OPENMETER_API_KEY",
        "none",
        "sent to OpenMeter as a bearer token; needed for `USAGE_METERING=openmeter`",
    ),
    now(
        "OPENMETER_URL",
        "https://openmeter.cloud",
        "where OpenMeter is told of usage",
    ),
    now(
        "USAGE_DURABILITY",
        "group",
        "`group`: usage and memory are on disk within 50 ms; `strict`: before an answer ends",
    ),
];
