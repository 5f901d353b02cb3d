//! What people may spend, and whether it is counted.

use std::time::Duration;

use crate::{config::reader::Reader, domain::token::Encoding};

/// When an answer is whole: before or after what is noted of it is on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Before; usage and memory follow within 50 ms.
    #[default]
    Group,
    /// After: no finished answer without its rows.
    Strict,
}

/// What a user may spend.
#[derive(Clone, Copy, Debug)]
pub struct QuotaConfig {
    /// `MAX_TOKENS_PER_MIN`, tokens in a window.
    pub tokens: u64,
    /// `WINDOW`.
    pub window: Duration,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<QuotaConfig> {
    let parse = |text: &str| match text.trim_matches('"').to_ascii_lowercase().as_str() {
        "" | "null" | "none" | "false" | "infinite" => Some(None),
        text => text.parse().ok().filter(|n| *n > 0).map(Some),
    };
    let tokens = reader
        .parsed(
            "MAX_TOKENS_PER_MIN",
            "write a whole number above 0, or none",
            parse,
        )
        .flatten();
    let window = Duration::from_secs(reader.number("WINDOW", 60, 1..=3600));
    tokens.map(|tokens| QuotaConfig { tokens, window })
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

/// Metering needs a quota, as it always did; without one it falls back to
/// nothing, loudly.
pub(super) fn metering(reader: &Reader<'_>, has_quota: bool, warnings: &mut Vec<String>) -> bool {
    const WORDS: &[(&str, bool)] = &[("null", false), ("none", false), ("prometheus", true)];
    let name = match reader.text("USAGE_METERING") {
        Some(_) => "USAGE_METERING",
        None => "USAGE_BACKEND",
    };
    if reader.text(name).is_some() && name == "USAGE_BACKEND" {
        warnings.push("USAGE_BACKEND is the old name of USAGE_METERING; rename it".to_owned());
    }
    let prometheus = reader.word(name, WORDS, false);
    if prometheus && !has_quota {
        let text =
            "metering is off: it needs MAX_TOKENS_PER_MIN; set it to a large number to only count";
        if reader.flag("STRICT_CONFIG") {
            reader.fault(name, reader.text(name), text);
        }
        warnings.push(format!("{name}=prometheus: {text}"));
        return false;
    }
    prometheus
}
