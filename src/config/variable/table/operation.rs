//! Running it: what is watched, how strict it is, how it ends.

use super::{Variable, now};

pub(super) const ROWS: &[Variable] = &[
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
];
