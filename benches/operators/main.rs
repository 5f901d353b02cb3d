//! What every request pays so that operators see it.
#![allow(missing_docs)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use attach_gateway::{
    adapters::{
        trace::{Side, Traces},
        usage::prometheus::{Prometheus, Route},
    },
    domain::{id::Owner, trace::Trace},
};
use criterion::{Criterion, criterion_group, criterion_main};

fn series(c: &mut Criterion) {
    let metrics = Prometheus::new("https://issuer.example", 10_000);
    let route = Route::of("/v1/chat/completions");
    let mut count = 0_u32;
    let mut tidy = || {
        count += 1;
        // As a gateway does it every few seconds.
        if count.is_multiple_of(1 << 16) {
            metrics.tidy();
        }
    };
    c.bench_function("one answered request", |b| {
        b.iter(|| metrics.answered(black_box(route), black_box(200)));
    });
    c.bench_function("how long one took", |b| {
        b.iter(|| {
            tidy();
            metrics.taking(black_box(route), Instant::now())
        });
    });
    c.bench_function("one answer of an engine", |b| {
        b.iter(|| metrics.engine_answered(black_box("default"), Duration::from_millis(3)));
    });
    metrics.tidy();
    let ada = Owner::new("https://issuer.example", "ada");
    c.bench_function("the tokens of one call", |b| {
        b.iter(|| metrics.used(black_box(&ada), black_box("model"), 3, 5));
    });
}

fn spans(c: &mut Criterion) {
    let off = Traces::default();
    c.bench_function("a span where none are made", |b| {
        b.iter(|| off.span(Side::Client, None, || "chat model".to_owned()));
    });
    let parent = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    c.bench_function("a caller's traceparent", |b| {
        b.iter(|| Trace::read([&parent[..]].into_iter(), [].into_iter()));
    });
}

criterion_group!(benches, series, spans);
criterion_main!(benches);
