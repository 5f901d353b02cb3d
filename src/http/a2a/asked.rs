//! What a request says beside its body: the service parameters. By HTTP they are
//! headers, by gRPC metadata; what they mean is read here for both.

use std::sync::Arc;

use a2a::A2AError;
use actix_web::{HttpRequest, HttpResponseBuilder, web};

use super::{Call, Refusal};
use crate::{
    adapters::a2a::directory::Agent,
    domain::a2a::{error::invalid, version::Version},
    http::{State, caller::Caller, error::ApiError, tasks},
};

pub(super) const VERSION: &str = "a2a-version";
pub(super) const EXTENSIONS: &str = "a2a-extensions";
/// What 0.3 calls the same.
const EXTENSIONS_V03: &str = "x-a2a-extensions";
pub(super) const LAST_EVENT_ID: &str = "last-event-id";
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
        let named = [EXTENSIONS, EXTENSIONS_V03].into_iter();
        let named = named.flat_map(|name| request.headers().get_all(name));
        Ok(Self {
            version: Version::read(version(request).as_deref()),
            agent: agent.clone(),
            extensions: extensions(named.map(|value| value.to_str().ok())),
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

/// `A2A-Version`: the header, or the query's member of the same name.
pub(super) fn version(request: &HttpRequest) -> Option<String> {
    if let Some(value) = request.headers().get(VERSION) {
        return Some(value.to_str().unwrap_or("?").to_owned());
    }
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    let mut named = query.filter(|(name, _)| name.eq_ignore_ascii_case(VERSION));
    named.next().map(|(_, value)| value.into_owned())
}

/// The extensions that are named in one entry or in several, `None` for an entry
/// that is no text.
pub(super) fn extensions<'a>(entries: impl Iterator<Item = Option<&'a str>>) -> Vec<String> {
    let uris = entries.flatten().flat_map(|list| list.split(','));
    let uris = uris.map(str::trim).filter(|uri| !uri.is_empty());
    uris.map(str::to_owned).take(MAX_EXTENSIONS).collect()
}

/// The number of an event, as it was said; `None` where it is no text.
///
/// # Errors
///
/// It is none of our numbers.
pub(super) fn event_id(said: Option<&str>) -> Result<i64, A2AError> {
    let seq = said.and_then(|text| text.parse().ok());
    let seq = seq.filter(|seq: &i64| *seq >= 0);
    seq.ok_or_else(|| invalid("Last-Event-ID", "write the id of an event of this task"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_named_in_one_entry_or_in_several() {
        let named = |entries: &[Option<&str>]| extensions(entries.iter().copied());
        let entries = [Some("urn:a, urn:b"), None, Some("urn:c,")];
        assert_eq!(named(&entries), ["urn:a", "urn:b", "urn:c"]);
        let many = "urn:x,".repeat(MAX_EXTENSIONS + 1);
        assert_eq!(named(&[Some(&many)]).len(), MAX_EXTENSIONS);
    }

    #[test]
    fn a_number_of_an_event_is_none_below_zero() {
        assert_eq!(event_id(Some("7")).ok(), Some(7));
        for said in [None, Some(""), Some("-1"), Some("seven")] {
            assert!(event_id(said).is_err(), "{said:?}");
        }
    }
}
