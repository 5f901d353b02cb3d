//! Everything the gateway can be told, read once at start.
//!
//! Scalars are environment variables (`.env` is read first, the environment
//! wins), tables are TOML. Every fault is told at once, with its remedy.

mod a2a;
mod agent;
mod apart;
mod auth;
mod descope;
mod did;
mod engine;
mod hidden;
mod issuer;
mod limit;
mod login;
mod memory;
mod metering;
mod observe;
mod place;
mod price;
mod quota;
mod reader;
mod shared;
mod task;
mod temporal;
mod unknown;
pub mod variable;

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use serde::Deserialize;
use url::Url;

use crate::domain::{price::Prices, target::TargetRules, token::Encoding};
pub use a2a::{A2aConfig, GrpcPort};
pub use agent::{AgentConfig, AgentKind, CardConfig, ExtensionConfig, SkillConfig};
pub use apart::{MemoryApart, UsageApart};
pub use auth::{AuthConfig, Throttle};
pub use descope::ExchangeConfig;
pub use did::DidConfig;
pub use engine::{EngineConfig, EngineKind, EngineLimits};
pub use hidden::Hidden;
pub use issuer::{Algorithm, IssuerConfig, default_algorithms};
pub use login::LoginConfig;
pub(crate) use login::is_loopback;
pub use memory::{MemoryBackend, MemoryConfig, WeaviateConfig};
pub use metering::{Metering, OpenMeterConfig};
pub use observe::{ObserveConfig, Sampler, TracesConfig};
pub use place::{NotAPlace, Place, Server};
pub use quota::{Durability, QuotaConfig, QuotaFail, RedisConfig};
use reader::Reader;
pub use reader::{Fault, Faults, Vars};
pub use task::TaskConfig;
pub(crate) use task::span;
pub use temporal::{TaskRunner, TemporalConfig, TemporalTls};

/// How logs look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The whole configuration. Each field names its variable.
#[derive(Clone, Debug)]
pub struct Config {
    /// `HOST`.
    pub host: String,
    /// `PORT`; 0 takes any free one.
    pub port: u16,
    /// `ATTACH_PUBLIC_URL`; `None` until the port is known.
    pub public_url: Option<Url>,
    /// `LOG_LEVEL`, as tracing reads it.
    pub log_level: String,
    /// `LOG_FORMAT`.
    pub log_format: LogFormat,
    /// `ATTACH_DATA`.
    pub data: PathBuf,
    /// `ATTACH_SECRET`.
    pub secret: Option<Hidden>,
    /// `DATABASE_URL`.
    pub database: Place,
    /// Callers.
    pub auth: AuthConfig,
    /// Engines, the default one first.
    pub engines: Vec<EngineConfig>,
    /// `ENGINE_*_TIMEOUT`.
    pub engine_limits: EngineLimits,
    /// `MAX_REQUEST_BYTES`.
    pub max_request_bytes: usize,
    /// `MAX_IN_FLIGHT`.
    pub max_in_flight: usize,
    /// Agents, as people are told of them.
    pub agents: Vec<AgentConfig>,
    /// Where tasks may go.
    pub targets: TargetRules,
    /// The A2A faces.
    pub a2a: A2aConfig,
    /// `TASK_*`.
    pub tasks: TaskConfig,
    /// `TEMPORAL_*`.
    pub temporal: Option<TemporalConfig>,
    /// `MEM_*` and `WEAVIATE_*`.
    pub memory: MemoryConfig,
    /// `MAX_TOKENS_PER_MIN`, `WINDOW`, `[[limit]]` and `REDIS_URL`.
    pub quota: Option<QuotaConfig>,
    /// `QUOTA_ENCODING`.
    pub encoding: Encoding,
    /// `USAGE_METERING`.
    pub metering: Metering,
    /// `USAGE_DURABILITY`.
    pub durability: Durability,
    /// What tokens cost.
    pub prices: Prices,
    /// `METRICS_MAX_SERIES`.
    pub max_series: usize,
    /// `METRICS_ADDR` and `OTEL_*`.
    pub observe: ObserveConfig,
    /// `SHUTDOWN_GRACE`.
    pub grace: Duration,
    /// What fell back to something else and what nobody reads, in words, told at
    /// start and by `check`.
    pub warnings: Vec<String>,
}

const LEVELS: &str = "write error, warn, info, debug, trace, or a filter such as info,sqlx=debug";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    #[serde(default)]
    issuer: Vec<IssuerConfig>,
    #[serde(default)]
    engine: Vec<engine::EngineTable>,
    #[serde(default)]
    agent: Vec<agent::AgentTable>,
    #[serde(default)]
    price: Vec<price::PriceTable>,
    #[serde(default)]
    limit: Vec<limit::LimitTable>,
}

/// The variables of this process: `.env` first, the environment over it.
///
/// # Errors
///
/// A line of `.env` that cannot be read: leaving it out would switch something
/// off in silence.
pub fn vars() -> Result<Vars, Faults> {
    let mut vars = Vars::new();
    let mut last = None;
    for line in dotenvy::dotenv_iter().into_iter().flatten() {
        let (name, value) = line.map_err(|_| unreadable(last.as_deref()))?;
        last = Some(name.clone());
        vars.insert(name, value);
    }
    // A variable that is not UTF-8 is nobody's here.
    let utf8 = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    vars.extend(std::env::vars_os().filter_map(utf8));
    Ok(vars)
}

/// The line itself may hold a secret: only where it stands is told.
fn unreadable(last: Option<&str>) -> Faults {
    let place = last.map_or("its first line".to_owned(), |name| {
        format!("the line after {name}")
    });
    Faults(vec![Fault {
        name: ".env".to_owned(),
        value: Some("…".to_owned()),
        remedy: format!("{place} cannot be read; put a value with spaces in quotes"),
    }])
}

impl Config {
    /// Reads the configuration of `serve`.
    ///
    /// # Errors
    ///
    /// Every fault there is.
    pub fn read(vars: &Vars) -> Result<Self, Faults> {
        Self::read_beside(vars, false)
    }

    /// The same; `has_keys` says that the database holds API keys, so that no
    /// other kind of caller needs to be configured.
    ///
    /// # Errors
    ///
    /// Every fault there is.
    pub fn read_beside(vars: &Vars, has_keys: bool) -> Result<Self, Faults> {
        let reader = Reader::new(vars);
        let tables = tables(&reader);
        let mut warnings = Vec::new();
        let data = PathBuf::from(reader.text("ATTACH_DATA").unwrap_or(".attach"));
        let agents = agent::read(&reader, tables.agent);
        let engines = engine::read(&reader, tables.engine);
        warnings.extend(engine::unreached(&engines));
        refuse_twins(&reader, "[[engine]] name", engines.iter().map(|e| &e.name));
        let auth = auth::read(&reader, tables.issuer, has_keys);
        let known = limit::Known {
            auth: &auth,
            engines: &engines,
            has_keys,
        };
        let quota = quota::read(&reader, tables.limit, &known, &mut warnings);
        let is_counted = quota.as_ref().is_some_and(|it| it.limits.has_usual());
        let database = shared::database(&reader, &data);
        let public_url = public_url(&reader);
        warnings.extend(shared::warning(&database, public_url.as_ref()));
        let mut config = Self {
            host: reader.text("HOST").unwrap_or("127.0.0.1").to_owned(),
            port: reader.number("PORT", 8080, 0..=u16::MAX),
            public_url,
            log_level: log_level(&reader),
            log_format: log_format(&reader),
            memory: memory::read(&reader, &database),
            secret: shared::secret(&reader, &database, &data),
            database,
            data,
            auth,
            engines,
            engine_limits: engine::limits(&reader),
            max_request_bytes: reader.number("MAX_REQUEST_BYTES", 1_000_000, 1..=1 << 30),
            max_in_flight: reader.number("MAX_IN_FLIGHT", 1024, 1..=1_000_000),
            targets: task::targets(&reader, &agents),
            a2a: a2a::read(&reader, &agents),
            agents,
            tasks: task::read(&reader),
            temporal: temporal::read(&reader, &mut warnings),
            quota,
            encoding: quota::encoding(&reader),
            metering: metering::read(&reader, is_counted, &mut warnings),
            durability: quota::durability(&reader),
            prices: price::read(&reader, tables.price),
            max_series: reader.number("METRICS_MAX_SERIES", 10_000, 1..=10_000_000),
            observe: observe::read(&reader, reader.number("PORT", 8080, 0..=u16::MAX)),
            grace: reader.secs("SHUTDOWN_GRACE", 30),
            warnings: Vec::new(),
        };
        warnings.extend(unknown_names(&reader, vars));
        config.warnings = warnings;
        reader.end(config)
    }
}

impl Config {
    /// Where the database is alone, for commands that only look into it.
    ///
    /// # Errors
    ///
    /// `DATABASE_URL` is none of ours.
    pub fn database(vars: &Vars) -> Result<Place, Faults> {
        let reader = Reader::new(vars);
        let data = PathBuf::from(reader.text("ATTACH_DATA").unwrap_or(".attach"));
        let place = shared::database(&reader, &data);
        reader.end(place)
    }
}

impl Config {
    /// The names that `AGENTS` and the tables give, for who adds agents to them.
    pub(crate) fn agent_names(vars: &Vars) -> Vec<String> {
        let reader = Reader::new(vars);
        let tables = tables(&reader);
        agent::names(&reader, tables.agent)
    }
}

impl Config {
    /// Where Temporal is alone; `None` where `TEMPORAL_URL` is not set.
    ///
    /// # Errors
    ///
    /// What is wrong with `TEMPORAL_*`.
    pub fn temporal(vars: &Vars) -> Result<Option<TemporalConfig>, Faults> {
        let reader = Reader::new(vars);
        let temporal = temporal::read(&reader, &mut Vec::new());
        reader.end(temporal)
    }
}

fn tables(reader: &Reader<'_>) -> Tables {
    let named = reader.text("ATTACH_CONFIG");
    let path = named.unwrap_or("attach.toml");
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if named.is_none() && e.kind() == std::io::ErrorKind::NotFound => {
            return Tables::default();
        }
        Err(e) => {
            reader.fault("ATTACH_CONFIG", Some(path), &format!("cannot be read: {e}"));
            return Tables::default();
        }
    };
    toml::from_str(&text).unwrap_or_else(|e| {
        let at = e
            .span()
            .map_or(0, |span| text[..span.start].matches('\n').count() + 1);
        let remedy = format!("line {at}: {}", e.message());
        reader.fault("ATTACH_CONFIG", Some(path), &remedy);
        Tables::default()
    })
}

/// Names that nobody reads, in words. Where the start must not be wrong they are
/// faults, and beside a fault, too: they may be its cause.
fn unknown_names(reader: &Reader<'_>, vars: &Vars) -> Vec<String> {
    let unknown = unknown::unknown(vars);
    if reader.flag("STRICT_CONFIG") || reader.has_faults() {
        for (name, remedy) in &unknown {
            reader.fault(name, None, remedy);
        }
    }
    let told = unknown.iter();
    told.map(|(name, remedy)| format!("{name} {remedy}"))
        .chain(unknown::unread(vars))
        .collect()
}

fn log_level(reader: &Reader<'_>) -> String {
    let level = reader.parsed("LOG_LEVEL", LEVELS, crate::telemetry::level);
    level.unwrap_or_else(|| "info".to_owned())
}

fn log_format(reader: &Reader<'_>) -> LogFormat {
    let words = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    reader.word("LOG_FORMAT", &words, LogFormat::Text)
}

fn public_url(reader: &Reader<'_>) -> Option<Url> {
    reader.parsed(
        "ATTACH_PUBLIC_URL",
        "write an http(s) URL without path or query",
        |text| {
            let url = crate::domain::target::http_url(text).ok()?;
            (url.path() == "/" && url.query().is_none()).then_some(url)
        },
    )
}

fn refuse_twins<'a>(reader: &Reader<'_>, place: &str, names: impl Iterator<Item = &'a String>) {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            reader.fault(place, Some(name), "stands twice; remove one");
        }
    }
}

#[cfg(test)]
mod tests;
