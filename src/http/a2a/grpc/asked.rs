//! What a gRPC request says beside its message: tenant, version, extensions.

use a2a::A2AError;
use tonic::{Request, Response, Status, metadata::MetadataMap};

use super::{
    Hub,
    status::{status, told},
};
use crate::{
    domain::a2a::{error::invalid, version::Version},
    http::{
        a2a::{Call, asked},
        caller::Caller,
        error::ApiError,
        tasks::key_in,
    },
};

/// An operation and its message.
pub(super) struct Asked<T> {
    pub(super) call: Call,
    pub(super) of: T,
}

impl Hub {
    /// Whom the request is for, and on what terms.
    pub(super) fn asked<T>(
        &self,
        request: Request<T>,
        tenant: impl Fn(&T) -> &str,
    ) -> Result<Asked<T>, Status> {
        let (metadata, extensions, of) = request.into_parts();
        speaks_ours(&metadata).map_err(|error| told(&error))?;
        let agent = self.state.directory.find(tenant(&of));
        let agent = agent.ok_or_else(|| told(&invalid("tenant", "no agent has this name")))?;
        // Nobody comes past the gate without.
        let caller = extensions.get::<Caller>().cloned();
        let caller = caller.ok_or(ApiError::Unauthenticated);
        let key = metadata.get("idempotency-key");
        let key = key.map(|value| key_in(value.to_str().ok())).transpose();
        let given = caller.and_then(|caller| Ok((caller, key?)));
        let (caller, key) = given.map_err(|error| status(&error.into(), &self.state.realm))?;
        let named = metadata.get_all(asked::EXTENSIONS).into_iter();
        let call = Call {
            state: self.state.clone(),
            caller,
            agent: agent.clone(),
            extensions: asked::extensions(named.map(|value| value.to_str().ok())),
            key,
        };
        Ok(Asked { call, of })
    }
}

/// The answer, with the extensions that hold for it.
pub(super) fn answer<T>(call: &Call, message: T) -> Response<T> {
    let mut response = Response::new(message);
    let active = call.active_extensions();
    if let Ok(value) = active.join(", ").parse()
        && !active.is_empty()
    {
        response.metadata_mut().insert(asked::EXTENSIONS, value);
    }
    response
}

/// # Errors
///
/// It asks for another version than 1.0; without a word that is 0.3.
fn speaks_ours(metadata: &MetadataMap) -> Result<(), A2AError> {
    let said = metadata.get(asked::VERSION);
    // What is no text is no version either.
    let said = said.map(|value| value.to_str().unwrap_or("?"));
    Version::read(said)?.wants_v10()
}

/// Where a lost stream broke: `last-event-id`.
///
/// # Errors
///
/// INVALID_ARGUMENT: it is none of our numbers.
pub(super) fn last_event_id(metadata: &MetadataMap) -> Result<Option<i64>, Status> {
    let said = metadata.get(asked::LAST_EVENT_ID);
    let read = said.map(|value| asked::event_id(value.to_str().ok()));
    read.transpose().map_err(|error| told(&error))
}
