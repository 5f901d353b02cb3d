//! Engines, and what a call of them may take.

use super::{Variable, now};

pub(super) const ROWS: &[Variable] = &[
    now("ENGINE_URL", "http://localhost:11434", "the first engine"),
    now(
        "ENGINE_KIND",
        "openai",
        "`openai`, `ollama`, or `auto` (asks the engine)",
    ),
    now(
        "ENGINE_API_KEY",
        "none",
        "sent to the engine as a bearer token",
    ),
    now("ENGINE_CONNECT_TIMEOUT", "5", "seconds"),
    now(
        "ENGINE_FIRST_BYTE_TIMEOUT",
        "300",
        "seconds; models load slowly",
    ),
    now("ENGINE_IDLE_TIMEOUT", "120", "seconds between two chunks"),
    now("MAX_REQUEST_BYTES", "1000000", "largest body; 413 above"),
    now(
        "MAX_IN_FLIGHT",
        "1024",
        "proxied requests at once; 503 above",
    ),
];
