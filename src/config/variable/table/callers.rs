//! Who may call.

use super::{Variable, now};

pub(super) const ROWS: &[Variable] = &[
    now(
        "OIDC_ISSUER",
        "none",
        "the first issuer; required by `serve` unless there is an `[[issuer]]`, `DID_METHODS` or an API key",
    ),
    now("OIDC_AUD", "none", "what must be in a token's `aud`"),
    now("AUTH_BACKEND", "oidc", "`oidc`, `auth0` or `descope`"),
    now(
        "ALLOW_HTTP_ISSUER",
        "false",
        "whether an issuer may be reached by plain http beyond loopback",
    ),
    now(
        "OIDC_REQUIRE_AT_JWT",
        "false",
        "whether only tokens of type `at+jwt` are taken",
    ),
    now(
        "REQUIRED_SCOPES",
        "false",
        "whether callers of an issuer are held to scopes",
    ),
    now("AUTH0_DOMAIN", "none", "shown at `/auth/config`"),
    now("AUTH0_CLIENT", "none", "shown at `/auth/config`"),
    now(
        "OIDC_CLIENT_ID",
        "none: no browser login",
        "client at the first issuer that signs browsers in; its redirect is `<ATTACH_PUBLIC_URL>/auth/callback`",
    ),
    now(
        "OIDC_CLIENT_SECRET",
        "none",
        "its secret; a public client has none",
    ),
    now(
        "DID_METHODS",
        "none: no DID is taken",
        "`key`, `pkh` or `key,pkh`; needs DID_ALLOW or DID_SCOPES",
    ),
    now(
        "DID_ALLOW",
        "none",
        "comma-separated DIDs with a quota of their own; all others share one",
    ),
    now("DID_DENY", "none", "comma-separated DIDs that are refused"),
    now(
        "DID_SCOPES",
        "none",
        "`<did or *>=<scope> <scope>;…`: what DIDs may do; tokens do not say",
    ),
    now("DID_AUD", "OIDC_AUD", "what must be in a DID token's `aud`"),
    now(
        "DID_MAX_LIFETIME",
        "3600",
        "seconds between `iat` and `exp` of a DID token, at most",
    ),
    now(
        "DID_REPLAY",
        "none",
        "`once`: a DID token needs a `jti` and works once",
    ),
    now(
        "DESCOPE_PROJECT_ID",
        "none",
        "project, for `AUTH_BACKEND=descope` and for the exchange",
    ),
    now("DESCOPE_BASE_URL", "https://api.descope.com", "Descope"),
    now(
        "DESCOPE_JWKS_URL",
        "<base>/<project>/.well-known/jwks.json",
        "where its keys are",
    ),
    now(
        "DESCOPE_AUD",
        "OIDC_AUD",
        "what must be in its tokens' `aud`",
    ),
    now(
        "ENABLE_DESCOPE_EXCHANGE",
        "false",
        "whether tokens of EXCHANGE_ISSUERS are exchanged at Descope",
    ),
    now(
        "EXCHANGE_ISSUERS",
        "none",
        "comma-separated `iss` of tokens that may be sent to Descope",
    ),
    now("DESCOPE_CLIENT_ID", "none", "inbound app, for the exchange"),
    now("DESCOPE_CLIENT_SECRET", "none", "its secret"),
    now(
        "CORS_ORIGINS",
        "http://localhost:9000,http://127.0.0.1:9000",
        "comma-separated origins of pages that may call; `none` for no page",
    ),
    now(
        "AUTH_THROTTLE",
        "on, but for loopback clients",
        "`on` or `off`: budget of signature checks for addresses that sent bad tokens",
    ),
];
