//! What is asked for.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use url::Url;

use crate::{
    adapters::usage::sums::Column,
    config::span,
    domain::{target::http_url, time::UnixMillis},
};

/// What usage is to be shown.
#[derive(Args, Debug)]
pub(crate) struct Wanted {
    /// From when: so long ago (24h, 7d, 90m), a day (2026-11-26, UTC), or RFC 3339
    #[arg(long, default_value = "24h", value_parser = moment)]
    since: Moment,
    /// Until when, likewise [default: now]
    #[arg(long, value_parser = moment)]
    until: Option<Moment>,
    /// What to tell apart: user, issuer, model, engine, project, session, task,
    /// outcome, day, hour; several with commas
    #[arg(long, default_value = "user,model", value_delimiter = ',', value_parser = column)]
    pub(super) by: Vec<Column>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Only so many rows, those with the most tokens; the others in one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) top: Option<u32>,
    /// Compare the records with Prometheus and with what OpenMeter was told
    ///
    /// Over all time. Ends with 0 if all agree, with 1 if not. Prometheus is read
    /// from METRICS_ADDR, or from --metrics; not with PostgreSQL, where each gateway's
    /// series show what it did since its start.
    #[arg(long, conflicts_with_all = ["since", "until", "by", "json", "top"])]
    pub(super) reconcile: bool,
    /// Note that a record OpenMeter refused is dealt with: its id, or all
    ///
    /// Once it was told by hand, or is not to be billed. The view usage_set_aside
    /// of the database has the ids; --reconcile asks for them until then.
    #[arg(long, value_name = "ID", conflicts_with_all = ["since", "until", "by", "json", "top", "reconcile"])]
    pub(super) settle: Option<String>,
    /// Where /metrics is, for --reconcile
    #[arg(long, value_name = "URL", requires = "reconcile", value_parser = metrics)]
    pub(super) metrics: Option<Url>,
    /// File with a token of scope metrics:read, for --metrics; - is stdin
    #[arg(long, value_name = "FILE", requires = "metrics")]
    pub(super) token_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Ago(Duration),
    At(UnixMillis),
}

impl Moment {
    fn before(self, now: UnixMillis) -> UnixMillis {
        match self {
            Self::At(at) => at,
            Self::Ago(span) => {
                let ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
                UnixMillis(now.0.saturating_sub(ms).max(0))
            }
        }
    }
}

impl Wanted {
    /// From when, and until before when; `None` if that is no time at all.
    pub(super) fn range(&self, now: UnixMillis) -> Option<(UnixMillis, UnixMillis)> {
        let until = self.until.map_or(now.plus(1), |until| until.before(now));
        let since = self.since.before(now);
        (since < until).then_some((since, until))
    }
}

fn moment(text: &str) -> Result<Moment, &'static str> {
    // A day is the moment it begins.
    let whole = match text.len() {
        10 => &format!("{text}T00:00:00Z"),
        _ => text,
    };
    let at = chrono::DateTime::parse_from_rfc3339(whole).ok();
    let at = at.map(|at| Moment::At(UnixMillis(at.timestamp_millis())));
    // Digits alone could be either.
    let is_span = text.ends_with(|c: char| c.is_ascii_alphabetic());
    let ago = span(text).filter(|_| is_span).map(Moment::Ago);
    at.or(ago)
        .ok_or("write so long ago as 24h, 7d or 90m, a day as 2026-11-26, or a moment as 2026-11-26T09:30:00Z")
}

fn column(text: &str) -> Result<Column, String> {
    let found = Column::ALL.into_iter().find(|column| column.name() == text);
    found.ok_or_else(|| format!("write {}", Column::ALL.map(Column::name).join(", ")))
}

fn metrics(text: &str) -> Result<Url, &'static str> {
    let mut url = http_url(text).map_err(|_| "write an http(s) URL")?;
    if url.path() == "/" {
        url.set_path("/metrics");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_span_back_or_a_date() {
        let now = UnixMillis(1_700_000_000_000);
        let of = |text| moment(text).unwrap().before(now).0;
        assert_eq!(of("24h"), now.0 - 86_400_000);
        assert_eq!(of("7d"), now.0 - 7 * 86_400_000);
        assert_eq!(of("2023-11-14T22:13:20.004+00:00"), now.0 + 4);
        assert_eq!(of("2023-11-15T00:13:20+02:00"), now.0);
        assert_eq!(of("99999999d"), 0);
        assert_eq!(of("2023-11-14"), now.0 - now.0 % 86_400_000);
        for bad in ["", "7", "7w", "yesterday", "2026-13-26", "-1h"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_path_of_metrics_need_not_be_said() {
        let of = |text| metrics(text).unwrap().to_string();
        assert_eq!(of("http://127.0.0.1:9464"), "http://127.0.0.1:9464/metrics");
        assert_eq!(of("https://gateway.example/m"), "https://gateway.example/m");
    }
}
