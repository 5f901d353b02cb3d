//! What stands behind the `?` of an address.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use url::form_urlencoded;

use crate::http::error::ApiError;

/// The parameters of a request. One that is wrong is named: `limit: invalid digit`.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T> std::ops::Deref for Params<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Params<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self))
    }
}

impl<T> Params<T> {
    /// What was asked.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// The parameters in `text`.
///
/// # Errors
///
/// [`ApiError::Invalid`], which names the first that is wrong.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    let parts = form_urlencoded::parse(text.as_bytes());
    let parameters = serde_urlencoded::Deserializer::new(parts);
    serde_path_to_error::deserialize(parameters).map_err(|error| {
        let name = error.path().iter().find_map(|segment| match segment {
            Segment::Map { key } => Some(key.clone()),
            _ => None,
        });
        let why = error.into_inner();
        ApiError::Invalid(match name {
            Some(name) => format!("{name}: {why}"),
            None => format!("the query: {why}"),
        })
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Asked {
        limit: Option<u32>,
        q: Option<String>,
    }

    #[test]
    fn a_parameter_that_is_wrong_is_named() {
        let text = |query| read::<Asked>(query).unwrap_err().to_string();
        assert_eq!(
            text("q=a&limit=ten"),
            "limit: invalid digit found in string"
        );
        assert_eq!(text("q=a&q=b"), "the query: duplicate field `q`");
    }

    #[test]
    fn what_is_right_is_read() {
        let asked = Asked {
            limit: Some(7),
            q: Some("a b&c".to_owned()),
        };
        assert_eq!(read::<Asked>("limit=7&q=a+b%26c").unwrap(), asked);
    }
}
