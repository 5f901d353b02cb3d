//! What is seen of the calls of engines: metrics and spans.

use std::{borrow::Cow, time::Instant};

use actix_web::http::{StatusCode, header::HeaderMap};

use crate::{
    adapters::{
        engine::{Engine, EngineError},
        trace::{Side, Span, Traces},
        usage::prometheus::Prometheus,
    },
    config::EngineKind,
    domain::{
        chat::{Ask, Kind},
        trace::Trace,
    },
    http::{State, caller::Caller, span},
};

/// Sees the calls that one request makes.
pub(super) struct Witness<'a> {
    traces: &'a Traces,
    metrics: &'a Prometheus,
    parent: Option<Trace>,
    ask: Option<(Kind, Option<String>, bool)>,
}

/// One call of one engine.
pub(super) struct Seen<'a> {
    witness: &'a Witness<'a>,
    engine: &'a str,
    since: Instant,
    span: Span,
}

impl<'a> Witness<'a> {
    pub(super) fn of(state: &'a State, caller: &Caller, ask: Option<&(Kind, Ask)>) -> Self {
        let is_traced = state.traces.is_on();
        let asked = ask.filter(|_| is_traced);
        Self {
            traces: &state.traces,
            metrics: &state.metrics,
            parent: caller.trace.clone().filter(|_| is_traced),
            ask: asked.map(|(kind, ask)| (*kind, ask.model.clone(), ask.stream)),
        }
    }

    /// `engine` is asked now, with these headers.
    pub(super) fn asks(&'a self, engine: &'a Engine, headers: &mut HeaderMap) -> Seen<'a> {
        let mut span = Span::default();
        if let Some((kind, model, stream)) = &self.ask {
            let name = || name(*kind, model.as_deref());
            span = self.traces.span(Side::Client, self.parent.as_ref(), name);
            span::put(headers, span.trace().as_ref());
            if span.is_kept() {
                describe(&mut span, engine, (*kind, model.as_deref(), *stream));
            }
        }
        Seen {
            witness: self,
            engine: engine.name(),
            since: Instant::now(),
            span,
        }
    }
}

impl Seen<'_> {
    /// It answers; the span goes on until the answer is over.
    pub(super) fn answered(mut self, status: StatusCode) -> Span {
        let took = self.since.elapsed();
        match status.is_server_error() {
            true => self.witness.metrics.engine_failed(self.engine, "status"),
            false => self.witness.metrics.engine_answered(self.engine, took),
        }
        self.span.event("first_byte");
        if self.span.is_kept() {
            let status = i64::from(status.as_u16());
            self.span.set("http.response.status_code", status);
            let is_stream = matches!(self.witness.ask, Some((_, _, true)));
            if is_stream && status < 400 {
                let secs = took.as_secs_f64();
                self.span.set("gen_ai.response.time_to_first_chunk", secs);
            }
        }
        if status.as_u16() >= 400 {
            self.span.fail(status.as_str().to_owned());
        }
        self.span
    }

    /// It does not.
    pub(super) fn failed(mut self, error: &EngineError) {
        let kind = match error {
            EngineError::Unreachable { .. } => "unreachable",
            EngineError::TooSlow { .. } => "too_slow",
        };
        self.witness.metrics.engine_failed(self.engine, kind);
        self.span.fail(kind);
    }
}

/// As OpenTelemetry calls it.
fn operation(kind: Kind) -> &'static str {
    match kind {
        Kind::Chat | Kind::Responses | Kind::Messages | Kind::NativeChat => "chat",
        Kind::Completion | Kind::NativeGenerate => "text_completion",
        Kind::Embedding | Kind::NativeEmbed => "embeddings",
    }
}

fn name(kind: Kind, model: Option<&str>) -> Cow<'static, str> {
    match model {
        Some(model) => format!("{} {}", operation(kind), short(model)).into(),
        None => operation(kind).into(),
    }
}

/// A model's name as far as it is told: callers write what they like.
fn short(model: &str) -> &str {
    &model[..model.floor_char_boundary(crate::http::bill::MODEL)]
}

fn describe(span: &mut Span, engine: &Engine, (kind, model, _): (Kind, Option<&str>, bool)) {
    span.set("gen_ai.operation.name", operation(kind));
    let provider = match engine.kind() {
        EngineKind::Ollama => "ollama",
        EngineKind::OpenAi | EngineKind::Auto => "openai",
    };
    span.set("gen_ai.provider.name", provider);
    if let Some(model) = model {
        span.set("gen_ai.request.model", short(model).to_owned());
    }
    if let Some((host, port)) = engine.place() {
        span.set("server.address", host.to_owned());
        span.set("server.port", i64::from(port));
    }
}
