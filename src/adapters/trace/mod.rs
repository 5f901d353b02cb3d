//! Spans for an OpenTelemetry collector. Where there is none, nothing is made.

mod queue;
mod send;

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use opentelemetry::{
    Array, Context, KeyValue, Value,
    trace::{
        Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags,
        TraceId, TraceState, Tracer, TracerProvider,
    },
};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler as Sampling, SdkTracer, SdkTracerProvider, Span as SdkSpan},
};

use crate::{
    adapters::usage::prometheus::Prometheus,
    config::{Sampler, TracesConfig},
    domain::trace::Trace,
};
use queue::Queue;
use send::Collector;

/// Which side of a call a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// We are asked.
    Server,
    /// We ask.
    Client,
}

/// Makes spans, if anybody wants them. A clone is cheap.
#[derive(Clone, Default)]
pub struct Traces(Option<Arc<Inner>>);

struct Inner {
    tracer: SdkTracer,
    /// Kept: a tracer whose provider is gone makes nothing.
    _provider: SdkTracerProvider,
    queue: Queue,
}

impl Traces {
    /// Spans for the collector of `config`, sent from now on; those that are lost
    /// are counted in `metrics`.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up on this machine.
    pub fn start(config: &TracesConfig, metrics: &Prometheus) -> Result<Self, reqwest::Error> {
        let resource = resource(config);
        let collector = Collector::new(config, &resource)?;
        let queue = Queue::start(collector, metrics.clone());
        let provider = SdkTracerProvider::builder()
            .with_sampler(sampling(config.sampler))
            .with_resource(resource)
            .with_span_processor(queue.clone())
            .build();
        Ok(Self(Some(Arc::new(Inner {
            tracer: provider.tracer("attach-gateway"),
            _provider: provider,
            queue,
        }))))
    }

    /// Whether spans are made.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// A span under `parent`, or one that begins a trace. Where none are made
    /// `name` is not asked for. It ends when it is dropped.
    pub fn span<N>(&self, side: Side, parent: Option<&Trace>, name: impl FnOnce() -> N) -> Span
    where
        N: Into<Cow<'static, str>>,
    {
        let Some(inner) = &self.0 else {
            return Span::default();
        };
        let kind = match side {
            Side::Server => SpanKind::Server,
            Side::Client => SpanKind::Client,
        };
        let builder = SpanBuilder::from_name(name()).with_kind(kind);
        let parent = parent.map_or_else(Context::new, context);
        let span = inner.tracer.build_with_context(builder, &parent);
        Span(Some(Box::new(span)))
    }

    /// How many spans wait for the collector; `None` where none are made.
    pub fn waiting(&self) -> Option<usize> {
        self.0.as_ref().map(|inner| inner.queue.waiting())
    }

    /// Sends what has ended so far, within `patience`.
    pub async fn flush(&self, patience: Duration) {
        if let Some(inner) = &self.0 {
            inner.queue.flush(patience).await;
        }
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "on" } else { "off" })
    }
}

/// What is under way, or nothing where no spans are made. It ends when it is
/// dropped.
#[derive(Debug, Default)]
pub struct Span(Option<Box<SdkSpan>>);

impl Span {
    /// Whether anything is kept of it: if not, nothing need be prepared.
    pub fn is_kept(&self) -> bool {
        self.0.as_ref().is_some_and(|span| span.is_recording())
    }

    /// The place of what it causes; `None` where no spans are made.
    pub fn trace(&self) -> Option<Trace> {
        let context = self.0.as_ref()?.span_context();
        Some(Trace::new(
            context.trace_id().to_bytes(),
            context.span_id().to_bytes(),
            context.trace_flags().to_u8(),
            &context.trace_state().header(),
        ))
    }

    /// Calls it something else.
    pub fn rename(&mut self, name: impl FnOnce() -> String) {
        if let Some(span) = &mut self.0 {
            span.update_name(name());
        }
    }

    /// Says something of it.
    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new(name, value));
        }
    }

    /// Says several words of it.
    pub fn list<const N: usize>(&mut self, name: &'static str, words: [&str; N]) {
        let words = words.map(|word| word.to_owned().into());
        self.set(name, Value::Array(Array::String(words.into())));
    }

    /// Something happened now.
    pub fn event(&mut self, name: &'static str) {
        if let Some(span) = &mut self.0 {
            span.add_event(name, Vec::new());
        }
    }

    /// It did not go well; `kind` is one of few words.
    pub fn fail(&mut self, kind: impl Into<Cow<'static, str>>) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new("error.type", kind.into()));
            span.set_status(Status::error(""));
        }
    }
}

fn context(parent: &Trace) -> Context {
    // A state that is none is dropped, as it is from headers.
    let state = parent.state().unwrap_or_default().parse::<TraceState>();
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from_bytes(parent.trace_id),
        SpanId::from_bytes(parent.span_id),
        TraceFlags::new(parent.flags),
        true,
        state.unwrap_or_default(),
    ))
}

fn sampling(sampler: Sampler) -> Sampling {
    let root = Sampling::TraceIdRatioBased(sampler.ratio);
    match sampler.heeds_parent {
        true => Sampling::ParentBased(Box::new(root)),
        false => root,
    }
}

/// Nothing of it comes from the environment but by way of the configuration.
fn resource(config: &TracesConfig) -> Resource {
    let all = config.resource.iter().cloned();
    let all = all.map(|(name, value)| KeyValue::new(name, value));
    Resource::builder_empty()
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attributes(all)
        .with_service_name(config.service.clone())
        .build()
}
