//! What people may spend, and where it is kept what they spent.

use crate::{
    config::{
        Hidden,
        limit::{self, Known, LONGEST_WINDOW, LimitTable},
        reader::Reader,
    },
    domain::{
        quota::{Limit, Limits},
        token::Encoding,
    },
};

/// When an answer is whole: before or after what is noted of it is on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Before; usage and memory follow within 50 ms.
    #[default]
    Group,
    /// After: no finished answer without its rows.
    Strict,
}

/// `QUOTA_FAIL`: what becomes of calls while Redis cannot be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QuotaFail {
    /// They are answered 503.
    #[default]
    Closed,
    /// They go on, and are charged once Redis is back.
    Open,
}

/// What people may spend. There is one limit at least.
#[derive(Clone, Debug)]
pub struct QuotaConfig {
    /// `MAX_TOKENS_PER_MIN` with `WINDOW`, and the `[[limit]]` tables.
    pub limits: Limits,
    /// `REDIS_URL`; without it each gateway counts for itself.
    pub redis: Option<RedisConfig>,
}

/// The Redis that several gateways share.
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// `REDIS_URL`, with its password.
    pub url: Hidden,
    /// The same without user and password.
    pub shown: String,
    /// `QUOTA_FAIL`.
    pub fail: QuotaFail,
}

/// `None` where nothing is limited.
pub(super) fn read(
    reader: &Reader<'_>,
    tables: Vec<LimitTable>,
    known: &Known<'_>,
    warnings: &mut Vec<String>,
) -> Option<QuotaConfig> {
    let window = reader.number("WINDOW", 60, 1..=LONGEST_WINDOW);
    let window_ms = i64::try_from(window).unwrap_or(i64::MAX) * 1000;
    let usual = usual(reader).map(|tokens| Limit { tokens, window_ms });
    let rules = limit::read(reader, tables, window_ms, known);
    let limits = Limits::new(usual, rules);
    let redis = redis(reader);
    if limits.is_empty() {
        warnings.extend(idle(reader));
        return None;
    }
    Some(QuotaConfig { limits, redis })
}

fn usual(reader: &Reader<'_>) -> Option<u64> {
    let parse = |text: &str| match text.trim_matches('"').to_ascii_lowercase().as_str() {
        "" | "null" | "none" | "false" | "infinite" => Some(None),
        text => text.parse().ok().filter(|n| *n > 0).map(Some),
    };
    let remedy = "write a whole number above 0, or none";
    reader.parsed("MAX_TOKENS_PER_MIN", remedy, parse).flatten()
}

fn redis(reader: &Reader<'_>) -> Option<RedisConfig> {
    let words = [("closed", QuotaFail::Closed), ("open", QuotaFail::Open)];
    let fail = reader.word("QUOTA_FAIL", &words, QuotaFail::Closed);
    let Some(text) = reader.text("REDIS_URL") else {
        if reader.text("QUOTA_FAIL").is_some() {
            let remedy = "does nothing without REDIS_URL; set that, or remove it";
            reader.fault("QUOTA_FAIL", reader.text("QUOTA_FAIL"), remedy);
        }
        return None;
    };
    let shown = shown(text);
    if shown.is_none() {
        let remedy = "write redis://[user:password@]host[:port][/database], or rediss:// for TLS; signs such as # / @ in a password as %23 %2F %40";
        // What is no URL may be a password all the same.
        reader.fault("REDIS_URL", None, remedy);
    }
    Some(RedisConfig {
        url: text.to_owned().into(),
        shown: shown?,
        fail,
    })
}

/// The URL without user and password; `None` for what is none of Redis.
fn shown(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let database = url.path().trim_start_matches('/');
    let is_number = database.is_empty() || database.parse::<u16>().is_ok();
    // A fragment would switch the check of certificates off.
    let is_plain = url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "redis" | "rediss") || !is_number || !is_plain {
        return None;
    }
    let port = url.port().unwrap_or(6379);
    let database = if database.is_empty() { "0" } else { database };
    Some(format!("{}://{host}:{port}/{database}", url.scheme()))
}

/// Redis without a quota: other programs know the variable, too.
fn idle(reader: &Reader<'_>) -> Option<String> {
    reader.text("REDIS_URL")?;
    let remedy = "does nothing without MAX_TOKENS_PER_MIN or a [[limit]]";
    if reader.flag("STRICT_CONFIG") {
        reader.fault("REDIS_URL", None, remedy);
    }
    Some(format!("REDIS_URL {remedy}"))
}

pub(super) fn encoding(reader: &Reader<'_>) -> Encoding {
    let remedy = "write cl100k_base or o200k_base";
    let encoding = reader.parsed("QUOTA_ENCODING", remedy, Encoding::parse);
    encoding.unwrap_or_default()
}

pub(super) fn durability(reader: &Reader<'_>) -> Durability {
    let (group, strict) = (Durability::Group, Durability::Strict);
    let words = [("group", group), ("strict", strict)];
    reader.word("USAGE_DURABILITY", &words, group)
}
