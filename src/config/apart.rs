//! Settings that commands read apart from all others: they look into memory also
//! where a gateway could not start.

use std::path::Path;

use url::Url;

use super::{
    Config, Faults, MemoryConfig, Place, Reader, Vars, auth, memory, price, shared, tables,
};
use crate::domain::{price::Prices, target::http_url};

/// What commands on memory must know.
#[derive(Clone, Debug)]
pub struct MemoryApart {
    /// `DATABASE_URL`.
    pub database: Place,
    /// `MEM_*` and `WEAVIATE_*`.
    pub memory: MemoryConfig,
    /// The one issuer, if there is one, whose users the original's events belong to.
    pub home: Option<String>,
}

/// What commands on usage must know.
#[derive(Clone, Debug)]
pub struct UsageApart {
    /// `DATABASE_URL`.
    pub database: Place,
    /// The issuer whose users go by their bare name where usage is shown; empty if
    /// there is none.
    pub home: String,
    /// What tokens cost.
    pub prices: Prices,
    /// Where `METRICS_ADDR` shows every series without a token.
    pub metrics: Option<Url>,
}

impl Config {
    /// The settings of usage alone, and where the database is.
    ///
    /// # Errors
    ///
    /// Every fault of those.
    pub fn usage_apart(vars: &Vars) -> Result<UsageApart, Faults> {
        let mut others = vars.clone();
        let scraped = others.remove("METRICS_ADDR");
        let reader = Reader::new(&others);
        let data = reader.text("ATTACH_DATA").unwrap_or(".attach");
        let apart = UsageApart {
            database: shared::database(&reader, Path::new(data)),
            home: first_issuer(&others),
            prices: price::read(&reader, tables(&reader).price),
            metrics: scraped.and_then(|it| http_url(&format!("http://{}/metrics", it.trim())).ok()),
        };
        reader.end(apart)
    }

    /// The settings of memory alone, and where the database is.
    ///
    /// # Errors
    ///
    /// Every fault of those.
    pub fn memory_apart(vars: &Vars) -> Result<MemoryApart, Faults> {
        let reader = Reader::new(vars);
        let data = reader.text("ATTACH_DATA").unwrap_or(".attach");
        let place = shared::database(&reader, Path::new(data));
        let apart = MemoryApart {
            memory: memory::read(&reader, &place),
            database: place,
            home: home(&reader),
        };
        reader.end(apart)
    }
}

/// The first issuer, as the gateway finds it; what else is wrong with callers is
/// none of our business.
fn first_issuer(vars: &Vars) -> String {
    let reader = Reader::new(vars);
    let issuers = auth::read(&reader, tables(&reader).issuer, true).issuers;
    let first = issuers.into_iter().next();
    first.map_or(String::new(), |issuer| issuer.url)
}

/// The one issuer there is, if there is one.
fn home(reader: &Reader<'_>) -> Option<String> {
    let issuers = tables(reader).issuer.into_iter().map(|issuer| issuer.url);
    let mut issuers = issuers.chain(reader.owned("OIDC_ISSUER"));
    issuers.next().filter(|_| issuers.next().is_none())
}
