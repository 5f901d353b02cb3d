//! Who calls: how they are known, signed in and remembered.

use std::sync::Arc;

use super::{Site, Spending, StartError, Tables, other};
use crate::{
    actors::{
        auth::{Auth, Sources},
        sessions::Sessions,
    },
    adapters::{
        database::Database,
        identity::{
            discovery::Discovery,
            exchange::Exchange,
            login::Provider,
            mint::Minter,
            signing::{SigningKey, shared},
        },
        secret::Secret,
    },
    config::Config,
    domain::{identity::Scopes, time::UnixMillis},
    http::{browser::Browsers, login::SignIn},
};

/// How callers are known.
pub(super) struct Callers {
    pub(super) minter: Arc<Minter>,
    pub(super) auth: Auth,
    pub(super) secret: Secret,
    pub(super) sessions: Sessions,
    pub(super) browsers: Browsers,
    pub(super) sign_in: Option<SignIn>,
}

impl Callers {
    /// # Errors
    ///
    /// The gateway's key cannot be read or made; a client cannot be built.
    pub(super) async fn start(
        config: &Config,
        (site, tables, spending): (&Site, &Tables, &Spending),
        (database, secret): (&Database, Secret),
    ) -> Result<Self, StartError> {
        let key = signing_key(config, database, &secret).await?;
        let minter = Arc::new(Minter::new(key, site.origin().to_owned()));
        let sources = sources(config, tables, minter.clone())?;
        let sessions = Sessions::start(tables.sessions.clone(), tables.browsers.clone());
        let v0 = config.auth.session_v0;
        let browsers = Browsers::new(secret.clone(), sessions.clone(), site.browsers(), v0);
        Ok(Self {
            auth: Auth::start(&config.auth, sources, &spending.metrics),
            sign_in: sign_in(config, site)?,
            minter,
            secret,
            sessions,
            browsers,
        })
    }
}

/// The gateway's own key: that of all gateways on a database that is shared, else the
/// one in the data folder.
async fn signing_key(
    config: &Config,
    database: &Database,
    secret: &Secret,
) -> Result<SigningKey, StartError> {
    if database.is_shared() {
        return Ok(shared::open(database, secret, UnixMillis::now()).await?);
    }
    let key = SigningKey::open(&config.data.join(SigningKey::FILE));
    key.map_err(|source| {
        let folder = config.data.display().to_string();
        StartError::Data { folder, source }
    })
}

fn sources(config: &Config, tables: &Tables, minter: Arc<Minter>) -> Result<Sources, StartError> {
    let exchange = config.auth.exchange.clone();
    Ok(Sources {
        discovery: Discovery::new(config.auth.allow_http).map_err(other)?,
        exchange: exchange.map(Exchange::new).transpose().map_err(other)?,
        api_keys: tables.api_keys.clone(),
        used: tables.used.clone(),
        minter,
    })
}

fn sign_in(config: &Config, site: &Site) -> Result<Option<SignIn>, StartError> {
    let auth = &config.auth;
    let Some(login) = auth.login.clone() else {
        return Ok(None);
    };
    let mut issuers = auth.issuers.iter();
    let Some(issuer) = issuers.find(|issuer| issuer.url == login.issuer) else {
        return Ok(None);
    };
    // Where nobody is held to scopes, a provider that knows none is not asked.
    let asked = if auth.required_scopes {
        Scopes::DEFAULT
    } else {
        Scopes::default()
    };
    let (public_url, http) = (&site.public_url, auth.allow_http);
    let provider = Provider::new(login, issuer.clone(), asked, public_url, http);
    Ok(Some(SignIn::new(provider.map_err(other)?)))
}
