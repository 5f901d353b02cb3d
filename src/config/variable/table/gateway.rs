//! What a gateway is, and where its things are.

use super::{Variable, now};

pub(super) const ROWS: &[Variable] = &[
    now("HOST", "127.0.0.1", "address to listen on; `--host` wins"),
    now(
        "PORT",
        "8080",
        "HTTP port; `--port` wins; one that is taken is an error",
    ),
    now(
        "LOG_LEVEL",
        "info",
        "`error`, `warn`, `info`, `debug`, `trace`, or a tracing filter",
    ),
    now("LOG_FORMAT", "text", "`text` or `json`, on stderr"),
    now(
        "ATTACH_CONFIG",
        "./attach.toml if it is there",
        "file with the tables",
    ),
    now(
        "ATTACH_PUBLIC_URL",
        "http://HOST:PORT",
        "what metadata and delegation tokens say; never taken from the Host header",
    ),
    now(
        "ATTACH_DATA",
        ".attach",
        "folder for database and keys, mode 0700",
    ),
    now(
        "ATTACH_SECRET",
        "made once in the data folder; needed with PostgreSQL",
        "keys what must not be guessed, 32 characters or more; the same for all gateways of a deployment",
    ),
    now(
        "DATABASE_URL",
        "sqlite:<ATTACH_DATA>/attach.db",
        "where tasks, memory and usage live: a file, or `postgres://user:password@host:5432/database` for any number of gateways",
    ),
    now(
        "DATABASE_CONNECTIONS",
        "16",
        "connections of this gateway to PostgreSQL for its work; up to five more listen and hold locks",
    ),
];
