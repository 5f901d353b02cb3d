//! Shared memory.

use super::{Variable, now};

pub(super) const ROWS: &[Variable] = &[
    now(
        "MEM_BACKEND",
        "the database: `sqlite`, or `postgres`",
        "`sqlite`, `postgres`, as the database is; `weaviate` (also called `sakana`); or `none`",
    ),
    now(
        "WEAVIATE_URL",
        "http://localhost:6666",
        "Weaviate, for `MEM_BACKEND=weaviate`",
    ),
    now(
        "WEAVIATE_API_KEY",
        "none",
        "sent to Weaviate as a bearer token",
    ),
    now(
        "MEM_RETENTION_DAYS",
        "30; with `weaviate` for ever",
        "days a memory event is kept",
    ),
    now(
        "MEM_MAX_MB",
        "0",
        "about how large memory may grow, in MB, in the database; the oldest events leave first; 0 is no bound",
    ),
    now(
        "MEM_REDACT",
        "none",
        "more patterns to redact: regular expressions, separated by spaces",
    ),
];
