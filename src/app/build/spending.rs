//! What people spend: the quota, and what is noted of it and of every call.

use super::{StartError, other, tables::waiting};
use crate::{
    actors::{ledger::Ledger, writer::Writer},
    adapters::{
        sqlite::Sqlite,
        trace::Traces,
        usage::{UsageTable, prometheus::Prometheus},
    },
    config::Config,
    domain::quota::Limit,
    http::Quota,
};

/// Who may spend how much, and who spent it.
pub(super) struct Spending {
    pub(super) quota: Option<Quota>,
    pub(super) usage: Writer<UsageTable>,
    pub(super) metrics: Prometheus,
    pub(super) traces: Traces,
}

impl Spending {
    /// # Errors
    ///
    /// What was spent before cannot be read.
    pub(super) async fn start(config: &Config, database: &Sqlite) -> Result<Self, StartError> {
        let table = UsageTable::new(database.clone());
        let metrics = metrics(config, &table).await?;
        Ok(Self {
            quota: quota(config),
            traces: traces(config, &metrics)?,
            metrics,
            usage: Writer::start(table, waiting(config), config.durability),
        })
    }
}

/// Spans, if anybody wants them.
fn traces(config: &Config, metrics: &Prometheus) -> Result<Traces, StartError> {
    match &config.observe.traces {
        Some(wanted) => Traces::start(wanted, metrics).map_err(other),
        None => Ok(Traces::default()),
    }
}

async fn metrics(config: &Config, table: &UsageTable) -> Result<Prometheus, StartError> {
    let home = config.auth.issuers.first();
    let home = home.map(|issuer| issuer.url.as_str());
    let metrics = Prometheus::new(home.unwrap_or_default(), config.max_series);
    if config.metering.is_prometheus() {
        metrics.seed(&table.totals().await.map_err(other)?);
    }
    Ok(metrics)
}

fn quota(config: &Config) -> Option<Quota> {
    let quota = config.quota?;
    let limit = Limit {
        tokens: quota.tokens,
        window_ms: i64::try_from(quota.window.as_millis()).unwrap_or(i64::MAX),
    };
    let ledger = Ledger::start(limit);
    Some(Quota { limit, ledger })
}
