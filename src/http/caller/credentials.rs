//! What a request says about who sends it.

use actix_web::{HttpRequest, http::header::AUTHORIZATION};
use url::form_urlencoded;

use crate::http::{browser::cookie::Jar, error::ApiError};

/// A credential, unverified.
pub(super) enum Credentials<'r> {
    /// From the Authorization header.
    Bearer(&'r str),
    /// From a cookie, which counts only where no Authorization header is.
    Cookie(String),
}

impl<'r> Credentials<'r> {
    /// The credential of `request`, whose cookies are called as `jar` says.
    pub(super) fn of(request: &'r HttpRequest, jar: Jar) -> Result<Self, ApiError> {
        let headers = request.headers().get_all(AUTHORIZATION);
        let mut query = form_urlencoded::parse(request.query_string().as_bytes());
        let in_query = query.any(|(name, _)| name == "access_token");
        let Some(token) = only_bearer(headers.map(|value| value.as_bytes()))? else {
            let cookie = jar.session_of(request);
            return cookie.map(Self::Cookie).ok_or(ApiError::Unauthenticated);
        };
        if in_query {
            return Err(ApiError::BadCredentials);
        }
        Ok(Self::Bearer(token))
    }
}

/// The token in the `Authorization` headers of a request; `None` without such a
/// header.
///
/// # Errors
///
/// There are several, or it is no bearer token.
pub fn only_bearer<'r>(
    mut headers: impl Iterator<Item = &'r [u8]>,
) -> Result<Option<&'r str>, ApiError> {
    let Some(first) = headers.next() else {
        return Ok(None);
    };
    let value = std::str::from_utf8(first).map_err(|_| ApiError::BadCredentials)?;
    if headers.next().is_some() || !value.is_ascii() {
        return Err(ApiError::BadCredentials);
    }
    bearer(value).map(Some)
}

fn bearer(value: &str) -> Result<&str, ApiError> {
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ApiError::Unauthenticated);
    }
    let token = token.trim_matches(' ');
    let is_broken = |byte: u8| byte.is_ascii_control() || byte == b' ' || byte == b',';
    if token.is_empty() || token.bytes().any(is_broken) {
        return Err(ApiError::BadCredentials);
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn of(headers: &[&str], uri: &str) -> Result<String, ApiError> {
        let request = headers
            .iter()
            .fold(TestRequest::with_uri(uri), |request, value| {
                request.append_header((AUTHORIZATION, *value))
            });
        match Credentials::of(&request.to_http_request(), Jar { is_secure: false })? {
            Credentials::Bearer(token) => Ok(token.to_owned()),
            Credentials::Cookie(secret) => Ok(format!("cookie {secret}")),
        }
    }

    #[test]
    fn one_bearer_token_in_the_header_is_the_only_way_in() {
        assert_eq!(of(&["Bearer a.b.c"], "/").unwrap(), "a.b.c");
        assert_eq!(of(&["bearer a.b.c"], "/").unwrap(), "a.b.c");
        for none in [&[][..], &["Basic eA=="], &["Token x"]] {
            let error = of(none, "/?access_token=a.b.c").unwrap_err();
            assert!(matches!(error, ApiError::Unauthenticated), "{none:?}");
        }
        for (headers, uri) in [
            (&["Bearer"][..], "/"),
            (&["Bearer "], "/"),
            (&["Bearer a b"], "/"),
            (&["Bearer a,b"], "/"),
            (&["Bearer a", "Bearer b"], "/"),
            (&["Bearer a"], "/?access_token=b"),
            (&["Bearer a"], "/?x=1&access_token=b"),
            (&["Bearer a"], "/?access%5Ftoken"),
        ] {
            let error = of(headers, uri).unwrap_err();
            assert!(
                matches!(error, ApiError::BadCredentials),
                "{headers:?} {uri}"
            );
        }
    }
}
