//! What an HTTP request says beside its body: the service parameters.

use std::sync::Arc;

use a2a::A2AError;
use actix_web::{HttpRequest, HttpResponseBuilder, http::header::HeaderMap, web};

use super::{Call, Refusal};
use crate::{
    adapters::a2a::directory::Agent,
    domain::a2a::{error::invalid, version::Version},
    http::{State, caller::Caller, error::ApiError, tasks},
};

const VERSION: &str = "a2a-version";
const EXTENSIONS: &str = "a2a-extensions";
/// What 0.3 calls the same.
const EXTENSIONS_V03: &str = "x-a2a-extensions";
/// Extensions of one request, at most.
const MAX_EXTENSIONS: usize = 64;

/// One request at an agent, before its body is looked at.
pub(super) struct Asked {
    pub(super) version: Result<Version, A2AError>,
    state: web::Data<State>,
    caller: Caller,
    agent: Arc<Agent>,
    extensions: Vec<String>,
    key: Option<String>,
}

impl Asked {
    /// # Errors
    ///
    /// 404: no agent has the name.
    pub(super) fn of(
        request: &HttpRequest,
        state: web::Data<State>,
        caller: Caller,
        name: &str,
    ) -> Result<Self, ApiError> {
        let agent = state.directory.find(name).filter(|_| !name.is_empty());
        let agent = agent.ok_or(ApiError::NotFound("no agent has this name; see /agents"))?;
        Ok(Self {
            version: Version::read(version(request).as_deref()),
            agent: agent.clone(),
            extensions: extensions(request.headers()),
            key: tasks::key(request)?,
            state,
            caller,
        })
    }

    /// Whether clients of 0.3 are served.
    pub(super) fn serves_v03(&self) -> bool {
        self.state.v03
    }

    /// The operation at the agent that `tenant` names, if it names one.
    ///
    /// # Errors
    ///
    /// No agent has the name.
    pub(super) fn call(&self, tenant: Option<&str>) -> Result<Call, Refusal> {
        let agent = match tenant.filter(|name| !name.is_empty()) {
            None => &self.agent,
            Some(name) => self.state.directory.find(name).ok_or_else(|| {
                let why = "no agent has this name; leave it out at this address";
                invalid("tenant", why)
            })?,
        };
        Ok(Call {
            state: self.state.clone(),
            caller: self.caller.clone(),
            agent: agent.clone(),
            extensions: self.extensions.clone(),
            key: self.key.clone(),
        })
    }
}

impl Call {
    /// Names the extensions that are in use, in the headers that either version
    /// has for them.
    pub(super) fn tell_extensions(&self, answer: &mut HttpResponseBuilder) {
        let used = self.active_extensions();
        if used.is_empty() {
            return;
        }
        for name in [EXTENSIONS, EXTENSIONS_V03] {
            answer.insert_header((name, used.join(", ")));
        }
    }
}

/// The header, or the query's member of the same name.
fn version(request: &HttpRequest) -> Option<String> {
    if let Some(value) = request.headers().get(VERSION) {
        return Some(value.to_str().unwrap_or("?").to_owned());
    }
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    let mut named = query.filter(|(name, _)| name.eq_ignore_ascii_case(VERSION));
    named.next().map(|(_, value)| value.into_owned())
}

fn extensions(headers: &HeaderMap) -> Vec<String> {
    let named = [EXTENSIONS, EXTENSIONS_V03].into_iter();
    let lists = named.flat_map(|name| headers.get_all(name));
    let lists = lists.filter_map(|value| value.to_str().ok());
    let uris = lists.flat_map(|list| list.split(',')).map(str::trim);
    let uris = uris.filter(|uri| !uri.is_empty()).map(str::to_owned);
    uris.take(MAX_EXTENSIONS).collect()
}
