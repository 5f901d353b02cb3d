//! Where usage is shown besides its rows.

use crate::config::reader::Reader;

/// `USAGE_METERING`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Metering {
    /// In rows alone.
    #[default]
    Null,
    /// In `attach_usage_tokens_total` at `/metrics`.
    Prometheus,
}

impl Metering {
    /// Whether tokens are counted at `/metrics`.
    pub fn is_prometheus(&self) -> bool {
        *self == Self::Prometheus
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Null,
    Prometheus,
}

const WORDS: &[(&str, Word)] = &[
    ("null", Word::Null),
    ("none", Word::Null),
    ("prometheus", Word::Prometheus),
];

/// Metering needs a quota, as it always did; without one it falls back to
/// nothing, loudly.
pub(super) fn read(reader: &Reader<'_>, has_quota: bool, warnings: &mut Vec<String>) -> Metering {
    let name = match reader.text("USAGE_METERING") {
        Some(_) => "USAGE_METERING",
        None => "USAGE_BACKEND",
    };
    if reader.text(name).is_some() && name == "USAGE_BACKEND" {
        warnings.push("USAGE_BACKEND is the old name of USAGE_METERING; rename it".to_owned());
    }
    let word = reader.word(name, WORDS, Word::Null);
    if word != Word::Null && !has_quota {
        let text =
            "metering is off: it needs MAX_TOKENS_PER_MIN; set it to a large number to only count";
        if reader.flag("STRICT_CONFIG") {
            reader.fault(name, reader.text(name), text);
        }
        let value = reader.text(name).unwrap_or_default();
        warnings.push(format!("{name}={value}: {text}"));
        return Metering::Null;
    }
    match word {
        Word::Null => Metering::Null,
        Word::Prometheus => Metering::Prometheus,
    }
}
