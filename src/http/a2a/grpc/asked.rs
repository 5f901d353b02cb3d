//! What a gRPC request says beside its message: tenant, version, extensions.

use a2a::A2AError;
use tonic::{Request, Response, Status, metadata::MetadataMap};

use super::{Hub, status::status};
use crate::{
    domain::a2a::error::invalid,
    http::{a2a::Call, caller::Caller, error::ApiError, tasks::key_in},
};

const EXTENSIONS: &str = "a2a-extensions";
/// Extensions of one request, at most.
const MAX_EXTENSIONS: usize = 64;

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
        let told = |error: A2AError| status(&error.into(), &self.state.realm);
        speaks_ours(&metadata).map_err(told)?;
        let agent = self.state.directory.find(tenant(&of));
        let agent = agent.ok_or_else(|| told(invalid("tenant", "no agent has this name")))?;
        // Nobody comes past the gate without.
        let caller = extensions.get::<Caller>().cloned();
        let caller = caller.ok_or(ApiError::Unauthenticated);
        let key = metadata.get("idempotency-key");
        let key = key.map(|value| key_in(value.to_str().ok())).transpose();
        let given = caller.and_then(|caller| Ok((caller, key?)));
        let (caller, key) = given.map_err(|error| status(&error.into(), &self.state.realm))?;
        let call = Call {
            state: self.state.clone(),
            caller,
            agent: agent.clone(),
            extensions: named(&metadata),
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
        response.metadata_mut().insert(EXTENSIONS, value);
    }
    response
}

/// # Errors
///
/// It asks for another version than 1.0; without a word that is 0.3.
fn speaks_ours(metadata: &MetadataMap) -> Result<(), A2AError> {
    let asked = metadata.get("a2a-version");
    let asked = asked.and_then(|value| value.to_str().ok());
    let asked = asked.map(str::trim).filter(|version| !version.is_empty());
    match asked.map(is_ours) {
        Some(true) => Ok(()),
        _ => Err(A2AError::new(
            a2a::error_code::VERSION_NOT_SUPPORTED,
            "gRPC is served in version 1.0; send a2a-version: 1.0",
        )),
    }
}

/// Whether a version is 1.0, whatever its patch is.
fn is_ours(version: &str) -> bool {
    let mut parts = version.split('.');
    let (major, minor) = (parts.next(), parts.next());
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    major == Some("1") && minor == Some("0") && parts.next().is_none_or(is_number)
}

/// The extensions that the caller names, in one entry or several.
fn named(metadata: &MetadataMap) -> Vec<String> {
    let entries = metadata.get_all(EXTENSIONS).into_iter();
    let lists = entries.filter_map(|value| value.to_str().ok());
    let names = lists.flat_map(|list| list.split(','));
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    names.map(str::to_owned).take(MAX_EXTENSIONS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_does_not_make_another_version() {
        for (version, yes) in [
            ("1.0", true),
            ("1.0.1", true),
            ("1.1", false),
            ("0.3", false),
            ("1", false),
            ("1.0.x", false),
            ("10", false),
        ] {
            assert_eq!(is_ours(version), yes, "{version}");
        }
    }

    #[test]
    fn extensions_are_named_in_one_entry_or_in_several() {
        let mut metadata = MetadataMap::new();
        metadata.append(EXTENSIONS, "urn:a, urn:b".parse().unwrap());
        metadata.append(EXTENSIONS, "urn:c,".parse().unwrap());
        assert_eq!(named(&metadata), ["urn:a", "urn:b", "urn:c"]);
    }
}
