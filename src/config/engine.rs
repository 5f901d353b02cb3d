//! Which engines there are.

use std::time::Duration;

use serde::Deserialize;
use url::Url;

use crate::{
    config::{hidden::Hidden, reader::Reader},
    domain::target::http_url,
};

/// What an engine speaks on `/api/*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineKind {
    /// Only `/v1/*`; `/api/chat` is led there.
    #[default]
    OpenAi,
    /// Ollama's native routes.
    Ollama,
    /// Ask the engine once: `GET /api/version`.
    Auto,
}

/// One engine: `ENGINE_URL` and its kin, or an `[[engine]]` table.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// What logs and usage call it.
    pub name: String,
    /// Without a trailing slash.
    pub url: Url,
    /// What it speaks.
    pub kind: EngineKind,
    /// Its key, sent as a bearer token.
    pub api_key: Option<Hidden>,
    /// The models that are sent to it, `*` at the end is a prefix. The first
    /// engine also gets every model that no other one names.
    pub models: Vec<String>,
    /// Requests at once; `None` is no bound of its own.
    pub concurrency: Option<usize>,
}

/// How long engines may take.
#[derive(Clone, Copy, Debug)]
pub struct EngineLimits {
    /// `ENGINE_CONNECT_TIMEOUT`.
    pub connect: Duration,
    /// `ENGINE_FIRST_BYTE_TIMEOUT`.
    pub first_byte: Duration,
    /// `ENGINE_IDLE_TIMEOUT`, between two chunks.
    pub idle: Duration,
}

/// An `[[engine]]` table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EngineTable {
    name: String,
    url: String,
    #[serde(default)]
    kind: EngineKind,
    api_key: Option<Hidden>,
    #[serde(default)]
    models: Vec<String>,
    concurrency: Option<usize>,
}

impl EngineTable {
    fn into_config(self, reader: &Reader<'_>) -> Option<EngineConfig> {
        let Ok(url) = http_url(&self.url) else {
            reader.fault("[[engine]] url", Some(&self.url), "write an http(s) URL");
            return None;
        };
        Some(EngineConfig {
            name: self.name,
            url,
            kind: self.kind,
            api_key: self.api_key,
            models: self.models,
            concurrency: self.concurrency.map(|n| n.max(1)),
        })
    }
}

const KINDS: &[(&str, EngineKind)] = &[
    ("openai", EngineKind::OpenAi),
    ("ollama", EngineKind::Ollama),
    ("auto", EngineKind::Auto),
];

/// `ENGINE_URL` comes first, also by default when no table names another.
pub(super) fn read(reader: &Reader<'_>, tables: Vec<EngineTable>) -> Vec<EngineConfig> {
    let from_file = !tables.is_empty();
    let named = reader.parsed("ENGINE_URL", "write an http(s) URL", |text| {
        http_url(text).ok()
    });
    let url = match (named, from_file) {
        (Some(url), _) => Some(url),
        (None, true) => None,
        (None, false) => http_url("http://localhost:11434").ok(),
    };
    let first = url.map(|url| EngineConfig {
        name: "engine".into(),
        url,
        kind: reader.word("ENGINE_KIND", KINDS, EngineKind::OpenAi),
        api_key: reader.owned("ENGINE_API_KEY").map(Hidden::from),
        models: Vec::new(),
        concurrency: None,
    });
    let others = tables
        .into_iter()
        .filter_map(|table| table.into_config(reader));
    first.into_iter().chain(others).collect()
}

/// A warning for each engine that nothing can reach.
pub(super) fn unreached(engines: &[EngineConfig]) -> impl Iterator<Item = String> {
    let silent = engines
        .iter()
        .skip(1)
        .filter(|engine| engine.models.is_empty());
    silent.map(|engine| {
        format!("[[engine]] {}: it names no models and is not the first, so nothing reaches it; add models", engine.name)
    })
}

pub(super) fn limits(reader: &Reader<'_>) -> EngineLimits {
    EngineLimits {
        connect: reader.secs("ENGINE_CONNECT_TIMEOUT", 5),
        first_byte: reader.secs("ENGINE_FIRST_BYTE_TIMEOUT", 300),
        idle: reader.secs("ENGINE_IDLE_TIMEOUT", 120),
    }
}
