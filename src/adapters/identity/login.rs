//! Signing a browser in at the OpenID provider: the code flow, with PKCE.
//!
//! The provider's tokens live in [`Provider::finish`] and nowhere else.

mod known;
mod wire;

use std::io;

use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, CsrfToken, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, StandardErrorResponse,
    core::{
        CoreAuthenticationFlow, CoreErrorResponseType, CoreIdToken, CoreIdTokenClaims,
        CoreTokenResponse,
    },
};
use url::Url;

use crate::{
    adapters::secret::{hex, random},
    config::{IssuerConfig, LoginConfig},
    domain::{
        id::Owner,
        identity::Scopes,
        jwt::{LEEWAY_SECS, is_subject},
        time::UnixMillis,
    },
};
use known::{Known, Shelf};
use wire::{Wire, WireError};

/// Why nobody is signed in. The words are for the log: they hold nothing that
/// came from the provider or the browser.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The provider does not answer, or answers nonsense where it says what it is.
    #[error("the OpenID provider cannot be used: {0}")]
    Down(String),
    /// It does not vouch for anyone, or not so that it can be believed.
    #[error("nobody is signed in: {0}")]
    Refused(&'static str),
    /// The system has no randomness to give.
    #[error(transparent)]
    Random(#[from] io::Error),
}

/// Where people sign in. Fetches what it must know of it at most once a minute.
pub struct Provider {
    config: LoginConfig,
    issuer: IssuerConfig,
    asked: Scopes,
    wire: Wire,
    shelf: Shelf,
}

/// A browser that is sent to the provider: where to, and what must be remembered
/// until it comes back.
pub struct Departure {
    /// Where it is sent.
    pub url: Url,
    /// What it must bring back.
    pub state: String,
    /// What the ID token must say.
    pub nonce: String,
    /// What the code is exchanged with (PKCE).
    pub verifier: String,
}

/// A browser that came back.
pub struct Arrival<'a> {
    /// What it was given by the provider.
    pub code: &'a str,
    /// From the [`Departure`].
    pub nonce: &'a str,
    /// From the [`Departure`].
    pub verifier: &'a str,
}

type Unexchanged = RequestTokenError<WireError, StandardErrorResponse<CoreErrorResponseType>>;

impl Provider {
    /// The provider of `config`, which is `issuer` to programs, and is asked for
    /// the scopes `asked`. `public_url` is where browsers come back to;
    /// `allow_http` is `ALLOW_HTTP_ISSUER`.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up on this machine.
    pub fn new(
        config: LoginConfig,
        issuer: IssuerConfig,
        asked: Scopes,
        public_url: &Url,
        allow_http: bool,
    ) -> Result<Self, reqwest::Error> {
        let mut redirect = public_url.clone();
        redirect.set_path("/auth/callback");
        Ok(Self {
            shelf: Shelf::new(RedirectUrl::from_url(redirect)),
            config,
            issuer,
            asked,
            wire: Wire::new(allow_http)?,
        })
    }

    /// Sends a browser off.
    ///
    /// # Errors
    ///
    /// [`LoginError::Down`].
    pub async fn start(&self) -> Result<Departure, LoginError> {
        let known = self.shelf.known(&self.config, &self.wire).await?;
        let secret = || random::<32>().map(|bytes| hex(&bytes));
        let (state, nonce, verifier) = (secret()?, secret()?, secret()?);
        let (csrf, once) = (CsrfToken::new(state.clone()), Nonce::new(nonce.clone()));
        let code = PkceCodeVerifier::new(verifier.clone());
        let (url, _, _) = known
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || csrf,
                move || once,
            )
            .add_scopes(self.wanted())
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&code))
            .url();
        Ok(Departure {
            url,
            state,
            nonce,
            verifier,
        })
    }

    /// The scopes to ask for, beside `openid`.
    fn wanted(&self) -> impl Iterator<Item = Scope> {
        let text = self.asked.to_text();
        let words: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        words.into_iter().map(Scope::new)
    }

    /// Checks who an answer says it is from (RFC 9207), before anything else of it
    /// is believed.
    ///
    /// # Errors
    ///
    /// [`LoginError`].
    pub async fn check_issuer(&self, said: Option<&str>) -> Result<(), LoginError> {
        let known = self.shelf.known(&self.config, &self.wire).await?;
        match said {
            Some(issuer) if issuer == self.config.issuer => Ok(()),
            Some(_) => Err(LoginError::Refused("the answer has another issuer")),
            None if known.says_issuer => Err(LoginError::Refused("the answer has no issuer")),
            None => Ok(()),
        }
    }

    /// Exchanges the code for an ID token, and checks that: who it is, and what
    /// the provider granted them.
    ///
    /// # Errors
    ///
    /// [`LoginError`].
    pub async fn finish(&self, arrival: &Arrival<'_>) -> Result<(Owner, Scopes), LoginError> {
        let known = self.shelf.known(&self.config, &self.wire).await?;
        let answer = self.exchange(&known, arrival).await?;
        let token = answer
            .extra_fields()
            .id_token()
            .ok_or(LoginError::Refused("the provider sent no ID token"))?;
        let nonce = Nonce::new(arrival.nonce.to_owned());
        let claims = match self.check(&known, token, &nonce) {
            Err(error) if is_unknown_key(&error) => {
                let known = self.shelf.newer(&known, &self.config, &self.wire).await?;
                self.check(&known, token, &nonce).cloned()
            }
            checked => checked.cloned(),
        };
        let claims = claims.map_err(|error| LoginError::Refused(cause(&error)))?;
        Ok((self.owner(&claims)?, self.granted(&answer)))
    }

    /// A provider that says nothing has granted what it was asked for (RFC 6749,
    /// section 5.1).
    fn granted(&self, answer: &CoreTokenResponse) -> Scopes {
        match answer.scopes() {
            Some(words) => self.issuer.granted(words.iter().map(|word| word.as_str())),
            None => self.asked,
        }
    }

    async fn exchange(
        &self,
        known: &Known,
        arrival: &Arrival<'_>,
    ) -> Result<CoreTokenResponse, LoginError> {
        let request = known
            .client
            .exchange_code(AuthorizationCode::new(arrival.code.to_owned()))
            .map_err(|_| LoginError::Down("it names no token endpoint".to_owned()))?;
        let verifier = PkceCodeVerifier::new(arrival.verifier.to_owned());
        let request = request.set_pkce_verifier(verifier);
        let answer = request.request_async(&self.wire).await;
        answer.map_err(unexchanged)
    }

    /// Issuer, audience, signature, times and nonce.
    fn check<'t>(
        &self,
        known: &Known,
        token: &'t CoreIdToken,
        nonce: &Nonce,
    ) -> Result<&'t CoreIdTokenClaims, ClaimsVerificationError> {
        let latest = UnixMillis::now().secs() + LEEWAY_SECS;
        let verifier = known
            .client
            .id_token_verifier()
            .set_allowed_algs(self.issuer.algorithms.iter().map(|a| known::algorithm(*a)))
            .set_issue_time_verifier_fn(move |issued_at| {
                let is_ahead = issued_at.timestamp() > latest;
                if is_ahead { Err(String::new()) } else { Ok(()) }
            });
        token.claims(&verifier, nonce)
    }

    /// The same rules as for the person's tokens: it is the same person.
    fn owner(&self, claims: &CoreIdTokenClaims) -> Result<Owner, LoginError> {
        let other = |party: &openidconnect::ClientId| party.as_str() != self.config.client_id;
        if claims.authorized_party().is_some_and(other) {
            return Err(LoginError::Refused("the ID token is for another client"));
        }
        let user = claims.subject().as_str();
        if !is_subject(user) || user.starts_with("did:") {
            return Err(LoginError::Refused(
                "the ID token's sub cannot be a user's name",
            ));
        }
        Ok(Owner::new(&*self.config.issuer, user))
    }
}

fn unexchanged(error: Unexchanged) -> LoginError {
    LoginError::Refused(match error {
        RequestTokenError::Request(error) => {
            tracing::warn!(%error, "the provider's token endpoint does not answer");
            return LoginError::Down(error.to_string());
        }
        RequestTokenError::ServerResponse(said) => match said.error() {
            CoreErrorResponseType::InvalidClient => {
                "the provider does not take the gateway; check OIDC_CLIENT_ID and OIDC_CLIENT_SECRET"
            }
            _ => "the provider does not take the code",
        },
        _ => "the provider's token endpoint answered something else",
    })
}

fn is_unknown_key(error: &ClaimsVerificationError) -> bool {
    matches!(
        error,
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)
    )
}

/// The library's words hold what the token says.
fn cause(error: &ClaimsVerificationError) -> &'static str {
    use ClaimsVerificationError as E;
    match error {
        E::Expired(_) => "the ID token has expired, or is not yet valid; check the clocks",
        E::InvalidAudience(_) => "the ID token is for another client",
        E::InvalidIssuer(_) => "the ID token is another issuer's",
        E::InvalidNonce(_) => "the ID token answers another sign-in",
        E::SignatureVerification(SignatureVerificationError::DisallowedAlg(_)) => {
            "the ID token is signed with an algorithm that is not taken; set algorithms of the issuer"
        }
        E::SignatureVerification(_) => "the ID token's signature is not the provider's",
        _ => "the ID token is not one",
    }
}
