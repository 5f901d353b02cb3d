//! Headers that travel: what is stripped, what passes, what is stamped.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::{
    domain::header::percent_encoded,
    http::{caller::Caller, span},
};

/// The user, on what is passed on and on answers.
pub const USER: HeaderName = HeaderName::from_static("x-attach-user");
/// Their issuer.
pub const ISSUER: HeaderName = HeaderName::from_static("x-attach-issuer");
/// The session.
pub const SESSION: HeaderName = HeaderName::from_static("x-attach-session");
/// The session again, under the name old clients read.
pub const SESSION_ID: HeaderName = HeaderName::from_static("x-attach-session-id");
/// The request's name in logs.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers that hold between two neighbours only.
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Headers of a request that end here: the caller's secrets, what would make the
/// engine answer in a way that cannot be read along, and the trace, which is read
/// first.
const OURS: [HeaderName; 8] = [
    header::AUTHORIZATION,
    header::COOKIE,
    header::HOST,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::ACCEPT_ENCODING,
    span::PARENT,
    span::STATE,
];

/// Whether a request may not carry `name`: only the gateway speaks of users.
/// `_` counts as `-`, as some servers read it so.
pub fn is_spoof(name: &str) -> bool {
    let name = name.replace('_', "-").to_ascii_lowercase();
    name.starts_with("x-attach-")
        || name.starts_with("x-auth-request-")
        || name == "x-forwarded-user"
        || name == "remote-user"
}

/// What of the caller's request goes to an engine, with the stamp on it.
pub fn to_engine(from: &HeaderMap, caller: &Caller) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    let dropped = named_by_connection(from);
    for (name, value) in from {
        let ends_here = HOP_BY_HOP.contains(name) || OURS.contains(name);
        if !ends_here && !dropped.contains(name) && !is_spoof(name.as_str()) {
            headers.append(name.clone(), value.clone());
        }
    }
    stamp(&mut headers, caller);
    span::put(&mut headers, caller.trace.as_ref());
    headers.insert(REQUEST_ID, value(caller.request_id.as_str()));
    headers
}

/// What of the engine's answer goes to the caller.
pub fn from_engine(from: &HeaderMap) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
    let dropped = named_by_connection(from);
    from.iter().filter(move |(name, _)| {
        let ends_here = HOP_BY_HOP.contains(name)
            || **name == header::CONTENT_LENGTH
            || **name == header::SET_COOKIE
            || **name == header::WWW_AUTHENTICATE
            || **name == REQUEST_ID
            || name.as_str().starts_with("access-control-");
        !ends_here && !dropped.contains(name) && !is_spoof(name.as_str())
    })
}

/// Says who called: percent-encoded, never cut.
pub fn stamp(headers: &mut HeaderMap, caller: &Caller) {
    headers.insert(USER, value(&percent_encoded(&caller.identity.owner.user)));
    headers.insert(
        ISSUER,
        value(&percent_encoded(&caller.identity.owner.issuer)),
    );
    headers.insert(SESSION, value(&caller.session.0));
}

/// `text` as a header's value. What cannot be one is empty: callers encode
/// before.
pub fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let named = headers
        .get_all(header::CONNECTION)
        .filter_map(|value| value.to_str().ok());
    let names = named.flat_map(|value| value.split(','));
    names.filter_map(|name| name.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_gateway_speaks_of_users() {
        for name in [
            "X-Attach-User",
            "x_attach_session",
            "X-Auth-Request-Email",
            "X_Forwarded_User",
            "Remote-User",
            "REMOTE_USER",
            "x-attach-anything",
        ] {
            assert!(is_spoof(name), "{name}");
        }
        assert!(!is_spoof("x-attachment") && !is_spoof("x-request-id"));
    }

    proptest! {
        #[test]
        fn no_spelling_of_our_headers_gets_through(name in "[xX][-_][aA][tT]{2}[aA][cC][hH][-_][a-z_-]{1,12}") {
            prop_assert!(is_spoof(&name));
        }
    }
}
