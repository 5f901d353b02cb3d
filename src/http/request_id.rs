//! What a request is called in logs.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest};

use crate::{domain::header::is_label, http::headers::REQUEST_ID};

/// A request's name in logs: the caller's `X-Request-Id` if it is a plain word,
/// else one of ours.
#[derive(Clone, Debug)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Names `request`, for all who ask later.
    pub fn give(request: &HttpRequest) -> Self {
        let id = Self::from_header(request);
        request.extensions_mut().insert(id.clone());
        id
    }

    /// The name that was [given](Self::give) to `request`.
    pub fn of(request: &HttpRequest) -> Self {
        let known = request.extensions().get::<Self>().cloned();
        known.unwrap_or_else(|| Self::from_header(request))
    }

    fn from_header(request: &HttpRequest) -> Self {
        let said = request.headers().get(REQUEST_ID);
        Self::said(said.and_then(|v| v.to_str().ok()))
    }

    /// The name a request gave itself, if that is a plain word, else a fresh one.
    pub fn said(said: Option<&str>) -> Self {
        let said = said.filter(|text| is_label(text));
        Self(said.map_or_else(fresh, Arc::from))
    }
}

fn fresh() -> Arc<str> {
    let mut text = uuid::Uuid::encode_buffer();
    Arc::from(&*uuid::Uuid::now_v7().simple().encode_lower(&mut text))
}
