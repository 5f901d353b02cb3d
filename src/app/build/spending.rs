//! What people spend: the quota, and what is noted of it.

use super::{StartError, other, tables::waiting};
use crate::{
    actors::{ledger::Ledger, writer::Writer},
    adapters::{
        quota::redis::Redis,
        sqlite::Sqlite,
        usage::{UsageTable, prometheus::Prometheus},
    },
    config::Config,
    http::Quota,
};

/// Who may spend how much, and who spent it.
pub(super) struct Spending {
    pub(super) quota: Option<Quota>,
    pub(super) usage: Writer<UsageTable>,
    pub(super) metrics: Prometheus,
}

impl Spending {
    /// # Errors
    ///
    /// What was spent before cannot be read; Redis cannot be set up. That it is away
    /// is no error.
    pub(super) async fn start(config: &Config, database: &Sqlite) -> Result<Self, StartError> {
        let table = UsageTable::new(database.clone());
        let metrics = metrics(config, &table).await?;
        Ok(Self {
            quota: quota(config, &metrics).await?,
            metrics,
            usage: Writer::start(table, waiting(config), config.durability),
        })
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

async fn quota(config: &Config, metrics: &Prometheus) -> Result<Option<Quota>, StartError> {
    let Some(quota) = &config.quota else {
        return Ok(None);
    };
    let limits = quota.limits.clone();
    let ledger = match &quota.redis {
        None => Ledger::start(limits.clone(), metrics),
        Some(shared) => {
            let redis = Redis::new(&shared.url, limits.clone()).map_err(other)?;
            Ledger::shared(redis, shared.fail, limits.clone(), metrics).await
        }
    };
    Ok(Some(Quota { limits, ledger }))
}
