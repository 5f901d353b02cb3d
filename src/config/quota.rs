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
