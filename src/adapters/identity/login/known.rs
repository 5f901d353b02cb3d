//! What is known of the provider: fetched once for all who ask, for a minute.

use std::{sync::Arc, time::Duration};

use openidconnect::{
    AdditionalProviderMetadata, AuthType, ClientId, ClientSecret, DiscoveryError, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IssuerUrl, ProviderMetadata, RedirectUrl,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
        CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
        CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType,
        CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use tokio::{sync::Mutex, time::Instant};

use super::{
    LoginError,
    wire::{Wire, WireError},
};
use crate::config::{Algorithm, LoginConfig};

/// How long what the provider said of itself is believed.
const FRESH: Duration = Duration::from_secs(60);
/// How long nobody asks again after it did not answer.
const COOL_DOWN: Duration = Duration::from_secs(2);

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What RFC 9207 adds to the document.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Additional {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Additional {}

type Metadata = ProviderMetadata<
    Additional,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The provider as it described itself, with its keys.
pub(super) struct Known {
    pub(super) client: Client,
    /// Whether its answers name their issuer (RFC 9207).
    pub(super) says_issuer: bool,
}

/// What a fetch came to: the provider, or why not.
type Fetched = Result<Arc<Known>, String>;

/// Keeps the last description. Whoever finds it too old fetches a new one, and
/// all who come meanwhile wait for that.
pub(super) struct Shelf {
    redirect: RedirectUrl,
    last: Mutex<Option<(Instant, Fetched)>>,
}

impl Shelf {
    pub(super) fn new(redirect: RedirectUrl) -> Self {
        Self {
            redirect,
            last: Mutex::default(),
        }
    }

    /// What is known; fetched, if it is too old.
    pub(super) async fn known(
        &self,
        config: &LoginConfig,
        wire: &Wire,
    ) -> Result<Arc<Known>, LoginError> {
        self.unless(config, wire, |at, known| {
            let lifetime = if known.is_ok() { FRESH } else { COOL_DOWN };
            at.elapsed() < lifetime
        })
        .await
    }

    /// What is known since `old` was; fetched, if that is still the last.
    pub(super) async fn newer(
        &self,
        old: &Arc<Known>,
        config: &LoginConfig,
        wire: &Wire,
    ) -> Result<Arc<Known>, LoginError> {
        self.unless(config, wire, |at, known| match known {
            Ok(known) => !Arc::ptr_eq(known, old),
            Err(_) => at.elapsed() < COOL_DOWN,
        })
        .await
    }

    async fn unless(
        &self,
        config: &LoginConfig,
        wire: &Wire,
        is_good: impl Fn(Instant, &Fetched) -> bool,
    ) -> Result<Arc<Known>, LoginError> {
        let mut last = self.last.lock().await;
        if let Some((at, known)) = &*last
            && is_good(*at, known)
        {
            return known.clone().map_err(LoginError::Down);
        }
        let known = self.fetch(config, wire).await.map(Arc::new);
        if let Err(cause) = &known {
            tracing::warn!(cause, "browsers cannot sign in now");
        }
        *last = Some((Instant::now(), known.clone()));
        known.map_err(LoginError::Down)
    }

    async fn fetch(&self, config: &LoginConfig, wire: &Wire) -> Result<Known, String> {
        let issuer = IssuerUrl::new(config.issuer.clone()).map_err(|e| e.to_string())?;
        let metadata = Metadata::discover_async(issuer, wire).await;
        let metadata = metadata.map_err(words)?;
        let endpoints = [
            Some(metadata.authorization_endpoint().as_str()),
            metadata.token_endpoint().map(|url| url.as_str()),
        ];
        for url in endpoints.into_iter().flatten() {
            wire.check(url).map_err(|error| error.to_string())?;
        }
        // The library compares what the URLs mean, which is not enough.
        if metadata.issuer().as_str() != config.issuer {
            return Err(OTHER_ISSUER.to_owned());
        }
        Ok(self.client(config, metadata))
    }

    fn client(&self, config: &LoginConfig, metadata: Metadata) -> Known {
        let says_issuer = metadata
            .additional_metadata()
            .authorization_response_iss_parameter_supported;
        let auth_type = auth_type(&metadata);
        let id = ClientId::new(config.client_id.clone());
        let secret = config.client_secret.as_deref();
        let secret = secret.map(|text| ClientSecret::new(text.to_owned()));
        let client = CoreClient::from_provider_metadata(metadata, id, secret)
            .set_redirect_uri(self.redirect.clone())
            .set_auth_type(auth_type);
        Known {
            client,
            says_issuer,
        }
    }
}

const OTHER_ISSUER: &str = "its discovery document is another issuer's; write OIDC_ISSUER exactly as the provider does, with or without the slash at the end";

/// A provider that says nothing takes Basic (OpenID Connect Discovery, section 3).
fn auth_type(metadata: &Metadata) -> AuthType {
    let Some(methods) = metadata.token_endpoint_auth_methods_supported() else {
        return AuthType::BasicAuth;
    };
    let has = |method| methods.contains(&method);
    if !has(CoreClientAuthMethod::ClientSecretBasic) && has(CoreClientAuthMethod::ClientSecretPost)
    {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    }
}

fn words(error: DiscoveryError<WireError>) -> String {
    match error {
        DiscoveryError::Request(error) => error.to_string(),
        DiscoveryError::Response(status, ..) => {
            format!("its discovery document or its keys cannot be read: it answered {status}")
        }
        DiscoveryError::Validation(_) => OTHER_ISSUER.to_owned(),
        _ => "its discovery document or its keys are not what they should be".to_owned(),
    }
}

/// Our word for an algorithm in the library's.
pub(super) fn algorithm(algorithm: Algorithm) -> CoreJwsSigningAlgorithm {
    match algorithm {
        Algorithm::RS256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        Algorithm::ES256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        Algorithm::PS256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        Algorithm::ES384 => CoreJwsSigningAlgorithm::EcdsaP384Sha384,
        Algorithm::EdDSA => CoreJwsSigningAlgorithm::EdDsa,
    }
}
