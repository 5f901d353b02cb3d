//! What an exchange is asked with.

use std::{borrow::Cow, collections::BTreeMap};

use url::form_urlencoded;

use crate::http::error::ApiError;

/// The type of every token that goes in and comes out.
pub(super) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// The members of a form, each once.
pub(super) struct Form<'a>(BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl<'a> Form<'a> {
    /// Reads a form and checks what does not depend on who sends it.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, ApiError> {
        let mut members = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(bytes) {
            if members.insert(name, value).is_some() {
                return Err(refused("a member stands twice"));
            }
        }
        let form = Self(members);
        let code = match form.text("grant_type") {
            Some(EXCHANGE) => return form.check_tokens().map(|()| form),
            Some(_) => "unsupported_grant_type",
            None => "invalid_request",
        };
        let text = format!("send a form with grant_type={EXCHANGE}");
        Err(ApiError::OAuth(code, text))
    }

    fn check_tokens(&self) -> Result<(), ApiError> {
        let is_known = |name| matches!(self.text(name), Some(ACCESS_TOKEN | JWT));
        if self.text("subject_token").is_none() {
            return Err(refused("subject_token is missing"));
        }
        if !is_known("subject_token_type") {
            let text = format!("write subject_token_type={ACCESS_TOKEN}");
            return Err(ApiError::OAuth("invalid_request", text));
        }
        if self.actor_token().is_some() != self.text("actor_token_type").is_some() {
            return Err(refused("actor_token and actor_token_type go together"));
        }
        for name in ["actor_token_type", "requested_token_type"] {
            if self.text(name).is_some() && !is_known(name) {
                let text = format!("{name}: only {ACCESS_TOKEN} is known here");
                return Err(ApiError::OAuth("invalid_request", text));
            }
        }
        Ok(())
    }

    /// What is handed out is good here and nowhere else.
    pub(super) fn check_target(&self, here: &str) -> Result<(), ApiError> {
        let asked = ["audience", "resource"].map(|name| self.text(name));
        let is_here = |url: &str| url.trim_end_matches('/') == here;
        if asked.into_iter().flatten().all(is_here) {
            return Ok(());
        }
        let text = format!("tokens are handed out for {here} alone");
        Err(ApiError::OAuth("invalid_target", text))
    }

    pub(super) fn subject_token(&self) -> &str {
        self.text("subject_token").unwrap_or_default()
    }

    pub(super) fn actor_token(&self) -> Option<&str> {
        self.text("actor_token")
    }

    pub(super) fn scope(&self) -> Option<&str> {
        self.text("scope")
    }

    /// An empty member counts as none (RFC 6749 section 3.2).
    fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(|text| &**text)
            .filter(|text| !text.is_empty())
    }
}

fn refused(text: &str) -> ApiError {
    ApiError::OAuth("invalid_request", text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(body: &str) -> &'static str {
        match Form::read(body.as_bytes()).and_then(|form| form.check_target("https://us")) {
            Ok(()) => "ok",
            Err(ApiError::OAuth(code, _)) => code,
            Err(_) => "another error",
        }
    }

    #[test]
    fn a_form_says_what_it_wants_once_and_for_here() {
        let good = format!("grant_type={EXCHANGE}&subject_token=x&subject_token_type={JWT}");
        assert_eq!(code(&good), "ok");
        for (more, expected) in [
            ("&scope=&resource=https://us/", "ok"),
            ("&audience=https://us", "ok"),
            ("&audience=https://them", "invalid_target"),
            (
                "&resource=https://us/&audience=https://us.evil",
                "invalid_target",
            ),
            ("&subject_token=y", "invalid_request"),
            ("&actor_token=y", "invalid_request"),
            ("&actor_token=y&actor_token_type=saml", "invalid_request"),
            ("&requested_token_type=saml", "invalid_request"),
        ] {
            assert_eq!(code(&format!("{good}{more}")), expected, "{more}");
        }
        let other = good.replace("token-exchange", "jwt-bearer");
        assert_eq!(code(&other), "unsupported_grant_type");
        assert_eq!(code(""), "invalid_request");
        assert_eq!(code("{\"grant_type\":1}"), "invalid_request");
        assert_eq!(code(&format!("grant_type={EXCHANGE}")), "invalid_request");
    }

    proptest! {
        #[test]
        fn no_form_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Form::read(&bytes);
        }
    }
}
