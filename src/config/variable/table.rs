//! The table of variables.

use super::Variable;

const fn now(name: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable {
        name,
        default,
        meaning,
    }
}

/// All of them, in the order people meet them.
pub const VARIABLES: &[Variable] = &[
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
    now(
        "OIDC_ISSUER",
        "none",
        "the first issuer; required by `serve` unless there is an `[[issuer]]`, `DID_METHODS` or an API key",
    ),
    now("OIDC_AUD", "none", "what must be in a token's `aud`"),
    now("AUTH_BACKEND", "oidc", "`oidc`, `auth0` or `descope`"),
    now(
        "ALLOW_HTTP_ISSUER",
        "false",
        "whether an issuer may be reached by plain http beyond loopback",
    ),
    now(
        "OIDC_REQUIRE_AT_JWT",
        "false",
        "whether only tokens of type `at+jwt` are taken",
    ),
    now(
        "REQUIRED_SCOPES",
        "false",
        "whether callers of an issuer are held to scopes",
    ),
    now("AUTH0_DOMAIN", "none", "shown at `/auth/config`"),
    now("AUTH0_CLIENT", "none", "shown at `/auth/config`"),
    now(
        "OIDC_CLIENT_ID",
        "none: no browser login",
        "client at the first issuer that signs browsers in; its redirect is `<ATTACH_PUBLIC_URL>/auth/callback`",
    ),
    now(
        "OIDC_CLIENT_SECRET",
        "none",
        "its secret; a public client has none",
    ),
    now(
        "DID_METHODS",
        "none: no DID is taken",
        "`key`, `pkh` or `key,pkh`; needs DID_ALLOW or DID_SCOPES",
    ),
    now(
        "DID_ALLOW",
        "none",
        "comma-separated DIDs with a quota of their own; all others share one",
    ),
    now("DID_DENY", "none", "comma-separated DIDs that are refused"),
    now(
        "DID_SCOPES",
        "none",
        "`<did or *>=<scope> <scope>;…`: what DIDs may do; tokens do not say",
    ),
    now("DID_AUD", "OIDC_AUD", "what must be in a DID token's `aud`"),
    now(
        "DID_MAX_LIFETIME",
        "3600",
        "seconds between `iat` and `exp` of a DID token, at most",
    ),
    now(
        "DID_REPLAY",
        "none",
        "`once`: a DID token needs a `jti` and works once",
    ),
    now(
        "DESCOPE_PROJECT_ID",
        "none",
        "project, for `AUTH_BACKEND=descope` and for the exchange",
    ),
    now("DESCOPE_BASE_URL", "https://api.descope.com", "Descope"),
    now(
        "DESCOPE_JWKS_URL",
        "<base>/<project>/.well-known/jwks.json",
        "where its keys are",
    ),
    now(
        "DESCOPE_AUD",
        "OIDC_AUD",
        "what must be in its tokens' `aud`",
    ),
    now(
        "ENABLE_DESCOPE_EXCHANGE",
        "false",
        "whether tokens of EXCHANGE_ISSUERS are exchanged at Descope",
    ),
    now(
        "EXCHANGE_ISSUERS",
        "none",
        "comma-separated `iss` of tokens that may be sent to Descope",
    ),
    now("DESCOPE_CLIENT_ID", "none", "inbound app, for the exchange"),
    now("DESCOPE_CLIENT_SECRET", "none", "its secret"),
    now(
        "CORS_ORIGINS",
        "http://localhost:9000,http://127.0.0.1:9000",
        "comma-separated origins of pages that may call; `none` for no page",
    ),
    now(
        "AUTH_THROTTLE",
        "on, but for loopback clients",
        "`on` or `off`: budget of signature checks for addresses that sent bad tokens",
    ),
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
    now(
        "AGENTS",
        "none (`dev`: planner and coder)",
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
    now(
        "METRICS_MAX_SERIES",
        "10000",
        "users and models told apart at `/metrics`; the rest is `other`",
    ),
    now(
        "STRICT_CONFIG",
        "false",
        "whether a fallback or an unknown name stops the start instead of warning",
    ),
    now(
        "SESSION_COMPAT",
        "none",
        "`v0`: session ids as the original made them",
    ),
    now(
        "METRICS_ADDR",
        "none",
        "`127.0.0.1:9464`: a second port, on loopback, where `/metrics` wants no token; one that is taken is an error",
    ),
    now(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "none: no spans",
        "OpenTelemetry collector, such as `http://localhost:4318`; `/v1/traces` is added",
    ),
    now(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "none",
        "`name=value,…`: headers for the collector, percent-encoded",
    ),
    now(
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "http/protobuf",
        "`http/protobuf`",
    ),
    now(
        "OTEL_SERVICE_NAME",
        "attach-gateway",
        "what spans call this gateway",
    ),
    now(
        "OTEL_RESOURCE_ATTRIBUTES",
        "none",
        "`name=value,…`: what else spans say of this gateway, percent-encoded",
    ),
    now(
        "OTEL_TRACES_SAMPLER",
        "parentbased_always_on",
        "`always_on`, `always_off`, `traceidratio`, or one of them with `parentbased_` before it",
    ),
    now(
        "OTEL_TRACES_SAMPLER_ARG",
        "1",
        "part of traces that `traceidratio` keeps, 0 to 1",
    ),
    now(
        "OTEL_TRACES_EXPORTER",
        "otlp",
        "`otlp`, or `none` for no spans",
    ),
    now(
        "OTEL_SDK_DISABLED",
        "false",
        "whether no span is made, whatever else is set",
    ),
    now("SHUTDOWN_GRACE", "30", "seconds from signal to exit"),
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
